import { describe, expect, test } from 'vitest'
import { machineSpecSchema } from '../../../shared/model/index.ts'
import { osById } from '../build/os-catalogue.ts'
import type { OvfPackage } from './ovf.ts'
import { cimOsType, guessOs } from './ovf-os.ts'
import { readOvf } from './ovf-read.ts'
import { proposeMachine, type Surroundings } from './ovf-spec.ts'
import { type ExportedMachine, writeOvf } from './ovf-write.ts'
import { COLLECTION, VIRTUALBOX, VMWARE } from './testing/descriptors.ts'

const here: Surroundings = {
  defaults: machineSpecSchema.parse({
    os: 'linux',
    cpu: { vcpus: 2, mode: 'host-passthrough' },
    memoryMiB: 2_048,
    machineType: 'q35',
    disks: [],
    nics: [{ source: { kind: 'network', network: 'default' } }],
  }),
  pool: 'images',
  networks: ['default', 'VM Network'],
}

const read = (text: string): OvfPackage => readOvf(new TextEncoder().encode(text))
const codes = ({ findings }: ReturnType<typeof proposeMachine>) => findings.map(({ code, params }) => [code, ...Object.values(params)])

test('VirtualBox’s machine comes as it is, on the network of this host', () => {
  const proposal = proposeMachine(read(VIRTUALBOX), here)
  expect(proposal.spec).toMatchObject({
    os: 'debian12',
    firmware: 'uefi',
    tpm: true,
    cpu: { vcpus: 2, mode: 'host-passthrough', topology: null },
    memoryMiB: 2_048,
    machineType: 'q35',
    disks: [{ source: { kind: 'new', pool: 'images', sizeBytes: 21_474_836_480, format: 'qcow2' }, bus: 'sata' }],
    nics: [{ source: { kind: 'network', network: 'default' }, model: 'e1000', mac: null }],
  })
  expect(proposal.diskIds).toEqual(['vmdisk1'])
  expect(codes(proposal)).toEqual([
    ['ova.network-changed', '1', 'NAT', 'default'],
    ['ova.device-left-out', 'sound card'],
  ])
})

test('VMware’s devices become what there is, and each is told', () => {
  const proposal = proposeMachine(read(VMWARE), here)
  expect(proposal.spec).toMatchObject({
    os: 'win2k19',
    firmware: 'uefi-secure',
    cpu: { vcpus: 4, topology: { sockets: 2, cores: 2, threads: 1 } },
    disks: [{ bus: 'sata' }, { bus: 'sata' }],
    nics: [{ source: { network: 'VM Network' }, model: 'e1000' }],
    video: 'vga',
  })
  expect(codes(proposal)).toEqual([
    ['ova.disk-changed', '1', 'lsilogicsas', 'sata'],
    ['ova.disk-changed', '2', 'lsilogicsas', 'sata'],
    ['ova.card-changed', '1', 'VmxNet3', 'e1000'],
    ['ova.settings', 'admin.password'],
    ['ova.licence'],
  ])
  expect(proposal.findings[0]?.mend).toEqual({ code: 'ova.use-virtio', field: 'spec.disks.0.bus', value: 'virtio' })
  expect(proposal.findings[0]?.text).toBe('Disk 1 was on a controller “lsilogicsas”, which is not made here. It goes to sata.')
})

test('what a package does not say is the host’s choice', () => {
  const proposal = proposeMachine(read(COLLECTION), here)
  expect(proposal.spec).toMatchObject({ os: 'other', cpu: { vcpus: 2 }, memoryMiB: 2_048, disks: [], nics: [] })
  expect(codes(proposal)).toEqual([
    ['ova.os-guessed', '', 'Something else'],
    ['ova.several-systems', 'web', '1', 'Database'],
  ])
})

describe('is refused', () => {
  test.each([
    ['no processor', VIRTUALBOX.replace('<rasd:VirtualQuantity>2<', '<rasd:VirtualQuantity>0<'), 'cpu.vcpus'],
    ['more memory than there is', VIRTUALBOX.replace('>2048<', '>999999999<'), 'memoryMiB'],
    ['a disk of an exabyte', VIRTUALBOX.replace('21474836480', '1152921504606846'), 'disks.0.source.sizeBytes'],
  ])('%s', (_name, text, field) => {
    expect(() => proposeMachine(read(text), here)).toThrow(
      expect.objectContaining({ code: 'ova.bad-descriptor', details: { reason: 'size', field } }),
    )
  })

  test('a drive whose disk is nowhere described', () => {
    const text = VIRTUALBOX.replace('ovf:diskId="vmdisk1"', 'ovf:diskId="other"')
    expect(() => proposeMachine(read(text), here)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ reason: 'missing' }) }),
    )
  })
})

