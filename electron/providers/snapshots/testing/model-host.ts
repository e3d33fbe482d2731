import type { SnapshotOperation } from '../../../../shared/model/index.ts'
import {
  type Deed,
  type MergeToDo,
  type OverlayToMake,
  type SeenDisk,
  type SeenFile,
  type SeenSnapshot,
  type Sight,
  warn,
} from '../index.ts'

/** What a disk reads as: a value for each cluster that was ever written. */
export type Content = ReadonlyMap<number, number>

interface ModelFile {
  readonly format: 'qcow2' | 'raw'
  base: string | null
  data: Map<number, number>
  /** What snapshots keep inside, by name. */
  readonly inside: Map<string, Map<number, number>>
}

const POOL = 'pool'
const CLUSTER_BYTES = 65_536

/**
 * A host with one machine whose files behave as qcow2 does: a file has the clusters that were written to it, the others come from beneath it,
 * and what it keeps inside under a name reads from beneath it too. It does what a deed says, to the letter, and knows no rule.
 */
export class ModelHost {
  readonly files = new Map<string, ModelFile>()
  readonly active = new Map<string, string>()
  snapshots: SeenSnapshot[] = []
  isActive = false
  /** Path of a linked clone of another machine → its name. */
  readonly clones = new Map<string, string>()
  /** Images in a pool that is off, or in none. */
  readonly elsewhere = new Set<string>()
  /** Whether those are found by their headers, are there and cannot be read, or are not there to be looked into. */
  elsewhereIs: 'seen' | 'unread' | 'gone' = 'seen'
  availableBytes: number | null = null
  blind: string | null = null
  #number = 0

  constructor(disks: Readonly<Record<string, 'qcow2' | 'raw'>>) {
    for (const [target, format] of Object.entries(disks)) {
      const path = `/${POOL}/${target}`
      this.files.set(path, { format, base: null, data: new Map(), inside: new Map() })
      this.active.set(target, path)
    }
  }

  write(target: string, cluster: number, value: number): void {
    this.#file(this.active.get(target) ?? '').data.set(cluster, value)
  }

  /** Another machine stands on a file of ours. */
  linkClone(path: string): string {
    this.#number += 1
    const clone = `/${POOL}/clone-${this.#number}`
    this.files.set(clone, { format: 'qcow2', base: path, data: new Map(), inside: new Map() })
    this.clones.set(clone, `clone-${this.#number}`)
    return clone
  }

  /** Somebody makes an image on a file of ours where no pool is on. */
  linkElsewhere(path: string): string {
    this.#number += 1
    const image = `/elsewhere/image-${this.#number}`
    this.files.set(image, { format: 'qcow2', base: path, data: new Map(), inside: new Map() })
    this.elsewhere.add(image)
    return image
  }

  /** Everything that a file is read from, that one first. */
  chain(path: string): string[] {
    const found: string[] = []
    for (let at: string | null = path; at !== null; at = this.files.get(at)?.base ?? null) found.push(at)
    return found
  }

  unlink(path: string): void {
    this.files.delete(path)
    this.clones.delete(path)
    this.elsewhere.delete(path)
  }

  read(path: string | null): Content {
    if (path === null) return new Map()
    const file = this.files.get(path)
    if (!file) throw new Error(`${path} is not there`)
    return new Map([...this.read(file.base), ...file.data])
  }

  /** What the machine reads now. */
  contentNow(): Map<string, Content> {
    return new Map([...this.active].map(([target, path]) => [target, this.read(path)]))
  }

  /** What a snapshot's data read as now. Throws when they cannot be read. */
  contentOf(name: string): Map<string, Content> {
    const snapshot = this.snapshots.find((one) => one.name === name)
    return new Map(
      (snapshot?.disks ?? []).map(({ target, kind, file }): [string, Content] => {
        if (kind === 'external') return [target, this.read(file)]
        const at = this.#file(file ?? '')
        const inside = at.inside.get(name)
        if (!inside) throw new Error(`${name} is not inside ${file}`)
        return [target, new Map([...this.read(at.base), ...inside])]
      }),
    )
  }

