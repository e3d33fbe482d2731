import { createHash } from 'node:crypto'
import { type AppError, isAppError, type RemoteTruth } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { CallOptions, Clock } from '../../provider.ts'
import { LABEL, wayProblem } from '../problems.ts'
import type { AzureRest, Raw, SignedRequest } from '../rest.ts'
import type { AccessLinks, Opened } from './access.ts'
import { blobProblem, damaged, diskChanged, isStaleLink } from './blob-problems.ts'
import { type PageRange, rangesIn } from './page-ranges.ts'
import { pause } from './pause.ts'

/** One "Put Page" takes no more, and only a range of that size has an MD5. */
export const MOST_BYTES = 4 * 1024 ** 2
/** So many requests for pages are under way at once. */
export const AT_ONCE = 4
/** Of the service's interface: the first in which a list of pages comes in parts. */
const VERSION = '2020-10-02'
/** 4 MiB take half a minute over one megabit a second. */
const REQUEST_MS = 120_000
const ATTEMPTS = 5
const RENEWALS = 2

interface Asked {
  readonly request: SignedRequest
  /** Added to the link's own parameters. */
  readonly query: Readonly<Record<string, string>>
  /** In words. */
  readonly name: string
  /** What an answer that came through still has against it; null: nothing. */
  readonly flaw?: (raw: Raw, remote: RemoteTruth) => AppError | null
}

/** What was said to a link that is no longer good. */
interface StaleLink {
  readonly staleLink: Raw
}

/** Pages of one disk or snapshot, and what they were when they were listed. */
export interface PageList {
  readonly ranges: readonly PageRange[]
  /** Another one as soon as a page is written. */
  readonly version: string | null
}

export interface BlobWay {
  readonly rest: AzureRest
  readonly links: AccessLinks
  readonly clock: Clock
  /** Half of what is waited at most before something is tried for the second time; each further time twice as long. */
  readonly pauseMs: number
}

/**
 * The bytes of a managed disk or of a snapshot, a page blob behind a signed link. Each request can be repeated without harm, and is: when it did
 * not get through, when the service has too much to do, when bytes were damaged on their way; with another link when this one has run out.
 */
export class PageBlob {
  readonly #opened: Opened
  readonly #way: BlobWay

  constructor(opened: Opened, way: BlobWay) {
    this.#opened = opened
    this.#way = way
  }

