import { toWireError } from '../../../shared/errors/index.ts'
import { type ConnectionId, FINAL_TASK_STATES, type Task, type TaskId } from '../../../shared/model/index.ts'
import { goesOn, isDecided, isPastCancelling } from './cancelling.ts'
import type { TaskRecord } from './journal.ts'
import { JournalWriter } from './journal-writer.ts'
import { recover } from './recovery.ts'
import { AWAITS_LINK, RESUME_WITHIN_MS } from './step-runner.ts'
import { type Again, retryOf as retryRequests, undoOf as undoRequests } from './task-again.ts'
import { TaskArchive } from './task-archive.ts'
import { TaskDriver } from './task-driver.ts'
import type { BulkLineage, Lineage, TaskEngineOptions } from './task-engine-options.ts'
import {
  cannotCancelError,
  endedError,
  interruptedError,
  needsDecisionError,
  notOpenError,
  stoppingError,
  unknownKindError,
} from './task-errors.ts'
import { TaskFamilies } from './task-families.ts'
import { TaskIntake } from './task-intake.ts'
import type { TaskAuthor, TaskRequest, TaskView } from './task-kind.ts'
import { type Live, TaskLedger } from './task-ledger.ts'
import { TaskNotes } from './task-notes.ts'
import { TaskShow } from './task-show.ts'

/**
 * Runs tasks: every intent is in the journal before its step runs, so that a crash at any moment leaves a task that a probe
 * can decide. One task at a time holds an object; a bulk is a parent with a child a target.
 */
export class TaskEngine implements TaskView {
  readonly #options: TaskEngineOptions
  readonly #writer: JournalWriter
  readonly #show: TaskShow
  readonly #archive: TaskArchive
  readonly #notes: TaskNotes
  readonly #families: TaskFamilies
  readonly #driver: TaskDriver
  readonly #intake: TaskIntake
  readonly #ledger = new TaskLedger()
  readonly #stop = new AbortController()
  #stopListening: () => void = () => {}

