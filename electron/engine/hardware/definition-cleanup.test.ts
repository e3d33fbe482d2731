import { expect, test } from 'vitest'
import type { Json } from '../../../shared/errors/index.ts'
import type { MachineId } from '../../../shared/model/index.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { MemoryDefinitionStore } from '../testing/memory-definition-store.ts'
import { DefinitionCleanup, KEPT_DAYS } from './definition-cleanup.ts'

const DAY_MS = 86_400_000
const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

async function bench() {
  const clock = new FakeClock()
  const store = new MemoryDefinitionStore()
  const there = new Set<string>(['c1.m.web', 'c1.m.db'])
  const notes = new Map<string, Json>()
  const noted = {
    get: async (key: string) => notes.get(key),
    set: async (key: string, value: Json) => void notes.set(key, value),
    remove: async (key: string) => void notes.delete(key),
  }
  const said = { actor: 'ada', origin: 'page', taskId: null, edit: 'setMemory', definition: 'kept' as const }
  for (const machineId of ['c1.m.web', 'c1.m.db'] as MachineId[]) {
    await store.put({ machineId, xml: '<domain/>', atMs: 0, ...said }, 9)
    await store.see(machineId, '<domain/>')
  }
  const inventory = { get: (_entity: string, id: string) => (there.has(id) ? ({ id } as never) : undefined) }
  const cleanup = () => new DefinitionCleanup({ inventory, store, noted, clock, log: LOG })
  return { clock, store, there, cleanup, machines: () => store.machineIds({ afterId: '', limit: 9 }) }
}

test('definitions of a machine that is gone stay for the stated time, over a restart, and then go', async () => {
  const { clock, there, cleanup, machines } = await bench()
  there.delete('c1.m.web')
  expect(await cleanup().sweep()).toBe(0)
  await clock.advance(KEPT_DAYS * DAY_MS - 1)
  expect(await cleanup().sweep()).toBe(0)
  await clock.advance(1)
  expect(await cleanup().sweep()).toBe(1)
  expect(await machines()).toEqual(['c1.m.db'])
})

test('a machine that comes back is counted anew', async () => {
  const { clock, there, cleanup, machines } = await bench()
  there.delete('c1.m.web')
  await cleanup().sweep()
  await clock.advance(KEPT_DAYS * DAY_MS)
  there.add('c1.m.web')
  await cleanup().sweep()
  there.delete('c1.m.web')
  await cleanup().sweep()
  await clock.advance(DAY_MS)
  expect(await cleanup().sweep()).toBe(0)
  expect(await machines()).toHaveLength(2)
})

test('it looks by itself, and not once it is stopped', async () => {
  const { clock, there, cleanup, machines } = await bench()
  there.clear()
  const running = cleanup()
  running.start()
  await clock.advance(DAY_MS / 2)
  await clock.advance(KEPT_DAYS * DAY_MS)
  expect(await machines()).toEqual([])
  await running.stop()
  expect(clock.pending).toBe(0)
})

test('a store that takes no writes is no reason to fail', async () => {
  const { clock, store, there, cleanup } = await bench()
  there.clear()
  await cleanup().sweep()
  await clock.advance(KEPT_DAYS * DAY_MS)
  store.full = true
  expect(await cleanup().sweep()).toBe(0)
})
