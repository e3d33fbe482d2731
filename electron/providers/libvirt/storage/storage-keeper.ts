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
import type { PoolLook, VolumePorts } from '../volumes/volume-context.ts'
import { within } from '../volumes/volume-context.ts'
import type { CallOnLink } from '../volumes/volume-keeper.ts'
import { explainedVolume } from '../volumes/volume-problems.ts'
import { groundOf, type PoolGround, placeOn } from './host-claims.ts'
import { findOrphans } from './orphans.ts'
import { readPoolAbilities } from './pool-abilities.ts'
import { poolState, refreshPool, removalOf, removePool, setAutostart, startPool, stopPool } from './pool-acts.ts'
import { createPool } from './pool-create.ts'
import { findSources } from './pool-find.ts'
import { needPool, type StorageContext } from './storage-context.ts'
import { explainedPool } from './storage-problems.ts'
import { batches, listRows, readFacts } from './volume-rows.ts'
import { wipeVolume } from './volume-wipe.ts'

/** A pool and its mount are asked about once for many volumes that go together. */
const GROUND_KEPT_MS = 5_000

/** The pools of one libvirt host. */
export class LibvirtStorage implements StorageKeeper {
  readonly #ports: VolumePorts
  readonly #call: CallOnLink
  readonly #looks = new Map<string, PoolLook>()
  readonly #grounds = new Map<string, { readonly ground: PoolGround; readonly atMs: number }>()

  constructor(ports: VolumePorts, call: CallOnLink) {
    this.#ports = ports
    this.#call = call
  }

  abilities(_hostRef: string, options: CallOptions): Promise<StorageAbilities> {
    return this.#do(null, '', options, readPoolAbilities)
  }

  find(_hostRef: string, type: PoolType, server: string | null, options: CallOptions): Promise<readonly FoundSource[]> {
    return this.#do(null, '', options, (context) => findSources(context, type, server))
  }

  create(_hostRef: string, definition: PoolDefinition, secrets: Secrets, options: ActOptions): Promise<void> {
    return this.#do('pool.create', definition.spec.name, options, (context) => createPool(context, definition, secrets))
  }

  start(_hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#do('pool.start', pool, options, (context) => startPool(context, pool))
  }

  stop(_hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#do('pool.stop', pool, options, (context) => stopPool(context, pool))
  }

  refresh(_hostRef: string, pool: string, options: ActOptions): Promise<void> {
    return this.#do('pool.refresh', pool, options, (context) => refreshPool(context, pool))
  }

  setAutostart(_hostRef: string, pool: string, autostart: boolean, options: ActOptions): Promise<void> {
    return this.#do('pool.setAutostart', pool, options, (context) => setAutostart(context, pool, autostart))
  }

  removal(_hostRef: string, pool: string, options: CallOptions): ReturnType<StorageKeeper['removal']> {
    return this.#do(null, pool, options, (context) => removalOf(context, pool))
  }

  remove(_hostRef: string, pool: string, deleteTarget: boolean, options: ActOptions): Promise<void> {
    return this.#do('pool.remove', pool, options, (context) => removePool(context, pool, deleteTarget))
  }

  state(_hostRef: string, pool: string, options: CallOptions): ReturnType<StorageKeeper['state']> {
    return this.#do(null, pool, options, (context) => poolState(context, pool))
  }

  definition(_hostRef: string, pool: string, options: CallOptions): Promise<string> {
    return this.#do(null, pool, options, async (context) => {
      const found = await needPool(context, pool)
      return (await context.host.call('storagePoolGetXmlDesc', { pool: found, flags: 0 }, within(context))).xml
    })
  }

  list(_hostRef: string, pool: string, options: CallOptions): Promise<readonly ListedVolume[]> {
    return this.#do(null, pool, options, (context) => listRows(context, pool))
  }

  async *facts(
    _hostRef: string,
    pool: string,
    names: readonly string[],
    options: CallOptions,
  ): AsyncIterable<ReadonlyMap<string, VolumeFactsOf | null>> {
    for (const batch of batches(names)) yield await this.#do(null, pool, options, (context) => readFacts(context, pool, batch))
  }

  wipe(_hostRef: string, place: VolumePlace, options: ActOptions): Promise<void> {
    return this.#call('volume.wipe', options, async (work) => {
      try {
        await wipeVolume(this.#context(work), place)
      } catch (error) {
        throw explainedVolume(error, place)
      }
    })
  }

  orphans(_hostRef: string, options: CallOptions): Promise<OrphanLook> {
    return this.#do(null, '', options, findOrphans)
  }

  sharedPlace(_hostRef: string, place: VolumePlace, options: CallOptions): Promise<SharedPlace | null> {
    return this.#do(null, place.pool, options, async (context) => {
      const nowMs = this.#ports.clock.nowMs()
      const kept = this.#grounds.get(place.pool)
      const ground = kept && nowMs - kept.atMs < GROUND_KEPT_MS ? kept.ground : await groundOf(context, place.pool)
      if (ground !== kept?.ground) this.#grounds.set(place.pool, { ground, atMs: nowMs })
      return await placeOn(ground, context, place)
    })
  }

  #context(work: StorageContext['work']): StorageContext {
    return { ...this.#ports, work, progress: () => {}, looks: this.#looks, copies: new Set() }
  }

  #do<T>(command: string | null, pool: string, options: CallOptions, run: (context: StorageContext) => Promise<T>): Promise<T> {
    return this.#call(command, options, async (work) => {
      try {
        return await run(this.#context(work))
      } catch (error) {
        throw explainedPool(error, pool)
      }
    })
  }
}
