import { activePath, coveredDisks, type SeenDisk, type SeenFile, type Sight } from '../../snapshots/index.ts'
import { shapeOf } from '../build/shape-of.ts'
import { checkpointsOf, disksOf, hasTpm, nvramOf } from '../disks.ts'
import { holdsMemory, type SimulatedMachine } from '../fleet.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { HostFiles } from './host-files.ts'

/** A guest writes so much into a new file. */
const WRITES_BYTES_PER_S = 1.5e6
/** And never more than this share of its disk. */
const MOST_WRITTEN = 0.8

/** A machine with its snapshots and files, as the rules of snapshots look at it. */
export function sightOf(world: World, machine: SimulatedMachine): Sight {
  const { facts } = machine
  const files = new HostFiles(world, facts.hostRef)
  writeOn(world, machine, files)
  const disks = disksOf(machine).map((disk): SeenDisk => {
    // what lies in no folder is a device of a cluster, which no path leads to; or a file that two machines share
    const path = disk.place === null || files.placeOf(disk.key) ? disk.key : null
    const isReadOnly = disk.readOnly || disk.device === 'cdrom'
    return { target: disk.target, path, format: disk.format, isReadOnly, isShared: disk.place === null && disk.shared }
  })
  const snapshots = world.snapshots.of(machine)
  const found = filesOf(machine, files, [
    ...coveredDisks({ disks }).map(({ path }) => path),
    ...snapshots.flatMap((snapshot) => [snapshot.memoryFile, ...snapshot.disks.flatMap((disk) => [disk.file, disk.overlay])]),
  ])
  return {
    name: facts.name,
    isActive: holdsMemory(facts.state),
    isPaused: facts.state === 'paused' || facts.state === 'suspended',
    isPersistent: facts.persistent,
    hasManagedSave: facts.hasManagedSave,
    memoryBytes: facts.memoryKiB * 1_024,
    agent: facts.agent === 'none' ? 'none' : facts.agent === 'connected' && facts.state === 'running' ? 'answers' : 'silent',
    hasNvram: nvramOf(machine) !== null,
    hasTpm: hasTpm(machine),
    holdsMemory: shapeOf(machine).hostDevices.map(({ name }) => name),
    checkpoints: checkpointsOf(machine).length,
    disks,
    nextPaths: [],
    snapshots,
    files: found,
    jobs: world.snapshots.jobsOf(machine),
    pools: new Map(files.folders.map(({ name }) => [name, { availableBytes: world.volumes.freeBytes(facts.hostRef, name) }])),
    taken: files.taken(),
    blind: null,
    unseen: [],
    // what the tree does not name is nowhere inside
    inside: new Map([...found.keys()].map((path) => [path, []])),
    held: new Set(),
  }
}

/** Those files, everything beneath them, and everything that stands on any of it. */
function filesOf(machine: SimulatedMachine, files: HostFiles, roots: ReadonlyArray<string | null>): Map<string, SeenFile> {
  const found = new Map<string, SeenFile>()
  const waiting = roots.filter((root) => root !== null)
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue
    const file = files.seen(path, machine)
    if (!file) continue
    found.set(path, file)
    waiting.push(...file.overlays, ...(file.base === null ? [] : [file.base]))
  }
  return found
}

/** What a running guest has written since its disks got new files. */
function writeOn(world: World, machine: SimulatedMachine, files: HostFiles): void {
  const { hostRef, state } = machine.facts
  if (state !== 'running') return
  for (const { key } of disksOf(machine)) {
    const begunMs = world.snapshots.begunMs(hostRef, key)
    const place = files.placeOf(key)
    const volume = begunMs === null ? null : files.find(key)
    if (begunMs === null || !place || !volume) continue
    const written = ((world.clock.nowMs() - begunMs) / 1_000) * WRITES_BYTES_PER_S * world.config.speed
    const room = volume.allocationBytes + Math.max(0, world.volumes.freeBytes(hostRef, place.pool))
    const allocationBytes = Math.round(Math.min(written, volume.capacityBytes * MOST_WRITTEN, room))
    if (allocationBytes > volume.allocationBytes) world.volumes.grow(hostRef, place.pool, volume, allocationBytes)
  }
}

/** Of the tree, the chains and the disks together. Not of sizes, which change while a guest writes. */
export function revisionOf(sight: Sight): string {
  const files = [...sight.files.values()].map(({ path, base, usedBy }) => [path, base, usedBy])
  const disks = sight.disks.map(({ target }) => [target, activePath(sight, target)])
  return hashText(JSON.stringify([sight.snapshots, disks, files])).toString(16)
}
