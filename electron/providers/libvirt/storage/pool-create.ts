import type { StoragePoolRef } from '../../../libvirt/index.ts'
import { constants } from '../../../libvirt/index.ts'
import type { PoolDefinition, Secrets } from '../../provider.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, within } from '../volumes/volume-context.ts'
import { startPool } from './pool-acts.ts'
import { dropSecret, keepSecret } from './pool-secrets.ts'
import { keyOfPool, poolXml, sourceKeyOf } from './pool-xml.ts'
import { isActive, poolFacts, poolNamed, type StorageContext } from './storage-context.ts'
import { buildFailed, hasData, poolNameTaken, sourceTaken } from './storage-problems.ts'

/** Pools whose source is looked at before anything is written over it. */
const GUARDED: ReadonlySet<string> = new Set(['logical', 'disk'])

/**
 * Makes a pool, or goes on with one that an earlier attempt began. What fails takes the pool and its secret away again; what was built stays.
 * Throws `conflict` pool.name-taken, pool.source-taken, pool.device-has-data, and what a start does.
 */
export async function createPool(context: StorageContext, definition: PoolDefinition, secrets: Secrets): Promise<void> {
  const { uuid, spec } = definition
  const known = await poolNamed(context, spec.name)
  if (known && known.uuid !== uuid) throw poolNameTaken(spec.name)
  if (!known) await needFreeSource(context, definition)
  try {
    const pool = known ?? (await define(context, definition, secrets))
    await bringUp(context, pool, definition, known !== null)
    await change(context, 'storagePoolSetAutostart', { pool, autostart: spec.autostart ? 1 : 0 })
  } catch (error) {
    // When nobody waits any more, nobody knows what the host does: the next attempt looks.
    if (!context.work.signal.aborted) await takeBack(context, definition)
    throw error
  } finally {
    context.touchPools()
  }
}

async function define(context: StorageContext, definition: PoolDefinition, secrets: Secrets): Promise<StoragePoolRef> {
  const { spec } = definition
  const login = await keepSecret(context, definition, secrets.password ?? '')
  try {
    return (await change(context, 'storagePoolDefineXml', { xml: poolXml(definition, login), flags: 0 })).pool
  } catch (error) {
    if (libvirtNumber(error) !== VIR_ERR.operationFailed) throw error
    // It says so for a name and for a source alike; somebody was quicker.
    if (await poolNamed(context, spec.name)) throw poolNameTaken(spec.name, error)
    await needFreeSource(context, definition, error)
    throw error
  }
}

/** One that is there was built already, unless it breaks off there. */
async function bringUp(context: StorageContext, pool: StoragePoolRef, { spec }: PoolDefinition, wasThere: boolean): Promise<void> {
  if (wasThere) {
    if (await isActive(context, pool)) return
    try {
      await startPool(context, spec.name)
      return
    } catch (error) {
      if (!spec.build) throw error
    }
  }
  if (spec.build) await build(context, pool, { spec })
  await startPool(context, spec.name)
}

async function build(context: StorageContext, pool: StoragePoolRef, { spec }: Pick<PoolDefinition, 'spec'>): Promise<void> {
  const guarded = GUARDED.has(spec.source.type)
  const { VIR_STORAGE_POOL_BUILD_OVERWRITE: overwrite, VIR_STORAGE_POOL_BUILD_NO_OVERWRITE: keep } = constants
  const flags = guarded ? (spec.overwrite ? overwrite : keep) : 0
  try {
    await change(context, 'storagePoolBuild', { pool, flags })
  } catch (error) {
    const number = libvirtNumber(error)
    if (number === undefined) throw error
    // A probe that failed cannot tell that nothing is there.
    if (number === VIR_ERR.storagePoolBuilt || number === VIR_ERR.storageProbeFailed) throw hasData(spec.name, error)
    throw buildFailed(spec.name, error)
  }
}

/** Throws `conflict` pool.source-taken. */
async function needFreeSource(context: StorageContext, { spec, uuid }: PoolDefinition, cause?: unknown): Promise<void> {
  const { pools } = await context.host.call('connectListAllStoragePools', { needResults: 1, flags: 0 }, within(context))
  const key = sourceKeyOf(spec.source)
  for (const pool of pools) {
    if (pool.uuid === uuid) continue
    try {
      if (keyOfPool((await poolFacts(context, pool)).element) === key) throw sourceTaken(spec.name, pool.name, cause)
    } catch (error) {
      if (libvirtNumber(error) !== VIR_ERR.noStoragePool) throw error
    }
  }
}

/** What the host says to it is told of in the log: the reason why it is taken back matters more. */
async function takeBack(context: StorageContext, { uuid, spec }: PoolDefinition): Promise<void> {
  const { host, log } = context
  try {
    const pool = await poolNamed(context, spec.name)
    if (pool?.uuid === uuid) {
      if (await isActive(context, pool)) await host.call('storagePoolDestroy', { pool }, within(context))
      await host.call('storagePoolUndefine', { pool }, within(context))
    }
    await dropSecret(context, uuid)
  } catch (error) {
    log.warn('a pool was not taken back', { pool: spec.name, number: libvirtNumber(error) ?? null })
  }
}
