import type { SimulatedHost, SimulatedMachine } from '../fleet.ts'
import { cpuAt } from '../load.ts'
import { mix, share } from '../random.ts'
import type { World } from '../world.ts'

/** Pages that were never written are not sent. */
const RESIDENT_SHARE = 0.6
/** Written by one virtual processor at full load, in bytes a second. */
const DIRTY_BYTES_PER_VCPU = 14e6
/** What a guest writes to again and again. */
export const WORKING_SET_SHARE = 0.3

export function residentBytes({ facts }: SimulatedMachine): number {
  return Math.round(facts.memoryKiB * 1_024 * RESIDENT_SHARE)
}

/** How fast the guest writes to its memory now, in bytes a second. */
export function dirtyBytesPerS(world: World, { facts, role, salt }: SimulatedMachine): number {
  if (facts.state !== 'running' && facts.state !== 'migrating') return 0
  const busy = cpuAt(role.load, salt, world.clock.nowMs()) / 100
  return Math.round(facts.vcpus * busy * DIRTY_BYTES_PER_VCPU)
}

/** Between two hosts: ten gigabits in a data centre, one at a depot; the same both ways. */
export function linkBytesPerS(world: World, from: SimulatedHost, to: SimulatedHost): number {
  const nominal = world.fleet.site.edge ? 117e6 : 1_170e6
  return Math.round(nominal * (0.72 + share(mix(from.salt ^ to.salt, 211)) * 0.24))
}
