import { FINAL_TASK_STATES, type Task, type TaskId, type TaskState } from '../../../shared/model/index.ts'
import type { ActProgress, Clock } from '../../providers/provider.ts'
import type { JournalLine } from '../../store/store.ts'
import { applyEntry, change, type JournalEntry, journalLine, type TaskRecord } from './journal.ts'
import type { JournalWriter } from './journal-writer.ts'
import { nextProgress, Rates } from './progress.ts'
import type { Step } from './task-kind.ts'
import type { Live, TaskLedger } from './task-ledger.ts'
import type { TaskShow } from './task-show.ts'

export type Change = Exclude<JournalEntry, { type: 'created' }>

export interface TaskNotesOptions {
  readonly clock: Clock
  readonly writer: JournalWriter
  readonly show: TaskShow
  readonly ledger: TaskLedger
  /** An unfinished child of a bulk has changed. */
  readonly onChild: (parentId: TaskId, child: Task) => void
}

/** The one way by which a task changes: into its record, into the journal, and on to whoever looks at it. */
export class TaskNotes {
  readonly #options: TaskNotesOptions
  readonly #rates = new Rates()

  constructor(options: TaskNotesOptions) {
    this.#options = options
  }

  /** Resolves when their creation is on the disk, rejects when the disk does not take it. Nobody is told yet. */
  async created(lives: readonly Live[]): Promise<void> {
    await Promise.all(lives.map(({ record }) => this.#options.writer.write(this.#line(record, record.seed), record.task)))
  }

  /** Applies an entry that must be on the disk before anything else happens. */
  async write(record: TaskRecord, entry: Change): Promise<void> {
    const { clock, writer } = this.#options
    applyEntry(record, entry, clock.nowMs())
    this.publish(record)
    await writer.write(this.#line(record, entry), record.task)
  }

  /** Applies an entry that tells what has happened already. */
  note(record: TaskRecord, entry: Change): void {
    const { clock, writer } = this.#options
    applyEntry(record, entry, clock.nowMs())
    writer.note(this.#line(record, entry), record.task)
    this.publish(record)
  }

  /** The state of a bulk: it follows from its children, whose lines the journal has. */
  noteState(record: TaskRecord, state: TaskState): void {
    change(record, { state })
    this.#options.writer.note(null, record.task)
    this.#options.show.put(record.task)
  }

  publish(record: TaskRecord): void {
    const { show, ledger, onChild } = this.#options
    const { task } = record
    const { parentId } = task
    if (!parentId) {
      show.put(task)
      return
    }
    const bulk = ledger.bulk(parentId)
    show.put(task, bulk?.total ?? 0)
    if (bulk && !FINAL_TASK_STATES.has(task.state)) onChild(parentId, task)
  }

  /** Shown with the next tick. */
  publishLater(record: TaskRecord): void {
    this.#options.show.later(record.task.id, () => record.task)
  }

  progress(record: TaskRecord, step: Step, reported: ActProgress): void {
    change(record, { progress: nextProgress(record.task, step, reported, this.#options.clock.nowMs(), this.#rates) })
    this.publishLater(record)
  }

  /** Says what is waited for while nothing else is known. */
  waiting(record: TaskRecord, note: string | null): void {
    if (record.task.progress.note === note) return
    change(record, { progress: { ...record.task.progress, note } })
    this.publish(record)
  }

  /** It has ended: its rate of before is of no use any more. */
  forget(id: TaskId): void {
    this.#rates.forget(id)
  }

  #line(record: TaskRecord, entry: JournalEntry): JournalLine {
    return journalLine(record, entry, this.#options.clock.nowMs())
  }
}
