import { problem } from './ova-errors.ts'

/**
 * Headers of a tar as POSIX describes it (IEEE 1003.1, pax, "ustar Interchange Format"), with GNU's binary numbers for sizes that eleven octal
 * digits cannot hold. An OVA is such a file (DSP0243, "Distribution").
 */
export const TAR_BLOCK = 512
/** The largest size that is written in octal digits: 8 GiB - 1. */
const MAX_OCTAL_SIZE = 8 ** 11 - 1

const NAME = { at: 0, length: 100 }
const MODE_AT = 100
const UID_AT = 108
const GID_AT = 116
const SIZE = { at: 124, length: 12 }
const MTIME_AT = 136
const CHECKSUM = { at: 148, length: 8 }
const TYPE_AT = 156
const MAGIC = { at: 257, length: 6 }
const PREFIX = { at: 345, length: 155 }

export interface TarHeader {
  readonly name: string
  readonly sizeBytes: number
  /** As the header has it: `0` and the empty string are files. */
  readonly type: string
}

/** What a size takes in whole blocks. */
export function padded(sizeBytes: number): number {
  return Math.ceil(sizeBytes / TAR_BLOCK) * TAR_BLOCK
}

/**
 * One block as a header; null: it is empty, which ends the archive.
 * @throws AppError invalid-input ova.not-a-tar
 */
export function readTarHeader(block: Uint8Array): TarHeader | null {
  if (block.every((byte) => byte === 0)) return null
  if (block.length !== TAR_BLOCK || numberAt(block, CHECKSUM) !== checksumOf(block)) {
    throw problem('invalid-input', 'ova.not-a-tar', 'The file is no OVA: it is not a tar archive, or it is damaged.')
  }
  const prefix = textAt(block, MAGIC).startsWith('ustar') ? textAt(block, PREFIX) : ''
  const name = textAt(block, NAME)
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    sizeBytes: numberAt(block, SIZE),
    type: textAt(block, { at: TYPE_AT, length: 1 }),
  }
}

/** The header of a file. `name` has at most 100 bytes. */
export function tarHeader(name: string, sizeBytes: number, modifiedAtMs: number): Uint8Array {
  const block = new Uint8Array(TAR_BLOCK)
  const put = (at: number, text: string) => block.set(new TextEncoder().encode(text), at)
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`
  if (new TextEncoder().encode(name).length > NAME.length) throw new RangeError(`A name of a tar has at most 100 bytes: ${name}`)
  put(NAME.at, name)
  put(MODE_AT, octal(0o644, 7))
  put(UID_AT, octal(0, 7))
  put(GID_AT, octal(0, 7))
  if (sizeBytes <= MAX_OCTAL_SIZE) put(SIZE.at, octal(sizeBytes, 11))
  else putBinary(block.subarray(SIZE.at, SIZE.at + SIZE.length), sizeBytes)
  put(MTIME_AT, octal(Math.floor(modifiedAtMs / 1_000), 11))
  put(TYPE_AT, '0')
  put(MAGIC.at, 'ustar\0')
  put(MAGIC.at + MAGIC.length, '00')
  put(CHECKSUM.at, `${checksumOf(block).toString(8).padStart(6, '0')}\0 `)
  return block
}

interface Field {
  readonly at: number
  readonly length: number
}

function textAt(block: Uint8Array, { at, length }: Field): string {
  const field = block.subarray(at, at + length)
  const end = field.indexOf(0)
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end))
}

/** Octal digits, or GNU's base 256 when the first bit is set. NaN for what is neither. */
function numberAt(block: Uint8Array, field: Field): number {
  const bytes = block.subarray(field.at, field.at + field.length)
  const [first = 0] = bytes
  if ((first & 0x80) !== 0) {
    let value = first & 0x7f
    for (const byte of bytes.subarray(1)) value = value * 256 + byte
    return Number.isSafeInteger(value) ? value : Number.NaN
  }
  const digits = textAt(block, field).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN
}

function putBinary(field: Uint8Array, value: number): void {
  let rest = value
  for (let at = field.length - 1; at > 0; at--) {
    field[at] = rest % 256
    rest = Math.floor(rest / 256)
  }
  field[0] = 0x80
}

/** The sum of all bytes, those of the sum itself taken for blanks. */
function checksumOf(block: Uint8Array): number {
  let sum = 0
  for (const [at, byte] of block.entries()) sum += at >= CHECKSUM.at && at < CHECKSUM.at + CHECKSUM.length ? 0x20 : byte
  return sum
}
