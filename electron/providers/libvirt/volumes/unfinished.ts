import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { deleteQuietly, lookAnew, lookUp, type VolumeContext, within } from './volume-context.ts'
import { volumeNameTaken } from './volume-problems.ts'
import { newVolumeXml } from './volume-xml.ts'

/**
 * How a half-made volume is told from a whole one. libvirt cannot rename volumes, and what it makes has its name from the start: while it
 * is at it, it refuses to read from the volume; when it, or the host, dies meanwhile, what was written stays and looks like any other. So
 * a copy has a tiny volume beside it, named after it, from before its first byte until it is whole. One that has it and that nobody is at
 * work on any more is the rest of a copy that broke off: it counts as none, and the next one of that name takes its place.
 */
const SUFFIX = '.being-made'
const MARK_BYTES = 1_048_576

export function isMark(name: string): boolean {
  return name.endsWith(SUFFIX)
}

export async function mark(context: VolumeContext, pool: StoragePoolRef, name: string): Promise<StorageVolRef> {
  const xml = newVolumeXml({ name: `${name}${SUFFIX}`, format: 'raw', capacityBytes: MARK_BYTES })
  try {
    return (await context.host.call('storageVolCreateXml', { pool, xml, flags: 0 }, within(context))).vol
  } catch (error) {
    const left = await lookUp(context, pool, `${name}${SUFFIX}`)
    if (left) return left
    throw error
  }
}

/** Nothing is half made any more. Done even if nobody waits for it. */
export async function unmark({ host }: Pick<VolumeContext, 'host'>, pool: StoragePoolRef, name: string): Promise<void> {
  await deleteQuietly({ host }, pool, `${name}${SUFFIX}`)
}

export const copyKey = (pool: StoragePoolRef, name: string): string => `${pool.uuid}/${name}`

/** Whether everything of a volume is there, as far as the host can tell. */
export async function conditionOf(
  context: VolumeContext,
  pool: StoragePoolRef,
  vol: StorageVolRef,
): Promise<'whole' | 'unfinished' | 'rest'> {
  const [marked, building] = await Promise.all([lookUp(context, pool, `${vol.name}${SUFFIX}`), isBeingBuilt(context, vol)])
  if (building) return 'unfinished'
  if (marked === null) return 'whole'
  return context.copies.has(copyKey(pool, vol.name)) ? 'unfinished' : 'rest'
}

/** Takes the rest of a copy that broke off away. Throws `conflict` volume.name-taken for anything else of that name. */
export async function needFreeName(context: VolumeContext, pool: StoragePoolRef, place: VolumePlace): Promise<void> {
  await lookAnew(context, pool)
  const vol = await lookUp(context, pool, place.volume)
  if (!vol) return
  if ((await conditionOf(context, pool, vol)) !== 'rest') throw volumeNameTaken(place)
  await deleteQuietly(context, pool, place.volume)
  await unmark(context, pool, place.volume)
}

/** A read of one byte: libvirt refuses it while the volume is being built, whoever has asked for that, and tells it in no other way. */
async function isBeingBuilt({ host, work }: VolumeContext, vol: StorageVolRef): Promise<boolean> {
  try {
    const { stream } = await host.openStream(
      'storageVolDownload',
      { vol, offset: 0n, length: 1n, flags: 0 },
      { signal: work.signal, dedicated: false },
    )
    stream.abort()
    return false
  } catch (error) {
    work.signal.throwIfAborted()
    return libvirtNumber(error) === VIR_ERR.operationInvalid
  }
}
