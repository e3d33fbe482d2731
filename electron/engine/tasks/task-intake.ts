import { toWireError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import { cancelledError } from './deadline.ts'
import { newTaskRecord, taskIds } from './new-task.ts'
import type { TaskDriver } from './task-driver.ts'
import type { BulkLineage, Lineage, TaskEngineOptions } from './task-engine-options.ts'
import { noTargetsError, unknownKindError } from './task-errors.ts'
import type { Step, TaskAuthor, TaskKind, TaskRequest } from './task-kind.ts'
import { heldBy, type Live, newLive, type TaskLedger } from './task-ledger.ts'
import type { TaskNotes } from './task-notes.ts'

const CREATE_CHUNK = 200

export interface TaskIntakeOptions extends Pick<TaskEngineOptions, 'clock' | 'newId'> {
  readonly kinds: ReadonlyMap<string, TaskKind>
  readonly ledger: TaskLedger
  readonly notes: TaskNotes
  readonly driver: TaskDriver
  /** The engine stops: nothing is taken in any more. */
  readonly stop: AbortSignal
}

/** Takes tasks in: what they hold is theirs, and their creation on the disk, before anything of them runs. */
export class TaskIntake {
  readonly #options: TaskIntakeOptions
  readonly #newId: () => TaskId

  constructor(options: TaskIntakeOptions) {
    this.#options = options
    this.#newId = options.newId ?? taskIds(options.clock)
  }

  /** Throws for a kind that this release does not know. */
  stepsOf(kind: string, plan: TaskRequest['plan']): readonly Step[] {
    const known = this.#options.kinds.get(kind)
    if (known) return known.steps(plan)
    throw unknownKindError(kind)
  }

  /** Throws `conflict` task.target-busy while another one holds its target. */
  async submit(request: TaskRequest, author: TaskAuthor, lineage: Lineage): Promise<Task> {
    const { driver, ledger, stop } = this.#options
    const live = this.#create(request, author, lineage, { parentId: null, total: null, index: 0 })
    stop.throwIfAborted()
    ledger.reserve(heldBy(request), live.record.task.id)
    ledger.adopt(live)
    await this.#announce([live])
    driver.drive(live)
    return live.record.task
  }

  async submitBulk(requests: readonly TaskRequest[], author: TaskAuthor, { head, ...lineage }: BulkLineage): Promise<Task> {
    const { driver, ledger, notes, stop } = this.#options
    const [first] = requests
    if (!first) throw noTargetsError()
    const shared = { ...first, plan: null, target: null, holds: [], connectionId: null, hostId: null, ...head }
    const parent = this.#create(shared, author, { ...lineage, memos: [] }, { parentId: null, total: requests.length, index: 0 })
    const parentId = parent.record.task.id
    const targets = [shared, ...requests].flatMap(heldBy)
    stop.throwIfAborted()
    ledger.reserve(targets, parentId)
    ledger.adopt(parent)
    const children: Live[] = []
    try {
      for (let at = 0; at < requests.length; at += CREATE_CHUNK) {
        const chunk = requests
          .slice(at, at + CREATE_CHUNK)
          .map((request, index) => this.#create(request, author, lineage, { parentId, total: null, index: at + index }))
        for (const child of chunk) ledger.adopt(child)
        // The parent comes with the first of them: a small bulk is created as a whole or not at all.
        await this.#announce(at === 0 ? [parent, ...chunk] : chunk)
        children.push(...chunk)
      }
    } catch (thrown) {
      for (const live of [...children, parent]) if (ledger.get(live.record.task.id)) driver.end(live, 'cancelled', toWireError(thrown))
      ledger.release(targets, parentId)
      throw thrown
    }
    notes.note(parent.record, { type: 'started' })
    await this.#queueAll(parent, children)
    return parent.record.task
  }

  #create(
    request: TaskRequest,
    author: TaskAuthor,
    lineage: Lineage,
    place: { readonly parentId: TaskId | null; readonly total: number | null; readonly index: number },
  ): Live {
    const steps = place.total === null ? this.stepsOf(request.kind, request.plan) : []
    const record = newTaskRecord({ id: this.#newId(), request, author, steps, lineage, ...place }, this.#options.clock.nowMs())
    return newLive(record, steps)
  }

  /** Their creation is on the disk before anything runs. When the disk does not take it, they never were. */
  async #announce(lives: readonly Live[]): Promise<void> {
    const { ledger, notes } = this.#options
    try {
      await notes.created(lives)
    } catch (thrown) {
      for (const live of lives) ledger.forget(live)
      throw thrown
    }
    for (const { parent, record } of lives) {
      if (!parent) notes.publish(record)
    }
  }

  /** In bites, so that ten thousand beginnings do not hold up the loop. */
  async #queueAll(parent: Live, children: readonly Live[]): Promise<void> {
    const { driver, ledger } = this.#options
    for (const [index, child] of children.entries()) {
      if (index % CREATE_CHUNK === CREATE_CHUNK - 1) await new Promise((resolve) => setImmediate(resolve))
      // Cancelled while it was being created.
      if (!ledger.get(child.record.task.id)) continue
      if (parent.record.cancelRequested) driver.end(child, 'cancelled', toWireError(cancelledError()))
      else driver.queue(child)
    }
  }
}