test.each([
  ['Debian_64', 'linux'],
  ['debian11_64Guest', 'debian11'],
  ['Debian GNU/Linux 12 (64-bit)', 'debian12'],
  ['Ubuntu_64', 'linux'],
  ['ubuntu64Guest', 'linux'],
  ['Ubuntu Linux (64-bit)', 'linux'],
  ['Ubuntu22_LTS_64', 'ubuntu22.04'],
  ['Ubuntu 24.04', 'ubuntu24.04'],
  ['Fedora_64', 'linux'],
  ['fedora64Guest', 'linux'],
  ['rhel9_64Guest', 'rhel9'],
  ['Red Hat Enterprise Linux 8 (64-bit)', 'rhel8'],
  ['RedHat_64', 'linux'],
  ['rockylinux_64Guest', 'linux'],
  ['AlmaLinux 9', 'almalinux9'],
  ['otherLinux64Guest', 'linux'],
  ['FreeBSD_64', 'other'],
  ['freebsd14_64Guest', 'freebsd14'],
  ['Windows10_64', 'win10'],
  ['windows9_64Guest', 'win10'],
  ['windows11_64Guest', 'win11'],
  ['Microsoft Windows 11 (64-bit)', 'win11'],
  ['windows9Server64Guest', 'win2k16'],
  ['windows2019srv_64Guest', 'win2k19'],
  ['windows2019srvNext_64Guest', 'win2k22'],
  ['Microsoft Windows Server 2022 (64-bit)', 'win2k22'],
  ['Windows2025_64', 'win2k25'],
  ['Plan 9', 'other'],
])('“%s” is %s', (name, id) => {
  expect(guessOs({ id: null, names: [name] }, null).entry.id).toBe(id)
})

const exported: ExportedMachine = {
  name: 'web & <1>',
  description: 'One "of" many\nlines \u0001',
  os: osById('debian13') ?? expect.fail('no Debian 13'),
  vcpus: 3,
  memoryMiB: 1_536,
  firmware: 'uefi-secure',
  disks: [
    { fileName: 'web-disk1.vmdk', sizeBytes: 70_000, capacityBytes: 10_737_418_240, bus: 'virtio' },
    { fileName: 'web-disk2.vmdk', sizeBytes: 90_000, capacityBytes: 1_073_741_824, bus: 'scsi' },
  ],
  nics: [
    { network: 'default', model: 'virtio' },
    { network: 'VM Network', model: 'e1000e' },
  ],
}

test('what is written is read back as it was', () => {
  const ovf = read(writeOvf(exported))
  expect(ovf.files.map(({ href, sizeBytes }) => [href, sizeBytes])).toEqual([
    ['web-disk1.vmdk', 70_000],
    ['web-disk2.vmdk', 90_000],
  ])
  const proposal = proposeMachine(ovf, here)
  expect(proposal.findings).toEqual([])
  expect(ovf.system.name).toBe('web & <1>')
  expect(proposal.spec).toMatchObject({
    os: 'debian13',
    description: 'One "of" many\nlines',
    firmware: 'uefi-secure',
    cpu: { vcpus: 3 },
    memoryMiB: 1_536,
    disks: [
      { bus: 'virtio', source: { sizeBytes: 10_737_418_240 } },
      { bus: 'scsi', source: { sizeBytes: 1_073_741_824 } },
    ],
    nics: [
      { source: { network: 'default' }, model: 'virtio' },
      { source: { network: 'VM Network' }, model: 'e1000e' },
    ],
  })
})

test('others find devices that they know, and a system by CIM’s number', () => {
  const text = writeOvf(exported).replaceAll(/<novacron:.*<\/novacron:OwnNotes>/gs, '')
  const proposal = proposeMachine(read(text), here)
  expect(proposal.spec).toMatchObject({
    os: 'debian13',
    disks: [{ bus: 'sata' }, { bus: 'sata' }],
    nics: [{ model: 'e1000' }, { model: 'e1000' }],
  })
  expect(text).toContain('<OperatingSystemSection ovf:id="96">')
  expect([osById('win11'), osById('archlinux'), osById('rocky9')].map((os) => os && cimOsType(os))).toEqual([1, 101, 80])
})
