import type { ChainFile, DiskChain, Snapshot, SnapshotTree } from '../../../../shared/model/index.ts'

/** What is looked at: a snapshot, or a file of a disk's chain. */
export type Selection =
  | { readonly what: 'snapshot'; readonly name: string }
  | { readonly what: 'file'; readonly target: string; readonly path: string }

export interface Highlight {
  readonly snapshots: ReadonlySet<string>
  readonly files: ReadonlySet<string>
}

export const NO_HIGHLIGHT: Highlight = { snapshots: new Set(), files: new Set() }

export interface FileOfChain extends ChainFile {
  readonly target: string
  readonly base: string | null
  /**
   * machine: it writes into it, or stands on it. branch: a snapshot, another machine or another file needs it. nothing: it was written before
   * somebody went back, and nobody kept it.
   */
  readonly holds: 'machine' | 'branch' | 'nothing'
}

/** All files of a disk, those of the active chain first, each with what it stands on. */
export function filesOf({ target, files, others }: DiskChain): readonly FileOfChain[] {
  const bases = new Set(others.map(({ base }) => base))
  const isNeeded = ({ path, snapshots, usedBy, problem }: ChainFile) =>
    snapshots.length + usedBy.length > 0 || problem !== null || bases.has(path)
  return [
    ...files.map((file, at) => ({ ...file, target, base: files[at + 1]?.path ?? null, holds: 'machine' as const })),
    ...others.map((file) => ({ ...file, target, holds: isNeeded(file) ? ('branch' as const) : ('nothing' as const) })),
  ]
}

export function fileAt({ chains }: SnapshotTree, target: string, path: string): FileOfChain | null {
  const chain = chains.find((one) => one.target === target)
  return (chain && filesOf(chain).find((file) => file.path === path)) ?? null
}

export function snapshotOf({ snapshots }: SnapshotTree, name: string): Snapshot | null {
  return snapshots.find((one) => one.name === name) ?? null
}

/** A snapshot lights up the files that its data need; a file the snapshots that need it. */
export function highlightOf(tree: SnapshotTree, selection: Selection | null): Highlight {
  if (selection === null) return NO_HIGHLIGHT
  if (selection.what === 'snapshot') {
    const files = tree.chains.flatMap(filesOf).filter(({ snapshots }) => snapshots.includes(selection.name))
    return { snapshots: new Set(), files: new Set(files.map(({ path }) => path)) }
  }
  const file = fileAt(tree, selection.target, selection.path)
  return { snapshots: new Set(file?.snapshots ?? []), files: new Set() }
}

/** The same choice in another state of the tree; null: it is not there any more. */
export function stillThere(tree: SnapshotTree, selection: Selection | null): Selection | null {
  if (selection === null) return null
  const isThere =
    selection.what === 'snapshot' ? snapshotOf(tree, selection.name) !== null : fileAt(tree, selection.target, selection.path) !== null
  return isThere ? selection : null
}

/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Files beneath this one in the active chain, the nearest first: what it may be merged into. */
export function beneath({ chains }: SnapshotTree, target: string, path: string): readonly ChainFile[] {
  const files = chains.find((one) => one.target === target)?.files ?? []
  const at = files.findIndex((file) => file.path === path)
  return at < 0 ? [] : files.slice(at + 1)
}
