import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findEndpoint } from '../../electron/host/control.ts'
import type { ConnectionId, Machine } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { dataOf, engineFolder, TestEngine } from './engine.ts'

const libvirtd = requirePeer('libvirtd')
const GUESTS = 5

/** Runs before each start of a guest, while libvirtd waits: says so, and holds it back as long as the file `hold` is there. */
const HOOK = `#!/bin/sh
[ "$2" = prepare ] || exit 0
echo "$1" >> /srv/host/started
while [ -e /srv/host/hold ]; do sleep 0.02; done
`

describe.skipIf(!libvirtd.ok)('links that break and engines that die', () => {
  let lab: Lab
  let engine: TestEngine
  let folder: string
  let a: LabHost
  let b: LabHost
  let ids: Record<'a' | 'b', ConnectionId>
  const guests: Record<'a' | 'b', LabGuest[]> = { a: [], b: [] }

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'] })
    a = lab.host('a')
    b = lab.host('b')
    for (const host of [a, b]) {
      await mkdir(join(host.dir, 'etc/libvirt/hooks'), { recursive: true })
      await writeFile(join(host.dir, 'etc/libvirt/hooks/qemu'), HOOK, { mode: 0o755 })
      await host.restartDaemon()
      for (let n = 1; n <= GUESTS; n++) {
        guests[host.name as 'a' | 'b'].push(await host.defineGuest({ name: `${host.name}-${n}`, boots: false }))
      }
    }
    folder = await engineFolder()
    await copyFile(a.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const [first, second] = await Promise.all([a, b].map((host) => engine.add(host.name, ssh(host))))
    if (!first || !second) throw new Error('two hosts were added')
    ids = { a: first.id, b: second.id }
    await bothOnline()
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const ssh = (host: LabHost) => ({ transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })

  async function bothOnline(): Promise<void> {
    await Promise.all([engine.status(ids.a, 'online'), engine.status(ids.b, 'online')])
  }

  const machinesOf = (host: 'a' | 'b'): Machine[] => guests[host].map((guest) => engine.machine(ids[host], guest.uuid) as Machine)

  /** What was started since `allOff`, once for each time: what tells a command that was repeated. */
  async function started(host: LabHost): Promise<readonly string[]> {
    const text = await readFile(join(host.dir, 'started'), 'utf8').catch(() => '')
    return text.split('\n').filter(Boolean).sort()
  }

  const hold = (host: LabHost): Promise<void> => writeFile(join(host.dir, 'hold'), '')
  const release = (host: LabHost): Promise<void> => rm(join(host.dir, 'hold'), { force: true })
  const names = (host: 'a' | 'b'): readonly string[] => guests[host].map(({ name }) => name)

  async function allOff(): Promise<void> {
    for (const host of [a, b]) {
      const running = (await host.virsh(['list', '--name'])).trim().split('\n').filter(Boolean)
      for (const name of running) await host.virsh(['destroy', name])
      await rm(join(host.dir, 'started'), { force: true })
    }
    for (const host of ['a', 'b'] as const) for (const guest of guests[host]) await engine.reaches(ids[host], guest.uuid, 'stopped')
  }

  test('a link cut during a call: the outcome is looked up, nothing is done twice, the list stays', async () => {
    const target = machinesOf('a')[0] as Machine
    await hold(a)
    const { taskId } = await engine.client.machines.act({ targets: { ids: [target.id] }, action: { action: 'start' } })
    await until('libvirtd at work', async () => (await started(a)).length === 1)
    await a.stopSshd()
    const offline = await engine.status(ids.a, 'offline')
    expect(offline.error?.kind).toBe('unreachable')
    expect(machinesOf('a')).toHaveLength(GUESTS)
    expect(engine.hostOf(ids.a)?.freshness.state).toBe('stale')
    expect(engine.connection(ids.b).status).toBe('online')
    await release(a)
    await until('the guest up', async () => (await a.virsh(['domstate', target.nativeRef])).trim() === 'running')
    await a.startSshd()
    await bothOnline()
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(machinesOf('a')[0]?.state).toBe('running')
    expect(await started(a)).toEqual(['a-1'])
  })

  test('a link cut during a bulk: a result per item, the other host goes on, nothing is done twice', async () => {
    await allOff()
    await hold(a)
    const targets = { ids: [...machinesOf('a'), ...machinesOf('b')].map(({ id }) => id) }
    const { taskId } = await engine.client.machines.act({ targets, action: { action: 'start' } })
    await until('work on a', async () => (await started(a)).length > 0)
    await a.stopSshd()
    await engine.status(ids.a, 'offline')
    await until('b done', async () => machinesOf('b').every(({ state }) => state === 'running'))
    await release(a)
    await a.startSshd()
    await bothOnline()
    await engine.ended(taskId)
    const { items } = await engine.client.tasks.list({ parentId: taskId })
    expect(items).toHaveLength(GUESTS * 2)
    for (const item of items) {
      const guest = [...guests.a, ...guests.b].find(({ name }) => name === item.target?.name)
      const truth = await guest?.state()
      expect({ name: item.target?.name, state: item.state, truth }).toEqual({
        name: item.target?.name,
        state: 'succeeded',
        truth: 'running',
      })
    }
    expect(await started(a)).toEqual(names('a'))
    expect(await started(b)).toEqual(names('b'))
  })

  test('a link cut in a storm of events: what was missed is read again', async () => {
    await allOff()
    const each = names('a').map((name) => `virsh -q start ${name}; virsh -q suspend ${name}; virsh -q destroy ${name}`)
    const storm = a.exec(`for round in 1 2; do ${each.join('; ')}; done; virsh -q start a-2`, { timeoutMs: 240_000 })
    await until('the storm', async () => machinesOf('a').some(({ state }) => state !== 'stopped'))
    await a.stopSshd()
    await engine.status(ids.a, 'offline')
    expect(await storm).toMatchObject({ code: 0 })
    await a.startSshd()
    await bothOnline()
    expect(machinesOf('a').map(({ name, state }) => `${name} ${state}`)).toEqual(
      names('a').map((name) => `${name} ${name === 'a-2' ? 'running' : 'stopped'}`),
    )
  })

  test('an engine killed in the middle of a bulk resumes it, and does nothing twice', async () => {
    await allOff()
    await hold(b)
    const targets = { ids: [...machinesOf('a'), ...machinesOf('b')].map(({ id }) => id) }
    const { taskId } = await engine.client.machines.act({ targets, action: { action: 'start' } })
    await until('a done, b at work', async () => machinesOf('a').every(({ state }) => state === 'running') && (await started(b)).length > 0)
    await engine.stop('SIGKILL')
    const underWay = await started(b)
    await release(b)
    await until('what was under way', async () => (await b.virsh(['list', '--name'])).trim().split('\n').length >= underWay.length)
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({
      state: 'succeeded',
      children: { total: GUESTS * 2, succeeded: GUESTS * 2, failed: 0 },
    })
    expect(await started(a)).toEqual(names('a'))
    expect(await started(b)).toEqual(names('b'))
  })

  test('with every host cut off, the last state is there with its age before anybody answers', async () => {
    await until('what was started', async () => [...machinesOf('a'), ...machinesOf('b')].every(({ state }) => state === 'running'))
    const before = new Map([...machinesOf('a'), ...machinesOf('b')].map((machine) => [machine.id, machine.state]))
    const stoppedAtMs = Date.now()
    await engine.stop()
    const endedAtMs = Date.now()
    await Promise.all([a.cutNetwork('silence'), b.cutNetwork('silence')])
    engine = await TestEngine.start({ folder })
    expect(new Map([...machinesOf('a'), ...machinesOf('b')].map((machine) => [machine.id, machine.state]))).toEqual(before)
    for (const id of [ids.a, ids.b]) {
      const host = engine.hostOf(id)
      expect(host?.freshness.state).toBe('cached')
      expect(host?.observedAtMs).toBeLessThanOrEqual(endedAtMs)
      expect(host?.observedAtMs).toBeGreaterThan(stoppedAtMs - 120_000)
      expect(engine.connection(id).lastOnlineAtMs).toBeGreaterThan(stoppedAtMs - 5_000)
    }
    const target = machinesOf('a')[0] as Machine
    const { refused, fits } = await engine.client.machines.preview({ targets: { ids: [target.id] }, action: 'powerOff' })
    expect(fits).toEqual([])
    expect(refused).toMatchObject([{ reason: { code: 'link.not-live' } }])
    await Promise.all([a.restoreNetwork(), b.restoreNetwork()])
    await engine.client.connections.reconnect({})
    await bothOnline()
    expect(engine.hostOf(ids.a)?.freshness.state).toBe('live')
    expect(await findEndpoint(dataOf(folder))).not.toBeNull()
  })
})
