import type { PlannedMove, Reason } from '../../../shared/model/index.ts'
import type { EventSink, NewEvent } from '../ports.ts'

const NAMED = 3

/** Names and target of it, as far as one line holds them. */
function wordsOf({ id, moves }: PlannedMove): {
  readonly plan: string
  readonly names: string
  readonly target: string
  readonly count: number
} {
  const names = moves.slice(0, NAMED).map(({ name }) => name)
  const more = moves.length > NAMED ? ', …' : ''
  return { plan: id, names: `${names.join(', ')}${more}`, target: [...new Set(moves.map(({ to }) => to))].join(', '), count: moves.length }
}

function tell(plan: PlannedMove, event: Pick<NewEvent, 'severity' | 'code' | 'text' | 'params'>, events: EventSink): void {
  const [only, other] = plan.moves
  events.append({ ...event, source: 'engine', machineId: only && !other ? only.spec.machineId : null, taskId: plan.taskId })
}

export function tellStarted(plan: PlannedMove, events: EventSink): void {
  const words = wordsOf(plan)
  const [first] = plan.stayed
  if (!first) {
    const text = `The planned move of ${words.names} to ${words.target} has begun.`
    tell(plan, { severity: 'info', code: 'migration.plan-started', params: words, text }, events)
    return
  }
  const params = { ...words, stayed: plan.stayed.length, name: first.name, reason: first.reason.text }
  const text = `The planned move of ${words.names} to ${words.target} has begun without ${params.stayed} of ${words.count}. ${first.name}: ${params.reason}`
  tell(plan, { severity: 'warning', code: 'migration.plan-started-partly', params, text }, events)
}

export function tellWaits(plan: PlannedMove, { text: reason }: Reason, events: EventSink): void {
  const params = { ...wordsOf(plan), reason }
  const text = `The planned move of ${params.names} to ${params.target} cannot begin yet and is tried again within its time. ${reason}`
  tell(plan, { severity: 'warning', code: 'migration.plan-waits', params, text }, events)
}

export function tellRefused(plan: PlannedMove, { text: reason }: Reason, events: EventSink): void {
  const params = { ...wordsOf(plan), reason }
  const text = `The planned move of ${params.names} to ${params.target} did not begin. ${reason}`
  tell(plan, { severity: 'warning', code: 'migration.plan-refused', params, text }, events)
}

export function tellMissed(plan: PlannedMove, { text: reason }: Reason, events: EventSink): void {
  const params = { ...wordsOf(plan), reason }
  const text = `The planned move of ${params.names} to ${params.target} was missed and is not made up for. ${reason}`
  tell(plan, { severity: 'warning', code: 'migration.plan-missed', params, text }, events)
}
