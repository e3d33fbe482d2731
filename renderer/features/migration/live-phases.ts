import { FINAL_TASK_STATES, type MigrationPhase, type MoveParams, type Task } from '../../../shared/model/index.ts'
import type { SeenPhase } from './live-move.ts'

type TaskStep = Task['steps'][number]

/** What is looked at of a task. */
export interface SteppedTask {
  readonly state: Task['state']
  readonly error: Task['error']
  readonly steps: readonly TaskStep[]
}

/** What a move goes through, one after the other. */
export type LinePhase = Exclude<MigrationPhase, 'done' | 'rolled-back'>

export interface PhaseOnLine {
  readonly phase: LinePhase
  /** `stopped`: somebody cancelled it here. */
  readonly state: 'done' | 'now' | 'ahead' | 'failed' | 'stopped' | 'skipped'
  readonly fromMs: number | null
  /** How long it took, or has taken at `atMs`; null: that was not seen. */
  readonly tookMs: number | null
}

const ORDER: readonly LinePhase[] = [
  'checking',
  'preparing',
  'copying-disks',
  'copying-memory',
  'switching',
  'post-copy',
  'verifying',
  'cleaning',
]

const MOVE_STEP = 'move'

/** Of a machine that is off the console carries the disks, in steps of their own. */
function isCarrying(id: string): boolean {
  return /^(?:copy|flatten)-\d+$/.test(id)
}

/** Which part of the line a step of the task belongs to; null: several, the provider tells which. */
function phaseOfStep(steps: readonly TaskStep[], { id }: TaskStep): LinePhase | null {
  if (id === MOVE_STEP) return null
  if (id === 'check') return 'checking'
  if (id === 'verify' || id === 'recall-snapshots') return 'verifying'
  if (isCarrying(id) || (id === 'forget-snapshots' && steps.some((step) => isCarrying(step.id)))) return 'copying-disks'
  const at = steps.findIndex((step) => step.id === id)
  const move = steps.findIndex((step) => step.id === MOVE_STEP)
  return at < move ? 'preparing' : 'cleaning'
}

/** Where a conversation broke off, by who spoke last (`details.at` of migration.failed). */
const BROKE_AT: Readonly<Record<string, LinePhase>> = {
  begin: 'preparing',
  prepare: 'preparing',
  perform: 'copying-memory',
  peer: 'copying-memory',
  finish: 'switching',
}

/** Where the move stands, or stood when it ended. */
export function phaseNow(task: Omit<SteppedTask, 'state'>, seen: readonly SeenPhase[]): LinePhase {
  const { steps, error } = task
  const step =
    steps.find(({ state }) => state === 'running' || state === 'failed' || state === 'unknown') ??
    steps.findLast(({ state }) => state !== 'pending' && state !== 'skipped') ??
    steps[0]
  if (!step) return 'checking'
  const own = phaseOfStep(steps, step)
  if (own !== null) return own
  const last = seen.findLast(({ phase }) => phase !== 'done' && phase !== 'rolled-back')?.phase as LinePhase | undefined
  if (last === undefined && error?.code === 'migration.torn') return 'post-copy'
  const at = error?.details?.['at']
  const broke = typeof at === 'string' ? BROKE_AT[at] : undefined
  // what both ends are asked about afterwards is whether it has switched over
  return (
    last ?? (step.state === 'unknown' ? 'switching' : (broke ?? (steps.some(({ id }) => isCarrying(id)) ? 'copying-disks' : 'preparing')))
  )
}

const IN_MOVE: ReadonlySet<LinePhase> = new Set<LinePhase>(['copying-disks', 'copying-memory', 'switching', 'post-copy'])

/** How long copying and switching took together, when nobody saw the one end and the other begin. */
export function tookTogether({ steps }: Pick<SteppedTask, 'steps'>, line: readonly PhaseOnLine[]): number | null {
  const move = steps.find(({ id }) => id === MOVE_STEP)
  if (move?.state !== 'done' || move.startedAtMs === null || move.endedAtMs === null) return null
  return line.every(({ phase, tookMs }) => !IN_MOVE.has(phase) || tookMs === null) ? move.endedAtMs - move.startedAtMs : null
}

/** The whole line: what lies behind, where it is, what is to come. */
export function phaseLine(
  task: SteppedTask,
  { mode, copied }: Pick<MoveParams, 'mode' | 'copied'>,
  seen: readonly SeenPhase[],
  atMs: number,
): readonly PhaseOnLine[] {
  const isCold = mode === 'cold'
  const now = phaseNow(task, seen)
  const has = (phase: LinePhase) => phase === now || seen.some((one) => one.phase === phase)
  const shown = ORDER.filter((phase) => {
    if (phase === 'copying-disks') return copied > 0 || has(phase)
    if (phase === 'copying-memory' || phase === 'switching') return !isCold || has(phase)
    return phase !== 'post-copy' || has(phase)
  })
  const at = shown.indexOf(now)
  const ended = FINAL_TASK_STATES.has(task.state)
  const wentWell = task.state === 'succeeded'
  return shown.map((phase, index) => {
    const times = timesOf(phase, task.steps, seen, ended ? null : atMs)
    if (wentWell || index < at) return { phase, state: 'done', ...times }
    if (index === at) return { phase, state: stateNow(task.state), ...times }
    return { phase, state: ended ? 'skipped' : 'ahead', fromMs: null, tookMs: null }
  })
}

function stateNow(state: Task['state']): PhaseOnLine['state'] {
  if (state === 'cancelled') return 'stopped'
  return FINAL_TASK_STATES.has(state) || state === 'needs-attention' ? 'failed' : 'now'
}

/** From the task's own steps; what goes on within the move alone was only seen. */
function timesOf(
  phase: LinePhase,
  steps: readonly TaskStep[],
  seen: readonly SeenPhase[],
  atMs: number | null,
): Pick<PhaseOnLine, 'fromMs' | 'tookMs'> {
  const ofSteps = steps
    .filter((step) => phaseOfStep(steps, step) === phase && step.startedAtMs !== null)
    .map((step) => ({ fromMs: step.startedAtMs, toMs: endOf(steps, step) }))
  const ofSeen = seen.filter((one) => one.phase === phase).map((one) => ({ ...one, toMs: one.toMs ?? moveEnd(steps) }))
  // the move has a part of its own in the preparing, which only who looked from the start has seen
  const isSeen = (IN_MOVE.has(phase) && ofSteps.length === 0) || (phase === 'preparing' && ofSeen.some(({ fromMs }) => fromMs !== null))
  const spans = isSeen ? ofSeen : ofSteps
  const fromMs = spans.find((span) => span.fromMs !== null)?.fromMs ?? null
  let tookMs: number | null = null
  for (const span of spans) {
    const end = span.toMs ?? atMs
    // a part that was not seen would make the sum a lie
    if (span.fromMs === null || end === null) return { fromMs, tookMs: null }
    tookMs = (tookMs ?? 0) + Math.max(0, end - span.fromMs)
  }
  return { fromMs, tookMs }
}

function moveEnd(steps: readonly TaskStep[]): number | null {
  const move = steps.find(({ id }) => id === MOVE_STEP)
  return move ? endOf(steps, move) : null
}

/** Of a step that was taken back its end is that of the taking back: it had ended when the next one began. */
function endOf(steps: readonly TaskStep[], step: TaskStep): number | null {
  const isBack = step.state === 'undone' || step.state === 'undoing'
  return isBack ? (steps[steps.indexOf(step) + 1]?.startedAtMs ?? null) : step.endedAtMs
}
