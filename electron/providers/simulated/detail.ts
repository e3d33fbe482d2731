import type { Hardware, MachineDetail } from '../../../shared/model/index.ts'
import { displayOf } from './consoles/displays.ts'
import { disksOf, hasTpm, nvramOf, type SimulatedDisk } from './disks.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'
import { mix, share } from './random.ts'
import type { World } from './world.ts'

type Device = Hardware['devices'][number]

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

function device(kind: string, name: string, summary: string, properties: Readonly<Record<string, string>>): Device {
  return { kind, name, summary, properties: Object.entries(properties).map(([key, value]) => ({ key, value })) }
}

/** KVM's own prefix, then three bytes of the machine's. */
export function macOf(machine: SimulatedMachine): string {
  const hex = (mix(machine.salt, 121) & 0xffffff).toString(16).padStart(6, '0')
  return `52:54:00:${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4)}`
}

function bridgeOf(machine: SimulatedMachine): string {
  return machine.environment === 'prod' ? 'br-prod' : 'br-test'
}

function diskDevice(disk: SimulatedDisk): Device {
  const size = disk.capacityBytes === null ? '' : `${Math.round(disk.capacityBytes / 1_073_741_824)} GiB, `
  return device(disk.readOnly ? 'cdrom' : 'disk', disk.target, `${size}${disk.format ?? 'raw'}, ${disk.key}`, {
    source: disk.key,
    bus: disk.target.startsWith('vd') ? 'virtio' : 'sata',
    format: disk.format ?? 'raw',
    ...(disk.readOnly && { access: 'read-only' }),
    ...(disk.shared && !disk.readOnly && { pool: 'shared' }),
  })
}

function devicesOf(machine: SimulatedMachine): Device[] {
  const display = displayOf(machine).type
  const windows = machine.facts.os?.startsWith('Windows') ?? false
  const devices = disksOf(machine).map(diskDevice)
  devices.push(
    device('interface', `vnet${machine.index}`, `${macOf(machine)} on ${bridgeOf(machine)}`, {
      mac: macOf(machine),
      source: bridgeOf(machine),
      model: 'virtio',
    }),
    device('graphics', display, `${display.toUpperCase()} on 127.0.0.1`, { type: display, listen: '127.0.0.1', autoport: 'yes' }),
    device('video', 'video0', windows ? 'qxl' : 'virtio', { model: windows ? 'qxl' : 'virtio', heads: '1' }),
    device('serial', 'serial0', 'pty', { type: 'pty', target: 'isa-serial' }),
    device('rng', 'rng0', '/dev/urandom', { model: 'virtio', backend: '/dev/urandom' }),
    device('memballoon', 'balloon0', 'virtio', { model: 'virtio', 'stats-period': '5' }),
  )
  if (hasTpm(machine)) devices.push(device('tpm', 'tpm0', 'tpm-crb, emulator, 2.0', { model: 'tpm-crb', type: 'emulator', version: '2.0' }))
  if (machine.facts.agent !== 'none') devices.push(device('channel', 'org.qemu.guest_agent.0', 'guest agent', { type: 'unix' }))
  if (machine.role.tags.includes('gpu'))
    devices.push(device('hostdev', 'hostdev0', 'NVIDIA A2, 0000:41:00.0', { type: 'pci', address: '0000:41:00.0' }))
  return devices
}

function hardwareOf(world: World, machine: SimulatedMachine): Hardware {
  const { vcpus, memoryKiB, maxMemoryKiB, os } = machine.facts
  const uefi = nvramOf(machine) !== null
  return {
    machineType: 'pc-q35-10.0',
    arch: 'x86_64',
    firmware: uefi ? 'efi' : 'bios',
    secureBoot: uefi && (os?.startsWith('Windows') === true || share(machine.salt, 122) < 0.5),
    cpu: {
      model: world.host(machine.facts.hostRef).facts.cpuModel?.includes('EPYC') ? 'EPYC-Milan' : 'Icelake-Server',
      vcpus,
      maxVcpus: vcpus,
      sockets: 1,
      cores: vcpus,
      threads: 1,
    },
    memoryKiB,
    maxMemoryKiB,
    bootOrder: ['hd', 'network'],
    devices: devicesOf(machine),
  }
}

