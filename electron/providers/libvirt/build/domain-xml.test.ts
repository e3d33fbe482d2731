import { expect, test } from 'vitest'
import { type MachineSpecInput, machineSpecSchema } from '../../../../shared/model/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { readDefinition } from '../domain-facts.ts'
import { readHardware } from '../hardware.ts'
import { newDomainXml } from './domain-xml.ts'
import { osEntry, WINDOWS } from './testing/definitions.ts'
import { emulatingAbilities, kvmAbilities } from './testing/kvm-host.ts'

const UUID = '11111111-2222-4333-8444-555555555555'
const file = (path: string, format = 'qcow2') => ({ source: { kind: 'file' as const, path }, format })
const spec = (more: Partial<MachineSpecInput>) =>
  machineSpecSchema.parse({ os: 'debian12', cpu: { vcpus: 2, mode: 'host-passthrough' }, memoryMiB: 2_048, disks: [], nics: [], ...more })
const source = { kind: 'new', pool: 'default', sizeBytes: 2 ** 30, format: 'qcow2' } as const
const machine = {
  uuid: UUID,
  name: 'web-01',
  macs: ['52:54:00:00:00:01'],
  os: osEntry({ libosinfo: 'http://debian.org/debian/12' }),
  disks: [],
  media: [],
  seed: null,
}

test('a Linux machine from a cloud image on KVM', () => {
  const xml = newDomainXml(
    {
      ...machine,
      spec: spec({
        disks: [{ source }, { source, bus: 'scsi', cache: 'none', ioThread: true, discard: false }],
        nics: [{ source: { kind: 'network', network: 'default' } }],
        boot: ['disk', 'network'],
        tags: ['prod'],
        clipboard: true,
      }),
      disks: [file('/images/web-01.qcow2'), { source: { kind: 'block', path: '/dev/vg/data' }, format: 'raw' }],
      seed: file('/images/web-01-seed.iso', 'raw'),
    },
    kvmAbilities(),
  )
  expect(xml).toBe(LINUX)
})

test('a Windows machine with Secure Boot and a TPM', () => {
  const xml = newDomainXml(
    {
      ...machine,
      name: 'win',
      os: WINDOWS,
      spec: spec({
        os: 'win11',
        firmware: 'uefi-secure',
        tpm: true,
        cpu: { vcpus: 4, mode: 'host-passthrough', topology: { sockets: 1, cores: 2, threads: 2 } },
        disks: [{ source, bus: 'sata' }],
        media: [{ pool: 'iso', volume: 'win11.iso' }],
        nics: [{ source: { kind: 'bridge', bridge: 'ovs0', openVSwitch: true }, vlan: 42, model: 'e1000e' }],
        boot: ['cdrom', 'disk'],
        video: 'vga',
        watchdog: 'reset',
      }),
      disks: [file('/images/win.qcow2')],
      media: [file('/iso/win11.iso', 'raw')],
      seed: file('/images/win-seed.iso', 'raw'),
    },
    kvmAbilities(),
  )
  expect(xml).toBe(WINDOWS_GOLDEN)
})

test('plain UEFI asks for firmware without Secure Boot, where libvirt can be asked', () => {
  const xml = newDomainXml({ ...machine, spec: spec({ firmware: 'uefi' }) }, kvmAbilities())
  expect(xml).toContain("<os firmware='efi'>")
  expect(xml).toContain("<feature enabled='no' name='secure-boot'/>")
  const old = newDomainXml({ ...machine, spec: spec({ firmware: 'uefi' }) }, { ...kvmAbilities(), libvirtVersion: 6_000_000 })
  expect(old).toContain("<os firmware='efi'>")
  expect(old).not.toContain('<feature ')
})

test('Windows without KVM is told nothing of a hypervisor', () => {
  const xml = newDomainXml({ ...machine, os: WINDOWS, spec: spec({}) }, emulatingAbilities())
  expect(xml).not.toContain('hyperv')
  expect(xml).toContain("<clock offset='localtime'>")
})

