import { z } from 'zod'
import { type MachineId, type MigrationSpec, migrationSpecSchema, type PlannedMove, type PlanWhen } from '../../../../shared/model/index.ts'
import { beginMsOf, choiceOf, readWhen, type WhenChoice, whenOf, writeWhen } from '../plans/when.ts'

/** The wizard's parts, in their order. */
export const STEPS = ['target', 'preflight', 'places', 'how', 'when', 'review'] as const
export type StepId = (typeof STEPS)[number]

const ofMachineSchema = migrationSpecSchema.pick({ disks: true, nics: true, rename: true })
const howSchema = migrationSpecSchema.omit({ machineId: true, targetHostId: true, disks: true, nics: true, rename: true })

/** How all of them move. */
export type How = z.infer<typeof howSchema>
/** What a person has chosen for one of them; what is not named is left to the engine. */
type Chosen = z.infer<typeof ofMachineSchema>
export type OfMachine = { readonly [K in keyof Chosen]?: Chosen[K] | undefined }

/** Everything that was chosen: it stands in the address, so that it can be sent to a colleague. */
export interface Wish {
  readonly ids: readonly string[]
  readonly to: string | null
  readonly step: StepId
  readonly how: How
  readonly own: Readonly<Record<string, OfMachine>>
  readonly atOnce: number
  readonly when: WhenChoice
  /** A saved plan that this is to be saved over, as it was opened. */
  readonly plan: { readonly id: string; readonly revision: number } | null
}

export const USUAL: How = howSchema.parse({ mode: 'live' })

function json(text: string | null): unknown {
  try {
    return text === null ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Somebody may have typed the address: what is not right there is as if it were not there. */
export function readWish(search: URLSearchParams): Wish {
  const how = howSchema.safeParse({ ...USUAL, ...(json(search.get('how')) as object | undefined) })
  const own = z.record(z.string(), ofMachineSchema.partial()).safeParse(json(search.get('own')))
  const step = STEPS.find((one) => one === search.get('step')) ?? 'target'
  const atOnce = Number(search.get('at') ?? 1)
  return {
    ids: [...new Set(search.getAll('m'))],
    to: search.get('to'),
    step,
    how: how.success ? how.data : USUAL,
    own: own.success ? compact(own.data) : {},
    atOnce: Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= 16 ? atOnce : 1,
    when: readWhen(search.get('when')),
    plan: readPlan(search.get('plan')),
  }
}

/** `plan-1 3`: its id and revision. */
function readPlan(text: string | null): Wish['plan'] {
  const [id = '', revision = ''] = text?.split(' ') ?? []
  return id !== '' && /^\d{1,9}$/.test(revision) ? { id, revision: Number(revision) } : null
}

/** Without what is not chosen: defaults would be choices. */
function compact(own: Readonly<Record<string, OfMachine>>): Record<string, OfMachine> {
  const found: Record<string, OfMachine> = {}
  for (const [id, { disks = [], nics = [], rename = null }] of Object.entries(own)) {
    const kept = { ...(disks.length > 0 && { disks }), ...(nics.length > 0 && { nics }), ...(rename !== null && { rename }) }
    if (Object.keys(kept).length > 0) found[id] = kept
  }
  return found
}

export function writeWish({ ids, to, step, how, own, atOnce, when, plan }: Wish): URLSearchParams {
  const search = new URLSearchParams()
  for (const id of ids) search.append('m', id)
  if (to !== null) search.set('to', to)
  if (step !== 'target') search.set('step', step)
  const changed = Object.fromEntries(Object.entries(how).filter(([key, value]) => USUAL[key as keyof How] !== value))
  if (Object.keys(changed).length > 0) search.set('how', JSON.stringify(changed))
  const chosen = compact(own)
  if (Object.keys(chosen).length > 0) search.set('own', JSON.stringify(chosen))
  if (atOnce !== 1) search.set('at', String(atOnce))
  const then = writeWhen(when)
  if (then !== null) search.set('when', then)
  if (plan !== null) search.set('plan', `${plan.id} ${plan.revision}`)
  return search
}

/** What a saved plan says, to be changed here. Null: it says what one wizard cannot show: several hosts or ways, a window of more than a day. */
export function wishOf({ id, revision, moves, when, atOnce }: PlannedMove): Wish | null {
  const hows = moves.map(({ spec }) => howSchema.parse(spec))
  const [how] = hows
  const [to, other] = [...new Set(moves.map(({ spec }) => spec.targetHostId))]
  if (!how || to === undefined || other !== undefined) return null
  if (hows.some((one) => JSON.stringify(one) !== JSON.stringify(how))) return null
  const choice = choiceOf(when)
  if (!isSameTime(whenOf(choice), when)) return null
  const own = Object.fromEntries(moves.map(({ spec: { machineId, disks, nics, rename } }) => [machineId, { disks, nics, rename }]))
  const ids = moves.map(({ spec }) => spec.machineId)
  return { ids, to, step: 'review', how, own: compact(own), atOnce, when: choice, plan: { id, revision } }
}

/** To the minute, as fields hold them. */
function isSameTime(shown: PlanWhen | null, said: PlanWhen): boolean {
  if (!shown) return false
  const isNear = (a: number, b: number) => Math.abs(a - b) < 60_000
  if (shown.kind === 'at' || said.kind === 'at') return shown.kind === said.kind && isNear(beginMsOf(shown), beginMsOf(said))
  return isNear(shown.fromMs, said.fromMs) && isNear(shown.untilMs, said.untilMs)
}

/** What the engine is asked for one of them. */
export function specOf({ how, own }: Wish, machineId: string, targetHostId: string): MigrationSpec {
  return migrationSpecSchema.parse({ ...how, ...own[machineId], machineId, targetHostId })
}

/** The wish with what a finding's mend, or a way out, sets in the specification of one machine. */
export function withSet(wish: Wish, machineId: string, set: Readonly<Record<string, unknown>>): Wish {
  const { disks, nics, rename, targetHostId, machineId: _same, ...how } = set
  const own = ofMachineSchema.partial().safeParse({
    ...wish.own[machineId],
    ...(disks !== undefined && { disks }),
    ...(nics !== undefined && { nics }),
    ...(rename !== undefined && { rename }),
  })
  const all = howSchema.safeParse({ ...wish.how, ...how })
  return {
    ...wish,
    to: typeof targetHostId === 'string' ? targetHostId : wish.to,
    how: all.success ? all.data : wish.how,
    own: own.success ? { ...wish.own, [machineId]: own.data } : wish.own,
  }
}

/** The wish with other choices for one machine. */
export function withOwn(wish: Wish, machineId: MachineId, change: OfMachine): Wish {
  return { ...wish, own: { ...wish.own, [machineId]: { ...wish.own[machineId], ...change } } }
}
