import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, MachineId, MigrationLive, MigrationSpecInput } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

describe.skipIf(!requirePeer('libvirtd').ok)('moves over the contract', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let folder: string
  let engine: TestEngine
  let from: ConnectionId
  let to: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'hm' })
    a = lab.host('a')
    b = lab.host('b')
    folder = await engineFolder()
    await copyFile(a.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const configOf = (host: LabHost) => ({ transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })
    from = (await engine.add('a', configOf(a), { remember: true })).id
    to = (await engine.add('b', configOf(b), { remember: true })).id
    await engine.status(from, 'online')
    await engine.status(to, 'online')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function machineOf({ uuid }: LabGuest): Promise<MachineId> {
    return await until('the machine', async () => engine.machine(from, uuid)?.id)
  }

  async function wishOf(guest: LabGuest, wish: Partial<MigrationSpecInput> = {}): Promise<MigrationSpecInput> {
    const targetHostId = engine.hostOf(to)?.id
    if (!targetHostId) throw new Error('no target')
    return { machineId: await machineOf(guest), targetHostId, mode: 'live', ...wish }
  }

  test('looked at before, moved with its disk, followed on the way, and gone from the source', { timeout: 120_000 }, async () => {
    const guest = await a.defineGuest({ name: 'web', diskMiB: 32, load: true })
    await guest.start()
    await guest.waitReady()
    const spec = await wishOf(guest, { sourceDisks: 'delete' })
    const measure = await engine.client.migrations.measure({ machineId: spec.machineId, targetHostId: spec.targetHostId })
    expect(measure).toMatchObject({ notes: [], dirtied: [{ seconds: 1 }, { seconds: 3 }] })
    expect(measure.bandwidthBytesPerS).toBeGreaterThan(1_000_000)
    const { spec: filled, findings, prediction } = await engine.client.migrations.preflight({ spec })
    expect(filled.disks).toEqual([{ target: 'vda', how: 'copy', pool: 'default', volume: `${guest.uuid}.qcow2` }])
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    expect(prediction).toMatchObject({ converges: true, bandwidthFrom: 'measured' })
    const { taskId } = await engine.client.migrations.start({ specs: [spec], acceptsWarnings: true })
    const seen: MigrationLive[] = []
    const following = (async () => {
      for await (const live of await engine.client.migrations.watch({ taskId })) seen.push(live)
    })()
    expect(await engine.ended(taskId, 120_000)).toMatchObject({ state: 'succeeded', error: null })
    await following
    expect(seen.map(({ phase }) => phase)).toContain('copying-memory')
    await until('the machine at the target', async () => engine.machine(to, guest.uuid)?.state === 'running')
    expect(engine.machine(from, guest.uuid)).toBeUndefined()
    expect((await a.virsh(['vol-list', 'default'])).includes(guest.uuid)).toBe(false)
    const machineId = await until('the machine’s new id', async () => engine.machine(to, guest.uuid)?.id)
    const [record, ...older] = await engine.client.migrations.records({ machineId })
    expect(older).toEqual([])
    expect(record).toMatchObject({
      taskId,
      machineId: spec.machineId,
      outcome: 'moved',
      predicted: { bandwidthFrom: 'measured' },
    })
    expect(record?.actual.totalMs).toBeGreaterThan(100)
    expect(record?.actual.dataBytes).toBeGreaterThan(1_000_000)
    const back = await engine.client.migrations.preflight({
      spec: { machineId, targetHostId: engine.hostOf(from)?.id ?? '', mode: 'live' },
    })
    expect(back.prediction).toMatchObject({ bandwidthFrom: 'learned', learnedFrom: { pair: 1, all: 1 } })
  })

  test('the engine is killed in the middle: it goes on, and the machine runs once', { timeout: 180_000 }, async () => {
    const guest = await a.defineGuest({ name: 'killed', diskMiB: 16 })
    await guest.start()
    await guest.waitReady()
    const { taskId } = await engine.client.migrations.start({
      specs: [await wishOf(guest, { bandwidthBytesPerS: 4 * 1_048_576 })],
      acceptsWarnings: true,
    })
    for await (const live of await engine.client.migrations.watch({ taskId })) if ((live.memory?.done ?? 0) > 0) break
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId, 120_000)).toMatchObject({ state: 'succeeded', error: null })
    await until('the machine at the target', async () => engine.machine(to, guest.uuid)?.state === 'running')
    expect(await failureOf(a.virsh(['domstate', guest.uuid]))).toBeDefined()
  })
})
