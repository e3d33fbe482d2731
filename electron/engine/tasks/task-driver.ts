import { toAppError, toWireError, type WireError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import { canStop, isDecided } from './cancelling.ts'
import { cancelledError } from './deadline.ts'
import { HostSlots } from './host-slots.ts'
import { change } from './journal.ts'
import { LinkWaits } from './link-wait.ts'
import { lastingNote } from './progress.ts'
import { runStep, type StepOutcome, type StepPorts } from './step-runner.ts'
import { errorAfter, mustTakeBack, takeBack } from './take-back.ts'
import type { TaskEngineOptions } from './task-engine-options.ts'
import { endedEvent } from './task-events.ts'
import type { TaskFamilies } from './task-families.ts'
import type { Step, TaskKind } from './task-kind.ts'
import type { Live, TaskLedger } from './task-ledger.ts'
import type { TaskNotes } from './task-notes.ts'

export interface TaskDriverOptions extends Pick<TaskEngineOptions, 'clock' | 'log' | 'links' | 'events' | 'settings' | 'atOnce'> {
  readonly kinds: ReadonlyMap<string, TaskKind>
  readonly ledger: TaskLedger
  readonly notes: TaskNotes
  readonly families: TaskFamilies
  /** The engine stops: steps are left as the journal has them. */
  readonly stop: AbortSignal
}

/** Takes unfinished tasks to their ends: a child when its host has a slot, step by step, back again when it comes to that. */
export class TaskDriver {
  readonly #options: TaskDriverOptions
  readonly #slots: HostSlots
  readonly #linkWaits: LinkWaits
  readonly #ports: StepPorts

  constructor(options: TaskDriverOptions) {
    this.#options = options
    const { clock, links, notes, settings } = options
    this.#slots = new HostSlots((host) => options.atOnce?.(host) ?? settings.current().bulkPerHost)
    this.#linkWaits = new LinkWaits(links, clock)
    this.#ports = {
      clock,
      links,
      linkWaits: this.#linkWaits,
      write: (record, entry) => notes.write(record, entry),
      note: (record, entry) => notes.note(record, entry),
      progress: (record, step, progress) => notes.progress(record, step, progress),
      waiting: (record, note) => notes.waiting(record, note),
    }
  }

  /** After `stop` was aborted: nothing runs any more once it resolves. */
  async stopped(): Promise<void> {
    this.#linkWaits.stop()
    await Promise.allSettled(this.#options.ledger.all().flatMap((live) => live.driving ?? []))
  }

  /** Begins when its host has a slot free. */
  queue(live: Live): void {
    const { request } = live.record.seed
    const own = this.#options.kinds.get(request.kind)?.slot?.(request.plan) ?? null
    const place = own?.group ?? request.hostId ?? live.record.task.connectionId ?? ''
    let isStarted = false
    const begin = () => {
      isStarted = true
      live.dequeue = null
      this.drive(live, () => this.#slots.release(place))
    }
    const dequeue = this.#slots.enqueue(place, begin, own?.atOnce)
    // With a slot free it has begun already.
    if (!isStarted) live.dequeue = dequeue
  }

  drive(live: Live, release: () => void = () => {}): void {
    live.driving = this.#runSteps(live)
      .catch((thrown: unknown) => {
        if (this.#options.stop.aborted) return
        const error = toAppError(thrown)
        this.#options.log.error('a task broke', { taskId: live.record.task.id, code: error.code, message: error.message })
        this.end(live, 'failed', toWireError(error))
      })
      .finally(() => {
        live.driving = null
        release()
      })
  }

  driveAgain(live: Live, forgetsCancel = false): void {
    live.cancel = new AbortController()
    this.#options.notes.note(live.record, { type: 'taken-up', ...(forgetsCancel && { forgetsCancel }) })
    this.drive(live)
  }

  /** Asks it to stop at its next safe point; one that has not begun ends at once. */
  cancel(live: Live): void {
    if (!live.record.cancelRequested) this.#options.notes.note(live.record, { type: 'cancel-requested' })
    if (live.dequeue) {
      live.dequeue()
      live.dequeue = null
      this.end(live, 'cancelled', toWireError(cancelledError()))
      return
    }
    live.cancel.abort(cancelledError())
  }

  /** Cancels the children that can still stop. */
  cancelBulk(live: Live, open: Iterable<TaskId>): void {
    const { ledger, notes } = this.#options
    if (!live.record.cancelRequested) notes.note(live.record, { type: 'cancel-requested' })
    for (const child of open) {
      const running = ledger.get(child)
      if (running && canStop(running)) this.cancel(running)
    }
  }

  /** Whether something is to be taken away first; from here on that is all it does. */
  beginTakeBack(live: Live, state: 'failed' | 'cancelled', error: WireError | null, offers: readonly string[] = ['retry']): boolean {
    if (!mustTakeBack(live.record, live.steps)) return false
    this.#options.notes.note(live.record, { type: 'taking-back', state, error, offers: [...offers] })
    return true
  }

  end(
    live: Live,
    state: 'succeeded' | 'partly' | 'failed' | 'cancelled',
    error: WireError | null,
    offers: readonly string[] = [],
    undoable?: boolean,
  ): void {
    const { events, families, kinds, ledger, notes } = this.#options
    const { record } = live
    const fraction = state === 'succeeded' ? 1 : record.task.progress.fraction
    change(record, { progress: { ...record.task.progress, fraction, bytesPerS: null, note: lastingNote(record.task, state) } })
    notes.note(record, { type: 'ended', state, error, offers: [...offers], ...(undoable !== undefined && { undoable }) })
    ledger.forget(live)
    notes.forget(record.task.id)
    events.append(endedEvent(record.task))
    const forgotten = record.task.children ? undefined : kinds.get(record.task.kind)?.ended?.(record.seed.request.plan, record)
    if (forgotten) families.after(forgotten)
    const { undoOf } = record.seed
    if (state === 'succeeded' && undoOf) families.markUndone(undoOf, record.task.id)
    if (live.parent) this.settleParent(live.parent, record.task)
  }

  /** Counts a child that has changed; ends the parent with the last of them. */
  settleParent(id: TaskId, child?: Task): void {
    const { ledger, notes } = this.#options
    const parent = ledger.get(id)
    const bulk = ledger.bulk(id)
    if (!parent || !bulk) return
    if (child) bulk.set(child)
    const { record } = parent
    const verdict = bulk.verdict()
    change(record, { children: bulk.children(), progress: { ...record.task.progress, fraction: bulk.fraction() } })
    if (verdict.state !== 'open') {
      this.end(parent, verdict.state, verdict.error, verdict.state === 'succeeded' ? [] : ['retry'], verdict.undoable)
      return
    }
    const state = verdict.attention ? 'needs-attention' : record.cancelRequested ? 'cancelling' : 'running'
    if (state === record.task.state) notes.publishLater(record)
    else notes.noteState(record, state)
  }

  async #runSteps(live: Live): Promise<void> {
    const { notes, stop } = this.#options
    const { record } = live
    if (record.task.state === 'queued') notes.note(record, { type: 'started' })
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
      const outcome = await runStep(this.#ports, record, step, { cancel, stop })
      if (!(await this.#settle(live, step, outcome))) return
    }
    this.end(live, 'succeeded', null)
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
    if (parent) this.settleParent(parent, record.task)
  }

  /** Ends it, after what it made has been taken away. */
  async #giveUp(live: Live, state: 'failed' | 'cancelled', error: WireError | null, offers: readonly string[] = []): Promise<void> {
    if (this.beginTakeBack(live, state, error, offers)) await this.#takeBack(live)
    else this.end(live, state, error, offers)
  }

  async #takeBack(live: Live): Promise<void> {
    const { record, steps } = live
    const outcome = await takeBack(this.#ports, record, steps, this.#options.stop)
    if (outcome === 'attention') this.#tellAttention(live)
    else if (record.takingBack)
      this.end(live, record.takingBack.state, errorAfter(record, steps, record.takingBack.error), record.takingBack.offers)
  }
}
