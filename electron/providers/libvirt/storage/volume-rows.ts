import type { StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import type { ListedVolume, VolumeFactsOf } from '../../provider.ts'
import { otherDisks } from '../disks.ts'
import { inTurn } from '../in-turn.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { isMark } from '../volumes/unfinished.ts'
import { activePool, within } from '../volumes/volume-context.ts'
import { DiskUsers } from '../volumes/volume-list.ts'
import { readVolumeXml, type VolumeFacts } from '../volumes/volume-xml.ts'
import { poolFacts, type StorageContext } from './storage-context.ts'
import { tooManyVolumes } from './storage-problems.ts'

/** REMOTE_STORAGE_VOL_LIST_MAX: volumes in one list of the protocol. */
const LIST_MAX = 16_384
/** So many are read before they are told of: a screen of them at first. */
const FIRST_BATCH = 60
const BATCH = 500

/** The volumes of a pool as libvirt has them in its memory: one call, however many they are, and no file is looked at. */
export async function listRows(context: StorageContext, name: string): Promise<readonly ListedVolume[]> {
  const pool = await activePool(context, name)
  const [vols, { target }, disks] = await Promise.all([volumesOf(context, pool), poolFacts(context, pool), otherDisks(context)])
  const users = new DiskUsers(disks)
  return vols
    .map((vol) => {
      const path = pathOf(vol, target)
      return { name: vol.name, path, usedBy: users.of(vol, path) }
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Not over the connection that all share: a megabyte of names. Throws `unsupported` pool.too-many-volumes. */
export async function volumesOf({ host, ...context }: StorageContext, pool: StoragePoolRef): Promise<readonly StorageVolRef[]> {
  const options = { ...within(context), dedicated: 'many' as const }
  try {
    const { vols } = await host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, options)
    return vols.filter(({ name }) => !isMark(name))
  } catch (error) {
    if (libvirtNumber(error) === undefined) throw error
    const { num } = await host.call('storagePoolNumOfVolumes', { pool }, options)
    throw num > LIST_MAX ? tooManyVolumes(pool.name, num, LIST_MAX, error) : error
  }
}

/** A file's key is its path; what LVM and others have for a key is none. */
function pathOf({ key, name, pool }: StorageVolRef, target: string | null): string {
  if (key.startsWith('/')) return key
  return target === null ? `${pool}/${name}` : `${target}/${name}`
}

/** The names in pieces, a small one first. */
export function* batches(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; ) {
    const size = at === 0 ? FIRST_BATCH : BATCH
    yield names.slice(at, at + size)
    at += size
  }
}

/** One piece. What is in no answer could not be read. Throws `precondition` volume.pool-off. */
export async function readFacts(
  context: StorageContext,
  poolName: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, VolumeFactsOf | null>> {
  const answer = new Map<string, VolumeFactsOf | null>()
  const pool = await activePool(context, poolName)
  await inTurn(names, async (name) => {
    // The daemon finds it by its name; of the key it takes no notice.
    const read = await readOne(context, { pool: poolName, name, key: '' })
    if (read === 'gone') answer.set(name, null)
    else if (read !== 'unreadable') answer.set(name, shown(read))
  })
  // Of a pool that went off meanwhile everything looks gone.
  if ([...answer.values()].every((one) => one === null)) await activePool(context, pool.name)
  return answer
}

export function shown({ format, capacityBytes, allocationBytes, backingPath }: VolumeFacts): VolumeFactsOf {
  return { format, capacityBytes, allocationBytes, backingPath }
}

/** Not over the connection that all share, nor behind long changes. */
export async function readOne(context: StorageContext, vol: StorageVolRef): Promise<VolumeFacts | 'gone' | 'unreadable'> {
  try {
    const options = { ...within(context), dedicated: 'many' as const }
    return readVolumeXml((await context.host.call('storageVolGetXmlDesc', { vol, flags: 0 }, options)).xml)
  } catch (error) {
    context.work.signal.throwIfAborted()
    const number = libvirtNumber(error)
    if (number === undefined || number === VIR_ERR.noStoragePool) throw error
    return number === VIR_ERR.noStorageVolume ? 'gone' : 'unreadable'
  }
}
