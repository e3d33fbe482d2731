import { expect, test } from 'vitest'
import type { VolumePiece } from '../../provider.ts'
import { ahead, BLOCK_BYTES, type Block, blocksOf, eachAtOnce, isZeros } from './blocks.ts'

async function* each<T>(...items: T[]): AsyncGenerator<T> {
  for (const item of items) {
    await Promise.resolve()
    yield item
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value)
const cut = (pieces: readonly VolumePiece[], withZeros = false, offset = 0) => all(blocksOf(offset, each(...pieces), withZeros))
/** Number of the block, and where in it something is. */
const shape = (blocks: readonly Block[]) =>
  blocks.map(({ index, data }) => [index, data.length, data.findIndex((byte) => byte !== 0), data.findLastIndex((byte) => byte !== 0)])

test('pieces of any size make whole blocks, counted from the offset; the last is filled up', async () => {
  const pieces = [bytes(BLOCK_BYTES - 1), bytes(3), { zeros: 5 }, bytes(1), bytes(0)]
  expect(shape(await cut(pieces, false, 4 * BLOCK_BYTES))).toEqual([
    [4, BLOCK_BYTES, 0, BLOCK_BYTES - 1],
    [5, BLOCK_BYTES, 0, 7],
  ])
  expect(shape(await cut([bytes(3 * BLOCK_BYTES)]))).toHaveLength(3)
})

test('what is nothing but zeros is left out, told or written out, unless zeros have to be sent', async () => {
  const pieces = [{ zeros: 2 * BLOCK_BYTES + 9 }, bytes(1), bytes(BLOCK_BYTES - 10, 0), bytes(BLOCK_BYTES, 0), { zeros: 1 }]
  expect(shape(await cut(pieces))).toEqual([[2, BLOCK_BYTES, 9, 9]])
  const sent = await cut(pieces, true)
  expect(sent.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4])
  expect(sent.filter(({ data }) => !isZeros(data)).map(({ index }) => index)).toEqual([2])
  expect(await cut([])).toEqual([])
})

test('a byte at the very end of many zeros is seen', () => {
  const much = bytes(3 * BLOCK_BYTES + 5, 0)
  expect(isZeros(much)).toBe(true)
  much[much.length - 1] = 1
  expect(isZeros(much)).toBe(false)
})

test('so many at once and no more; after a failure the others are told to stop, and waited for', async () => {
  let running = 0
  let most = 0
  const begun: number[] = []
  const stopped: number[] = []
  const work = eachAtOnce(each(1, 2, 3, 4, 5, 6, 7), 3, async (item, stop) => {
    begun.push(item)
    running += 1
    most = Math.max(most, running)
    if (item === 3) {
      running -= 1
      throw new Error('the third')
    }
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
    stopped.push(item)
    running -= 1
  })
  await expect(work).rejects.toThrow('the third')
  expect([most, running]).toEqual([3, 0])
  expect(begun).toEqual([1, 2, 3])
  expect(stopped).toEqual([1, 2])
})

test('a source that breaks stops what is under way, and is what is told', async () => {
  const stopped: number[] = []
  async function* broken(): AsyncGenerator<number> {
    yield 1
    await Promise.resolve()
    throw new Error('the source')
  }
  const work = eachAtOnce(broken(), 4, async (item, stop) => {
    await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
    stopped.push(item)
  })
  await expect(work).rejects.toThrow('the source')
  expect(stopped).toEqual([1])
})

test('results come in the order of what they are of, some begun before they are asked for', async () => {
  const begun: number[] = []
  const ends = new Map<number, () => void>()
  const results = ahead(each(1, 2, 3, 4), 2, async (item) => {
    begun.push(item)
    await new Promise<void>((resolve) => ends.set(item, resolve))
    return item * 10
  })
  const first = results.next()
  await expect.poll(() => begun).toEqual([1, 2])
  ends.get(2)?.()
  ends.get(1)?.()
  expect((await first).value).toBe(10)
  const second = results.next()
  expect((await second).value).toBe(20)
  expect(begun).toEqual([1, 2, 3])
})

test('whoever stops listening stops what is under way', async () => {
  const stopped: number[] = []
  const results = ahead(each(1, 2, 3), 3, async (item, stop) => {
    if (item > 1) await new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()))
    if (stop.aborted) stopped.push(item)
    return item
  })
  for await (const result of results) {
    expect(result).toBe(1)
    break
  }
  expect(stopped).toEqual([2, 3])
})
