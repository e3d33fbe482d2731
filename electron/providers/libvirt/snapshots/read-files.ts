import { posix } from 'node:path'
import type { Reason } from '../../../../shared/model/index.ts'
import type { StoragePoolRef, StorageVolRef } from '../../../libvirt/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { at, attributeOf, parseXml, textOf, type XmlElement } from '../../../xml/index.ts'
import { folderOf, type SeenFile } from '../../snapshots/index.ts'
import type { Backings } from '../backing-files.ts'
import { holdsFiles } from '../build/storage.ts'
import { otherDisks } from '../disks.ts'
import type { Elsewhere } from '../images-elsewhere.ts'
import { libvirtNumber, toProblem } from '../problems.ts'
import { inspectImage } from '../volumes/image-info.ts'
import { freshFor, lookAnew, within } from '../volumes/volume-context.ts'
import { DiskUsers } from '../volumes/volume-list.ts'
import { readVolumeXml } from '../volumes/volume-xml.ts'
import { FileUsers, unseenReasons, withElsewhere } from './file-users.ts'
import type { SnapshotContext } from './snapshot-context.ts'

/** A chain that bites its own tail, or has no end. */
const MOST_FILES = 1_000
/** How long it is believed what a volume of a pool stands on that nobody has asked to be read again. */
export const KEPT_MS = 5 * 60_000
/** The same of images outside the pools that are on, within one piece of work that looks again and again. */
const KEPT_ELSEWHERE_MS = 2_000

interface PoolSeen {
  readonly ref: StoragePoolRef
  readonly name: string
  readonly folder: string | null
}

/** What a running hypervisor says of a file that lies in no pool. */
export type LiveFacts = ReadonlyMap<string, { readonly format: string | null; readonly base: string | null }>

export interface FilesRead {
  readonly files: ReadonlyMap<string, SeenFile>
  readonly pools: ReadonlyMap<string, { readonly availableBytes: number | null }>
  readonly taken: ReadonlySet<string>
  readonly blind: string | null
  readonly unseen: readonly Reason[]
}

/** Reads files of a host, and everything beneath them, from the files themselves. */
export class FileReader {
  readonly #context: SnapshotContext
  readonly #live: LiveFacts
  readonly #freshMs: number
  #pools: readonly PoolSeen[] = []
  #elsewhere: Elsewhere | null = null
  readonly #files = new Map<string, Omit<SeenFile, 'overlays' | 'usedBy'> & { readonly vol: StorageVolRef | null }>()
  /** What an image says of the format of the one beneath it. */
  readonly #saidBelow = new Map<string, string>()
  readonly #looked = new Set<string>()

  /** `freshMs`: pools whose files were looked at by libvirt this recently are not looked at again. */
  constructor(context: SnapshotContext, live: LiveFacts, freshMs: number) {
    this.#context = context
    this.#live = live
    this.#freshMs = freshMs
  }

