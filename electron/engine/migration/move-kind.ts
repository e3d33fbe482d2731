import { z } from 'zod'
import { type Json, toAppError } from '../../../shared/errors/index.ts'
import type { HostId, MigrationRecord } from '../../../shared/model/index.ts'
import type { MoveOptions, MoveProgress } from '../../providers/provider.ts'
import { delay } from '../tasks/deadline.ts'
import type { RunContext, Step, TaskKind } from '../tasks/task-kind.ts'
import { refuseUnread, withoutHabits } from './accepts.ts'
import { BrokenMove, type BrokenTask, isPersons, TORN } from './broken-move.ts'
import { CarriedBytes } from './carried-bytes.ts'
import { carrySteps, refuseTorn, tidySteps } from './carry-steps.ts'
import { removeStep, volumeStep } from './disk-steps.ts'
import type { LiveMoves } from './live-moves.ts'
import { liveAt, liveBroken, liveOf } from './live-view.ts'
import { blocked, movedAfterAll, newSnapshots, stateChanged, twinThere, windowOver } from './migration-errors.ts'
import { moveBack } from './move-back.ts'
import { journeyOf, MIGRATE_KIND, type MovePlan, movePlanSchema, orderOf } from './move-plan.ts'
import type { OnTheWay } from './on-the-way.ts'
import { lookBefore, type PreflightPorts } from './preflight.ts'
import { recordOf } from './records-entry.ts'
import { endsOf } from './sides.ts'
import { snapshotCount } from './snapshot-count.ts'
import { forgetSnapshotsStep, recallSnapshotsStep } from './snapshot-steps.ts'
import { isThere } from './standings.ts'
import { type VerifyPorts, verifyStep } from './verify-step.ts'
import { linkSoon, lookAtBoth, moverSoon, settledWhere, torn } from './whereabouts.ts'

const MINUTE_MS = 60_000
/** A machine of a terabyte over a gigabit takes some hours. */
const MOVE_TIMEOUT_MS = 24 * 60 * MINUTE_MS
/** In two parts it is waited for its network, over a long weekend as well: ended, it would still be in two parts. */
const POST_COPY_TIMEOUT_MS = 7 * MOVE_TIMEOUT_MS
/** A machine that stands still at the source waits so long for the target's word. */
const TAKE_BACK_TIMEOUT_MS = 10 * MINUTE_MS
/** Less than a look may take in all. */
const PROBE_MS = 20_000
const LOOK_AGAIN_MS = 500
/** After a restart the links are only just opening. */
const LINK_PATIENCE_MS = 30_000

export interface MoveKindPorts extends PreflightPorts, VerifyPorts {
  readonly live: LiveMoves
  readonly onTheWay: Pick<OnTheWay, 'at' | 'admit'>
  /** Keeps how a move ended, beside what was foretold. */
  readonly record: (record: MigrationRecord) => Promise<void>
}

/** Moves one machine: looked at once more, its volumes made, moved, verified, tidied up. It runs exactly once at every moment. */
export function moveKind(ports: MoveKindPorts): TaskKind {
  return {
    kind: MIGRATE_KIND,
    slot: (json) => movePlanSchema.parse(json).slot,
    async ended(json, end) {
      const record = recordOf(movePlanSchema.parse(json), end)
      if (record) await ports.record(record)
    },
    steps(json) {
      const plan = movePlanSchema.parse(json)
      const cleans = plan.spec.sourceDisks === 'delete' ? plan.volumes : []
      return [
        shown('checking', plan, ports, checkStep(plan, ports)),
        ...(plan.carriage ? [] : plan.volumes).map((volume, index) =>
          shown('preparing', plan, ports, volumeStep(plan, volume, index, ports)),
        ),
        ...carrySteps(plan, ports).map((step) => shown('copying-disks', plan, ports, step, carriedBy(step, plan))),
        ...(plan.snapshots ? [shown(plan.carriage ? 'copying-disks' : 'preparing', plan, ports, forgetSnapshotsStep(plan, ports))] : []),
        moveStep(plan, ports),
        ...(plan.snapshots ? [shown('verifying', plan, ports, recallSnapshotsStep(plan, ports))] : []),
        shown('verifying', plan, ports, verifyStep(plan, ports)),
        ...tidySteps(plan, ports).map((step) => shown('cleaning', plan, ports, step)),
        ...cleans.map((volume, index) => shown('cleaning', plan, ports, removeStep(plan, volume, index))),
      ]
    },
  }
}

