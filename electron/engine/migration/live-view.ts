import type { MigrationLive, MigrationPhase, MigrationSpec, Reason, Task } from '../../../shared/model/index.ts'
import type { MoveProgress } from '../../providers/provider.ts'

/** How much a new estimate counts against the one that was shown: what is shown does not jump. */
const NEWEST = 0.25
/** From this share of the bytes on the rates alone are believed. */
const RATES_ALONE = 0.5

export interface LiveFacts {
  readonly taskId: Task['id']
  readonly spec: MigrationSpec
  readonly startedAtMs: number
  /** What was foretold for the whole; null: nothing. */
  readonly predictedMs: number | null
}

/** A move as it is shown, from what the hypervisor says now and what was shown last. */
export function liveOf(facts: LiveFacts, progress: MoveProgress, last: MigrationLive | undefined, nowMs: number): MigrationLive {
  const { taskId, spec, startedAtMs } = facts
  return {
    taskId,
    machineId: spec.machineId,
    startedAtMs,
    atMs: nowMs,
    ...progress,
    expectedEndAtMs: expectedEnd(facts, progress, last?.expectedEndAtMs ?? null, nowMs),
    can: whatCan(spec, progress.phase),
  }
}

/** The phases that no hypervisor tells of; amounts stay as they were seen last. */
export function liveAt(facts: LiveFacts, phase: MigrationPhase, last: MigrationLive | undefined, nowMs: number): MigrationLive {
  const { memory = null, disk = null, iteration = null, throttlePercent = null } = last ?? {}
  const rates = { dirtyBytesPerS: null, bandwidthBytesPerS: null }
  return liveOf(facts, { phase, memory, disk, iteration, throttlePercent, ...rates }, last, nowMs)
}

/** It broke in post-copy and is tried again. Amounts stay as they were seen last. */
export function liveBroken(
  facts: LiveFacts,
  broken: NonNullable<MigrationLive['broken']>,
  last: MigrationLive | undefined,
  nowMs: number,
): MigrationLive {
  return { ...liveAt(facts, 'post-copy', last, nowMs), expectedEndAtMs: null, broken }
}

/** The last word: how it ended. Of a move whose machine is at the target, but not as it should be, the phase stays. */
export function lastWord(live: MigrationLive, { state, steps, endedAtMs }: Pick<Task, 'state' | 'steps' | 'endedAtMs'>): MigrationLive {
  const { broken: _, ...rest } = live
  const hasMoved = steps.some(({ id, state: step }) => id === 'move' && (step === 'done' || step === 'skipped'))
  const phase = state === 'succeeded' ? 'done' : hasMoved ? live.phase : 'rolled-back'
  return {
    ...rest,
    phase,
    atMs: endedAtMs ?? live.atMs,
    bandwidthBytesPerS: null,
    dirtyBytesPerS: null,
    expectedEndAtMs: endedAtMs,
    can: { bandwidth: ENDED, downtime: ENDED, postCopy: ENDED },
  }
}

/** What was foretold at first, what the rates say later, and in between some of each; never in the past. Null: nobody can tell. */
function expectedEnd(
  { startedAtMs, predictedMs }: LiveFacts,
  { memory, disk, dirtyBytesPerS, bandwidthBytesPerS }: MoveProgress,
  shownMs: number | null,
  nowMs: number,
): number | null {
  const foretold = predictedMs === null ? null : startedAtMs + predictedMs
  const remaining = (memory?.remaining ?? 0) + (disk?.remaining ?? 0)
  const total = (memory?.total ?? 0) + (disk?.total ?? 0)
  // what is written meanwhile has to be sent again
  const net = (bandwidthBytesPerS ?? 0) - Math.min(dirtyBytesPerS ?? 0, (bandwidthBytesPerS ?? 0) * 0.9)
  const byRates = total > 0 && net > 0 ? nowMs + (remaining / net) * 1_000 : null
  const share = total > 0 ? Math.min(1, (total - remaining) / total / RATES_ALONE) : 0
  const wanted = byRates === null ? (shownMs ?? foretold) : foretold === null ? byRates : foretold * (1 - share) + byRates * share
  if (wanted === null) return null
  const calm = shownMs === null ? wanted : shownMs + (wanted - shownMs) * NEWEST
  return Math.round(Math.max(nowMs, calm))
}

const TOO_LATE: Reason = { code: 'migration.too-late', text: 'It switches over already.' }
const TOO_EARLY: Reason = { code: 'migration.too-early', text: 'It has not begun to copy yet.' }
const ENDED: Reason = { code: 'migration.has-ended', text: 'This move has ended.' }
const IS_OFF: Reason = { code: 'migration.is-off', text: 'The machine is off: its disks go through this console, without a limit.' }
const NOT_ALLOWED: Reason = { code: 'migration.post-copy-not-allowed', text: 'Post-copy was not allowed when the move was started.' }
const DISKS_FIRST: Reason = { code: 'migration.disks-first', text: 'Its disks are copied first: post-copy is for the memory.' }
const NOT_LIVE: Reason = { code: 'migration.stands-still', text: 'The machine stands still meanwhile: it writes nothing.' }

/** What may be changed now, and why not. */
function whatCan({ mode, postCopy }: MigrationSpec, phase: MigrationPhase): MigrationLive['can'] {
  const phaseSays = reasonOf(phase)
  const no = mode === 'cold' ? IS_OFF : phaseSays
  const standsStill = mode === 'paused' ? NOT_LIVE : null
  return {
    bandwidth: no,
    downtime: no ?? standsStill,
    postCopy: no ?? standsStill ?? (postCopy ? (phase === 'copying-disks' ? DISKS_FIRST : null) : NOT_ALLOWED),
  }
}

function reasonOf(phase: MigrationPhase): Reason | null {
  switch (phase) {
    case 'checking':
    case 'preparing':
      return TOO_EARLY
    case 'copying-disks':
    case 'copying-memory':
      return null
    case 'switching':
    case 'post-copy':
    case 'verifying':
    case 'cleaning':
      return TOO_LATE
    case 'done':
    case 'rolled-back':
      return ENDED
  }
}
