import { expect, it } from 'vitest'
import type { VolumePiece } from '../../provider.ts'
import { common, partsOf, type WindowPart } from './window.ts'

const MIB = 1024 ** 2

async function* from(...pieces: VolumePiece[]): AsyncGenerator<VolumePiece> {
  yield* pieces
}

async function parts(offset: number, ...pieces: VolumePiece[]): Promise<WindowPart[]> {
  const found: WindowPart[] = []
  for await (const part of partsOf(offset, from(...pieces))) found.push(part)
  return found
}

/** Each as its place, its length and whether it is sent. */
function shape(of: readonly WindowPart[]) {
  return of.map(({ offset, length, bytes }) => [offset, length, bytes !== null])
}

it('zeros that were told are not sent, and no block is longer than one request takes', async () => {
  expect(shape(await parts(64 * MIB, { zeros: 5 * MIB }, Buffer.alloc(6 * MIB, 1), { zeros: MIB }))).toEqual([
    [64 * MIB, 4 * MIB, false],
    [68 * MIB, MIB, false],
    [69 * MIB, 3 * MIB, true],
    [72 * MIB, 3 * MIB, true],
    [75 * MIB, MIB, false],
  ])
})

it('zeros among bytes are found, short ones sent along', async () => {
  const bytes = Buffer.alloc(2 * MIB)
  bytes[0] = 1
  bytes[MIB] = 1
  expect(shape(await parts(0, bytes))).toEqual([
    [0, 256 * 1024, true],
    [256 * 1024, 768 * 1024, false],
    [MIB, 256 * 1024, true],
    [MIB + 256 * 1024, 768 * 1024, false],
  ])
})

it('pieces of any size come out as they went in, the last page filled up', async () => {
  const sent = Buffer.from(Array.from({ length: 10_000 }, (_, index) => 1 + (index % 250)))
  const found = await parts(0, sent.subarray(0, 7), sent.subarray(7, 4_000), sent.subarray(4_000))
  expect(shape(found)).toEqual([[0, 10_240, true]])
  expect(Buffer.compare(Buffer.from(found[0]?.bytes ?? []).subarray(0, 10_000), sent)).toBe(0)
  expect(Buffer.from(found[0]?.bytes ?? []).subarray(10_000)).toEqual(Buffer.alloc(240))
})

it('nothing is nothing', async () => {
  expect(await parts(0)).toEqual([])
})

it('what two lists have in common', () => {
  const range = (offset: number, end: number) => ({ offset, length: end - offset })
  expect(common([range(0, 10), range(20, 40)], [range(5, 25), range(30, 35), range(38, 50)])).toEqual([
    range(5, 10),
    range(20, 25),
    range(30, 35),
    range(38, 40),
  ])
  expect(common([range(0, 10)], [range(10, 20)])).toEqual([])
})
