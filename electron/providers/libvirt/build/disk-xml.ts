import type { DiskSpec } from '../../../../shared/model/index.ts'
import { element, type Tree } from './xml-tree.ts'

/** Where a disk's bytes are, and how they are to be read. */
export interface DiskFile {
  readonly source:
    | { readonly kind: 'file' | 'block'; readonly path: string }
    /** Its path is not known yet; libvirt finds it when the machine starts. */
    | { readonly kind: 'volume'; readonly pool: string; readonly volume: string }
  /** qcow2, raw, … */
  readonly format: string
}

const PREFIXES: Readonly<Record<string, string>> = { virtio: 'vd', ide: 'hd' }

/** Names of disks as guests count them: vda, vdb, …, sda, … */
export class DiskNames {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  next(bus: string): string {
    const prefix = PREFIXES[bus] ?? 'sd'
    for (let index = 0; ; index++) {
      const name = prefix + letters(index)
      if (this.#taken.has(name)) continue
      this.#taken.add(name)
      return name
    }
  }
}

/** a … z, aa, ab, … */
function letters(index: number): string {
  const last = String.fromCodePoint(97 + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}

export function sourceElement({ source }: DiskFile): Tree {
  if (source.kind === 'volume') return element('source', { pool: source.pool, volume: source.volume })
  return element('source', source.kind === 'file' ? { file: source.path } : { dev: source.path })
}

export interface DiskPlace {
  readonly target: string
  readonly bootOrder: number | null
  /** Number of its own thread. */
  readonly ioThread: number | null
}

export function diskElement(disk: DiskFile, { bus, cache, discard }: DiskSpec, { target, bootOrder, ioThread }: DiskPlace): Tree {
  const driver = {
    name: 'qemu',
    type: disk.format,
    cache: cache === 'default' ? null : cache,
    discard: discard ? 'unmap' : null,
    iothread: ioThread,
  }
  return element(
    'disk',
    { type: disk.source.kind, device: 'disk' },
    element('driver', driver),
    sourceElement(disk),
    element('target', { dev: target, bus }),
    bootOrder !== null && element('boot', { order: bootOrder }),
  )
}

export function cdElement(disk: DiskFile, bus: string, target: string, more: { bootOrder?: number | null; alias?: string } = {}): Tree {
  return element(
    'disk',
    { type: disk.source.kind, device: 'cdrom' },
    element('driver', { name: 'qemu', type: disk.format }),
    sourceElement(disk),
    element('target', { dev: target, bus }),
    element('readonly'),
    typeof more.bootOrder === 'number' && element('boot', { order: more.bootOrder }),
    more.alias !== undefined && element('alias', { name: more.alias }),
  )
}
