import { z } from 'zod'
import { AppError, type Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  hostIdSchema,
  type Machine,
  machineIdSchema,
  type SnapshotOperation,
  snapshotOperationSchema,
} from '../../../shared/model/index.ts'
import type { ProvidedSnapshotOperation, ProviderConnection, SnapshotKeeper } from '../../providers/provider.ts'
import type { DefinitionHistory } from '../hardware/definition-history.ts'
import type { RunContext, Step, StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { snapshotsUnsupported } from './snapshot-errors.ts'

export const SNAPSHOT_KIND = 'machine.snapshot'

export const snapshotTargetSchema = z.object({
  machineId: machineIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  ref: z.string(),
})
export type SnapshotTarget = z.infer<typeof snapshotTargetSchema>

const planSchema = snapshotTargetSchema.extend({
  operation: snapshotOperationSchema,
  revision: z.string(),
  acceptsLosses: z.boolean(),
})

const memoSchema = z.object({
  baseline: z.string(),
  /** It is not the first attempt: what that one has begun is gone on with. */
  again: z.boolean(),
})

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

type Habit = Pick<Step, 'timeoutMs' | 'cancel'>

const STEP_IDS: Readonly<Record<ProvidedSnapshotOperation['operation'], string>> = {
  create: 'createSnapshot',
  revert: 'revertSnapshot',
  delete: 'deleteSnapshot',
  merge: 'mergeChain',
  flatten: 'flattenChain',
  discard: 'discardBranch',
  describe: 'describeSnapshot',
}

/** A merge of a terabyte takes some hours, as long as the disk needs for it. */
const HABITS: Readonly<Record<ProvidedSnapshotOperation['operation'], Habit>> = {
  create: { timeoutMs: HOUR_MS, cancel: 'now' },
  revert: { timeoutMs: HOUR_MS, cancel: 'never' },
  delete: { timeoutMs: 12 * HOUR_MS, cancel: 'now' },
  merge: { timeoutMs: 12 * HOUR_MS, cancel: 'now' },
  flatten: { timeoutMs: 12 * HOUR_MS, cancel: 'now' },
  discard: { timeoutMs: HOUR_MS, cancel: 'never' },
  describe: { timeoutMs: MINUTE_MS, cancel: 'never' },
}

export type TargetMachine = Pick<Machine, 'id' | 'nativeRef' | 'name' | 'connectionId' | 'hostId'>

export interface SnapshotOrder {
  readonly operation: ProvidedSnapshotOperation
  readonly revision: string
  readonly acceptsLosses: boolean
}

export function targetOf({ id, connectionId, hostId, nativeRef }: TargetMachine): SnapshotTarget {
  return { machineId: id, connectionId, hostId, ref: nativeRef }
}

export function snapshotRequest(machine: TargetMachine, { operation, revision, acceptsLosses }: SnapshotOrder): TaskRequest {
  const { id, name, connectionId, hostId } = machine
  return {
    kind: SNAPSHOT_KIND,
    plan: { ...targetOf(machine), operation: { ...operation }, revision, acceptsLosses },
    params: shownOf(operation),
    target: { entity: 'machine', id, name },
    connectionId,
    hostId,
  }
}

function shownOf(operation: ProvidedSnapshotOperation): Record<string, Json> {
  const { operation: id } = operation
  switch (operation.operation) {
    case 'create':
      return { operation: id, name: operation.name, kind: operation.kind, memory: operation.memory, freeze: operation.freeze }
    case 'revert':
      return { operation: id, name: operation.name, keepAs: operation.keepAs }
    case 'delete':
    case 'describe':
      return { operation: id, name: operation.name }
    case 'merge':
      return { operation: id, target: operation.target, top: operation.top, base: operation.base }
    case 'flatten':
      return { operation: id, target: operation.target }
    case 'discard':
      return { operation: id, target: operation.target, path: operation.path }
    default:
      return operation satisfies never
  }
}

/** What is done to snapshots: a single step that a provider carries out, finds again and can probe. */
export function snapshotKind(history?: DefinitionHistory): TaskKind {
  return {
    kind: SNAPSHOT_KIND,
    steps: (json) => {
      const { ref, machineId, operation, revision, acceptsLosses } = planSchema.parse(json)
      return [snapshotStep({ ref, machineId }, provided(operation), () => Promise.resolve({ revision, acceptsLosses }), history)]
    },
  }
}

interface Terms {
  readonly revision: string
  readonly acceptsLosses: boolean
  readonly scheduleId?: string | null
}

/** `terms`: on which tree it is based; asked just before. */
export function snapshotStep(
  { ref, machineId }: Pick<SnapshotTarget, 'ref' | 'machineId'>,
  operation: ProvidedSnapshotOperation,
  terms: (context: Pick<StepContext, 'link' | 'signal'>) => Promise<Terms>,
  history?: DefinitionHistory,
): Step {
  const habit = HABITS[operation.operation]
  return {
    id: STEP_IDS[operation.operation],
    weight: 1,
    ...habit,
    async prepare({ link, signal, memo }) {
      if (memo !== null) return { ...memoSchema.parse(memo), again: true }
      return { baseline: await keeperOf(link).baseline(ref, operation, { signal }), again: false }
    },
    async run(context) {
      const { link, signal, memo, progress: onProgress } = context
      const { baseline, again } = memoSchema.parse(memo)
      const { revision, acceptsLosses, scheduleId } = await terms({ link, signal })
      const begun = again ? baseline : undefined
      const options = { signal, timeoutMs: habit.timeoutMs, onProgress, acceptsLosses, scheduleId, begun }
      const act = () => keeperOf(link).act(ref, operation, revision, options)
      await redefining(history, { ref, machineId }, operation, context, act)
    },
    probe: ({ link, signal, memo }) => keeperOf(link).probe(ref, operation, memoSchema.parse(memo).baseline, { signal }),
  }
}

/** Disks get other files by all of them but one: the definition as it was before is kept, with who did what. */
export async function redefining(
  history: DefinitionHistory | undefined,
  target: Pick<SnapshotTarget, 'ref' | 'machineId'>,
  { operation }: Pick<ProvidedSnapshotOperation, 'operation'>,
  context: RunContext,
  act: () => Promise<void>,
): Promise<void> {
  if (!history || operation === 'describe') return await act()
  await history.around({ ...target, edit: STEP_IDS[operation], definition: 'kept' }, context, act)
}

/** Throws `unsupported` snapshot.unsupported. */
export function keeperOf(link: ProviderConnection | null): SnapshotKeeper {
  if (link?.snapshots) return link.snapshots
  throw snapshotsUnsupported()
}

/** Throws `bug`: a clone is a task of another kind. */
function provided(operation: SnapshotOperation): ProvidedSnapshotOperation {
  if (operation.operation !== 'clone') return operation
  throw new AppError({ kind: 'bug', code: 'bug.clone-is-built', message: 'A clone is built, and is no operation of a provider.' })
}
