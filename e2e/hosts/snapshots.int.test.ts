import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { holdNextJob } from '../../electron/providers/libvirt/snapshots/testing/lab-keeper.ts'
import type { ConnectionId, MachineId, SnapshotOperationInput, TaskId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

const IMAGES = '/var/lib/libvirt/images'

describe.skipIf(!requirePeer('libvirtd').ok)('snapshots over the contract', () => {
  let lab: Lab
  let host: LabHost
  let folder: string
  let engine: TestEngine
  let connectionId: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'hs' })
    host = lab.host('a')
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
    connectionId = (await engine.add('a', config, { remember: true })).id
    await engine.status(connectionId, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function machineOf({ uuid }: LabGuest): Promise<MachineId> {
    return await until('the machine', async () => engine.machine(connectionId, uuid)?.id)
  }

  async function begin(machineId: MachineId, operation: SnapshotOperationInput, acceptsLosses = true): Promise<TaskId> {
    const { revision } = await engine.client.snapshots.tree({ machineId })
    return (await engine.client.snapshots.act({ machineId, operation, revision, acceptsLosses })).taskId
  }

  async function act(machineId: MachineId, operation: SnapshotOperationInput): Promise<void> {
    expect(await engine.ended(await begin(machineId, operation))).toMatchObject({ state: 'succeeded', error: null })
  }

  const write = async (path: string, pattern: number, span = '0 64k') => {
    const { code, stderr } = await host.exec(['qemu-io', '-c', `write -P ${pattern} ${span}`, path])
    expect([code, stderr]).toEqual([0, ''])
  }
  const holds = async (path: string, pattern: number) => {
    const { stdout } = await host.exec(['qemu-io', '-r', '-U', '-c', `read -P ${pattern} 0 64k`, path])
    return stdout.includes('read 65536/65536') && !stdout.includes('failed')
  }
  const activeOf = async (machineId: MachineId) => (await engine.client.snapshots.tree({ machineId })).chains[0]?.files[0]?.path ?? ''

  test('a tree is made and gone back to by tasks; what would lose something is refused and says what', async () => {
    const guest = await host.defineGuest({ name: 'web', boots: false, diskMiB: 16 })
    const machineId = await machineOf(guest)
    await write(await activeOf(machineId), 1)
    await act(machineId, { operation: 'create', name: 'one', kind: 'external', tags: ['t'] })
    await write(await activeOf(machineId), 2)
    const plan = await engine.client.snapshots.plan({ machineId, operation: { operation: 'revert', name: 'one' } })
    expect(plan).toMatchObject({ reason: null, losses: [{ code: 'snapshot.loss-left-behind' }] })
    expect(await failureOf(begin(machineId, { operation: 'revert', name: 'one' }, false))).toMatchObject({ code: 'snapshot.would-lose' })
    await act(machineId, { operation: 'revert', name: 'one', keepAs: 'two' })
    expect(await holds(await activeOf(machineId), 1)).toBe(true)
    const top = await activeOf(machineId)
    const refused = await failureOf(begin(machineId, { operation: 'merge', target: 'vda', top, base: `${IMAGES}/${guest.uuid}.qcow2` }))
    expect(refused).toMatchObject({ kind: 'precondition', code: 'snapshot.needed' })
    expect(refused.details).toMatchObject({ file: `${IMAGES}/${guest.uuid}.qcow2` })
    const tree = await engine.client.snapshots.tree({ machineId })
    const stale = { machineId, operation: { operation: 'delete' as const, name: 'two' }, revision: 'older' }
    expect(await failureOf(engine.client.snapshots.act(stale))).toMatchObject({ kind: 'conflict', code: 'snapshot.changed-meanwhile' })
    expect(await engine.client.snapshots.tree({ machineId })).toMatchObject({ revision: tree.revision })
  })

  test('what snapshots do to a definition is in its history by who did it, and none of it came from outside', async () => {
    const guest = await host.defineGuest({ name: 'told', boots: false, diskMiB: 16 })
    const machineId = await machineOf(guest)
    const { keptXml } = await engine.client.hardware.view({ machineId })
    const history = async () => {
      await engine.client.hardware.view({ machineId })
      return await engine.client.hardware.history({ machineId })
    }
    await act(machineId, { operation: 'create', name: 'one', kind: 'external' })
    await act(machineId, { operation: 'create', name: 'inside', kind: 'internal' })
    await act(machineId, { operation: 'delete', name: 'inside' })
    await act(machineId, { operation: 'describe', name: 'one', description: 'first', tags: [] })
    await act(machineId, { operation: 'revert', name: 'one', keepAs: 'two' })
    await act(machineId, { operation: 'delete', name: 'two' })
    const base = `${IMAGES}/${guest.uuid}.qcow2`
    await act(machineId, { operation: 'delete', name: 'one' })
    await guest.start()
    await engine.reaches(connectionId, guest.uuid, 'running')
    await act(machineId, { operation: 'create', name: 'live', kind: 'external' })
    await host.virsh(['snapshot-delete', guest.uuid, 'live', '--metadata'])
    await act(machineId, { operation: 'merge', target: 'vda', top: await activeOf(machineId), base })
    await host.virsh(['destroy', guest.uuid])
    await engine.reaches(connectionId, guest.uuid, 'stopped')
    const told = (await history()).toReversed()
    expect(told.map(({ edit }) => edit)).toEqual(['createSnapshot', 'revertSnapshot', 'deleteSnapshot', 'createSnapshot', 'mergeChain'])
    for (const { actor, taskId, definition } of told) expect([actor === null, taskId === null, definition]).toEqual([false, false, 'kept'])
    const oldest = await engine.client.hardware.version({ machineId, versionId: told[0]?.id ?? '' })
    expect([oldest.xml, oldest.after?.includes('told-vda.one.qcow2')]).toEqual([keptXml, true])
    expect(await host.virsh(['domblklist', guest.uuid])).toContain(base)
  })

  test('a clone is a machine of its own, of what was frozen and of what lies inside', async () => {
    const guest = await host.defineGuest({ name: 'origin', boots: false, diskMiB: 16 })
    const machineId = await machineOf(guest)
    await write(await activeOf(machineId), 1)
    await act(machineId, { operation: 'create', name: 'inside', kind: 'internal' })
    await write(await activeOf(machineId), 2)
    await act(machineId, { operation: 'create', name: 'beside', kind: 'external' })
    await write(await activeOf(machineId), 3)
    await guest.start()
    await engine.reaches(connectionId, guest.uuid, 'running')
    for (const [name, as, pattern] of [
      ['inside', 'of-inside', 1],
      ['beside', 'of-beside', 2],
    ] as const) {
      await act(machineId, { operation: 'clone', name, as })
      const disks = await host.virsh(['domblklist', as])
      const path = /\/\S+/.exec(disks)?.[0] ?? ''
      expect(path).toContain(as)
      expect([as, await holds(path, pattern)]).toEqual([as, true])
      expect((await host.exec(['qemu-img', 'info', path])).stdout).not.toContain('backing file')
    }
    await host.virsh(['destroy', guest.uuid])
  })

  test('a console that is killed in the middle of a merge goes on with it', async () => {
    const guest = await host.defineGuest({ name: 'killed', boots: false, diskMiB: 512 })
    const machineId = await machineOf(guest)
    await act(machineId, { operation: 'create', name: 'one', kind: 'external' })
    await write(await activeOf(machineId), 9, '1M 384M')
    await write(await activeOf(machineId), 2)
    await guest.start()
    await engine.reaches(connectionId, guest.uuid, 'running')
    const job = holdNextJob(host, guest)
    const taskId = await begin(machineId, { operation: 'delete', name: 'one' })
    await job.held
    expect(await failureOf(begin(machineId, { operation: 'create', name: 'x', kind: 'external' }))).toMatchObject({ code: 'machine.busy' })
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    await engine.status(connectionId, 'online')
    expect((await engine.client.snapshots.tree({ machineId })).jobs).toHaveLength(1)
    await job.release()
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    const tree = await engine.client.snapshots.tree({ machineId })
    expect(tree).toMatchObject({ snapshots: [], jobs: [], chains: [{ files: [{ path: `${IMAGES}/${guest.uuid}.qcow2` }] }] })
    await host.virsh(['destroy', guest.uuid])
    expect(await holds(`${IMAGES}/${guest.uuid}.qcow2`, 2)).toBe(true)
    await engine.client.hardware.view({ machineId })
    const edits = (await engine.client.hardware.history({ machineId })).map(({ edit }) => edit)
    expect(new Set(edits)).toEqual(new Set(['createSnapshot', 'deleteSnapshot']))
  })

  test('a schedule is kept, shown with its next time, and ended', async () => {
    const schedule = {
      id: 's1',
      name: 'Nightly',
      isEnabled: true,
      query: 'name:web',
      every: { unit: 'days' as const, minuteOfDay: 120, weekdays: [1, 2, 3, 4, 5, 6, 7] },
      kind: 'external' as const,
      freeze: false,
      tag: 'nightly',
      keep: { last: 3, days: 7, weeks: 4 },
    }
    await engine.client.snapshots.putSchedule({ schedule })
    const broken = engine.client.snapshots.putSchedule({ schedule: { ...schedule, id: 's2', query: 'name:(' } })
    expect(await failureOf(broken)).toMatchObject({ kind: 'invalid-input' })
    await engine.stop()
    engine = await TestEngine.start({ folder })
    const [shown] = await engine.client.snapshots.schedules({})
    expect(shown).toMatchObject({ ...schedule, lastRun: null })
    expect(shown?.nextAtMs).toBeGreaterThan(Date.now())
    await engine.client.snapshots.removeSchedule({ scheduleId: 's1' })
    expect(await engine.client.snapshots.schedules({})).toEqual([])
  })
})
