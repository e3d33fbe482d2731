/** Field encodings of ECMA-119 (ISO 9660), 4th edition, and of Joliet. Section numbers in brackets. */

/** Size of a logical sector, and here of a logical block, in bytes. */
export const SECTOR = 2048

/** 16 bits in both byte orders [7.2.3]. */
export function both16(value: number): Buffer {
  const field = Buffer.alloc(4)
  field.writeUInt16LE(value, 0)
  field.writeUInt16BE(value, 2)
  return field
}

/** 32 bits in both byte orders [7.3.3]. */
export function both32(value: number): Buffer {
  const field = Buffer.alloc(8)
  field.writeUInt32LE(value, 0)
  field.writeUInt32BE(value, 4)
  return field
}

/** A time as directory records hold it [9.1.5]: to the second, UTC, years 1900 to 2155. */
export function recordTime(timeMs: number): Buffer {
  const time = new Date(timeMs)
  return Buffer.from([
    time.getUTCFullYear() - 1900,
    time.getUTCMonth() + 1,
    time.getUTCDate(),
    time.getUTCHours(),
    time.getUTCMinutes(),
    time.getUTCSeconds(),
    0,
  ])
}

/** A time as volume descriptors hold it [8.4.26.1]: digits to the hundredth of a second, UTC. Undefined: not specified. */
export function volumeTime(timeMs: number | undefined): Buffer {
  const digits = timeMs === undefined ? '0'.repeat(16) : new Date(timeMs).toISOString().replaceAll(/\D/g, '').slice(0, 16)
  return Buffer.from(`${digits}\0`, 'latin1')
}

/** Text of a fixed length, filled with spaces; `wide`: UCS-2, big-endian, as Joliet has it. */
export function padded(text: string, length: number, wide: boolean): Buffer {
  if (!wide) return Buffer.from(text.padEnd(length), 'latin1')
  // an odd length, of the 37 bytes of some names, leaves a zero at the end
  return Buffer.concat([ucs2(text.padEnd(Math.floor(length / 2))), Buffer.alloc(length % 2)])
}

/** UCS-2, big-endian. Characters outside the basic plane become surrogate pairs, which Linux and Windows read back. */
export function ucs2(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

/** Fills up to a whole number of sectors. */
export function toSectors(bytes: Uint8Array): Buffer {
  const filled = Buffer.alloc(sectors(bytes.length) * SECTOR)
  filled.set(bytes)
  return filled
}

export function sectors(length: number): number {
  return Math.ceil(length / SECTOR)
}
