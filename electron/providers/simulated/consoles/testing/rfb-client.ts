import { constants, inflateSync } from 'node:zlib'
import type { ByteChannel } from '../../../provider.ts'
import { ENCODING } from '../encodings.ts'
import { CELL_HEIGHT, CELL_WIDTH, glyphOf } from '../font.ts'

/** How a client wants its pixels. */
export interface ClientFormat {
  readonly bits: 8 | 16 | 32
  readonly bigEndian?: boolean
  readonly trueColour?: boolean
  readonly max: readonly [number, number, number]
  readonly shift: readonly [number, number, number]
}

export const TRUE_COLOUR: ClientFormat = { bits: 32, max: [255, 255, 255], shift: [16, 8, 0] }
const VERSION = Buffer.from('RFB 003.008\n')
const LETTERS = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index))

/** A small VNC client (RFC 6143): it greets, asks, and keeps the picture it was sent. */
export class RfbClient {
  readonly #channel: ByteChannel
  #rest: Buffer = Buffer.alloc(0)
  #format = TRUE_COLOUR
  #colours = new Map<number, number>()
  width = 0
  height = 0
  name = ''
  /** 0xRRGGBB, row by row. */
  pixels = new Uint32Array(0)
  /** The encodings of the last update's rectangles and where they lie. */
  last: ReadonlyArray<{
    readonly encoding: number
    readonly x: number
    readonly y: number
    readonly width: number
    readonly height: number
  }> = []

  constructor(channel: ByteChannel) {
    this.#channel = channel
  }

  /** Without security, or where the engine has greeted already. */
  async greet(): Promise<void> {
    await this.exactly(VERSION.length)
    await this.#channel.write(VERSION)
    const types = await this.exactly((await this.exactly(1)).readUInt8())
    await this.#channel.write(types.subarray(0, 1))
    await this.exactly(4)
    await this.#channel.write(Uint8Array.of(1))
    const init = await this.exactly(24)
    this.#resize(init.readUInt16BE(0), init.readUInt16BE(2))
    this.name = (await this.exactly(init.readUInt32BE(20))).toString()
  }

  async setEncodings(...encodings: readonly number[]): Promise<void> {
    const message = Buffer.alloc(4 + encodings.length * 4)
    message.writeUInt8(2)
    message.writeUInt16BE(encodings.length, 2)
    for (const [index, encoding] of encodings.entries()) message.writeInt32BE(encoding, 4 + index * 4)
    await this.#channel.write(message)
  }

  async setFormat(format: ClientFormat): Promise<void> {
    const { bits, bigEndian = false, trueColour = true, max, shift } = format
    const message = Buffer.alloc(20)
    message.set([bits, bits === 32 ? 24 : bits, bigEndian ? 1 : 0, trueColour ? 1 : 0], 4)
    for (const [index, each] of max.entries()) message.writeUInt16BE(each, 8 + index * 2)
    message.set(shift, 14)
    await this.#channel.write(message)
    this.#format = format
  }

  async press(...keysyms: readonly number[]): Promise<void> {
    for (const isDown of [1, 0]) {
      for (const keysym of keysyms) {
        const message = Buffer.from([4, isDown, 0, 0, 0, 0, 0, 0])
        message.writeUInt32BE(keysym, 4)
        await this.#channel.write(message)
      }
    }
  }

  async type(text: string): Promise<void> {
    for (const character of text) await this.press(character === '\r' ? 0xff0d : (character.codePointAt(0) ?? 0))
  }

  async send(bytes: readonly number[]): Promise<void> {
    await this.#channel.write(Uint8Array.from(bytes))
  }

  /** SetDesktopSize with one screen. */
  async askForSize(width: number, height: number): Promise<void> {
    const message = Buffer.alloc(24)
    message.writeUInt8(251)
    message.writeUInt8(1, 6)
    for (const at of [2, 16]) {
      message.writeUInt16BE(width, at)
      message.writeUInt16BE(height, at + 2)
    }
    await this.#channel.write(message)
  }

  async request(incremental: boolean, x = 0, y = 0, width = this.width, height = this.height): Promise<void> {
    const message = Buffer.from([3, incremental ? 1 : 0, 0, 0, 0, 0, 0, 0, 0, 0])
    for (const [index, each] of [x, y, width, height].entries()) message.writeUInt16BE(each, 2 + index * 2)
    await this.#channel.write(message)
  }

  /** Asks for an update and takes it in. */
  async look(incremental = true): Promise<void> {
    await this.request(incremental)
    await this.receive()
  }

  async receive(): Promise<void> {
    const type = (await this.exactly(1)).readUInt8()
    if (type === 1) {
      await this.#takeColours()
      await this.receive()
      return
    }
    if (type !== 0) throw new Error(`message ${type}`)
    const count = (await this.exactly(3)).readUInt16BE(1)
    const found = []
    for (let index = 0; index < count; index++) {
      const head = await this.exactly(12)
      const [x, y, width, height] = [head.readUInt16BE(0), head.readUInt16BE(2), head.readUInt16BE(4), head.readUInt16BE(6)]
      const encoding = head.readInt32BE(8)
      found.push({ encoding, x, y, width, height })
      await this.#take(encoding, x, y, width, height)
    }
    this.last = found
  }

