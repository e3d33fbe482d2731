import { type ErrorKind, toAppError } from '../../shared/errors/index.ts'
import type { DownloadLink } from '../engine/volumes/download-links.ts'
import type { ByteChannel, VolumeState } from '../providers/provider.ts'
import { byteRange } from './byte-range.ts'
import { streamOf } from './download.ts'

/** What of a request matters to a file that is served in parts. */
export interface FileRequest {
  readonly isHead: boolean
  /** By its name in small letters. */
  readonly header: (name: string) => string | undefined
  readonly signal: AbortSignal
}

export interface FileAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: ReadableStream<Uint8Array> | string | null
}

/** What was opened when the link was given out, as nobody has come for it yet; null: it was taken, or lapsed. */
type TakeFirst = () => ByteChannel | null

/** When somebody changes it between the look at it and its opening: so often it is looked at anew. */
const TRIES = 3

/**
 * A volume as a file with byte ranges: preconditions (RFC 9110, section 13), then the range. A range is only given of the state that it was
 * promised for, by If-Range or If-Match, or else by the link itself; so what a client puts together is always of one state.
 */
export async function fileAnswer(
  link: DownloadLink,
  takeFirst: TakeFirst,
  request: FileRequest,
  named: Readonly<Record<string, string>>,
): Promise<FileAnswer> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await answerOnce(link, takeFirst, request, named)
    } catch (thrown) {
      const { kind, code, message } = toAppError(thrown)
      if (code === 'volume.changed' && tried < TRIES) continue
      return { status: STATUS[kind] ?? 500, headers: { ...PLAIN, 'cache-control': 'no-store' }, body: request.isHead ? null : message }
    }
  }
}

const PLAIN = { 'content-type': 'text/plain; charset=utf-8' }

const STATUS: Partial<Record<ErrorKind, number>> = {
  'not-found': 404,
  conflict: 409,
  precondition: 409,
  unreachable: 503,
  timeout: 503,
  unsupported: 501,
}

async function answerOnce(
  { file, version }: DownloadLink,
  takeFirst: TakeFirst,
  { isHead, header, signal }: FileRequest,
  named: Readonly<Record<string, string>>,
): Promise<FileAnswer> {
  const state = await file.state(signal)
  const headers = { ...named, ...validators(state) }
  if (isRefused(state, header)) return { status: 412, headers: { ...headers, ...PLAIN }, body: isHead ? null : CHANGED }
  const ifRange = header('if-range')
  const isPartWanted = state.version !== null && (ifRange === undefined || ifRange === etagOf(state))
  const range = isPartWanted ? byteRange(header('range'), state.sizeBytes) : null
  if (range === null) {
    const length = { 'content-length': String(state.sizeBytes) }
    if (isHead) return { status: 200, headers: { ...headers, ...length }, body: null }
    const channel = await whole({ file, version }, state, takeFirst, signal)
    return { status: 200, headers: { ...headers, ...length }, body: streamOf(channel) }
  }
  takeFirst()?.close()
  // nobody has named the state that it is to fit to: the one that the link was given out for is meant
  if (ifRange === undefined && header('if-match') === undefined && state.version !== version) {
    return { status: 412, headers: { ...headers, ...PLAIN }, body: isHead ? null : CHANGED }
  }
  if (range === 'unsatisfiable') return { status: 416, headers: { ...headers, 'content-range': `bytes */${state.sizeBytes}` }, body: null }
  const length = range.last - range.first + 1
  const content = { 'content-length': String(length), 'content-range': `bytes ${range.first}-${range.last}/${state.sizeBytes}` }
  if (isHead) return { status: 206, headers: { ...headers, ...content }, body: null }
  const { channel } = await file.open({ offset: range.first, length, version: state.version }, signal)
  return { status: 206, headers: { ...headers, ...content }, body: streamOf(channel) }
}

const CHANGED = 'The volume was changed meanwhile. Begin the download again.'

/** All of it, of a length that is known to be the stated one. */
async function whole(link: DownloadLink, state: VolumeState, takeFirst: TakeFirst, signal: AbortSignal): Promise<ByteChannel> {
  const first = takeFirst()
  if (first && state.version === link.version) return first
  first?.close()
  return (await link.file.open({ offset: 0, length: state.sizeBytes, version: null }, signal)).channel
}

/** Chromium goes on with what broke only if it has been told both. */
function validators(state: VolumeState): Record<string, string> {
  const etag = etagOf(state)
  if (etag === null) return { 'accept-ranges': 'none' }
  return {
    'accept-ranges': 'bytes',
    etag,
    ...(state.modifiedAtMs !== null && { 'last-modified': new Date(state.modifiedAtMs).toUTCString() }),
  }
}

function etagOf({ version }: VolumeState): string | null {
  return version === null ? null : `"${version}"`
}

function isRefused(state: VolumeState, header: FileRequest['header']): boolean {
  const ifMatch = header('if-match')
  if (ifMatch !== undefined) {
    const wanted = ifMatch.split(',').map((one) => one.trim())
    return !wanted.includes('*') && !wanted.some((one) => one === etagOf(state))
  }
  const since = Date.parse(header('if-unmodified-since') ?? '')
  // the header has whole seconds
  return !Number.isNaN(since) && state.modifiedAtMs !== null && Math.floor(state.modifiedAtMs / 1_000) * 1_000 > since
}
