import type { EditableHardware } from '../../../../shared/model/index.ts'
import type { SimulatedDisk } from '../build/shape.ts'
import { detailOf } from '../detail.ts'
import { disksOf } from '../disks.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { parseTree, type Tree } from './definition-tree.ts'
import { figuresOf } from './life.ts'
import { type DiskKnowledge, readEditable } from './read-editable.ts'

export interface Definitions {
  readonly running: Tree | null
  readonly kept: Tree | null
  readonly runningXml: string | null
  readonly keptXml: string | null
  readonly revision: string
}

/** Both definitions as they are now. */
export function definitionsOf(world: World, machine: SimulatedMachine): Definitions {
  const isOn = holdsMemory(machine.facts.state)
  const { xml, inactiveXml } = detailOf(world, machine)
  const runningXml = isOn ? xml : null
  const keptXml = isOn ? inactiveXml : xml
  return {
    running: runningXml === null ? null : parseTree(runningXml),
    kept: keptXml === null ? null : parseTree(keptXml),
    runningXml,
    keptXml,
    revision: [runningXml, keptXml].map((text) => (text === null ? '' : hashText(text).toString(36))).join('.'),
  }
}

/** What a disk's source lies in and how large it is. */
export function knowledgeOf(world: World, machine: SimulatedMachine): DiskKnowledge {
  const { hostRef } = machine.facts
  const known = new Map(disksOf(machine).map((disk) => [disk.key, disk]))
  const pools = [...world.host(hostRef).pools.values()].filter(({ active }) => active)
  const placeOf = (source: string) => {
    const volume = source.slice(source.lastIndexOf('/') + 1)
    const pool = pools.find((each) => world.volumes.pathOf(each, volume) === source)
    return pool ? { pool: pool.name, volume } : null
  }
  return (source) => {
    const disk = known.get(source)
    const place = disk?.place ?? placeOf(source)
    const volume = place && pools.some(({ name }) => name === place.pool) ? world.volumes.find(hostRef, place) : null
    return { place, capacityBytes: volume?.capacityBytes ?? disk?.capacityBytes ?? null }
  }
}

/** The disks of both definitions, as the rest of the site knows them. */
function disksIn(machine: SimulatedMachine, definitions: readonly EditableHardware[]): readonly SimulatedDisk[] {
  const before = new Map(disksOf(machine).map((disk) => [disk.key, disk]))
  const found = new Map<string, SimulatedDisk>()
  for (const disk of definitions.flatMap(({ disks }) => disks)) {
    if (disk.source === null || found.has(disk.source)) continue
    const known = before.get(disk.source)
    found.set(disk.source, {
      key: disk.source,
      target: disk.target,
      format: disk.format === 'qcow2' ? 'qcow2' : 'raw',
      capacityBytes: disk.capacityBytes,
      allocationBytes: known?.allocationBytes ?? disk.capacityBytes,
      device: disk.device === 'cdrom' ? 'cdrom' : 'disk',
      readOnly: disk.readOnly,
      shared: known?.shared ?? disk.readOnly,
      place: disk.place,
      bus: (disk.bus ?? 'virtio') as SimulatedDisk['bus'],
      cache: disk.cache,
      discard: disk.discard,
      ioThread: known?.ioThread ?? false,
    })
  }
  return [...found.values()]
}

/** Networks that the cards hang on, by their names or their bridges. */
function networkRefsOf(world: World, { facts: { hostRef } }: SimulatedMachine, { nics }: EditableHardware): string[] {
  const networks = [...world.host(hostRef).networks.values()]
  const named = nics.flatMap(({ kind, source }) =>
    networks.filter(({ name, bridge }) => (kind === 'network' ? name === source : kind === 'bridge' && bridge === source)),
  )
  return [...new Set(named.map(({ name }) => `${hostRef}/${name}`))]
}

/** Keeps what an edit has made of the definitions, and tells the site what follows from it. */
export function keep(world: World, machine: SimulatedMachine, next: Pick<Definitions, 'running' | 'kept'>): void {
  const known = knowledgeOf(world, machine)
  // what the fleet came with is derived from its machines: a disk that goes from one stays where it lies
  if (!machine.edited) world.volumes.keepDisks(machine, new Set())
  const read = (domain: Tree | null) => (domain ? [readEditable(domain, known)] : [])
  const definitions = [...read(next.running), ...read(next.kept)]
  const disks = disksIn(machine, definitions)
  machine.edited = {
    running: next.running,
    kept: next.kept,
    disks,
    bootVcpus: machine.edited?.bootVcpus ?? machine.facts.vcpus,
    last: machine.edited?.last ?? null,
  }
  const counts = next.running ?? next.kept
  const [first] = definitions
  if (counts && first) world.update(machine, { ...figuresOf(counts), networkRefs: networkRefsOf(world, machine, first) })
}