  constructor(options: TaskEngineOptions) {
    this.#options = options
    const { clock, log, store } = options
    this.#writer = new JournalWriter(store, clock, log)
    this.#show = new TaskShow(clock, options.sink)
    this.#archive = new TaskArchive(store, log)
    const kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]))
    const shared = { ...options, kinds, ledger: this.#ledger, writer: this.#writer, stop: this.#stop.signal }
    this.#notes = new TaskNotes({ ...shared, show: this.#show, onChild: (parentId, child) => this.#driver.settleParent(parentId, child) })
    this.#families = new TaskFamilies({ ...shared, archive: this.#archive, publish: (record) => this.#notes.publish(record) })
    this.#driver = new TaskDriver({ ...shared, notes: this.#notes, families: this.#families })
    this.#intake = new TaskIntake({ ...shared, notes: this.#notes, driver: this.#driver })
  }

  /** Shows the newest finished tasks and takes up what the last run left: resolves before anything of it has run. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.links.onChange((connectionId) => this.#takeUp(connectionId))
    const finished = await this.#options.store.list({ rootsOnly: true }, { limit: 100 })
    for (const task of finished.toReversed()) if (FINAL_TASK_STATES.has(task.state)) this.#show.put(task)
    const stepsOf = ({ task, seed }: TaskRecord) => this.#intake.stepsOf(task.kind, seed.request.plan)
    const { lives, abandoned } = await recover(this.#archive, this.#ledger, stepsOf, this.#options.log)
    for (const live of lives) {
      if (abandoned.has(live)) this.#driver.end(live, 'cancelled', toWireError(interruptedError()), ['retry'])
      else this.#resume(live)
    }
    // A link that opened while they were read back told nobody.
    for (const id of new Set(lives.flatMap((live) => live.record.task.connectionId ?? []))) this.#takeUp(id as ConnectionId)
  }

  /** Leaves running steps as the journal has them; the next start probes them. */
  async stop(): Promise<void> {
    this.#stopListening()
    this.#stop.abort(stoppingError())
    await this.#driver.stopped()
    await this.#families.settled()
    await this.#writer.flush()
  }

  busyWith(targetId: string): string | undefined {
    return this.holder(targetId)?.kind
  }

  holder(targetId: string): Task | undefined {
    return this.#ledger.holderOf(targetId)
  }

  /** As it is now: running ones from memory, ended ones from the store. */
  async get(id: TaskId): Promise<Task | null> {
    return this.current(id) ?? (await this.#options.store.get(id))
  }

  /** The task as memory knows it, while it is unfinished or on its way to the disk: newer than any stored copy. */
  current(id: TaskId): Task | undefined {
    return this.#ledger.get(id)?.record.task ?? this.#writer.pending(id)
  }

  /** Starts one task. Throws `conflict` task.target-busy while another one holds its target. */
  submit(request: TaskRequest, author: TaskAuthor, lineage: Lineage = {}): Promise<Task> {
    return this.#intake.submit(request, author, lineage)
  }

  /** Starts a bulk: a parent whose children run at most `settings.bulkPerHost` at a time on each host. */
  submitBulk(requests: readonly TaskRequest[], author: TaskAuthor, lineage: BulkLineage = {}): Promise<Task> {
    return this.#intake.submitBulk(requests, author, lineage)
  }

  /** Asks a task to stop at its next safe point. Throws `precondition` when it has ended or cannot. */
  async cancel(id: TaskId): Promise<void> {
    const live = await this.#require(id)
    const bulk = this.#ledger.bulk(id)
    if (bulk) {
      this.#driver.cancelBulk(live, bulk.open)
      return
    }
    if (live.record.task.state === 'needs-attention') throw needsDecisionError()
    if (isPastCancelling(live.record) || isDecided(live.record, live.steps)) throw cannotCancelError()
    this.#driver.cancel(live)
  }

  /** Starts the task that takes a finished one back. Throws `precondition` task.not-undoable. */
  async undo(id: TaskId, author: TaskAuthor): Promise<Task> {
    await this.#families.settled()
    return await this.#again(undoRequests(...(await this.#families.of(id))), author)
  }

  /** The same again for what failed or was cancelled; each step looks first whether it happened after all. */
  async retry(id: TaskId, author: TaskAuthor): Promise<Task> {
    return await this.#again(retryRequests(...(await this.#families.of(id))), author)
  }

  async #again({ requests, ...lineage }: Again, author: TaskAuthor): Promise<Task> {
    const [only] = requests
    return requests.length === 1 && only ? await this.submit(only, author, lineage) : await this.submitBulk(requests, author, lineage)
  }

  /** Decides a task that needs attention: look again, or close it. */
  async resolve(id: TaskId, decision: 'probe' | 'done' | 'failed'): Promise<void> {
    const live = await this.#require(id)
    if (live.record.task.state !== 'needs-attention' || live.record.task.children) throw notOpenError()
    const step = live.record.task.steps.find((one) => one.state === 'unknown')
    if (decision === 'probe') {
      this.#driver.driveAgain(live, goesOn(live))
      return
    }
    if (decision === 'failed') {
      const isBack = live.record.takingBack !== null
      if (step?.error) this.#notes.note(live.record, { type: isBack ? 'undo-failed' : 'step-failed', step: step.id, error: step.error })
      if (isBack || this.#driver.beginTakeBack(live, 'failed', live.record.task.error)) this.#driver.driveAgain(live)
      else this.#driver.end(live, 'failed', live.record.task.error)
      return
    }
    if (step && live.record.takingBack) this.#notes.note(live.record, { type: 'undo-done', step: step.id })
    else if (step) this.#notes.note(live.record, { type: 'step-done', step: step.id, skipped: true })
    this.#driver.driveAgain(live)
  }

  /** A link is back: whatever waited only for it is looked at now. */
  #takeUp(connectionId: ConnectionId): void {
    if (!this.#options.links.current(connectionId)) return
    for (const live of this.#ledger.all()) {
      const { state, error, connectionId: own } = live.record.task
      if (own === connectionId && state === 'needs-attention' && error?.code === AWAITS_LINK && !live.driving) this.#driver.driveAgain(live)
    }
  }

  #resume(live: Live): void {
    const { record } = live
    const { task } = record
    this.#notes.publish(record)
    if (task.children) {
      if (task.state === 'queued') this.#notes.note(record, { type: 'started' })
      this.#driver.settleParent(task.id)
      return
    }
    if (task.state === 'needs-attention') return
    if (live.steps.length === 0) {
      this.#driver.end(live, 'failed', toWireError(unknownKindError(task.kind)))
      return
    }
    const untouched = task.steps.every((step) => step.state === 'pending')
    if (untouched && this.#options.clock.nowMs() - this.#ledger.lastSeenMs(live) > RESUME_WITHIN_MS) {
      this.#driver.end(live, 'cancelled', toWireError(interruptedError()), ['retry'])
      return
    }
    if (live.parent && this.#ledger.bulk(live.parent)) this.#driver.queue(live)
    else this.#driver.drive(live)
  }

  async #require(id: TaskId): Promise<Live> {
    const live = this.#ledger.get(id)
    if (live) return live
    await this.#archive.record(id)
    throw endedError()
  }
}
