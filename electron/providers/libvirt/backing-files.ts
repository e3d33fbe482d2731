import { constants, type LibvirtHost, type StorageVolRef } from '../../libvirt/index.ts'
import { parseXml, textOf } from '../../xml/index.ts'
import type { Clock } from '../provider.ts'
import { libvirtNumber, toProblem, VIR_ERR } from './problems.ts'

/** What stands on an image. */
export interface BuiltOn {
  readonly overlays: readonly string[]
  /** Why there may be more that nobody sees; null: these are all. */
  readonly blind: string | null
}

export interface BackingFilesOptions {
  readonly host: Pick<LibvirtHost, 'call'>
  readonly clock: Clock
  /** More volumes than this are not read: nobody waits that long for a plan. */
  readonly maxVolumes?: number
}

/** Which images stand on which, by path. */
export interface Backings {
  readonly overlays: ReadonlyMap<string, readonly string[]>
  /** Every volume of the active pools. */
  readonly paths: ReadonlySet<string>
  readonly blind: string | null
}

interface Look {
  /** By the path of what lies below. */
  readonly overlays: ReadonlyMap<string, readonly StorageVolRef[]>
  readonly paths: ReadonlySet<string>
  readonly blind: string | null
}

/** What was read of each volume. */
type Known = Map<string, { readonly below: string | null; readonly readAtMs: number; readonly epoch: number }>

const MAX_VOLUMES = 20_000
/** Leaves the daemon's queue to others. */
const IN_FLIGHT = 8
/** Not over the connection that all share: of thousands of volumes each is asked. */
const CALL = { timeoutMs: 30_000, dedicated: 'many' as const }
/** Volumes are listed anew for every question, so a new overlay counts at once; what a known one stands on is read again after this. */
const KEPT_MS = 10_000
/** Where reading all takes long, it is kept for so many times as long: a bulk would do nothing else. At most for the second figure. */
const KEPT_TIMES = 3
const KEPT_MOST_MS = 30_000

/**
 * Which images stand on which, over all active pools of a host: a definition that is switched off names no backing files, its image does.
 * One for each link, as a bulk asks the same for every machine.
 */
export class BackingFiles {
  readonly #options: BackingFilesOptions
  #known: Known = new Map()
  #tookMs = 0
  #epoch = 0
  /** Of each volume, of each pool, and of all: what was read before this is not believed. */
  readonly #believed = new Map<string, number>()
  #allBelieved = 0
  #now: Promise<unknown> = Promise.resolve()
  #next: Promise<Look> | null = null

  constructor(options: BackingFilesOptions) {
    this.#options = options
  }

  /** What is built on a volume with that path. Throws LibvirtError when the pools cannot be listed. */
  async builtOn(volume: StorageVolRef, path: string): Promise<BuiltOn> {
    const { overlays, blind } = await this.#lookAnew()
    const names = (overlays.get(path) ?? []).map(({ pool, name }) => (pool === volume.pool ? name : `${pool}/${name}`))
    return { overlays: names, blind }
  }

  /** All of them; what a known volume stands on may be as old as `keptMs`, if that is said. Throws LibvirtError when the pools cannot be listed. */
  async all(keptMs?: number): Promise<Backings> {
    const { overlays, paths, blind } = keptMs === undefined ? await this.#lookAnew() : await this.#look(keptMs)
    return { overlays: new Map([...overlays].map(([below, vols]) => [below, vols.map(pathOf)])), paths, blind }
  }

  /** Somebody has moved images about: what is known of them, or of those of one pool, is read again by the next look. */
  forget(pool?: string): void {
    this.#epoch += 1
    if (pool === undefined) this.#allBelieved = this.#epoch
    else this.#believed.set(pool, this.#epoch)
  }

  /** These volumes may stand on something else by now: the next look reads them again, and no others. */
  forgetVolumes(vols: Iterable<Pick<StorageVolRef, 'pool' | 'name'>>): void {
    this.#epoch += 1
    for (const vol of vols) this.#believed.set(idOf(vol), this.#epoch)
  }

