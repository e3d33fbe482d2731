import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, MigrationMend, MigrationSpecInput, Task } from '../../shared/model/index.ts'
import { type Lab, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { failureOf, TestEngine } from './engine.ts'
import { folderKnowing, linked } from './lab-links.ts'

const MAC = '52:54:00:6d:65:01'
const poolXml = '<pool type="dir"><name>vmstore</name><target><path>/srv/host/vmstore</path></target></pool>'
const networkXml = (name: string, subnet: string) =>
  `<network><name>${name}</name><domain name='${name}.test'/><ip address='${subnet}.1' netmask='255.255.255.0'/></network>`

/** A machine in its firmware, which takes no processor time, with what the target lacks in one way each. */
const machineXml = (name: string, devices: string) => `<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><cpu mode='custom' match='exact'><model>qemu64</model></cpu>
<devices><controller type='usb' model='none'/>${devices}</devices></domain>`
const DEVICES = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/srv/host/vmstore/db.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/srv/host/tools.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
<interface type='network'><mac address='${MAC}'/><source network='office'/><model type='virtio'/></interface>`

describe.skipIf(!requirePeer('libvirtd').ok)('what a pre-flight finds is mended with a click', () => {
  let lab: Lab
  let a: LabHost
  let b: LabHost
  let engine: TestEngine
  let from: ConnectionId
  let to: ConnectionId

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', 'b'], prefix: 'hn' })
    a = lab.host('a')
    b = lab.host('b')
    await mkdir(join(a.dir, 'vmstore'))
    await writeFile(join(a.dir, 'tools.iso'), new Uint8Array(2_048 * 64))
    await define(a, 'pool', poolXml)
    await a.virsh(['pool-start', 'vmstore'])
    await a.virsh(['vol-create-as', 'vmstore', 'db.qcow2', '16M', '--format', 'qcow2'])
    for (const host of [a, b]) await define(host, 'net', networkXml('office', '10.77.1'))
    await a.virsh(['net-start', 'office'])
    await define(a, 'net', networkXml('branch', '10.77.2'))
    await a.virsh(['net-start', 'branch'])
    await define(a, '', machineXml('db', DEVICES))
    await define(a, '', machineXml('spare', "<interface type='network'><source network='branch'/></interface>"))
    await a.virsh(['start', 'db'])
    engine = await TestEngine.start({ folder: await folderKnowing(a) })
    ;[from, to] = await linked(engine, [a, b])
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function define(host: LabHost, what: 'pool' | 'net' | '', xml: string): Promise<void> {
    const file = join(host.dir, 'define.xml')
    await writeFile(file, xml)
    await host.virsh([what === '' ? 'define' : `${what}-define`, file])
  }

  async function wishOf(name: string): Promise<MigrationSpecInput> {
    const machine = await until(name, async () => engine.machines(from).find((each) => each.name === name))
    const target = await until('the target', async () => engine.hostOf(to))
    return { machineId: machine.id, targetHostId: target.id, mode: 'live', sourceDisks: 'delete' }
  }

  const found = async (spec: MigrationSpecInput) => (await engine.client.migrations.preflight({ spec })).findings
  const blocking = async (spec: MigrationSpecInput) =>
    (await found(spec)).filter(({ severity }) => severity === 'blocks').map(({ id, mends }) => [id, mends.map(({ mend }) => mend.mend)])
  const mended = async ({ machineId, targetHostId }: MigrationSpecInput) =>
    (await engine.client.migrations.mended({ machineId, targetHostId })).map(({ mend, undoable }) => [mend.mend, undoable])

  async function click(spec: MigrationSpecInput, one: MigrationMend): Promise<Task> {
    // a double click is one click
    const token = crypto.randomUUID()
    const [first, second] = await Promise.all([
      engine.client.migrations.mend({ spec, mend: one, token }),
      engine.client.migrations.mend({ spec, mend: one, token }),
    ])
    expect(second).toEqual(first)
    return await engine.ended(first.taskId)
  }

  test('three problems: a pool that is missing, a network that is off, an ISO in the drive', async () => {
    const spec = await wishOf('db')
    expect(await blocking(spec)).toEqual([
      ['pool-missing:vmstore', ['create-pool', 'spec']],
      ['media-missing:sda', ['eject-media']],
      [`network-off:${MAC}`, ['start-network', 'spec']],
    ])
    expect(await failureOf(engine.client.migrations.start({ specs: [spec], acceptsWarnings: true }))).toMatchObject({
      kind: 'precondition',
      code: 'migration.blocked',
    })
    expect(await mended(spec)).toEqual([])

    expect(await click(spec, { mend: 'create-pool', pool: 'vmstore' })).toMatchObject({ state: 'succeeded', undoable: true })
    expect(await click(spec, { mend: 'start-network', network: 'office' })).toMatchObject({ state: 'succeeded', undoable: true })
    expect(await blocking(spec)).toEqual([['media-missing:sda', ['eject-media']]])
    expect(await mended(spec)).toEqual([
      ['start-network', true],
      ['create-pool', true],
    ])
    expect(await b.virsh(['pool-dumpxml', 'vmstore'])).toContain('<path>/srv/host/vmstore</path>')

    expect(await click(spec, { mend: 'eject-media', target: 'sda' })).toMatchObject({ state: 'succeeded' })
    expect((await found(spec)).filter(({ severity }) => severity === 'blocks')).toEqual([])
    for (const flag of [[], ['--inactive']]) expect(await a.virsh(['dumpxml', 'db', ...flag])).not.toContain('tools.iso')
  })

  test('what was mended is taken back, is found again, and mended again', async () => {
    const spec = await wishOf('db')
    const start = await until('what was mended', async () => {
      const all = await engine.client.migrations.mended(spec)
      return all.find((each) => each.mend.mend === 'start-network')
    })
    const { taskId } = await engine.client.tasks.undo({ taskId: start.taskId })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(await blocking(spec)).toEqual([[`network-off:${MAC}`, ['start-network', 'spec']]])
    expect(await mended(spec)).toEqual([
      ['eject-media', false],
      ['create-pool', true],
    ])
    expect(await click(spec, { mend: 'start-network', network: 'office' })).toMatchObject({ state: 'succeeded' })
  })

  test('then it moves, and has all of it there', async () => {
    const { taskId } = await engine.client.migrations.start({ specs: [await wishOf('db')], acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    const xml = await b.virsh(['dumpxml', 'db'])
    expect(xml).toContain("file='/srv/host/vmstore/db.qcow2'")
    expect(await b.virsh(['vol-list', 'vmstore'])).toContain('db.qcow2')
    expect(await failureOf(a.virsh(['domstate', 'db']))).toBeDefined()
  })

  test('a firewall between the hosts shows when it is measured, and is told as it was met', async () => {
    const machine = await until('db at the target', async () => engine.machines(to).find(({ name }) => name === 'db'))
    const back = await until('the source', async () => engine.hostOf(from))
    const spec: MigrationSpecInput = { machineId: machine.id, targetHostId: back.id, mode: 'live' }
    const way = async () =>
      (await found(spec)).flatMap(({ check, id, severity }) => (check === 'ports' || check === 'bandwidth' ? [`${severity} ${id}`] : []))
    expect(await way()).toEqual(['unknown ports-unknown', 'unknown bandwidth-unknown'])
    const rule = 'INPUT -p tcp --dport 49152:49215 -j REJECT --reject-with tcp-reset'
    await a.exec(`iptables -I ${rule}`)
    await engine.client.migrations.measure(spec)
    expect(await way()).toEqual(['blocks ports-closed', 'unknown bandwidth-unknown'])
    expect((await found(spec)).find(({ id }) => id === 'ports-closed')?.facts).toMatch(/Connection refused/)
    await a.exec(`iptables -D ${rule}`)
    await engine.client.migrations.measure(spec)
    expect(await way()).toEqual(['passed ports-open', 'passed bandwidth-known'])
  })

  test('clocks an hour apart: the host’s time service sets its clock', async () => {
    const machine = await until('db at the target', async () => engine.machines(to).find(({ name }) => name === 'db'))
    const back = await until('the source', async () => engine.hostOf(from))
    const spec: MigrationSpecInput = { machineId: machine.id, targetHostId: back.id, mode: 'live' }
    // hosts of the lab share one clock and have no systemd: this one has a clock and a time service of its own
    const programs = Object.entries({
      date: '[ -e /srv/host/clock-set ] && exec /bin/date "$@"; exec /bin/date -d "1 hour" "$@"',
      systemctl: '[ "$2" = chronyd ] || exit 1; [ "$1" != is-active ] || echo active',
      chronyc: 'touch /srv/host/clock-set',
    })
    await mkdir(join(a.dir, 'programs'))
    for (const [name, text] of programs) await writeFile(join(a.dir, 'programs', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
    await a.exec('mount --bind /srv/host/programs /usr/local/sbin')
    const clock = async () => (await found(spec)).find(({ check }) => check === 'clock')
    expect(await clock()).toMatchObject({
      severity: 'warns',
      reason: { code: 'migration.finding.clocks-apart', params: { by: '1 h', ahead: 'a', host: 'a' } },
      mends: [{ mend: { mend: 'set-clock', side: 'target' } }],
    })
    expect(await click(spec, { mend: 'set-clock', side: 'target' })).toMatchObject({ kind: 'host.setClock', state: 'succeeded' })
    expect(await clock()).toMatchObject({ severity: 'passed', id: 'clocks-agree' })
    await a.exec('umount /usr/local/sbin')
  })

  test('a network is made like the source’s, and the machine that is off moves to it', async () => {
    const spec: MigrationSpecInput = { ...(await wishOf('spare')), mode: 'cold' }
    const [[id, offered] = []] = await blocking(spec)
    expect(id).toMatch(/^network-missing:/)
    expect(offered).toEqual(['create-network', 'spec', 'spec'])
    expect(await click(spec, { mend: 'create-network', network: 'branch' })).toMatchObject({ state: 'succeeded', undoable: true })
    expect(await b.virsh(['net-dumpxml', 'branch'])).toMatch(
      /domain name='branch.test'[\s\S]*address='10\.77\.2\.1' (netmask='255\.255\.255\.0'|prefix='24')/,
    )
    expect(await blocking(spec)).toEqual([])
    const { taskId } = await engine.client.migrations.start({ specs: [spec], acceptsWarnings: true })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect((await b.virsh(['domstate', 'spare'])).trim()).toBe('shut off')
  })

  test('what does not fit is told by name, and a wish that goes round it is offered', async () => {
    const uuid = crypto.randomUUID()
    const named = (name: string) => machineXml(name, '').replace('<memory', `<uuid>${uuid}</uuid><memory`)
    await define(b, '', named('twin'))
    await define(b, '', machineXml('odd', ''))
    for (const host of [a, b]) await host.virsh(['vol-create-as', 'default', 'odd.qcow2', '1M', '--format', 'qcow2'])
    await writeFile(join(b.dir, 'etc/hosts'), '127.0.0.1 localhost\n203.0.113.9 b\n')
    const devices = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/odd.qcow2'/>
<target dev='vda' bus='virtio'/></disk><interface type='bridge'><mac address='${MAC}'/><source bridge='br-none'/></interface>
<graphics type='vnc' listen='${a.address}'/>`
    await define(a, '', named('odd').replace('</devices>', `${devices}</devices>`))
    await a.virsh(['snapshot-create-as', 'odd', 'before'])
    const spec: MigrationSpecInput = { ...(await wishOf('odd')), mode: 'cold' }
    const findings = await found(spec)
    expect(findings.flatMap(({ id, severity }) => (severity === 'blocks' || severity === 'warns' ? [`${severity} ${id}`] : []))).toEqual([
      'blocks uuid-taken',
      'blocks name-taken',
      'blocks volume-taken:default/odd.qcow2',
      `blocks bridge-missing:${MAC}`,
      `warns display-address:${a.address}`,
      'warns name-elsewhere:b',
    ])
    expect(findings.find(({ id }) => id === 'snapshots-go')).toMatchObject({ severity: 'passed' })
    expect(findings.find(({ id }) => id === 'name-elsewhere:b')?.reason.text).toContain('203.0.113.9')
    const round = findings.flatMap(({ mends }) => mends.flatMap(({ mend }) => (mend.mend === 'spec' ? [mend.set] : [])))
    const wish = { ...spec, ...Object.assign({}, ...round) } as MigrationSpecInput
    expect(wish).toMatchObject({ rename: 'odd-2', disks: [{ volume: 'odd-2.qcow2' }], nics: [{ on: { kind: 'network' } }] })
    expect((await blocking(wish)).map(([id]) => id)).toEqual(['uuid-taken'])
    expect((await found({ ...spec, targetHostId: engine.hostOf(from)?.id ?? spec.targetHostId })).map(({ id }) => id)).toEqual([
      'same-host',
    ])
  })

  test('a mend that fits no more, or changes the wish alone, is refused in words', async () => {
    const machine = await until('spare at the target', async () => engine.machines(to).find(({ name }) => name === 'spare'))
    const back = await until('the source', async () => engine.hostOf(from))
    const spec: MigrationSpecInput = { machineId: machine.id, targetHostId: back.id, mode: 'cold' }
    expect(await failureOf(engine.client.migrations.mend({ spec, mend: { mend: 'start-pool', pool: 'nowhere' } }))).toMatchObject({
      kind: 'not-found',
      code: 'migration.mend-gone',
      details: { name: 'nowhere' },
    })
    expect(await failureOf(engine.client.migrations.mend({ spec, mend: { mend: 'spec', set: { postCopy: true } } }))).toMatchObject({
      kind: 'invalid-input',
      code: 'migration.mend-is-wish',
    })
    const clock = await engine.ended((await engine.client.migrations.mend({ spec, mend: { mend: 'set-clock', side: 'target' } })).taskId)
    expect(clock).toMatchObject({ kind: 'host.setClock', state: 'failed', error: { code: 'migration.no-time-service' } })
  })
})
