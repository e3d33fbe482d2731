import { expect, it } from 'vitest'
import { checksumOf, FOOTER_BYTES, footerOf, geometryOf } from './vhd-footer.ts'

const MIB = 1024 ** 2
const ID = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
const AT = Date.UTC(2000, 0, 1, 0, 1, 5)

it('has each field of the format where the document has it', () => {
  const footer = Buffer.from(footerOf(20 * MIB, ID, AT))
  expect(footer).toHaveLength(FOOTER_BYTES)
  const field = (from: number, to: number) => footer.subarray(from, to).toString('hex')
  expect({
    cookie: footer.toString('latin1', 0, 8),
    features: field(8, 12),
    version: field(12, 16),
    dataOffset: field(16, 24),
    timeStamp: footer.readUInt32BE(24),
    creator: footer.toString('latin1', 28, 32),
    host: footer.toString('latin1', 36, 40),
    originalSize: footer.readBigUInt64BE(40),
    currentSize: footer.readBigUInt64BE(48),
    geometry: field(56, 60),
    type: footer.readUInt32BE(60),
    id: field(68, 84),
    savedState: footer[84],
    rest: new Set(footer.subarray(85)),
  }).toEqual({
    cookie: 'conectix',
    features: '00000002',
    version: '00010000',
    dataOffset: 'ffffffffffffffff',
    timeStamp: 65,
    creator: 'win ',
    host: 'Wi2k',
    originalSize: 20_971_520n,
    currentSize: 20_971_520n,
    geometry: '025a0411',
    type: 2,
    id: ID.toString('hex'),
    savedState: 0,
    rest: new Set([0]),
  })
})

it('sums up to what the document wants: all bits set with the checksum itself', () => {
  const footer = Buffer.from(footerOf(20 * MIB, ID, AT))
  const sum = footer.reduce((all, byte, at) => (at >= 64 && at < 68 ? all : all + byte), 0)
  expect((sum + footer.readUInt32BE(64)) >>> 0).toBe(0xffff_ffff)
  footer[100] = 1
  expect(checksumOf(footer)).not.toBe(footer.readUInt32BE(64))
})

// by the document's own steps: 17, 31, 63 and 255 sectors a track
it.each([
  [20 * MIB, { cylinders: 602, heads: 4, sectors: 17 }],
  [200 * MIB, { cylinders: 825, heads: 16, sectors: 31 }],
  [504 * MIB, { cylinders: 1_024, heads: 16, sectors: 63 }],
  [127 * 1024 * MIB, { cylinders: 65_278, heads: 16, sectors: 255 }],
  [32_767 * 1024 * MIB, { cylinders: 65_535, heads: 16, sectors: 255 }],
])('geometry of %d bytes', (sizeBytes, geometry) => {
  expect(geometryOf(sizeBytes)).toEqual(geometry)
})
