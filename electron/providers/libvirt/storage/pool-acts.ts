import type { PoolRemoval } from '../../../../shared/model/index.ts'
import { constants, type StoragePoolRef } from '../../../libvirt/index.ts'
import type { StorageKeeper } from '../../provider.ts'
import { otherDisks, runningUsers } from '../disks.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { change, within } from '../volumes/volume-context.ts'
import { poolOff } from '../volumes/volume-problems.ts'
import { dropSecret } from './pool-secrets.ts'
import { isActive, isPersistent, needPool, poolFacts, poolNamed, type StorageContext } from './storage-context.ts'
import {
  inUse,
  notEmpty,
  offUnseen,
  pathMissing,
  poolInUse,
  refreshFailed,
  saysMissing,
  startFailed,
  stopFailed,
  switchedOff,
  targetStays,
} from './storage-problems.ts'
import { volumesOf } from './volume-rows.ts'

/** Pools that share a file system with others: what it has in use says nothing of the pool. */
const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

export async function poolState(context: StorageContext, name: string): ReturnType<StorageKeeper['state']> {
  const pool = await poolNamed(context, name)
  if (!pool) return null
  const [active, autostart] = await Promise.all([
    isActive(context, pool),
    context.host.call('storagePoolGetAutostart', { pool }, within(context)).catch((error: unknown) => {
      // A transient pool has none.
      if (libvirtNumber(error) === undefined) throw error
      return null
    }),
  ])
  return { uuid: pool.uuid, isActive: active, autostart: autostart === null ? null : autostart.autostart !== 0 }
}

/** One that runs already is left as it is. Throws `precondition` pool.path-missing, `remote-failure` pool.start-failed. */
export async function startPool(context: StorageContext, name: string): Promise<void> {
  const pool = await needPool(context, name)
  if (await isActive(context, pool)) return
  try {
    await change(context, 'storagePoolCreate', { pool, flags: 0 }, { dedicated: 'many' })
  } catch (error) {
    if (libvirtNumber(error) === undefined) throw error
    if (await isActive(context, pool)) return
    throw saysMissing(error) ? pathMissing(name, await pathOf(context, pool), error) : startFailed(name, error)
  } finally {
    context.touchPools()
  }
}

/** Throws `precondition` pool.in-use, `remote-failure` pool.stop-failed. */
export async function stopPool(context: StorageContext, name: string): Promise<void> {
  const pool = await needPool(context, name)
  if (!(await isActive(context, pool))) return
  const running = await runningUsers(context, await usersOf(context, pool))
  if (running.length > 0) throw poolInUse(name, running)
  await destroy(context, pool)
}

async function destroy(context: StorageContext, pool: StoragePoolRef): Promise<void> {
  try {
    await change(context, 'storagePoolDestroy', { pool }, { dedicated: 'many' })
  } catch (error) {
    throw libvirtNumber(error) === undefined ? error : stopFailed(pool.name, error)
  } finally {
    context.touchPools()
  }
}

/** Throws `precondition` volume.pool-off, pool.switched-off. */
export async function refreshPool(context: StorageContext, name: string): Promise<void> {
  const pool = await needPool(context, name)
  if (!(await isActive(context, pool))) throw poolOff(name)
  try {
    await change(context, 'storagePoolRefresh', { pool, flags: 0 })
  } catch (error) {
    if (libvirtNumber(error) === undefined) throw error
    if (!(await isActive(context, pool))) throw switchedOff(name, await pathOf(context, pool), error)
    throw refreshFailed(name, error)
  } finally {
    context.touchPools()
  }
}

export async function setAutostart(context: StorageContext, name: string, autostart: boolean): Promise<void> {
  const pool = await needPool(context, name)
  try {
    await change(context, 'storagePoolSetAutostart', { pool, autostart: autostart ? 1 : 0 })
  } finally {
    context.touchPools()
  }
}

