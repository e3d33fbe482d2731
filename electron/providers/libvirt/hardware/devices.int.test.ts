import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { hardwareEditSchema } from '../../../../shared/model/index.ts'
import type { ProviderPorts } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { connectedBench, failureOf, GUEST_MAC, MIB, newVolume, testMachine } from './testing/bench.ts'

const existing = (volume: string) => ({ kind: 'existing' as const, pool: 'default', volume })
const NO_LIMITS = { totalBytesPerS: null, readBytesPerS: null, writeBytesPerS: null, totalIops: null, readIops: null, writeIops: null }

describe.skipIf(!requirePeer('libvirtd').ok)('devices of machines of a lab host', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a' }], prefix: 'hd' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  test('a disk is plugged into both, limited, resized and refused where it would be lost', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'disks', 'running', { diskMiB: 8 })
    const { ref } = machine
    await newVolume(host, 'second.qcow2', 8)
    await edit(ref, { edit: 'addDisk', disk: { source: existing('second.qcow2'), cache: 'none' } }, 'both')
    const view = await hardware.view(ref, {})
    expect(view.pending).toEqual([])
    for (const definition of [view.running, view.kept]) {
      expect(definition?.disks).toContainEqual(expect.objectContaining({ key: 'disk:vdb', cache: 'none', discard: true, format: 'qcow2' }))
    }
    expect(await preview(ref, { edit: 'addDisk', disk: { source: existing('second.qcow2') } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.volume-own' } },
    })
    await edit(ref, { edit: 'changeDisk', device: 'disk:vdb', limits: { ...NO_LIMITS, totalIops: 100, readBytesPerS: MIB } }, 'both')
    expect(await host.virsh(['blkdeviotune', machine.name, 'vdb'])).toMatch(/total_iops_sec\s*:\s*100/)
    expect(await machine.kept()).toContain('<read_bytes_sec>1048576</read_bytes_sec>')
    await edit(ref, { edit: 'changeDisk', device: 'disk:vdb', limits: NO_LIMITS }, 'both')
    expect(await machine.kept()).not.toContain('<read_bytes_sec>')
    expect(await preview(ref, { edit: 'changeDisk', device: 'disk:vdb', cache: 'writeback' })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.next-start-only' } },
      nextStart: { ok: true },
    })
    await edit(ref, { edit: 'changeDisk', device: 'disk:vdb', cache: 'writeback', bus: 'scsi' }, 'next-start')
    expect(await machine.kept()).toMatch(/cache='writeback'[\s\S]*<target dev='sdb' bus='scsi'\/>/)
    await edit(ref, { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 16 * MIB }, 'now')
    expect(await host.virsh(['domblkinfo', machine.name, 'vda'])).toMatch(/Capacity:\s+16777216/)
    expect(await failureOf(edit(ref, { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 8 * MIB }, 'now'))).toMatchObject({
      kind: 'precondition',
      code: 'hardware.cannot-shrink',
    })
  })

  test('a volume of another machine, a bus that takes nothing, a volume that is not there', async () => {
    const { edit, preview } = await connectedBench(host, ports)
    await testMachine(host, 'owner', 'stopped', { diskMiB: 8 })
    const { ref } = await testMachine(host, 'other', 'running')
    const owned = { edit: 'addDisk' as const, disk: { source: existing('owner.qcow2') } }
    expect(await preview(ref, owned)).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.volume-in-use', params: { machines: 'owner' } } },
    })
    expect(await failureOf(edit(ref, owned, 'both'))).toMatchObject({ code: 'hardware.volume-in-use' })
    const xml = `<disk type='file' device='disk'><source file='/var/lib/libvirt/images/owner.qcow2'/><target dev='vdx' bus='virtio'/></disk>`
    expect(await preview(ref, { edit: 'addDevice', xml })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.volume-in-use' } },
    })
    expect(await preview(ref, { edit: 'addDevice', xml: xml.replace('owner', 'new').replace('vdx', 'sda') })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.device-taken' } },
    })
    const made = { kind: 'new' as const, pool: 'default', sizeBytes: MIB, format: 'qcow2' as const }
    expect(await preview(ref, { edit: 'addDisk', disk: { source: made }, name: 'owner.qcow2' })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.name-taken' } },
    })
    expect(await preview(ref, { edit: 'addDisk', disk: { source: made }, name: 'made.qcow2' })).toMatchObject({
      nextStart: { ok: true },
      kept: { after: expect.stringContaining('/images/made.qcow2') },
    })
    const shared = xml.replace('<target', '<shareable/><target')
    expect(await preview(ref, { edit: 'addDevice', xml: shared })).toMatchObject({ nextStart: { ok: true } })
    await newVolume(host, 'free.qcow2', 8)
    expect(await preview(ref, { edit: 'addDisk', disk: { source: existing('free.qcow2'), bus: 'sata' } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.bus-not-hot-pluggable' } },
      nextStart: { ok: true },
    })
    expect(await preview(ref, { edit: 'addDisk', disk: { source: existing('free.qcow2'), bus: 'ide' } })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.bus-not-offered' } },
    })
    expect(await preview(ref, { edit: 'addDisk', disk: { source: existing('nowhere') } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.volume-missing' } },
    })
  })

  test('a SCSI disk brings its controller along, in whichever definition has none', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'noscsi', 'running', { noScsi: true })
    await newVolume(host, 'scsi.qcow2', 8)
    const disk = { source: existing('scsi.qcow2'), bus: 'scsi' as const }
    expect((await preview(machine.ref, { edit: 'addDisk', disk })).kept?.after).toContain("model='virtio-scsi'")
    await edit(machine.ref, { edit: 'addDisk', disk }, 'both')
    for (const xml of [await machine.running(), await machine.kept()]) {
      expect(xml).toMatch(/<controller type='scsi' index='0' model='virtio-scsi'>/)
      expect(xml).toContain("<target dev='sdb' bus='scsi'/>")
    }
    expect((await hardware.view(machine.ref, {})).pending).toEqual([])
  })

  test('an edit of which some fields can count now is split: these in both definitions, the others in the kept one', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'split', 'running')
    const change = { edit: 'changeNic' as const, device: `nic:${GUEST_MAC}`, linkUp: false, model: 'e1000e' as const }
    const { now, split, running } = await preview(machine.ref, change)
    expect([now.ok, running]).toEqual([false, null])
    expect(split).toMatchObject({ now: ['nic.linkUp'], rest: [{ field: 'nic.model', reason: { code: 'hardware.next-start-only' } }] })
    expect(split?.running?.after).toContain("<link state='down'/>")
    expect(split?.running?.after).not.toContain('e1000e')
    const { revision } = await hardware.view(machine.ref, {})
    const parsed = hardwareEditSchema.parse(change)
    expect(await hardware.probe(machine.ref, parsed, 'split', revision, {})).toBe('not-done')
    await hardware.apply(machine.ref, parsed, 'split', revision, {})
    expect(await hardware.probe(machine.ref, parsed, 'split', revision, {})).toBe('done')
    expect(await host.virsh(['domif-getlink', 'split', GUEST_MAC])).toContain('down')
    expect(await machine.running()).toContain("<model type='virtio'/>")
    expect(await machine.kept()).toMatch(/<model type='e1000e'\/>[\s\S]*<link state='down'\/>/)
    expect((await hardware.view(machine.ref, {})).pending).toMatchObject([{ field: 'nic.model', running: 'virtio', kept: 'e1000e' }])
    const all = { edit: 'changeNic' as const, device: `nic:${GUEST_MAC}`, model: 'rtl8139' as const }
    expect((await preview(machine.ref, all)).split).toBeNull()
    expect(await failureOf(edit(machine.ref, all, 'split'))).toMatchObject({ code: 'hardware.next-start-only' })
  })

  test('a card is added, unplugged from its cable, moved, limited and taken away', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'cards', 'running')
    const { ref } = machine
    const mac = '52:54:00:aa:00:02'
    await edit(ref, { edit: 'addNic', nic: { source: { kind: 'network', network: 'default' }, mac } }, 'both')
    expect((await hardware.view(ref, {})).pending).toEqual([])
    expect(await host.virsh(['domiflist', machine.name])).toContain(mac)
    await edit(ref, { edit: 'changeNic', device: `nic:${GUEST_MAC}`, linkUp: false }, 'both')
    expect(await host.virsh(['domif-getlink', machine.name, GUEST_MAC])).toContain('down')
    expect(await machine.kept()).toContain("<link state='down'/>")
    await edit(ref, { edit: 'changeNic', device: `nic:${GUEST_MAC}`, linkUp: true }, 'now')
    expect(await host.virsh(['domif-getlink', machine.name, GUEST_MAC])).toContain('up')
    expect((await hardware.view(ref, {})).pending).toMatchObject([{ field: 'nic.linkUp', running: 'true', kept: 'false' }])
    await edit(ref, { edit: 'changeNic', device: `nic:${mac}`, source: { kind: 'bridge', bridge: 'br0' } }, 'both')
    expect(await host.virsh(['domiflist', machine.name])).toMatch(new RegExp(`bridge\\s+br0\\s+virtio\\s+${mac}`))
    expect(await preview(ref, { edit: 'changeNic', device: `nic:${mac}`, model: 'e1000e' })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.next-start-only' } },
      nextStart: { ok: true },
    })
    await edit(
      ref,
      {
        edit: 'changeNic',
        device: `nic:${mac}`,
        limits: { inbound: { averageKiBPerS: 100, peakKiBPerS: null, burstKiB: null }, outbound: null },
      },
      'next-start',
    )
    expect(await machine.kept()).toContain("<inbound average='100'/>")
    expect(await preview(ref, { edit: 'changeNic', device: `nic:${mac}`, filter: 'no-such-filter' })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.filter-missing' } },
    })
    await edit(ref, { edit: 'removeDevice', device: `nic:${mac}` }, 'next-start')
    expect(await machine.kept()).not.toContain(mac)
    expect(await preview(ref, { edit: 'addNic', nic: { source: { kind: 'network', network: 'none' } } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.network-missing' } },
    })
    expect(await preview(ref, { edit: 'addNic', nic: { source: { kind: 'network', network: 'default' }, mac: GUEST_MAC } })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.mac-taken' } },
    })
  })

  test('a medium is put in and taken out, now and in the kept definition', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'drives', 'running')
    const { ref } = machine
    await newVolume(host, 'cd.iso', 2, 'raw')
    await edit(ref, { edit: 'setMedia', device: 'disk:sda', media: { pool: 'default', volume: 'cd.iso' } }, 'both')
    expect(await host.virsh(['domblklist', machine.name])).toContain('/cd.iso')
    expect(await host.virsh(['domblklist', '--inactive', machine.name])).toContain('/cd.iso')
    await edit(ref, { edit: 'setMedia', device: 'disk:sda', media: null }, 'now')
    expect((await hardware.view(ref, {})).pending).toMatchObject([{ device: 'disk:sda', field: 'disk.source', running: null }])
    await edit(ref, { edit: 'addDrive', bus: 'sata', media: { pool: 'default', volume: 'cd.iso' } }, 'next-start')
    expect(await machine.kept()).toContain("<target dev='sdb' bus='sata'/>")
    expect(await preview(ref, { edit: 'addDrive', bus: 'scsi', media: null })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.drive-not-hot-pluggable' } },
    })
    expect(await preview(ref, { edit: 'setMedia', device: 'nic:x', media: null })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.no-such-device' } },
    })
  })

  test('each edit of what only the next start reads, of a machine that is off', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'off', 'stopped', { diskMiB: 8 })
    const { ref } = machine
    expect(await preview(ref, { edit: 'setVcpus', vcpus: 2 })).toMatchObject({
      now: { ok: false, reason: { code: 'hardware.machine-off' } },
      running: null,
    })
    await edit(ref, { edit: 'setBoot', order: ['disk:sda', `nic:${GUEST_MAC}`], menu: true }, 'next-start')
    expect((await hardware.view(ref, {})).kept?.boot).toEqual({ order: ['disk:sda', `nic:${GUEST_MAC}`], menu: true })
    await edit(ref, { edit: 'setBoot', order: ['disk:vda'], menu: false }, 'next-start')
    expect((await hardware.view(ref, {})).kept?.boot).toEqual({ order: ['disk:vda'], menu: false })
    const topology = { sockets: 1, cores: 2, threads: 1 }
    await edit(ref, { edit: 'setCpu', cpu: { vcpus: 2, mode: 'custom', model: 'qemu64', topology } }, 'next-start')
    expect((await hardware.view(ref, {})).kept).toMatchObject({ maxVcpus: 2, cpu: { mode: 'custom', model: 'qemu64', topology } })
    await edit(
      ref,
      {
        edit: 'setPinning',
        vcpus: [
          { vcpu: 0, cpus: '0' },
          { vcpu: 1, cpus: '1' },
        ],
        emulator: '1',
      },
      'next-start',
    )
    expect((await hardware.view(ref, {})).kept?.pinning).toEqual({
      vcpus: [
        { vcpu: 0, cpus: '0' },
        { vcpu: 1, cpus: '1' },
      ],
      emulator: '1',
    })
    await edit(ref, { edit: 'setPinning', vcpus: [{ vcpu: 1, cpus: null }], emulator: null }, 'next-start')
    expect((await hardware.view(ref, {})).kept?.pinning).toEqual({ vcpus: [{ vcpu: 0, cpus: '0' }], emulator: null })
    await edit(ref, { edit: 'setNuma', mode: 'strict', nodes: '0' }, 'next-start')
    await edit(ref, { edit: 'setTune', cpuShares: 512, cpuQuotaPercent: 50, memoryHardLimitKiB: 524_288, ioWeight: 200 }, 'next-start')
    expect((await hardware.view(ref, {})).kept).toMatchObject({
      numa: { mode: 'strict', nodes: '0' },
      tune: { cpuShares: 512, cpuQuotaPercent: 50, memoryHardLimitKiB: 524_288, memorySoftLimitKiB: null, ioWeight: 200 },
    })
    await edit(ref, { edit: 'setTune', cpuShares: null, cpuQuotaPercent: null, memoryHardLimitKiB: null, ioWeight: null }, 'next-start')
    await edit(ref, { edit: 'setNuma', mode: 'strict', nodes: null }, 'next-start')
    const plain = await hardware.view(ref, {})
    expect(plain.kept?.numa).toBeNull()
    expect(plain.keptXml).not.toMatch(/memtune|blkiotune|numatune|shares/)
    await edit(ref, { edit: 'resizeDisk', device: 'disk:vda', capacityBytes: 16 * MIB }, 'next-start')
    expect(await host.virsh(['vol-info', 'off.qcow2', 'default'])).toContain('16.00 MiB')
    await edit(ref, { edit: 'addDevice', xml: "<watchdog model='i6300esb' action='reset'/>" }, 'next-start')
    await edit(ref, { edit: 'changeDevice', device: 'watchdog:', xml: "<watchdog model='i6300esb' action='poweroff'/>" }, 'next-start')
    expect(await machine.kept()).toContain("<watchdog model='i6300esb' action='poweroff'>")
    await edit(ref, { edit: 'removeDevice', device: 'watchdog:' }, 'next-start')
    expect(await machine.kept()).not.toContain('i6300esb')
    expect(await machine.kept()).toContain("passwd='hush'")
    expect(await preview(ref, { edit: 'addDevice', xml: '<watchdog' })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.xml-invalid' } },
    })
    expect(await preview(ref, { edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: '900' }] })).toMatchObject({
      nextStart: { ok: false, reason: { code: 'hardware.no-such-cpu' } },
    })
    await host.virsh(['start', machine.name])
    expect((await hardware.view(ref, {})).pending).toEqual([])
  })

  test('a transient machine is changed while it runs, and nothing of it is kept', async () => {
    const { hardware, edit, preview } = await connectedBench(host, ports)
    const machine = await testMachine(host, 'passing', 'transient')
    await newVolume(host, 'passing-2.qcow2', 8)
    const { ref } = machine
    expect(await preview(ref, { edit: 'setVcpus', vcpus: 2 })).toMatchObject({
      now: { ok: true },
      nextStart: { ok: false, reason: { code: 'hardware.transient' } },
      kept: null,
    })
    await edit(ref, { edit: 'setVcpus', vcpus: 2 }, 'now')
    await edit(ref, { edit: 'addDisk', disk: { source: existing('passing-2.qcow2') } }, 'now')
    expect(await host.virsh(['domblklist', machine.name])).toContain('passing-2.qcow2')
    expect(await failureOf(edit(ref, { edit: 'setVcpus', vcpus: 2 }, 'both'))).toMatchObject({ code: 'hardware.transient' })
    expect(await hardware.view(ref, {})).toMatchObject({ kept: null, keptXml: null, pending: [], running: { vcpus: 2 } })
  })
})
