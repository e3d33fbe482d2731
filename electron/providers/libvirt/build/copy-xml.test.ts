import { expect, test } from 'vitest'
import { at, childrenOf, parseXml, type XmlElement } from '../../../xml/index.ts'
import { readDefinition } from '../domain-facts.ts'
import { SEED_ALIAS } from '../seed-alias.ts'
import { WINDOWS_XML } from '../testing/windows-domain.ts'
import { type Copy, copyDomainXml } from './copy-xml.ts'
import type { DiskFile } from './disk-xml.ts'

const UUID = '99999999-2222-4333-8444-555555555555'
const COPY: Copy = { uuid: UUID, name: 'copy', macs: [], seed: null, disks: new Map(), changes: {}, template: null }
const file = (path: string, format = 'qcow2') => ({ source: { kind: 'file' as const, path }, format })
const seed = file('/images/seed.iso', 'raw')
const domain = (inner: string, devices = '', machine = 'pc-q35-7.2') =>
  `<domain type='kvm'>
  <name>original</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <memory unit='KiB'>1048576</memory>
  <currentMemory unit='KiB'>524288</currentMemory>
  <vcpu placement='static' current='2'>4</vcpu>
  <os><type arch='x86_64' machine='${machine}'>hvm</type></os>
  ${inner}
  <devices>
    ${devices}
  </devices>
</domain>
`
const copied = (xml: string, copy: Partial<Copy> = {}): XmlElement => parseXml(copyDomainXml(xml, { ...COPY, ...copy }))
const devicesOf = (xml: XmlElement, name: string) => childrenOf(at(xml, 'devices'), name)

test('a copy is its original line by line, but for what makes it one of its own', () => {
  const xml = copyDomainXml(WINDOWS_XML, {
    ...COPY,
    macs: ['52:54:00:00:00:aa', '52:54:00:00:00:bb'],
    disks: new Map<string, DiskFile>([
      ['vda', file('/images/copy-vda.qcow2')],
      ['vdc', { source: { kind: 'block', path: '/dev/vg/copy' }, format: 'raw' }],
    ]),
  })
  const lines = (text: string) => text.trim().split('\n')
  expect(lines(WINDOWS_XML).filter((line) => !lines(xml).includes(line))).toEqual([
    "<domain type='kvm' id='7' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>",
    '  <name>win &quot;2&quot; &amp; 🚚 &#x1F69A;</name>',
    '  <uuid>11111111-2222-4333-8444-555555555555</uuid>',
    '  <title>File server</title>',
    '    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">',
    '      <libosinfo:os id="http://microsoft.com/win/2k22"/>',
    `    <other:thing xmlns:other="urn:other"><title>not the title</title><other:tags><other:tag>no tag of ours</other:tag></other:tags></other:thing>`,
    '    <x:machine xmlns:x="urn:novacron:machine:1.0">',
    '      <x:tags><x:tag>prod</x:tag><x:tag>a &amp; b</x:tag><x:tag>prod</x:tag></x:tags>',
    '      <x:notes xml:space="preserve">Do not',
    '  restart <![CDATA[<b>ever</b>]]></x:notes>',
    '      <x:future mode="x"><x:inner>kept</x:inner></x:future>',
    '    </x:machine>',
    "    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd'>/var/lib/libvirt/qemu/nvram/win_VARS.fd</nvram>",
    "      <source file='/images/over lay.qcow2' index='2'/>",
    "      <backingStore type='file' index='3'><format type='raw'/><source file='/images/base.raw'/><backingStore/></backingStore>",
    "      <alias name='virtio-disk0'/>",
    `    <disk type='volume' device='disk'><source pool='fast' volume='swap.img'/><target dev='vdc' bus='virtio'/></disk>`,
    `    <interface type='network'><mac address='52:54:00:AA:BB:CC'/><source network='default'/><target dev='vnet3'/><model type='virtio'/><boot order='1'/></interface>`,
    `    <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='br0'/><model type='e1000e'/></interface>`,
    `    <hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' bus='0x41' slot='0x00' function='0x0'/></source></hostdev>`,
  ])
  expect(readDefinition(xml)).toMatchObject({
    title: null,
    description: 'First line\n  second <line>',
    tags: ['prod', 'a & b'],
    notes: 'Do not\n  restart <b>ever</b>',
    os: 'Windows Server 2022',
    macs: ['52:54:00:00:00:aa', '52:54:00:00:00:bb'],
    diskKeys: ['/images/copy-vda.qcow2', '/dev/vg0/data', 'rbd:pool/image', '/dev/vg/copy'],
  })
  expect(xml).toContain("<flux-capacitor power='1.21'><gigawatts/></flux-capacitor>")
  expect(xml).toContain("<qemu:arg value='-foo'/>")
  expect(xml).toContain('<novacron:future mode="x"><novacron:inner>kept</novacron:inner></novacron:future>'.replaceAll('"', "'"))
  expect(xml).toContain("<other:thing xmlns:other='urn:other'><title>not the title</title>")
  expect(xml).toContain("<nvram template='/usr/share/OVMF/OVMF_VARS_4M.ms.fd'/>")
})

