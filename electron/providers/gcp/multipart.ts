import { randomUUID } from 'node:crypto'

/**
 * Several calls of Compute Engine as one HTTP request, by
 * https://cloud.google.com/compute/docs/api/how-tos/batch: `multipart/mixed` (RFC 2046) of whole requests or answers, each known by its
 * Content-ID.
 */

export interface BatchCall {
  /** Letters and digits. */
  readonly id: string
  readonly method: string
  /** With its query, without a host: a whole URL is not allowed there. */
  readonly path: string
}

export interface BatchAnswer {
  readonly status: number
  readonly headers: Headers
  /** Read as JSON; a text where it is none. */
  readonly data: unknown
}

const ANSWER_PREFIX = 'response-'

/** Calls without a body of their own. Headers of the whole, its token too, are those of each. */
export function batchOf(calls: readonly BatchCall[]): { readonly contentType: string; readonly body: string } {
  const boundary = `batch_${randomUUID()}`
  const parts = calls.map(({ id, method, path }) =>
    [
      `--${boundary}`,
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      `Content-ID: <${id}>`,
      '',
      `${method} ${path} HTTP/1.1`,
      'Accept: application/json',
      '',
      '',
    ].join('\r\n'),
  )
  return { contentType: `multipart/mixed; boundary="${boundary}"`, body: `${parts.join('\r\n')}\r\n--${boundary}--\r\n` }
}

/** The boundary of a multipart answer; null: it is none. */
export function boundaryOf(contentType: string | null): string | null {
  const found = /^multipart\/mixed\s*;(?:.*;)?\s*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(contentType ?? '')
  return found?.[1] ?? found?.[2] ?? null
}

/**
 * The answers by the ids of their calls, in whichever order they come. One that breaks off, makes no sense or is there twice is left out:
 * what became of its call is not known then.
 */
export function answersIn(text: string, boundary: string): ReadonlyMap<string, BatchAnswer> {
  const answers = new Map<string, BatchAnswer>()
  const twice = new Set<string>()
  // in front of the first delimiter and behind the last one stands nothing; without the last one, the end of a part is missing
  for (const part of `\n${text}`.split(`\n--${boundary}`).slice(1, -1)) {
    const found = answerIn(part)
    if (found === null) continue
    if (answers.has(found.id)) twice.add(found.id)
    answers.set(found.id, found.answer)
  }
  for (const id of twice) answers.delete(id)
  return answers
}

function answerIn(part: string): { readonly id: string; readonly answer: BatchAnswer } | null {
  const [about = '', message = ''] = atBlankLine(part.trimStart())
  const id = idOf(headersOf(about.split(/\r?\n/))?.get('content-id'))
  const [head = '', body = ''] = atBlankLine(message)
  const [first = '', ...lines] = head.split(/\r?\n/)
  const status = Number(/^HTTP\/\d(?:\.\d)? ([2-5]\d\d)(?: |$)/.exec(first)?.[1])
  const headers = headersOf(lines)
  if (id === null || headers === null || Number.isNaN(status)) return null
  return { id, answer: { status, headers, data: jsonOr(body.trim()) } }
}

/** Up to the first empty line, and what follows it. */
function atBlankLine(text: string): readonly string[] {
  const end = /\r?\n\r?\n/.exec(text)
  return end ? [text.slice(0, end.index), text.slice(end.index + end[0].length)] : [text]
}

function idOf(contentId: string | null | undefined): string | null {
  const bare = /^<?([^<>]+)>?$/.exec(contentId?.trim() ?? '')?.[1]
  return bare?.startsWith(ANSWER_PREFIX) ? bare.slice(ANSWER_PREFIX.length) : null
}

/** Null for what are no headers. */
function headersOf(lines: readonly string[]): Headers | null {
  try {
    return new Headers(
      lines
        .filter((line) => line.trim() !== '')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    )
  } catch {
    return null
  }
}

/** As the client does with every other answer. */
export function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
