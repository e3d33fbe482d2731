import type { ChainFile, DiskChain, Snapshot, SnapshotPlan, SnapshotTree } from '../../../../shared/model/index.ts'

const GIB = 1_073_741_824

export function snapshot(name: string, parent: string | null, change: Partial<Snapshot> = {}): Snapshot {
  return {
    name,
    parent,
    isCurrent: false,
    createdAtMs: Date.UTC(2026, 10, 20, 12),
    description: null,
    tags: [],
    scheduleId: null,
    kind: 'external',
    state: 'running',
    hasMemory: false,
    wasFrozen: true,
    disks: [{ target: 'vda', kind: 'external', file: `/images/${parent ?? 'web-1'}.qcow2` }],
    sizeBytes: GIB,
    noRevert: null,
    noDelete: null,
    ...change,
  }
}

export function file(name: string, change: Partial<ChainFile> = {}): ChainFile {
  return {
    path: `/images/${name}.qcow2`,
    pool: 'default',
    volume: `${name}.qcow2`,
    format: 'qcow2',
    capacityBytes: 20 * GIB,
    allocationBytes: GIB,
    writtenAtMs: null,
    isActive: false,
    snapshots: [],
    usedBy: [],
    problem: null,
    ...change,
  }
}

/** base ← before ← after, on one disk; the machine goes on from the last. */
export function tree(change: Partial<SnapshotTree> = {}): SnapshotTree {
  const chain: DiskChain = {
    target: 'vda',
    files: [
      file('after', { isActive: true }),
      file('before', { snapshots: ['after'] }),
      file('base', { snapshots: ['before', 'after'] }),
      file('web-1', { snapshots: ['base', 'before', 'after'], usedBy: ['web-2'] }),
    ],
    others: [],
  }
  return {
    revision: 'r1',
    snapshots: [
      snapshot('base', null),
      snapshot('before', 'base', { tags: ['upgrade'], description: 'Before the upgrade' }),
      snapshot('after', 'before', { isCurrent: true, hasMemory: true }),
    ],
    chains: [chain],
    offers: { internal: { code: 'snapshot.raw-inside', text: 'Only qcow2 holds one.' }, external: null, memory: null, freeze: null },
    jobs: [],
    observedAtMs: Date.now(),
    ...change,
  }
}

export function plan(change: Partial<SnapshotPlan> = {}): SnapshotPlan {
  return {
    reason: null,
    instead: [],
    steps: [{ code: 'test.step', text: 'The disks become those of then.' }],
    losses: [],
    warnings: [],
    deletes: [],
    freesBytes: null,
    branch: [],
    needs: [],
    interrupts: 'no',
    ...change,
  }
}

/** As many as that, one on top of the other. */
export function deepTree(count: number): SnapshotTree {
  const names = Array.from({ length: count }, (_, at) => `s${at}`)
  return tree({
    snapshots: names.map((name, at) => snapshot(name, names[at - 1] ?? null, { isCurrent: at === count - 1 })),
    chains: [
      {
        target: 'vda',
        files: [
          file('active', { isActive: true }),
          ...names.toReversed().map((name) => file(name, { snapshots: names.slice(names.indexOf(name)) })),
        ],
        others: [],
      },
    ],
  })
}
