import { AppError, type Json, toAppError, toWireError } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import type { ActProgress, Clock, ProbeAnswer, ProviderConnection } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'
import { cancelledError, delay, withDeadline } from './deadline.ts'
import type { JournalEntry, TaskRecord } from './journal.ts'
import type { LinkWaits } from './link-wait.ts'
import type { Step } from './task-kind.ts'

/** Reads around a step: the baseline before it, the probe after it. */
const READ_TIMEOUT_MS = 30_000
/** A step that was sent and is found not done is sent once more, no oftener. */
const MAX_SENT = 2
/** The error of a task that the next open link takes up by itself. */
export const AWAITS_LINK = 'task.awaits-link'
/** An open link that fails to tell so often leaves it unknown. */
const MAX_PROBES = 3
/** A step that waits for its link is begun so often, however often the link breaks. */
const MAX_TRIES = 6
const PROBE_AGAIN_MS = 500
/** After a restart: an intent older than this is not carried out without a person. */
export const RESUME_WITHIN_MS = 15 * 60_000

export type StepOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: AppError }
  | { readonly kind: 'cancelled' }
  /** Nobody can tell, or a person should: written to the journal already. */
  | { readonly kind: 'attention' }

export interface StepPorts {
  readonly clock: Clock
  readonly links: Links
  readonly linkWaits: LinkWaits
  /** Durable before it resolves. */
  readonly write: (record: TaskRecord, entry: Exclude<JournalEntry, { type: 'created' }>) => Promise<void>
  /** For what has happened already. */
  readonly note: (record: TaskRecord, entry: Exclude<JournalEntry, { type: 'created' }>) => void
  readonly progress: (record: TaskRecord, step: Step, progress: ActProgress) => void
  /** Says what is waited for while nothing else is known. */
  readonly waiting: (record: TaskRecord, note: string | null) => void
}

export interface StepSignals {
  /** A person asked to cancel: obeyed by steps of `cancel: now` and by waiting. */
  readonly cancel: AbortSignal
  /** The engine stops: leave everything as the journal has it. Thrown on as it is. */
  readonly stop: AbortSignal
}

/**
 * Takes one step to its end: intent, run, and after a lost reply or a crash the probe that decides. `lost` is the error
 * after which nobody knows; null at a resume.
 */
export async function runStep(ports: StepPorts, record: TaskRecord, step: Step, signals: StepSignals): Promise<StepOutcome> {
  const known = record.task.steps.find((one) => one.id === step.id)
  // one that waited for its link before it had begun has no intent
  const wasSent = (known?.state === 'running' || known?.state === 'unknown') && record.intents.has(step.id)
  if (known?.state === 'unknown' && !wasSent && isLongAgo(ports, newestOf(record))) return tooLate(ports, record, step, newestOf(record))
  let lost: AppError | null = null
  let mustProbe = wasSent || record.memos.has(step.id)
  let sent = 0
  for (let tries = 1; ; tries += 1) {
    if (mustProbe) {
      const answer = await probe(ports, record, step, signals)
      if (answer === 'done') {
        ports.note(record, { type: 'step-done', step: step.id, skipped: sent === 0 && !wasSent })
        return { kind: 'done' }
      }
      const verdict = afterProbe(ports, record, step, { answer, lost, sent, wasSent })
      if (verdict) return verdict
    }
    mustProbe = true
    sent += 1
    const error = await send(ports, record, step, signals)
    if (!error) return { kind: 'done' }
    if (step.puzzles?.(error)) {
      ports.note(record, { type: 'step-unknown', step: step.id, error: toWireError(error) })
      return { kind: 'attention' }
    }
    if (step.waitsForLink && error.kind === 'unreachable' && tries < MAX_TRIES) {
      if (record.intents.has(step.id)) {
        lost = error
        continue
      }
      // nothing was sent, so there is nothing to look for
      mustProbe = record.memos.has(step.id)
      sent -= 1
      if (await comesBack(ports, record, tries, signals)) continue
      if (record.cancelRequested) return { kind: 'cancelled' }
      ports.note(record, { type: 'step-unknown', step: step.id, error: toWireError(unknownError('no-link', error)) })
      return { kind: 'attention' }
    }
    if (!isLost(error)) {
      if (error.kind === 'cancelled') return { kind: 'cancelled' }
      ports.note(record, { type: 'step-failed', step: step.id, error: toWireError(error) })
      return { kind: 'failed', error }
    }
    lost = error
  }
}

