import { expect, test } from 'vitest'
import type { MachineAction } from '../../../shared/model/index.ts'
import { Recorder } from '../conformance/index.ts'
import type { SimulatedMachine } from './fleet.ts'
import { createPeer, type Peer } from './testing/peer.ts'

const SHUTDOWN: MachineAction = { action: 'shutdown', method: 'auto', deadlineMs: 60_000 }

function find(peer: Peer, fits: (machine: SimulatedMachine) => boolean): SimulatedMachine {
  const machine = peer.controls.machines().find(fits)
  if (!machine) throw new Error('The seed gives no such machine')
  return machine
}

test('starts until the host is full: then it says what is missing', async () => {
  const peer = createPeer({ hosts: 12, machines: 600, speed: 1_000 })
  const errors: unknown[] = []
  for (const machine of peer.controls.machines().filter(({ facts }) => facts.state === 'stopped')) {
    await peer.controls.externalAct(machine.ref, { action: 'start' }).catch((error: unknown) => errors.push(error))
  }
  expect(errors.length).toBeGreaterThan(0)
  expect(errors[0]).toMatchObject({ kind: 'exhausted', code: 'host.memory-short', details: { host: expect.stringContaining('kvm-gdn-') } })
})

test('a transient machine is gone once it is off, and cannot keep anything', async () => {
  const peer = createPeer({ hosts: 4, machines: 1_000 })
  const { ref } = find(peer, ({ facts }) => !facts.persistent && facts.state === 'running')
  await expect(peer.controls.externalAct(ref, { action: 'setAutostart', autostart: true })).rejects.toMatchObject({
    code: 'machine.transient',
  })
  await expect(peer.controls.externalAct(ref, { action: 'managedSave' })).rejects.toMatchObject({ code: 'machine.transient' })
  await peer.controls.externalAct(ref, { action: 'powerOff' })
  await expect(peer.controls.externalAct(ref, { action: 'start' })).rejects.toMatchObject({ kind: 'not-found' })
})

test('a machine that is being saved takes nothing else', async () => {
  const peer = createPeer({ hosts: 2, machines: 100 })
  const { ref } = find(peer, ({ facts }) => facts.state === 'running' && facts.persistent)
  const saving = peer.controls.externalAct(ref, { action: 'managedSave' })
  await expect(peer.controls.externalAct(ref, { action: 'resume' })).rejects.toMatchObject({ kind: 'conflict', code: 'machine.busy' })
  await saving
  expect(find(peer, (machine) => machine.ref === ref).facts).toMatchObject({ state: 'saved', hasManagedSave: true })
})

test('a save that is cancelled leaves the machine running', async () => {
  const peer = createPeer({ hosts: 2, machines: 100 })
  const machine = find(peer, ({ facts }) => facts.state === 'running' && facts.persistent)
  const connection = await peer.connect()
  const abort = new AbortController()
  const seen: number[] = []
  const onProgress = ({ bytesDone = 0 }) => {
    seen.push(bytesDone)
    if (seen.length === 3) abort.abort()
  }
  await expect(connection.act(machine.ref, { action: 'managedSave' }, { signal: abort.signal, onProgress })).rejects.toMatchObject({
    kind: 'cancelled',
  })
  expect(seen).toEqual(seen.toSorted((a, b) => a - b))
  const again = await connection.baseline(machine.ref, { action: 'managedSave' }, {})
  expect(again.state).toBe('running')
  expect(machine.job).toBeNull()
})

test('who waits for a start hears that somebody pulled the plug', async () => {
  const peer = createPeer({ hosts: 2, machines: 100 })
  const { ref } = find(peer, ({ facts }) => facts.state === 'stopped')
  const starting = peer.controls.externalAct(ref, { action: 'start' })
  await peer.controls.externalAct(ref, { action: 'powerOff' })
  await expect(starting).rejects.toMatchObject({ code: 'machine.interrupted' })
})

test('a shutdown is satisfied by whoever turns the machine off', async () => {
  const peer = createPeer({ hosts: 2, machines: 100, stubbornShare: 1 })
  const { ref } = find(peer, ({ facts }) => facts.state === 'running' && facts.persistent)
  const shutdown = peer.controls.externalAct(ref, SHUTDOWN)
  await peer.controls.externalAct(ref, { action: 'powerOff' })
  await shutdown
  expect(find(peer, (machine) => machine.ref === ref).facts.nativeState).toBe('shut off (destroyed)')
})

test('a guest that does not listen restarts not either', async () => {
  const peer = createPeer({ hosts: 2, machines: 100, stubbornShare: 1 })
  const { ref } = find(peer, ({ facts }) => facts.state === 'running')
  const reboot = peer.controls.externalAct(ref, { action: 'reboot', method: 'auto' })
  await expect(reboot).rejects.toMatchObject({ kind: 'timeout', code: 'machine.reboot-timeout' })
})

