import { expect, test } from 'vitest'
import { at, decodeEntities, escapeXml, isXmlText, parseXml, textOf } from '../../xml/index.ts'
import { memoryKiB, readDefinition } from './domain-facts.ts'
import { readHardware } from './hardware.ts'
import { findOwnMetadata, ownMetadataElement, readOwnMetadata, tagsAfter, writeOwnMetadata } from './metadata.ts'
import { osName } from './os-names.ts'
import { WINDOWS_XML } from './testing/windows-domain.ts'

const CARD = { network: null, portGroup: null, bridge: null, portId: null, device: null, target: null, filter: null, isPlugged: true }

test('the grid’s facts of a Windows guest with unknown elements', () => {
  expect(readDefinition(WINDOWS_XML)).toEqual({
    title: 'File server',
    description: 'First line\n  second <line>',
    tags: ['prod', 'a & b'],
    notes: 'Do not\n  restart <b>ever</b>',
    template: null,
    os: 'Windows Server 2022',
    agent: 'connected',
    vcpus: 4,
    memoryKiB: 8_388_608,
    maxMemoryKiB: 16_777_216,
    networkNames: ['default'],
    macs: ['52:54:00:aa:bb:cc', '52:54:00:00:00:02'],
    cards: [
      { ...CARD, mac: '52:54:00:aa:bb:cc', network: 'default', target: 'vnet3' },
      { ...CARD, mac: '52:54:00:00:00:02', bridge: 'br0' },
    ],
    diskKeys: ['/images/over lay.qcow2', '/images/base.raw', '/dev/vg0/data', 'rbd:pool/image', 'fast/swap.img'],
    imageKeys: ['fast/swap.img'],
    hostDevices: ['pci:0000:41:00.0'],
  })
})

test('a bare definition', () => {
  expect(readDefinition("<domain type='test'><name>a</name><memory>1024</memory><vcpu>2</vcpu></domain>")).toMatchObject({
    title: null,
    tags: [],
    notes: null,
    os: null,
    agent: 'none',
    vcpus: 2,
    memoryKiB: 1024,
    maxMemoryKiB: 1024,
    diskKeys: [],
  })
})

test('a raw disk stands on nothing, and of one that runs the definition says on what', () => {
  const disk = (driver: string, file: string, more = '') =>
    `<disk><driver name='qemu' ${driver}/><source file='/i/${file}'/>${more}<target dev='${file}'/></disk>`
  const disks = [disk("type='raw'", 'a'), disk("type='qcow2'", 'b'), disk("type='qcow2'", 'c', '<backingStore/>'), disk('', 'd')]
  const below = (end: string) => `<backingStore type='file'><format type='qcow2'/><source file='/i/z'/>${end}</backingStore>`
  disks.push(disk("type='qcow2'", 'e', below('<backingStore/>')), disk("type='qcow2'", 'f', below('')))
  expect(readDefinition(`<domain><name>a</name><devices>${disks.join('')}</devices></domain>`)).toMatchObject({
    diskKeys: ['/i/a', '/i/b', '/i/c', '/i/d', '/i/e', '/i/z', '/i/f'],
    imageKeys: ['/i/b', '/i/d', '/i/z'],
  })
})

test('what a machine is booted from directly is in use as its disks are', () => {
  const os = '<os><kernel>/images/vmlinuz</kernel><initrd>/images/initrd.img</initrd><cmdline>root=/dev/vda</cmdline></os>'
  expect(readDefinition(`<domain type='test'><name>a</name>${os}</domain>`).diskKeys).toEqual(['/images/vmlinuz', '/images/initrd.img'])
})

test('its hardware, known and unknown', () => {
  const hardware = readHardware(WINDOWS_XML)
  expect(hardware).toMatchObject({
    machineType: 'pc-q35-7.2',
    arch: 'x86_64',
    firmware: 'efi',
    secureBoot: true,
    cpu: { model: 'host-passthrough', vcpus: 4, maxVcpus: 8, sockets: 1, cores: 4, threads: 2 },
    memoryKiB: 8_388_608,
    maxMemoryKiB: 16_777_216,
    bootOrder: ['vnet3', 'vda'],
  })
  expect(hardware.devices.map(({ kind, name, summary }) => `${kind} ${name}: ${summary}`)).toEqual([
    'disk vda: /images/over lay.qcow2, qcow2, virtio',
    'lun sda: /dev/vg0/data, raw, scsi',
    'disk vdb: rbd:pool/image, ceph-1, raw, virtio',
    'disk vdc: fast/swap.img, virtio',
    'cdrom sdb: empty, sata, read-only',
    'controller controller: scsi, virtio-scsi, #0',
    'interface vnet3: 52:54:00:AA:BB:CC, default, virtio',
    'interface interface: 52:54:00:00:00:02, br0, e1000e',
    'channel org.qemu.guest_agent.0: org.qemu.guest_agent.0, connected',
    'tpm tpm: tpm-crb, emulator, 2.0',
    'hostdev hostdev: pci, 0x0000:0x41:0x00:0x0',
    'flux-capacitor flux-capacitor: flux-capacitor',
  ])
  expect(hardware.devices.at(-1)?.properties).toEqual([
    { key: 'power', value: '1.21' },
    { key: 'gigawatts', value: 'yes' },
  ])
})

test('names with entities come out as they were meant', () => {
  expect(textOf(parseXml(WINDOWS_XML), 'name')).toBe('win "2" & 🚚 🚚')
  expect(decodeEntities('&#65;&#x42;&unknown;&amp;lt;')).toBe('AB&unknown;&lt;')
  for (const text of [`it's "quoted" & <odd>`, 'a'.repeat(255), '🚚\n\tx', ']]>']) {
    expect(parseXml(`<a b="${escapeXml(text)}">${escapeXml(text)}</a>`)).toMatchObject({ text, attributes: { b: text } })
  }
})

