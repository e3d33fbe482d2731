import { mix } from '../random.ts'

const BLOCK = 4_096
/** So much of what was written is kept as it was; of the rest there is a pattern. */
const KEPT_BLOCKS = 16

/** Where a CD says that it is one (ISO 9660, volume descriptor at sector 16). */
const CD_MARK_AT = 32_769
const CD_MARK = 'CD001'
/** Big-endian: "QFI" and 0xfb, the version, and at 24 the size that the guest sees (docs/interop/qcow2.txt of QEMU). */
const QCOW2_MAGIC = 0x5146_49fb

/**
 * The bytes of a simulated volume. None are kept but the first blocks of what was written that hold anything: the rest is nothing but
 * zeros, or a pattern that is the same each time.
 */
export class VolumeBytes {
  #size: number
  readonly #blocks = new Map<number, Uint8Array>()
  readonly #salt: number
  /** From here on there is the pattern. */
  #patternFrom: number
  /** Of the last write; 0: as it came. */
  #stamp = 0
  static #lastStamp = 0

  /** `filled`: it holds something that nobody wrote here, such as an image that came with the fleet. */
  constructor(size: number, salt: number, filled: boolean) {
    this.#size = size
    this.#salt = salt
    this.#patternFrom = filled ? 0 : Number.POSITIVE_INFINITY
  }

  /** An image of that format that came with the fleet. */
  static ofImage(format: string, size: number, capacityBytes: number, salt: number): VolumeBytes {
    const bytes = new VolumeBytes(size, salt, true)
    if (format === 'qcow2') {
      const head = Buffer.alloc(32)
      head.writeUInt32BE(QCOW2_MAGIC, 0)
      head.writeUInt32BE(3, 4)
      head.writeBigUInt64BE(BigInt(capacityBytes), 24)
      bytes.write(0, head)
    } else if (format === 'iso') bytes.write(CD_MARK_AT, Buffer.from(CD_MARK, 'latin1'))
    bytes.#stamp = 0
    return bytes
  }

  /** The same content in another file, which may be larger. */
  copy(size: number): VolumeBytes {
    const bytes = new VolumeBytes(Math.max(size, this.#size), this.#salt, false)
    for (const [index, block] of this.#blocks) bytes.#blocks.set(index, new Uint8Array(block))
    bytes.#patternFrom = this.#patternFrom
    bytes.#stamp = this.#stamp
    return bytes
  }

  get size(): number {
    return this.#size
  }

  /** Another one after each write, of any volume. */
  get version(): string {
    return `${this.#salt}-${this.#stamp}-${this.#size}`
  }

  resize(size: number): void {
    this.#size = size
  }

  /** As far as the file goes. */
  read(offset: number, length: number): Uint8Array {
    const wanted = Math.max(0, Math.min(length, this.#size - offset))
    const out = new Uint8Array(wanted)
    for (let done = 0; done < wanted; ) {
      const index = Math.floor((offset + done) / BLOCK)
      const within = (offset + done) % BLOCK
      const part = this.#block(index).subarray(within, within + wanted - done)
      out.set(part, done)
      done += part.length
    }
    return out
  }

  /** As `read`, but what nobody wrote is told as zeros: what the pattern would be is of no interest to who copies it. Null: it ends here. */
  piece(offset: number, length: number): Uint8Array | { readonly zeros: number } | null {
    const wanted = Math.max(0, Math.min(length, this.#size - offset))
    if (wanted === 0) return null
    const index = Math.floor(offset / BLOCK)
    if (this.#blocks.has(index)) return this.read(offset, Math.min(wanted, (index + 1) * BLOCK - offset))
    const next = [...this.#blocks.keys()].filter((each) => each > index)
    return { zeros: Math.min(wanted, Math.min(...next) * BLOCK - offset) }
  }

  write(offset: number, bytes: Uint8Array): void {
    VolumeBytes.#lastStamp += 1
    this.#stamp = VolumeBytes.#lastStamp
    for (let done = 0; done < bytes.length; ) {
      const index = Math.floor((offset + done) / BLOCK)
      const within = (offset + done) % BLOCK
      const part = bytes.subarray(done, done + BLOCK - within)
      this.#put(index, within, part)
      done += part.length
    }
    this.#size = Math.max(this.#size, offset + bytes.length)
  }

  /** What a look at its head tells. */
  get format(): 'qcow2' | 'iso' | 'raw' {
    const head = Buffer.from(this.read(0, 4))
    if (head.length === 4 && head.readUInt32BE(0) === QCOW2_MAGIC) return 'qcow2'
    return Buffer.from(this.read(CD_MARK_AT, CD_MARK.length)).toString('latin1') === CD_MARK ? 'iso' : 'raw'
  }

  /** The size that a guest would see: of a qcow2 image what its head says. */
  get capacityBytes(): number {
    if (this.format !== 'qcow2') return this.#size
    const head = Buffer.from(this.read(24, 8))
    return head.length < 8 ? this.#size : Number(head.readBigUInt64BE(0))
  }

  #block(index: number): Uint8Array {
    const kept = this.#blocks.get(index)
    if (kept) return kept
    const block = new Uint8Array(BLOCK)
    if (index * BLOCK < this.#patternFrom) return block
    const words = new Uint32Array(block.buffer)
    // xorshift (Marsaglia 2003): quick, and good enough to look like an image
    let word = mix(this.#salt, index) | 1
    for (let at = 0; at < words.length; at++) {
      word ^= word << 13
      word ^= word >>> 17
      word ^= word << 5
      words[at] = word
    }
    return block
  }

  #put(index: number, within: number, part: Uint8Array): void {
    const isFull = this.#blocks.size >= KEPT_BLOCKS && !this.#blocks.has(index)
    if (isFull && index * BLOCK >= this.#patternFrom) return
    const before = this.#block(index)
    if (part.every((byte, at) => before[within + at] === byte)) return
    if (isFull) {
      this.#patternFrom = Math.min(this.#patternFrom, index * BLOCK)
      return
    }
    const block = new Uint8Array(before)
    block.set(part, within)
    this.#blocks.set(index, block)
  }
}