test('names and texts cannot break out of a copy', () => {
  const evil = `'"><x/>]]>&amp; 🚚`
  const xml = copied(domain(''), { name: evil, changes: { description: evil, tags: [evil] } })
  expect(at(xml, 'name')?.text).toBe(evil)
  expect(at(xml, 'description')?.text).toBe(evil)
  expect(at(xml, 'metadata', 'novacron:machine', 'novacron:tags', 'novacron:tag')?.text).toBe(evil)
  expect(() => copied(domain(''), { changes: { tags: ['a\u0001'] } })).toThrow(expect.objectContaining({ code: 'machine.text-invalid' }))
})

test('a template is marked, and a copy of it is not', () => {
  const template = { family: 'web', version: 2, changeable: ['vcpus' as const] }
  const marked = copyDomainXml(domain('<metadata><a:a xmlns:a="urn:a"/></metadata>'), { ...COPY, template, changes: { tags: ['t'] } })
  expect(readDefinition(marked)).toMatchObject({ template, tags: ['t'] })
  expect(marked).toContain("<a:a xmlns:a='urn:a'/>")
  const plain = copyDomainXml(marked, { ...COPY, changes: { tags: [] } })
  expect(readDefinition(plain)).toMatchObject({ template: null, tags: [] })
  expect(plain).not.toContain('novacron')
})

test('what identifies a machine to its guest is new', () => {
  const sysinfo = `<genid>aaaaaaaa-2222-4333-8444-555555555555</genid>
  <sysinfo type='smbios'><system><entry name='uuid'>11111111-2222-4333-8444-555555555555</entry><entry name='product'>Box</entry></system></sysinfo>`
  const xml = copied(domain(sysinfo))
  expect(at(xml, 'genid')?.text).toBe('')
  expect(childrenOf(at(xml, 'sysinfo', 'system'), 'entry').map(({ text }) => text)).toEqual([UUID, 'Box'])
})

test.each<readonly [string, number, Record<string, string>]>([
  ["<topology sockets='1' dies='1' cores='4' threads='1'/>", 6, { sockets: '1', dies: '1', cores: '6', threads: '1' }],
  ["<topology sockets='2' cores='1' threads='2'/>", 8, { sockets: '2', cores: '2', threads: '2' }],
  ["<topology sockets='2' cores='1' threads='2'/>", 6, { sockets: '2', cores: '3', threads: '1' }],
  ["<topology sockets='2' cores='1' threads='2'/>", 5, { sockets: '1', cores: '5', threads: '1' }],
  ["<topology sockets='1' dies='2' cores='2' threads='1'/>", 3, { sockets: '1', dies: '1', cores: '3', threads: '1' }],
])('%s with %i processors', (topology, vcpus, expected) => {
  const xml = copied(domain(`<cpu mode='host-passthrough'>${topology}</cpu>`), { changes: { vcpus } })
  expect(at(xml, 'cpu', 'topology')?.attributes).toEqual(expected)
  expect(at(xml, 'vcpu')).toMatchObject({ text: String(vcpus), attributes: { placement: 'static' } })
  expect(at(xml, 'vcpu')?.attributes.current).toBeUndefined()
})