test('text that XML cannot hold is told apart', () => {
  expect(isXmlText('tab\t line\n 🚚 ünïcode')).toBe(true)
  for (const text of ['\u0000', 'a\u0007', '\ufffe', '\ud83d', '\ude9a x']) expect(isXmlText(text)).toBe(false)
})

test('what is no XML is refused', () => {
  expect(() => parseXml('')).toThrow(SyntaxError)
})

test('our metadata is found by its namespace, whatever its prefix', () => {
  const metadata = at(parseXml(WINDOWS_XML), 'metadata')
  expect(readOwnMetadata(findOwnMetadata(metadata))).toEqual({
    tags: ['prod', 'a & b'],
    notes: 'Do not\n  restart <b>ever</b>',
    template: null,
  })
  const byDefault = parseXml('<metadata><machine xmlns="urn:novacron:machine:1.0"><notes>x</notes></machine></metadata>')
  expect(readOwnMetadata(findOwnMetadata(byDefault))).toEqual({ tags: [], notes: 'x', template: null })
  expect(readOwnMetadata(null)).toEqual({ tags: [], notes: null, template: null })
})

test('written metadata reads back, and what a later version added stays', () => {
  const existing =
    '<novacron:machine xmlns:novacron="u"><novacron:tags><novacron:tag>old</novacron:tag></novacron:tags><novacron:future a="1">x<novacron:y/></novacron:future></novacron:machine>'
  const next = { tags: ['with space', `"q" & 'q'`, '🚚'], notes: 'a\n <b>' }
  const xml = writeOwnMetadata(existing, next) ?? ''
  expect(readOwnMetadata(parseXml(xml))).toEqual({ ...next, template: null })
  expect(xml).toContain('<future a="1">x<y></y></future>')
  expect(writeOwnMetadata(existing, { tags: [], notes: null })).toBe('<machine><future a="1">x<y></y></future></machine>')
  expect(writeOwnMetadata(null, { tags: [], notes: null })).toBeNull()
})

test('a template is read, and stays one when tags or notes are written', () => {
  const template = { family: `web "1" & <2>`, version: 3, changeable: ['vcpus' as const, 'cloudInit' as const] }
  const xml = ownMetadataElement(undefined, { tags: ['a'], notes: null, template }) ?? ''
  expect(xml).toBe(
    '<novacron:machine xmlns:novacron="urn:novacron:machine:1.0"><novacron:tags><novacron:tag>a</novacron:tag></novacron:tags>' +
      '<novacron:template family="web &quot;1&quot; &amp; &lt;2&gt;" version="3"><novacron:changeable>vcpus</novacron:changeable>' +
      '<novacron:changeable>cloudInit</novacron:changeable></novacron:template></novacron:machine>',
  )
  expect(readOwnMetadata(parseXml(xml)).template).toEqual(template)
  const tagged = writeOwnMetadata(xml, { tags: ['b'], notes: 'n' }) ?? ''
  expect(readOwnMetadata(parseXml(tagged))).toEqual({ tags: ['b'], notes: 'n', template })
  expect(ownMetadataElement(parseXml(tagged), { tags: [], notes: null, template: null })).toBeNull()
  const foreign = parseXml('<x:machine xmlns:x="urn:novacron:machine:1.0"><x:future a="1"/></x:machine>')
  expect(ownMetadataElement(foreign, { tags: [], notes: null })).toContain('<novacron:future a="1"></novacron:future>')
})

test.each([
  '<template version="1"/>',
  '<template family="web"/>',
  '<template family="web" version="0"/>',
  '<template family="web" version="1.5"/>',
  '<template family="" version="1"/>',
])('%s is no template', (xml) => {
  expect(readOwnMetadata(parseXml(`<machine>${xml}</machine>`)).template).toBeNull()
})

test('a field that a later version lets change is passed over', () => {
  const xml =
    '<machine><template family="web" version="2"><changeable>colour</changeable><changeable>tags</changeable></template></machine>'
  expect(readOwnMetadata(parseXml(xml)).template).toEqual({ family: 'web', version: 2, changeable: ['tags'] })
})

test('tags change by replacing, adding and taking away', () => {
  expect(tagsAfter(['a', 'b', 'c'], { addTags: ['d', 'a'], removeTags: ['b'] })).toEqual(['a', 'c', 'd'])
  expect(tagsAfter(['a'], { tags: ['x'], addTags: ['y'] })).toEqual(['x', 'y'])
})

test.each([
  ['http://debian.org/debian/12', 'Debian 12'],
  ['http://microsoft.com/win/2k19', 'Windows Server 2019'],
  ['http://microsoft.com/win/11', 'Windows 11'],
  ['http://centos.org/centos-stream/9', 'CentOS Stream 9'],
  ['http://newcomer.org/newcomer/1', 'Newcomer 1'],
  ['http://libosinfo.org/unknown', 'Unknown'],
  ['something else', 'something else'],
])('%s is %s', (id, name) => {
  expect(osName(id)).toBe(name)
})

test.each([
  ["<memory unit='GB'>1</memory>", 976_563],
  ["<memory unit='b'>2048</memory>", 2],
  ['<memory>5</memory>', 5],
  ["<memory unit='KiB'>x</memory>", null],
])('%s', (xml, kib) => {
  expect(memoryKiB(parseXml(xml))).toBe(kib)
})
