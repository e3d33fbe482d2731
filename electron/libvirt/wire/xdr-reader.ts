import { WireError } from './wire-error.ts'

/** Slots of the table of names that repeat in every record (`state.state`, `cpu.time` …). */
const INTERN_SLOTS = 2048
/** Longer names are not worth remembering. */
const INTERN_MAX_BYTES = 64

type Interned = { readonly bytes: Buffer; readonly text: string }
const interned: (Interned | undefined)[] = Array.from<Interned | undefined>({ length: INTERN_SLOTS })

const HEX = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0')).join(''), 'latin1')
/** Offsets of the sixteen bytes of a UUID in its text form. */
const UUID_TEXT_OFFSETS = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34] as const
const uuidScratch = Buffer.from('00000000-0000-0000-0000-000000000000', 'latin1')

/**
 * Reads XDR (RFC 4506) from one message. Every length is checked against the protocol's bound and against the bytes that are left before
 * anything is allocated for it. Throws {@link WireError}.
 */
export class XdrReader {
  readonly #bytes: Buffer
  readonly #view: DataView
  #position: number

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#position = offset
  }

  /** Bytes not read yet. */
  get remaining(): number {
    return this.#bytes.length - this.#position
  }

  /** Claims `count` bytes and returns where they start. */
  #claim(count: number): number {
    const start = this.#position
    if (count > this.#bytes.length - start) {
      throw new WireError('truncated', `needs ${count} bytes at ${start}, has ${this.#bytes.length - start}`)
    }
    this.#position = start + count
    return start
  }

  /** Claims `length` bytes and the padding to a multiple of four, which must be zero. */
  #claimPadded(length: number): number {
    const padding = -length & 3
    const start = this.#claim(length + padding)
    for (let at = start + length; at < this.#position; at++) {
      if (this.#bytes[at] !== 0) throw new WireError('padding', `padding at ${at} is not zero`)
    }
    return start
  }

  int(): number {
    return this.#view.getInt32(this.#claim(4))
  }

  uint(): number {
    return this.#view.getUint32(this.#claim(4))
  }

  hyper(): bigint {
    return this.#view.getBigInt64(this.#claim(8))
  }

  uhyper(): bigint {
    return this.#view.getBigUint64(this.#claim(8))
  }

  double(): number {
    return this.#view.getFloat64(this.#claim(8))
  }

  /** `char` travels as an int. */
  char(): number {
    return this.#ranged(this.int(), -128, 127, 'char')
  }

  uchar(): number {
    return this.#ranged(this.uint(), 0, 255, 'unsigned char')
  }

  ushort(): number {
    return this.#ranged(this.uint(), 0, 65_535, 'unsigned short')
  }

  #ranged(value: number, low: number, high: number, type: string): number {
    if (value < low || value > high) throw new WireError('bound', `${value} is no ${type}`)
    return value
  }

  /** Whether an optional value follows. Anything but 0 and 1 is refused. */
  present(): boolean {
    const flag = this.uint()
    if (flag > 1) throw new WireError('union', `optional marker is ${flag}`)
    return flag === 1
  }

  /**
   * The count of a list of at most `max` items, each of which takes at least `itemBytes`: a count that cannot fit into what is left is
   * refused here, before the list is made.
   */
  count(max: number, itemBytes: number): number {
    const count = this.uint()
    if (count > max) throw new WireError('bound', `list of ${count} items, limit ${max}`)
    if (count * itemBytes > this.remaining) throw new WireError('truncated', `list of ${count} items in ${this.remaining} bytes`)
    return count
  }

  /** UTF-8 text of at most `max` bytes. */
  string(max: number): string {
    const length = this.#length(max, 'string')
    const start = this.#claimPadded(length)
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** As {@link string}, for names that repeat in nearly every record: the same text is made only once. */
  name(max: number): string {
    const length = this.#length(max, 'string')
    if (length > INTERN_MAX_BYTES) {
      this.#position -= 4
      return this.string(max)
    }
    const start = this.#claimPadded(length)
    const bytes = this.#bytes
    let hash = length
    for (let at = start; at < this.#position; at += 4) {
      hash = Math.imul(hash ^ this.#view.getInt32(at), 0x9e37_79b1)
      hash ^= hash >>> 15
    }
    const slot = hash & (INTERN_SLOTS - 1)
    const known = interned[slot]
    if (known !== undefined && known.bytes.length === length) {
      let same = 0
      while (same < length && known.bytes[same] === bytes[start + same]) same++
      if (same === length) return known.text
    }
    const text = bytes.toString('utf8', start, start + length)
    interned[slot] = { bytes: Buffer.from(bytes.subarray(start, start + length)), text }
    return text
  }

  /** Bytes of variable length, at most `max`; a copy, so that the message can be freed. */
  opaque(max: number): Uint8Array {
    const length = this.#length(max, 'opaque')
    const start = this.#claimPadded(length)
    const copy = new Uint8Array(length)
    copy.set(this.#bytes.subarray(start, start + length))
    return copy
  }

  /** Sixteen bytes as text in the usual form, lower case. */
  uuid(): string {
    const start = this.#claim(16)
    for (let index = 0; index < 16; index++) {
      const hex = (this.#bytes[start + index] ?? 0) * 2
      const at = UUID_TEXT_OFFSETS[index] ?? 0
      uuidScratch[at] = HEX[hex] ?? 0
      uuidScratch[at + 1] = HEX[hex + 1] ?? 0
    }
    return uuidScratch.toString('latin1', 0, 36)
  }

  /** The rest, not copied. */
  rest(): Buffer {
    const start = this.#position
    this.#position = this.#bytes.length
    return this.#bytes.subarray(start)
  }

  /** Refuses bytes after the last value. */
  end(): void {
    if (this.remaining > 0) throw new WireError('trailing', `${this.remaining} bytes after the last value`)
  }

  #length(max: number, what: string): number {
    const length = this.uint()
    if (length > max) throw new WireError('bound', `${what} of ${length} bytes, limit ${max}`)
    return length
  }
}