  /**
   * `roots`: files of disks and snapshots in the formats that definitions say, with all beneath them. `more`: files that matter by themselves, if
   * they are there. What a guest wrote into a raw disk never decides how it is read: a format is what somebody has said of it, a definition or
   * the image above, and only of others what the host finds there.
   */
  async read(roots: ReadonlyMap<string, string>, more: readonly string[]): Promise<FilesRead> {
    this.#pools = await this.#readPools()
    for (const [root, format] of roots) await this.#readChain(root, format)
    for (const path of new Set(more)) if (!this.#files.has(path)) await this.#readOne(path, null)
    // what others stand on was read again when the work began, where that matters: a pool may have thousands of files
    if (this.#freshMs === 0) this.#context.backing.forgetVolumes([...this.#files.values()].flatMap(({ vol }) => vol ?? []))
    const [inPools, elsewhere, disks] = await Promise.all([
      this.#context.backing.all(KEPT_MS),
      this.#context.elsewhere.on([...this.#files.keys()], {
        // work that is about to do something has begun with a look of its own
        keptMs: this.#freshMs === 0 ? KEPT_ELSEWHERE_MS : 0,
        folders: this.#foldersOutside(),
      }),
      otherDisks(this.#context),
    ])
    this.#elsewhere = elsewhere
    const backings = withElsewhere(inPools, elsewhere)
    await this.#readBranches(backings)
    const others = new Map([...disks].filter(([uuid]) => uuid !== this.#context.dom.uuid))
    const users = new FileUsers(new DiskUsers(others), backings)
    const files = new Map<string, SeenFile>()
    for (const [path, { vol, ...file }] of this.#files) {
      files.set(path, { ...file, overlays: backings.overlays.get(path) ?? [], usedBy: users.of(vol, path) })
    }
    return { files, pools: await this.#room(), taken: backings.paths, blind: backings.blind, unseen: unseenReasons(elsewhere.unseen) }
  }

  /** Of what lies in no pool, others may lie right beside it. */
  #foldersOutside(): readonly string[] {
    const outside = [...this.#files.values()].filter(({ path, pool }) => pool === null && !path.startsWith('/dev/'))
    const folders = new Set(outside.map(({ path }) => folderOf(path)))
    return [...folders].filter((path) => !this.#pools.some(({ folder }) => folder === path))
  }

  async #readPools(): Promise<PoolSeen[]> {
    const { host } = this.#context
    const flags = c.VIR_CONNECT_LIST_STORAGE_POOLS_ACTIVE
    const { pools } = await host.call('connectListAllStoragePools', { needResults: 1, flags }, within(this.#context))
    return await Promise.all(
      pools.map(async (ref) => {
        const xml = parseXml((await host.call('storagePoolGetXmlDesc', { pool: ref, flags: 0 }, within(this.#context))).xml)
        const isFolder = holdsFiles(attributeOf(xml, 'type') ?? '')
        return { ref, name: ref.name, folder: isFolder ? textOf(xml, 'target', 'path') : null }
      }),
    )
  }

  async #readChain(root: string, said: string): Promise<void> {
    let above: string | null = null
    let format: string | null = said
    for (let path: string | null = root; path !== null && this.#files.size < MOST_FILES; ) {
      const known = this.#files.get(path)
      if (known) {
        if (above !== null && this.#standsOn(path, above)) this.#mark(above, cycle(path))
        return
      }
      await this.#readOne(path, format)
      above = path
      format = this.#saidBelow.get(path) ?? null
      path = this.#files.get(path)?.base ?? null
    }
  }

  /** What stands on these files without being in a chain of ours: what the machine left behind, and images of others. */
  async #readBranches({ overlays }: Backings): Promise<void> {
    const waiting = [...this.#files.keys()]
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      for (const overlay of overlays.get(path) ?? []) {
        if (this.#files.has(overlay) || this.#files.size >= MOST_FILES) continue
        await this.#readOne(overlay, null)
        waiting.push(overlay)
      }
    }
  }

  /** Whether the chain beneath a file comes back to another one. */
  #standsOn(path: string, wanted: string): boolean {
    const seen = new Set<string>()
    for (let next: string | null = path; next !== null && !seen.has(next); next = this.#files.get(next)?.base ?? null) {
      if (next === wanted) return true
      seen.add(next)
    }
    return false
  }

  #mark(path: string, problem: Reason): void {
    const file = this.#files.get(path)
    if (file) this.#files.set(path, { ...file, problem })
  }

  async #readOne(path: string, said: string | null): Promise<void> {
    const pool = this.#pools.find(({ folder }) => folder !== null && folder === folderOf(path))
    if (pool && !this.#looked.has(pool.name)) {
      this.#looked.add(pool.name)
      await lookAnew(this.#context, pool.ref, freshFor(this.#freshMs, this.#context.looks.get(pool.ref.uuid)))
    }
    const vol = (await this.#volume(path)) ?? (pool ? await this.#lookAgain(pool, path) : null)
    const nothing = {
      path,
      pool: null,
      volume: null,
      inFolder: false,
      format: null,
      capacityBytes: null,
      allocationBytes: null,
      writtenAtMs: null,
      base: null,
    }
    if (!vol) {
      // a pool that has looked knows all of its folder; of others the running machine knows its own files, and else the host is asked
      const facts = pool ? null : (this.#live.get(path) ?? this.#seenElsewhere(path) ?? (await this.#ask(path, said)))
      this.#files.set(path, { ...nothing, ...facts, problem: pool ? missing(path) : facts ? null : unread(path), vol: null })
      return
    }
    const where = {
      pool: vol.pool,
      volume: vol.name,
      inFolder: this.#pools.some(({ name, folder }) => name === vol.pool && folder !== null),
    }
    try {
      const { xml } = await this.#context.host.call('storageVolGetXmlDesc', { vol, flags: 0 }, within(this.#context))
      const { format: found, capacityBytes, sizeBytes, allocationBytes, backingPath, modifiedAtMs } = readVolumeXml(xml)
      const format = said ?? found ?? 'raw'
      const isRaw = format === 'raw'
      const below = attributeOf(at(parseXml(xml), 'backingStore', 'format'), 'type')
      if (!isRaw && below !== null) this.#saidBelow.set(path, below)
      const sizes = { allocationBytes, capacityBytes: isRaw ? sizeBytes : capacityBytes }
      const facts = { format, ...sizes, writtenAtMs: modifiedAtMs, base: isRaw ? null : backingPath }
      this.#files.set(path, { ...nothing, ...where, ...facts, problem: null, vol })
    } catch (error) {
      this.#context.work.signal.throwIfAborted()
      if (libvirtNumber(error) === undefined) throw error
      this.#files.set(path, { ...nothing, ...where, problem: unreadable(path, toProblem(error).message), vol })
    }
  }

  #seenElsewhere(path: string): { readonly format: string | null; readonly base: string | null } | null {
    const header = this.#elsewhere?.headers.get(path)
    return header ? { format: header.format, base: header.bases[0] ?? null } : null
  }

  /** Of a file in no pool, by a program of the host; null: it cannot be told. */
  async #ask(path: string, said: string | null): Promise<{ readonly format: string; readonly base: string | null } | null> {
    const { shell, work } = this.#context
    if (!shell || said === null) return null
    try {
      const source = { from: { path }, sourceFormat: said, format: said, isOwnDisk: true }
      const image = await inspectImage(shell, { path, range: undefined }, source, work.signal)
      const { 'backing-filename': base, 'backing-filename-format': below } = image
      if (below !== undefined) this.#saidBelow.set(path, below)
      return { format: said, base: base === undefined || said === 'raw' ? null : posix.resolve(folderOf(path), base) }
    } catch {
      work.signal.throwIfAborted()
      return null
    }
  }

  async #volume(path: string): Promise<StorageVolRef | null> {
    try {
      return (await this.#context.host.call('storageVolLookupByPath', { path }, within(this.#context))).vol
    } catch (error) {
      this.#context.work.signal.throwIfAborted()
      if (libvirtNumber(error) === undefined) throw error
      return null
    }
  }

  async #lookAgain(pool: PoolSeen, path: string): Promise<StorageVolRef | null> {
    await lookAnew(this.#context, pool.ref, 0)
    return await this.#volume(path)
  }

  async #room(): Promise<Map<string, { readonly availableBytes: number | null }>> {
    const used = new Set([...this.#files.values()].map(({ pool }) => pool))
    const read = this.#pools
      .filter(({ name }) => used.has(name))
      .map(async ({ ref, name }) => {
        const { available } = await this.#context.host.call('storagePoolGetInfo', { pool: ref }, within(this.#context))
        return [name, { availableBytes: Number(available) }] as const
      })
    return new Map(await Promise.all(read))
  }
}

/** The chains that a running machine's definition tells, by path. */
export function liveFacts(domain: XmlElement): LiveFacts {
  const facts = new Map<string, { format: string | null; base: string | null }>()
  for (const disk of at(domain, 'devices')?.children ?? []) {
    if (disk.name !== 'disk') continue
    let format = attributeOf(at(disk, 'driver'), 'type')
    for (let layer: XmlElement | undefined = disk; layer !== undefined; ) {
      const path = pathOf(layer)
      const below: XmlElement | undefined = at(layer, 'backingStore')
      // without the element nobody has looked; an empty one is the end of the chain
      if (path !== null && below !== undefined) facts.set(path, { format, base: pathOf(below) })
      format = attributeOf(at(below, 'format'), 'type')
      layer = below
    }
  }
  return facts
}

function pathOf(layer: XmlElement): string | null {
  const { file, dev } = at(layer, 'source')?.attributes ?? {}
  return file ?? dev ?? null
}

const missing = (path: string): Reason => ({
  code: 'snapshot.file-missing',
  text: `The file ${path} is not there: it was moved or deleted. Put it back where it was.`,
  params: { path },
})
const unread = (path: string): Reason => ({
  code: 'snapshot.file-unread',
  text: `${path} lies in no active pool of the host, so what it stands on cannot be read. Make a pool of its folder.`,
  params: { path },
})
const unreadable = (path: string, said: string): Reason => ({
  code: 'snapshot.file-unreadable',
  text: `${path} cannot be read: ${said}`,
  params: { path, said },
})
const cycle = (path: string): Reason => ({
  code: 'snapshot.chain-cycle',
  text: `The chain comes back to ${path}, so it has no end: nothing can be read from it.`,
  params: { path },
})
