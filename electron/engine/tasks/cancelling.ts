import type { TaskRecord } from './journal.ts'

/** Nothing of it can be stopped any more: its last step must not be interrupted, or it takes away what it made. */
export function isPastCancelling({ task, takingBack }: TaskRecord): boolean {
  const open = task.steps.filter((step) => step.state === 'pending' || step.state === 'running')
  const isSent = open.some((step) => step.state === 'running') && task.progress.note !== 'waiting-for-link'
  return takingBack !== null || (isSent && open.every((step) => step.cancel === 'never'))
}
