import { toAppError, toWireError, type WireError } from '../../../shared/errors/index.ts'
import { type ConnectionId, FINAL_TASK_STATES, type Task, type TaskId } from '../../../shared/model/index.ts'
import type { ActProgress } from '../../providers/provider.ts'
import type { JournalLine } from '../../store/store.ts'
import { canStop, goesOn, isDecided, isPastCancelling } from './cancelling.ts'
import { cancelledError } from './deadline.ts'
import { HostSlots } from './host-slots.ts'
import { applyEntry, change, type JournalEntry, journalLine, type TaskRecord } from './journal.ts'
import { JournalWriter } from './journal-writer.ts'
import { LinkWaits } from './link-wait.ts'
import { newTaskRecord, taskIds } from './new-task.ts'
import { lastingNote, nextProgress, Rates } from './progress.ts'
import { recover } from './recovery.ts'
import { AWAITS_LINK, RESUME_WITHIN_MS, runStep, type StepOutcome, type StepPorts } from './step-runner.ts'
import { errorAfter, mustTakeBack, takeBack } from './take-back.ts'
import { type Again, retryOf as retryRequests, undoOf as undoRequests } from './task-again.ts'
import { TaskArchive } from './task-archive.ts'
import type { BulkLineage, Lineage, TaskEngineOptions } from './task-engine-options.ts'
import {
  cannotCancelError,
  endedError,
  interruptedError,
  needsDecisionError,
  noTargetsError,
  notOpenError,
  stoppingError,
  unknownKindError,
} from './task-errors.ts'
import { endedEvent } from './task-events.ts'
import { TaskFamilies } from './task-families.ts'
import type { Step, TaskAuthor, TaskKind, TaskRequest, TaskView } from './task-kind.ts'
import { heldBy, type Live, newLive, TaskLedger } from './task-ledger.ts'
import { TaskShow } from './task-show.ts'

type Change = Exclude<JournalEntry, { type: 'created' }>

const CREATE_CHUNK = 200

/**
 * Runs tasks: every intent is in the journal before its step runs, so that a crash at any moment leaves a task that a probe
 * can decide. One task at a time holds an object; a bulk is a parent with a child a target.
 */
export class TaskEngine implements TaskView {
  readonly #options: TaskEngineOptions
  readonly #kinds: ReadonlyMap<string, TaskKind>
  readonly #writer: JournalWriter
  readonly #slots: HostSlots
  readonly #show: TaskShow
  readonly #archive: TaskArchive
  readonly #newId: () => TaskId
  readonly #linkWaits: LinkWaits
  readonly #families: TaskFamilies
  readonly #ledger = new TaskLedger()
  readonly #rates = new Rates()
  readonly #stop = new AbortController()
  #stopListening: () => void = () => {}
  readonly #ports: StepPorts