/** Whoever follows the move sees that it is at this step. */
function shown(
  phase: MoveProgress['phase'],
  plan: MovePlan,
  { live, clock }: MoveKindPorts,
  step: Step,
  carried: (() => CarriedBytes) | null = null,
): Step {
  return {
    ...step,
    run: async (context) => {
      const { id } = context.task
      const last = live.get(id)
      const nowMs = clock.nowMs()
      const facts = { ...factsOf(plan), taskId: id, startedAtMs: last?.startedAtMs ?? nowMs }
      live.put(liveAt(facts, phase, last, nowMs))
      const bytes = carried?.()
      await step.run({
        ...context,
        progress: (word) => {
          const atMs = clock.nowMs()
          const disk = bytes?.told(word, atMs)
          if (disk) live.put(liveOf(facts, disk, live.get(id), atMs))
          context.progress(word)
        },
      })
    },
  }
}

/** Of the copy of one disk; null: the step copies none. */
function carriedBy({ id }: Step, { carriage }: MovePlan): (() => CarriedBytes) | null {
  const index = carriage?.copies.findIndex((_, at) => id === `copy-${at}`) ?? -1
  if (!carriage || index < 0) return null
  return () =>
    new CarriedBytes(
      carriage.copies.map(({ allocationBytes }) => allocationBytes),
      index,
    )
}

const factsOf = ({ spec, prediction }: MovePlan) => ({ spec, predictedMs: prediction?.totalMs.likely ?? null })

/** Earlier releases did not note it: what they have begun may have moved. */
const memoSchema = z.object({ begun: z.boolean().default(true) })
const FIRST: Json = { begun: false }
const BEGUN: Json = { begun: true }

/**
 * Tried again after it had moved, or broke in post-copy, there is nothing to look at before: what is at the target came by this task, if that was
 * seen without it.
 */
function checkStep(plan: MovePlan, ports: MoveKindPorts): Step {
  const { spec, name, acceptsWarnings, planned, source, target } = plan
  return {
    id: 'check',
    weight: 1,
    timeoutMs: 3 * MINUTE_MS,
    cancel: 'now',
    prepare: ({ memo }) => Promise.resolve(memo ?? FIRST),
    async run({ signal, memo, remember, task }) {
      for (const { hostId } of [source, target]) await linkSoon(hostId, ports, patienceFor(hostId, ports), signal)
      if (memoSchema.parse(memo).begun) {
        const { verdict } = await lookAtBoth(journeyOf(plan), ports, 0, signal)
        if (isThere(verdict) || verdict === 'broken') return
      }
      const untilMs = planned?.beginsUntilMs ?? null
      if (untilMs !== null && ports.clock.nowMs() > untilMs) throw windowOver(name)
      // it is this very task that keeps the machine busy
      const { preflight, out, coming } = await lookBefore({ ...ports, busyWith: () => undefined }, spec, signal)
      if (out.isRunning !== (spec.mode !== 'cold')) throw stateChanged(name, out.isRunning)
      if (preflight.findings.some(({ severity }) => severity === 'blocks')) throw blocked(name, preflight.findings)
      if (snapshotCount(out) > 0 && !plan.snapshots) throw newSnapshots(name)
      refuseUnread(name, withoutHabits(preflight.findings), acceptsWarnings)
      const tooMuch = ports.onTheWay.admit(task.id, preflight, coming)
      if (tooMuch.some(({ severity }) => severity === 'blocks')) throw blocked(name, [...tooMuch, ...preflight.findings])
      await remember(BEGUN)
    },
    probe: () => Promise.resolve('not-done'),
  }
}

/** Of many machines the first waits for a host that has gone away, not each of them. */
function patienceFor(hostId: HostId, { inventory, clock }: MoveKindPorts): number {
  const freshness = inventory.get('host', hostId)?.freshness
  const awayMs = freshness?.state === 'stale' ? clock.nowMs() - freshness.sinceMs : 0
  return Math.max(0, LINK_PATIENCE_MS - awayMs)
}

/**
 * Just before it begins: what the hosts are asked afterwards rests on the target having nothing of it, and libvirt 9.0 writes over the definition
 * of one that is off without a word. Throws `conflict` migration.twin.
 */
async function refuseTwin({ ref, name, target }: MovePlan, ports: MoveKindPorts, signal: AbortSignal): Promise<void> {
  const { state } = await (await moverSoon(target.hostId, ports, 0, signal)).standing(ref, { signal })
  if (state !== 'absent') throw twinThere(name, target.hostName)
}

/**
 * The move itself. Begun a second time, it first puts right what the first has left, and goes only if the machine has stayed. Told to stop, it
 * ends when the hosts have; failed or cancelled, the machine runs on at the source.
 */
