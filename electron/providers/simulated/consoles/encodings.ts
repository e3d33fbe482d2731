import { constants, deflateSync } from 'node:zlib'
import { CELL_HEIGHT, CELL_WIDTH } from './font.ts'
import type { Area } from './picture.ts'
import { type PixelFormat, palettePixels, tightPixels } from './pixels.ts'

/** RFC 6143, 7.7, and the registry of rfbproto for Tight and the pseudo-encodings of a screen that changes its size. */
export const ENCODING = { raw: 0, copyRect: 1, tight: 7, desktopSize: -223, extendedDesktopSize: -308 } as const

/** Compression control of Tight: everything in a stream of zlib of its own, so that none has to be kept; the filter's number follows. */
const BASIC_WITH_FILTER_AND_RESET = 0x41
const FILL = 0x80
const PALETTE_FILTER = 1
/** Fewer bytes are not compressed. */
const LEAST_COMPRESSED = 12

/** The head of a rectangle, in pixels. */
export function rectangle(x: number, y: number, width: number, height: number, encoding: number): Buffer {
  const head = Buffer.alloc(12)
  for (const [index, each] of [x, y, width, height].entries()) head.writeUInt16BE(each, index * 2)
  head.writeInt32BE(encoding, 8)
  return head
}

/** A rectangle of an area that was drawn. */
export function encodeArea(area: Area, drawn: Uint8Array, encoding: 'raw' | 'tight', format: PixelFormat): Buffer {
  const [width, height] = [area.columns * CELL_WIDTH, area.rows * CELL_HEIGHT]
  const head = rectangle(area.column * CELL_WIDTH, area.row * CELL_HEIGHT, width, height, ENCODING[encoding])
  return Buffer.concat([head, encoding === 'raw' ? rawOf(drawn, format) : tightOf(drawn, width, format)])
}

function rawOf(drawn: Uint8Array, format: PixelFormat): Buffer {
  const pixels = palettePixels(format)
  const size = format.bitsPerPixel / 8
  const bytes = Buffer.alloc(drawn.length * size)
  for (const [at, index] of drawn.entries()) pixels[index]?.copy(bytes, at * size)
  return bytes
}

function tightOf(drawn: Uint8Array, width: number, format: PixelFormat): Buffer {
  const pixels = tightPixels(format)
  const used = [...new Set(drawn)]
  const colours = used.map((index) => pixels[index] ?? Buffer.alloc(0))
  if (used.length === 1) return Buffer.concat([Uint8Array.of(FILL), ...colours])
  const places = new Map(used.map((index, place) => [index, place]))
  const indices = drawn.map((index) => places.get(index) ?? 0)
  const data = used.length === 2 ? packed(indices, width) : indices
  return Buffer.concat([
    Uint8Array.of(BASIC_WITH_FILTER_AND_RESET, PALETTE_FILTER, used.length - 1),
    ...colours,
    ...(data.length < LEAST_COMPRESSED ? [data] : compressed(data)),
  ])
}

/** Eight pixels of two colours to the byte, each row from a byte of its own. */
function packed(indices: Uint8Array, width: number): Uint8Array {
  const stride = Math.ceil(width / 8)
  const bytes = new Uint8Array(stride * (indices.length / width))
  for (const [at, index] of indices.entries()) {
    const place = Math.floor(at / width) * stride + ((at % width) >> 3)
    if (index === 1) bytes[place] = (bytes[place] ?? 0) | (0x80 >> ((at % width) & 7))
  }
  return bytes
}

function compressed(data: Uint8Array): readonly Uint8Array[] {
  const bytes = deflateSync(data, { level: 3, finishFlush: constants.Z_SYNC_FLUSH })
  return [compactLength(bytes.length), bytes]
}

/** Seven bits to the byte, the low ones first; the third byte holds eight. */
function compactLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length)
  if (length < 0x4000) return Uint8Array.of((length & 0x7f) | 0x80, length >> 7)
  return Uint8Array.of((length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14)
}
