import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { VolumeKeeper } from '../../provider.ts'
import type { HostShell, ProgramResult } from '../host-shell.ts'
import { NO_DOWNLOADER } from './abilities.ts'
import { beginDraft, type Draft, draftBytes, dropDraft, nameDraft, throwIfFull } from './pool-folder.ts'
import { availableBytes, type VolumeContext } from './volume-context.ts'
import { checksumDiffers, fetchFailed, fetchRefused, poolFull, unable } from './volume-problems.ts'
import { watched } from './watched.ts'

type Source = Parameters<VolumeKeeper['fetch']>[2]

/**
 * Has the host download a file by itself, to a draft beside where it shall be. Only http and https, whatever a redirect says; the host's own
 * settings of curl and wget are not read. Throws `conflict` volume.checksum, `remote-failure` volume.fetch-failed.
 */
export async function fetchVolume(context: VolumeContext, shell: HostShell, place: VolumePlace, source: Source): Promise<void> {
  const { work } = context
  if (!/^https?:\/\//i.test(source.url)) throw fetchRefused()
  const draft = await beginDraft(context, shell, place)
  try {
    await download(context, shell, draft, source.url)
    if (source.sha256 !== null) await compare(context, shell, draft, source.sha256)
    await nameDraft(context, shell, draft)
    context.touchPools()
  } catch (thrown) {
    await dropDraft(shell, draft).catch((error: unknown) => context.log.warn('a draft is left', { path: draft.path, error }))
    work.signal.throwIfAborted()
    throw thrown
  }
}

const CURL = [
  'curl --disable --fail --silent --show-error --globoff --location --max-redirs 10 --proto =http,https --proto-redir =http,https',
  '--connect-timeout 30 --speed-limit 1 --speed-time 120 --dump-header -',
].join(' ')
const WGET = 'wget --no-config --no-verbose --max-redirect=10 --timeout=120 --tries=3'

const curl = (url: string, path: string): readonly string[] => [...CURL.split(' '), '--output', path, '--', url]
const wget = (url: string, path: string): readonly string[] => [...WGET.split(' '), `--output-document=${path}`, '--', url]

async function download(context: VolumeContext, shell: HostShell, draft: Draft, url: string): Promise<void> {
  const { signal } = context.work
  const tools = await shell.run(['sh', '-c', 'command -v curl || command -v wget'], { signal })
  const tool = tools.stdout.trim().split('/').at(-1)
  if (tool !== 'curl' && tool !== 'wget') throw unable(NO_DOWNLOADER)
  const available = await availableBytes(context, draft.pool)
  const tooLarge = new AbortController()
  let headers = ''
  let bytesTotal: number | undefined
  const onOutput = (text: string) => {
    headers = `${headers}${text}`.slice(-65_536)
    bytesTotal = contentLength(headers)
    if (bytesTotal !== undefined && bytesTotal > available) tooLarge.abort()
  }
  const argv = (tool === 'curl' ? curl : wget)(url, draft.path)
  const bounds = { signal: AbortSignal.any([signal, tooLarge.signal]), onOutput, draft: draft.path }
  const tell = async () => {
    const bytesDone = await draftBytes(shell, draft, signal)
    context.progress({ note: 'downloading', bytesDone, ...(bytesTotal !== undefined && { bytesTotal }) })
  }
  let result: ProgramResult
  try {
    result = await watched(context, tell, shell.run(argv, bounds))
  } catch (thrown) {
    if (tooLarge.signal.aborted) throw poolFull(draft.pool.name, bytesTotal ?? null, available)
    throw thrown
  }
  if (result.code === 0) return
  await throwIfFull(context, draft, result)
  throw fetchFailed(url, { program: tool, exitCode: result.code, message: result.stderr.trim(), status: statusOf(headers) })
}

/** Of the last answer: those before it led elsewhere. */
export function contentLength(headers: string): number | undefined {
  const last = headers.slice(Math.max(0, headers.lastIndexOf('HTTP/')))
  const length = /^content-length:\s*(\d{1,15})\s*$/im.exec(last)?.[1]
  return /^HTTP\/\S+ 2/.test(last) && length !== undefined ? Number(length) : undefined
}

function statusOf(headers: string): number | null {
  const statuses = [...headers.matchAll(/^HTTP\/\S+ (\d{3})/gm)]
  const last = statuses.at(-1)?.[1]
  return last === undefined ? null : Number(last)
}

async function compare(context: VolumeContext, shell: HostShell, draft: Draft, expected: string): Promise<void> {
  context.progress({ note: 'checking-sum' })
  const result = await shell.run(['sha256sum', '--', draft.path], { signal: context.work.signal })
  // A name with a backslash or a line break makes sha256sum put one before the sum.
  const actual = /^\\?([0-9a-f]{64})\b/.exec(result.stdout)?.[1]
  if (actual === undefined) {
    throw fetchFailed(draft.finalPath, { program: 'sha256sum', exitCode: result.code, message: result.stderr.trim(), status: null })
  }
  if (actual !== expected.toLowerCase()) throw checksumDiffers(draft.place, expected.toLowerCase(), actual)
}
