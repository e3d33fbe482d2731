import type { VolumePlace } from '../../../../shared/model/index.ts'
import { constants, type LibvirtHost, type StoragePoolRef, type StorageVolRef } from '../../../libvirt/index.ts'
import type { ActProgress, Clock, Logger } from '../../provider.ts'
import { type ActContext, change, type Work, within } from '../act-context.ts'
import type { BackingFiles } from '../backing-files.ts'
import type { HostShell } from '../host-shell.ts'
import type { ImagesElsewhere } from '../images-elsewhere.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { poolFull, poolNotFound, poolOff, volumeNotFound } from './volume-problems.ts'
import { readVolumeXml, type VolumeFacts } from './volume-xml.ts'

/** What every piece of work on volumes has. */
export interface VolumePorts {
  readonly host: LibvirtHost
  readonly shell: HostShell | null
  readonly clock: Clock
  readonly log: Logger
  readonly backing: BackingFiles
  readonly elsewhere: ImagesElsewhere
  readonly knownDisks: ActContext['knownDisks']
  readonly touchPools: () => void
}

export interface VolumeContext extends VolumePorts {
  readonly work: Work
  readonly progress: (progress: ActProgress) => void
  /** When libvirt looked at the files of pools last, and how long that took, by UUID. */
  readonly looks: Map<string, PoolLook>
  /** Copies that this link is making, by `copyKey`. */
  readonly copies: Set<string>
}

/** What a look at a pool's files takes. */
export type LookContext = Pick<VolumeContext, 'clock' | 'host' | 'log' | 'looks' | 'work'>

export interface PoolLook {
  readonly atMs: number
  readonly tookMs: number
}

export interface FoundVolume {
  readonly vol: StorageVolRef
  readonly facts: VolumeFacts
}

/** A pool whose files were looked at this recently is not looked at again. */
const FRESH_MS = 10_000
const ACTIVE = constants.VIR_STORAGE_POOL_RUNNING

/** A pool whose files take long to look at is looked at again after so many times as long: a page that is left open keeps no host at it. */
const FRESH_TIMES = 50
const FRESH_MOST_MS = 5 * 60_000

/** How old libvirt's look at a pool may be for who asks for one of at most `freshMs`; nothing is old enough for 0. */
export function freshFor(freshMs: number, last: PoolLook | undefined): number {
  if (freshMs === 0) return 0
  return Math.max(freshMs, Math.min(FRESH_MOST_MS, FRESH_TIMES * (last?.tookMs ?? 0)))
}

/** Throws `not-found` volume.pool-not-found, `precondition` volume.pool-off. */
export async function activePool(context: VolumeContext, name: string): Promise<StoragePoolRef> {
  const { pool } = await context.host.call('storagePoolLookupByName', { name }, within(context)).catch((error: unknown) => {
    throw libvirtNumber(error) === VIR_ERR.noStoragePool ? poolNotFound(name, error) : error
  })
  const { state } = await context.host.call('storagePoolGetInfo', { pool }, within(context))
  if (state < ACTIVE) throw poolOff(name)
  return pool
}

/**
 * Has libvirt look at a pool's files: it knows only what was there when it looked last, and the room that was left then. A pool in which
 * something is being made refuses, and nothing is lost by that.
 */
export async function lookAnew(context: LookContext, pool: StoragePoolRef, freshMs = FRESH_MS): Promise<void> {
  const { clock, host, log, looks, work } = context
  const last = looks.get(pool.uuid)
  const beganMs = clock.nowMs()
  if (last && beganMs - last.atMs < freshMs) return
  try {
    // Nothing of anybody's is changed by it, so its answer may be lost.
    await host.call('storagePoolRefresh', { pool, flags: 0 }, { ...within(context), idempotent: true })
    const atMs = clock.nowMs()
    looks.set(pool.uuid, { atMs, tookMs: atMs - beganMs })
  } catch (error) {
    work.signal.throwIfAborted()
    if (libvirtNumber(error) === undefined) throw error
    log.debug('a pool was not refreshed', { pool: pool.name, number: libvirtNumber(error) })
  }
}

/** Null: the pool knows none of that name. */
export async function lookUp(
  context: Pick<VolumeContext, 'host' | 'work'>,
  pool: StoragePoolRef,
  name: string,
): Promise<StorageVolRef | null> {
  try {
    return (await context.host.call('storageVolLookupByName', { pool, name }, within(context))).vol
  } catch (error) {
    if (libvirtNumber(error) === VIR_ERR.noStorageVolume) return null
    throw error
  }
}

/** Throws `not-found` volume.not-found, and what {@link activePool} does. A file that libvirt does not know yet is looked for. */
export async function findVolume(context: VolumeContext, place: VolumePlace): Promise<FoundVolume> {
  const pool = await activePool(context, place.pool)
  const vol = (await lookUp(context, pool, place.volume)) ?? (await lookAgain(context, pool, place.volume))
  if (!vol) throw volumeNotFound(place)
  return { vol, facts: await factsOf(context, vol) }
}

export async function lookAgain(context: VolumeContext, pool: StoragePoolRef, name: string): Promise<StorageVolRef | null> {
  await lookAnew(context, pool, 0)
  return await lookUp(context, pool, name)
}

export async function factsOf(context: VolumeContext, vol: StorageVolRef): Promise<VolumeFacts> {
  return readVolumeXml((await context.host.call('storageVolGetXmlDesc', { vol, flags: 0 }, within(context))).xml)
}

export async function availableBytes(context: VolumeContext, pool: StoragePoolRef): Promise<number> {
  return Number((await context.host.call('storagePoolGetInfo', { pool }, within(context))).available)
}

/** Throws `exhausted` volume.pool-full. */
export async function needRoom(context: VolumeContext, pool: StoragePoolRef, neededBytes: number): Promise<void> {
  await lookAnew(context, pool)
  const available = await availableBytes(context, pool)
  if (neededBytes > available) throw poolFull(pool.name, neededBytes, available)
}

/** Clears up, even if nobody waits for it any more. A volume that is gone already is no failure. */
export async function deleteQuietly({ host }: Pick<VolumeContext, 'host'>, pool: StoragePoolRef, name: string): Promise<void> {
  try {
    const { vol } = await host.call('storageVolLookupByName', { pool, name })
    await host.call('storageVolDelete', { vol, flags: 0 })
  } catch (error) {
    if (libvirtNumber(error) !== VIR_ERR.noStorageVolume) throw error
  }
}

export { change, within }
