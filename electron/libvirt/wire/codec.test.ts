import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { codecOf, typeNames } from './codec.ts'
import { TYPE_TABLE } from './generated/codecs.ts'
import { WireError } from './wire-error.ts'
import { XdrReader } from './xdr-reader.ts'
import { XdrWriter } from './xdr-writer.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0'))
const int32 = fc.integer()
const uint32 = fc.nat({ max: 0xffff_ffff })
const param = fc.oneof(
  fc.record({ field: text, type: fc.constant('int'), value: int32 }),
  fc.record({ field: text, type: fc.constant('uint'), value: uint32 }),
  fc.record({ field: text, type: fc.constant('llong'), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
  fc.record({ field: text, type: fc.constant('ullong'), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
  fc.record({ field: text, type: fc.constant('double'), value: fc.double({ noNaN: true }) }),
  fc.record({ field: text, type: fc.constant('boolean'), value: fc.boolean() }),
  fc.record({ field: text, type: fc.constant('string'), value: text }),
)
const SCALARS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  int: int32,
  uint: uint32,
  hyper: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uhyper: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  char: fc.integer({ min: -128, max: 127 }),
  uchar: fc.nat({ max: 255 }),
  ushort: fc.nat({ max: 65_535 }),
  string: text,
  uuid: fc.uuid(),
  TypedParam: param,
}

/** Values of a type, made from the same table that the codec is made from. */
function values(type: string): fc.Arbitrary<unknown> {
  const [, base = '', suffix = '', max] = /^(\w+?)(\?|<(\d+)>|\[\d+\])?$/.exec(type) ?? []
  if (base === 'opaque' || base === 'charBytes') return fc.uint8Array({ maxLength: Math.min(40, Number(max)) })
  if (base === 'chars') return fc.string({ maxLength: 20 }).filter((value) => !value.includes('\0'))
  const layout = TYPE_TABLE[base]
  const one = SCALARS[base] ?? (layout === undefined ? fc.constant(undefined) : struct(layout))
  if (suffix === '?') return fc.option(one)
  return max === undefined ? one : fc.array(one, { maxLength: Math.min(3, Number(max)) })
}

function struct(layout: string): fc.Arbitrary<unknown> {
  const fields = layout.split(';').map((field): [string, fc.Arbitrary<unknown>] => {
    const [name = '', type = ''] = field.split(':')
    return [name, values(type)]
  })
  return fc.record(Object.fromEntries(fields), { noNullPrototype: true })
}

function encode(type: string, value: unknown): Buffer {
  const writer = new XdrWriter()
  codecOf(type).write(writer, value)
  return writer.finish()
}

/** How reading fails; anything but a WireError is thrown on. */
function faultOf(type: string, bytes: Buffer): string {
  try {
    codecOf(type).read(new XdrReader(bytes))
  } catch (error) {
    if (error instanceof WireError) return error.fault
    throw error
  }
  return 'none'
}

const FAULTS = ['none', 'truncated', 'bound', 'padding', 'union']
const ALL = [...typeNames()]

test('the table has the types of the protocol', () => {
  expect(ALL.length).toBeGreaterThan(690)
  expect(ALL).toContain('DomainRef')
  expect(ALL).toContain('QemuDomainAgentCommandArgs')
})

test('every type reads back what it wrote, and takes at least its least size', () => {
  for (const type of ALL) {
    fc.assert(
      fc.property(values(type), (value) => {
        const bytes = encode(type, value)
        const reader = new XdrReader(bytes)
        expect(codecOf(type).read(reader)).toEqual(value)
        reader.end()
        expect(bytes.length).toBeGreaterThanOrEqual(codecOf(type).minBytes)
        expect(bytes.length % 4).toBe(0)
      }),
      { numRuns: 12 },
    )
  }
})

test('every type refuses every shorter message as truncated', () => {
  for (const type of ALL) {
    const [value] = fc.sample(values(type), { numRuns: 1, seed: 7 })
    const bytes = encode(type, value)
    for (let length = 0; length < bytes.length; length += 4) {
      expect([type, faultOf(type, bytes.subarray(0, length))]).not.toEqual([type, 'none'])
    }
  }
})

test('garbage is read or refused with a WireError, nothing else', () => {
  for (const type of ALL) {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 96 }), (garbage) => {
        expect(FAULTS).toContain(faultOf(type, Buffer.from(garbage)))
      }),
      { numRuns: 15 },
    )
  }
})

test('a parameter of an unknown type is refused', () => {
  const bytes = encode('TypedParam', { field: 'abc', type: 'int', value: 1 })
  bytes.writeUInt32BE(9, 8)
  expect(() => codecOf('TypedParam').read(new XdrReader(bytes))).toThrow(expect.objectContaining({ fault: 'union' }))
})

test('a list above its bound is refused when read and when written', () => {
  const header = Buffer.alloc(4)
  header.writeUInt32BE(16_385)
  expect(() => codecOf('ConnectListAllDomainsRet').read(new XdrReader(header))).toThrow(expect.objectContaining({ fault: 'bound' }))
  const names = Array.from({ length: 21 }, () => 0)
  expect(() => encode('AuthListRet', { types: names })).toThrow(expect.objectContaining({ fault: 'bound' }))
})

test('what is wrong in an argument is named by its path', () => {
  const args = { dom: { name: 'a', uuid: 'no', id: 1 }, flags: 0 }
  expect(() => encode('DomainCreateWithFlagsArgs', args)).toThrow('DomainCreateWithFlagsArgs.dom: DomainRef.uuid: "no" is no UUID')
})

test('flags and null pointers may be left out of arguments', () => {
  expect(encode('ConnectOpenArgs', {})).toEqual(encode('ConnectOpenArgs', { name: null, flags: 0 }))
})
