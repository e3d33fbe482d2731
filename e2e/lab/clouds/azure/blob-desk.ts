import type { IncomingMessage } from 'node:http'
import type { Fault } from '../faults.ts'
import type { Desk, Found } from './answering.ts'
import { md5Of, PAGE_BYTES, type PageBlobs, type PageRange, type Pages } from './page-blobs.ts'
import { ArmError } from './parts.ts'
import type { ArmReply } from './wire.ts'

/** One "Put Page" writes no more, and a range of "Get Blob" has no MD5 beyond it. */
const MOST_BYTES = 4 * 1024 * 1024
/** From this version on ranges of pages come in pages themselves. */
const MARKERS_SINCE = '2020-10-02'

/**
 * The Blob service as far as signed links of managed disks open it: Put Page (update and clear), Get Page Ranges, Get Blob, after
 * learn.microsoft.com/rest/api/storageservices. Operations go by the names of its specification.
 */
export class BlobDesk implements Desk {
  /** Requests that carried a token, which is nobody's business here. */
  leaks = 0
  /** Bytes that "Put Page" brought. */
  receivedBytes = 0
  /** Ranges of pages told at once. */
  rangesAtOnce = 10_000
  /** So many answers with bytes are damaged on their way, after their MD5 was told. */
  damaged = 0
  readonly #blobs: PageBlobs

  constructor(blobs: PageBlobs) {
    this.#blobs = blobs
  }

