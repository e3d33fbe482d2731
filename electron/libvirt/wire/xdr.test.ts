import { expect, test } from 'vitest'
import { WireError } from './wire-error.ts'
import { XdrReader } from './xdr-reader.ts'
import { XdrWriter } from './xdr-writer.ts'

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4)
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4)
  return bytes
}

function faultOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    if (error instanceof WireError) return error.fault
    throw error
  }
  return 'none'
}

test('a string longer than its bound is refused before its bytes are looked at', () => {
  expect(faultOf(() => new XdrReader(words(4_194_305)).string(4_194_304))).toBe('bound')
  expect(faultOf(() => new XdrReader(words(4_194_304)).string(4_194_304))).toBe('truncated')
})

test('a list that cannot fit into what is left is refused before it is made', () => {
  expect(faultOf(() => new XdrReader(words(16_385)).count(16_384, 4))).toBe('bound')
  expect(faultOf(() => new XdrReader(words(16_384, 0)).count(16_384, 4))).toBe('truncated')
  expect(new XdrReader(words(1, 0)).count(16_384, 4)).toBe(1)
})

test('padding must be zero', () => {
  const bytes = Buffer.from([0, 0, 0, 1, 0x61, 0, 0, 0])
  expect(new XdrReader(bytes).string(10)).toBe('a')
  bytes[6] = 1
  expect(faultOf(() => new XdrReader(bytes).string(10))).toBe('padding')
  expect(faultOf(() => new XdrReader(bytes).name(10))).toBe('padding')
})

test('an optional marker is 0 or 1', () => {
  expect(new XdrReader(words(0)).present()).toBe(false)
  expect(new XdrReader(words(1)).present()).toBe(true)
  expect(faultOf(() => new XdrReader(words(2)).present())).toBe('union')
})

test('small integers must hold their range', () => {
  expect(faultOf(() => new XdrReader(words(256)).uchar())).toBe('bound')
  expect(faultOf(() => new XdrReader(words(65_536)).ushort())).toBe('bound')
  expect(new XdrReader(words(0xffff_ffff)).char()).toBe(-1)
})

test('bytes after the last value are refused', () => {
  const reader = new XdrReader(words(1, 2))
  reader.int()
  expect(faultOf(() => reader.end())).toBe('trailing')
})

test('64-bit values keep every bit', () => {
  const writer = new XdrWriter()
  writer.hyper(-(2n ** 63n))
  writer.uhyper(2n ** 64n - 1n)
  writer.uhyper(7)
  const reader = new XdrReader(writer.finish())
  expect([reader.hyper(), reader.uhyper(), reader.uhyper()]).toEqual([-(2n ** 63n), 2n ** 64n - 1n, 7n])
})

test.each<[string, (writer: XdrWriter) => void]>([
  ['a fraction as int', (w) => w.int(1.5)],
  ['too large an int', (w) => w.int(2 ** 31)],
  ['a negative unsigned int', (w) => w.uint(-1)],
  ['an unsafe number as hyper', (w) => w.hyper(2 ** 60)],
  ['a negative unsigned hyper', (w) => w.uhyper(-1n)],
  ['a number as string', (w) => w.string(1, 10)],
  ['a NUL in a string', (w) => w.string('a\0b', 10)],
  ['text as opaque', (w) => w.opaque('a', 10)],
  ['half a UUID', (w) => w.uuid('6695eb01-f6a4')],
  ['nothing as int', (w) => w.int(undefined)],
])('%s is not written', (_, write) => {
  expect(faultOf(() => write(new XdrWriter()))).toBe('value')
})

test('text above its bound in bytes, not characters, is not written', () => {
  expect(faultOf(() => new XdrWriter().string('äää', 5))).toBe('bound')
  expect(faultOf(() => new XdrWriter().string('äää', 6))).toBe('none')
})

test('UUIDs are text in both directions, dashes optional', () => {
  const writer = new XdrWriter()
  writer.uuid('6695EB01-f6a4-8304-79aa-97f2502e193f')
  writer.uuid('6695eb01f6a4830479aa97f2502e193f')
  const reader = new XdrReader(writer.finish())
  expect([reader.uuid(), reader.uuid()]).toEqual(Array(2).fill('6695eb01-f6a4-8304-79aa-97f2502e193f'))
})

test('names that repeat are the same text, and names of one slot are told apart', () => {
  const writer = new XdrWriter()
  const names = Array.from({ length: 5_000 }, (_, index) => `block.${index}.rd.bytes`)
  for (const name of [...names, ...names]) writer.string(name, 100)
  const reader = new XdrReader(writer.finish())
  expect([...names, ...names].every((name) => reader.name(100) === name)).toBe(true)
})

test('opaque bytes are a copy', () => {
  const bytes = Buffer.from([0, 0, 0, 2, 7, 8, 0, 0])
  const value = new XdrReader(bytes).opaque(2)
  bytes.fill(0)
  expect([...value]).toEqual([7, 8])
})
