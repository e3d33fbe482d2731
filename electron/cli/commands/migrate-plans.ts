import { AppError } from '../../../shared/errors/index.ts'
import {
  dateOf,
  hereZone,
  instantOf,
  nextInstantOf,
  OPEN_PLAN_STATES,
  type PlannedMove,
  type PlanWhen,
  timeOf,
} from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { printable, table } from '../output.ts'
import type { Io } from './act.ts'

/** As commander gives them. */
export interface WhenFlags {
  readonly at?: string
  readonly until?: string
}

export interface PlansFlags extends WhenFlags {
  readonly all: boolean
  readonly cancel: boolean
}

/**
 * `--at 02:30`, the next time that clocks here show it, or `--at '2026-03-28 02:30'`; with `--until` a window. Null: neither is there. Throws
 * `invalid-input` for what is no time.
 */
export function whenOf({ at, until }: WhenFlags, nowMs: number): PlanWhen | null {
  const zone = hereZone()
  if (at === undefined && until === undefined) return null
  if (at === undefined) throw badTime('--until needs --at: a window has a beginning.')
  const fromMs = instant(at, nowMs)
  return until === undefined ? { kind: 'at', atMs: fromMs, zone } : { kind: 'window', fromMs, untilMs: instant(until, fromMs), zone }
}

function instant(text: string, afterMs: number): number {
  const [, date, time] = /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{1,2}:\d{2})$/.exec(text.trim()) ?? []
  const atMs = time === undefined ? null : date === undefined ? nextInstantOf(time, afterMs) : instantOf(date, time)
  if (atMs !== null) return atMs
  throw badTime(`"${text}" is no time here. Write 02:30, or '2026-03-28 02:30'.`)
}

function badTime(message: string): AppError {
  return new AppError({ kind: 'invalid-input', code: 'cli.bad-time', message })
}

/** `2026-03-28 02:30 to 04:00`, in the zone of whoever reads it. */
export function whenText(when: PlanWhen): string {
  const [fromMs, untilMs] = when.kind === 'at' ? [when.atMs, null] : [when.fromMs, when.untilMs]
  const from = `${dateOf(fromMs)} ${timeOf(fromMs)}`
  if (untilMs === null) return from
  return `${from} to ${dateOf(untilMs) === dateOf(fromMs) ? timeOf(untilMs) : `${dateOf(untilMs)} ${timeOf(untilMs)}`}`
}

export function plansTable(plans: readonly PlannedMove[]): string {
  const rows = plans.map(({ id, moves, when, state, taskId, why, tried, stayed }) => {
    const [only, other] = moves
    const said =
      why?.text ?? (state === 'planned' ? tried?.reason.text : stayed[0] && `stayed: ${stayed.map(({ name }) => name).join(', ')}`)
    const targets = [...new Set(moves.map(({ to }) => to))].join(', ')
    return [id, only && !other ? only.name : `${moves.length} machines`, targets, whenText(when), state, said ?? taskId ?? '']
  })
  return table(rows, ['plan', 'machine', 'to', `when (${hereZone()})`, 'state', ''])
}

/** Lists planned moves, or cancels or changes one. Throws `invalid-input` for flags that say nothing. */
export async function movePlans(
  { client }: Session,
  id: string | undefined,
  flags: PlansFlags & { json: boolean },
  io: Io,
): Promise<number> {
  const when = whenOf(flags, Date.now())
  if (id === undefined) {
    if (flags.cancel || when) throw badTime('Name the plan: novacron migrate plans PLAN --cancel')
    const plans = (await client.migrations.plans({})).filter(({ state }) => flags.all || OPEN_PLAN_STATES.has(state))
    if (flags.json) io.print(JSON.stringify(plans))
    else if (plans.length === 0) io.complain(flags.all ? 'No move is planned, or was.' : 'No move is planned.')
    else io.print(plansTable(plans))
    return 0
  }
  if (flags.cancel) {
    await client.migrations.cancelPlan({ planId: id })
    io.complain('The planned move is cancelled.')
    return 0
  }
  if (when) {
    await client.migrations.changePlan({ planId: id, when })
    io.complain(`It is planned for ${whenText(when)} now.`)
    return 0
  }
  const plan = (await client.migrations.plans({})).find((one) => one.id === id)
  if (!plan) {
    io.complain(`There is no planned move ${printable(id)}.`)
    return 1
  }
  io.print(flags.json ? JSON.stringify(plan) : plansTable([plan]))
  return 0
}
