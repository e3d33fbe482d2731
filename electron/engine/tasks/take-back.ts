import { AppError, type Json, toAppError, toWireError, type WireError } from '../../../shared/errors/index.ts'
import { isDecided } from './cancelling.ts'
import { withDeadline } from './deadline.ts'
import type { TaskRecord } from './journal.ts'
import { AWAITS_LINK, isLost, linkToBegin, probe, type StepPorts, type StepSignals } from './step-runner.ts'
import type { Step, TakeBack } from './task-kind.ts'

/** What takes a step away is tried so often. */
const MAX_SENT = 2

/** Whether a task that ends now has made something that is to be taken away first. */
export function mustTakeBack(record: TaskRecord, steps: readonly Step[]): boolean {
  if (isDecided(record, steps) || steps.some((step) => step.keepsOthers && record.memos.has(step.id))) return false
  return steps.some((step) => isOwed(record, step))
}

/** Begun by this task or an attempt before it, and not looked after yet. */
function isOwed(record: TaskRecord, step: Step): step is Step & { readonly takeBack: TakeBack } {
  return step.takeBack !== undefined && record.memos.has(step.id) && !record.takenBack.has(step.id) && !record.left.has(step.id)
}

/**
 * Takes away what the steps of a failed or cancelled task have made, the last first, each with its intent in the journal. What cannot be
 * taken away is noted and the rest goes on. `attention`: nobody can tell now, which is in the journal already.
 */
export async function takeBack(
  ports: StepPorts,
  record: TaskRecord,
  steps: readonly Step[],
  stop: AbortSignal,
): Promise<'ended' | 'attention'> {
  const waiting: StepPorts['waiting'] = (one, note) => ports.waiting(one, note ?? 'taking-back')
  for (const step of steps.toReversed()) {
    if (!isOwed(record, step)) continue
    const outcome = await takeStepBack({ ...ports, waiting }, record, step, stop)
    if (outcome === 'attention') return outcome
  }
  return 'ended'
}

async function takeStepBack(
  ports: StepPorts,
  record: TaskRecord,
  step: Step & { readonly takeBack: TakeBack },
  stop: AbortSignal,
): Promise<'ended' | 'attention'> {
  // a person may not hurry it: half of it is what it is there to prevent
  const signals: StepSignals = { stop, cancel: new AbortController().signal }
  const back = { id: step.id, ...step.takeBack }
  const known = record.task.steps.find((one) => one.id === step.id)
  // what is there is somebody else's
  if (known?.error?.kind === 'conflict') {
    ports.note(record, { type: 'undo-done', step: step.id })
    return 'ended'
  }
  // one that did not come to its end may have left what looks like nothing
  const isSure = !record.takingBack?.failed.has(step.id)
  let last: AppError | null = null
  for (let sent = 0; ; sent += 1) {
    const answer = isSure || sent > 0 ? await probe(ports, record, back, signals) : 'not-done'
    if (answer === 'done') {
      ports.note(record, { type: 'undo-done', step: step.id })
      return 'ended'
    }
    if (answer === 'no-link') {
      ports.note(record, { type: 'step-unknown', step: step.id, error: toWireError(awaitsLinkError(step.takeBack.what)) })
      return 'attention'
    }
    if (sent >= MAX_SENT || answer === 'unknown' || (last && !isLost(last))) {
      ports.note(record, { type: 'undo-failed', step: step.id, error: toWireError(last ?? notToldError()) })
      return 'ended'
    }
    last = await send(ports, record, back, signals)
  }
}

/** Journals the intent, then runs. Answers null when it said that it is done: the probe has the last word. */
async function send(
  ports: StepPorts,
  record: TaskRecord,
  back: TakeBack & Pick<Step, 'id'>,
  signals: StepSignals,
): Promise<AppError | null> {
  try {
    const link = await linkToBegin(ports, record, signals)
    await ports.write(record, { type: 'undo-intent', step: back.id })
    const memo: Json = record.memos.get(back.id) ?? null
    await withDeadline(ports.clock, back.timeoutMs, signals.stop, (signal) => back.run({ link, signal, memo, progress: () => {} }))
    return null
  } catch (thrown) {
    signals.stop.throwIfAborted()
    return toAppError(thrown)
  }
}

/** How the task ends once nothing more is taken away: as it would have, or with what had to stay. */
export function errorAfter(record: TaskRecord, steps: readonly Step[], error: WireError | null): WireError | null {
  if (record.left.size === 0) return error
  const left = steps.flatMap((step) => (record.left.has(step.id) && step.takeBack ? [step.takeBack.what] : []))
  const [reason] = record.left.values()
  return {
    kind: error?.kind ?? 'remote-failure',
    code: 'task.left-behind',
    message: `${error?.message ?? ''} What it had made could not all be taken away; left is: ${left.join(', ')}.`.trim(),
    details: { left: left.join(', '), first: error?.message ?? '', firstCode: error?.code ?? null, reason: reason?.message ?? '' },
    ...(error?.remote && { remote: error.remote }),
  }
}

function awaitsLinkError(what: string): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: AWAITS_LINK,
    message: `The link was lost before everything was taken away: ${what}. It goes on by itself when the link is back.`,
    details: { what },
  })
}

function notToldError(): AppError {
  return new AppError({
    kind: 'indeterminate',
    code: 'task.not-taken-back',
    message: 'Whether it is gone cannot be told from the host.',
  })
}
