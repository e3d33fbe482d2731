import { type ChildProcess, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toAppError } from '../../shared/errors/index.ts'
import type { ConnectionId, MachineId, MigrationLive, MigrationSpecInput, TaskId } from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { dataOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const MIB = 1_048_576
const CLI = fileURLToPath(new URL('../../electron/cli/index.ts', import.meta.url))

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
    folder = await folderKnowing(a)
    engine = await TestEngine.start({ folder })
    ;[from, to] = await linked(engine, [a, b])
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

  test('looked at before, moved with its disk, followed on the way, and gone from the source', async () => {
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
    const { taskId, ...started } = await engine.client.migrations.start({ specs: [spec], acceptsWarnings: true })
    expect(started).toEqual({ accepted: 1, refused: [] })
    const seen: MigrationLive[] = []
    const following = (async () => {
      for await (const live of await engine.client.migrations.watch({ taskId })) seen.push(live)
    })()
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    await following
    const phases = seen.map(({ phase }) => phase)
    // a small guest may be copied between two looks
    expect(phases.filter((phase) => ['copying-disks', 'copying-memory', 'switching'].includes(phase))).not.toEqual([])
    expect(phases.at(-1)).toBe('done')
    expect(seen.filter(({ atMs, startedAtMs }) => atMs < startedAtMs)).toEqual([])
    await until('the machine at the target', async () => engine.machine(to, guest.uuid)?.state === 'running')
    await until('it gone from the source', async () => engine.machine(from, guest.uuid) === undefined)
    expect((await a.virsh(['vol-list', 'default'])).includes(guest.uuid)).toBe(false)
    const machineId = await until('the machine’s new id', async () => engine.machine(to, guest.uuid)?.id)
    const [record, ...older] = await engine.client.migrations.records({ machineId })
    expect(older).toEqual([])
    expect(record).toMatchObject({
      taskId,
      machineId: spec.machineId,
      outcome: 'moved',
    })
    // foretold anew when it began: the guest writes meanwhile
    expect(record?.predicted?.model?.diskBytes).toBeGreaterThanOrEqual(prediction?.diskBytes ?? Number.NaN)
    expect(record?.actual.totalMs).toBeGreaterThan(100)
    expect(record?.actual.dataBytes).toBeGreaterThan(1_000_000)
    const back = await engine.client.migrations.preflight({
      spec: { machineId, targetHostId: engine.hostOf(from)?.id ?? '', mode: 'live' },
    })
    expect(back.prediction).toMatchObject({ bandwidthFrom: 'learned', learnedFrom: { pair: 1, all: 1 } })
  })

  test('a card stays in its port group, and a medium that may be missing does not stop it', async () => {
    const network = (groups: string) => `<network><name>vlans</name><bridge name='vbr7'/>${groups}</network>`
    await define(a, 'net-define', network("<portgroup name='guests'/><portgroup name='office'/>"))
    await define(b, 'net-define', network("<portgroup name='office'/>"))
    for (const host of [a, b]) await host.virsh(['net-start', 'vlans'])
    const guest = await a.defineGuest({ name: 'grouped', boots: false })
    await a.exec('touch /srv/dvd.iso')
    const card = "<interface type='network'><source network='vlans' portgroup='guests'/><model type='virtio'/></interface>"
    const drive = `<disk type='file' device='cdrom'><source file='/srv/dvd.iso' startupPolicy='optional'/><target dev='sda' bus='sata'/><readonly/></disk>`
    for (const device of [card, drive]) await define(a, 'attach-device', device, guest.uuid)
    await guest.start()
    await engine.reaches(from, guest.uuid, 'running')
    const found = async () => (await engine.client.migrations.preflight({ spec: await wishOf(guest) })).findings
    const stopping = (await found()).filter(({ severity }) => severity === 'blocks')
    expect(stopping.map(({ id }) => id.split(':')[0])).toEqual(['port-group-missing'])
    await b.virsh(['net-update', 'vlans', 'add', 'portgroup', "<portgroup name='guests'/>", '--live', '--config'])
    const findings = await found()
    expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    expect(findings.map(({ severity, id }) => `${severity} ${id}`)).toContain('warns media-dropped:sda')
    const { taskId } = await engine.client.migrations.start({ specs: [await wishOf(guest)], acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    for (const kept of [[], ['--inactive']]) {
      const xml = await b.virsh(['dumpxml', guest.uuid, ...kept])
      expect(xml).toMatch(/<source network='vlans' portgroup='guests'/)
    }
    expect(await b.virsh(['domblklist', guest.uuid])).toMatch(/sda +-/)
  })

  async function define(host: LabHost, command: string, xml: string, guest?: string): Promise<void> {
    await writeFile(join(host.dir, 'given.xml'), xml)
    const file = join(host.dir, 'given.xml')
    await host.virsh(guest === undefined ? [command, file] : [command, guest, file, '--config'])
  }

  describe('one guest that moves to and fro', () => {
    let guest: LabGuest

    beforeAll(async () => {
      guest = await a.defineGuest({ name: 'traveller', diskMiB: 16 })
      await a.virsh(['autostart', guest.uuid])
      await guest.start()
      await guest.waitReady()
    })

    interface Ends {
      readonly here: ConnectionId
      readonly there: ConnectionId
      readonly left: LabHost
      readonly reached: LabHost
    }

    /** Where it is now, and where it goes next: for a moment both hosts may be shown to have it. */
    async function ends(): Promise<Ends> {
      return await until('the guest at one host alone', async () => {
        const [isHere, isThere] = [from, to].map((id) => engine.machine(id, guest.uuid) !== undefined)
        if (isHere === isThere) return undefined
        return isHere ? { here: from, there: to, left: a, reached: b } : { here: to, there: from, left: b, reached: a }
      })
    }

    async function leave(wish: Partial<MigrationSpecInput> = {}): Promise<TaskId> {
      const { here, there } = await ends()
      for (const id of [from, to]) await engine.status(id, 'online')
      await engine.reaches(here, guest.uuid, 'running')
      const machineId = engine.machine(here, guest.uuid)?.id
      const targetHostId = engine.hostOf(there)?.id
      if (!machineId || !targetHostId) throw new Error('no ends')
      const spec = { machineId, targetHostId, mode: 'live' as const, sourceDisks: 'delete' as const, ...wish }
      return (await engine.client.migrations.start({ specs: [spec], acceptsWarnings: true })).taskId
    }

    /** What each host itself says: there alone, and nothing left where it was. */
    async function isAt(reached: LabHost, left: LabHost, state = 'running'): Promise<void> {
      expect((await reached.virsh(['domstate', guest.uuid])).trim()).toBe(state)
      expect(await left.virsh(['list', '--all', '--uuid'])).not.toContain(guest.uuid)
      expect(await left.virsh(['vol-list', 'default'])).not.toContain(guest.uuid)
      expect(await reached.virsh(['vol-list', 'default'])).toContain(guest.uuid)
    }

    test.each(['check', 'volume-0', 'move', 'verify', 'clean-0'])(
      'the engine is killed at the step %s: the next one ends it, and the machine runs once',
      async (step) => {
        const { left, reached, there } = await ends()
        const taskId = await leave({ bandwidthBytesPerS: 16 * 1_048_576 })
        const isAtStep = () => engine.get('task', taskId)?.steps.some(({ id, state }) => id === step && state !== 'pending')
        await until(`the step ${step}`, async () => isAtStep(), 120_000, 2)
        await engine.stop('SIGKILL')
        engine = await TestEngine.start({ folder })
        expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
        await isAt(reached, left)
        await engine.reaches(there, guest.uuid, 'running')
      },
    )

    test('cancelled while it copies: it runs on where it was, and its new volume is gone', async () => {
      const { left, reached } = await ends()
      const taskId = await leave({ bandwidthBytesPerS: 2 * 1_048_576 })
      for await (const live of await engine.client.migrations.watch({ taskId })) if ((live.memory?.done ?? 0) > 0) break
      await engine.client.tasks.cancel({ taskId })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'cancelled' })
      await isAt(left, reached)
    })

    test('it takes its autostart and its words along, and a move is taken back by the one the other way', async () => {
      const { left, reached, here, there } = await ends()
      const machineId = engine.machine(here, guest.uuid)?.id
      if (!machineId) throw new Error('no machine')
      const action = { action: 'setMetadata' as const, title: 'Traveller', notes: 'to and fro', tags: ['prod'] }
      const { taskId: noted } = await engine.client.machines.act({ targets: { ids: [machineId] }, action })
      expect(await engine.ended(noted)).toMatchObject({ state: 'succeeded' })
      const taskId = await leave()
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', undoable: true, progress: { note: null } })
      await isAt(reached, left)
      const said = { autostart: true, title: 'Traveller', notes: 'to and fro', tags: ['prod'] }
      await until('its words there', async () => engine.machine(there, guest.uuid)?.tags.includes('prod'))
      expect(engine.machine(there, guest.uuid)).toMatchObject(said)
      const { taskId: back } = await engine.client.tasks.undo({ taskId })
      expect(await engine.ended(back)).toMatchObject({ state: 'succeeded', error: null })
      await isAt(left, reached)
      await until('its words here', async () => engine.machine(here, guest.uuid)?.autostart)
      expect(engine.machine(here, guest.uuid)).toMatchObject(said)
    })

    test('one that a person has paused stands still at the target as well', async () => {
      const { left, reached, here, there } = await ends()
      await left.virsh(['suspend', guest.uuid])
      await engine.reaches(here, guest.uuid, 'paused')
      const machineId = engine.machine(here, guest.uuid)?.id
      const targetHostId = engine.hostOf(there)?.id
      if (!machineId || !targetHostId) throw new Error('no ends')
      const specs = [{ machineId, targetHostId, mode: 'live' as const, sourceDisks: 'delete' as const }]
      const { taskId } = await engine.client.migrations.start({ specs, acceptsWarnings: true })
      const task = await engine.ended(taskId)
      await reached.virsh(['resume', guest.uuid])
      expect(task).toMatchObject({ state: 'succeeded', error: null })
      await isAt(reached, left)
    })

    /** A move that takes many seconds, once it copies memory. */
    async function underWay(): Promise<TaskId> {
      const taskId = await leave({ bandwidthBytesPerS: 2 * 1_048_576 })
      for await (const live of await engine.client.migrations.watch({ taskId })) if ((live.memory?.done ?? 0) > 0) break
      return taskId
    }

    test('QEMU at the target is killed: the real reason is told, it runs on where it was, and its new volume is gone', async () => {
      const { left, reached } = await ends()
      const taskId = await underWay()
      await reached.exec("kill -KILL $(pgrep -f 'guest=traveller,')")
      const { state, error } = await engine.ended(taskId)
      expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'migration.failed' })
      expect(error?.message).not.toContain('End of file')
      await isAt(left, reached)
    })

    test('the source’s libvirtd is restarted in the middle: it goes on, and the machine runs once', async () => {
      const { left, reached } = await ends()
      const taskId = await underWay()
      await left.restartDaemon()
      const { state } = await engine.ended(taskId)
      expect(state).toBe('succeeded')
      await isAt(reached, left)
    })

    test('the target’s network is cut, and comes back: it runs on where it was, and its new volume is gone', async () => {
      const { left, reached, there } = await ends()
      const taskId = await underWay()
      await reached.cutNetwork('silence')
      await engine.status(there, 'offline')
      const running = await left.virsh(['list', '--name', '--state-running'])
      await reached.restoreNetwork()
      expect(running).toContain('traveller')
      await engine.status(there, 'online')
      const { state, error } = await engine.ended(taskId)
      expect({ state, code: error?.code }).toEqual({ state: 'failed', code: 'migration.target-lost' })
      await isAt(left, reached)
    })

    test('the way between the hosts is gone in post-copy: neither part is stopped, and it goes on by command once it is back', async () => {
      const { left, reached, there } = await ends()
      const taskId = await leave({ postCopy: true, bandwidthBytesPerS: 2 * MIB })
      const arrives = `${there}.m.${guest.uuid}` as MachineId
      const powerOff = () => refusalOf(engine.client.machines.act({ targets: { ids: [arrives] }, action: { action: 'powerOff' } }))
      const fetched: number[] = []
      // each end is answered with a reset; that of the firewall itself has to get out
      const rules = [`INPUT -s ${left.address} -p tcp`, `OUTPUT -d ${left.address} -p tcp ! --tcp-flags RST RST`].map(
        (rule) => `iptables -w -I ${rule} -m comment --comment torn -j REJECT --reject-with tcp-reset`,
      )
      const refused: string[] = []
      for await (const { phase, memory, broken } of await engine.client.migrations.watch({ taskId })) {
        if (phase === 'copying-memory' && refused.length === 0) {
          refused.push(await powerOff())
          await engine.client.migrations.tune({ taskId, postCopy: true })
        }
        if (phase === 'post-copy' && memory) fetched.push(memory.remaining)
        // what an idle guest needs comes first: see post-copy.int.test.ts
        if ((fetched[0] ?? 0) - (fetched.at(-1) ?? 0) > 12 * MIB) await reached.exec(rules.splice(0).join(' && ') || 'true')
        if (broken && broken.tries > 0) break
      }
      await until('said of it', async () => engine.machine(there, guest.uuid)?.attention?.code === 'machine.postcopy-failed')
      refused.push(await powerOff())
      expect(refused).toEqual(['machine.arriving', 'machine.in-two-parts'])
      expect(engine.get('task', taskId)).toMatchObject({ state: 'running' })
      await reached.exec('iptables-save | grep -v torn | iptables-restore')
      const resumed = await novacron('resume-move', taskId).ended
      expect({ code: resumed.code, err: resumed.err }).toEqual({ code: 0, err: '' })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
      await isAt(reached, left)
    })

    test('several in one order: what cannot go is named, the rest goes', async () => {
      const { left, reached, here, there } = await ends()
      const targetHostId = engine.hostOf(there)?.id
      const machineId = engine.machine(here, guest.uuid)?.id
      if (!targetHostId || !machineId) throw new Error('no ends')
      const specs = [
        { machineId, targetHostId, mode: 'live' as const, sourceDisks: 'delete' as const },
        { machineId: `${from}.m.nobody` as MachineId, targetHostId, mode: 'live' as const },
      ]
      await engine.reaches(here, guest.uuid, 'running')
      const { taskId, accepted, refused } = await engine.client.migrations.start({ specs, acceptsWarnings: true })
      expect({ accepted, refused: refused.map(({ reason }) => reason.code) }).toEqual({ accepted: 1, refused: ['machine.not-found'] })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
      await isAt(reached, left)
    })

    test('planned for a window, and the engine killed before it: the next one begins it by itself, once its hosts are there', async () => {
      const { left, reached, here, there } = await ends()
      await engine.reaches(here, guest.uuid, 'running')
      const machineId = engine.machine(here, guest.uuid)?.id
      const targetHostId = engine.hostOf(there)?.id
      if (!machineId || !targetHostId) throw new Error('no ends')
      const spec = { machineId, targetHostId, mode: 'live' as const, sourceDisks: 'delete' as const }
      const { findings } = await engine.client.migrations.preflight({ spec })
      const accepted = findings.flatMap(({ severity, id }) => (severity === 'warns' ? [id] : []))
      const when = { kind: 'window' as const, fromMs: Date.now() + 2_000, untilMs: Date.now() + 600_000, zone: 'UTC' }
      const { planId } = await engine.client.migrations.plan({ moves: [{ spec, accepted }], when })
      await engine.stop('SIGKILL')
      engine = await TestEngine.start({ folder })
      const taskId = await until(
        'its task',
        async () => (await engine.client.migrations.plans({ machineId })).find(({ id }) => id === planId)?.taskId ?? undefined,
      )
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null, origin: 'plan', params: { planId } })
      await isAt(reached, left)
      const { items } = await engine.client.tasks.list({ limit: 100 })
      expect(items.filter(({ params }) => params['planId'] === planId)).toHaveLength(1)
    })

    /** The command line against the running engine. */
    function novacron(...args: readonly string[]): {
      readonly child: ChildProcess
      readonly ended: Promise<{ code: number | null; out: string; err: string }>
    } {
      const { PATH = '', NODE_COMPILE_CACHE } = process.env
      const env = { PATH, NODE_COMPILE_CACHE, LC_ALL: 'C.UTF-8', HOME: join(folder, 'home') }
      const child = spawn(process.execPath, [CLI, '--data', dataOf(folder), ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
      let out = ''
      let err = ''
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString()
      })
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk.toString()
      })
      const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
        child.once('close', (code) => resolve({ code, out, err }))
      })
      return { child, ended }
    }

    test('by command: what was found and how long it takes, then each step as a line', async () => {
      const { left, reached, there, here } = await ends()
      await engine.reaches(here, guest.uuid, 'running')
      const host = engine.hostOf(there)?.name ?? ''
      const check = await novacron('migrate', 'traveller', '--to', host, '--check').ended
      expect(check).toMatchObject({ code: 0, err: '' })
      expect(check.out).toMatch(/CHECK +FINDING/)
      expect(check.out).toMatch(/Takes [\d.]+ s \([\d.]+ s to [\d.]+ s\), stands still/)
      const moved = await novacron('migrate', 'traveller', '--to', host, '--watch', '--yes', '--delete-source-disks').ended
      expect(moved).toMatchObject({ code: 0 })
      expect(moved.out.split('\n').filter(Boolean).at(-1)).toBe('traveller: succeeded')
      expect(moved.out).toContain('verifying')
      await isAt(reached, left)
      const again = await novacron('migrate', 'traveller', '--to', host, '--yes').ended
      expect(again.code).toBe(1)
      expect(again.err).toContain('BLOCKS')
    })

    test('Ctrl-C cancels: it runs on where it was', async () => {
      const { left, reached, there, here } = await ends()
      await engine.reaches(here, guest.uuid, 'running')
      const host = engine.hostOf(there)?.name ?? ''
      const { child, ended } = novacron('migrate', 'traveller', '--to', host, '--watch', '--yes', '--bandwidth', '2M')
      const lines: string[] = []
      child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk.toString()))
      await until('it copies', async () => lines.join('').includes('copying memory'))
      child.kill('SIGINT')
      expect(await ended).toMatchObject({ code: 1, err: expect.stringContaining('traveller: cancelled') })
      await isAt(left, reached)
    })
  })
})

/** The code it is refused with. */
async function refusalOf(asked: Promise<unknown>): Promise<string> {
  const error = await asked.then(() => null, toAppError)
  return error?.code ?? 'accepted'
}
