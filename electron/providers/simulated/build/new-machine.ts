import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { MachineDefinition, MachineFacts } from '../../provider.ts'
import { BUILT_ROLE } from '../data/roles.ts'
import { NATIVE_STATES, type SimulatedMachine } from '../fleet.ts'
import { mix } from '../random.ts'
import type { World } from '../world.ts'
import * as problems from './build-problems.ts'
import type { Shape, SimulatedDisk, SimulatedNic } from './shape.ts'
import { shapeOf } from './shape-of.ts'

export type NewDefinition = Extract<MachineDefinition, { kind: 'new' }>
export type CopyDefinition = Extract<MachineDefinition, { kind: 'copy' }>
type Attachment = Pick<SimulatedDisk, 'target' | 'bus' | 'device' | 'cache' | 'discard' | 'ioThread'>

const KIB_PER_MIB = 1_024
const PREFIXES: Readonly<Record<SimulatedDisk['bus'], string>> = { virtio: 'vd', scsi: 'sd', sata: 'sd', usb: 'sd', ide: 'hd' }

/** Gives each disk the next free name of its bus. */
class Targets {
  readonly #taken: Set<string>

  constructor(taken: readonly string[] = []) {
    this.#taken = new Set(taken)
  }

  next(bus: SimulatedDisk['bus']): string {
    for (let at = 0; ; at++) {
      const letter = String.fromCodePoint(97 + (at % 26))
      const name = `${PREFIXES[bus]}${at < 26 ? '' : 'a'}${letter}`
      if (this.#taken.has(name)) continue
      this.#taken.add(name)
      return name
    }
  }
}

function attach(world: World, hostRef: string, place: VolumePlace, attachment: Attachment): SimulatedDisk {
  const volume = findQuietly(world, hostRef, place)
  const pool = world.host(hostRef).pools.get(`${hostRef}/${place.pool}`)
  return {
    ...attachment,
    key: pool ? world.volumes.pathOf(pool, place.volume) : `${place.pool}/${place.volume}`,
    place,
    format: volume?.format === 'qcow2' ? 'qcow2' : 'raw',
    capacityBytes: volume?.capacityBytes ?? null,
    allocationBytes: volume?.allocationBytes ?? null,
    readOnly: attachment.device === 'cdrom',
    shared: false,
  }
}

/** Null also where the pool is off or absent: a preview may name what is not there. */
function findQuietly(world: World, hostRef: string, place: VolumePlace) {
  const pool = world.host(hostRef).pools.get(`${hostRef}/${place.pool}`)
  return pool?.active ? world.volumes.find(hostRef, place) : null
}

function cdrom(target: string, bus: SimulatedDisk['bus']): Attachment {
  return { target, bus, device: 'cdrom', cache: 'default', discard: false, ioThread: false }
}

function seedDisk(world: World, hostRef: string, seed: VolumePlace, bus: SimulatedDisk['bus'], target: string): SimulatedDisk {
  const attachment: Attachment = { ...cdrom(target, bus), device: 'disk' }
  return { ...attach(world, hostRef, seed, attachment), readOnly: true }
}

/** What a new machine is built of. Its volumes need not be there. */
export function newShape(world: World, hostRef: string, definition: NewDefinition): Shape {
  const { spec, disks, macs, seed } = definition
  const targets = new Targets()
  const attached = spec.disks.map((disk, at): SimulatedDisk => {
    const { bus, cache, discard, ioThread, source } = disk
    const place = disks[at] ?? { pool: source.pool, volume: `${definition.name}.qcow2` }
    const made = attach(world, hostRef, place, { target: targets.next(bus), bus, device: 'disk', cache, discard, ioThread })
    return source.kind === 'existing' ? made : { ...made, format: source.format }
  })
  if (seed) attached.push(seedDisk(world, hostRef, seed, attached[0]?.bus ?? 'virtio', targets.next(attached[0]?.bus ?? 'virtio')))
  const cdBus = spec.machineType?.includes('q35') === false ? 'ide' : 'sata'
  for (const place of spec.media) attached.push(attach(world, hostRef, place, cdrom(targets.next(cdBus), cdBus)))
  return {
    machineType: spec.machineType ?? 'pc-q35-10.0',
    firmware: spec.firmware,
    tpm: spec.tpm,
    cpu: spec.cpu,
    disks: attached,
    nics: spec.nics.map((nic, at): SimulatedNic => ({ ...nic, mac: macs[at] ?? nic.mac ?? '52:54:00:00:00:00' })),
    boot: spec.boot,
    graphics: spec.graphics,
    video: spec.video,
    agent: spec.agent,
    clipboard: spec.clipboard,
    watchdog: spec.watchdog,
    rng: spec.rng,
    hostDevices: [],
    hasSystem: disks.some((place) => findQuietly(world, hostRef, place)?.hasSystem === true),
  }
}

/** What a copy of a machine is built of: as its original but for what is its own, and without the host's devices. */
export function copyShape(world: World, hostRef: string, source: SimulatedMachine, definition: CopyDefinition): Shape {
  const { changes, disks, macs, seed } = definition
  const shape = shapeOf(source)
  // a new seed takes the place of the original's
  const kept = seed ? shape.disks.filter((disk) => !(disk.readOnly && disk.device === 'disk')) : shape.disks
  const copied = kept.map((disk): SimulatedDisk => {
    const place = disks[disk.target]
    if (!place) return disk
    const { pool, volume, format } = place
    return { ...attach(world, hostRef, { pool, volume }, disk), format: format === 'qcow2' ? 'qcow2' : 'raw' }
  })
  if (seed) {
    const bus = copied[0]?.bus ?? 'virtio'
    copied.push(seedDisk(world, hostRef, seed, bus, new Targets(copied.map(({ target }) => target)).next(bus)))
  }
  const nics = changes.nics ?? shape.nics
  const vcpus = changes.vcpus ?? shape.cpu.vcpus
  return {
    ...shape,
    cpu: { ...shape.cpu, vcpus, topology: vcpus === shape.cpu.vcpus ? shape.cpu.topology : null },
    disks: copied,
    nics: nics.map((nic, at) => ({ ...nic, mac: macs[at] ?? '52:54:00:00:00:00' })),
    hostDevices: [],
  }
}

export function networkRefsOf(world: World, hostRef: string, nics: readonly SimulatedNic[]): string[] {
  const { networks } = world.host(hostRef)
  const refs = new Set<string>()
  for (const { source } of nics) {
    for (const [ref, { name, bridge }] of networks) {
      if (source.kind === 'network' ? name === source.network : source.kind === 'bridge' && bridge === source.bridge) refs.add(ref)
    }
  }
  return [...refs]
}

/** As an administrator says it: `Debian 12`, not `Debian 12 (bookworm)`. */
function shortName(name: string): string {
  return name.replace(/ \(.*\)$| LTS$/, '')
}

/** The facts of a machine that is to be defined. */
export function newFacts(world: World, hostRef: string, definition: MachineDefinition, shape: Shape): MachineFacts {
  const own = definition.kind === 'new' ? factsOfSpec(definition) : factsOfCopy(world.machine(definition.sourceRef), definition)
  return {
    ...own,
    hostRef,
    name: definition.name,
    networkRefs: networkRefsOf(world, hostRef, shape.nics),
    vcpus: shape.cpu.vcpus,
    state: 'stopped',
    nativeState: NATIVE_STATES.stopped,
    addresses: [],
    persistent: true,
    hasManagedSave: false,
    agent: shape.agent ? 'disconnected' : 'none',
    startedAtMs: null,
    cloud: null,
    attention: null,
    metrics: null,
  }
}

type OwnFacts = Pick<
  MachineFacts,
  'title' | 'description' | 'tags' | 'notes' | 'memoryKiB' | 'maxMemoryKiB' | 'os' | 'autostart' | 'template'
>

function factsOfSpec({ spec, os }: NewDefinition): OwnFacts {
  const { title, description, tags, memoryMiB, autostart } = spec
  const memoryKiB = memoryMiB * KIB_PER_MIB
  const own = { title, description, tags, notes: null, autostart, template: null }
  return { ...own, memoryKiB, maxMemoryKiB: memoryKiB, os: os.id === 'other' ? null : shortName(os.name) }
}

function factsOfCopy({ facts }: SimulatedMachine, { changes, template }: CopyDefinition): OwnFacts {
  const { title, notes, os } = facts
  const memoryKiB = changes.memoryMiB === undefined ? facts.memoryKiB : changes.memoryMiB * KIB_PER_MIB
  return {
    title,
    notes,
    os,
    description: changes.description === undefined ? facts.description : changes.description,
    tags: changes.tags ?? facts.tags,
    memoryKiB,
    maxMemoryKiB: changes.memoryMiB === undefined ? facts.maxMemoryKiB : memoryKiB,
    autostart: false,
    template,
  }
}

/** The shape that a definition asks for, of either kind. */
export function shapeAsked(world: World, hostRef: string, definition: MachineDefinition): Shape {
  if (definition.kind === 'new') return newShape(world, hostRef, definition)
  return copyShape(world, hostRef, world.machine(definition.sourceRef), definition)
}

/** Defines it, off. Throws `conflict` build.name-taken, build.uuid-taken; `precondition` build.volume-missing. */
export function defineMachine(world: World, hostRef: string, definition: MachineDefinition): void {
  const { uuid, name } = definition
  const host = world.host(hostRef)
  if (world.fleet.machines.has(uuid)) throw problems.uuidTaken(uuid, name, hostRef)
  for (const { facts } of host.machines.values()) if (facts.name === name) throw problems.nameTaken(name, hostRef)
  const shape = shapeAsked(world, hostRef, definition)
  for (const { place } of shape.disks) if (place && !findQuietly(world, hostRef, place)) throw problems.volumeMissing(place)
  const source = definition.kind === 'copy' ? world.machine(definition.sourceRef) : null
  const index = world.nextIndex()
  world.add({
    ref: uuid,
    index,
    salt: mix(world.fleet.seed, index, 13),
    role: source?.role ?? BUILT_ROLE,
    environment: source?.environment ?? 'test',
    facts: newFacts(world, hostRef, definition, shape),
    boots: 0,
    job: null,
    snapshots: [],
    shape,
    addedDisplay: null,
    edited: null,
  })
}
