import { expect, test } from 'vitest'
import { readDomainCapabilities } from './domain-capabilities.ts'
import { isI440fx, isQ35, offeredMachines, preferredMachine, readGuests } from './guests.ts'
import { bestPool, defaultsOf } from './options.ts'
import { busReason, clipboardReason, cpuModeReason, firmwareReason, graphicsReason, rngReason, tpmReason } from './reasons.ts'
import { emulatingAbilities, KVM_CAPABILITIES, kvmAbilities } from './testing/kvm-host.ts'
import type { Wires } from './wires.ts'

const code = (reason: { readonly code: string } | null) => reason?.code ?? null

test('machine types of the host’s own architecture, newest first, without what is none', () => {
  const guests = readGuests(KVM_CAPABILITIES)
  if (!guests) throw new Error('no guests')
  expect(guests).toMatchObject({ arch: 'x86_64', virtTypes: ['qemu', 'kvm'] })
  expect(preferredMachine(guests)).toBe('q35')
  expect(offeredMachines(guests)).toEqual(['q35', 'pc', 'pc-q35-8.2', 'pc-q35-2.10', 'pc-q35-2.9', 'pc-i440fx-8.2'])
  expect(preferredMachine({ ...guests, machineTypes: guests.machineTypes.filter(({ name }) => name !== 'q35') })).toBe('pc')
  expect(readGuests('<capabilities><host/><guest><os_type>exe</os_type></guest></capabilities>')).toBeNull()
})

test.each([
  ['q35', true, false],
  ['pc-q35-9.0', true, false],
  ['pc', false, true],
  ['pc-i440fx-7.2', false, true],
  ['virt', false, false],
])('%s', (machine, q35, i440fx) => {
  expect([isQ35(machine), isI440fx(machine)]).toEqual([q35, i440fx])
})

test('a host with everything has a reason against nothing but what it does not list', () => {
  const abilities = kvmAbilities()
  for (const firmware of ['bios', 'uefi', 'uefi-secure'] as const) expect(firmwareReason(abilities, firmware)).toBeNull()
  expect(tpmReason(abilities)).toBeNull()
  expect(cpuModeReason(abilities, 'host-passthrough')).toBeNull()
  expect(clipboardReason(abilities)).toBeNull()
  expect(rngReason(abilities)).toBeNull()
  expect(code(graphicsReason(abilities, 'spice'))).toBe('build.graphics-not-offered')
  expect(code(busReason(abilities, 'ide'))).toBe('build.bus-not-offered')
  expect(busReason({ ...abilities, machine: 'pc' }, 'ide')).toBeNull()
})

test.each<readonly [string, string, string]>([
  ['<value>efi</value>', 'uefi', 'build.no-uefi'],
  ['<value>efi</value>', 'uefi-secure', 'build.no-uefi'],
  ["<enum name='secure'><value>yes</value>", 'uefi-secure', 'build.no-secure-boot'],
])('without %s there is no %s', (gone, firmware, expected) => {
  const abilities = kvmAbilities((xml) => xml.replace(gone, gone.includes('enum') ? "<enum name='secure'>" : ''))
  expect(code(firmwareReason(abilities, firmware as 'uefi'))).toBe(expected)
})

test('Secure Boot needs a machine that protects its firmware, and a libvirt that can ask for it', () => {
  expect(code(firmwareReason({ ...kvmAbilities(), machine: 'pc' }, 'uefi-secure'))).toBe('build.secure-boot-needs-q35')
  expect(code(firmwareReason({ ...kvmAbilities(), libvirtVersion: 7_001_000 }, 'uefi-secure'))).toBe('build.no-secure-boot')
})

test('an ARM host has no BIOS', () => {
  const abilities = kvmAbilities((xml) => xml.replace('<arch>x86_64</arch>', '<arch>aarch64</arch>'))
  expect(code(firmwareReason({ ...abilities, machine: 'virt' }, 'bios'))).toBe('build.no-bios')
  expect(firmwareReason({ ...abilities, machine: 'virt' }, 'uefi')).toBeNull()
})

