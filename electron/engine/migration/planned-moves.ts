import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type MachineId,
  OPEN_PLAN_STATES,
  type PlannedMove,
  type PlanWhen,
  plannedMoveSchema,
  type Reason,
  type Task,
} from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { KeyValueStore, TaskStore } from '../../store/store.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { EventSink, InventoryReader } from '../ports.ts'
import { Clockwork } from '../tasks/clockwork.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor } from '../tasks/task-kind.ts'
import { twiceInOne } from './migration-errors.ts'
import type { MigrationService, MovesStarted } from './migration-service.ts'
import { PlanBook } from './plan-book.ts'
import { alreadyPlanned, planChanged, planOver, planUnknown } from './plan-errors.ts'
import { tellMissed, tellRefused, tellStarted, tellWaits } from './plan-events.ts'
import { dueOf, nextLookMs, refuseTimes, spanOf } from './plan-times.ts'
import { knownHost } from './sides.ts'

/** What may be otherwise a moment later, as long as its time lasts. */
const WAITS: ReadonlySet<string> = new Set<AppError['kind']>(['unreachable', 'timeout', 'conflict', 'rate-limited'])
/** A machine's newest tasks among which the one of a plan is looked for. */
const LOOKED_BACK = 50

export interface PlanOrder {
  readonly moves: ReadonlyArray<Pick<PlannedMove['moves'][number], 'spec' | 'accepted'>>
  readonly when: PlanWhen
  readonly atOnce: number
  readonly token?: string | undefined
}

/** What is not named stays. */
export interface PlanChange extends Pick<PlanOrder, 'when'> {
  readonly moves?: PlanOrder['moves'] | undefined
  readonly atOnce?: number | undefined
  /** The one that was looked at: another one by now is refused. */
  readonly revision?: number | undefined
}

export interface PlannedMovesOptions {
  readonly inventory: InventoryReader
  readonly migrations: Pick<MigrationService, 'start'>
  readonly history: Pick<TaskStore, 'list'>
  readonly kept: KeyValueStore
  readonly events: EventSink
  readonly clock: Clock
  readonly log: Logger
  /** For ids that nobody has had. */
  readonly randomBytes: (size: number) => Buffer
}

/**
 * Moves that begin by the clock, by the same way as one that a person starts: the pre-flight runs again just before. What may be otherwise in a
 * moment is tried again within its time; what is not in time is missed and told, and never begun later.
 */
export class PlannedMoves {
  readonly #options: PlannedMovesOptions
  readonly #book: PlanBook
  readonly #clockwork: Clockwork
  readonly #clicks: DoubleClicks<{ readonly planId: string }>
  readonly #runs = new Set<Promise<void>>()
  readonly #stop = new AbortController()

  constructor(options: PlannedMovesOptions) {
    const { kept, clock, log } = options
    this.#options = options
    this.#book = new PlanBook(kept, log)
    this.#clockwork = new Clockwork({ clock, look: () => this.#look(), nextAtMs: () => this.#nextAtMs() })
    this.#clicks = new DoubleClicks(clock)
  }

