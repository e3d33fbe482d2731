import type { Volume, VolumePlace } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { Fleet, SimulatedMachine } from '../fleet.ts'
import { hashText } from '../random.ts'
import { isUnmounted } from '../storage/extra-pools.ts'
import { type FleetFile, fleetFilesIn } from '../storage/fleet-files.ts'
import { FleetDisks, isShared } from './fleet-disks.ts'
import { fleetImages } from './fleet-images.ts'
import type { SimulatedDisk } from './shape.ts'
import { VolumeBytes } from './volume-bytes.ts'
import * as problems from './volume-problems.ts'

/** A volume that was made or changed here. The others are derived from the fleet. */
export interface StoredVolume {
  readonly name: string
  format: string
  capacityBytes: number
  allocationBytes: number
  /** What it is built on, in whatever pool of the host. */
  readonly backing: VolumePlace | null
  readonly bytes: VolumeBytes
  isWhole: boolean
  /** A guest boots from it. */
  hasSystem: boolean
}

/** Told when the room in a pool is another. */
export type PoolListener = (ref: string, patch: Partial<PoolFacts>) => void

interface Depot {
  readonly made: Map<string, StoredVolume>
  /** Of the fleet's own, those that were deleted. */
  readonly removed: Set<string>
  /** Of the fleet's own, those that are neither disks nor images. */
  readonly files: ReadonlyMap<string, FleetFile>
  /** All that is in it. */
  usedBytes: number
}

/** What lies in the pools of a site. A pool that several hosts see holds the same for each of them. */
export class VolumeStore {
  readonly #fleet: Fleet
  readonly #poolChanged: PoolListener
  readonly #disks: FleetDisks
  readonly #depots = new Map<string, Depot>()

  constructor(fleet: Fleet, poolChanged: PoolListener) {
    this.#fleet = fleet
    this.#disks = new FleetDisks(fleet)
    this.#poolChanged = poolChanged
  }

  /** Throws AppError: volume.pool-not-found, volume.pool-off. */
  pool(hostRef: string, name: string): PoolFacts {
    const pool = this.#fleet.hosts.get(hostRef)?.pools.get(`${hostRef}/${name}`)
    if (!pool) throw problems.poolNotFound(name)
    if (!pool.active) throw problems.poolOff(name)
    return pool
  }

  pathOf(pool: PoolFacts, name: string): string {
    return pool.type === 'rbd' || pool.target === null ? `${pool.name}/${name}` : `${pool.target}/${name}`
  }

