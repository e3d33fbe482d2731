import { randomUUID } from 'node:crypto'
import { Problem } from './problem.ts'

/** What becomes of a batch beside what becomes of its calls. */
export type BatchManner =
  | 'orderly'
  /** The answers come in another order than the calls. */
  | 'reversed'
  /** The server knows no such address. */
  | 'absent'
  /** An answer of a kind that is none: as an emulator or a proxy may say to whatever it does not know. */
  | 'plain'
  /** All is done; the answer is multipart by its head alone. */
  | 'garbled'
  /** All is done; the last part of the answer is not all there. */
  | 'short'

export interface BatchPart {
  readonly contentId: string
  readonly method: string
  /** Path and query. */
  readonly target: string
  readonly headers: Headers
  readonly body: string
}

export interface PartAnswer {
  readonly contentId: string
  readonly status: number
  readonly retryAfterS: number | null
  readonly body: string
}

/** Google's own limit. */
const MOST_PARTS = 1_000
const CRLF = '\r\n'

/** The calls of a batch. Throws what the real one refuses. */
export function partsOf(contentType: string | undefined, text: string): readonly BatchPart[] {
  const boundary = /^multipart\/mixed;.*boundary="?([^";]+)"?/i.exec(contentType ?? '')?.[1]
  if (boundary === undefined) throw new Problem(400, 'badRequest', 'Failed to parse batch request, error: missing boundary.')
  const lines = text.split(CRLF)
  const marks = lines.flatMap((line, index) => (line === `--${boundary}` || line === `--${boundary}--` ? index : []))
  if (lines[marks.at(-1) ?? -1] !== `--${boundary}--`) throw new Problem(400, 'badRequest', 'Failed to parse batch request, error: no end.')
  const parts = marks.slice(0, -1).map((at, index) => partOf(lines.slice(at + 1, marks[index + 1])))
  if (parts.length > MOST_PARTS) throw new Problem(400, 'badRequest', `The batch request has more than ${MOST_PARTS} calls.`)
  return parts
}

function partOf(lines: readonly string[]): BatchPart {
  const outer = lines.indexOf('')
  const about = headersOf(lines.slice(0, outer))
  const inner = lines.slice(outer + 1)
  const end = inner.indexOf('')
  const [method = '', target = ''] = (inner[0] ?? '').split(' ')
  if (about.get('content-type') !== 'application/http' || !target.startsWith('/')) {
    throw new Problem(400, 'badRequest', `Failed to parse batch request, error: '${inner[0] ?? ''}' is no request.`)
  }
  return {
    contentId: about.get('content-id')?.replace(/^<|>$/g, '') ?? '',
    method,
    target,
    headers: headersOf(inner.slice(1, end)),
    body: inner
      .slice(end + 1)
      .join(CRLF)
      .trim(),
  }
}

function headersOf(lines: readonly string[]): Headers {
  return new Headers(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
}

/** The answers as one body, in the manner that is set. */
export function batchAnswer(answers: readonly PartAnswer[], manner: BatchManner): { readonly contentType: string; readonly text: string } {
  const boundary = `batch_${randomUUID()}`
  const contentType = `multipart/mixed; boundary=${boundary}`
  if (manner === 'garbled') return { contentType, text: `--other${CRLF}Content-Type: application/http${CRLF}${CRLF}HTTP/1.1 200 OK${CRLF}` }
  const parts = (manner === 'reversed' ? answers.toReversed() : answers).map(({ contentId, status, retryAfterS, body }) =>
    [
      `--${boundary}`,
      'Content-Type: application/http',
      `Content-ID: <response-${contentId}>`,
      '',
      `HTTP/1.1 ${status} ${status < 300 ? 'OK' : 'Refused'}`,
      'Content-Type: application/json; charset=UTF-8',
      'Vary: Origin',
      ...(retryAfterS === null ? [] : [`Retry-After: ${retryAfterS}`]),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join(CRLF),
  )
  const whole = `${parts.join(CRLF)}${CRLF}`
  return { contentType, text: manner === 'short' ? whole.slice(0, -20) : `${whole}--${boundary}--${CRLF}` }
}