  /** What a row of characters says, read off the pixels. */
  textAt(row: number): string {
    const columns = Math.floor(this.width / CELL_WIDTH)
    return Array.from({ length: columns }, (_, column) => this.#letterAt(row, column))
      .join('')
      .trimEnd()
  }

  get text(): string {
    return Array.from({ length: Math.floor(this.height / CELL_HEIGHT) }, (_, row) => this.textAt(row)).join('\n')
  }

  async exactly(count: number): Promise<Buffer> {
    while (this.#rest.length < count) {
      const piece = await this.#channel.read()
      if (piece === null) throw new Error('the server ended it')
      this.#rest = Buffer.concat([this.#rest, piece])
    }
    const found = this.#rest.subarray(0, count)
    this.#rest = this.#rest.subarray(count)
    return found
  }

  #letterAt(row: number, column: number): string {
    const at = (x: number, y: number) => this.pixels[(row * CELL_HEIGHT + y) * this.width + column * CELL_WIDTH + x] ?? 0
    const ground = at(7, 15) // no letter reaches into that corner
    return LETTERS.find((letter) => glyphOf(letter).every((bits, y) => bits === bitsOf((x) => at(x, y) !== ground))) ?? '�'
  }

  #resize(width: number, height: number): void {
    this.width = width
    this.height = height
    this.pixels = new Uint32Array(width <= 4_096 ? width * height : 0)
  }

  async #take(encoding: number, x: number, y: number, width: number, height: number): Promise<void> {
    if (encoding === ENCODING.extendedDesktopSize) {
      const screens = (await this.exactly(4)).readUInt8()
      await this.exactly(screens * 16)
    }
    if (encoding === ENCODING.desktopSize || encoding === ENCODING.extendedDesktopSize) {
      // of a size that was refused the server says which stays
      if (width !== this.width || height !== this.height) this.#resize(width, height)
      return
    }
    const colours =
      encoding === ENCODING.copyRect
        ? await this.#copied(width, height)
        : encoding === ENCODING.tight
          ? await this.#tight(width, height)
          : await this.#raw(width * height)
    for (let row = 0; row < height; row++) {
      this.pixels.set(colours.subarray(row * width, (row + 1) * width), (y + row) * this.width + x)
    }
  }

  async #copied(width: number, height: number): Promise<Uint32Array> {
    const from = await this.exactly(4)
    const [x, y] = [from.readUInt16BE(0), from.readUInt16BE(2)]
    return Uint32Array.from(
      { length: width * height },
      (_, at) => this.pixels[(y + Math.floor(at / width)) * this.width + x + (at % width)] ?? 0,
    )
  }

  async #raw(count: number): Promise<Uint32Array> {
    const size = this.#format.bits / 8
    const bytes = await this.exactly(count * size)
    return Uint32Array.from({ length: count }, (_, at) => this.#colour(bytes.subarray(at * size, (at + 1) * size)))
  }

  #colour(pixel: Buffer): number {
    const { bigEndian, trueColour = true, max, shift } = this.#format
    const value = bigEndian ? pixel.readUIntBE(0, pixel.length) : pixel.readUIntLE(0, pixel.length)
    if (!trueColour) return this.#colours.get(value) ?? -1
    return max.reduce((sum, most, at) => sum * 256 + Math.round((Math.floor(value / 2 ** (shift[at] ?? 0)) % (most + 1)) * (255 / most)), 0)
  }

  async #takeColours(): Promise<void> {
    const head = await this.exactly(5)
    const [first, count] = [head.readUInt16BE(1), head.readUInt16BE(3)]
    for (let index = 0; index < count; index++) {
      const colour = await this.exactly(6)
      this.#colours.set(first + index, (colour.readUInt8(0) << 16) | (colour.readUInt8(2) << 8) | colour.readUInt8(4))
    }
  }

  /** Tight as it is written by the display: one colour, or a palette in a stream of its own. */
  async #tight(width: number, height: number): Promise<Uint32Array> {
    const control = (await this.exactly(1)).readUInt8()
    if (control === 0x80) return new Uint32Array(width * height).fill(await this.#tightColour())
    if (control !== 0x41 || (await this.exactly(1)).readUInt8() !== 1) throw new Error(`Tight with control ${control}`)
    const count = (await this.exactly(1)).readUInt8() + 1
    const palette: number[] = []
    while (palette.length < count) palette.push(await this.#tightColour())
    const stride = count === 2 ? Math.ceil(width / 8) : width
    const data = await this.#tightData(stride * height)
    return Uint32Array.from({ length: width * height }, (_, at) => {
      const [column, start] = [at % width, Math.floor(at / width) * stride]
      const place = count === 2 ? ((data[start + (column >> 3)] ?? 0) >> (7 - (column & 7))) & 1 : (data[start + column] ?? 0)
      return palette[place] ?? -1
    })
  }

  async #tightColour(): Promise<number> {
    if (this.#format.bits !== 32) return this.#colour(await this.exactly(this.#format.bits / 8))
    return (await this.exactly(3)).readUIntBE(0, 3)
  }

  async #tightData(length: number): Promise<Uint8Array> {
    if (length < 12) return this.exactly(length)
    let compressed = 0
    for (const shift of [0, 7, 14]) {
      const byte = (await this.exactly(1)).readUInt8()
      compressed |= (shift === 14 ? byte : byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return inflateSync(await this.exactly(compressed), { finishFlush: constants.Z_SYNC_FLUSH })
  }
}

function bitsOf(isLit: (x: number) => boolean): number {
  let bits = 0
  for (let x = 0; x < CELL_WIDTH; x++) if (isLit(x)) bits |= 0x80 >> x
  return bits
}