/** After these nobody knows whether it happened. A cancel in the middle is one of them. */
export function isLost(error: AppError): boolean {
  return error.kind === 'indeterminate' || error.kind === 'timeout' || error.code === 'task.cancelled-while-running'
}

interface ProbeFacts {
  readonly answer: Exclude<ProbeAnswer, 'done'> | 'no-link'
  readonly lost: AppError | null
  readonly sent: number
  readonly wasSent: boolean
}

function unknownError(answer: 'unknown' | 'no-link', lost: AppError | null): AppError {
  const because = lost && { cause: lost, details: { first: lost.message } }
  if (answer === 'no-link') {
    const message = 'The link was lost while it ran. What became of it is checked by itself when the link is back.'
    return new AppError({ kind: 'indeterminate', code: AWAITS_LINK, message, ...because })
  }
  const message =
    'The reply was lost and a look at the object does not tell whether it happened. Check it, then close the task as done or failed.'
  return new AppError({ kind: 'indeterminate', code: 'task.outcome-unknown', message, ...because })
}

/** What follows from a probe that did not say done; null: send it (again). */
function afterProbe(ports: StepPorts, record: TaskRecord, step: Step, facts: ProbeFacts): StepOutcome | null {
  const { answer, lost, sent, wasSent } = facts
  // A retry looks first, with what the attempt before remembered; a person asked for it, so only a clear `done` stops it.
  if (sent === 0 && !wasSent) return null
  if (answer === 'unknown' || answer === 'no-link') {
    const error = unknownError(answer, lost)
    ports.note(record, { type: 'step-unknown', step: step.id, error: toWireError(error) })
    return { kind: 'attention' }
  }
  if (lost?.code === 'task.cancelled-while-running') {
    ports.note(record, { type: 'step-failed', step: step.id, error: toWireError(cancelledError()) })
    return { kind: 'cancelled' }
  }
  if (lost && (lost.kind === 'timeout' || sent >= MAX_SENT)) {
    ports.note(record, { type: 'step-failed', step: step.id, error: toWireError(lost) })
    return { kind: 'failed', error: lost }
  }
  if (record.cancelRequested) {
    ports.note(record, { type: 'step-failed', step: step.id, error: toWireError(cancelledError()) })
    return { kind: 'cancelled' }
  }
  const intent = record.intents.get(step.id)
  if (wasSent && sent === 0 && intent && isLongAgo(ports, intent.atMs)) return tooLate(ports, record, step, intent.atMs)
  return null
}

function isLongAgo({ clock }: StepPorts, atMs: number): boolean {
  return clock.nowMs() - atMs > RESUME_WITHIN_MS
}

/** When a task last began something. */
function newestOf({ task, intents }: TaskRecord): number {
  return Math.max(task.startedAtMs ?? task.createdAtMs, ...[...intents.values()].map(({ atMs }) => atMs))
}

function tooLate(ports: StepPorts, record: TaskRecord, step: Step, sinceMs: number): StepOutcome {
  const error = new AppError({
    kind: 'precondition',
    code: 'task.interrupted-long-ago',
    message: 'The console ended before this was carried out, too long ago to go on without asking. Retry it, or close it as failed.',
    details: { sinceMs },
  })
  ports.note(record, { type: 'step-unknown', step: step.id, error: toWireError(error) })
  return { kind: 'attention' }
}

/** Waits for the link of a step that has not begun. False: it did not come in time, or a person does not want to wait any longer. */
async function comesBack(ports: StepPorts, record: TaskRecord, tries: number, signals: StepSignals): Promise<boolean> {
  const { connectionId } = record.task
  if (connectionId === null) return false
  // a link may look open for as long as nobody has missed its answers
  await delay(ports.clock, PROBE_AGAIN_MS * tries, signals.stop)
  const link = await linkToProbe(ports, record, connectionId, signals)
  ports.waiting(record, null)
  return link !== null && !signals.cancel.aborted
}