  /** Pages of 512 bytes, {@link MOST_BYTES} at most, proven by their MD5. */
  async put(offset: number, bytes: Uint8Array, options: CallOptions): Promise<void> {
    const headers = { ...rangeOf(offset, bytes.length), 'x-ms-page-write': 'update', 'content-md5': md5Of(bytes) }
    await this.#ask(
      { name: `PUT page ${headers.range}`, query: { comp: 'page' }, request: { method: 'PUT', headers, body: bytes } },
      options,
    )
  }

  /** Pages that were written are as if they never had been. */
  async clear(offset: number, length: number, options: CallOptions): Promise<void> {
    const headers = { ...rangeOf(offset, length), 'x-ms-page-write': 'clear' }
    await this.#ask(
      { name: `PUT page (clear) ${headers.range}`, query: { comp: 'page' }, request: { method: 'PUT', headers, body: null } },
      options,
    )
  }

  /** The pages that were written among these bytes. All others are zeros. */
  async list(offset: number, length: number, options: CallOptions): Promise<PageList> {
    const headers = rangeOf(offset, length)
    const ranges: PageRange[] = []
    let version: string | null = null
    for (let marker: string | null = ''; marker !== null; ) {
      const query = { comp: 'pagelist', ...(marker !== '' && { marker }) }
      const raw: Raw = await this.#ask(
        { name: `GET pagelist ${headers.range}`, query, request: { method: 'GET', headers, body: null } },
        options,
      )
      const page = rangesIn(raw.body.toString('utf8'))
      ranges.push(...page.ranges)
      version = raw.headers['etag']?.toString() ?? null
      marker = page.marker
    }
    return { ranges, version }
  }

  /**
   * {@link MOST_BYTES} at most, proven by their MD5. Throws `conflict` azure.disk-changed when they are of another version: by what the answer says,
   * since servers of managed disks take no conditions (as Microsoft's AzCopy knows, ste/downloader-blob.go).
   */
  async get({ offset, length }: PageRange, version: string | null, options: CallOptions): Promise<Uint8Array> {
    const headers = { ...rangeOf(offset, length), 'x-ms-range-get-content-md5': 'true' }
    const flaw = ({ body, headers: told }: Raw, remote: RemoteTruth) => {
      const etag = told['etag']?.toString()
      if (version !== null && etag !== undefined && etag !== version) return diskChanged(remote)
      if (body.length !== length) return problems.notUnderstood(LABEL, `${body.length} bytes in the place of ${length}`, { remote })
      const md5 = told['content-md5']
      return md5 === undefined || md5 === md5Of(body) ? null : damaged(remote)
    }
    const raw = await this.#ask({ name: `GET ${headers.range}`, query: {}, request: { method: 'GET', headers, body: null }, flaw }, options)
    return raw.body
  }

  async #ask(asked: Asked, options: CallOptions): Promise<Raw> {
    const { clock, pauseMs } = this.#way
    let stale: URL | null = null
    let renewals = 0
    for (let attempt = 1; ; attempt++) {
      const link = await this.#link(stale, options)
      const outcome = await this.#once(link, asked, options)
      if ('staleLink' in outcome) {
        if (renewals === RENEWALS) throw blobProblem(outcome.staleLink, asked.name, link, clock.nowMs())
        renewals += 1
        stale = link
        continue
      }
      if (!isAppError(outcome)) return outcome
      if (!isWorthAnother(outcome) || attempt === ATTEMPTS) throw outcome
      await pause(clock, Math.max(outcome.retryAfterMs ?? 0, pauseMs * 2 ** attempt * clock.random()), options)
    }
  }

  /** Whoever asked for it first may have given up meanwhile, which is no reason for others to. */
  async #link(stale: URL | null, options: CallOptions): Promise<URL> {
    const { links } = this.#way
    try {
      return await links.of(this.#opened, stale, options)
    } catch (thrown) {
      const isGivenUp = isAppError(thrown) && (thrown.kind === 'cancelled' || thrown.kind === 'indeterminate')
      if (!isGivenUp || options.signal?.aborted) throw thrown
      return links.of(this.#opened, stale, options)
    }
  }

  async #once(link: URL, { request, query, name, flaw }: Asked, { signal }: CallOptions): Promise<Raw | AppError | StaleLink> {
    if (signal?.aborted) return problems.cancelled()
    const { rest, clock } = this.#way
    const url = new URL(link)
    // what is signed stays as it was written
    for (const [key, value] of Object.entries(query)) url.search += `&${key}=${encodeURIComponent(value)}`
    const length = request.method === 'PUT' && { 'content-length': String(request.body?.length ?? 0) }
    const headers = { ...request.headers, ...length, 'x-ms-version': VERSION }
    const late = new AbortController()
    const cancel = clock.after(REQUEST_MS, () => late.abort())
    try {
      const raw = await rest.signed(url, { ...request, headers }, signal ? AbortSignal.any([signal, late.signal]) : late.signal)
      if (isStaleLink(raw)) return { staleLink: raw }
      if (raw.status < 200 || raw.status >= 300) return blobProblem(raw, name, link, clock.nowMs())
      return flaw?.(raw, { status: raw.status, request: name }) ?? raw
    } catch (thrown) {
      if (signal?.aborted) return problems.cancelled()
      if (isAppError(thrown)) return thrown
      // pages are written again without harm: that an answer is lost makes nothing uncertain
      return late.signal.aborted ? problems.timedOut(LABEL, REQUEST_MS) : wayProblem(thrown, name, false)
    } finally {
      cancel()
    }
  }
}

function isWorthAnother({ kind, code }: AppError): boolean {
  if (code === 'azure.tls-not-trusted') return false
  return kind === 'unreachable' || kind === 'timeout' || kind === 'rate-limited' || code === 'azure.bytes-damaged'
}

function rangeOf(offset: number, length: number): { readonly range: string } {
  return { range: `bytes=${offset}-${offset + length - 1}` }
}

function md5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64')
}
