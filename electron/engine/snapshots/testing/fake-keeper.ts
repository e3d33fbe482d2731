import { AppError } from '../../../../shared/errors/index.ts'
import type { Snapshot, SnapshotOperation, SnapshotPlan, SnapshotTree } from '../../../../shared/model/index.ts'
import type { ProbeAnswer, ProvidedSnapshotOperation, SnapshotActOptions, SnapshotKeeper } from '../../../providers/provider.ts'

const PLAN: SnapshotPlan = {
  reason: null,
  instead: [],
  steps: [],
  losses: [],
  warnings: [],
  deletes: [],
  freesBytes: null,
  branch: [],
  needs: [],
  interrupts: 'no',
}

export interface ActCall {
  readonly operation: ProvidedSnapshotOperation
  readonly revision: string
  readonly options: SnapshotActOptions
}

/** A tree in memory, one for all machines. What is taken is there at once; its plans and failures are scripted. */
export class FakeKeeper implements SnapshotKeeper {
  readonly calls: ActCall[] = []
  snapshots: Snapshot[] = []
  revision = 'r1'
  nowMs = () => 0
  planOf: (operation: SnapshotOperation) => Partial<SnapshotPlan> = () => ({})
  /** Called before it is done; throws instead. */
  onAct: (call: ActCall) => void = () => {}
  probes: ProbeAnswer[] = []

  async tree(): Promise<SnapshotTree> {
    const offers = { internal: null, external: null, memory: null, freeze: null }
    return { revision: this.revision, snapshots: this.snapshots, chains: [], offers, jobs: [], observedAtMs: 0 }
  }

  async plan(_ref: string, operation: SnapshotOperation): Promise<SnapshotPlan> {
    return { ...PLAN, ...this.planOf(operation) }
  }

  async act(_ref: string, operation: ProvidedSnapshotOperation, revision: string, options: SnapshotActOptions): Promise<void> {
    const call = { operation, revision, options }
    this.calls.push(call)
    this.onAct(call)
    if (revision !== this.revision) throw new AppError({ kind: 'conflict', code: 'snapshot.changed-meanwhile', message: 'changed' })
    if (operation.operation === 'create')
      this.snapshots = [...this.snapshots, aSnapshot(operation, this.nowMs(), options.scheduleId ?? null)]
    if (operation.operation === 'delete') this.snapshots = this.snapshots.filter(({ name }) => name !== operation.name)
    this.revision = `r${this.calls.length + 1}`
  }

  async baseline(): Promise<string> {
    return `baseline of ${this.revision}`
  }

  async probe(): Promise<ProbeAnswer> {
    return this.probes.shift() ?? 'not-done'
  }

  async disksOf(): Promise<never[]> {
    return []
  }
}

function aSnapshot(
  { name, tags, kind, description }: Extract<ProvidedSnapshotOperation, { readonly operation: 'create' }>,
  createdAtMs: number,
  scheduleId: string | null,
): Snapshot {
  const rest = { parent: null, isCurrent: true, state: 'running', hasMemory: false, wasFrozen: null, disks: [], sizeBytes: null }
  return { name, tags, kind, description, createdAtMs, scheduleId, noRevert: null, noDelete: null, ...rest }
}