test('Windows on a host that lists no enlightenments gets those that each has', () => {
  const old = kvmAbilities((xml) => xml.replace(/<hyperv[\s\S]*<\/hyperv>/, ''))
  const hyperv = at(parseXml(newDomainXml({ ...machine, os: WINDOWS, spec: spec({}) }, old)), 'features', 'hyperv')
  expect(hyperv?.children.map(({ name }) => name)).toEqual(['relaxed', 'vapic', 'spinlocks'])
})

test('a timer whose foundation is missing is left out', () => {
  const some = kvmAbilities((xml) => xml.replace('<value>vpindex</value>', ''))
  const hyperv = at(parseXml(newDomainXml({ ...machine, os: WINDOWS, spec: spec({}) }, some)), 'features', 'hyperv')
  expect(hyperv?.children.map(({ name }) => name)).not.toContain('stimer')
})

test('a named processor with its features', () => {
  const cpu = {
    vcpus: 6,
    mode: 'custom',
    model: 'EPYC-Rome',
    features: [
      { name: 'x2apic', policy: 'require' },
      { name: 'svm', policy: 'disable' },
    ],
    topology: { sockets: 3, cores: 2, threads: 1 },
  } as const
  const xml = newDomainXml({ ...machine, spec: spec({ cpu: { ...cpu, features: [...cpu.features] } }) }, kvmAbilities())
  expect(xml).toContain(`  <cpu mode='custom' match='exact' check='partial'>
    <model fallback='forbid'>EPYC-Rome</model>
    <topology sockets='3' cores='2' threads='1'/>
    <feature policy='require' name='x2apic'/>
    <feature policy='disable' name='svm'/>
  </cpu>`)
})

test('an older PC has IDE drives for its media and no PCI Express', () => {
  const older = spec({ machineType: 'pc', media: [{ pool: 'iso', volume: 'a.iso' }], disks: [{ source, bus: 'ide' }] })
  const xml = newDomainXml({ ...machine, spec: older, disks: [file('/a')], media: [file('/a.iso', 'raw')] }, kvmAbilities())
  expect(xml).toContain("<target dev='hdb' bus='ide'/>")
  expect(xml).not.toContain('pcie')
})

test('every thread has its own number', () => {
  const threaded = { source, ioThread: true }
  const disks = [
    threaded,
    { ...threaded, bus: 'scsi' as const },
    threaded,
    { ...threaded, bus: 'sata' as const },
    { ...threaded, bus: 'scsi' as const },
  ]
  const xml = newDomainXml({ ...machine, spec: spec({ disks }), disks: disks.map((_, index) => file(`/${index}`)) }, kvmAbilities())
  expect(xml).toContain('<iothreads>3</iothreads>')
  expect([...xml.matchAll(/iothread='(\d)'/g)].map(([, number]) => number)).toEqual(['1', '2', '3'])
})

test('more disks than letters', () => {
  const disks = Array.from({ length: 30 }, () => ({ source }))
  const xml = newDomainXml({ ...machine, spec: spec({ disks }), disks: disks.map((_, index) => file(`/${index}`)) }, kvmAbilities())
  const targets = childrenOf(at(parseXml(xml), 'devices'), 'disk').map((disk) => at(disk, 'target')?.attributes.dev)
  expect(targets.slice(24, 30)).toEqual(['vdy', 'vdz', 'vdaa', 'vdab', 'vdac', 'vdad'])
})

