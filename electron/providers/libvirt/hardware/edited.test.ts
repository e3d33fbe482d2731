import { expect, test } from 'vitest'
import { type HardwareEditInput, hardwareEditSchema } from '../../../../shared/model/index.ts'
import type { EditFacts } from './edit-facts.ts'
import { edited } from './edited.ts'
import { readEditable } from './read-editable.ts'

const NO_FACTS: EditFacts = { file: null, hostDevice: null, targets: ['vda', 'sda'], hostCpus: 4 }
const XML = `<domain type='kvm'>
  <name>web</name>
  <uuid>1f0c3e8e-0000-4000-8000-000000000001</uuid>
  <metadata>
    <other:thing xmlns:other="urn:other"><![CDATA[<vcpu>9</vcpu>]]></other:thing>
  </metadata>
  <memory unit='KiB'>2097152</memory>
  <currentMemory unit='KiB'>1048576</currentMemory>
  <vcpu placement='static' current='2'>4</vcpu>
  <cputune>
    <vcpupin vcpu='3' cpuset='3'/>
  </cputune>
  <os>
    <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
    <boot dev='hd'/>
  </os>
  <cpu mode='custom' match='exact'>
    <model fallback='forbid'>Skylake-Client</model>
    <topology sockets='2' cores='2' threads='1'/>
    <numa><cell id='0' cpus='0-3' memory='2097152' unit='KiB'/></numa>
  </cpu>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2'/>
      <source file='/var/a.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <unknown-to-us deep='yes'/>
    </disk>
    <disk type='file' device='cdrom'>
      <target dev='sda' bus='sata'/>
      <readonly/>
    </disk>
    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
      <model type='virtio'/>
    </interface>
  </devices>
</domain>
`

function after(input: HardwareEditInput, facts: Partial<EditFacts> = {}): string {
  return edited(XML, hardwareEditSchema.parse(input), { ...NO_FACTS, ...facts })
}

/** The lines that are not in both, in order. */
function changes(text: string): { readonly gone: readonly string[]; readonly come: readonly string[] } {
  const [before, now] = [XML.split('\n'), text.split('\n')]
  return { gone: before.filter((line) => !now.includes(line)), come: now.filter((line) => !before.includes(line)) }
}

test('the number of vCPUs is one attribute; a new maximum fits topology and pins', () => {
  expect(changes(after({ edit: 'setVcpus', vcpus: 3 }))).toEqual({
    gone: ["  <vcpu placement='static' current='2'>4</vcpu>"],
    come: ["  <vcpu placement='static' current='3'>4</vcpu>"],
  })
  const fewer = after({ edit: 'setVcpus', vcpus: 2, maxVcpus: 2 })
  expect(readEditable(fewer)).toMatchObject({ vcpus: 2, maxVcpus: 2, cpu: { topology: { sockets: 1, cores: 2, threads: 1 } } })
  expect(fewer).not.toContain('vcpupin')
  expect(fewer).toContain('<![CDATA[<vcpu>9</vcpu>]]>')
})

test('memory, and its maximum where that is named', () => {
  expect(changes(after({ edit: 'setMemory', memoryKiB: 524_288 }))).toEqual({
    gone: ["  <currentMemory unit='KiB'>1048576</currentMemory>"],
    come: ["  <currentMemory unit='KiB'>524288</currentMemory>"],
  })
  expect(readEditable(after({ edit: 'setMemory', memoryKiB: 4_194_304, maxMemoryKiB: 4_194_304 }))).toMatchObject({
    memoryKiB: 4_194_304,
    maxMemoryKiB: 4_194_304,
  })
})

test('another processor keeps the cells of the old one', () => {
  const next = after({ edit: 'setCpu', cpu: { vcpus: 4, mode: 'host-model', topology: { sockets: 1, cores: 4, threads: 1 } } })
  expect(next).toContain("<numa><cell id='0' cpus='0-3' memory='2097152' unit='KiB'/></numa>")
  expect(readEditable(next)).toMatchObject({ vcpus: 2, maxVcpus: 4, cpu: { mode: 'host-model', topology: { cores: 4 } } })
})

test('an order of devices takes the place of classes', () => {
  const next = after({ edit: 'setBoot', order: ['nic:52:54:00:00:00:01', 'disk:vda'], menu: true })
  expect(changes(next)).toEqual({
    gone: ["    <boot dev='hd'/>"],
    come: ["    <bootmenu enable='yes'/>", "      <boot order='2'/>", "      <boot order='1'/>"],
  })
  const back = edited(next, hardwareEditSchema.parse({ edit: 'setBoot', order: ['disk:sda'], menu: false }), NO_FACTS)
  expect(readEditable(back).boot).toEqual({ order: ['disk:sda'], menu: false })
  expect(back.match(/<boot order/g)).toHaveLength(1)
})

test('pins are added, replaced and taken away one by one', () => {
  const next = after({ edit: 'setPinning', vcpus: [{ vcpu: 0, cpus: '0-1' }], emulator: '2' })
  expect(readEditable(next).pinning).toEqual({
    vcpus: [
      { vcpu: 0, cpus: '0-1' },
      { vcpu: 3, cpus: '3' },
    ],
    emulator: '2',
  })
  const none = edited(XML, hardwareEditSchema.parse({ edit: 'setPinning', vcpus: [{ vcpu: 3, cpus: null }] }), NO_FACTS)
  expect(changes(none)).toEqual({ gone: ['  <cputune>', "    <vcpupin vcpu='3' cpuset='3'/>", '  </cputune>'], come: [] })
})