export async function removalOf(
  context: StorageContext,
  name: string,
): Promise<Omit<PoolRemoval, 'usedBy'> & { readonly usedBy: readonly string[] }> {
  const pool = await needPool(context, name)
  const usedBy = await usersOf(context, pool)
  const running = await runningUsers(context, usedBy)
  const reason = running.length > 0 ? inUse(running) : null
  if (!(await isActive(context, pool))) return { volumes: 0, allocationBytes: null, usedBy, reason }
  const [{ num }, { allocation }, { type }] = await Promise.all([
    context.host.call('storagePoolNumOfVolumes', { pool }, within(context)),
    context.host.call('storagePoolGetInfo', { pool }, within(context)),
    poolFacts(context, pool),
  ])
  return { volumes: num, allocationBytes: FOLDERS.has(type) ? null : Number(allocation), usedBy, reason }
}

/** Throws `precondition` pool.in-use, pool.not-empty, pool.off-unseen, `unsupported` pool.target-stays. */
export async function removePool(context: StorageContext, name: string, deleteTarget: boolean): Promise<void> {
  const pool = await needPool(context, name)
  const running = await runningUsers(context, await usersOf(context, pool))
  if (running.length > 0) throw poolInUse(name, running)
  const active = await isActive(context, pool)
  if (deleteTarget) await needEmpty(context, pool, active)
  const persistent = await isPersistent(context, pool)
  try {
    if (active) await destroy(context, pool)
    if (!persistent) return
    if (deleteTarget) await deleteTargetOf(context, pool)
    await change(context, 'storagePoolUndefine', { pool })
    await dropSecret(context, pool.uuid)
  } finally {
    context.touchPools()
  }
}

/** Nothing of it may be in use, also what libvirt does not show as a volume, such as a thin pool. */
async function needEmpty(context: StorageContext, pool: StoragePoolRef, active: boolean): Promise<void> {
  const { type } = await poolFacts(context, pool)
  if (!FOLDERS.has(type) && type !== 'logical') throw targetStays(pool.name, type)
  if (!active) throw offUnseen(pool.name)
  await refreshPool(context, pool.name)
  const [{ num }, { allocation }] = await Promise.all([
    context.host.call('storagePoolNumOfVolumes', { pool }, within(context)),
    context.host.call('storagePoolGetInfo', { pool }, within(context)),
  ])
  if (num > 0 || (type === 'logical' && allocation > 0n)) throw notEmpty(pool.name)
}

async function deleteTargetOf(context: StorageContext, pool: StoragePoolRef): Promise<void> {
  try {
    await change(context, 'storagePoolDelete', { pool, flags: constants.VIR_STORAGE_POOL_DELETE_NORMAL })
  } catch (error) {
    // A folder is only ever removed empty: what libvirt does not list keeps it.
    throw libvirtNumber(error) === VIR_ERR.systemError ? notEmpty(pool.name) : error
  }
}

/** Machines whose definitions name something in the pool. */
async function usersOf(context: StorageContext, pool: StoragePoolRef): Promise<readonly string[]> {
  const { target, type } = await poolFacts(context, pool)
  const names = new Set<string>()
  const listed = (await isActive(context, pool)) ? await volumesOf(context, pool) : []
  const paths = new Set(listed.map(({ key }) => key))
  // Device folders hold everybody's devices.
  const below = target !== null && !target.startsWith('/dev') ? `${target.replace(/\/+$/, '')}/` : type === 'logical' ? `${target}/` : null
  for (const { name, keys } of (await otherDisks(context)).values()) {
    const isIn = keys.some((key) => paths.has(key) || key.startsWith(`${pool.name}/`) || (below !== null && key.startsWith(below)))
    if (isIn) names.add(name)
  }
  return [...names].sort()
}

async function pathOf(context: StorageContext, pool: StoragePoolRef): Promise<string> {
  return (await poolFacts(context, pool)).target ?? pool.name
}