test('nothing that comes from outside breaks out, and all of it is read back', () => {
  const evil = `'"><script>&amp;]]></name> 🚚`
  const xml = newDomainXml(
    {
      ...machine,
      name: evil,
      os: osEntry({ libosinfo: `http://x/?a=1&b='"<>` }),
      spec: spec({
        title: evil,
        description: `${evil}\n\tsecond`,
        tags: [evil, evil, 'b'],
        disks: [{ source }],
        media: [{ pool: 'p', volume: 'v' }],
        nics: [{ source: { kind: 'network', network: evil } }],
      }),
      disks: [file(`/images/${evil}`)],
      media: [{ source: { kind: 'volume', pool: evil, volume: evil }, format: 'raw' }],
    },
    kvmAbilities(),
  )
  const facts = readDefinition(xml)
  expect(facts).toMatchObject({ title: evil, description: `${evil}\n\tsecond`, tags: [evil, 'b'], networkNames: [evil] })
  expect(facts.diskKeys).toEqual([`/images/${evil}`, `${evil}/${evil}`])
  expect(at(parseXml(xml), 'name')?.text).toBe(evil)
  expect(readHardware(xml).devices.some(({ kind }) => kind === 'script')).toBe(false)
})

test.each([
  ['a control character', { description: 'a\u0000b' }, 'machine.text-invalid'],
  ['half a character', { tags: ['\ud83d'] }, 'machine.text-invalid'],
  ['a title of two lines', { title: 'a\nb' }, 'machine.title-invalid'],
])('%s is refused', (_, more, code) => {
  expect(() => newDomainXml({ ...machine, spec: spec(more) }, kvmAbilities())).toThrow(
    expect.objectContaining({ kind: 'invalid-input', code }),
  )
})

test('a card without an address is left to libvirt', () => {
  const nics = [{ source: { kind: 'macvtap' as const, device: 'eno1' } }]
  const xml = newDomainXml({ ...machine, macs: [], spec: spec({ nics }) }, kvmAbilities())
  expect(xml).toContain(`    <interface type='direct'>
      <source dev='eno1' mode='bridge'/>
      <model type='virtio'/>
    </interface>`)
})

const ROOT_PORTS = "    <controller type='pci' model='pcie-root-port'/>\n".repeat(14)

const LINUX = `<domain type='kvm'>
  <name>web-01</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
      <libosinfo:os id='http://debian.org/debian/12'/>
    </libosinfo:libosinfo>
    <novacron:machine xmlns:novacron='urn:novacron:machine:1.0'>
      <novacron:tags>
        <novacron:tag>prod</novacron:tag>
      </novacron:tags>
    </novacron:machine>
  </metadata>
  <memory unit='MiB'>2048</memory>
  <vcpu placement='static'>2</vcpu>
  <iothreads>1</iothreads>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
  </os>
  <features>
    <acpi/>
    <apic/>
  </features>
  <cpu mode='host-passthrough' check='none'/>
  <clock offset='utc'>
    <timer name='rtc' tickpolicy='catchup'/>
    <timer name='pit' tickpolicy='delay'/>
    <timer name='hpet' present='no'/>
  </clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <pm>
    <suspend-to-mem enabled='no'/>
    <suspend-to-disk enabled='no'/>
  </pm>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/images/web-01.qcow2'/>
      <target dev='vda' bus='virtio'/>
      <boot order='1'/>
    </disk>
    <disk type='block' device='disk'>
      <driver name='qemu' type='raw' cache='none'/>
      <source dev='/dev/vg/data'/>
      <target dev='sda' bus='scsi'/>
      <boot order='2'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='/images/web-01-seed.iso'/>
      <target dev='sdb' bus='scsi'/>
      <readonly/>
      <alias name='ua-novacron-seed'/>
    </disk>
    <controller type='usb' model='qemu-xhci' ports='15'/>
    <controller type='scsi' index='0' model='virtio-scsi'>
      <driver iothread='1'/>
    </controller>
    <controller type='pci' model='pcie-root'/>
${ROOT_PORTS}    <interface type='network'>
      <mac address='52:54:00:00:00:01'/>
      <source network='default'/>
      <model type='virtio'/>
      <boot order='3'/>
    </interface>
    <serial type='pty'>
      <target port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <channel type='qemu-vdagent'>
      <source>
        <clipboard copypaste='yes'/>
        <mouse mode='client'/>
      </source>
      <target type='virtio' name='com.redhat.spice.0'/>
    </channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <video>
      <model type='virtio' heads='1' primary='yes'/>
    </video>
    <memballoon model='virtio'>
      <stats period='5'/>
    </memballoon>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`

