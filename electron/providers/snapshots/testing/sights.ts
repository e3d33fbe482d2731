import type { SeenFile, SeenSnapshot, Sight } from '../index.ts'

const MIB = 1_048_576

export function aFile(path: string, base: string | null = null, more: Partial<SeenFile> = {}): SeenFile {
  return {
    path,
    pool: 'pool',
    volume: path.slice(path.lastIndexOf('/') + 1),
    inFolder: true,
    format: 'qcow2',
    capacityBytes: 64 * MIB,
    allocationBytes: MIB,
    writtenAtMs: null,
    base,
    overlays: [],
    usedBy: [],
    problem: null,
    ...more,
  }
}

/** With who stands on whom filled in. */
export function filesOf(...files: readonly SeenFile[]): Map<string, SeenFile> {
  return new Map(
    files.map((file) => {
      const above = files.filter(({ base }) => base === file.path).map(({ path }) => path)
      return [file.path, { ...file, overlays: [...new Set([...file.overlays, ...above])] }]
    }),
  )
}

export function aSnapshot(name: string, kind: 'internal' | 'external', file: string, more: Partial<SeenSnapshot> = {}): SeenSnapshot {
  return {
    name,
    parent: null,
    isCurrent: false,
    createdAtMs: 0,
    description: null,
    tags: [],
    scheduleId: null,
    state: 'shutoff',
    hasMemory: false,
    wasFrozen: null,
    memoryFile: null,
    disks: [{ target: 'vda', kind, file, overlay: null }],
    definition: [{ target: 'vda', path: file }],
    ...more,
  }
}

/** A machine that is off, with one qcow2 that nothing stands on. */
export function aSight(more: Partial<Sight> = {}): Sight {
  return {
    name: 'web',
    isActive: false,
    isPaused: false,
    isPersistent: true,
    hasManagedSave: false,
    memoryBytes: 256 * MIB,
    agent: 'none',
    hasNvram: false,
    hasTpm: false,
    holdsMemory: [],
    checkpoints: 0,
    disks: [{ target: 'vda', path: '/p/base', format: 'qcow2', isReadOnly: false, isShared: false }],
    nextPaths: [],
    snapshots: [],
    files: filesOf(aFile('/p/base')),
    jobs: [],
    pools: new Map([['pool', { availableBytes: 1_024 * MIB }]]),
    taken: new Set(),
    blind: null,
    unseen: [],
    inside: new Map(),
    held: new Set(),
    ...more,
  }
}

/** base ← one ← two, two is written; `first` froze base, `second` froze one. */
export function aChain(more: Partial<Sight> = {}): Sight {
  return aSight({
    disks: [{ target: 'vda', path: '/p/two', format: 'qcow2', isReadOnly: false, isShared: false }],
    files: filesOf(aFile('/p/two', '/p/one'), aFile('/p/one', '/p/base'), aFile('/p/base')),
    snapshots: [aSnapshot('first', 'external', '/p/base'), aSnapshot('second', 'external', '/p/one', { parent: 'first', isCurrent: true })],
    ...more,
  })
}