test('pins of processors that are gone go, and memory is one amount', () => {
  const tune = `<vcpus><vcpu id='0' enabled='yes'/></vcpus><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='3' cpuset='1'/><emulatorpin cpuset='0'/></cputune>`
  const xml = copied(domain(tune), { changes: { vcpus: 2, memoryMiB: 256 } })
  expect(at(xml, 'cputune')?.children.map(({ name, attributes }) => `${name} ${attributes.vcpu ?? ''}`)).toEqual([
    'vcpupin 0',
    'emulatorpin ',
  ])
  expect(at(xml, 'vcpus')).toBeUndefined()
  expect(at(xml, 'memory')).toMatchObject({ text: '256', attributes: { unit: 'MiB' } })
  expect(at(xml, 'currentMemory')).toBeUndefined()
})

test('one NUMA cell grows along, several are refused', () => {
  const cell = (id: number) => `<cell id='${id}' cpus='0-1' memory='524288' unit='KiB'/>`
  const one = copied(domain(`<cpu><numa>${cell(0)}</numa></cpu>`), { changes: { vcpus: 8, memoryMiB: 2_048 } })
  expect(at(one, 'cpu', 'numa', 'cell')?.attributes).toEqual({ id: '0', cpus: '0-7', memory: '2048', unit: 'MiB' })
  const two = domain(`<cpu><numa>${cell(0)}${cell(1)}</numa></cpu>`)
  expect(() => copied(two, { changes: { vcpus: 8 } })).toThrow(
    expect.objectContaining({ kind: 'precondition', code: 'build.not-copyable' }),
  )
  expect(() => copied(two, { changes: { memoryMiB: 8 } })).toThrow(expect.objectContaining({ code: 'build.not-copyable' }))
  expect(at(copied(two), 'cpu', 'numa')?.children.length).toBe(2)
})

const CARDS = `<interface type='network'><mac address='52:54:00:00:00:01'/><source network='default' portid='p'/><model type='virtio'/><address type='pci' slot='0x03'/></interface>
    <interface type='bridge'><mac address='52:54:00:00:00:02'/><source bridge='ovs0'/><virtualport type='openvswitch'><parameters interfaceid='i' profileid='keep'/></virtualport><target dev='tap7'/><model type='virtio'/><filterref filter='clean'/></interface>
    <interface type='user'><mac address='52:54:00:00:00:03'/><model type='virtio'/></interface>`
const MACS = ['52:54:00:00:00:a1', '52:54:00:00:00:a2', '52:54:00:00:00:a3', '52:54:00:00:00:a4']
const nic = (network: string) => ({ source: { kind: 'network' as const, network }, vlan: null, model: 'virtio' as const, mac: null })

test('cards keep everything but their addresses and their ends on the host', () => {
  const cards = devicesOf(copied(domain('', CARDS), { macs: MACS.slice(0, 2) }), 'interface')
  expect(cards.map((card) => at(card, 'mac')?.attributes.address)).toEqual([MACS[0], MACS[1], undefined])
  expect(at(cards[0], 'source')?.attributes).toEqual({ network: 'default' })
  expect(at(cards[1], 'virtualport', 'parameters')?.attributes).toEqual({ profileid: 'keep' })
  expect(at(cards[1], 'target')).toBeUndefined()
  expect(at(cards[1], 'filterref')?.attributes).toEqual({ filter: 'clean' })
})

