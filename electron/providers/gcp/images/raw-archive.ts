import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/**
 * The archive that Compute Engine makes an image of, by https://cloud.google.com/compute/docs/import/import-existing-image: one file `disk.raw`
 * in a tar of GNU's older format, gzipped, of whole GiB. It is made in pieces that stand alone: by RFC 1952 gzip files one behind another are
 * a gzip file, so each can be sent, and sent again, by itself.
 */

export const GIB = 1_073_741_824
const BLOCK = 512
const squeeze = promisify(gzip)
/** Twelve characters hold eleven octal digits. */
const MOST_OCTAL = 8 ** 11

/** What a disk of so many bytes takes there. */
export function imageBytesOf(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / GIB)) * GIB
}

export function zipped(bytes: Uint8Array): Promise<Buffer> {
  return squeeze(bytes, { level: 1 })
}

/** The entry's header. */
export function headOf(imageBytes: number): Buffer {
  const head = Buffer.alloc(BLOCK)
  head.write('disk.raw', 0)
  head.write('0000644\0', 100)
  head.write('0000000\0', 108)
  head.write('0000000\0', 116)
  sizeField(imageBytes).copy(head, 124)
  // of the epoch: the same disk is the same archive
  head.write('00000000000\0', 136)
  head.write('        ', 148)
  head.write('0', 156)
  head.write('ustar  \0', 257)
  const sum = head.reduce((total, byte) => total + byte, 0)
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return head
}

/** GNU's: of 8 GiB and more in binary, told by its first bit. */
function sizeField(bytes: number): Buffer {
  if (bytes < MOST_OCTAL) return Buffer.from(`${bytes.toString(8).padStart(11, '0')}\0`)
  const field = Buffer.alloc(12)
  field[0] = 0x80
  field.writeBigUInt64BE(BigInt(bytes), 4)
  return field
}

/** Zeros up to the whole GiB, and the two empty blocks that a tar ends with, as gzip files of at most this many bytes inside. */
export async function tailOf(sizeBytes: number, pieceBytes = 64 * 1_048_576): Promise<Buffer> {
  const parts: Buffer[] = []
  const whole = await zipped(Buffer.alloc(pieceBytes))
  let left = imageBytesOf(sizeBytes) - sizeBytes
  for (; left >= pieceBytes; left -= pieceBytes) parts.push(whole)
  parts.push(await zipped(Buffer.alloc(left + 2 * BLOCK)))
  return Buffer.concat(parts)
}
