import { PALETTE } from './palette.ts'

/** RFC 6143, 7.4: how a client wants its pixels. */
export interface PixelFormat {
  readonly bitsPerPixel: 8 | 16 | 32
  readonly depth: number
  readonly bigEndian: boolean
  /** False: a pixel is an index into a colour map that the server sends. */
  readonly trueColour: boolean
  readonly max: readonly [red: number, green: number, blue: number]
  readonly shift: readonly [red: number, green: number, blue: number]
}

export const FORMAT_BYTES = 16
export const DEFAULT_FORMAT: PixelFormat = {
  bitsPerPixel: 32,
  depth: 24,
  bigEndian: false,
  trueColour: true,
  max: [255, 255, 255],
  shift: [16, 8, 0],
}

/** Null: no format that is spoken here. */
export function readFormat(bytes: Buffer): PixelFormat | null {
  const bitsPerPixel = bytes.readUInt8(0)
  if (bitsPerPixel !== 8 && bitsPerPixel !== 16 && bitsPerPixel !== 32) return null
  const shift = [bytes.readUInt8(10), bytes.readUInt8(11), bytes.readUInt8(12)] as const
  if (shift.some((each) => each >= bitsPerPixel)) return null
  return {
    bitsPerPixel,
    depth: bytes.readUInt8(1),
    bigEndian: bytes.readUInt8(2) !== 0,
    trueColour: bytes.readUInt8(3) !== 0,
    max: [bytes.readUInt16BE(4), bytes.readUInt16BE(6), bytes.readUInt16BE(8)],
    shift,
  }
}

export function writeFormat({ bitsPerPixel, depth, bigEndian, trueColour, max, shift }: PixelFormat): Buffer {
  const bytes = Buffer.alloc(FORMAT_BYTES)
  bytes.set([bitsPerPixel, depth, bigEndian ? 1 : 0, trueColour ? 1 : 0])
  for (const [index, each] of max.entries()) bytes.writeUInt16BE(each, 4 + index * 2)
  bytes.set(shift, 10)
  return bytes
}

/** The palette's colours as the client's pixels, each in its bytes. */
export function palettePixels(format: PixelFormat): readonly Buffer[] {
  return PALETTE.map((colour, index) => {
    const value = format.trueColour
      ? colour.reduce((sum, part, at) => sum + Math.round((part / 255) * (format.max[at] ?? 0)) * 2 ** (format.shift[at] ?? 0), 0)
      : index
    const bytes = Buffer.alloc(format.bitsPerPixel / 8)
    if (format.bigEndian) bytes.writeUIntBE(value % 2 ** format.bitsPerPixel, 0, bytes.length)
    else bytes.writeUIntLE(value % 2 ** format.bitsPerPixel, 0, bytes.length)
    return bytes
  })
}

/** The palette as Tight writes single colours: three bytes where a pixel holds no more. */
export function tightPixels(format: PixelFormat): readonly Buffer[] {
  const isWhole = format.bitsPerPixel === 32 && format.depth === 24 && format.trueColour && format.max.every((each) => each === 255)
  return isWhole ? PALETTE.map((colour) => Buffer.from(colour)) : palettePixels(format)
}

/** RFC 6143, 7.6.2: SetColourMapEntries with the whole palette. */
export function colourMap(): Buffer {
  const bytes = Buffer.alloc(6 + PALETTE.length * 6)
  bytes.writeUInt8(1)
  bytes.writeUInt16BE(PALETTE.length, 4)
  for (const [index, colour] of PALETTE.entries()) {
    for (const [at, part] of colour.entries()) bytes.writeUInt16BE(part * 257, 6 + index * 6 + at * 2)
  }
  return bytes
}
