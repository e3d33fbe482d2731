import type { EntityRef, Task, TaskId } from '../../../shared/model/index.ts'
import { Bulk } from './bulk.ts'
import type { TaskRecord } from './journal.ts'
import { busyError } from './task-errors.ts'
import type { Step, TaskRequest } from './task-kind.ts'

/** An unfinished task in this process. */
export interface Live {
  readonly record: TaskRecord
  readonly parent: TaskId | null
  readonly steps: readonly Step[]
  cancel: AbortController
  /** Takes it out of its host's queue. */
  dequeue: (() => void) | null
  driving: Promise<void> | null
}

export function newLive(record: TaskRecord, steps: readonly Step[]): Live {
  return { record, parent: record.task.parentId, steps, cancel: new AbortController(), dequeue: null, driving: null }
}

/** Everything that a task holds. */
export function heldBy({ target, holds = [] }: Pick<TaskRequest, 'target' | 'holds'>): EntityRef[] {
  return [...(target ? [target] : []), ...holds]
}

/** Which tasks are unfinished, which object each of them holds, and how the bulks stand. */
export class TaskLedger {
  readonly #live = new Map<TaskId, Live>()
  readonly #bulks = new Map<TaskId, Bulk>()
  /** Object → the unfinished task that holds it. */
  readonly #holders = new Map<string, TaskId>()

  get(id: TaskId): Live | undefined {
    return this.#live.get(id)
  }

  bulk(id: TaskId): Bulk | undefined {
    return this.#bulks.get(id)
  }

  all(): Live[] {
    return [...this.#live.values()]
  }

  /** When it came; of a bulk that was at work, when that last did something: its last ones are not forgotten because the first took long. */
  lastSeenMs({ record, parent }: Live): number {
    return (parent && this.bulk(parent)?.newestMs) || record.task.createdAtMs
  }

  /** The unfinished task that holds this object. */
  holderOf(targetId: string): Task | undefined {
    const holder = this.#holders.get(targetId)
    return holder === undefined ? undefined : this.#live.get(holder)?.record.task
  }

  /** For one task to come. All or none: a half-held bulk would leave objects busy with nothing. Throws `conflict` task.target-busy. */
  reserve(targets: readonly EntityRef[], holder: TaskId): void {
    const wanted = new Set<string>()
    for (const target of targets) {
      if (this.#holders.has(target.id) || wanted.has(target.id)) throw busyError(target, this.holderOf(target.id)?.kind)
      wanted.add(target.id)
    }
    for (const id of wanted) this.#holders.set(id, holder)
  }

  /** What was reserved and has no task of its own. */
  release(targets: readonly EntityRef[], holder: TaskId): void {
    for (const { id } of targets) if (this.#holders.get(id) === holder) this.#holders.delete(id)
  }

  /** Parents before their children. */
  adopt(live: Live): void {
    const { task } = live.record
    this.#live.set(task.id, live)
    for (const { id } of heldBy(live.record.seed.request)) this.#holders.set(id, task.id)
    if (task.children) this.#bulks.set(task.id, new Bulk(task.children.total))
    if (live.parent) this.#bulks.get(live.parent)?.set(task)
  }

  forget(live: Live): void {
    const { task } = live.record
    this.#live.delete(task.id)
    this.#bulks.delete(task.id)
    this.release(heldBy(live.record.seed.request), task.id)
  }
}
