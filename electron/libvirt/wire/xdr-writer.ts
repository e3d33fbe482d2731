import { WireError } from './wire-error.ts'

const UUID_TEXT = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const INT64_MIN = -(2n ** 63n)
const INT64_MAX = 2n ** 63n - 1n
const UINT64_MAX = 2n ** 64n - 1n

/**
 * Writes XDR (RFC 4506) into one growing buffer. Values that the type cannot hold are refused with {@link WireError} (`value`, `bound`),
 * never cut: a number given for a 64-bit field is accepted when it is a safe integer.
 */
export class XdrWriter {
  #bytes: Buffer
  #view: DataView
  #length: number

  /** `reserve` bytes are left free at the start, for a header. */
  constructor(reserve = 0, capacity = 256) {
    this.#bytes = Buffer.alloc(Math.max(capacity, reserve))
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength)
    this.#length = reserve
  }

  /** What was written, the reserved bytes included; shares memory with this writer, which must not be used afterwards. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(count: number): number {
    const start = this.#length
    const needed = start + count
    if (needed > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(larger, 0, 0, start)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer, larger.byteOffset, larger.byteLength)
    }
    this.#length = needed
    return start
  }

  #integer(value: unknown, low: number, high: number, type: string): number {
    const number = typeof value === 'bigint' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isInteger(number) || number < low || number > high) {
      throw new WireError('value', `${describe(value)} is no ${type}`)
    }
    return number
  }

  #wide(value: unknown, low: bigint, high: bigint, type: string): bigint {
    const wide = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value
    if (typeof wide !== 'bigint' || wide < low || wide > high) throw new WireError('value', `${describe(value)} is no ${type}`)
    return wide
  }

  int(value: unknown): void {
    const checked = this.#integer(value, -0x8000_0000, 0x7fff_ffff, 'int')
    const at = this.#grow(4)
    this.#view.setInt32(at, checked)
  }

  uint(value: unknown): void {
    const checked = this.#integer(value, 0, 0xffff_ffff, 'unsigned int')
    const at = this.#grow(4)
    this.#view.setUint32(at, checked)
  }

  hyper(value: unknown): void {
    const checked = this.#wide(value, INT64_MIN, INT64_MAX, 'hyper')
    const at = this.#grow(8)
    this.#view.setBigInt64(at, checked)
  }

  uhyper(value: unknown): void {
    const checked = this.#wide(value, 0n, UINT64_MAX, 'unsigned hyper')
    const at = this.#grow(8)
    this.#view.setBigUint64(at, checked)
  }

  double(value: unknown): void {
    if (typeof value !== 'number') throw new WireError('value', `${describe(value)} is no double`)
    const at = this.#grow(8)
    this.#view.setFloat64(at, value)
  }

  char(value: unknown): void {
    this.int(this.#integer(value, -128, 127, 'char'))
  }

  uchar(value: unknown): void {
    this.uint(this.#integer(value, 0, 255, 'unsigned char'))
  }

  ushort(value: unknown): void {
    this.uint(this.#integer(value, 0, 65_535, 'unsigned short'))
  }

  /** The marker in front of an optional value. */
  present(present: boolean): void {
    this.uint(present ? 1 : 0)
  }

  /** The count in front of a list of at most `max` items. */
  count(count: number, max: number): void {
    if (count > max) throw new WireError('bound', `list of ${count} items, limit ${max}`)
    this.uint(count)
  }

  /** UTF-8 of at most `max` bytes. A NUL is refused: the daemon would silently cut the text there. */
  string(value: unknown, max: number): void {
    if (typeof value !== 'string') throw new WireError('value', `${describe(value)} is no string`)
    if (value.includes('\0')) throw new WireError('value', 'a string must not hold a NUL character')
    const length = Buffer.byteLength(value, 'utf8')
    if (length > max) throw new WireError('bound', `string of ${length} bytes, limit ${max}`)
    this.uint(length)
    const start = this.#grow(length + (-length & 3))
    this.#bytes.write(value, start, length, 'utf8')
  }

  opaque(value: unknown, max: number): void {
    if (!(value instanceof Uint8Array)) throw new WireError('value', `${describe(value)} is no byte array`)
    if (value.length > max) throw new WireError('bound', `opaque of ${value.length} bytes, limit ${max}`)
    this.uint(value.length)
    const at = this.#grow(value.length + (-value.length & 3))
    this.#bytes.set(value, at)
  }

  /** A UUID in text form, with or without dashes. */
  uuid(value: unknown): void {
    if (typeof value !== 'string' || !UUID_TEXT.test(value)) throw new WireError('value', `${describe(value)} is no UUID`)
    const start = this.#grow(16)
    this.#bytes.write(value.replaceAll('-', ''), start, 16, 'hex')
  }

  /** Bytes as they are; the caller answers for the alignment. */
  raw(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'string') return value.length > 40 ? `a string of ${value.length} characters` : JSON.stringify(value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`
  return value === null ? 'null' : `a value of type ${typeof value}`
}
