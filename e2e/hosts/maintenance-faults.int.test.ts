import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, DrainOrderInput, HostId, Machine, Maintenance, Task, TaskId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { failureOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const POOL_FOLDER = '/var/lib/libvirt/only-here'
const HOSTS = ['a', 'b', 'c'] as const
type Name = (typeof HOSTS)[number]

describe.skipIf(!requirePeer('libvirtd').ok)('maintenance of a host, when others fail meanwhile', () => {
  let lab: Lab
  let folder: string
  let engine: TestEngine
  const links = new Map<Name, ConnectionId>()
  /** Machines that nothing holds at their host. */
  const movers: LabGuest[] = []
  /** Its disk lies in a pool that no other host has. */
  let fixed: LabGuest
  let off: LabGuest

  beforeAll(async () => {
    lab = await startLab({ hosts: HOSTS, prefix: 'mf' })
    const a = lab.host('a')
    folder = await folderKnowing(a)
    engine = await TestEngine.start({ folder })
    const ids = await linked(
      engine,
      HOSTS.map((name) => lab.host(name)),
    )
    for (const [index, id] of ids.entries()) links.set(HOSTS[index] as Name, id)
    for (const name of ['m1', 'm2', 'm3', 'm4']) movers.push(await a.defineGuest({ name, boots: false }))
    off = await a.defineGuest({ name: 'off', boots: false })
    for (const { uuid } of [off, autostarted()]) await a.virsh(['autostart', uuid])
    await a.virsh(['pool-define-as', 'only-here', 'dir', '--target', POOL_FOLDER])
    await a.virsh(['pool-build', 'only-here'])
    await a.virsh(['pool-start', 'only-here'])
    await a.virsh(['vol-create-as', 'only-here', 'fixed.qcow2', '8M', '--format', 'qcow2'])
    fixed = await a.defineGuest({ name: 'fixed', diskPath: `${POOL_FOLDER}/fixed.qcow2` })
    for (const guest of [...movers, fixed]) await guest.start()
    await fixed.waitReady()
    await allOnline()
    for (const guest of [...movers, fixed]) await engine.reaches(link('a'), guest.uuid, 'running')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const link = (name: Name): ConnectionId => links.get(name) as ConnectionId
  const nameOf = (hostId: unknown): Name => {
    const name = HOSTS.find((one) => engine.hostOf(link(one))?.id === hostId)
    if (!name) throw new Error('not one of the hosts')
    return name
  }
  const hostId = (name: Name): Promise<HostId> => until('the host', async () => engine.hostOf(link(name))?.id)
  const children = async (parentId: TaskId) => (await engine.client.tasks.list({ parentId })).items
  const recordOf = async (id: HostId) => (await engine.client.maintenance.list({})).find((one) => one.hostId === id)

  async function allOnline(): Promise<void> {
    for (const name of HOSTS) await engine.status(link(name), 'online')
  }

  async function drain(wish: Partial<DrainOrderInput> = {}, name: Name = 'a'): Promise<TaskId> {
    const { taskId } = await engine.client.maintenance.drain({ order: { hostId: await hostId(name), order: 'name', ...wish } })
    if (taskId === null) throw new Error('nothing to move')
    return taskId
  }

  const isArrived = ({ kind, state }: Task) => kind === 'machine.migrate' && state === 'succeeded'

  /** Its first machine is there; answers where. */
  async function firstArrived(taskId: TaskId): Promise<Name> {
    const first = await until('the first to arrive', async () => (await children(taskId)).find(isArrived))
    return nameOf(first.params['targetHostId'])
  }

  /** The drain and what it went on as have come to their end; the most moves that were seen side by side. */
  async function drained(name: Name = 'a', timeoutMs = 150_000): Promise<{ readonly record: Maintenance; readonly most: number }> {
    const id = await hostId(name)
    let most = 0
    const record = await until(
      'the drain to end',
      async () => {
        const isOfIt = ({ params, parentId, state }: Task) => params['maintenance'] === id && parentId !== null && state === 'running'
        most = Math.max(most, engine.all('task').filter(isOfIt).length)
        const one = await recordOf(id)
        return one?.state === 'maintenance' ? one : false
      },
      timeoutMs,
      50,
    )
    return { record, most }
  }

  /** Where it is by the hosts' own word: `c running`. */
  async function standing({ uuid }: LabGuest): Promise<string> {
    const said = await Promise.all(
      HOSTS.map(async (name) => {
        const { code, stdout } = await lab.host(name).exec(['virsh', '-q', 'domstate', uuid])
        return code === 0 ? [`${name} ${stdout.trim()}`] : []
      }),
    )
    return said.flat().join(', ')
  }

  /** The console has heard of it. */
  async function heard(guest: LabGuest, name: Name, state: Machine['state'] = 'running'): Promise<Machine> {
    return await engine.reaches(link(name), guest.uuid, state)
  }

  /** All that were on their way are back, and the host is in use. */
  async function returned(taskId: TaskId | null): Promise<Task> {
    if (taskId === null) throw new Error('nothing to bring back')
    const task = await engine.ended(taskId)
    await until('the mark to go', async () => (engine.hostOf(link('a'))?.maintenance ?? null) === null)
    return task
  }

  const autostarted = (): LabGuest => movers[2] as LabGuest

  /** Hosts that would start it when they boot. */
  async function startsAt({ name: guest }: LabGuest): Promise<Name[]> {
    const lists = await Promise.all(HOSTS.map((name) => lab.host(name).virsh(['list', '--all', '--autostart', '--name'])))
    return HOSTS.filter((_, index) => lists[index]?.split('\n').includes(guest))
  }

  const otherThan = (name: Name): Name => (name === 'b' ? 'c' : 'b')

  test('the libvirtd of a target ends midway: the drain goes on with the other host, each machine runs once', async () => {
    const taskId = await drain()
    const gone = await firstArrived(taskId)
    await lab.host(gone).stopDaemon()
    const { record, most } = await drained()
    await lab.host(gone).startDaemon()
    await allOnline()
    expect(most).toBe(1)
    expect(record).toMatchObject({ stayed: [{ name: 'fixed', reason: { code: 'migration.finding.pool-missing' } }] })
    expect(record.moved.map(({ name }) => name).toSorted()).toEqual(['m1', 'm2', 'm3', 'm4'])
    const placeOf = ({ name }: LabGuest) => nameOf(record.moved.find((moved) => moved.name === name)?.toHostId)
    for (const guest of movers) expect(await standing(guest)).toBe(`${placeOf(guest)} running`)
    // in the order of their names: what came after the second could not go there any more
    expect(movers.slice(2).map(placeOf)).toEqual([otherThan(gone), otherThan(gone)])
    for (const { name, toHostId } of record.moved) await heard(movers.find((one) => one.name === name) as LabGuest, nameOf(toHostId))
  })

  test('they come back, with the console killed on the way', async () => {
    const { taskId, left } = await engine.client.maintenance.leave({ hostId: await hostId('a'), bringBack: true })
    if (taskId === null) throw new Error('nothing to bring back')
    expect(left).toEqual([])
    await until('the first on its way', async () =>
      (await children(taskId)).some(({ steps }) => steps.some(({ id, state }) => id === 'move' && state === 'running')),
    )
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    expect(await returned(taskId)).toMatchObject({ kind: 'host.return', state: 'succeeded' })
    for (const guest of movers) expect(await standing(guest)).toBe('a running')
    await allOnline()
    for (const guest of movers) await heard(guest, 'a')
  })

  test('the network of the only target is cut, and comes back: what waited goes on, what was torn stays until it is tried again', async () => {
    const targetHostIds = [await hostId('b')]
    const taskId = await drain({ targetHostIds })
    await firstArrived(taskId)
    await lab.host('b').cutNetwork('reset')
    await engine.status(link('b'), 'offline')
    await lab.host('b').restoreNetwork()
    const { record } = await drained()
    await allOnline()
    // at most the one that was under way did not get there
    expect(record.stayed.length).toBeLessThanOrEqual(2)
    expect(record.moved.length).toBeGreaterThanOrEqual(3)
    for (const guest of movers) expect(await standing(guest)).toMatch(/^[ab] running$/)
    if (record.moved.length < 4) {
      await drain({ targetHostIds })
      await drained()
    }
    for (const guest of movers) {
      expect(await standing(guest)).toBe('b running')
      await heard(guest, 'b')
    }
    expect((await recordOf(await hostId('a')))?.moved).toHaveLength(4)
    const back = await engine.client.maintenance.leave({ hostId: await hostId('a'), bringBack: true })
    expect(await returned(back.taskId)).toMatchObject({ state: 'succeeded' })
    for (const guest of movers) await heard(guest, 'a')
  })

  test('a target is put into maintenance midway: it takes no more, and what it has goes to the third', async () => {
    const taskId = await drain({ atOnce: 2, others: 'shut-down' })
    const closed = await firstArrived(taskId)
    const rest = otherThan(closed)
    await engine.client.maintenance.drain({ order: { hostId: await hostId(closed), order: 'name' } })
    const [{ record, most }, other] = await Promise.all([drained('a'), drained(closed)])
    expect(most).toBeLessThanOrEqual(2)
    expect(record).toMatchObject({ stayed: [], stopped: [{ name: 'fixed' }] })
    // what was on its way when it was closed is told of, and goes with the next try
    const onItsWay = new Set(['maintenance.machine-came', 'migration.finding.drain-machine-busy'])
    expect(other.record.stayed.filter(({ reason }) => !onItsWay.has(reason.code))).toEqual([])
    if (other.record.stayed.length > 0) {
      await drain({}, closed)
      await drained(closed)
    }
    for (const guest of movers) {
      expect(await standing(guest)).toBe(`${rest} running`)
      await heard(guest, rest)
    }
    expect(await standing(fixed)).toBe('a shut off')
    expect(await startsAt(autostarted())).toEqual([rest])
    await engine.client.maintenance.leave({ hostId: await hostId(closed), bringBack: false })
  })

  test('the host is booted meanwhile, others move and delete machines: what can come back does, and each that cannot is told', async () => {
    const [moved, deleted, ...rest] = movers as [LabGuest, LabGuest, ...LabGuest[]]
    const at = (await standing(moved)).slice(0, 1) as Name
    const third = otherThan(at)
    // by somebody else's hand
    await lab
      .host(at)
      .virsh(['migrate', '--live', '--p2p', '--persistent', '--undefinesource', moved.uuid, `qemu+ssh://${lab.host(third).address}/system`])
    await lab.host(at).virsh(['destroy', deleted.uuid])
    await lab.host(at).virsh(['undefine', deleted.uuid])
    await heard(moved, third)
    await until('it is known to be gone', async () => engine.machine(link(at), deleted.uuid) === undefined)
    const a = lab.host('a')
    await a.stopSshd()
    await a.stopDaemon()
    await engine.status(link('a'), 'offline')
    const early = engine.client.maintenance.leave({ hostId: await hostId('a'), bringBack: true })
    expect(await failureOf(early)).toMatchObject({ kind: 'unreachable', code: 'link.not-live' })
    await a.exec('rm -f /run/libvirt/qemu/autostarted')
    await a.startDaemon()
    await a.startSshd()
    await allOnline()
    // it starts with its host, as the plan has warned of
    await heard(off, 'a')
    expect((await recordOf(await hostId('a')))?.stayed).toMatchObject([{ name: 'off', reason: { code: 'maintenance.machine-came' } }])
    const { taskId, left } = await engine.client.maintenance.leave({ hostId: await hostId('a'), bringBack: true })
    expect(left).toMatchObject([{ name: deleted.name, reason: { code: 'maintenance.machine-gone' } }])
    expect(await returned(taskId)).toMatchObject({ state: 'succeeded', children: { total: 4, succeeded: 4 } })
    for (const guest of [moved, ...rest, fixed]) expect(await standing(guest)).toBe('a running')
    expect(await standing(deleted)).toBe('')
    expect(await startsAt(autostarted())).toEqual(['a'])
  })
})
