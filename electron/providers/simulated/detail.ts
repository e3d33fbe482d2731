import type { Hardware, MachineDetail } from '../../../shared/model/index.ts'
import { domainXml } from './build/domain-xml.ts'
import type { Shape, SimulatedDisk, SimulatedNic } from './build/shape.ts'
import { shapeOf } from './build/shape-of.ts'
import { displaysOf, type SimulatedDisplay } from './consoles/displays.ts'
import { nvramOf } from './disks.ts'
import { holdsMemory, type SimulatedMachine } from './fleet.ts'
import type { Tree } from './hardware/definition-tree.ts'
import { withFacts } from './hardware/edited-text.ts'
import { uuidOf } from './migration/twins.ts'
import type { World } from './world.ts'

type Device = Hardware['devices'][number]

function device(kind: string, name: string, summary: string, properties: Readonly<Record<string, string>>): Device {
  return { kind, name, summary, properties: Object.entries(properties).map(([key, value]) => ({ key, value })) }
}

function diskDevice(disk: SimulatedDisk): Device {
  const size = disk.capacityBytes === null ? '' : `${Math.round(disk.capacityBytes / 1_073_741_824)} GiB, `
  return device(disk.device, disk.target, `${size}${disk.format ?? 'raw'}, ${disk.key}`, {
    source: disk.key,
    bus: disk.bus,
    format: disk.format ?? 'raw',
    ...(disk.readOnly && { access: 'read-only' }),
    ...(disk.shared && !disk.readOnly && { pool: 'shared' }),
  })
}

/** The network, bridge or device that a card hangs on. */
function sourceOf({ source }: SimulatedNic): string {
  return source.kind === 'network' ? source.network : source.kind === 'bridge' ? source.bridge : source.device
}

function nicDevice(nic: SimulatedNic, name: string): Device {
  return device('interface', name, `${nic.mac} on ${sourceOf(nic)}`, {
    mac: nic.mac,
    source: sourceOf(nic),
    model: nic.model,
    ...(nic.vlan !== null && { vlan: String(nic.vlan) }),
  })
}

/** Those that the running machine has, or those that it will have. */
function displayTypes(machine: SimulatedMachine, live: boolean): ReadonlyArray<SimulatedDisplay['type']> {
  return displaysOf(machine).flatMap((display) => (live && display.type === 'vnc' && display.waits ? [] : display.type))
}

function devicesOf(machine: SimulatedMachine, shape: Shape): Device[] {
  const { video, watchdog } = shape
  const devices = shape.disks.map(diskDevice)
  devices.push(...shape.nics.map((nic, at) => nicDevice(nic, `vnet${machine.index}${at === 0 ? '' : `-${at}`}`)))
  const displays = displayTypes(machine, holdsMemory(machine.facts.state))
  for (const type of displays)
    devices.push(device('graphics', type, `${type.toUpperCase()} on 127.0.0.1`, { type, listen: '127.0.0.1', autoport: 'yes' }))
  if (displays.length > 0) devices.push(device('video', 'video0', video, { model: video, heads: '1' }))
  devices.push(device('serial', 'serial0', 'pty', { type: 'pty', target: 'isa-serial' }))
  if (shape.rng) devices.push(device('rng', 'rng0', '/dev/urandom', { model: 'virtio', backend: '/dev/urandom' }))
  devices.push(device('memballoon', 'balloon0', 'virtio', { model: 'virtio', 'stats-period': '5' }))
  if (shape.tpm) devices.push(device('tpm', 'tpm0', 'tpm-crb, emulator, 2.0', { model: 'tpm-crb', type: 'emulator', version: '2.0' }))
  if (shape.agent) devices.push(device('channel', 'org.qemu.guest_agent.0', 'guest agent', { type: 'unix' }))
  if (shape.clipboard) devices.push(device('channel', 'com.redhat.spice.0', 'clipboard', { type: 'qemu-vdagent' }))
  if (watchdog !== 'none') devices.push(device('watchdog', 'watchdog0', `itco, ${watchdog}`, { model: 'itco', action: watchdog }))
  for (const [at, { address, name }] of shape.hostDevices.entries())
    devices.push(device('hostdev', `hostdev${at}`, `${name}, ${address}`, { type: 'pci', address }))
  return devices
}

/** The named model that a host's own processor comes nearest to. */
export function namedCpuModel(cpuModel: string | null): string {
  return cpuModel?.includes('EPYC') ? 'EPYC-Milan' : 'Icelake-Server'
}

function hardwareOf(world: World, machine: SimulatedMachine, shape: Shape): Hardware {
  const { vcpus, memoryKiB, maxMemoryKiB } = machine.facts
  const { topology } = shape.cpu
  return {
    machineType: shape.machineType,
    arch: 'x86_64',
    firmware: shape.firmware === 'bios' ? 'bios' : 'efi',
    secureBoot: shape.firmware === 'uefi-secure',
    cpu: {
      model: shape.cpu.model ?? namedCpuModel(world.host(machine.facts.hostRef).facts.cpuModel),
      vcpus,
      maxVcpus: vcpus,
      sockets: topology?.sockets ?? 1,
      cores: topology?.cores ?? vcpus,
      threads: topology?.threads ?? 1,
    },
    memoryKiB,
    maxMemoryKiB,
    bootOrder: shape.boot.map((each) => (each === 'disk' ? 'hd' : each)),
    devices: devicesOf(machine, shape),
  }
}

/** Hardware and a definition as libvirt would write it, made when asked for. */
export function detailOf(world: World, machine: SimulatedMachine): MachineDetail {
  const shape = shapeOf(machine)
  const live = holdsMemory(machine.facts.state)
  const definition = { uuid: uuidOf(machine), facts: machine.facts, nvram: nvramOf(machine), shape }
  const running = live ? domainXml({ ...definition, liveId: machine.index + 1, displays: displayTypes(machine, true) }) : null
  const kept = domainXml({ ...definition, liveId: null, displays: displayTypes(machine, false) })
  const { edited } = machine
  const text = (fresh: string, domain: Tree | null | undefined) => (domain ? withFacts(domain, fresh) : fresh)
  const keptXml = text(kept, edited?.kept)
  return {
    hardware: hardwareOf(world, machine, shape),
    format: 'xml',
    xml: running === null ? keptXml : text(running, edited?.running),
    inactiveXml: live && machine.facts.persistent ? keptXml : null,
    observedAtMs: world.clock.nowMs(),
  }
}