function moveStep(plan: MovePlan, ports: MoveKindPorts): Step {
  const { spec, ref, name } = plan
  const journey = journeyOf(plan)
  const order = orderOf(plan)
  return {
    id: 'move',
    weight: 100,
    timeoutMs: spec.postCopy ? POST_COPY_TIMEOUT_MS : MOVE_TIMEOUT_MS,
    cancel: 'now',
    endsItself: true,
    decides: true,
    // by then hours of copying may lie behind it
    waitsForLink: plan.carriage !== null,
    puzzles: ({ code }) => code === 'migration.two-truths' || code === TORN,
    goesOn: ({ code }) => code === TORN,
    prepare: ({ memo }) => Promise.resolve(memo ?? FIRST),
    undo: () => moveBack(plan, ports.clock.nowMs()),
    async run(context) {
      const { signal, memo, progress: onProgress } = context
      const options: MoveOptions = { signal, onProgress, onMove: told(plan, context, ports) }
      const broken = new BrokenMove(journey, order, ports, followed(plan, context, ports))
      const { begun } = memoSchema.parse(memo)
      if (begun && (await settledWhere(journey, ports, options, broken)) === 'moved') return
      signal.throwIfAborted()
      // after a restart the source alone may have told that it has stayed; hours of copying are worth a longer wait
      const patienceMs = plan.carriage ? TAKE_BACK_TIMEOUT_MS : LINK_PATIENCE_MS
      for (const hostId of [journey.sourceHostId, journey.targetHostId]) await linkSoon(hostId, ports, patienceMs, signal)
      if (plan.carriage) await refuseTorn(plan, context.link, signal)
      const { from, receiver } = endsOf(journey, ports.inventory, ports.links)
      // libvirt would move the definition of one that runs from under it
      if (spec.mode === 'cold' && (await from.standing(ref, { signal })).state !== 'off') throw stateChanged(name, true)
      if (!begun) {
        await refuseTwin(plan, ports, signal)
        await context.remember(BEGUN)
      }
      const outcome = await from.move(ref, order, receiver, options).catch(async (thrown: unknown) => {
        if (toAppError(thrown).code !== 'migration.post-copy-failed') throw thrown
        if (isPersons(signal)) throw torn(journey, ports, { here: 'post-copy-failed', there: null })
        // it cannot stay any more: what is left to be done is to bring its parts together
        if ((await settledWhere(journey, ports, options, broken)) === 'stayed') throw thrown
        return null
      })
      if (outcome) await context.remember({ begun: true, outcome: { ...outcome } })
    },
    /** `not-done` leaves it to `run`, which has the time to wait for hosts that are away or not ready to tell. */
    async probe({ signal, memo }) {
      if (!memoSchema.parse(memo).begun) return 'not-done'
      for (const sinceMs = ports.clock.nowMs(); ; ) {
        const { verdict } = await lookAtBoth(journey, ports, PROBE_MS / 4, signal)
        if (isThere(verdict)) return 'done'
        const isOpen = verdict === 'under-way' || verdict === 'receiving'
        if (!isOpen || ports.clock.nowMs() - sinceMs > PROBE_MS / 2) return 'not-done'
        await delay(ports.clock, LOOK_AGAIN_MS, signal)
      }
    },
    takeBack: {
      what: name,
      timeoutMs: TAKE_BACK_TIMEOUT_MS,
      async run({ signal }) {
        const broken = new BrokenMove(journey, order, ports, null)
        if ((await settledWhere(journey, ports, { signal }, broken)) === 'moved') throw movedAfterAll(name)
      },
      async probe({ signal, memo }) {
        if (!memoSchema.parse(memo).begun) return 'done'
        return (await lookAtBoth(journey, ports, 0, signal)).verdict === 'stayed' ? 'done' : 'not-done'
      },
    },
  }
}

function told(plan: MovePlan, { task }: RunContext, { live, clock }: MoveKindPorts): (progress: MoveProgress) => void {
  return (progress) => {
    const last = live.get(task.id)
    const nowMs = clock.nowMs()
    live.put(liveOf({ ...factsOf(plan), taskId: task.id, startedAtMs: last?.startedAtMs ?? nowMs }, progress, last, nowMs))
  }
}

function followed(plan: MovePlan, { task: { id } }: RunContext, { live, clock }: MoveKindPorts): BrokenTask {
  return {
    id,
    tell(broken) {
      const last = live.get(id)
      const nowMs = clock.nowMs()
      live.put(liveBroken({ ...factsOf(plan), taskId: id, startedAtMs: last?.startedAtMs ?? nowMs }, broken, last, nowMs))
    },
  }
}