function metadataXml(machine: SimulatedMachine): string {
  const { tags, notes } = machine.facts
  if (tags.length === 0 && notes === null) return ''
  const inner = tags.map((tag) => `      <nc:tag>${escapeXml(tag)}</nc:tag>`)
  if (notes !== null) inner.push(`      <nc:notes>${escapeXml(notes)}</nc:notes>`)
  return `  <metadata>\n    <nc:machine xmlns:nc="urn:novacron:machine:1">\n${inner.join('\n')}\n    </nc:machine>\n  </metadata>\n`
}

function diskXml(disk: SimulatedDisk): string {
  const file = disk.key.startsWith('/')
  const [pool, volume] = disk.key.split('/')
  const source = file
    ? `<source file='${escapeXml(disk.key)}'/>`
    : `<source pool='${escapeXml(pool ?? '')}' volume='${escapeXml(volume ?? '')}'/>`
  return [
    `    <disk type='${file ? 'file' : 'volume'}' device='${disk.readOnly ? 'cdrom' : 'disk'}'>`,
    `      <driver name='qemu' type='${disk.format ?? 'raw'}' cache='none' discard='unmap'/>`,
    `      ${source}`,
    `      <target dev='${disk.target}' bus='${disk.target.startsWith('vd') ? 'virtio' : 'sata'}'/>`,
    ...(disk.readOnly ? ['      <readonly/>'] : disk.shared && file ? ['      <shareable/>'] : []),
    '    </disk>',
  ].join('\n')
}

function osXml(machine: SimulatedMachine, hardware: Hardware): string {
  const nvram = nvramOf(machine)
  const variables = nvram === null ? '' : `\n    <nvram>${escapeXml(nvram)}</nvram>`
  const attribute = nvram === null ? '' : " firmware='efi'"
  return `  <os${attribute}>\n    <type arch='x86_64' machine='${hardware.machineType ?? ''}'>hvm</type>${variables}\n    <boot dev='hd'/>\n  </os>`
}

function definitionXml(machine: SimulatedMachine, hardware: Hardware, live: boolean): string {
  const { name, title, description, memoryKiB, maxMemoryKiB, vcpus, agent } = machine.facts
  return [
    `<domain type='kvm'${live ? ` id='${machine.index + 1}'` : ''}>`,
    `  <name>${escapeXml(name)}</name>`,
    `  <uuid>${machine.ref}</uuid>`,
    ...(title === null ? [] : [`  <title>${escapeXml(title)}</title>`]),
    ...(description === null ? [] : [`  <description>${escapeXml(description)}</description>`]),
    `${metadataXml(machine)}  <memory unit='KiB'>${maxMemoryKiB}</memory>`,
    `  <currentMemory unit='KiB'>${memoryKiB}</currentMemory>`,
    `  <vcpu placement='static'>${vcpus}</vcpu>`,
    osXml(machine, hardware),
    "  <features>\n    <acpi/>\n    <apic/>\n  </features>\n  <cpu mode='host-model' check='partial'/>",
    '  <devices>\n    <emulator>/usr/bin/qemu-system-x86_64</emulator>',
    ...disksOf(machine).map(diskXml),
    `    <interface type='bridge'>\n      <mac address='${macOf(machine)}'/>\n      <source bridge='${bridgeOf(machine)}'/>\n      <model type='virtio'/>\n    </interface>`,
    "    <serial type='pty'>\n      <target type='isa-serial' port='0'/>\n    </serial>",
    ...(agent === 'none' ? [] : ["    <channel type='unix'>\n      <target type='virtio' name='org.qemu.guest_agent.0'/>\n    </channel>"]),
    ...(hasTpm(machine) ? ["    <tpm model='tpm-crb'>\n      <backend type='emulator' version='2.0'/>\n    </tpm>"] : []),
    `    <graphics type='${displayOf(machine).type}' port='-1' autoport='yes' listen='127.0.0.1'/>`,
    "    <memballoon model='virtio'>\n      <stats period='5'/>\n    </memballoon>",
    '  </devices>\n</domain>\n',
  ].join('\n')
}

/** Hardware and a definition as libvirt would write it, made when asked for. */
export function detailOf(world: World, machine: SimulatedMachine): MachineDetail {
  const hardware = hardwareOf(world, machine)
  const live = holdsMemory(machine.facts.state)
  return {
    hardware,
    xml: definitionXml(machine, hardware, live),
    inactiveXml: live && machine.facts.persistent ? definitionXml(machine, hardware, false) : null,
    observedAtMs: world.clock.nowMs(),
  }
}
