import { AppError, toWireError, type WireError } from '../../../shared/errors/index.ts'
import type { Task, TaskId, TaskState } from '../../../shared/model/index.ts'

export type BulkVerdict =
  | { readonly state: 'open'; readonly attention: boolean }
  | { readonly state: 'succeeded' | 'partly' | 'failed' | 'cancelled'; readonly error: WireError | null; readonly undoable: boolean }

/** How the targets of one bulk stand, counted as they change: ten thousand of them are never walked through again. */
export class Bulk {
  readonly total: number
  /** Children that have not ended. */
  readonly open = new Set<TaskId>()
  readonly #states = new Map<TaskId, TaskState>()
  readonly #counts = new Map<TaskState, number>()
  #undoable = 0
  #newestMs = 0
  /** Targets whose task was never created: the console ended in the middle of it. */
  #missing = 0

  constructor(total: number) {
    this.total = total
  }

  /** When one of them last came, began a step or ended. */
  get newestMs(): number {
    return this.#newestMs
  }

  set(child: Task): void {
    const times = [child.createdAtMs, child.endedAtMs, ...child.steps.flatMap(({ startedAtMs, endedAtMs }) => [startedAtMs, endedAtMs])]
    for (const atMs of times) this.#newestMs = Math.max(this.#newestMs, atMs ?? 0)
    const before = this.#states.get(child.id)
    if (before !== child.state) {
      if (before) this.#counts.set(before, this.count(before) - 1)
      this.#counts.set(child.state, this.count(child.state) + 1)
      this.#states.set(child.id, child.state)
    }
    if (child.endedAtMs === null) this.open.add(child.id)
    else {
      this.open.delete(child.id)
      if (child.undoable) this.#undoable += 1
    }
  }

  /** After a restart: whoever was not created by then never will be. Answers whether some were not. */
  closeCreation(): boolean {
    this.#missing = this.total - this.#states.size
    return this.#missing > 0
  }

  count(state: TaskState): number {
    return this.#counts.get(state) ?? 0
  }

  children(): NonNullable<Task['children']> {
    return {
      total: this.total,
      succeeded: this.count('succeeded'),
      failed: this.count('failed'),
      cancelled: this.count('cancelled') + this.#missing,
      running: this.count('running') + this.count('cancelling'),
    }
  }

  fraction(): number {
    const { succeeded, failed, cancelled } = this.children()
    return this.total === 0 ? 1 : (succeeded + failed + cancelled) / this.total
  }

  verdict(): BulkVerdict {
    const { total, succeeded, failed, cancelled } = this.children()
    const attention = this.count('needs-attention')
    if (succeeded + failed + cancelled < total) {
      return { state: 'open', attention: attention > 0 && succeeded + failed + cancelled + attention === total }
    }
    const undoable = this.#undoable > 0
    if (succeeded === total) return { state: 'succeeded', error: null, undoable }
    const state = succeeded > 0 ? 'partly' : failed > 0 ? 'failed' : 'cancelled'
    return { state, error: bulkError(state, { total, failed, cancelled }), undoable }
  }
}

function bulkError(state: 'partly' | 'failed' | 'cancelled', counts: { total: number; failed: number; cancelled: number }): WireError {
  const { total, failed, cancelled } = counts
  if (state === 'cancelled') {
    return toWireError(new AppError({ kind: 'cancelled', code: 'task.cancelled', message: 'Cancelled on request.', details: counts }))
  }
  const also = cancelled > 0 ? ` and ${cancelled} were cancelled` : ''
  return toWireError(
    new AppError({
      kind: 'remote-failure',
      code: 'task.some-failed',
      message: `${failed} of ${total} failed${also}. Each one says why.`,
      details: counts,
    }),
  )
}
