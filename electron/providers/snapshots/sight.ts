import type { Reason, Snapshot } from '../../../shared/model/index.ts'

/**
 * What a hypervisor shows of one machine, its snapshots and the files beneath them: everything a plan judges by. Plain data, so that the same
 * rules hold for a real host, a made-up one and a test's model.
 */
export interface Sight {
  readonly name: string
  /** A process of the hypervisor holds its disks: it runs, or is paused. */
  readonly isActive: boolean
  readonly isPaused: boolean
  readonly isPersistent: boolean
  /** A kept memory image names the disks as they are: whatever moves them makes it write into frozen files. */
  readonly hasManagedSave: boolean
  readonly memoryBytes: number
  /** Of the guest's agent; null: it cannot be told. */
  readonly agent: 'answers' | 'silent' | 'none' | null
  /** UEFI variables in a file of their own that no snapshot covers. */
  readonly hasNvram: boolean
  readonly hasTpm: boolean
  /** What forbids to save the memory: names of the host's devices, shared folders. */
  readonly holdsMemory: readonly string[]
  readonly checkpoints: number
  readonly disks: readonly SeenDisk[]
  /** Files that the definition names from the next start on, where that is another one. */
  readonly nextPaths: readonly string[]
  readonly snapshots: readonly SeenSnapshot[]
  readonly files: ReadonlyMap<string, SeenFile>
  readonly jobs: ReadonlyArray<{ readonly target: string; readonly kind: string; readonly doneBytes: number; readonly totalBytes: number }>
  readonly pools: ReadonlyMap<string, { readonly availableBytes: number | null }>
  /** Paths of all volumes of the host, so that no new file takes the name of another. */
  readonly taken: ReadonlySet<string>
  /** Why it cannot be told whether other images stand on these files; null: it can. */
  readonly blind: string | null
  /** What is not there to be looked into, such as a pool that is off: said wherever data of images in it would be lost. */
  readonly unseen: readonly Reason[]
  /** Names of the snapshots that images hold inside, of those that were looked into: by path. */
  readonly inside: ReadonlyMap<string, readonly string[]>
  /** Of those, the ones that a process has open for writing. */
  readonly held: ReadonlySet<string>
}

/** A disk of the machine as it is defined now. */
export interface SeenDisk {
  readonly target: string
  /** The file that is written; null: it is no file and no block device, such as a volume over the network. */
  readonly path: string | null
  readonly format: string | null
  /** Nothing is written to it, so a snapshot leaves it out: media, and disks that are read-only. */
  readonly isReadOnly: boolean
  /** Other machines may write to it as well, or it is a whole device of the host. */
  readonly isShared: boolean
}

export interface SeenSnapshot
  extends Pick<
    Snapshot,
    'name' | 'parent' | 'isCurrent' | 'createdAtMs' | 'description' | 'tags' | 'scheduleId' | 'state' | 'hasMemory' | 'wasFrozen'
  > {
  readonly memoryFile: string | null
  readonly disks: readonly SeenSnapshotDisk[]
  /** Every disk that the definition of then writes to, with its file of then. */
  readonly definition: ReadonlyArray<{ readonly target: string; readonly path: string | null }>
}

export interface SeenSnapshotDisk {
  readonly target: string
  readonly kind: 'internal' | 'external' | 'none'
  /** Where its data lie: the file that was written when it was taken. An internal one lies inside, an external one froze it. */
  readonly file: string | null
  /** Of an external one: what was put on top of that file. */
  readonly overlay: string | null
}

export interface SeenFile {
  readonly path: string
  readonly pool: string | null
  readonly volume: string | null
  /** New files can be made beside it: its pool is a folder. */
  readonly inFolder: boolean
  readonly format: string | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  readonly writtenAtMs: number | null
  readonly base: string | null
  /** Every image that stands on it directly, whoever uses that. */
  readonly overlays: readonly string[]
  /** Other machines that write to it, read from it, or stand on it by an image of theirs. */
  readonly usedBy: readonly string[]
  readonly problem: Reason | null
}

/** Chains by the files that they are read from: a sight is never changed, and of its chains everything is asked again and again. */
const known = new WeakMap<Sight['files'], Map<string, readonly string[]>>()

