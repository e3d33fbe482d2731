import {
  type BuildOptions,
  CPU_MODES,
  DISK_BUSES,
  FIRMWARES,
  type MachineSpec,
  machineSpecSchema,
  VIDEO_MODELS,
} from '../../../../shared/model/index.ts'
import type { CallOptions, LibvirtHost } from '../../../libvirt/index.ts'
import { countMemoryFigures, readCpuModel, readMemory } from '../host-facts.ts'
import { type Abilities, readAbilities } from './abilities.ts'
import { offeredMachines } from './guests.ts'
import { busReason, clipboardReason, cpuModeReason, firmwareReason, graphicsReason, rngReason, tpmReason } from './reasons.ts'
import { holdsFiles, type PoolRead, pathKind, Storage } from './storage.ts'
import { readWires, type Wires } from './wires.ts'

const GRAPHICS = ['vnc', 'spice', 'none'] as const
/** What an emulator gives where it does not tell how many it could. */
const SOME_VCPUS = 255
const DEFAULT_DISK_BYTES = 20 * 2 ** 30
const DEFAULT_MEMORY_MIB = 2_048
const DEFAULT_VCPUS = 2

/** What a host can build and what it would choose, from its own words. */
export async function readOptions(host: LibvirtHost, options: CallOptions): Promise<Omit<BuildOptions, 'hostId' | 'hostName' | 'pools'>> {
  const [abilities, wires, pools, size, hostCpuModel] = await Promise.all([
    readAbilities(host, null, options),
    readWires(host, options),
    new Storage(host, options).all(),
    readHostSize(host, options),
    readCpuModel(host, options).catch(() => null),
  ])
  const { capabilities, guests } = abilities
  return {
    arch: capabilities.arch,
    hypervisor: capabilities.virtType,
    machineTypes: [...offeredMachines(guests)],
    firmwares: FIRMWARES.map((id) => ({ id, reason: firmwareReason(abilities, id) })),
    tpm: tpmReason(abilities),
    cpuModes: CPU_MODES.map((id) => ({ id, reason: cpuModeReason(abilities, id) })),
    cpuModels: capabilities.models.flatMap(({ name, usable }) => (usable ? [name] : [])),
    hostCpuModel,
    maxVcpus: capabilities.maxVcpus ?? SOME_VCPUS,
    ...size,
    diskBuses: DISK_BUSES.filter((bus) => busReason(abilities, bus) === null),
    videoModels: VIDEO_MODELS.filter((model) => capabilities.videos.includes(model)),
    graphics: GRAPHICS.map((id) => ({ id, reason: graphicsReason(abilities, id) })),
    clipboard: clipboardReason(abilities),
    rng: rngReason(abilities),
    networks: wires.networks.map(({ name, active, forward, cidrs }) => ({ name, active, forward, cidrs: [...cidrs] })),
    bridges: wires.bridges.map((bridge) => ({ ...bridge })),
    devices: [...wires.devices],
    defaults: defaultsOf(abilities, wires, pools, size),
  }
}

export type HostSize = Pick<BuildOptions, 'hostCpus' | 'hostMemoryMiB' | 'hostMemoryFreeMiB'>

export async function readHostSize(host: LibvirtHost, options: CallOptions): Promise<HostSize> {
  const [node, memory] = await Promise.all([
    host.call('nodeGetInfo', {}, options).catch(() => null),
    countMemoryFigures(host, options)
      .then((count) => readMemory(host, count, options))
      .catch(() => null),
  ])
  const totalKiB = memory?.totalKiB ?? (node ? Number(node.memory) : null)
  return {
    hostCpus: node?.cpus ?? null,
    hostMemoryMiB: totalKiB === null ? null : Math.floor(totalKiB / 1_024),
    hostMemoryFreeMiB: memory ? Math.floor(memory.freeKiB / 1_024) : null,
  }
}

/** A machine of sensible choices for this host. */
export function defaultsOf(abilities: Abilities, wires: Wires, pools: readonly PoolRead[], size: HostSize): MachineSpec {
  const { capabilities } = abilities
  const first = <T extends string>(wanted: readonly T[], offered: (choice: T) => boolean): T | undefined => wanted.find(offered)
  const bus = first(DISK_BUSES, (each) => busReason(abilities, each) === null) ?? 'virtio'
  return machineSpecSchema.parse({
    os: 'linux',
    firmware: first(FIRMWARES, (each) => firmwareReason(abilities, each) === null) ?? 'bios',
    machineType: abilities.machine,
    cpu: {
      vcpus: Math.max(1, Math.min(DEFAULT_VCPUS, size.hostCpus ?? 1, capabilities.maxVcpus ?? DEFAULT_VCPUS)),
      mode: cpuModeOf(abilities),
    },
    memoryMiB: Math.max(16, Math.min(DEFAULT_MEMORY_MIB, size.hostMemoryMiB ?? DEFAULT_MEMORY_MIB)),
    disks: diskOf(pools, bus),
    nics: nicOf(wires),
    graphics: first(GRAPHICS, (each) => graphicsReason(abilities, each) === null),
    video: first(VIDEO_MODELS, (each) => capabilities.videos.includes(each)),
    rng: rngReason(abilities) === null,
  } satisfies Parameters<typeof machineSpecSchema.parse>[0])
}

/** The host's own processor where KVM passes it on; under emulation all that the emulator can do, which costs nothing there. */
function cpuModeOf(abilities: Abilities): MachineSpec['cpu']['mode'] {
  const order =
    abilities.capabilities.virtType === 'kvm' ? (['host-passthrough', 'host-model'] as const) : (['maximum', 'host-model'] as const)
  return order.find((mode) => cpuModeReason(abilities, mode) === null) ?? 'host-model'
}

/** `default` if it is there, else the roomiest. Folders before block devices, which cannot grow as they fill. */
export function bestPool(pools: readonly PoolRead[]): PoolRead | undefined {
  const usable = pools.filter(({ active, type }) => active && pathKind(type) !== null)
  const rank = ({ ref, type }: PoolRead) => (holdsFiles(type) ? (ref.name === 'default' ? 0 : 1) : 2)
  return usable.toSorted((a, b) => rank(a) - rank(b) || b.availableBytes - a.availableBytes)[0]
}

function diskOf(pools: readonly PoolRead[], bus: MachineSpec['disks'][number]['bus']): MachineSpec['disks'] {
  const pool = bestPool(pools)
  if (!pool) return []
  const format = holdsFiles(pool.type) ? ('qcow2' as const) : ('raw' as const)
  const source = { kind: 'new' as const, pool: pool.ref.name, sizeBytes: DEFAULT_DISK_BYTES, format }
  return [{ source, bus, cache: 'default', discard: true, ioThread: false }]
}

function nicOf({ networks, bridges }: Wires): MachineSpec['nics'] {
  const active = networks.filter((network) => network.active)
  const network = active.find(({ name }) => name === 'default') ?? active[0]
  const [bridge] = bridges
  const more = { vlan: null, model: 'virtio' as const, mac: null }
  if (network) return [{ source: { kind: 'network', network: network.name }, ...more }]
  return bridge ? [{ source: { kind: 'bridge', bridge: bridge.name, openVSwitch: bridge.openVSwitch }, ...more }] : []
}
