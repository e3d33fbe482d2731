import type { TaskRecord } from './journal.ts'
import type { Step } from './task-kind.ts'

/** What it was for has happened: it goes on to its end. */
export function isDecided({ task }: TaskRecord, steps: readonly Step[]): boolean {
  return steps.some(({ decides, id }) => {
    const state = decides && task.steps.find((step) => step.id === id)?.state
    return state === 'done' || state === 'skipped'
  })
}

/** Nothing of it can be stopped any more: its last step must not be interrupted, or it takes away what it made. */
export function isPastCancelling({ task, takingBack }: TaskRecord): boolean {
  const open = task.steps.filter((step) => step.state === 'pending' || step.state === 'running')
  const isSent = open.some((step) => step.state === 'running') && task.progress.note !== 'waiting-for-link'
  return takingBack !== null || (isSent && open.every((step) => step.cancel === 'never'))
}

/** Of a bulk that is cancelled: this one is stopped as well. */
export function canStop({ record, steps }: { readonly record: TaskRecord; readonly steps: readonly Step[] }): boolean {
  return record.task.state !== 'needs-attention' && !record.takingBack && !isDecided(record, steps)
}

/** Of one that needs attention: there is no way back from where it stands. */
export function goesOn({ record: { task }, steps }: { readonly record: TaskRecord; readonly steps: readonly Step[] }): boolean {
  const unknown = task.steps.find(({ state }) => state === 'unknown')
  const step = steps.find(({ id }) => id === unknown?.id)
  return task.error !== null && step?.goesOn?.(task.error) === true
}