  sight(): Sight {
    const files = new Map<string, SeenFile>()
    for (const [path, { format, base, data, inside }] of this.files) {
      const clusters = data.size + [...inside.values()].reduce((sum, one) => sum + one.size, 0)
      const isElsewhere = this.elsewhere.has(path)
      if (isElsewhere && this.elsewhereIs !== 'seen') continue
      const where = isElsewhere
        ? { pool: null, volume: null, inFolder: false }
        : { pool: POOL, volume: path.slice(POOL.length + 2), inFolder: true }
      files.set(path, {
        path,
        ...where,
        format,
        capacityBytes: 1_073_741_824,
        allocationBytes: clusters * CLUSTER_BYTES,
        writtenAtMs: null,
        base,
        overlays: this.#overlaysOf(path),
        usedBy: this.#usersOf(path),
        problem: null,
      })
    }
    const hidden = this.elsewhere.size
    return {
      name: 'web',
      isActive: this.isActive,
      isPaused: false,
      isPersistent: true,
      hasManagedSave: false,
      memoryBytes: 1_048_576,
      agent: 'none',
      hasNvram: false,
      hasTpm: false,
      holdsMemory: [],
      checkpoints: 0,
      disks: [...this.active].map(
        ([target, path]): SeenDisk => ({ target, path, format: files.get(path)?.format ?? null, isReadOnly: false, isShared: false }),
      ),
      nextPaths: [],
      snapshots: this.snapshots,
      files,
      jobs: [],
      pools: new Map([[POOL, { availableBytes: this.availableBytes }]]),
      taken: new Set(this.files.keys()),
      blind: this.blind ?? (hidden > 0 && this.elsewhereIs === 'unread' ? 'an image cannot be read' : null),
      unseen: hidden > 0 && this.elsewhereIs === 'gone' ? [warn.poolsUnseen(['off'])] : [],
      inside: new Map([...this.files].map(([path, { inside }]) => [path, [...inside.keys()]])),
      held: new Set(),
    }
  }

  carryOut(operation: SnapshotOperation, deed: Deed): void {
    switch (deed.do) {
      case 'create-internal':
      case 'create-external':
        if (operation.operation === 'create') this.#take(operation.name, deed.do === 'create-internal' ? null : deed.overlays)
        return
      case 'revert-internal':
      case 'revert-external':
        if (operation.operation === 'revert') this.#revert(operation.name, deed)
        return
      case 'delete-internal':
      case 'delete-external':
        if (operation.operation === 'delete') this.#delete(operation.name, deed)
        return
      case 'merge':
        this.#merge(deed.merge)
        return
      case 'flatten': {
        const file = this.#file(this.active.get(deed.target) ?? '')
        file.data = new Map(this.read(this.active.get(deed.target) ?? null))
        file.base = null
        return
      }
      case 'discard':
        for (const path of deed.deletes) this.#remove(path)
        return
      case 'describe':
      case 'clone':
        return
      default:
        deed satisfies never
    }
  }

