import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, HostId, Machine, TaskId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { failureOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const POOL_FOLDER = '/var/lib/libvirt/only-here'

describe.skipIf(!requirePeer('libvirtd').ok)('maintenance of a host, over the contract', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let folder: string
  let engine: TestEngine
  let from: ConnectionId
  let to: ConnectionId
  let hostId: HostId
  let web: LabGuest
  let db: LabGuest
  let fixed: LabGuest
  let off: LabGuest

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'mn' })
    a = lab.host('a')
    b = lab.host('b')
    folder = await folderKnowing(a)
    engine = await TestEngine.start({ folder })
    ;[from, to] = await linked(engine, [a, b])
    hostId = await until('the host', async () => engine.hostOf(from)?.id)
    web = await a.defineGuest({ name: 'web', load: true })
    db = await a.defineGuest({ name: 'db', diskMiB: 16, boots: false, memoryMiB: 48 })
    off = await a.defineGuest({ name: 'off', boots: false })
    // no other host has the pool that its disk lies in
    await a.virsh(['pool-define-as', 'only-here', 'dir', '--target', POOL_FOLDER])
    await a.virsh(['pool-build', 'only-here'])
    await a.virsh(['pool-start', 'only-here'])
    await a.virsh(['vol-create-as', 'only-here', 'fixed.qcow2', '8M', '--format', 'qcow2'])
    fixed = await a.defineGuest({ name: 'fixed', diskPath: `${POOL_FOLDER}/fixed.qcow2`, boots: false })
    for (const guest of [web, db, fixed]) await guest.start()
    await web.waitReady()
    for (const guest of [web, db, fixed]) await engine.reaches(from, guest.uuid, 'running')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const order = () => ({ hostId, order: 'name' as const })
  const idOf = ({ uuid }: LabGuest) => until('the machine', async () => engine.machine(from, uuid)?.id)
  const children = async (parentId: TaskId) => (await engine.client.tasks.list({ parentId })).items

  /** It runs there and is unknown to the other. */
  async function runsOnlyAt(guest: LabGuest, host: LabHost, other: LabHost): Promise<void> {
    expect((await host.virsh(['domstate', guest.uuid])).trim()).toBe('running')
    expect(await failureOf(other.virsh(['domstate', guest.uuid]))).toBeDefined()
  }

  test('the plan says who goes where and how long it takes, and who cannot go and why', async () => {
    const plan = await engine.client.maintenance.plan({ order: order() })
    const { items, totalMs } = plan
    expect(items.map(({ name, what, toHostId }) => ({ name, what, toHostId }))).toEqual([
      { name: 'db', what: 'move', toHostId: engine.hostOf(to)?.id },
      { name: 'fixed', what: 'stays', toHostId: null },
      { name: 'off', what: 'off', toHostId: null },
      { name: 'web', what: 'move', toHostId: engine.hostOf(to)?.id },
    ])
    expect(items[1]?.findings.filter(({ severity }) => severity === 'blocks')).toMatchObject([{ check: 'pools' }])
    expect(totalMs?.likely).toBeGreaterThan(0)
    expect(engine.hostOf(from)?.maintenance ?? null).toBeNull()
  })

  test('drained, with the engine killed in the middle of a move: each machine runs once, and who stayed is named', async () => {
    const { taskId } = await engine.client.maintenance.drain({ order: order(), reason: 'new fans' })
    if (taskId === null) throw new Error('nothing to move')
    await until('a move', async () => {
      const [moving] = (await children(taskId)).filter(({ target }) => target?.name === 'web')
      return moving?.steps.some(({ id, state }) => id === 'move' && state !== 'pending')
    })
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', children: { total: 2, succeeded: 2 } })
    await runsOnlyAt(web, b, a)
    await runsOnlyAt(db, b, a)
    await until('the mark', async () => engine.get('host', hostId)?.maintenance === 'maintenance')
    const [kept] = await engine.client.maintenance.list({})
    expect(kept).toMatchObject({
      hostId,
      state: 'maintenance',
      reason: 'new fans',
      taskId: null,
      moved: [{ name: 'db' }, { name: 'web' }],
      stayed: [{ name: 'fixed' }],
    })
  })

  test('nothing is started there, and it is no target', async () => {
    const started = engine.client.machines.act({ targets: { ids: [await idOf(off)] }, action: { action: 'start' } })
    expect(await failureOf(started)).toMatchObject({ kind: 'precondition', code: 'host.in-maintenance' })
    const moved = await until('web at the target', async () => engine.machine(to, web.uuid)?.id)
    const targets = await engine.client.migrations.targets({ machineIds: [moved] })
    expect(targets.find((target) => target.hostId === hostId)?.reason).toMatchObject({ code: 'migration.target.maintenance' })
  })

  test('brought back: running where they were, and the host is in use', async () => {
    for (const guest of [web, db]) await until('it at the target', async () => engine.machine(to, guest.uuid)?.state === 'running')
    const { taskId, left } = await engine.client.maintenance.leave({ hostId, bringBack: true })
    if (taskId === null) throw new Error('nothing to bring back')
    expect(left).toEqual([])
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', kind: 'host.return' })
    for (const guest of [web, db, fixed]) await runsOnlyAt(guest, a, b)
    await until('the mark to go', async () => (engine.get('host', hostId)?.maintenance ?? null) === null)
    expect(await engine.client.maintenance.list({})).toEqual([])
    const names = (state: Machine['state']) => engine.machines(from).filter((machine) => machine.state === state)
    expect(
      names('running')
        .map(({ name }) => name)
        .toSorted(),
    ).toEqual(['db', 'fixed', 'web'])
  })
})
