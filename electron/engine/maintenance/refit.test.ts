import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { drainOrderSchema } from '../../../shared/model/index.ts'
import { boot, GIB, H1, H2, H3 } from './testing/bench.ts'

/** Nobody gives up. */
const SIGNAL = new AbortController().signal
const DISK_GIB = GIB * 1_024

interface Example {
  readonly machines: ReadonlyArray<{ readonly memory: number; readonly disk: number }>
  /** Free memory and pool space of both other hosts, in GiB. */
  readonly hosts: ReadonlyArray<{ readonly memory: number; readonly pool: number }>
  readonly order: 'smallest-first' | 'largest-first' | 'name'
}

async function placesOf({ machines, hosts, order }: Example) {
  const bench = await boot()
  for (const [index, { memory, disk }] of machines.entries()) {
    bench.movers.add(`m${index}`, 'c1', { memoryKiB: memory * GIB, diskBytes: disk * DISK_GIB })
  }
  for (const [index, { memory, pool }] of hosts.entries()) {
    bench.inventory.update('host', index === 0 ? H2 : H3, { memoryFreeKiB: memory * GIB })
    bench.movers.poolFree.set(`c${index + 2}`, pool * DISK_GIB)
  }
  const { items } = await bench.service.plan(drainOrderSchema.parse({ hostId: H1, order }), SIGNAL)
  const places = new Map(items.map(({ name, toHostId }) => [Number(name.slice(1)), toHostId === null ? null : toHostId === H2 ? 0 : 1]))
  return { items, places }
}

/** The most that can go in any way at all. */
function mostOf({ machines, hosts }: Example): number {
  const rest = hosts.map((host) => ({ ...host }))
  const from = (index: number): number => {
    const machine = machines[index]
    if (!machine) return 0
    let most = from(index + 1)
    for (const host of rest) {
      if (host.memory < machine.memory || host.pool < machine.disk) continue
      host.memory -= machine.memory
      host.pool -= machine.disk
      most = Math.max(most, 1 + from(index + 1))
      host.memory += machine.memory
      host.pool += machine.disk
    }
    return most
  }
  return from(0)
}

const examples: fc.Arbitrary<Example> = fc.record({
  machines: fc.array(fc.record({ memory: fc.integer({ min: 1, max: 8 }), disk: fc.constantFrom(0, 0, 1, 2, 5) }), {
    minLength: 1,
    maxLength: 6,
  }),
  hosts: fc.array(fc.record({ memory: fc.integer({ min: 0, max: 16 }), pool: fc.integer({ min: 0, max: 10 }) }), {
    minLength: 2,
    maxLength: 2,
  }),
  order: fc.constantFrom('smallest-first', 'largest-first', 'name'),
})

test('as many go as in the best of all ways, in the order that was asked for, and no host is promised more than it has', async () => {
  await fc.assert(
    fc.asyncProperty(examples, async (example) => {
      const { items, places } = await placesOf(example)
      expect(items.filter(({ what }) => what === 'move')).toHaveLength(mostOf(example))
      for (const [index, host] of example.hosts.entries()) {
        const there = example.machines.filter((_, machine) => places.get(machine) === index)
        expect(there.reduce((sum, { memory }) => sum + memory, 0)).toBeLessThanOrEqual(host.memory)
        expect(there.reduce((sum, { disk }) => sum + disk, 0)).toBeLessThanOrEqual(host.pool)
      }
      const by = (item: (typeof items)[number]) => ({ name: 0, 'smallest-first': 1, 'largest-first': -1 })[example.order] * item.memoryKiB
      expect(items).toEqual(items.toSorted((a, b) => by(a) - by(b) || a.name.localeCompare(b.name)))
    }),
    { numRuns: 150 },
  )
})

test('a large one that comes last finds a whole host; those before it share the other one', async () => {
  const machines = [4, 4, 8].map((memory) => ({ memory, disk: 0 }))
  const hosts = [8, 8].map((memory) => ({ memory, pool: 0 }))
  const { items, places } = await placesOf({ machines, hosts, order: 'smallest-first' })
  expect(items.map(({ what }) => what)).toEqual(['move', 'move', 'move'])
  expect(places.get(0)).toBe(places.get(1))
  expect(places.get(2)).not.toBe(places.get(0))
})

test('while all find room they spread as before', async () => {
  const machines = [2, 2, 2, 2].map((memory) => ({ memory, disk: 0 }))
  const hosts = [8, 8].map((memory) => ({ memory, pool: 0 }))
  const { places } = await placesOf({ machines, hosts, order: 'name' })
  expect([...places.values()]).toEqual([0, 1, 0, 1])
})
