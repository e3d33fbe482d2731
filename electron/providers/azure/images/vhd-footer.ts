/** A fixed VHD is the disk's bytes, then this many. */
export const FOOTER_BYTES = 512

const SECTOR_BYTES = 512
const FIXED = 2
/** The format counts seconds from 1 January 2000, UTC. */
const EPOCH_MS = Date.UTC(2000, 0, 1)
const CHECKSUM_AT = 64

/**
 * The footer of a fixed hard disk image, after Microsoft's "Virtual Hard Disk Image Format Specification" 1.0, "Hard Disk Footer Format": numbers are
 * big-endian, what is reserved is zero. `id` is 16 bytes, any that are this disk's alone.
 */
export function footerOf(sizeBytes: number, id: Uint8Array, nowMs: number): Uint8Array {
  const footer = Buffer.alloc(FOOTER_BYTES)
  const size = BigInt(sizeBytes)
  footer.write('conectix', 0, 'latin1')
  // no features: a bit that is reserved and always set
  footer.writeUInt32BE(2, 8)
  footer.writeUInt32BE(0x0001_0000, 12)
  // a fixed disk has nothing behind its footer
  footer.writeBigUInt64BE(0xffff_ffff_ffff_ffffn, 16)
  footer.writeUInt32BE(Math.floor((nowMs - EPOCH_MS) / 1_000), 24)
  // as Hyper-V signs: who reads it then goes by the size in bytes, and not by the geometry, which is no larger than it
  footer.write('win ', 28, 'latin1')
  footer.writeUInt32BE(0x0006_0001, 32)
  footer.write('Wi2k', 36, 'latin1')
  footer.writeBigUInt64BE(size, 40)
  footer.writeBigUInt64BE(size, 48)
  const { cylinders, heads, sectors } = geometryOf(sizeBytes)
  footer.writeUInt16BE(cylinders, 56)
  footer.writeUInt8(heads, 58)
  footer.writeUInt8(sectors, 59)
  footer.writeUInt32BE(FIXED, 60)
  footer.set(id.subarray(0, 16), 68)
  footer.writeUInt32BE(checksumOf(footer), CHECKSUM_AT)
  return footer
}

/** The one's complement of the sum of all bytes but the checksum's own. */
export function checksumOf(footer: Uint8Array): number {
  let sum = 0
  for (const [at, byte] of footer.entries()) if (at < CHECKSUM_AT || at >= CHECKSUM_AT + 4) sum += byte
  return ~sum >>> 0
}

/** "CHS Calculation" of the same document's appendix. */
export function geometryOf(sizeBytes: number): { readonly cylinders: number; readonly heads: number; readonly sectors: number } {
  const total = Math.min(Math.floor(sizeBytes / SECTOR_BYTES), 65_535 * 16 * 255)
  const as = (heads: number, sectors: number) => ({ cylinders: Math.floor(Math.floor(total / sectors) / heads), heads, sectors })
  if (total >= 65_535 * 16 * 63) return as(16, 255)
  const tracks = Math.floor(total / 17)
  const heads = Math.max(4, Math.floor((tracks + 1_023) / 1_024))
  if (tracks < heads * 1_024 && heads <= 16) return as(heads, 17)
  return Math.floor(total / 31) < 16 * 1_024 ? as(16, 31) : as(16, 63)
}
