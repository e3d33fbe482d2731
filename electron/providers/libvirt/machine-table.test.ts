import { expect, test } from 'vitest'
import type { ProviderChange } from '../provider.ts'
import { readDefinition } from './domain-facts.ts'
import { MachineTable } from './machine-table.ts'

const REF = '00000000-0000-4000-8000-000000000001'
const dom = (id = -1, name = 'vm') => ({ name, uuid: REF, id })
const OFF = { state: 5, reason: 1 }
const ON = { state: 1, reason: 1 }
const flags = { autostart: false, hasManagedSave: false, persistent: true }
const bare = readDefinition(`<domain><name>vm</name><memory>1024</memory><vcpu>2</vcpu></domain>`)

function tableAt(
  now: { ms: number },
  leases: { isRead: boolean; of: readonly string[] } = { isRead: true, of: ['10.0.0.5'] },
): MachineTable {
  return new MachineTable({
    hostRef: 'host',
    networkRef: (name) => `net-${name}`,
    leasesOf: () => leases.of,
    areLeasesRead: () => leases.isRead,
    nowMs: () => now.ms,
  })
}

function only(changes: readonly ProviderChange[]): ProviderChange {
  expect(changes.length).toBe(1)
  return changes[0] as ProviderChange
}

test('a machine is put with what is known, and says what is not', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(), native: OFF }, flags, 1)
  const put = only(table.takeChanges())
  expect(put).toMatchObject({ op: 'put', ref: REF, facts: { name: 'vm', state: 'stopped', vcpus: 0 } })
  expect('unread' in put && put.unread).toEqual(expect.arrayContaining(['tags', 'notes', 'os', 'vcpus', 'memoryKiB']))
  expect(table.takeChanges()).toEqual([])
})

test('what was a placeholder is told once it is known, even if it looks the same', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(), native: OFF }, flags, 1)
  table.takeChanges()
  table.applyDefinition(REF, bare)
  expect(only(table.takeChanges())).toMatchObject({
    op: 'patch',
    patch: { tags: [], notes: null, os: null, title: null, vcpus: 2, memoryKiB: 1024 },
  })
  table.applyDefinition(REF, bare)
  expect(table.takeChanges()).toEqual([])
})

test('an older reading changes nothing, nor does it bring back what is gone', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(3), native: ON }, flags, 5)
  table.takeChanges()
  table.applyState({ dom: dom(), native: OFF }, flags, 4)
  expect(table.takeChanges()).toEqual([])
  table.remove(REF, 4)
  expect(table.get(REF)).toBeDefined()
  table.remove(REF, 6)
  expect(only(table.takeChanges())).toEqual({ op: 'remove', entity: 'machine', ref: REF })
  table.applyState({ dom: dom(3), native: ON }, flags, 5)
  expect(table.size).toBe(0)
  table.applyState({ dom: dom(4), native: ON }, flags, 7)
  expect(only(table.takeChanges()).op).toBe('put')
})

test('a list takes away who is not on it, but nobody who came after it was asked for', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(), native: OFF }, flags, 3)
  table.removeMissing(new Set(), 2)
  expect(table.size).toBe(1)
  table.removeMissing(new Set(), 4)
  expect(table.size).toBe(0)
  expect(table.takeChanges()).toEqual([])
})

test('a start that was seen has a time; another run of the same machine a new one', () => {
  const now = { ms: 100 }
  const table = tableAt(now)
  table.applyState({ dom: dom(3), native: ON }, flags, 1)
  expect(table.get(REF)?.startedAtMs).toBeNull()
  now.ms = 200
  table.applyState({ dom: dom(4), native: ON }, flags, 2)
  expect(table.get(REF)?.startedAtMs).toBe(200)
  table.applyState({ dom: dom(), native: OFF }, flags, 3)
  expect(table.get(REF)?.startedAtMs).toBeNull()
})

test('addresses belong to machines that run', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(3), native: ON }, flags, 1)
  table.applyDefinition(REF, { ...bare, macs: ['52:54:00:00:00:01'], networkNames: ['default'] })
  table.applyAgentAddresses(REF, ['10.0.0.5', 'fd00::1'])
  expect(only(table.takeChanges())).toMatchObject({ facts: { addresses: ['10.0.0.5', 'fd00::1'], networkRefs: ['net-default'] } })
  table.applyState({ dom: dom(), native: OFF }, flags, 2)
  expect(only(table.takeChanges())).toMatchObject({ op: 'patch', patch: { addresses: [], state: 'stopped' } })
})

test('what was known of addresses stays until leases are read and the agent has answered or does not', () => {
  const leases = { isRead: false, of: [] as readonly string[] }
  const table = tableAt({ ms: 0 }, leases)
  table.applyState({ dom: dom(3), native: ON }, flags, 1)
  table.applyDefinition(REF, { ...bare, agent: 'connected' })
  expect(only(table.takeChanges())).toMatchObject({ op: 'put', unread: ['addresses'] })
  leases.isRead = true
  table.changeAll()
  expect(table.takeChanges()).toEqual([])
  table.applyAgentAddresses(REF, null)
  expect(only(table.takeChanges())).toEqual({ op: 'patch', entity: 'machine', ref: REF, patch: { addresses: [] } })
})

test('without an agent it stays until leases are read, and no longer than the machine runs', () => {
  const leases = { isRead: false, of: [] as readonly string[] }
  const table = tableAt({ ms: 0 }, leases)
  table.applyState({ dom: dom(3), native: ON }, flags, 1)
  table.applyDefinition(REF, bare)
  expect(only(table.takeChanges())).toMatchObject({ op: 'put', unread: ['addresses'] })
  table.applyState({ dom: dom(), native: OFF }, flags, 2)
  expect(only(table.takeChanges())).toMatchObject({ op: 'patch', patch: { addresses: [], state: 'stopped' } })
})

test('a saved image of a machine that runs is on its way out', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(3), native: ON }, { ...flags, hasManagedSave: true }, 1)
  expect(only(table.takeChanges())).toMatchObject({ facts: { state: 'running', hasManagedSave: false } })
  table.applyEvent(dom(3), { state: 5, reason: 5 }, true, 2)
  expect(only(table.takeChanges())).toMatchObject({ patch: { state: 'saved', hasManagedSave: true } })
})

test('what machines have of the host is told once all definitions are known', () => {
  const table = tableAt({ ms: 0 })
  table.applyState({ dom: dom(), native: OFF }, flags, 1)
  expect(table.keysOfAll('hostDevices')).toBe(undefined)
  const device = "<hostdev type='mdev'><source><address uuid='AB'/></source></hostdev>"
  table.applyDefinition(REF, readDefinition(`<domain><name>vm</name><devices>${device}</devices></domain>`))
  expect(table.keysOfAll('hostDevices')).toEqual(new Map([[REF, { name: 'vm', keys: ['mdev:ab'] }]]))
})
