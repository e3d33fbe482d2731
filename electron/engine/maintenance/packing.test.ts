import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { packed } from './packing.ts'

interface Example {
  readonly sizes: readonly number[]
  readonly rooms: readonly number[]
  /** Items that cannot go to a place: `item:place`. */
  readonly not: ReadonlySet<string>
}

function pack({ sizes, rooms, not }: Example, atLeast: number) {
  return packed({
    items: sizes.length,
    places: rooms.length,
    needs: (item, place) => (not.has(`${item}:${place}`) ? null : [{ key: `p${place}`, amount: sizes[item] ?? 0 }]),
    room: new Map(rooms.map((free, place) => [`p${place}`, free])),
    atLeast,
  })
}

/** The most that have a place in any way at all. */
function mostOf({ sizes, rooms, not }: Example): number {
  const rest = [...rooms]
  const from = (item: number): number => {
    const size = sizes[item]
    if (size === undefined) return 0
    let most = from(item + 1)
    for (const [place, free] of rest.entries()) {
      if (free < size || not.has(`${item}:${place}`)) continue
      rest[place] = free - size
      most = Math.max(most, 1 + from(item + 1))
      rest[place] = free
    }
    return most
  }
  return from(0)
}

const examples = fc.record({
  sizes: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 7 }),
  rooms: fc.array(fc.integer({ min: 0, max: 18 }), { minLength: 1, maxLength: 3 }),
  not: fc.uniqueArray(fc.tuple(fc.nat(6), fc.nat(2)).map(([item, place]) => `${item}:${place}`)).map((keys) => new Set(keys)),
})

test('as many find a place as in the best of all ways, and no place is given more than it has', () => {
  fc.assert(
    fc.property(examples, (example) => {
      const most = mostOf(example)
      const places = pack(example, -1) ?? []
      expect(places.filter((place) => place !== null)).toHaveLength(most)
      for (const [place, free] of example.rooms.entries()) {
        const taken = places.reduce<number>((sum, one, item) => sum + (one === place ? (example.sizes[item] ?? 0) : 0), 0)
        expect(taken).toBeLessThanOrEqual(free)
      }
      for (const [item, place] of places.entries()) expect(example.not.has(`${item}:${place}`)).toBe(false)
      expect(pack(example, most)).toBeNull()
    }),
    { numRuns: 300 },
  )
})

test('many machines on many hosts are packed at once, or given up in time', () => {
  const sizes = Array.from({ length: 200 }, (_, index) => 64 - Math.floor(index / 4))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  const roomy = { sizes, rooms: Array.from({ length: 20 }, () => Math.ceil((total / 20) * 1.02)), not: new Set<string>() }
  expect(pack(roomy, 199)?.every((place) => place !== null)).toBe(true)
  const tight = { ...roomy, rooms: Array.from({ length: 20 }, () => Math.floor(total / 21)) }
  expect(pack(tight, 199)).toBeNull()
})
