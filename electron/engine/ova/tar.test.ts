import { assert, asyncProperty, integer, property, uint8Array } from 'fast-check'
import { expect, test } from 'vitest'
import { padded, readTarHeader, TAR_BLOCK, tarHeader } from './tar.ts'
import { readTarIndex } from './tar-index.ts'

const text = (value: string) => new TextEncoder().encode(value)

/** Blocks of a header and what follows it. */
function member(name: string, bytes: Uint8Array, change: (header: Uint8Array) => void = () => {}): Uint8Array {
  const header = tarHeader(name, bytes.length, 0)
  change(header)
  seal(header)
  const whole = new Uint8Array(TAR_BLOCK + padded(bytes.length))
  whole.set(header)
  whole.set(bytes, TAR_BLOCK)
  return whole
}

function seal(header: Uint8Array): void {
  header.fill(0x20, 148, 156)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.set(text(`${sum.toString(8).padStart(6, '0')}\0 `), 148)
}

function ofType(type: string): (header: Uint8Array) => void {
  return (header) => header.set(text(type), 156)
}

const END = new Uint8Array(2 * TAR_BLOCK)

async function index(...parts: readonly Uint8Array[]) {
  const whole = Buffer.concat(parts)
  return await readTarIndex((offset, length) => Promise.resolve(whole.subarray(offset, offset + length)), whole.length)
}

test('a header says what it was given, sizes beyond 8 GiB too', () => {
  assert(
    property(integer({ min: 0, max: 2 ** 50 }), (sizeBytes) => {
      expect(readTarHeader(tarHeader('disk.vmdk', sizeBytes, 1_700_000_000_000))).toEqual({ name: 'disk.vmdk', sizeBytes, type: '0' })
    }),
  )
  expect(readTarHeader(tarHeader('disk.vmdk', 107_374_182_400, 0))?.sizeBytes).toBe(107_374_182_400)
})

test('an index finds what is where', async () => {
  const members = await index(member('a.ovf', text('one')), member('disk.vmdk', new Uint8Array(700)), END)
  expect(members).toEqual([
    { name: 'a.ovf', offset: 512, sizeBytes: 3 },
    { name: 'disk.vmdk', offset: 1536, sizeBytes: 700 },
  ])
})

test('names that are too long for ustar come in the ways of GNU and of pax', async () => {
  const long = `${'x'.repeat(120)}.vmdk`
  const record = `path=${long}\n`
  const paxLine = `${record.length + 4} ${record}`
  const members = await index(
    member('././@LongLink', text(`${long}\0`), ofType('L')),
    member('short', text('1')),
    member('PaxHeader/y', text(paxLine.replace('x', 'y')), ofType('x')),
    member('short', text('22')),
    member('./b.mf', text('333')),
    END,
  )
  expect(members.map(({ name, sizeBytes }) => [name, sizeBytes])).toEqual([
    [long, 1],
    [long.replace('x', 'y'), 2],
    ['b.mf', 3],
  ])
})

test('a size of pax stands before that of the header, and does not outlive its file', async () => {
  const members = await index(
    member('PaxHeader/a', text('12 size=700\n'), ofType('x')),
    member('a', new Uint8Array(700), (header) => header.set(text('00000000000\0'), 124)),
    member('b', text('1')),
    END,
  )
  expect(members.map(({ sizeBytes }) => sizeBytes)).toEqual([700, 1])
})

test.each(['../etc/passwd', '/etc/passwd', 'a/../b', 'sub/disk.vmdk', 'a\\b', '..', '.', 'a\nb'])(
  'the name %j is refused',
  async (name) => {
    await expect(index(member(name, text('x')), END)).rejects.toMatchObject({ code: 'ova.bad-member', details: { reason: 'path' } })
  },
)

test.each(['1', '2', '3', '4', '6'])('what is no file is refused: type %s', async (type) => {
  await expect(index(member('a', new Uint8Array(0), ofType(type)), END)).rejects.toMatchObject({ details: { reason: 'not-a-file' } })
})

test('one name twice is refused: which of them the manifest means cannot be known', async () => {
  await expect(index(member('a', text('1')), member('a', text('2')), END)).rejects.toMatchObject({ details: { reason: 'twice' } })
})

test('an archive of nothing but headers is given up', async () => {
  const many = Array.from({ length: 1_001 }, (_, at) => member(`f${at}`, new Uint8Array(0)))
  await expect(index(...many, END)).rejects.toMatchObject({ details: { reason: 'too-many' } })
  const folders = Array.from({ length: 4_001 }, () => member('sub/', new Uint8Array(0), ofType('5')))
  await expect(index(...folders, member('a.ovf', text('x')), END)).rejects.toMatchObject({ details: { reason: 'too-many' } })
})

test('a name of a gigabyte is not read', async () => {
  const header = tarHeader('././@LongLink', 2 ** 30, 0)
  ofType('L')(header)
  seal(header)
  const read = (offset: number, length: number) => Promise.resolve(offset === 0 && length === TAR_BLOCK ? header : new Uint8Array(0))
  await expect(readTarIndex(read, 2 ** 40)).rejects.toMatchObject({ details: { reason: 'long-name' } })
})

test('a file that was cut off is told from one that is none', async () => {
  const whole = member('disk.vmdk', new Uint8Array(5_000))
  await expect(index(whole.subarray(0, 2_048))).rejects.toMatchObject({ code: 'ova.truncated', details: { name: 'disk.vmdk' } })
  await expect(index(text('PK\u0003\u0004'.padEnd(2_048, 'z')))).rejects.toMatchObject({ code: 'ova.not-a-tar' })
  await expect(index(END)).rejects.toMatchObject({ code: 'ova.not-a-tar' })
  await expect(index()).rejects.toMatchObject({ code: 'ova.not-a-tar' })
})

test('no bytes whatever make it do anything but answer or refuse', async () => {
  await assert(
    asyncProperty(uint8Array({ maxLength: 3_000 }), async (bytes) => {
      const flipped = Buffer.concat([member('a.ovf', text('x')), bytes, END])
      const answer = await index(flipped).catch((thrown: unknown) => thrown)
      expect(Array.isArray(answer) || (answer as { kind?: string }).kind === 'invalid-input').toBe(true)
    }),
  )
})