/** The chain beneath a file, that one first. Ends at what is missing, and where it bites its own tail. */
export function chainOf({ files }: Pick<Sight, 'files'>, path: string | null): readonly string[] {
  if (path === null) return []
  const chains = known.get(files) ?? new Map<string, readonly string[]>()
  known.set(files, chains)
  const before = chains.get(path)
  if (before) return before
  const chain = new Set<string>()
  for (let at: string | null = path; at !== null && !chain.has(at); at = files.get(at)?.base ?? null) chain.add(at)
  const found = [...chain]
  chains.set(path, found)
  return found
}

/** The disks that a snapshot covers. */
export function coveredDisks({ disks }: Pick<Sight, 'disks'>): readonly SeenDisk[] {
  return disks.filter(({ isReadOnly }) => !isReadOnly)
}

export function activePath({ disks }: Pick<Sight, 'disks'>, target: string): string | null {
  return disks.find((disk) => disk.target === target)?.path ?? null
}

export function snapshotNamed({ snapshots }: Pick<Sight, 'snapshots'>, name: string): SeenSnapshot | undefined {
  return snapshots.find((snapshot) => snapshot.name === name)
}

export function kindOf(snapshot: Pick<SeenSnapshot, 'disks'>): Snapshot['kind'] {
  const kinds = new Set(snapshot.disks.filter(({ kind }) => kind !== 'none').map(({ kind }) => kind))
  if (kinds.size > 1) return 'mixed'
  return kinds.has('external') ? 'external' : 'internal'
}

/** The disks of a snapshot that have data, each with the file these lie in. */
export function dataDisks({ disks }: SeenSnapshot): Array<SeenSnapshotDisk & { readonly file: string }> {
  return disks.flatMap((disk) => (disk.kind !== 'none' && disk.file !== null ? [{ ...disk, file: disk.file }] : []))
}

/** How a snapshot needs a file. */
export interface Need {
  readonly snapshot: string
  /** inside: it lies in it. frozen: the file is its data. below: its data stand on the file. */
  readonly how: 'inside' | 'frozen' | 'below'
  readonly target: string
  readonly file: string
}

/** Every way in which a snapshot's data need this file. */
export function needsOf(sight: Pick<Sight, 'files' | 'snapshots'>, path: string): readonly Need[] {
  return sight.snapshots.flatMap(({ name: snapshot, disks }) =>
    disks.flatMap(({ target, kind, file }): Need[] => {
      if (kind === 'none' || file === null) return []
      if (file === path) return [{ snapshot, target, file, how: kind === 'internal' ? 'inside' : 'frozen' }]
      return chainOf(sight, file).includes(path) ? [{ snapshot, target, file, how: 'below' }] : []
    }),
  )
}

/** Files of a disk that the machine stands on, and those that its snapshots need: the active chain first. */
export function neededOf(sight: Sight, target: string): ReadonlySet<string> {
  const needed = new Set(chainOf(sight, activePath(sight, target)))
  for (const { disks } of sight.snapshots) {
    for (const disk of disks) {
      if (disk.target !== target || disk.file === null || disk.kind === 'none') continue
      for (const path of chainOf(sight, disk.file)) needed.add(path)
    }
  }
  return needed
}

/** Files that stand on these and that no snapshot needs: what the machine wrote before it went back, and linked clones of others. */
export function leftBehind({ files }: Pick<Sight, 'files'>, needed: ReadonlySet<string>): ReadonlySet<string> {
  const found = new Set<string>()
  const waiting = [...needed]
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const overlay of files.get(path)?.overlays ?? []) {
      if (needed.has(overlay) || found.has(overlay)) continue
      found.add(overlay)
      waiting.push(overlay)
    }
  }
  return found
}

/** The first thing that is wrong in the chain beneath a file. */
export function chainProblem(sight: Pick<Sight, 'files'>, path: string): Reason | null {
  for (const at of chainOf(sight, path)) {
    const file = sight.files.get(at)
    if (!file) return { code: 'snapshot.file-missing', text: `The file ${at} is not there.`, params: { path: at } }
    if (file.problem) return file.problem
  }
  return null
}
