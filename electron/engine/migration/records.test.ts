import { expect, test } from 'vitest'
import type { EntityName, EntityOf, HostId, MachineId } from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'
import { aConnection } from '../testing/entities.ts'
import { MemoryMigrationStore } from '../testing/memory-migration-store.ts'
import { MigrationRecords } from './records.ts'
import { sampleRecord } from './testing/samples.ts'

const objects = new Map<string, unknown>([
  ['connection c1', aConnection('c1')],
  ['connection c2', aConnection('c2')],
  ['machine c2.m.u1', { id: 'c2.m.u1', nativeRef: 'u1' }],
])
const inventory: InventoryReader = {
  get: <E extends EntityName>(entity: E, id: string) => objects.get(`${entity} ${id}`) as EntityOf<E> | undefined,
  all: <E extends EntityName>(entity: E) =>
    [...objects].flatMap(([key, value]) => (key.startsWith(`${entity} `) ? [value as EntityOf<E>] : [])),
}

function recordsOf() {
  const store = new MemoryMigrationStore()
  const warned: string[] = []
  const log = { debug: () => {}, info: () => {}, error: () => {}, warn: (text: string) => void warned.push(text) }
  return { store, warned, records: new MigrationRecords({ store, inventory, log }) }
}
const ids = (records: readonly { readonly taskId: string }[]) => records.map(({ taskId }) => taskId)

test('the newest are learned from without asking the store again', async () => {
  const { store, records } = recordsOf()
  await store.put(sampleRecord(1), 9)
  expect(ids(await records.recent())).toEqual(['t1'])
  await records.put(sampleRecord(2))
  await records.put(sampleRecord(1, { totalMs: 5 }))
  expect(ids(await records.recent())).toEqual(['t1', 't2'])
  expect(store.records).toHaveLength(2)
})

test('of a machine also those that brought it to where it is; by host; so many at most', async () => {
  const { records } = recordsOf()
  const back = { machineId: 'c2.m.u1' as MachineId, sourceHostId: 'c2.h.1' as HostId, targetHostId: 'c1.h.1' as HostId }
  await records.put(sampleRecord(1, {}, { machineId: 'c1.m.u1' as MachineId }))
  await records.put(sampleRecord(2, {}, back))
  await records.put(sampleRecord(3, {}, { machineId: 'c1.m.u2' as MachineId }))
  expect(ids(await records.list({ machineId: 'c2.m.u1' as MachineId, limit: 9 }))).toEqual(['t2', 't1'])
  expect(ids(await records.list({ machineId: 'c1.m.u2' as MachineId, limit: 9 }))).toEqual(['t3'])
  expect(ids(await records.list({ sourceHostId: 'c2.h.1' as HostId, limit: 9 }))).toEqual(['t2'])
  expect(ids(await records.list({ limit: 2 }))).toEqual(['t3', 't2'])
})

test('a store that is full or cannot be read spoils no move: it is said in the log, and tried again', async () => {
  const { store, warned, records } = recordsOf()
  await store.put(sampleRecord(1), 9)
  store.full = true
  expect(await records.recent()).toEqual([])
  await records.put(sampleRecord(2))
  expect(warned).toHaveLength(2)
  store.full = false
  expect(ids(await records.recent())).toEqual(['t1'])
  store.full = true
  await records.put(sampleRecord(3))
  expect(ids(await records.recent())).toEqual(['t3', 't1'])
})
