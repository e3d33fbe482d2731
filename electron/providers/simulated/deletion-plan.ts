import type { DeletionPlan } from '../../../shared/model/index.ts'
import type { SimulatedDisk } from './build/shape.ts'
import { checkpointsOf, disksOf, hasTpm, nvramOf } from './disks.ts'
import type { SimulatedMachine } from './fleet.ts'
import type { World } from './world.ts'

/** Why a disk has to stay; null: it may go. */
function reasonToKeep(disk: SimulatedDisk, sharedWith: readonly string[], overlays: readonly string[]): string | null {
  if (disk.readOnly) return 'read-only'
  if (sharedWith.length > 0) return 'shared'
  return overlays.length > 0 ? `Other images are built on it: ${overlays.join(', ')}.` : null
}

function othersWith(world: World, machine: SimulatedMachine, key: string): string[] {
  const names: string[] = []
  for (const other of world.host(machine.facts.hostRef).machines.values()) {
    if (other !== machine && disksOf(other).some((disk) => disk.key === key)) names.push(other.facts.name)
  }
  return names
}

function diskInPlan(world: World, machine: SimulatedMachine, disk: SimulatedDisk): DeletionPlan['disks'][number] {
  const { hostRef } = machine.facts
  const volume = disk.place && world.volumes.find(hostRef, disk.place)
  const sharedWith = othersWith(world, machine, disk.key)
  const reason = reasonToKeep(disk, sharedWith, disk.place ? world.volumes.overlaysOf(hostRef, disk.place) : [])
  return {
    key: disk.key,
    target: disk.target,
    format: disk.format,
    capacityBytes: volume?.capacityBytes ?? disk.capacityBytes,
    allocationBytes: volume?.allocationBytes ?? disk.allocationBytes,
    sharedWith,
    deletable: reason === null,
    reason,
  }
}

/** What a deletion would take away. */
export function planDeletion(world: World, machine: SimulatedMachine): Omit<DeletionPlan, 'machineId'> {
  return {
    name: machine.facts.name,
    state: machine.facts.state,
    disks: disksOf(machine).map((each) => diskInPlan(world, machine, each)),
    snapshots: [...machine.snapshots],
    checkpoints: [...checkpointsOf(machine)],
    nvram: nvramOf(machine),
    tpm: hasTpm(machine) ? 'chosen' : null,
    hasManagedSave: machine.facts.hasManagedSave,
  }
}
