import type { FoundSource, PoolType, SharedPlace, StorageAbilities, VolumePlace } from '../../../../shared/model/index.ts'
import type {
  ActOptions,
  CallOptions,
  ListedVolume,
  OrphanLook,
  PoolDefinition,
  Secrets,
  StorageKeeper,
  VolumeFactsOf,
} from '../../provider.ts'
import type { Carrier } from '../build/carrier.ts'
import { deferred } from '../deferred.ts'
import type { World } from '../world.ts'
import { findSources, poolAbilities } from './pool-sources.ts'
import { createPool, needPool, refreshPool, removalOf, removePool, startPool, stopPool } from './pool-work.ts'
import { poolXml } from './pool-xml.ts'
import { sharedPlaceIn } from './shared-source.ts'
import { findOrphans, listVolumes, readFacts, wipeVolume } from './volume-facts.ts'

/** A screen of them first, as a host's answer to few questions. */
const FIRST_BATCH = 60
const BATCH = 250
/** How long a host looks at a file; of ten thousand the last is known some seconds later. */
const LOOK_MS = 0.7

/** The pools of a simulated site, over one link. */
export class SimulatedStorage implements StorageKeeper {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  abilities(hostRef: string, options: CallOptions): Promise<StorageAbilities> {
    return this.#carrier.read(options, () => poolAbilities(this.#world, hostRef))
  }

  find(hostRef: string, type: PoolType, server: string | null, options: CallOptions): Promise<readonly FoundSource[]> {
    return this.#carrier.read(options, () => findSources(this.#world, hostRef, type, server))
  }

  create(hostRef: string, definition: PoolDefinition, secrets: Secrets, options: ActOptions): Promise<void> {
    const password = secrets['password'] ?? null
    return this.#carrier.command('pool.create', options, (work) => createPool(this.#world, hostRef, definition, password, work))
  }

  start(hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('pool.start', options, (work) => startPool(this.#world, hostRef, pool, work))
  }

  stop(hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('pool.stop', options, (work) => stopPool(this.#world, hostRef, pool, work))
  }

  refresh(hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#carrier.command('pool.refresh', options, (work) => refreshPool(this.#world, hostRef, pool, work))
  }

  setAutostart(hostRef: string, pool: string, autostart: boolean, options: ActOptions): Promise<void> {
    return this.#carrier.command('pool.setAutostart', options, () =>
      this.#world.pools.setAutostart(needPool(this.#world, hostRef, pool), autostart),
    )
  }

  removal(hostRef: string, pool: string, options: CallOptions): ReturnType<StorageKeeper['removal']> {
    return this.#carrier.read(options, () => removalOf(this.#world, hostRef, pool))
  }

  remove(hostRef: string, pool: string, deleteTarget: boolean, options: ActOptions): Promise<void> {
    return this.#carrier.command('pool.remove', options, (work) => removePool(this.#world, hostRef, pool, deleteTarget, work))
  }

  state(hostRef: string, name: string, options: CallOptions): ReturnType<StorageKeeper['state']> {
    const { pools } = this.#world
    return this.#carrier.read(options, () => {
      const pool = pools.find(hostRef, name)
      return pool && { uuid: pools.uuidOf(pool), isActive: pool.active, autostart: pool.autostart }
    })
  }

  definition(hostRef: string, name: string, options: CallOptions): Promise<string> {
    const { pools } = this.#world
    return this.#carrier.read(options, () => {
      const pool = needPool(this.#world, hostRef, name)
      return poolXml(pool, pools.uuidOf(pool), pools.sourceOf(pool))
    })
  }

  list(hostRef: string, pool: string, options: CallOptions): Promise<readonly ListedVolume[]> {
    return this.#carrier.read(options, () => listVolumes(this.#world, hostRef, pool))
  }

  async *facts(
    hostRef: string,
    pool: string,
    names: readonly string[],
    options: CallOptions,
  ): AsyncGenerator<ReadonlyMap<string, VolumeFactsOf | null>> {
    for (let at = 0; at < names.length; ) {
      const batch = names.slice(at, at + (at === 0 ? FIRST_BATCH : BATCH))
      at += batch.length
      await this.#look(batch.length)
      options.signal?.throwIfAborted()
      yield await this.#carrier.read(options, () => readFacts(this.#world, hostRef, pool, batch))
    }
  }

  wipe(hostRef: string, place: VolumePlace, options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.wipe', options, (work) => wipeVolume(this.#world, hostRef, place, work))
  }

  orphans(hostRef: string, options: CallOptions): Promise<OrphanLook> {
    return this.#carrier.read(options, () => findOrphans(this.#world, hostRef))
  }

  sharedPlace(hostRef: string, { pool, volume }: VolumePlace, options: CallOptions): Promise<SharedPlace | null> {
    return this.#carrier.read(options, () => sharedPlaceIn(needPool(this.#world, hostRef, pool), volume))
  }

  #look(files: number): Promise<void> {
    const { promise, resolve } = deferred<void>()
    this.#world.clock.after((files * LOOK_MS) / this.#world.config.speed, resolve)
    return promise
  }
}