  #take(name: string, overlays: readonly OverlayToMake[] | null): void {
    const disks = [...this.active].map(([target, file]) => {
      const overlay = overlays?.find((one) => one.target === target)?.path ?? null
      return { target, kind: overlays === null ? ('internal' as const) : ('external' as const), file, overlay }
    })
    const definition = disks.map(({ target, file: path }) => ({ target, path }))
    for (const { target, file, overlay } of disks) {
      if (overlay === null) this.#file(file).inside.set(name, new Map(this.#file(file).data))
      else {
        this.#make(overlay, file)
        this.active.set(target, overlay)
      }
    }
    const parent = this.snapshots.find(({ isCurrent }) => isCurrent)?.name ?? null
    const fresh = { createdAtMs: 0, description: null, tags: [], scheduleId: null, wasFrozen: null, memoryFile: null }
    const state = this.isActive ? 'running' : 'shutoff'
    const hasMemory = this.isActive && overlays === null
    this.snapshots = [
      ...this.snapshots.map((one) => ({ ...one, isCurrent: false })),
      { name, parent, isCurrent: true, state, hasMemory, ...fresh, disks, definition },
    ]
  }

  #revert(name: string, deed: Extract<Deed, { readonly do: 'revert-internal' | 'revert-external' }>): void {
    if (deed.keep) this.#take(deed.keep.name, deed.keep.kind === 'internal' ? null : deed.keep.overlays)
    const snapshot = this.snapshots.find((one) => one.name === name)
    if (deed.do === 'revert-external') {
      for (const { target, base, path } of deed.overlays) {
        this.#make(path, base)
        this.active.set(target, path)
      }
      for (const { path } of deed.keep?.overlays ?? []) this.#remove(path)
    } else {
      // as libvirt does it: the definition of then, whatever is in it
      for (const { target, path } of snapshot?.definition ?? []) if (path !== null) this.active.set(target, path)
      for (const { file } of snapshot?.disks ?? []) {
        const at = this.#file(file ?? '')
        at.data = new Map(at.inside.get(name) ?? [])
      }
    }
    this.snapshots = this.snapshots.map((one) => ({ ...one, isCurrent: one.name === name }))
  }

  #delete(name: string, deed: Extract<Deed, { readonly do: 'delete-internal' | 'delete-external' }>): void {
    const snapshot = this.snapshots.find((one) => one.name === name)
    if (!snapshot) throw new Error(`no snapshot ${name}`)
    this.snapshots = this.snapshots
      .filter((one) => one !== snapshot)
      .map((one) => ({
        ...one,
        parent: one.parent === name ? snapshot.parent : one.parent,
        isCurrent: one.isCurrent || (snapshot.isCurrent && one.name === snapshot.parent),
      }))
    if (deed.do === 'delete-internal') {
      for (const { file } of snapshot.disks) this.#file(file ?? '').inside.delete(name)
      return
    }
    for (const merge of deed.merges) this.#merge(merge)
    for (const path of deed.deletes) this.#remove(path)
  }

  #merge({ target, top, base, deletes }: MergeToDo): void {
    const chain: string[] = []
    for (let at: string | null = this.active.get(target) ?? null; at !== null; at = this.#file(at).base) chain.push(at)
    const goes = chain.slice(chain.indexOf(top), chain.indexOf(base))
    const into = this.#file(base)
    for (const path of [...goes].toReversed()) for (const [cluster, value] of this.#file(path).data) into.data.set(cluster, value)
    const above = chain[chain.indexOf(top) - 1]
    if (above === undefined) this.active.set(target, base)
    else this.#file(above).base = base
    this.snapshots = this.snapshots.map((one) => ({
      ...one,
      disks: one.disks.map((disk) =>
        disk.target === target && disk.kind === 'external' && disk.file === top ? { ...disk, file: base } : disk,
      ),
      definition: one.definition.map((disk) => {
        const isFrozen = one.disks.some(({ kind, file }) => kind === 'external' && file === top)
        return isFrozen && disk.target === target && disk.path === top ? { ...disk, path: base } : disk
      }),
    }))
    for (const path of deletes) this.#remove(path)
  }

  #make(path: string, base: string): void {
    if (this.files.has(path)) throw new Error(`${path} is there already`)
    this.files.set(path, { format: 'qcow2', base, data: new Map(), inside: new Map() })
  }

  #remove(path: string): void {
    this.files.delete(path)
  }

  #overlaysOf(path: string): string[] {
    const isShown = (overlay: string) => this.elsewhereIs === 'seen' || !this.elsewhere.has(overlay)
    return [...this.files].filter(([overlay, { base }]) => base === path && isShown(overlay)).map(([overlay]) => overlay)
  }

  #usersOf(path: string): string[] {
    const own = this.clones.get(path)
    return [...new Set([...(own === undefined ? [] : [own]), ...this.#overlaysOf(path).flatMap((overlay) => this.#usersOf(overlay))])]
  }

  #file(path: string): ModelFile {
    const file = this.files.get(path)
    if (!file) throw new Error(`${path} is not there`)
    return file
  }
}
