import type { ChainFile, DiskChain, Snapshot, SnapshotTree } from '../../../shared/model/index.ts'
import { offersOf } from './offers.ts'
import { deleteReason } from './plan-delete.ts'
import { revertReason } from './plan-revert.ts'
import { activePath, chainOf, coveredDisks, kindOf, leftBehind, neededOf, needsOf, type SeenSnapshot, type Sight } from './sight.ts'

/** What a person is shown of a sight. */
export function treeOf(sight: Sight, revision: string, observedAtMs: number): SnapshotTree {
  return {
    revision,
    snapshots: sight.snapshots.map((snapshot) => shown(sight, snapshot)),
    chains: coveredDisks(sight).map(({ target }) => chainsOf(sight, target)),
    offers: offersOf(sight),
    jobs: sight.jobs.map((job) => ({ ...job })),
    observedAtMs,
  }
}

function shown(sight: Sight, snapshot: SeenSnapshot): Snapshot {
  const { memoryFile: _memory, definition: _definition, disks, tags, ...rest } = snapshot
  return {
    ...rest,
    tags: [...tags],
    kind: kindOf(snapshot),
    disks: disks.map(({ target, kind, file }) => ({ target, kind, file })),
    sizeBytes: sizeOf(sight, snapshot),
    noRevert: revertReason(sight, snapshot),
    noDelete: deleteReason(sight, snapshot),
  }
}

/** Of an external one: what was written on top of it, and its memory. What lies inside a file is not told apart. */
function sizeOf(sight: Sight, { disks, memoryFile }: SeenSnapshot): number | null {
  const paths = [...disks.flatMap(({ kind, overlay }) => (kind === 'external' && overlay !== null ? [overlay] : [])), memoryFile]
  const sizes = paths.flatMap((path) => (path === null ? [] : [sight.files.get(path)?.allocationBytes ?? null]))
  return sizes.length === 0 ? null : sizes.reduce((sum, size) => (sum === null || size === null ? null : sum + size), 0)
}

function chainsOf(sight: Sight, target: string): DiskChain {
  const active = activePath(sight, target)
  const chain = chainOf(sight, active)
  const known = neededOf(sight, target)
  const others = [...known].filter((path) => !chain.includes(path)).concat([...leftBehind(sight, known)])
  return {
    target,
    files: chain.map((path) => fileOf(sight, path, path === active)),
    others: others.map((path) => ({ ...fileOf(sight, path, false), base: sight.files.get(path)?.base ?? null })),
  }
}

function fileOf(sight: Sight, path: string, isActive: boolean): ChainFile {
  const file = sight.files.get(path)
  const snapshots = [...new Set(needsOf(sight, path).map(({ snapshot }) => snapshot))]
  if (!file) {
    const problem = { code: 'snapshot.file-missing', text: `The file ${path} is not there.`, params: { path } }
    const unknown = { pool: null, volume: null, format: null, capacityBytes: null, allocationBytes: null, writtenAtMs: null }
    return { path, ...unknown, isActive, snapshots, usedBy: [], problem }
  }
  const { pool, volume, format, capacityBytes, allocationBytes, writtenAtMs, usedBy, problem } = file
  return { path, pool, volume, format, capacityBytes, allocationBytes, writtenAtMs, isActive, snapshots, usedBy: [...usedBy], problem }
}
