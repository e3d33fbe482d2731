import { toAppError } from '../../../shared/errors/index.ts'
import type { TaskId } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import { applyEntry, journalLine, type TaskRecord } from './journal.ts'
import type { JournalWriter } from './journal-writer.ts'
import type { TaskArchive } from './task-archive.ts'
import { notEndedError } from './task-errors.ts'
import type { TaskLedger } from './task-ledger.ts'

export interface TaskFamiliesOptions {
  readonly ledger: TaskLedger
  readonly writer: JournalWriter
  readonly archive: TaskArchive
  readonly clock: Clock
  readonly log: Logger
  readonly publish: (record: TaskRecord) => void
}

/** Ended tasks with their children, and the marks that are left at them afterwards. */
export class TaskFamilies {
  readonly #options: TaskFamiliesOptions
  /** Marks that are on their way: until then the originals look as if they could still be taken back. */
  #marking: Promise<unknown> = Promise.resolve()

  constructor(options: TaskFamiliesOptions) {
    this.#options = options
  }

  /** Throws `precondition` task.not-ended. */
  async of(id: TaskId): Promise<[TaskRecord, TaskRecord[]]> {
    const { ledger, writer, archive } = this.#options
    if (ledger.get(id)) throw notEndedError()
    // What has just ended may still be on its way to the disk.
    await writer.flush()
    const record = await archive.record(id)
    return [record, record.task.children ? await archive.childRecords(id) : []]
  }

  /** Notes at the original that it was taken back, so that nobody does it twice. */
  markUndone(id: TaskId, by: TaskId): void {
    this.after(this.#markUndone(id, by))
  }

  /** Something else that an end has set going. It never rejects. */
  after(work: Promise<unknown>): void {
    this.#marking = Promise.allSettled([this.#marking, work])
  }

  async settled(): Promise<void> {
    await this.#marking
  }

  async #markUndone(id: TaskId, by: TaskId): Promise<void> {
    const { clock, log, writer, publish } = this.#options
    try {
      const [record, children] = await this.of(id)
      const atMs = clock.nowMs()
      for (const one of [record, ...children]) {
        if (!one.task.undoable) continue
        applyEntry(one, { type: 'undone', by }, atMs)
        writer.note(journalLine(one, { type: 'undone', by }, atMs), one.task)
      }
      publish(record)
    } catch (thrown) {
      log.warn('an undone task could not be marked', { taskId: id, code: toAppError(thrown).code })
    }
  }
}