  list(hostRef: string, poolName: string): StoredVolume[] {
    const pool = this.pool(hostRef, poolName)
    const { made, removed, files } = this.#depot(pool)
    const found = new Map<string, StoredVolume>()
    for (const file of files.values()) found.set(file.name, ofFile(file, poolName))
    for (const image of this.#images(poolName)) found.set(image.name, image)
    for (const { volume, disk, machine } of this.#disks.in(pool)) {
      if (machine.shape === null && machine.edited === null && !found.has(volume)) found.set(volume, volumeOfDisk(disk, volume))
    }
    for (const name of removed) found.delete(name)
    for (const [name, volume] of made) found.set(name, volume)
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Those that are neither disks nor images of the fleet: only of these nobody may know. */
  loose(hostRef: string, poolName: string): StoredVolume[] {
    const { made, removed, files } = this.#depot(this.pool(hostRef, poolName))
    const own = [...files.values()].filter(({ name }) => !removed.has(name) && !made.has(name))
    return [...own.map((file) => ofFile(file, poolName)), ...made.values()]
  }

  find(hostRef: string, { pool: poolName, volume: name }: VolumePlace): StoredVolume | null {
    const pool = this.pool(hostRef, poolName)
    const { made, removed, files } = this.#depot(pool)
    const known = made.get(name)
    if (known) return known
    if (removed.has(name) || isUnmounted(pool)) return null
    const file = files.get(name)
    if (file) return ofFile(file, poolName)
    const image = this.#images(poolName).find((each) => each.name === name)
    if (image) return image
    const named = this.#disks.of(pool, name).find(({ machine }) => machine.shape === null && machine.edited === null)
    return named ? volumeOfDisk(named.disk, name) : null
  }

  /** As the host would list it. */
  describe(hostRef: string, poolName: string, volume: StoredVolume, usedBy: readonly string[]): Volume {
    const { name, format, capacityBytes, allocationBytes, backing } = volume
    const pool = this.pool(hostRef, poolName)
    return {
      name,
      path: this.pathOf(pool, name),
      format,
      capacityBytes,
      allocationBytes,
      backingPath: backing && this.pathOf(this.pool(hostRef, backing.pool), backing.volume),
      usedBy: [...usedBy],
    }
  }

  /** Names of the machines by the volumes of a pool that they name. */
  users(hostRef: string, poolName: string): ReadonlyMap<string, readonly string[]> {
    const users = new Map<string, string[]>()
    const add = (volume: string, machine: SimulatedMachine) => {
      const names = users.get(volume)
      if (names) names.push(machine.facts.name)
      else users.set(volume, [machine.facts.name])
    }
    const pool = this.pool(hostRef, poolName)
    for (const { volume, machine } of this.#disks.in(pool)) add(volume, machine)
    for (const { name, machine } of this.#depot(pool).files.values()) if (this.#isThere(machine)) add(name, machine)
    return users
  }

  /** The same of one volume. */
  usersOf(hostRef: string, { pool, volume }: VolumePlace): string[] {
    const facts = this.pool(hostRef, pool)
    const names = this.#disks.of(facts, volume).map(({ machine }) => machine.facts.name)
    const machine = this.#depot(facts).files.get(volume)?.machine ?? null
    return this.#isThere(machine) ? [...names, machine.facts.name] : names
  }

  /** How long ago one of the fleet's own was written last, in days; null: nobody tells. */
  ageDaysOf(hostRef: string, { pool, volume }: VolumePlace): number | null {
    const { files, made } = this.#depot(this.pool(hostRef, pool))
    return made.has(volume) ? null : (files.get(volume)?.ageDays ?? null)
  }

  /** Volumes that are built on this one. */
  overlaysOf(hostRef: string, place: VolumePlace): string[] {
    const pool = this.pool(hostRef, place.pool)
    const isEverywhere = isShared(pool)
    const names: string[] = []
    const own = this.#depot(pool)
    for (const { name, backing } of own.files.values()) {
      if (backing === place.volume && !own.removed.has(name) && !own.made.has(name)) names.push(name)
    }
    for (const [key, { made }] of this.#depots) {
      if (!isEverywhere && !key.startsWith(`${hostRef}/`)) continue
      for (const { name, backing } of made.values()) {
        if (backing?.pool === place.pool && backing.volume === place.volume) names.push(name)
      }
    }
    return names
  }

  /** Those that were made or changed and that the host sees. */
  *backed(hostRef: string): Generator<{ readonly pool: string; readonly volume: StoredVolume }> {
    for (const pool of this.#fleet.hosts.get(hostRef)?.pools.values() ?? []) {
      for (const volume of this.#depots.get(this.#keyOf(pool))?.made.values() ?? []) yield { pool: pool.name, volume }
    }
  }

  /** One that was there before anybody looked: the pool's figures know it already. */
  plant(hostRef: string, poolName: string, volume: StoredVolume): void {
    this.#depot(this.pool(hostRef, poolName)).made.set(volume.name, volume)
  }

  /** A file that is no image. */
  plainFile(name: string, sizeBytes: number): StoredVolume {
    return derived({ name, format: 'raw', capacityBytes: sizeBytes, allocationBytes: sizeBytes }, null, false)
  }

  /** Puts a new one, or takes one of the fleet's own over to change it. */
  put(hostRef: string, poolName: string, volume: StoredVolume): void {
    const pool = this.pool(hostRef, poolName)
    const before = this.find(hostRef, { pool: poolName, volume: volume.name })
    const depot = this.#depot(pool)
    depot.made.set(volume.name, volume)
    depot.usedBytes += volume.allocationBytes - (before?.allocationBytes ?? 0)
    this.tell(hostRef, poolName)
  }

  delete(hostRef: string, { pool: poolName, volume: name }: VolumePlace): void {
    const volume = this.find(hostRef, { pool: poolName, volume: name })
    if (!volume) return
    const depot = this.#depot(this.pool(hostRef, poolName))
    depot.made.delete(name)
    depot.removed.add(name)
    depot.usedBytes -= volume.allocationBytes
    this.tell(hostRef, poolName)
  }

  /** More of it is written now. Nobody is told before `tell`. */
  grow(hostRef: string, poolName: string, volume: StoredVolume, allocationBytes: number): void {
    this.#depot(this.pool(hostRef, poolName)).usedBytes += allocationBytes - volume.allocationBytes
    volume.allocationBytes = allocationBytes
  }

  freeBytes(hostRef: string, poolName: string): number {
    const pool = this.pool(hostRef, poolName)
    return (pool.capacityBytes ?? 0) - this.#depot(pool).usedBytes
  }

  /** Files that are no volumes take all of it but this. */
  fill(hostRef: string, poolName: string, leavingBytes: number): void {
    const pool = this.pool(hostRef, poolName)
    this.#depot(pool).usedBytes = (pool.capacityBytes ?? 0) - leavingBytes
    this.tell(hostRef, poolName)
  }

  /** Brings the pool's figures up to what is in it, on every host that sees it. */
  tell(hostRef: string, poolName: string): void {
    const hostRefs = isShared(this.pool(hostRef, poolName)) ? this.#fleet.hosts.keys() : [hostRef]
    for (const each of hostRefs) {
      const ref = `${each}/${poolName}`
      const pools = this.#fleet.hosts.get(each)?.pools
      const pool = pools?.get(ref)
      if (!pools || !pool) continue
      const allocationBytes = this.#depot(pool).usedBytes
      const patch = { allocationBytes, availableBytes: (pool.capacityBytes ?? 0) - allocationBytes }
      pools.set(ref, { ...pool, ...patch })
      this.#poolChanged(ref, patch)
    }
  }

  /** The disks of a machine that is going and that stay: nothing would tell of them any more. */
  keepDisks(machine: SimulatedMachine, gone: ReadonlySet<string>): void {
    const { hostRef } = machine.facts
    for (const disk of disksOf(machine)) {
      const { place } = disk
      if (!place || disk.readOnly) continue
      const volume = this.find(hostRef, place)
      if (!volume) continue
      if (gone.has(disk.key)) this.delete(hostRef, place)
      else this.#depot(this.pool(hostRef, place.pool)).made.set(place.volume, volume)
    }
  }

  /** By where it lies: a pool that is taken away and made again finds what was left. */
  #keyOf(pool: PoolFacts): string {
    return isShared(pool) ? `*/${pool.name}` : `${pool.hostRef}/${pool.type}/${pool.target ?? pool.name}`
  }

  #depot(pool: PoolFacts): Depot {
    const key = this.#keyOf(pool)
    const known = this.#depots.get(key)
    if (known) return known
    const files = new Map(fleetFilesIn(this.#fleet, pool).map((file) => [file.name, file]))
    const depot: Depot = { made: new Map(), removed: new Set(), files, usedBytes: pool.allocationBytes ?? 0 }
    this.#depots.set(key, depot)
    return depot
  }

  #isThere(machine: SimulatedMachine | null): machine is SimulatedMachine {
    return machine !== null && this.#fleet.machines.has(machine.ref)
  }

  /** Whether it is one of the images that every host of the site has. */
  isImage(poolName: string, name: string): boolean {
    return fleetImages(this.#fleet.site.edge).some((image) => image.pool === poolName && image.name === name)
  }

  #images(poolName: string): StoredVolume[] {
    return fleetImages(this.#fleet.site.edge)
      .filter(({ pool }) => pool === poolName)
      .map((image) => derived(image))
  }
}

function derived(
  image: Pick<StoredVolume, 'name' | 'format' | 'capacityBytes' | 'allocationBytes'>,
  backing: VolumePlace | null = null,
  hasSystem = image.format !== 'iso',
): StoredVolume {
  const { name, format, capacityBytes, allocationBytes } = image
  let bytes: VolumeBytes | null = null
  return {
    name,
    format,
    capacityBytes,
    allocationBytes,
    backing,
    isWhole: true,
    hasSystem,
    get bytes() {
      bytes ??= VolumeBytes.ofImage(format, format === 'raw' ? capacityBytes : allocationBytes, capacityBytes, hashText(name))
      return bytes
    },
  }
}

function ofFile(file: FleetFile, pool: string): StoredVolume {
  return derived(file, file.backing === null ? null : { pool, volume: file.backing })
}

/** What the fleet came with as a disk of a machine. */
export function volumeOfDisk({ capacityBytes, allocationBytes, format }: SimulatedDisk, name: string): StoredVolume {
  const capacity = capacityBytes ?? 0
  return derived({ name, format: format ?? 'raw', capacityBytes: capacity, allocationBytes: allocationBytes ?? capacity })
}
