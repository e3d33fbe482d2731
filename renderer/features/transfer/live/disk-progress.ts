import type { Task } from '../../../../shared/model/index.ts'
import type { TransferParams } from '../../../lib/task/index.ts'

/** How far one disk is. */
export interface DiskProgress {
  readonly index: number
  /** By what it is called in the guest, and where it goes; null: the task does not tell. */
  readonly target: string | null
  readonly to: string | null
  readonly bytes: number | null
  readonly state: 'waits' | 'sending' | 'reading-back' | 'done' | 'failed' | 'taken-back'
  /** Of what it does now, sending or reading back. */
  readonly percent: number
  readonly bytesDone: number | null
}

const DISK_STEP = /^(?:copy|send|fetch|import|export)-(\d+)$/

/** Each disk that is sent, in its order, as the steps of the task say. */
export function diskProgress({ steps, progress }: Pick<Task, 'steps' | 'progress'>, { copied }: TransferParams): readonly DiskProgress[] {
  return steps.flatMap((step): DiskProgress[] => {
    const number = DISK_STEP.exec(step.id)?.[1]
    if (number === undefined) return []
    const index = Number(number)
    const told = copied[index]
    const isNow = step.state === 'running'
    const { bytesDone, bytesTotal, note } = progress
    const percent = isNow ? (bytesDone !== null && bytesTotal ? (bytesDone / bytesTotal) * 100 : 0) : step.state === 'done' ? 100 : 0
    return [
      {
        index,
        target: told?.target ?? null,
        to: told?.to ?? null,
        bytes: (isNow ? bytesTotal : null) ?? told?.bytes ?? null,
        state: stateOf(step.state, note),
        percent,
        bytesDone: isNow ? bytesDone : null,
      },
    ]
  })
}

function stateOf(state: Task['steps'][number]['state'], note: string | null): DiskProgress['state'] {
  if (state === 'running') return note === 'reading-back' ? 'reading-back' : 'sending'
  if (state === 'done') return 'done'
  if (state === 'failed' || state === 'unknown') return 'failed'
  return state === 'undone' || state === 'undoing' ? 'taken-back' : 'waits'
}

/** What is still to come of a task by what it took so far: nothing is said of its first twentieth. */
export function expectedLeftMs(
  { state, startedAtMs, progress: { fraction } }: Pick<Task, 'state' | 'startedAtMs' | 'progress'>,
  nowMs: number,
): number | null {
  if (state !== 'running' || startedAtMs === null || fraction < 0.05) return null
  return ((nowMs - startedAtMs) * (1 - fraction)) / fraction
}