test('cards that differ are replaced in their slots, others stay, some go, some come', () => {
  const ovs = { source: { kind: 'bridge' as const, bridge: 'ovs0', openVSwitch: true }, vlan: null, model: 'virtio' as const, mac: null }
  const more = copied(domain('', CARDS), { macs: MACS, changes: { nics: [nic('other'), ovs, nic('(user)'), nic('fourth')] } })
  const cards = devicesOf(more, 'interface')
  expect(cards.map((card) => [card.attributes.type, at(card, 'mac')?.attributes.address])).toEqual([
    ['network', MACS[0]],
    ['bridge', MACS[1]],
    ['user', MACS[2]],
    ['network', MACS[3]],
  ])
  expect(at(cards[0], 'source')?.attributes).toEqual({ network: 'other' })
  expect(at(cards[0], 'address')?.attributes.slot).toBe('0x03')
  expect(at(cards[1], 'filterref')).toBeDefined()
  const fewer = copied(domain('', CARDS), { macs: MACS, changes: { nics: [nic('default')] } })
  expect(devicesOf(fewer, 'interface').length).toBe(1)
  expect(devicesOf(copied(domain('', CARDS), { changes: { nics: [] } }), 'interface')).toEqual([])
})

test('files and sockets of the host are the copy’s own', () => {
  const xml = copied(
    domain(
      '',
      `<serial type='pty'><log file='/var/log/a.log' append='off'/><target port='0'/></serial>
    <serial type='file'><source path='/srv/out.txt'/><target port='1'/></serial>
    <serial type='unix'><source mode='connect' path='/run/logger'/><target port='2'/></serial>
    <channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/channel/target/domain-3-original/org.qemu.guest_agent.0'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <channel type='unix'><source mode='bind' path='/run/my.sock'/><target type='virtio' name='my'/></channel>
    <graphics type='vnc' port='5999' autoport='no' websocket='6999' passwd='p'><listen type='address' address='0.0.0.0'/></graphics>
    <graphics type='spice' socket='/run/spice.sock'><listen type='socket' socket='/run/spice.sock'/></graphics>
    <vsock model='virtio'><cid auto='no' address='3'/></vsock>`,
    ),
  )
  expect(devicesOf(xml, 'serial').map((each) => at(each, 'log')?.attributes.file ?? at(each, 'source')?.attributes.path)).toEqual([
    `/var/log/${UUID}-a.log`,
    `/srv/${UUID}-out.txt`,
    '/run/logger',
  ])
  expect(devicesOf(xml, 'channel').map((each) => at(each, 'source')?.attributes.path)).toEqual([undefined, `/run/${UUID}-my.sock`])
  expect(devicesOf(xml, 'graphics').map(({ attributes }) => attributes)).toEqual([
    { type: 'vnc', port: '-1', autoport: 'yes', websocket: '-1', passwd: 'p' },
    { type: 'spice', socket: `/run/${UUID}-spice.sock` },
  ])
  expect(at(devicesOf(xml, 'vsock')[0], 'cid')?.attributes).toEqual({ auto: 'yes' })
})

test('aliases that people gave stay', () => {
  const disk = (alias: string) =>
    `<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/><alias name='${alias}'/></disk>`
  expect(copyDomainXml(domain('', disk('ua-mine')), COPY)).toContain('ua-mine')
  expect(copyDomainXml(domain('', disk('virtio-disk0')), COPY)).not.toContain('alias')
})

test('an encrypted disk stays encrypted, and its old places go', () => {
  const disk = `<disk type='network' device='disk'><driver name='qemu' type='raw' cache='none'/><auth username='u'><secret type='ceph' uuid='s'/></auth><source protocol='rbd' name='a/b' startupPolicy='optional'><host name='h'/><encryption format='luks'><secret type='passphrase' uuid='k'/></encryption></source><target dev='vda' bus='virtio'/><serial>S1</serial></disk>`
  const [copy] = devicesOf(copied(domain('', disk), { disks: new Map([['vda', file('/images/x', 'raw')]]) }), 'disk')
  expect(copy?.attributes).toEqual({ type: 'file', device: 'disk' })
  expect(at(copy, 'source')?.attributes).toEqual({ file: '/images/x', startupPolicy: 'optional' })
  expect(at(copy, 'source')?.children.map(({ name }) => name)).toEqual(['encryption'])
  expect(copy?.children.map(({ name }) => name)).toEqual(['driver', 'source', 'target', 'serial'])
  expect(at(copy, 'driver')?.attributes).toEqual({ name: 'qemu', type: 'raw', cache: 'none' })
})