test('limits are set, and what is null goes', () => {
  const tuned = after({ edit: 'setTune', cpuQuotaPercent: 50, memoryHardLimitKiB: 4_194_304, ioWeight: 200 })
  expect(readEditable(tuned).tune).toEqual({
    cpuShares: null,
    cpuQuotaPercent: 50,
    memoryHardLimitKiB: 4_194_304,
    memorySoftLimitKiB: null,
    ioWeight: 200,
  })
  const edit = hardwareEditSchema.parse({ edit: 'setTune', cpuQuotaPercent: null, memoryHardLimitKiB: null, ioWeight: null })
  expect(edited(tuned, edit, NO_FACTS)).toBe(XML)
})

test('a disk is added behind the others, under a free name', () => {
  const file = { source: { kind: 'file', path: '/var/b & c.qcow2' }, format: 'qcow2' } as const
  const next = after({ edit: 'addDisk', disk: { source: { kind: 'existing', pool: 'p', volume: 'b' } }, readOnly: true }, { file })
  expect(changes(next).gone).toEqual([])
  expect(readEditable(next).disks.map(({ key, source, readOnly }) => [key, source, readOnly])).toEqual([
    ['disk:vda', '/var/a.qcow2', false],
    ['disk:sda', null, true],
    ['disk:vdb', '/var/b & c.qcow2', true],
  ])
})

test('what this program does not know of a device stays when something of it changes', () => {
  const next = after({ edit: 'changeDisk', device: 'disk:vda', cache: 'none', discard: true, shareable: true })
  expect(next).toContain("<unknown-to-us deep='yes'/>")
  expect(readEditable(next).disks[0]).toMatchObject({ cache: 'none', discard: true, shareable: true, bus: 'virtio' })
  expect(readEditable(after({ edit: 'changeDisk', device: 'disk:vda', bus: 'scsi' })).disks[0]).toMatchObject({
    target: 'sdb',
    bus: 'scsi',
  })
})

test('a medium goes in and out', () => {
  const file = { source: { kind: 'file', path: '/var/cd.iso' }, format: 'qcow2' } as const
  const media = { path: '/var/cd.iso' }
  const full = after({ edit: 'setMedia', device: 'disk:sda', media }, { file })
  expect(readEditable(full).disks[1]).toMatchObject({ source: '/var/cd.iso', format: 'raw' })
  const empty = edited(full, hardwareEditSchema.parse({ edit: 'setMedia', device: 'disk:sda', media: null }), NO_FACTS)
  expect(readEditable(empty).disks[1]?.source).toBeNull()
})

test('a card: its cable, where it leads, its filter and its limits', () => {
  const device = 'nic:52:54:00:00:00:01'
  const rate = { averageKiBPerS: 100, peakKiBPerS: 200, burstKiB: null }
  const next = after({
    edit: 'changeNic',
    device,
    linkUp: false,
    filter: 'f',
    limits: { inbound: rate },
    source: { kind: 'bridge', bridge: 'br0' },
  })
  expect(readEditable(next).nics).toMatchObject([
    { key: device, kind: 'bridge', source: 'br0', linkUp: false, filter: 'f', limits: { inbound: rate, outbound: null } },
  ])
})

test('a device by its XML, changed and taken away', () => {
  const next = after({ edit: 'addDevice', xml: "<sound model='ich9'/>\n" })
  expect(changes(next)).toEqual({ gone: [], come: ["    <sound model='ich9'/>"] })
  const other = edited(next, hardwareEditSchema.parse({ edit: 'changeDevice', device: 'sound:', xml: "<sound model='ac97'/>" }), NO_FACTS)
  expect(changes(other).come).toEqual(["    <sound model='ac97'/>"])
  expect(edited(other, hardwareEditSchema.parse({ edit: 'removeDevice', device: 'sound:' }), NO_FACTS)).toBe(XML)
  expect(after({ edit: 'removeDevice', device: 'disk:nowhere' })).toBe(XML)
  expect(after({ edit: 'changeDisk', device: 'disk:nowhere', bus: 'scsi' })).toBe(XML)
})

test('a device of the host by its address', () => {
  const own = { name: 'pci_0000_3b_00_0', vendor: null, product: 'GPU', driver: null, iommuGroup: 7, group: [], pciClass: null, usb: null }
  const hostDevice = { ...own, kind: 'pci', address: '0000:3b:00.1' } as const
  const next = after({ edit: 'addHostDevice', hostDevice: own.name }, { hostDevice })
  expect(next).toContain("<address domain='0x0000' bus='0x3b' slot='0x00' function='0x1'/>")
  expect(readEditable(next).others).toMatchObject([{ key: 'hostdev:pci:0000:3b:00.1', kind: 'hostdev' }])
})

test('a definition with a password is no edit', () => {
  const refused = (xml: string) => hardwareEditSchema.safeParse({ edit: 'setDefinition', xml }).success
  expect(refused("<domain><devices><graphics type='vnc' passwd='x'/></devices></domain>")).toBe(false)
  expect(refused("<domain><devices><graphics type='vnc' passwdValidTo='2026-01-01T00:00:00'/></devices></domain>")).toBe(true)
})