  find(request: IncomingMessage, url: URL, body: Buffer): Found {
    const comp = url.searchParams.get('comp')
    const { method } = request
    if (method === 'PUT' && comp === 'page') {
      const write = request.headers['x-ms-page-write']
      if (write === 'clear') return found('PageBlob_ClearPages', () => this.#clear(request, url, body))
      return found('PageBlob_UploadPages', () => this.#update(request, url, body))
    }
    if (method === 'GET' && comp === 'pagelist') return found('PageBlob_GetPageRanges', () => this.#list(request, url))
    if (method === 'GET' && comp === null) return found('Blob_Download', () => this.#download(request, url))
    return found('Unknown', () => {
      throw new ArmError(
        400,
        'InvalidQueryParameterValue',
        'Value for one of the query parameters specified in the request URI is invalid.',
      )
    })
  }

  misfortune(fault: Fault): ArmReply | null {
    if (fault.do === 'throttle') return this.refuse(new ArmError(503, 'ServerBusy', 'The server is busy.'))
    if (fault.do === 'deny') {
      const words = 'This request is not authorized to perform this operation using this permission.'
      return this.refuse(new ArmError(403, 'AuthorizationPermissionMismatch', words))
    }
    if (fault.do === 'revoke') return this.refuse(notAuthenticated())
    return fault.do === 'error' ? this.refuse(new ArmError(fault.status, fault.code, fault.message)) : null
  }

  refuse({ status, code, message }: ArmError): ArmReply {
    const words = `${message}\nRequestId:3f4c\nTime:${new Date().toISOString()}`
    return {
      status,
      body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>${words}</Message></Error>`,
      headers: { 'Content-Type': 'application/xml', 'x-ms-error-code': code },
    }
  }

  #open({ headers }: IncomingMessage, url: URL, access: 'Read' | 'Write' | null): Pages {
    if (headers.authorization !== undefined) {
      this.leaks += 1
      throw notAuthenticated()
    }
    const opened = this.#blobs.open(url)
    if (opened === null) throw notAuthenticated()
    if (access !== null && opened.access !== access) {
      const words = 'This request is not authorized to perform this operation using this permission.'
      throw new ArmError(403, 'AuthorizationPermissionMismatch', words)
    }
    // as AzCopy has found out: servers of managed disks take no conditions
    const condition = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since'].find((name) => headers[name] !== undefined)
    if (condition !== undefined) throw badHeader(condition)
    return opened.pages
  }

  #update(request: IncomingMessage, url: URL, body: Buffer): ArmReply {
    const pages = this.#open(request, url, 'Write')
    if (request.headers['x-ms-page-write'] !== 'update') throw badHeader('x-ms-page-write')
    const range = alignedRange(request, pages)
    const length = range.end - range.start + 1
    if (length > MOST_BYTES) throw new ArmError(413, 'RequestBodyTooLarge', 'The request body is too large and exceeds the maximum limit.')
    if (body.length !== length) throw badHeader('Content-Length')
    const md5 = md5Of(body)
    const told = request.headers['content-md5']
    if (told !== undefined && told !== md5) {
      throw new ArmError(
        400,
        'Md5Mismatch',
        'The MD5 value specified in the request did not match with the MD5 value calculated by the server.',
      )
    }
    pages.write(range.start, body)
    this.receivedBytes += body.length
    return { status: 201, body: null, headers: { ETag: pages.etag, 'Content-MD5': md5, 'x-ms-blob-sequence-number': '0' } }
  }

  #clear(request: IncomingMessage, url: URL, body: Buffer): ArmReply {
    const pages = this.#open(request, url, 'Write')
    const range = alignedRange(request, pages)
    if (body.length > 0) throw badHeader('Content-Length')
    pages.clear(range.start, range.end - range.start + 1)
    return { status: 201, body: null, headers: { ETag: pages.etag, 'x-ms-blob-sequence-number': '0' } }
  }

  #list(request: IncomingMessage, url: URL): ArmReply {
    const pages = this.#open(request, url, null)
    const whole = rangeOf(request) ?? { start: 0, end: pages.sizeBytes - 1 }
    if (whole.start >= pages.sizeBytes) throw badRange('InvalidRange')
    const isNew = (request.headers['x-ms-version']?.toString() ?? '') >= MARKERS_SINCE
    const marker = url.searchParams.get('marker')
    if (marker !== null && !isNew) throw badHeader('x-ms-version')
    const all = pages.ranges({ ...whole, start: marker === null ? whole.start : Number(marker) })
    const told = isNew ? all.slice(0, this.rangesAtOnce) : all
    const next = all.length > told.length ? String(all[told.length]?.start) : ''
    const rows = told.map(({ start, end }) => `<PageRange><Start>${start}</Start><End>${end}</End></PageRange>`)
    return {
      status: 200,
      body: `\uFEFF<?xml version="1.0" encoding="utf-8"?><PageList>${rows.join('')}<NextMarker>${next}</NextMarker></PageList>`,
      headers: { 'Content-Type': 'application/xml', ETag: pages.etag, 'x-ms-blob-content-length': String(pages.sizeBytes) },
    }
  }

  #download(request: IncomingMessage, url: URL): ArmReply {
    const pages = this.#open(request, url, 'Read')
    const wanted = rangeOf(request)
    if (wanted === null) throw badHeader('Range')
    if (wanted.start >= pages.sizeBytes) throw badRange('InvalidRange')
    const end = Math.min(wanted.end, pages.sizeBytes - 1)
    const bytes = pages.read(wanted.start, end - wanted.start + 1)
    const wantsMd5 = request.headers['x-ms-range-get-content-md5'] === 'true'
    if (wantsMd5 && bytes.length > MOST_BYTES) {
      throw new ArmError(400, 'OutOfRangeInput', 'One of the request inputs is out of range.')
    }
    const md5 = md5Of(bytes)
    if (this.damaged > 0) {
      this.damaged -= 1
      bytes[0] = ~(bytes[0] ?? 0) & 0xff
    }
    return {
      status: 206,
      body: bytes,
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Range': `bytes ${wanted.start}-${end}/${pages.sizeBytes}`,
        ETag: pages.etag,
        'x-ms-blob-type': 'PageBlob',
        ...(wantsMd5 ? { 'Content-MD5': md5 } : {}),
      },
    }
  }
}

function found(operation: string, answer: () => ArmReply): Found {
  return { operation, place: null, isToken: false, action: null, answer }
}

function rangeOf({ headers }: IncomingMessage): PageRange | null {
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec((headers['x-ms-range'] ?? headers.range ?? '').toString()) ?? []
  return start === undefined || end === undefined ? null : { start: Number(start), end: Number(end) }
}

function alignedRange(request: IncomingMessage, pages: Pages): PageRange {
  const range = rangeOf(request)
  if (range === null) throw badHeader('Range')
  const isAligned = range.start % PAGE_BYTES === 0 && (range.end + 1) % PAGE_BYTES === 0
  if (!isAligned || range.end < range.start || range.end >= pages.sizeBytes) throw badRange('InvalidPageRange')
  return range
}

function badRange(code: 'InvalidRange' | 'InvalidPageRange'): ArmError {
  const words =
    code === 'InvalidRange'
      ? 'The range specified is invalid for the current size of the resource.'
      : 'The page range specified is invalid.'
  return new ArmError(416, code, words)
}

function badHeader(name: string): ArmError {
  return new ArmError(400, 'InvalidHeaderValue', `The value for one of the HTTP headers is not in the correct format: ${name}.`)
}

function notAuthenticated(): ArmError {
  const words =
    'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.'
  return new ArmError(403, 'AuthenticationFailed', words)
}
