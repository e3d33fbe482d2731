import { z } from 'zod'
import type { MigrationRecord, Task } from '../../../shared/model/index.ts'
import type { TaskEnd } from '../tasks/task-kind.ts'
import type { MovePlan } from './move-plan.ts'

/** What the step `move` remembers of a move that it has seen to its end. */
const memoSchema = z.object({
  outcome: z.object({
    downtimeMs: z.number().nullable(),
    dataBytes: z.number().nullable(),
    memoryBytesPerS: z.number().nullable(),
    passes: z.number().nullable(),
  }),
})
const NOT_COUNTED = { downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }

/** How a move ended, from its task. Null: it did not come to moving anything. */
export function recordOf({ spec, name, source, prediction }: MovePlan, { task, memos }: TaskEnd): MigrationRecord | null {
  const move = task.steps.find(({ id }) => id === 'move')
  if (!move || move.startedAtMs === null || task.endedAtMs === null) return null
  const memo = memoSchema.safeParse(memos.get('move'))
  const { downtimeMs, dataBytes, memoryBytesPerS, passes } = memo.success && move.state === 'done' ? memo.data.outcome : NOT_COUNTED
  return {
    taskId: task.id,
    machineId: spec.machineId,
    machineName: name,
    sourceHostId: source.hostId,
    targetHostId: spec.targetHostId,
    endedAtMs: task.endedAtMs,
    mode: spec.mode,
    control: spec.control,
    outcome: outcomeOf(task),
    predicted: prediction,
    actual: { totalMs: verifiedMs(task, task.endedAtMs), downtimeMs, dataBytes, memoryBytesPerS, passes },
  }
}

/** It is at the target once that has been verified; where nobody could tell, it is unclear, and else it runs on at the source. */
function outcomeOf({ steps, error }: Task): MigrationRecord['outcome'] {
  const states = new Map(steps.map(({ id, state }) => [id, state]))
  if (states.get('verify') === 'done' || states.get('verify') === 'skipped') return 'moved'
  return states.get('move') === 'done' || states.get('move') === 'skipped' || error?.kind === 'indeterminate' ? 'unclear' : 'stayed'
}

/** From its beginning to the look at the target; what is tidied up after that keeps nobody waiting. */
function verifiedMs({ steps, startedAtMs, createdAtMs }: Task, endedAtMs: number): number {
  const verified = steps.find(({ id }) => id === 'verify')?.endedAtMs ?? endedAtMs
  return verified - (startedAtMs ?? createdAtMs)
}
