import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seedImage } from '../../electron/engine/build/seed.ts'
import {
  type ConnectionId,
  cloudInitSchema,
  type EditTime,
  type HardwareEditInput,
  type MachineActionInput,
  type MachineId,
  type TaskId,
} from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { engineFolder, failureOf, TestEngine } from './engine.ts'

/** Runs when a card is plugged into a network, while libvirtd waits: says so, and holds it back as long as the file `hold` is there. */
const HOOK = `#!/bin/sh
[ "$2" = port-created ] || exit 0
echo plugged >> /srv/host/plugged
while [ -e /srv/host/hold ]; do sleep 0.02; done
`

describe.skipIf(!requirePeer('libvirtd').ok)('hardware through the engine', () => {
  let lab: Lab
  let host: LabHost
  let folder: string
  let engine: TestEngine
  let connectionId: ConnectionId
  let guest: LabGuest

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'he' })
    host = lab.host('a')
    await mkdir(join(host.dir, 'etc/libvirt/hooks'), { recursive: true })
    await writeFile(join(host.dir, 'etc/libvirt/hooks/network'), HOOK, { mode: 0o755 })
    await host.restartDaemon()
    guest = await host.defineGuest({ name: 'web', boots: false, diskMiB: 8, vcpus: 2, graphics: { password: 'hush' } })
    const xml = await host.virsh(['dumpxml', '--inactive', '--security-info', guest.uuid])
    const file = join(host.dir, 'web.xml')
    await writeFile(file, xml.replace('</devices>', `${"<controller type='pci' model='pcie-root-port'/>".repeat(4)}</devices>`))
    await host.virsh(['define', file])
    await guest.start()
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    const config = { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile }
    connectionId = (await engine.add('a', config, { remember: true })).id
    await engine.status(connectionId, 'online')
    await engine.reaches(connectionId, guest.uuid, 'running')
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const machineId = (): MachineId => {
    const machine = engine.machine(connectionId, guest.uuid)
    if (!machine) throw new Error('no machine')
    return machine.id
  }
  const view = () => engine.client.hardware.view({ machineId: machineId() })
  async function apply(edit: HardwareEditInput, when: EditTime, more: { token?: string; revision?: string } = {}): Promise<TaskId> {
    const { revision } = await view()
    return (await engine.client.hardware.apply({ machineId: machineId(), edit, when, revision, ...more })).taskId
  }
  const kept = () => host.virsh(['dumpxml', '--inactive', '--security-info', guest.uuid])
  const history = async () => (await engine.client.hardware.history({ machineId: machineId() })).map(({ edit }) => edit)
  const plugged = async () => (await readFile(join(host.dir, 'plugged'), 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  const cards = async () => (await host.virsh(['domiflist', guest.uuid])).split('\n').filter((line) => line.includes(' network ')).length
  const CARD: HardwareEditInput = { edit: 'addNic', nic: { source: { kind: 'network', network: 'default' } } }

  test('memory, a name, and a change from elsewhere leave their versions, and one is taken back', async () => {
    const before = (await view()).keptXml ?? ''
    expect(await engine.ended(await apply({ edit: 'setMemory', memoryKiB: 65_536, maxMemoryKiB: 65_536 }, 'next-start'))).toMatchObject({
      state: 'succeeded',
      target: { id: machineId() },
    })
    const { taskId } = await engine.client.machines.act({ targets: { ids: [machineId()] }, action: { action: 'setMetadata', title: 'T' } })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    await host.virsh(['setvcpus', guest.uuid, '1', '--config'])
    expect((await view()).pending.map(({ field }) => field)).toEqual(['vcpus', 'memoryKiB', 'maxMemoryKiB'])
    expect(await history()).toEqual(['outside', 'setMetadata', 'setMemory'])
    const [, , oldest] = await engine.client.hardware.history({ machineId: machineId() })
    const version = await engine.client.hardware.version({ machineId: machineId(), versionId: oldest?.id ?? '' })
    expect(version.xml).toBe(before)
    expect(version.after).toContain("<memory unit='KiB'>65536")
    expect(JSON.stringify([version, await view()])).not.toContain('hush')
    await engine.ended(await apply({ edit: 'setDefinition', xml: version.xml }, 'next-start'))
    expect((await view()).keptXml).toBe(before)
    expect(await kept()).toContain("passwd='hush'")
    expect((await view()).pending).toEqual([])
  })

  test('an edit of an old view is refused with what is there now; a double click is one', async () => {
    const { revision } = await view()
    await host.virsh(['desc', guest.uuid, '--config', 'changed by somebody else'])
    const failure = await failureOf(apply({ edit: 'setVcpus', vcpus: 1 }, 'next-start', { revision }))
    expect(failure).toMatchObject({ kind: 'conflict', code: 'hardware.changed-meanwhile' })
    expect(failure.details.kept).toContain('changed by somebody else')
    const edit = { edit: 'setVcpus', vcpus: 1 } as const
    const now = (await view()).revision
    const input = { machineId: machineId(), edit, when: 'next-start', revision: now, token: 'click' } as const
    const [one, two] = await Promise.all([engine.client.hardware.apply(input), engine.client.hardware.apply(input)])
    expect(two).toEqual(one)
    expect(await engine.ended(one.taskId)).toMatchObject({ state: 'succeeded' })
    await engine.ended(await apply({ edit: 'setVcpus', vcpus: 2 }, 'next-start'))
  })

  test('a new disk is made, named and plugged in, and what stays is said when it goes', async () => {
    const edit = { edit: 'addDisk', disk: { source: { kind: 'new', pool: 'default', sizeBytes: 8_388_608, format: 'qcow2' } } } as const
    const preview = await engine.client.hardware.preview({ machineId: machineId(), edit })
    expect(preview).toMatchObject({ now: { ok: true }, nextStart: { ok: true } })
    expect(preview.kept?.after).toContain('web-1.qcow2')
    const task = await engine.ended(await apply(edit, 'both'))
    expect(task).toMatchObject({ state: 'succeeded', params: { volume: 'default/web-1.qcow2' } })
    expect(await host.virsh(['domblklist', guest.uuid])).toContain('web-1.qcow2')
    expect(await kept()).toContain('web-1.qcow2')
  })

  test('an engine killed while the host plugs a card in finds it done, and plugs in no second one', async () => {
    await writeFile(join(host.dir, 'hold'), '')
    const before = { cards: await cards(), plugged: await plugged() }
    const taskId = await apply(CARD, 'both')
    await until('libvirtd at work', async () => (await plugged()) === before.plugged + 1)
    await engine.stop('SIGKILL')
    await rm(join(host.dir, 'hold'))
    engine = await TestEngine.start({ folder })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(await cards()).toBe(before.cards + 1)
    expect(await plugged()).toBe(before.plugged + 1)
    expect((await history())[0]).toBe('addNic')
  })

  test('a lost reply is looked up, and nothing is done twice', async () => {
    await engine.status(connectionId, 'online')
    await writeFile(join(host.dir, 'hold'), '')
    const before = { cards: await cards(), plugged: await plugged() }
    const taskId = await apply(CARD, 'both')
    await until('libvirtd at work', async () => (await plugged()) === before.plugged + 1)
    await host.stopSshd()
    await engine.status(connectionId, 'offline')
    await rm(join(host.dir, 'hold'))
    await until('the card in', async () => (await cards()) === before.cards + 1)
    await host.startSshd()
    await engine.client.connections.reconnect({})
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(await cards()).toBe(before.cards + 1)
    expect(await plugged()).toBe(before.plugged + 1)
  })

  test('a drive that the guest has locked is opened by force alone', async () => {
    const { image } = seedImage(cloudInitSchema.parse({ hostname: 'locked', user: { name: 'ada' } }), { instanceId: 'locked', timeMs: 0 })
    await writeFile(join(host.dir, 'locked.iso'), image)
    const locked = await host.defineGuest({ name: 'locked', seed: { path: '/srv/host/locked.iso', as: 'cd' } })
    await locked.start()
    await locked.waitReady()
    const { id } = await engine.reaches(connectionId, locked.uuid, 'running')
    const eject = async (force: boolean) => {
      const { revision } = await engine.client.hardware.view({ machineId: id })
      const edit = { edit: 'setMedia', device: 'disk:sda', media: null, force } as const
      return await engine.ended((await engine.client.hardware.apply({ machineId: id, edit, when: 'now', revision })).taskId)
    }
    expect(await eject(false)).toMatchObject({ state: 'failed', error: { kind: 'precondition', code: 'hardware.tray-locked' } })
    expect(await host.virsh(['domblklist', 'locked'])).toContain('locked.iso')
    expect(await eject(true)).toMatchObject({ state: 'succeeded' })
    expect(await host.virsh(['domblklist', 'locked'])).not.toContain('locked.iso')
  })

  test('a password in a definition is no edit', async () => {
    const xml = await kept()
    const failure = await failureOf(apply({ edit: 'setDefinition', xml }, 'next-start'))
    expect(failure.kind).toBe('invalid-input')
  })

  test('a version of before a renaming is taken back under the new name; the last one of a deleted machine defines it again', async () => {
    const old = await host.defineGuest({ name: 'old', boots: false, vcpus: 1 })
    const { id } = await engine.reaches(connectionId, old.uuid, 'stopped')
    const act = async (action: MachineActionInput) => {
      const { taskId } = await engine.client.machines.act({ targets: { ids: [id] }, action })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    }
    const edit = async (change: HardwareEditInput) => {
      const { revision } = await engine.client.hardware.view({ machineId: id })
      const { taskId } = await engine.client.hardware.apply({ machineId: id, edit: change, when: 'next-start', revision })
      expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    }
    await edit({ edit: 'setVcpus', vcpus: 2, maxVcpus: 2 })
    await act({ action: 'rename', name: 'new' })
    await until('the new name', async () => engine.machine(connectionId, old.uuid)?.name === 'new')
    const versions = await engine.client.hardware.history({ machineId: id })
    expect(versions.map((version) => version.edit)).toEqual(['rename', 'setVcpus'])
    const { xml, back } = await engine.client.hardware.version({ machineId: id, versionId: versions[1]?.id ?? '' })
    expect([back?.was, xml.includes('<name>old</name>')]).toEqual(['old', true])
    await edit({ edit: 'setDefinition', xml: back?.xml ?? '' })
    expect(await host.virsh(['dumpxml', 'new'])).toMatch(/<name>new<\/name>[\s\S]*<vcpu[^>]*>1<\/vcpu>/)
    await act({ action: 'delete', diskKeys: [] })
    await until('it is gone', async () => engine.machine(connectionId, old.uuid) === undefined)
    const [last] = await engine.client.hardware.history({ machineId: id })
    expect(last).toMatchObject({ edit: 'delete', definition: 'kept' })
    const again = await engine.client.hardware.version({ machineId: id, versionId: last?.id ?? '' })
    await writeFile(join(host.dir, 'again.xml'), again.xml)
    await host.virsh(['define', join(host.dir, 'again.xml')])
    expect(await engine.reaches(connectionId, old.uuid, 'stopped')).toMatchObject({ id, name: 'new' })
  })
})