  /** Once tasks and connections are there. */
  async start(): Promise<void> {
    await this.#book.load()
    for (const plan of this.#book.all()) if (plan.state === 'starting') await this.#settle(plan)
    await this.#clockwork.start()
  }

  async stop(): Promise<void> {
    await this.#clockwork.stop()
    this.#stop.abort()
    await Promise.all(this.#runs)
  }

  /** What waits first, by its time; then what is over, the newest first. */
  list(machineId?: MachineId): PlannedMove[] {
    const all = this.#book.all().filter(({ moves }) => machineId === undefined || moves.some(({ spec }) => spec.machineId === machineId))
    const isOpen = ({ state }: PlannedMove) => OPEN_PLAN_STATES.has(state)
    return [
      ...all.filter(isOpen).toSorted((a, b) => spanOf(a.when).fromMs - spanOf(b.when).fromMs),
      ...all.filter((plan) => !isOpen(plan)).toSorted((a, b) => b.sinceMs - a.sinceMs),
    ]
  }

  /**
   * Throws `not-found` of a machine or host, `invalid-input` migration.plan-past and migration.plan-upside-down, `conflict` migration.twice and
   * migration.already-planned. What the pre-flight says now is no matter: it counts at the time.
   */
  plan(order: PlanOrder, author: TaskAuthor): Promise<{ readonly planId: string }> {
    const { moves, when, atOnce, token } = order
    return this.#clicks.once([author.actor, ...moves.map(({ spec }) => spec.machineId)], token, () =>
      this.#clockwork.inTurn(async () => {
        const { clock, randomBytes } = this.#options
        const nowMs = clock.nowMs()
        refuseTimes(when, nowMs)
        const named = this.#named(moves, null)
        const planId = `plan-${randomBytes(9).toString('base64url')}`
        const fresh = { state: 'planned', tried: null, taskId: null, why: null, stayed: [], plannedAtMs: nowMs, sinceMs: nowMs }
        await this.#book.put(plannedMoveSchema.parse({ id: planId, moves: named, when, atOnce, ...author, ...fresh }))
        this.#clockwork.arm()
        return { planId }
      }),
    )
  }

  /**
   * Another time, or with `moves` all of it, which then goes in the name of whoever changes it. Throws `not-found` migration.plan-unknown,
   * `precondition` migration.plan-over, `conflict` migration.plan-changed, and what {@link plan} does.
   */
  change(
    planId: string,
    { when, moves, atOnce, revision }: PlanChange,
    { actor, origin }: Pick<TaskAuthor, 'actor' | 'origin'>,
  ): Promise<void> {
    return this.#clockwork.inTurn(async () => {
      const plan = this.#waiting(planId)
      if (revision !== undefined && revision !== plan.revision) throw planChanged()
      refuseTimes(when, this.#options.clock.nowMs())
      const whole = moves && { moves: this.#named(moves, planId), actor, origin }
      await this.#put(plan, { when, ...whole, atOnce: atOnce ?? plan.atOnce, tried: null, revision: plan.revision + 1 })
      this.#clockwork.arm()
    })
  }

  /** Throws `not-found` migration.plan-unknown, `precondition` migration.plan-over. One that is cancelled already stays so. */
  cancel(planId: string): Promise<void> {
    return this.#clockwork.inTurn(async () => {
      if (this.#book.get(planId)?.state === 'cancelled') return
      await this.#put(this.#waiting(planId), { state: 'cancelled' })
    })
  }

  /** With the names of today. A machine has one plan at a time, this one or another. */
  #named(moves: PlanOrder['moves'], planId: string | null): PlannedMove['moves'] {
    const { inventory } = this.#options
    const seen = new Set<string>()
    const others = this.#book.all().filter(({ state, id }) => OPEN_PLAN_STATES.has(state) && id !== planId)
    const planned = new Map(others.flatMap(({ id, moves: before }) => before.map(({ spec }) => [spec.machineId, id] as const)))
    return moves.map(({ spec, accepted }) => {
      const { name } = knownMachine(inventory, spec.machineId)
      if (seen.has(spec.machineId)) throw twiceInOne(name)
      seen.add(spec.machineId)
      const other = planned.get(spec.machineId)
      if (other !== undefined) throw alreadyPlanned(name, other)
      return { spec, name, to: knownHost(spec.targetHostId, inventory).name, accepted: [...accepted] }
    })
  }

  #waiting(planId: string): PlannedMove {
    const plan = this.#book.get(planId)
    if (!plan) throw planUnknown(planId)
    if (plan.state !== 'planned') throw planOver(plan.state)
    return plan
  }

  async #put(plan: PlannedMove, change: Partial<PlannedMove>): Promise<PlannedMove> {
    const isOther = change.state !== undefined && change.state !== plan.state
    const next = { ...plan, ...change, ...(isOther && { sinceMs: this.#options.clock.nowMs() }) }
    await this.#book.put(next)
    return next
  }

  #nextAtMs(): number | null {
    const nowMs = this.#options.clock.nowMs()
    const times = this.#book.all().flatMap((plan) => (plan.state === 'planned' ? nextLookMs(plan, nowMs) : []))
    return times.length === 0 ? null : Math.min(...times)
  }

  /** Begins what is due, side by side, and tells what was missed. */
  async #look(): Promise<void> {
    const { clock, log } = this.#options
    for (const plan of this.#book.all()) {
      if (plan.state !== 'planned' || this.#clockwork.isStopped) continue
      const due = dueOf(plan, clock.nowMs())
      if (due === 'not-yet') continue
      try {
        if (due === 'too-late') await this.#miss(plan)
        else this.#begin(await this.#put(plan, { state: 'starting' }))
      } catch (thrown) {
        log.error('a planned move could not be noted, and waits for the next look', { plan: plan.id, code: toAppError(thrown).code })
      }
    }
  }

  async #miss(plan: PlannedMove): Promise<void> {
    const why: Reason = plan.tried?.reason ?? { code: 'migration.console-was-off', text: 'This console was not running at that time.' }
    tellMissed(await this.#put(plan, { state: 'missed', why }), why, this.#options.events)
  }

  /** Whoever asks meanwhile is not kept waiting by the hosts. */
  #begin(plan: PlannedMove): void {
    const run = this.#run(plan)
      .catch((thrown: unknown) =>
        this.#options.log.error('how a planned move began could not be noted', { plan: plan.id, code: toAppError(thrown).code }),
      )
      .finally(() => {
        this.#runs.delete(run)
        this.#clockwork.arm()
      })
    this.#runs.add(run)
  }

  async #run(plan: PlannedMove): Promise<void> {
    const { migrations, events } = this.#options
    const { moves, when, atOnce, actor, reason, id } = plan
    const { signal } = this.#stop
    const acceptsWarnings = Object.fromEntries(moves.map(({ spec, accepted }) => [spec.machineId, accepted]))
    const planned = { id, beginsUntilMs: when.kind === 'window' ? when.untilMs : null }
    const specs = moves.map(({ spec }) => spec)
    let begun: MovesStarted
    try {
      begun = await migrations.start(specs, { acceptsWarnings, atOnce, planned }, { actor, origin: 'plan', reason }, signal)
    } catch (thrown) {
      // the console ends: at its next start it is looked whether a task was begun
      if (!signal.aborted) await this.#notBegun(plan, toAppError(thrown))
      return
    }
    // one that is gone by now is called as it was when it was planned
    const nameOf = (machineId: MachineId, name: string) => moves.find(({ spec }) => spec.machineId === machineId)?.name ?? name
    const stayed = begun.refused.map((one) => ({ machineId: one.machineId, name: nameOf(one.machineId, one.name), reason: one.reason }))
    tellStarted(await this.#put(plan, { state: 'started', taskId: begun.taskId, stayed }), events)
  }

  async #notBegun(plan: PlannedMove, error: AppError): Promise<void> {
    const { clock, events } = this.#options
    const nowMs = clock.nowMs()
    const why: Reason = { code: error.code, text: error.message, ...paramsOf(error) }
    const isOpen = nowMs <= spanOf(plan.when).untilMs
    if (isOpen && kindsOf(error).every((kind) => WAITS.has(kind))) {
      const next = await this.#put(plan, { state: 'planned', tried: { atMs: nowMs, reason: why } })
      if (plan.tried === null) tellWaits(next, why, events)
      return
    }
    tellRefused(await this.#put(plan, { state: 'refused', why }), why, events)
  }

  /** The console ended while it was begun: a task of it there is, or none. */
  async #settle(plan: PlannedMove): Promise<void> {
    for (const { spec } of plan.moves) {
      const tasks = await this.#options.history.list({ targetId: spec.machineId }, { limit: LOOKED_BACK })
      const task = tasks.find((one) => one.params['planId'] === plan.id && !neverBegan(one))
      if (!task) continue
      await this.#put(plan, { state: 'started', taskId: task.parentId ?? task.id })
      return
    }
    await this.#put(plan, { state: 'planned' })
  }
}

/** Written, and found too long after by the next console: it was ended with nothing done. */
function neverBegan({ state, error }: Task): boolean {
  return state === 'cancelled' && error?.code === 'task.interrupted-long-ago'
}

/** Of several that cannot go: why each of them cannot. */
function kindsOf({ kind, code, details }: AppError): readonly string[] {
  const kinds = code === 'migration.none-can-move' ? details['kinds'] : null
  return Array.isArray(kinds) ? kinds.map(String) : [kind]
}

function paramsOf({ details }: AppError): Pick<Reason, 'params'> {
  const params = Object.entries(details).flatMap(([key, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[key, String(value)] as const] : [],
  )
  return params.length === 0 ? {} : { params: Object.fromEntries(params) }
}