  constructor(options: TaskEngineOptions) {
    this.#options = options
    this.#kinds = new Map(options.kinds.map((kind) => [kind.kind, kind]))
    this.#writer = new JournalWriter(options.store, options.clock, options.log)
    this.#slots = new HostSlots((host) => options.atOnce?.(host) ?? options.settings.current().bulkPerHost)
    this.#show = new TaskShow(options.clock, options.sink)
    this.#archive = new TaskArchive(options.store, options.log)
    this.#linkWaits = new LinkWaits(options.links, options.clock)
    this.#families = new TaskFamilies({
      ...options,
      ledger: this.#ledger,
      writer: this.#writer,
      archive: this.#archive,
      publish: (record) => this.#publish(record),
    })
    this.#newId = options.newId ?? taskIds(options.clock)
    this.#ports = {
      clock: options.clock,
      links: options.links,
      linkWaits: this.#linkWaits,
      write: (record, entry) => this.#write(record, entry),
      note: (record, entry) => this.#note(record, entry),
      progress: (record, step, progress) => this.#progress(record, step, progress),
      waiting: (record, note) => {
        if (record.task.progress.note === note) return
        change(record, { progress: { ...record.task.progress, note } })
        this.#publish(record)
      },
    }
  }

  /** Shows the newest finished tasks and takes up what the last run left: resolves before anything of it has run. */
  async start(): Promise<void> {
    this.#stopListening = this.#options.links.onChange((connectionId) => this.#takeUp(connectionId))
    const finished = await this.#options.store.list({ rootsOnly: true }, { limit: 100 })
    for (const task of finished.toReversed()) if (FINAL_TASK_STATES.has(task.state)) this.#show.put(task)
    const stepsOf = ({ task, seed }: TaskRecord) => this.#kind(task.kind).steps(seed.request.plan)
    const { lives, abandoned } = await recover(this.#archive, this.#ledger, stepsOf, this.#options.log)
    for (const live of lives) {
      if (abandoned.has(live)) this.#end(live, 'cancelled', toWireError(interruptedError()), ['retry'])
      else this.#resume(live)
    }
    // A link that opened while they were read back told nobody.
    for (const id of new Set(lives.flatMap((live) => live.record.task.connectionId ?? []))) this.#takeUp(id as ConnectionId)
  }

  /** Leaves running steps as the journal has them; the next start probes them. */
  async stop(): Promise<void> {
    this.#stopListening()
    this.#stop.abort(stoppingError())
    this.#linkWaits.stop()
    await Promise.allSettled(this.#ledger.all().flatMap((live) => live.driving ?? []))
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
  async submit(request: TaskRequest, author: TaskAuthor, lineage: Lineage = {}): Promise<Task> {
    const live = this.#create(request, author, lineage, { parentId: null, total: null, index: 0 })
    this.#stop.signal.throwIfAborted()
    this.#ledger.reserve(heldBy(request), live.record.task.id)
    this.#ledger.adopt(live)
    await this.#announce([live])
    this.#drive(live)
    return live.record.task
  }

  /** Starts a bulk: a parent whose children run at most `settings.bulkPerHost` at a time on each host. */
  async submitBulk(requests: readonly TaskRequest[], author: TaskAuthor, { head, ...lineage }: BulkLineage = {}): Promise<Task> {
    const [first] = requests
    if (!first) throw noTargetsError()
    const shared = { ...first, plan: null, target: null, holds: [], connectionId: null, hostId: null, ...head }
    const parent = this.#create(shared, author, { ...lineage, memos: [] }, { parentId: null, total: requests.length, index: 0 })
    const parentId = parent.record.task.id
    const targets = [shared, ...requests].flatMap(heldBy)
    this.#stop.signal.throwIfAborted()
    this.#ledger.reserve(targets, parentId)
    this.#ledger.adopt(parent)
    const children: Live[] = []
    try {
      for (let at = 0; at < requests.length; at += CREATE_CHUNK) {
        const chunk = requests
          .slice(at, at + CREATE_CHUNK)
          .map((request, index) => this.#create(request, author, lineage, { parentId, total: null, index: at + index }))
        for (const child of chunk) this.#ledger.adopt(child)
        // The parent comes with the first of them: a small bulk is created as a whole or not at all.
        await this.#announce(at === 0 ? [parent, ...chunk] : chunk)
        children.push(...chunk)
      }
    } catch (thrown) {
      for (const live of [...children, parent]) if (this.#ledger.get(live.record.task.id)) this.#end(live, 'cancelled', toWireError(thrown))
      this.#ledger.release(targets, parentId)
      throw thrown
    }
    this.#note(parent.record, { type: 'started' })
    await this.#queueAll(parent, children)
    return parent.record.task
  }

  /** Asks a task to stop at its next safe point. Throws `precondition` when it has ended or cannot. */
  async cancel(id: TaskId): Promise<void> {
    const live = await this.#require(id)
    const bulk = this.#ledger.bulk(id)
    if (bulk) {
      if (!live.record.cancelRequested) this.#note(live.record, { type: 'cancel-requested' })
      for (const child of bulk.open) {
        const running = this.#ledger.get(child)
        if (running && canStop(running)) this.#cancelOne(running)
      }
      return
    }
    if (live.record.task.state === 'needs-attention') throw needsDecisionError()
    if (isPastCancelling(live.record) || isDecided(live.record, live.steps)) throw cannotCancelError()
    this.#cancelOne(live)
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
      this.#driveAgain(live, goesOn(live))
      return
    }
    if (decision === 'failed') {
      const isBack = live.record.takingBack !== null
      if (step?.error) this.#note(live.record, { type: isBack ? 'undo-failed' : 'step-failed', step: step.id, error: step.error })
      if (isBack || this.#beginTakeBack(live, 'failed', live.record.task.error)) this.#driveAgain(live)
      else this.#end(live, 'failed', live.record.task.error)
      return
    }
    if (step && live.record.takingBack) this.#note(live.record, { type: 'undo-done', step: step.id })
    else if (step) this.#note(live.record, { type: 'step-done', step: step.id, skipped: true })
    this.#driveAgain(live)
  }

  #driveAgain(live: Live, forgetsCancel = false): void {
    live.cancel = new AbortController()
    this.#note(live.record, { type: 'taken-up', ...(forgetsCancel && { forgetsCancel }) })
    this.#drive(live)
  }

  /** A link is back: whatever waited only for it is looked at now. */
  #takeUp(connectionId: ConnectionId): void {
    if (!this.#options.links.current(connectionId)) return
    for (const live of this.#ledger.all()) {
      const { state, error, connectionId: own } = live.record.task
      if (own === connectionId && state === 'needs-attention' && error?.code === AWAITS_LINK && !live.driving) this.#driveAgain(live)
    }
  }

  #create(
    request: TaskRequest,
    author: TaskAuthor,
    lineage: Lineage,
    place: { readonly parentId: TaskId | null; readonly total: number | null; readonly index: number },
  ): Live {
    const steps = place.total === null ? this.#kind(request.kind).steps(request.plan) : []
    const record = newTaskRecord({ id: this.#newId(), request, author, steps, lineage, ...place }, this.#options.clock.nowMs())
    return newLive(record, steps)
  }

  #kind(id: string): TaskKind {
    const kind = this.#kinds.get(id)
    if (kind) return kind
    throw unknownKindError(id)
  }

  /** Their creation is on the disk before anything runs. When the disk does not take it, they never were. */
  async #announce(lives: readonly Live[]): Promise<void> {
    try {
      await Promise.all(lives.map((live) => this.#writer.write(this.#line(live.record, live.record.seed), live.record.task)))
    } catch (thrown) {
      for (const live of lives) this.#ledger.forget(live)
      throw thrown
    }
    for (const { parent, record } of lives) {
      if (!parent) this.#show.put(record.task)
    }
  }

  /** In bites, so that ten thousand beginnings do not hold up the loop. */
  async #queueAll(parent: Live, children: readonly Live[]): Promise<void> {
    for (const [index, child] of children.entries()) {
      if (index % CREATE_CHUNK === CREATE_CHUNK - 1) await new Promise((resolve) => setImmediate(resolve))
      // Cancelled while it was being created.
      if (!this.#ledger.get(child.record.task.id)) continue
      if (parent.record.cancelRequested) this.#end(child, 'cancelled', toWireError(cancelledError()))
      else this.#queue(child)
    }
  }

  #queue(live: Live): void {
    const { request } = live.record.seed
    const own = this.#kinds.get(request.kind)?.slot?.(request.plan) ?? null
    const place = own?.group ?? request.hostId ?? live.record.task.connectionId ?? ''
    let isStarted = false
    const begin = () => {
      isStarted = true
      live.dequeue = null
      this.#drive(live, () => this.#slots.release(place))
    }
    const dequeue = this.#slots.enqueue(place, begin, own?.atOnce)
    // With a slot free it has begun already.
    if (!isStarted) live.dequeue = dequeue
  }

  #drive(live: Live, release: () => void = () => {}): void {
    live.driving = this.#runSteps(live)
      .catch((thrown: unknown) => {
        if (this.#stop.signal.aborted) return
        const error = toAppError(thrown)
        this.#options.log.error('a task broke', { taskId: live.record.task.id, code: error.code, message: error.message })
        this.#end(live, 'failed', toWireError(error))
      })
      .finally(() => {
        live.driving = null
        release()
      })
  }

  async #runSteps(live: Live): Promise<void> {
    const { record } = live
    if (record.task.state === 'queued') this.#note(record, { type: 'started' })
    if (record.takingBack) {
      await this.#takeBack(live)
      return
    }
    for (const step of live.steps) {
      const state = record.task.steps.find((one) => one.id === step.id)?.state
      if (state === 'done' || state === 'skipped') continue
      const wasSent = state === 'running' || state === 'unknown'
      if (record.cancelRequested && !wasSent && !isDecided(record, live.steps)) {
        await this.#giveUp(live, 'cancelled', toWireError(cancelledError()))
        return
      }
      // a cancel that came too late does not hurry what only tidies up
      const cancel = isDecided(record, live.steps) ? new AbortController().signal : live.cancel.signal
      const outcome = await runStep(this.#ports, record, step, { cancel, stop: this.#stop.signal })
      if (!(await this.#settle(live, step, outcome))) return
    }
    this.#end(live, 'succeeded', null)
  }

  /** Whether the next step may follow. */
  async #settle(live: Live, step: Step, outcome: StepOutcome): Promise<boolean> {
    switch (outcome.kind) {
      case 'done':
        return true
      case 'failed':
        await this.#giveUp(live, 'failed', toWireError(outcome.error), [...(step.offers?.(outcome.error) ?? []), 'retry'])
        return false
      case 'cancelled':
        await this.#giveUp(live, 'cancelled', toWireError(cancelledError()), ['retry'])
        return false
      case 'attention':
        this.#tellAttention(live)
        return false
    }
  }

  #tellAttention({ record, parent }: Live): void {
    this.#options.events.append(endedEvent(record.task))
    if (parent) this.#settleParent(parent, record.task)
  }

  /** Ends it, after what it made has been taken away. */
  async #giveUp(live: Live, state: 'failed' | 'cancelled', error: WireError | null, offers: readonly string[] = []): Promise<void> {
    if (this.#beginTakeBack(live, state, error, offers)) await this.#takeBack(live)
    else this.#end(live, state, error, offers)
  }

  /** Whether something is to be taken away first; from here on that is all it does. */
  #beginTakeBack(live: Live, state: 'failed' | 'cancelled', error: WireError | null, offers: readonly string[] = ['retry']): boolean {
    if (!mustTakeBack(live.record, live.steps)) return false
    this.#note(live.record, { type: 'taking-back', state, error, offers: [...offers] })
    return true
  }

  async #takeBack(live: Live): Promise<void> {
    const { record, steps } = live
    const outcome = await takeBack(this.#ports, record, steps, this.#stop.signal)
    if (outcome === 'attention') this.#tellAttention(live)
    else if (record.takingBack)
      this.#end(live, record.takingBack.state, errorAfter(record, steps, record.takingBack.error), record.takingBack.offers)
  }

  #cancelOne(live: Live): void {
    if (!live.record.cancelRequested) this.#note(live.record, { type: 'cancel-requested' })
    if (live.dequeue) {
      live.dequeue()
      live.dequeue = null
      this.#end(live, 'cancelled', toWireError(cancelledError()))
      return
    }
    live.cancel.abort(cancelledError())
  }

  #end(
    live: Live,
    state: 'succeeded' | 'partly' | 'failed' | 'cancelled',
    error: WireError | null,
    offers: readonly string[] = [],
    undoable?: boolean,
  ): void {
    const { record } = live
    const fraction = state === 'succeeded' ? 1 : record.task.progress.fraction
    change(record, { progress: { ...record.task.progress, fraction, bytesPerS: null, note: lastingNote(record.task, state) } })
    this.#note(record, { type: 'ended', state, error, offers: [...offers], ...(undoable !== undefined && { undoable }) })
    this.#ledger.forget(live)
    this.#rates.forget(record.task.id)
    this.#options.events.append(endedEvent(record.task))
    const forgotten = record.task.children ? undefined : this.#kinds.get(record.task.kind)?.ended?.(record.seed.request.plan, record)
    if (forgotten) this.#families.after(forgotten)
    const { undoOf } = record.seed
    if (state === 'succeeded' && undoOf) this.#families.markUndone(undoOf, record.task.id)
    if (live.parent) this.#settleParent(live.parent, record.task)
  }

  /** Counts a child that has changed; ends the parent with the last of them. */
  #settleParent(id: TaskId, child?: Task): void {
    const parent = this.#ledger.get(id)
    const bulk = this.#ledger.bulk(id)
    if (!parent || !bulk) return
    if (child) bulk.set(child)
    const { record } = parent
    const verdict = bulk.verdict()
    change(record, { children: bulk.children(), progress: { ...record.task.progress, fraction: bulk.fraction() } })
    if (verdict.state !== 'open') {
      this.#end(parent, verdict.state, verdict.error, verdict.state === 'succeeded' ? [] : ['retry'], verdict.undoable)
      return
    }
    const state = verdict.attention ? 'needs-attention' : record.cancelRequested ? 'cancelling' : 'running'
    if (state === record.task.state) {
      this.#show.later(id, () => record.task)
      return
    }
    change(record, { state })
    this.#writer.note(null, record.task)
    this.#show.put(record.task)
  }

  #resume(live: Live): void {
    const { record } = live
    const { task } = record
    this.#publish(record)
    if (task.children) {
      if (task.state === 'queued') this.#note(record, { type: 'started' })
      this.#settleParent(task.id)
      return
    }
    if (task.state === 'needs-attention') return
    if (live.steps.length === 0) {
      this.#end(live, 'failed', toWireError(unknownKindError(task.kind)))
      return
    }
    const untouched = task.steps.every((step) => step.state === 'pending')
    if (untouched && this.#options.clock.nowMs() - this.#ledger.lastSeenMs(live) > RESUME_WITHIN_MS) {
      this.#end(live, 'cancelled', toWireError(interruptedError()), ['retry'])
      return
    }
    if (live.parent && this.#ledger.bulk(live.parent)) this.#queue(live)
    else this.#drive(live)
  }

  /** Applies an entry that must be on the disk before anything else happens. */
  async #write(record: TaskRecord, entry: Change): Promise<void> {
    applyEntry(record, entry, this.#options.clock.nowMs())
    this.#publish(record)
    await this.#writer.write(this.#line(record, entry), record.task)
  }

  /** Applies an entry that tells what has happened already. */
  #note(record: TaskRecord, entry: Change): void {
    applyEntry(record, entry, this.#options.clock.nowMs())
    this.#writer.note(this.#line(record, entry), record.task)
    this.#publish(record)
  }

  #line(record: TaskRecord, entry: JournalEntry): JournalLine {
    return journalLine(record, entry, this.#options.clock.nowMs())
  }

  #publish(record: TaskRecord): void {
    const { task } = record
    const { parentId } = task
    if (!parentId) {
      this.#show.put(task)
      return
    }
    const bulk = this.#ledger.bulk(parentId)
    this.#show.put(task, bulk?.total ?? 0)
    if (bulk && !FINAL_TASK_STATES.has(task.state)) this.#settleParent(parentId, task)
  }

  #progress(record: TaskRecord, step: Step, reported: ActProgress): void {
    change(record, { progress: nextProgress(record.task, step, reported, this.#options.clock.nowMs(), this.#rates) })
    this.#show.later(record.task.id, () => record.task)
  }

  async #require(id: TaskId): Promise<Live> {
    const live = this.#ledger.get(id)
    if (live) return live
    await this.#archive.record(id)
    throw endedError()
  }
}