test('a TPM needs swtpm, and one that can do 2.0 where the host tells', () => {
  expect(code(tpmReason(kvmAbilities((xml) => xml.replace('<value>emulator</value>', ''))))).toBe('build.no-tpm')
  expect(code(tpmReason(kvmAbilities((xml) => xml.replace('<value>2.0</value>', ''))))).toBe('build.no-tpm')
  expect(tpmReason(kvmAbilities((xml) => xml.replace(/<enum name='backendVersion'>.*?<\/enum>/, '')))).toBeNull()
})

test('releases between the clipboard channel and its place in the lists are believed by their number', () => {
  const unlisted = kvmAbilities((xml) => xml.replace('<value>qemu-vdagent</value>', ''))
  expect(code(clipboardReason(unlisted))).toBe('build.no-clipboard')
  expect(clipboardReason({ ...unlisted, libvirtVersion: 9_000_000 })).toBeNull()
  expect(code(clipboardReason({ ...unlisted, libvirtVersion: 8_003_000 }))).toBe('build.no-clipboard')
})

test('capabilities of an old libvirt, which tells little, are read', () => {
  expect(
    readDomainCapabilities('<domainCapabilities><path>/usr/bin/kvm</path><domain>kvm</domain><arch>x86_64</arch></domainCapabilities>'),
  ).toMatchObject({
    maxVcpus: null,
    firmwares: [],
    channels: null,
    hyperv: null,
    hostModel: null,
    rng: false,
  })
})

const NO_WIRES: Wires = { networks: [], bridges: [], devices: [], ports: new Map(), knowsAll: true }
const size = { hostCpus: 8, hostMemoryMiB: 16_384, hostMemoryFreeMiB: 8_192 }
const pool = (name: string, type: string, availableBytes: number, active = true) => ({
  ref: { name, uuid: name },
  type,
  active,
  availableBytes,
  target: '/x',
})

test('defaults are of what the host has', () => {
  const network = { name: 'lan', active: true, forward: 'bridge', cidrs: [], tags: false }
  const wires = { ...NO_WIRES, networks: [{ ...network, name: 'off', active: false }, network] }
  expect(defaultsOf(kvmAbilities(), wires, [pool('images', 'dir', 1)], size)).toMatchObject({
    machineType: 'q35',
    firmware: 'bios',
    cpu: { vcpus: 2, mode: 'host-passthrough' },
    memoryMiB: 2_048,
    disks: [{ source: { kind: 'new', pool: 'images', format: 'qcow2' }, bus: 'virtio' }],
    nics: [{ source: { kind: 'network', network: 'lan' } }],
    graphics: 'vnc',
    video: 'virtio',
  })
  const small = { hostCpus: 1, hostMemoryMiB: 1_024, hostMemoryFreeMiB: null }
  const bridged = { ...NO_WIRES, bridges: [{ name: 'ovs', openVSwitch: true }] }
  expect(defaultsOf(emulatingAbilities(), bridged, [pool('vg', 'logical', 1)], small)).toMatchObject({
    cpu: { vcpus: 1, mode: 'maximum' },
    memoryMiB: 1_024,
    disks: [{ source: { format: 'raw' } }],
    nics: [{ source: { kind: 'bridge', bridge: 'ovs', openVSwitch: true } }],
  })
  expect(defaultsOf(kvmAbilities(), NO_WIRES, [], size)).toMatchObject({ disks: [], nics: [] })
})

test('the pool by default is `default`, else the roomiest of files, else of devices', () => {
  const big = pool('big', 'dir', 9)
  const block = pool('vg', 'logical', 99)
  expect(bestPool([block, pool('small', 'dir', 1), big])?.ref.name).toBe('big')
  expect(bestPool([big, pool('default', 'dir', 1)])?.ref.name).toBe('default')
  expect(bestPool([pool('default', 'dir', 1, false), block, pool('ceph', 'rbd', 999)])?.ref.name).toBe('vg')
  expect(bestPool([pool('ceph', 'rbd', 999)])).toBeUndefined()
})
