import { isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, visit, type YAMLMap } from 'yaml'
import { AppError } from '../../../shared/errors/index.ts'
import type { UnknownKey } from '../../../shared/model/index.ts'
import { CLOUD_CONFIG_KEYS } from './cloud-config-keys.ts'

export interface CheckedUserData {
  readonly kind: 'cloud-config' | 'script' | 'mime'
  readonly unknownKeys: readonly UnknownKey[]
}

/** What PyYAML, cloud-init's parser, takes in a text at all (`Reader.NON_PRINTABLE`). */
const NOT_PRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

/**
 * Checks a user-data text somebody wrote, as far as that is possible without the guest: cloud-init passes over what it cannot
 * read, and leaves a machine nobody can log in to. Forms: https://docs.cloud-init.io/en/latest/explanation/format.html
 * @throws AppError invalid-input `build.bad-user-data` with line and column, which count from 1, and a reason
 */
export function checkUserData(text: string): CheckedUserData {
  const end = text.indexOf('\n')
  const first = end === -1 ? text : text.slice(0, end)
  if (first.startsWith('\ufeff')) throw bad(1, 1, 'byte-order-mark', 'it begins with a byte order mark, which hides its first line')
  if (/^#cloud-config[ \t\r]*$/.test(first)) return { kind: 'cloud-config', unknownKeys: checkCloudConfig(text) }
  if (first.startsWith('#!')) {
    // the kernel would look for a program whose name ends with it
    if (first.endsWith('\r')) throw bad(1, first.length, 'carriage-return', 'its first line ends with a carriage return')
    return { kind: 'script', unknownKeys: [] }
  }
  if (/^(mime-version|content-type):/i.test(first)) {
    checkMime(text.split(/\r?\n/))
    return { kind: 'mime', unknownKeys: [] }
  }
  throw bad(1, 1, 'unknown-start', 'its first line is neither #cloud-config nor #!… nor the header of a MIME multipart')
}

function checkCloudConfig(text: string): UnknownKey[] {
  const lines = new LineCounter()
  // cloud-init reads YAML 1.1
  const document = parseDocument(text, { version: '1.1', lineCounter: lines, prettyErrors: false })
  const at = (offset: number, reason: string, message: string): AppError => {
    const { line, col } = lines.linePos(offset)
    return bad(line, col, reason, message)
  }
  const unprintable = NOT_PRINTABLE.exec(text)
  if (unprintable !== null) throw at(unprintable.index, 'not-printable', 'it holds a character that YAML does not take')
  // a tag that cannot be resolved is a warning here, and an error of cloud-init's parser
  const problem = document.errors[0] ?? document.warnings[0]
  if (problem !== undefined) {
    const message = problem.code === 'MULTIPLE_DOCS' ? 'a second document begins' : problem.message
    throw at(problem.pos[0], problem.code.toLowerCase().replaceAll('_', '-'), message)
  }
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) === undefined) {
        throw at(alias.range?.[0] ?? 0, 'unresolved-alias', `there is no anchor called ${alias.source} before this place`)
      }
    },
  })
  const root = document.contents
  // comments only: nothing to do, which cloud-init takes
  if (root === null || (isScalar(root) && root.value === null)) return []
  if (!isMap(root)) throw at(root.range[0], 'not-a-mapping', 'it is no mapping of keys to values')
  const odd = root.items.find(({ key }) => !isAlias(key) && !(isScalar(key) && key.value !== null))
  if (odd !== undefined) throw at(rangeStart(odd.key), 'not-a-key', 'a key of the mapping is no text')
  return unknownKeys(root, lines)
}

function rangeStart(node: unknown): number {
  return isNode(node) ? (node.range?.[0] ?? 0) : 0
}

function unknownKeys(root: YAMLMap, lines: LineCounter): UnknownKey[] {
  const found: UnknownKey[] = []
  for (const { key } of root.items) {
    if (!isScalar(key) && !isAlias(key)) continue
    const name = isScalar(key) ? (key.source ?? String(key.value)) : `*${key.source}`
    // a merge key brings in the keys of another mapping
    if (name === '<<' || CLOUD_CONFIG_KEYS.has(name)) continue
    const { line, col } = lines.linePos(rangeStart(key))
    found.push({ key: name, line, column: col })
  }
  return found
}

/** RFC 2045 and 2046 5.1, as far as a multipart can be told from something cut off. */
function checkMime(lines: readonly string[]): void {
  const blank = lines.indexOf('')
  const header = blank === -1 ? lines : lines.slice(0, blank)
  const unfolded = header.join('\n').replaceAll(/\n[ \t]+/g, ' ')
  // cloud-init tells a MIME text by it
  if (!/^mime-version:/im.test(unfolded)) throw bad(1, 1, 'mime-version', 'its header has no MIME-Version')
  const type = /^content-type:[ \t]*multipart\/[^\n]*/im.exec(unfolded)?.[0]
  const typeLine = header.findIndex((line) => /^content-type:/i.test(line)) + 1 || 1
  if (type === undefined) throw bad(typeLine, 1, 'mime-not-multipart', 'its Content-Type is not multipart')
  const quoted = /;[ \t]*boundary=(?:"([^"]+)"|([^\s;"]+))/i.exec(type)
  const boundary = quoted?.[1] ?? quoted?.[2]
  if (boundary === undefined) throw bad(typeLine, 1, 'mime-no-boundary', 'its Content-Type names no boundary')
  const marks = lines.map((line) => line.trimEnd())
  if (!marks.includes(`--${boundary}`)) throw bad(lines.length, 1, 'mime-no-parts', `no part of it begins with --${boundary}`)
  if (!marks.includes(`--${boundary}--`)) throw bad(lines.length, 1, 'mime-not-closed', `it does not end with --${boundary}--`)
}

function bad(line: number, column: number, reason: string, message: string): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'build.bad-user-data',
    message: `cloud-init could not read this user-data: line ${line}, column ${column}: ${message}.`,
    details: { line, column, reason },
  })
}
