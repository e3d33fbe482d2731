import type { PoolFacts } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { Fleet, SimulatedMachine } from '../fleet.ts'
import type { SimulatedDisk } from './shape.ts'

/** A disk and a machine that names it. */
export interface NamedDisk {
  readonly volume: string
  readonly disk: SimulatedDisk
  readonly machine: SimulatedMachine
}

const SHARED_TYPES: ReadonlySet<string> = new Set(['rbd', 'netfs'])

/** Whether several hosts see the same in it. */
export function isShared({ type }: PoolFacts): boolean {
  return SHARED_TYPES.has(type)
}

function* disksIn(machines: Iterable<SimulatedMachine>, pool: string): Generator<NamedDisk> {
  for (const machine of machines) {
    for (const disk of disksOf(machine)) if (disk.place?.pool === pool) yield { volume: disk.place.volume, disk, machine }
  }
}

/** Which machines name what lies in a pool. What the fleet came with is worked out once for each pool that a whole site shares. */
export class FleetDisks {
  readonly #fleet: Fleet
  readonly #derived = new Map<string, ReadonlyMap<string, readonly NamedDisk[]>>()

  constructor(fleet: Fleet) {
    this.#fleet = fleet
  }

  /** All of them, the fleet's own first. */
  *in(pool: PoolFacts): Generator<NamedDisk> {
    if (!isShared(pool)) {
      yield* disksIn(this.#fleet.hosts.get(pool.hostRef)?.machines.values() ?? [], pool.name)
      return
    }
    for (const named of this.#ofSite(pool.name).values()) yield* named.filter((each) => this.#isThere(each))
    yield* disksIn(this.#built(), pool.name)
  }

  /** Those who name one volume. */
  of(pool: PoolFacts, volume: string): NamedDisk[] {
    if (!isShared(pool)) return [...this.in(pool)].filter((each) => each.volume === volume)
    const own = (this.#ofSite(pool.name).get(volume) ?? []).filter((each) => this.#isThere(each))
    return [...own, ...[...disksIn(this.#built(), pool.name)].filter((each) => each.volume === volume)]
  }

  #isThere({ machine }: NamedDisk): boolean {
    return machine.edited === null && this.#fleet.machines.has(machine.ref)
  }

  *#built(): Generator<SimulatedMachine> {
    for (const machine of this.#fleet.machines.values()) if (machine.shape || machine.edited) yield machine
  }

  #ofSite(pool: string): ReadonlyMap<string, readonly NamedDisk[]> {
    const known = this.#derived.get(pool)
    if (known) return known
    const own = [...this.#fleet.machines.values()].filter(({ shape, edited }) => shape === null && edited === null)
    const byVolume = new Map<string, NamedDisk[]>()
    for (const named of disksIn(own, pool)) {
      const others = byVolume.get(named.volume)
      if (others) others.push(named)
      else byVolume.set(named.volume, [named])
    }
    this.#derived.set(pool, byVolume)
    return byVolume
  }
}