test('the agent is asked only where it answers', async () => {
  const peer = createPeer({ hosts: 2, machines: 200 })
  const { ref } = find(peer, ({ facts }) => facts.state === 'running' && facts.agent !== 'connected')
  const shutdown = peer.controls.externalAct(ref, { action: 'shutdown', method: 'agent', deadlineMs: 5_000 })
  await expect(shutdown).rejects.toMatchObject({ kind: 'precondition', code: 'machine.agent-not-connected' })
})

test('a disk that two machines use stays', async () => {
  const peer = createPeer({ hosts: 1, machines: 400 })
  const connection = await peer.connect()
  const plans = await Promise.all(peer.controls.machines().map(async ({ ref }) => ({ ref, plan: await connection.deletionPlan(ref, {}) })))
  const shared = plans.find(
    ({ plan }) => plan.state === 'stopped' && plan.disks.some((disk) => disk.sharedWith.length > 0 && disk.reason === 'shared'),
  )
  const key = shared?.plan.disks.find((disk) => disk.reason === 'shared')?.key ?? ''
  const action = { action: 'delete', diskKeys: [key], withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const
  const deletion = connection.act(shared?.ref ?? '', { ...action, diskKeys: [key] }, {})
  await expect(deletion).rejects.toMatchObject({ code: 'machine.disk-not-deletable', details: { reason: 'shared' } })
})

test('snapshots and NVRAM go only when they are named', async () => {
  const peer = createPeer({ hosts: 4, machines: 1_000 })
  const { ref } = find(peer, ({ facts, snapshots }) => facts.state === 'stopped' && snapshots.length > 0)
  const bare: MachineAction = {
    action: 'delete',
    diskKeys: [],
    withSnapshots: false,
    withNvram: true,
    withTpm: true,
    withManagedSave: true,
  }
  await expect(peer.controls.externalAct(ref, bare)).rejects.toMatchObject({ code: 'machine.has-snapshots' })
  await peer.controls.externalAct(ref, { ...bare, withSnapshots: true })
  expect(peer.controls.machines().some((machine) => machine.ref === ref)).toBe(false)
})

test('checkpoints without snapshots hold a deletion up, and go when they are named', async () => {
  const peer = createPeer({ hosts: 4, machines: 1_000 })
  const connection = await peer.connect()
  const stopped = peer.controls.machines().filter(({ facts, snapshots }) => facts.state === 'stopped' && snapshots.length === 0)
  const plans = await Promise.all(stopped.map(async ({ ref }) => ({ ref, plan: await connection.deletionPlan(ref, {}) })))
  const { ref } = plans.find(({ plan }) => plan.checkpoints.length > 0) ?? { ref: 'none' }
  const bare: MachineAction = {
    action: 'delete',
    diskKeys: [],
    withSnapshots: false,
    withNvram: true,
    withTpm: false,
    withManagedSave: true,
  }
  await expect(peer.controls.externalAct(ref, bare)).rejects.toMatchObject({ code: 'machine.has-checkpoints' })
  await peer.controls.externalAct(ref, { ...bare, withSnapshots: true })
  expect(peer.controls.machines().some((machine) => machine.ref === ref)).toBe(false)
})

test('with failures on, the share of failures is about the one asked for', async () => {
  const peer = createPeer({ hosts: 10, machines: 1_000, failureRate: 0.2 })
  let failed = 0
  for (const { ref } of peer.controls.machines()) {
    const outcome = await peer.controls.externalAct(ref, { action: 'setMetadata', title: 'x' }).then(
      () => 'done',
      (error: { kind: string }) => error.kind,
    )
    if (outcome === 'remote-failure') failed++
  }
  expect(failed).toBeGreaterThan(150)
  expect(failed).toBeLessThan(250)
})

test('a fleet left to itself for six hours stays sane', async () => {
  const peer = createPeer({ hosts: 10, machines: 500, changesPerMinute: 10 })
  const connection = await peer.connect()
  const seen = new Recorder()
  await connection.watch(seen, {})
  await new Promise<void>((resolve) => void peer.clock.after(6 * 3_600_000, resolve))
  await connection.close()
  expect(seen.problems).toEqual([])
  for (const { ref, facts } of peer.controls.machines())
    expect(seen.machine(ref)).toMatchObject({ state: facts.state, hostRef: facts.hostRef })
  const codes = new Set(seen.events.map((event) => event.code))
  for (const code of ['machine.started', 'machine.stopped', 'machine.crashed', 'machine.migrated', 'machine.attention'])
    expect(codes).toContain(code)
  const running = peer.controls.machines().filter(({ facts }) => facts.state === 'running').length
  expect(running).toBeGreaterThan(350)
})