/** Journals the intent, then runs. Answers null when it is done, else why not. */
async function send(ports: StepPorts, record: TaskRecord, step: Step, signals: StepSignals): Promise<AppError | null> {
  let begun = false
  try {
    const link = await linkToBegin(ports, record, signals)
    const progress = (value: ActProgress) => ports.progress(record, step, value)
    const abort = AbortSignal.any(step.cancel === 'now' ? [signals.stop, signals.cancel] : [signals.stop])
    const earlier = record.memos.get(step.id) ?? null
    const remember = (known: Json) => ports.write(record, { type: 'remembered', step: step.id, memo: known })
    const reading = (signal: AbortSignal) => step.prepare?.({ link, signal, progress, memo: earlier }) ?? Promise.resolve(null)
    const memo: Json = await withDeadline(ports.clock, READ_TIMEOUT_MS, AbortSignal.any([signals.stop, signals.cancel]), reading).catch(
      asRead,
    )
    const undo = step.undo?.(memo) ?? null
    await ports.write(record, { type: 'intent', step: step.id, memo, undo, ...(step.decides && { undoesAll: true }) })
    begun = true
    const { id, actor, origin } = record.task
    const running = { link, memo, progress, remember, memos: record.memos, task: { id, actor, origin } }
    await withDeadline(ports.clock, step.timeoutMs, step.endsItself ? signals.stop : abort, (signal) =>
      step.run({ ...running, signal: step.endsItself ? AbortSignal.any([signal, abort]) : signal }),
    )
    ports.note(record, { type: 'step-done', step: step.id, skipped: false })
    return null
  } catch (thrown) {
    signals.stop.throwIfAborted()
    const error = toAppError(thrown)
    if (begun && error.kind === 'cancelled') {
      return new AppError({ kind: 'cancelled', code: 'task.cancelled-while-running', message: 'Cancelled while it ran.', cause: error })
    }
    return error
  }
}

/** Before the intent nothing was sent: a slow read is a failure and no riddle. */
function asRead(thrown: unknown): never {
  const error = toAppError(thrown)
  if (error.kind !== 'timeout' && error.kind !== 'indeterminate') throw error
  throw new AppError({
    kind: 'unreachable',
    code: 'task.not-begun',
    message: `Nothing was changed: ${error.message}`,
    cause: error,
  })
}

export async function linkToBegin(ports: StepPorts, record: TaskRecord, signals: StepSignals): Promise<ProviderConnection | null> {
  const { connectionId } = record.task
  if (connectionId === null) return null
  const outer = AbortSignal.any([signals.stop, signals.cancel])
  const isOpen = ports.links.current(connectionId as ConnectionId) !== undefined
  if (!isOpen) ports.waiting(record, 'waiting-for-link')
  try {
    return await ports.linkWaits.link(connectionId, outer)
  } finally {
    if (!isOpen) ports.waiting(record, null)
  }
}

/** Looks until somebody answers; a link that is away is waited for a while, unless somebody cancels. */
export async function probe(
  ports: StepPorts,
  record: TaskRecord,
  step: Pick<Step, 'id' | 'probe'>,
  signals: StepSignals,
): Promise<ProbeAnswer | 'no-link'> {
  const { connectionId } = record.task
  const memo = record.memos.get(step.id) ?? null
  let lastLink: ProviderConnection | null = null
  try {
    for (let failures = 0; failures < MAX_PROBES; ) {
      const link = connectionId === null ? null : await linkToProbe(ports, record, connectionId, signals)
      if (connectionId !== null && link === null) return 'no-link'
      try {
        const look = (signal: AbortSignal) => step.probe({ link, signal, memo, progress: () => {} })
        return await withDeadline(ports.clock, READ_TIMEOUT_MS, signals.stop, look)
      } catch {
        signals.stop.throwIfAborted()
        // A new link starts the count anew: only a host that answers and cannot tell is a riddle.
        failures = link === lastLink || link === null ? failures + 1 : 1
        lastLink = link
        await delay(ports.clock, PROBE_AGAIN_MS * failures, signals.stop)
      }
    }
    return 'unknown'
  } finally {
    ports.waiting(record, null)
  }
}

/** null: it did not come back in time, or a person does not want to wait any longer. Then it is looked at when the link is back. */
async function linkToProbe(
  ports: StepPorts,
  record: TaskRecord,
  connectionId: string,
  signals: StepSignals,
): Promise<ProviderConnection | null> {
  const current = ports.links.current(connectionId as ConnectionId)
  ports.waiting(record, current ? 'probing' : 'waiting-for-link')
  if (current) return current
  try {
    return await ports.linkWaits.link(connectionId, AbortSignal.any([signals.stop, signals.cancel]))
  } catch {
    signals.stop.throwIfAborted()
    return null
  }
}