  /** A look that begins after it was asked for; shared by all who ask while another is under way. */
  #lookAnew(): Promise<Look> {
    if (this.#next) return this.#next
    const next = this.#now.then(() => {
      this.#next = null
      return this.#look()
    })
    this.#next = next
    this.#now = next.catch(() => undefined)
    return next
  }

  async #look(keptMs?: number): Promise<Look> {
    const { host, maxVolumes = MAX_VOLUMES } = this.#options
    const flags = constants.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
    const { pools } = await host.call('connectListAllStoragePools', { needResults: 1, flags }, CALL)
    const blind: string[] = []
    const lists = await inTurn(pools, async (pool) => {
      try {
        return (await host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, CALL)).vols
      } catch (error) {
        blind.push(`the pool ${pool.name} cannot be listed (${toProblem(error).message})`)
        return []
      }
    })
    const all = lists.flat()
    if (all.length > maxVolumes) blind.push(`the host has ${all.length} volumes, and only ${maxVolumes} are looked at`)
    const overlays = await this.#readOverlays(all.slice(0, maxVolumes), blind, keptMs)
    return { overlays, paths: new Set(all.map(pathOf)), blind: blind.length === 0 ? null : sentence(blind) }
  }

  async #readOverlays(vols: readonly StorageVolRef[], blind: string[], mostMs: number | undefined): Promise<Look['overlays']> {
    const { clock } = this.#options
    const beganMs = clock.nowMs()
    const keptMs = mostMs ?? Math.min(KEPT_MOST_MS, Math.max(KEPT_MS, this.#tookMs * KEPT_TIMES))
    const epoch = this.#epoch
    const known: Known = new Map()
    const overlays = new Map<string, StorageVolRef[]>()
    await inTurn(vols, async (vol) => {
      const id = idOf(vol)
      try {
        const before = this.#known.get(id)
        const isFresh = before !== undefined && before.epoch >= this.#oldest(vol) && beganMs - before.readAtMs < keptMs
        const entry = isFresh ? before : { below: await this.#below(vol), readAtMs: clock.nowMs(), epoch }
        known.set(id, entry)
        if (entry.below !== null) overlays.set(entry.below, [...(overlays.get(entry.below) ?? []), vol])
      } catch (error) {
        // Deleted since it was listed.
        if (libvirtNumber(error) === VIR_ERR.noStorageVolume) return
        blind.push(`the volume ${vol.name} of the pool ${vol.pool} cannot be read (${toProblem(error).message})`)
      }
    })
    this.#known = known
    // Of a look that found nearly all of it fresh this says little.
    this.#tookMs = Math.max(clock.nowMs() - beganMs, this.#tookMs)
    return overlays
  }

  #oldest(vol: StorageVolRef): number {
    return Math.max(this.#allBelieved, this.#believed.get(vol.pool) ?? 0, this.#believed.get(idOf(vol)) ?? 0)
  }

  /** The path of the image that a volume stands on. */
  async #below(vol: StorageVolRef): Promise<string | null> {
    const { xml } = await this.#options.host.call('storageVolGetXmlDesc', { vol, flags: 0 }, CALL)
    // Of thousands of volumes few have one.
    return xml.includes('<backingStore') ? textOf(parseXml(xml), 'backingStore', 'path') : null
  }
}

/** No pool has a line break in its name. */
function idOf({ pool, name }: Pick<StorageVolRef, 'pool' | 'name'>): string {
  return `${pool}\n${name}`
}

/** Keys of volumes that are files are their paths; the others are told apart by pool and name. */
function pathOf({ key, pool, name }: StorageVolRef): string {
  return key.startsWith('/') ? key : `${pool}/${name}`
}

/** The first reason, and how many more there are. */
function sentence(reasons: readonly string[]): string {
  const more = reasons.length > 1 ? ` and ${reasons.length - 1} more` : ''
  return `${reasons[0]}${more}.`
}

async function inTurn<T, R>(items: readonly T[], each: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  const waiting = items.entries()
  const work = async () => {
    for (const [index, item] of waiting) results[index] = await each(item)
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, work))
  return results
}
