import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'

/**
 * Machines of a site go by their UUID. Of one that was copied to another host of the same site there are two with the same UUID, as hosts of their
 * own would have it: the later one has its host in its reference.
 */
const MARK = '@'

/** The UUID of a machine, whichever of its copies that is. */
export function uuidOf({ ref }: Pick<SimulatedMachine, 'ref'>): string {
  return ref.split(MARK)[0] ?? ref
}

/** What a copy at this host is called by. */
export function refOfTwin(world: World, uuid: string, hostRef: string): string {
  return world.fleet.machines.has(uuid) ? `${uuid}${MARK}${hostRef}` : uuid
}

/** The machine of the same UUID that is defined at this host; undefined: there is none. */
export function twinAt(world: World, ref: string, hostRef: string): SimulatedMachine | undefined {
  const uuid = uuidOf({ ref })
  return [...world.host(hostRef).machines.values()].find((machine) => uuidOf(machine) === uuid)
}
