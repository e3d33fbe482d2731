import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { PoolFacts } from '../../provider.ts'
import type { SeenFile } from '../../snapshots/index.ts'
import type { StoredVolume } from '../build/volume-store.ts'
import { disksOf } from '../disks.ts'
import type { SimulatedMachine } from '../fleet.ts'
import type { World } from '../world.ts'

const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

/** The image files of one host: what stands on what, and who uses it. As it is now: made anew for each look. */
export class HostFiles {
  readonly #world: World
  readonly #hostRef: string
  readonly folders: readonly PoolFacts[]
  #above: ReadonlyMap<string, readonly string[]> | null = null
  #users: ReadonlyMap<string, readonly SimulatedMachine[]> | null = null

  constructor(world: World, hostRef: string) {
    this.#world = world
    this.#hostRef = hostRef
    this.folders = [...world.host(hostRef).pools.values()].filter(({ type, active }) => active && FOLDERS.has(type))
  }

  /** Null: it lies in no folder that is a pool. */
  placeOf(path: string): VolumePlace | null {
    const pool = this.folders.find(({ target }) => target !== null && path.startsWith(`${target}/`))
    return pool ? { pool: pool.name, volume: path.slice((pool.target ?? '').length + 1) } : null
  }

  find(path: string): StoredVolume | null {
    const place = this.placeOf(path)
    return place && this.#world.volumes.find(this.#hostRef, place)
  }

  pathOf({ pool, volume }: VolumePlace): string {
    return this.#world.volumes.pathOf(this.#world.volumes.pool(this.#hostRef, pool), volume)
  }

  /** Null: it is not there. */
  seen(path: string, own: SimulatedMachine): SeenFile | null {
    const place = this.placeOf(path)
    const volume = place && this.#world.volumes.find(this.#hostRef, place)
    if (place && !volume) return null
    return {
      path,
      pool: place?.pool ?? null,
      volume: place?.volume ?? null,
      inFolder: place !== null,
      format: volume?.format ?? 'raw',
      capacityBytes: volume?.capacityBytes ?? null,
      allocationBytes: volume?.allocationBytes ?? null,
      writtenAtMs: this.#world.snapshots.writtenMs(this.#hostRef, path),
      base: volume?.backing ? this.pathOf(volume.backing) : null,
      overlays: this.#overlays().get(path) ?? [],
      usedBy: this.#usersAbove(path, own),
      problem: null,
    }
  }

  /** Paths of everything in the folders. */
  taken(): ReadonlySet<string> {
    const { volumes } = this.#world
    return new Set(this.folders.flatMap((pool) => volumes.list(this.#hostRef, pool.name).map(({ name }) => volumes.pathOf(pool, name))))
  }

  #overlays(): ReadonlyMap<string, readonly string[]> {
    if (this.#above) return this.#above
    const above = new Map<string, string[]>()
    for (const { pool, volume } of this.#world.volumes.backed(this.#hostRef)) {
      if (volume.backing === null) continue
      const base = this.pathOf(volume.backing)
      above.set(base, [...(above.get(base) ?? []), this.pathOf({ pool, volume: volume.name })])
    }
    this.#above = above
    return above
  }

  /** Others that use the file, or an image that stands on it. */
  #usersAbove(path: string, own: SimulatedMachine): string[] {
    const names = new Set<string>()
    const seen = new Set([path])
    // a Set hands out what is added while it is walked
    for (const each of seen) {
      for (const machine of this.#usersOf(each)) if (machine !== own) names.add(machine.facts.name)
      for (const overlay of this.#overlays().get(each) ?? []) seen.add(overlay)
    }
    return [...names]
  }

  #usersOf(path: string): readonly SimulatedMachine[] {
    if (!this.#users) {
      const users = new Map<string, SimulatedMachine[]>()
      for (const machine of this.#world.host(this.#hostRef).machines.values()) {
        for (const { key } of disksOf(machine)) users.set(key, [...(users.get(key) ?? []), machine])
      }
      this.#users = users
    }
    return this.#users.get(path) ?? []
  }
}
