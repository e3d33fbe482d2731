import type { Task, TaskId, TaskProgress } from '../../../shared/model/index.ts'
import { type ActProgress, OUTCOME_NOTE } from '../../providers/provider.ts'
import type { Step } from './task-kind.ts'

/** Weight of the newest sample in the rate: jumps are smoothed over some ten seconds of samples. */
const NEWEST = 0.3

/** Bytes a second of running tasks, smoothed. */
export class Rates {
  readonly #last = new Map<TaskId, { readonly atMs: number; readonly bytes: number; readonly perS: number | null }>()

  next(id: TaskId, bytes: number, atMs: number): number | null {
    const last = this.#last.get(id)
    if (!last || bytes < last.bytes || atMs <= last.atMs) {
      if (!last || bytes < last.bytes) this.#last.set(id, { atMs, bytes, perS: null })
      return last?.perS ?? null
    }
    const now = ((bytes - last.bytes) * 1_000) / (atMs - last.atMs)
    const perS = last.perS === null ? now : last.perS * (1 - NEWEST) + now * NEWEST
    this.#last.set(id, { atMs, bytes, perS })
    return perS
  }

  forget(id: TaskId): void {
    this.#last.delete(id)
  }
}

/** The whole task's progress after a step has reported: steps count by their weights, and it never goes back. */
export function nextProgress(task: Task, step: Step, reported: ActProgress, nowMs: number, rates: Rates): TaskProgress {
  const total = task.steps.reduce((sum, one) => sum + one.weight, 0)
  const finished = task.steps.filter((one) => one.state === 'done' || one.state === 'skipped').reduce((sum, one) => sum + one.weight, 0)
  const bytes = reported.bytesDone ?? task.progress.bytesDone
  const share = reported.fraction ?? shareOf(reported)
  const fraction = total === 0 ? 0 : (finished + step.weight * Math.min(1, Math.max(0, share))) / total
  return {
    fraction: Math.max(task.progress.fraction, fraction),
    bytesDone: bytes,
    bytesTotal: reported.bytesTotal ?? task.progress.bytesTotal,
    bytesPerS: reported.bytesDone === undefined ? task.progress.bytesPerS : rates.next(task.id, reported.bytesDone, nowMs),
    note: reported.note ?? task.progress.note,
  }
}

/** Of what has succeeded a note of what a person has to know about the outcome stays. */
export function lastingNote({ progress }: Task, state: Task['state']): string | null {
  return state === 'succeeded' && progress.note?.startsWith(OUTCOME_NOTE) === true ? progress.note : null
}

function shareOf({ bytesDone, bytesTotal }: ActProgress): number {
  return bytesDone !== undefined && bytesTotal !== undefined && bytesTotal > 0 ? bytesDone / bytesTotal : 0
}