test('a disk that names no format gets the one it was made in', () => {
  const bare = `<disk type='file' device='disk'><source file='/a'/><target dev='vda' bus='virtio'/></disk>`
  const [copy] = devicesOf(copied(domain('', bare), { disks: new Map([['vda', file('/b', 'raw')]]) }), 'disk')
  expect(at(copy, 'driver')?.attributes).toEqual({ name: 'qemu', type: 'raw' })
})

const DISK = `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/a'/><target dev='vda' bus='virtio'/></disk>`

test('a seed comes into a virtual drive of its own, and its controller with it', () => {
  const xml = copied(domain('', DISK), { seed })
  const [, cd] = devicesOf(xml, 'disk')
  expect(cd).toMatchObject({ attributes: { type: 'file', device: 'cdrom' } })
  expect(at(cd, 'target')?.attributes).toEqual({ dev: 'sda', bus: 'scsi' })
  expect(at(cd, 'address')?.attributes).toEqual({ type: 'drive', controller: '0', bus: '0', target: '1', unit: '0' })
  expect(devicesOf(xml, 'controller').map(({ attributes }) => attributes)).toEqual([{ type: 'scsi', index: '0', model: 'virtio-scsi' }])
})

test('a seed takes a free place on a controller that is there', () => {
  const scsi = `${DISK}<disk type='file' device='disk'><source file='/b'/><target dev='sda' bus='scsi'/><address type='drive' controller='1' bus='0' target='1' unit='0'/></disk>
    <controller type='scsi' index='0' model='lsilogic'/><controller type='scsi' index='1' model='virtio-scsi'/>`
  const xml = copied(domain('', scsi), { seed })
  const cd = devicesOf(xml, 'disk').find(({ attributes }) => attributes.device === 'cdrom')
  expect(at(cd, 'target')?.attributes.dev).toBe('sdb')
  expect(at(cd, 'address')?.attributes).toMatchObject({ controller: '1', target: '2' })
  expect(devicesOf(xml, 'controller').length).toBe(2)
})

test.each([
  ['pc-q35-7.2', 'sata', 'sdb'],
  ['pc-i440fx-7.2', 'ide', 'hda'],
])('a guest of %s without virtio gets its seed on %s', (machine, bus, dev) => {
  const sata = `<disk type='file' device='disk'><source file='/a'/><target dev='sda' bus='sata'/></disk>`
  const cd = devicesOf(copied(domain('', sata, machine), { seed }), 'disk')[1]
  expect(at(cd, 'target')?.attributes).toEqual({ dev, bus })
})

test('the seed of the original is replaced, or goes', () => {
  const own = `<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/images/old.iso'/><target dev='sdc' bus='scsi'/><readonly/><alias name='${SEED_ALIAS}'/></disk>`
  const next = devicesOf(copied(domain('', DISK + own), { seed }), 'disk')
  expect(next.length).toBe(2)
  expect(at(next[1], 'source')?.attributes.file).toBe('/images/seed.iso')
  expect(at(next[1], 'alias')?.attributes.name).toBe(SEED_ALIAS)
  expect(copyDomainXml(domain('', DISK + own), COPY)).not.toContain('old.iso')
})

test('labels of the original’s process go, those that were chosen stay', () => {
  const labels = `<seclabel type='dynamic' model='selinux' relabel='yes'><label>c1</label><imagelabel>c2</imagelabel></seclabel><seclabel type='static' model='dac'><label>+1:+1</label></seclabel>`
  const found = childrenOf(copied(domain(labels)), 'seclabel')
  expect(found.map((label) => label.children.map(({ name }) => name))).toEqual([[], ['label']])
})
