import type { Volume, VolumePlace } from '../../../../shared/model/index.ts'
import type { StorageVolRef } from '../../../libvirt/index.ts'
import { type Others, otherDisks } from '../disks.ts'
import { libvirtNumber, VIR_ERR } from '../problems.ts'
import { conditionOf, isMark } from './unfinished.ts'
import { activePool, factsOf, lookAgain, lookAnew, lookUp, type VolumeContext, within } from './volume-context.ts'
import type { VolumeFacts } from './volume-xml.ts'

/** Of one list at a time: the daemon's queue and the connection stay free for others. */
const IN_FLIGHT = 8

/** Names of machines by everything that a definition may call a disk. */
export class DiskUsers {
  readonly #names = new Map<string, string[]>()

  constructor(disks: Others) {
    for (const { name, keys } of disks.values()) {
      for (const key of new Set(keys)) {
        const known = this.#names.get(key)
        if (known) known.push(name)
        else this.#names.set(key, [name])
      }
    }
  }

  of({ pool, name, key }: StorageVolRef, path: string): string[] {
    const keys = new Set([path, key, `${pool}/${name}`])
    return [...new Set([...keys].flatMap((each) => this.#names.get(each) ?? []))]
  }
}

/**
 * All volumes of a pool. Formats and backing files are in a volume's own XML alone, so there is a call for each, a few at a time over the
 * shared connection; what vanishes meanwhile is left out.
 */
export async function listVolumes(context: VolumeContext, poolName: string): Promise<readonly Volume[]> {
  const { host } = context
  const pool = await activePool(context, poolName)
  await lookAnew(context, pool)
  const { vols } = await host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, within(context))
  const users = new DiskUsers(await otherDisks(context))
  const found: Volume[] = []
  const waiting = vols.filter(({ name }) => !isMark(name)).values()
  const work = async () => {
    for (const vol of waiting) {
      try {
        const facts = await factsOf(context, vol)
        found.push(volumeOf(facts, users.of(vol, facts.path)))
      } catch (error) {
        if (libvirtNumber(error) !== VIR_ERR.noStorageVolume) throw error
      }
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, work))
  return found.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** One volume; null: the pool has none of that name. */
export async function oneVolume(context: VolumeContext, place: VolumePlace): Promise<(Volume & { readonly isWhole: boolean }) | null> {
  const pool = await activePool(context, place.pool)
  const vol = (await lookUp(context, pool, place.volume)) ?? (await lookAgain(context, pool, place.volume))
  if (!vol) return null
  const [condition, disks] = await Promise.all([conditionOf(context, pool, vol), otherDisks(context)])
  if (condition === 'rest') return null
  try {
    const facts = await factsOf(context, vol)
    return { ...volumeOf(facts, new DiskUsers(disks).of(vol, facts.path)), isWhole: condition === 'whole' }
  } catch (error) {
    if (libvirtNumber(error) !== VIR_ERR.noStorageVolume) throw error
    // One that is being built may have no file yet.
    const unread = { format: null, capacityBytes: 0, allocationBytes: 0, backingPath: null, usedBy: [] }
    return condition === 'whole' ? null : { name: vol.name, path: vol.key, ...unread, isWhole: false }
  }
}

function volumeOf({ name, path, format, capacityBytes, allocationBytes, backingPath }: VolumeFacts, usedBy: string[]): Volume {
  return { name, path, format, capacityBytes, allocationBytes, backingPath, usedBy }
}
