import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pictureOf } from './bmp.ts'

/** Two pixels a row, two rows: red and green above, blue and white below. */
function bitmap(bits: 24 | 32, isFromBelow: boolean): Buffer {
  const header = Buffer.alloc(54)
  header.write('BM')
  header.writeUInt32LE(54, 10)
  header.writeUInt32LE(40, 14)
  header.writeInt32LE(2, 18)
  header.writeInt32LE(isFromBelow ? 2 : -2, 22)
  header.writeUInt16LE(bits, 28)
  const pixel = (...bgr: number[]) => (bits === 24 ? bgr : [...bgr, 255])
  const padding = bits === 24 ? [0, 0] : []
  const above = [...pixel(0, 0, 255), ...pixel(0, 255, 0), ...padding]
  const below = [...pixel(255, 0, 0), ...pixel(255, 255, 255), ...padding]
  return Buffer.concat([header, Buffer.from(isFromBelow ? [...below, ...above] : [...above, ...below])])
}

test.each([
  [24, true],
  [24, false],
  [32, true],
] as const)('a bitmap of %d bits, from below: %s, becomes a PNG with the same pixels', (bits, isFromBelow) => {
  const picture = pictureOf(bitmap(bits, isFromBelow))
  expect(picture?.mediaType).toBe('image/png')
  const png = Buffer.from(picture?.base64 ?? '', 'base64')
  const length = png.readUInt32BE(33)
  expect(png.toString('latin1', 37, 41)).toBe('IDAT')
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 255, 255, 255, 255])
})

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a page', Buffer.from('<html>')],
  ['half a bitmap', bitmap(24, true).subarray(0, 60)],
])('%s is no picture', (_, bytes) => {
  expect(pictureOf(bytes)).toBeNull()
})

test('a JPEG passes as it is', () => {
  expect(pictureOf(Buffer.from([0xff, 0xd8, 0xff]))).toEqual({ mediaType: 'image/jpeg', base64: '/9j/' })
})
