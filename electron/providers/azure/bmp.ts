import { crc32, deflateSync } from 'node:zlib'

const PNG_SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const MAX_SIDE = 8_192

/**
 * A picture of Azure's boot diagnostics as PNG: they are bitmaps, uncompressed, of 24 or 32 bits a pixel. Null: it is something else. A PNG
 * or a JPEG passes as it is.
 */
export function pictureOf(bytes: Buffer): { readonly mediaType: 'image/png' | 'image/jpeg'; readonly base64: string } | null {
  if (bytes.subarray(0, 8).equals(PNG_SIGNATURE)) return { mediaType: 'image/png', base64: bytes.toString('base64') }
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return { mediaType: 'image/jpeg', base64: bytes.toString('base64') }
  const png = pngOf(bytes)
  return png === null ? null : { mediaType: 'image/png', base64: png.toString('base64') }
}

/** The layout is that of BITMAPINFOHEADER: rows from below unless the height is negative, each padded to four bytes, blue first. */
function pngOf(bytes: Buffer): Buffer | null {
  if (bytes.length < 54 || bytes.toString('latin1', 0, 2) !== 'BM') return null
  const start = bytes.readUInt32LE(10)
  const width = bytes.readInt32LE(18)
  const signedHeight = bytes.readInt32LE(22)
  const height = Math.abs(signedHeight)
  const bits = bytes.readUInt16LE(28)
  const compression = bytes.readUInt32LE(30)
  const size = bits / 8
  const stride = Math.ceil((width * size) / 4) * 4
  const isPlain = (bits === 24 && compression === 0) || (bits === 32 && (compression === 0 || compression === 3))
  if (!isPlain || width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE || start + stride * height > bytes.length) return null
  const rows = Buffer.alloc((width * 3 + 1) * height)
  for (let row = 0; row < height; row += 1) {
    const from = start + stride * (signedHeight > 0 ? height - 1 - row : row)
    const to = row * (width * 3 + 1) + 1
    for (let column = 0; column < width; column += 1) {
      const at = from + column * size
      rows[to + column * 3] = bytes[at + 2] ?? 0
      rows[to + column * 3 + 1] = bytes[at + 1] ?? 0
      rows[to + column * 3 + 2] = bytes[at] ?? 0
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([PNG_SIGNATURE, chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}