const WINDOWS_GOLDEN = `<domain type='kvm'>
  <name>win</name>
  <uuid>11111111-2222-4333-8444-555555555555</uuid>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'>
      <libosinfo:os id='http://microsoft.com/win/11'/>
    </libosinfo:libosinfo>
  </metadata>
  <memory unit='MiB'>2048</memory>
  <vcpu placement='static'>4</vcpu>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <firmware>
      <feature enabled='yes' name='enrolled-keys'/>
      <feature enabled='yes' name='secure-boot'/>
    </firmware>
    <loader secure='yes'/>
  </os>
  <features>
    <acpi/>
    <apic/>
    <hyperv>
      <relaxed state='on'/>
      <vapic state='on'/>
      <spinlocks state='on' retries='8191'/>
      <vpindex state='on'/>
      <runtime state='on'/>
      <synic state='on'/>
      <stimer state='on'/>
      <frequencies state='on'/>
      <tlbflush state='on'/>
      <ipi state='on'/>
    </hyperv>
    <smm state='on'/>
  </features>
  <cpu mode='host-passthrough' check='none'>
    <topology sockets='1' cores='2' threads='2'/>
  </cpu>
  <clock offset='localtime'>
    <timer name='rtc' tickpolicy='catchup'/>
    <timer name='pit' tickpolicy='delay'/>
    <timer name='hpet' present='no'/>
    <timer name='hypervclock' present='yes'/>
  </clock>
  <on_poweroff>destroy</on_poweroff>
  <on_reboot>restart</on_reboot>
  <on_crash>destroy</on_crash>
  <pm>
    <suspend-to-mem enabled='no'/>
    <suspend-to-disk enabled='no'/>
  </pm>
  <devices>
    <disk type='file' device='disk'>
      <driver name='qemu' type='qcow2' discard='unmap'/>
      <source file='/images/win.qcow2'/>
      <target dev='sda' bus='sata'/>
      <boot order='2'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='/iso/win11.iso'/>
      <target dev='sdb' bus='sata'/>
      <readonly/>
      <boot order='1'/>
    </disk>
    <disk type='file' device='cdrom'>
      <driver name='qemu' type='raw'/>
      <source file='/images/win-seed.iso'/>
      <target dev='sdc' bus='sata'/>
      <readonly/>
      <alias name='ua-novacron-seed'/>
    </disk>
    <controller type='usb' model='qemu-xhci' ports='15'/>
    <controller type='pci' model='pcie-root'/>
${ROOT_PORTS}    <interface type='bridge'>
      <mac address='52:54:00:00:00:01'/>
      <source bridge='ovs0'/>
      <virtualport type='openvswitch'/>
      <vlan>
        <tag id='42'/>
      </vlan>
      <model type='e1000e'/>
    </interface>
    <serial type='pty'>
      <target port='0'/>
    </serial>
    <console type='pty'>
      <target type='serial' port='0'/>
    </console>
    <channel type='unix'>
      <target type='virtio' name='org.qemu.guest_agent.0'/>
    </channel>
    <input type='tablet' bus='usb'/>
    <graphics type='vnc' port='-1' autoport='yes' listen='127.0.0.1'>
      <listen type='address' address='127.0.0.1'/>
    </graphics>
    <video>
      <model type='vga' heads='1' primary='yes'/>
    </video>
    <tpm model='tpm-crb'>
      <backend type='emulator' version='2.0'/>
    </tpm>
    <watchdog model='i6300esb' action='reset'/>
    <memballoon model='virtio'>
      <stats period='5'/>
    </memballoon>
    <rng model='virtio'>
      <backend model='random'>/dev/urandom</backend>
    </rng>
  </devices>
</domain>
`
