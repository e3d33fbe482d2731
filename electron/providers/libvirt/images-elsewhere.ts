import { posix } from 'node:path'
import { constants as c, type LibvirtHost, type StoragePoolRef } from '../../libvirt/index.ts'
import { attributeOf, parseXml, textOf } from '../../xml/index.ts'
import type { Clock } from '../provider.ts'
import { holdsFiles } from './build/storage.ts'
import { HostImages, type ImageHeader } from './host-images.ts'
import type { HostShell } from './host-shell.ts'
import { libvirtNumber } from './problems.ts'

/** Images in pools that are off or in no pool, and what is built on files of the host by them. */
export interface Elsewhere {
  /** By what lies beneath, the images right on top of it. */
  readonly overlays: ReadonlyMap<string, readonly string[]>
  readonly headers: ReadonlyMap<string, ImageHeader>
  /** Why there may be more that nobody sees; null: these are all, but for what is `unseen`. */
  readonly blind: string | null
  readonly unseen: Unseen
}

/** What is not there to be looked into, and may be somewhere else. */
export interface Unseen {
  /** Pools that are off and whose content is not on the host then. */
  readonly pools: readonly string[]
  /** Images that a machine or a snapshot names. */
  readonly images: readonly string[]
}

export interface ElsewhereOptions {
  readonly host: Pick<LibvirtHost, 'call'>
  readonly shell: HostShell | null
  readonly clock: Clock
  /** What machines and snapshots of the host name and may stand on others, by whatever key. */
  readonly imagesInUse: (signal: AbortSignal) => Promise<Iterable<string>>
}

interface Asked {
  /** How old the answer may be. */
  readonly keptMs?: number
  /** Folders of which all images count, whoever uses them. */
  readonly folders?: readonly string[]
}

interface Look extends Omit<Elsewhere, 'overlays'> {
  /** Every file of the pools that are on. */
  readonly inPools: ReadonlySet<string>
}

const LOOK_MS = 120_000
/** Drives for what is put into them: reading one takes seconds, and nothing stands on anything there. */
const DRIVES = /^\/dev\/(sr|fd)\d|^\/dev\/(cdrom|dvd)/
/** Pools whose files are on the host only while they are mounted. */
const MOUNTED: ReadonlySet<string> = new Set(['fs', 'netfs', 'vstorage'])

/**
 * libvirt's storage tells what stands on what only in pools that are on. The others are looked into by programs of the host: what machines and
 * snapshots name, and all files in the folders of pools that are off. One for each link.
 */
export class ImagesElsewhere {
  readonly #options: ElsewhereOptions
  readonly #images: HostImages
  #known: { readonly atMs: number; readonly look: Promise<Look> } | null = null
  #next: Promise<Look> | null = null

  constructor(options: ElsewhereOptions) {
    this.#options = options
    this.#images = new HostImages(options.shell)
  }

  /** What is built on these files, and on the images that are found by it. Looks anew unless it says how old the answer may be. */
  async on(paths: readonly string[], { keptMs = 0, folders = [] }: Asked = {}): Promise<Elsewhere> {
    const look = await this.#recent(keptMs)
    const signal = AbortSignal.timeout(LOOK_MS)
    const beside = await this.#lookInto(folders, look.inPools, signal)
    const headers = new Map([...look.headers, ...beside.headers])
    const blind = [look.blind, beside.blind].filter((why) => why !== null)
    const bases = [...new Set([...headers.values()].flatMap((header) => header.bases))]
    const same = bases.length === 0 ? new Map<string, string>() : await this.#images.sameFiles(bases, paths, signal)
    const overlays = new Map<string, string[]>()
    for (const [image, header] of headers) {
      for (const base of header.bases) {
        const names = new Set([base, same.get(base) ?? base])
        for (const name of names) if (name !== image) overlays.set(name, [...(overlays.get(name) ?? []), image])
      }
    }
    return { overlays, headers, blind: blind.length === 0 ? null : blind.join(' '), unseen: look.unseen }
  }

  /** What was seen before is not believed any more. */
  forget(): void {
    this.#known = null
  }

  async #recent(keptMs: number): Promise<Look> {
    const { clock } = this.#options
    if (this.#known && clock.nowMs() - this.#known.atMs < keptMs) return await this.#known.look
    return await this.#lookAnew()
  }

