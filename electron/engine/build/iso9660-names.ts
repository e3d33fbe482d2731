import { AppError } from '../../../shared/errors/index.ts'

/** Joliet holds 64 UCS-2 characters; the bytes are what a Rock Ridge name may have without a continuation of its record. */
const MAX_UNITS = 64
const MAX_BYTES = 160
const encoder = new TextEncoder()

/**
 * Checks the names of the files of one directory.
 * @throws AppError invalid-input `build.bad-file-name` with the name and the reason
 */
export function checkNames(names: readonly string[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    const reason = seen.has(name) ? 'twice' : badName(name)
    if (reason !== undefined) {
      throw new AppError({
        kind: 'invalid-input',
        code: 'build.bad-file-name',
        message: `No file of an image can be called ${JSON.stringify(name)}: ${REASONS[reason]}.`,
        details: { name, reason },
      })
    }
    seen.add(name)
  }
}

const REASONS = {
  twice: 'there is one of that name already',
  empty: 'it is no name',
  length: `it has more than ${MAX_UNITS} characters or ${MAX_BYTES} bytes`,
  character: 'it holds a control character or one of * / : ; ? \\',
} as const

function badName(name: string): keyof typeof REASONS | undefined {
  if (name === '' || name === '.' || name === '..') return 'empty'
  if (name.length > MAX_UNITS || encoder.encode(name).length > MAX_BYTES) return 'length'
  // the characters that Joliet leaves out; an unpaired surrogate has no UTF-8 for the Rock Ridge name
  return /[\p{Cc}\p{Cs}*/:;?\\]/u.test(name) ? 'character' : undefined
}

/**
 * Names for readers that know plain ISO 9660 only: level 1, that is 8.3 of A to Z, 0 to 9 and _, all different, with a version
 * [ECMA-119 7.5, 10.1]. `user-data` becomes `USER_DAT.;1`.
 */
export function plainNames(names: readonly string[]): Map<string, string> {
  const taken = new Set<string>()
  const result = new Map<string, string>()
  for (const name of names) {
    const dot = name.lastIndexOf('.')
    const base = plain(dot > 0 ? name.slice(0, dot) : name) || '_'
    const extension = dot > 0 ? plain(name.slice(dot + 1)).slice(0, 3) : ''
    let candidate = `${base.slice(0, 8)}.${extension}`
    for (let n = 1; taken.has(candidate); n++) candidate = `${base.slice(0, 8 - String(n).length)}${n}.${extension}`
    taken.add(candidate)
    result.set(name, `${candidate};1`)
  }
  return result
}

function plain(text: string): string {
  return text.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')
}