  /** One that begins after it was asked for; shared by all who ask while another is under way, so that none of them ends it. */
  #lookAnew(): Promise<Look> {
    if (this.#next) return this.#next
    const before = this.#known?.look.catch(() => undefined) ?? Promise.resolve()
    const next = before.then(() => {
      this.#next = null
      const known = { atMs: this.#options.clock.nowMs(), look: this.#look(AbortSignal.timeout(LOOK_MS)) }
      this.#known = known
      known.look.catch(() => {
        if (this.#known === known) this.#known = null
      })
      return known.look
    })
    this.#next = next
    return next
  }

  async #look(signal: AbortSignal): Promise<Look> {
    const [inPools, off, used] = await Promise.all([this.#inPools(signal), this.#off(signal), this.#options.imagesInUse(signal)])
    const files = [...new Set(used)].filter((path) => path.startsWith('/') && !DRIVES.test(path) && !inPools.has(path))
    const folders = [...off].flatMap(([, { folder }]) => (folder === null ? [] : [folder]))
    const { headers, missing, unread, left } = await this.#images.read(files, folders, signal)
    const gone = new Set(missing)
    const poolsUnseen = [...off].filter(([, { folder, isMounted }]) => folder === null || isMounted || gone.has(`${folder}/`))
    const reasons = [...unread.map((path) => unreadReason(path, off)), ...(left > 0 ? [tooMany(left)] : [])]
    return {
      inPools,
      headers,
      blind: sentence(reasons),
      unseen: { pools: poolsUnseen.map(([name]) => name).sort(), images: files.filter((path) => gone.has(path)).sort() },
    }
  }

  async #lookInto(folders: readonly string[], inPools: ReadonlySet<string>, signal: AbortSignal): Promise<Pick<Look, 'headers' | 'blind'>> {
    const { headers, unread, left } = await this.#images.read([], folders, signal)
    const others = [...headers].filter(([path]) => !inPools.has(path))
    const reasons = [...unread.map((path) => unreadReason(path, new Map())), ...(left > 0 ? [tooMany(left)] : [])]
    return { headers: new Map(others), blind: sentence(reasons) }
  }

  async #pools(flags: number, signal: AbortSignal): Promise<readonly StoragePoolRef[]> {
    const { pools } = await this.#options.host.call('connectListAllStoragePools', { needResults: 1, flags }, { signal, dedicated: 'many' })
    return pools
  }

  async #inPools(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const paths = new Set<string>()
    for (const pool of await this.#pools(c.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE, signal)) {
      const list = this.#options.host.call('storagePoolListAllVolumes', { pool, needResults: 1, flags: 0 }, { signal, dedicated: 'many' })
      // one that went off meanwhile: its images are looked into by their paths then
      for (const { key } of (await unlessRefused(list))?.vols ?? []) paths.add(key)
    }
    return paths
  }

  /** Pools that are off. Folder null: it has none on the host. */
  async #off(signal: AbortSignal): Promise<ReadonlyMap<string, OffPool>> {
    const off = new Map<string, OffPool>()
    for (const pool of await this.#pools(c.VIR_CONNECT_LIST_STORAGE_POOLS_INACTIVE, signal)) {
      const read = await unlessRefused(this.#options.host.call('storagePoolGetXmlDesc', { pool, flags: 0 }, { signal, dedicated: 'many' }))
      // undefined meanwhile: what is in it is nobody's pool any more
      if (!read) continue
      const xml = parseXml(read.xml)
      const type = attributeOf(xml, 'type') ?? ''
      const target = textOf(xml, 'target', 'path')
      const folder = holdsFiles(type) && target !== null ? posix.resolve(target) : null
      off.set(pool.name, { folder, isMounted: MOUNTED.has(type) })
    }
    return off
  }
}

interface OffPool {
  readonly folder: string | null
  readonly isMounted: boolean
}

async function unlessRefused<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call
  } catch (error) {
    if (libvirtNumber(error) === undefined) throw error
    return null
  }
}

function unreadReason(path: string, off: ReadonlyMap<string, OffPool>): string {
  const folder = path.endsWith('/') ? path.slice(0, -1) : posix.dirname(path)
  const [pool] = [...off].find(([, one]) => one.folder === folder) ?? []
  if (pool === undefined) return `${path} lies in no pool that is on, and cannot be read`
  return `the pool ${pool} is off, and ${path} cannot be read (start the pool)`
}

const tooMany = (left: number) => `outside the pools that are on ${left} files were too many to be looked into`

/** The first reason, and how many more there are; null: there is none. */
function sentence([first, ...others]: readonly string[]): string | null {
  return first === undefined ? null : `${first}${others.length > 0 ? ` (and ${others.length} more)` : ''}.`
}
