import { z } from 'zod'
import { OPEN_PLAN_STATES, type PlannedMove, plannedMoveSchema } from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { KeyValueStore } from '../../store/store.ts'

const LIST_KEY = 'migration.plans'
const keyOf = (id: string) => `migration.plan.${id}`
/** Of those that are over. */
const KEPT = 100

/** The planned moves, over restarts: a list of ids, and each by itself, so that a change of one writes that one. */
export class PlanBook {
  readonly #kept: KeyValueStore
  readonly #log: Logger
  #plans: ReadonlyMap<string, PlannedMove> = new Map()
  /** Changes, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(kept: KeyValueStore, log: Logger) {
    this.#kept = kept
    this.#log = log
  }

  async load(): Promise<void> {
    const ids = z.array(z.string()).safeParse((await this.#kept.get(LIST_KEY)) ?? [])
    if (!ids.success) this.#log.warn('the list of planned moves does not parse and is left out', {})
    const found: PlannedMove[] = []
    for (const id of ids.data ?? []) {
      const plan = plannedMoveSchema.safeParse(await this.#kept.get(keyOf(id)))
      if (plan.success) found.push(plan.data)
      else this.#log.warn('a planned move does not parse and is left out', { plan: id })
    }
    this.#plans = new Map(found.map((plan) => [plan.id, plan]))
  }

  get(id: string): PlannedMove | undefined {
    return this.#plans.get(id)
  }

  all(): PlannedMove[] {
    return [...this.#plans.values()]
  }

  /** On the disk once it resolves. What is there already is replaced. */
  put(plan: PlannedMove): Promise<void> {
    const next = this.#last.then(() => this.#put(plan))
    this.#last = next.catch(() => undefined)
    return next
  }

  async #put(plan: PlannedMove): Promise<void> {
    const plans = new Map(this.#plans).set(plan.id, plan)
    const over = [...plans.values()].filter(({ state }) => !OPEN_PLAN_STATES.has(state)).toSorted((a, b) => b.sinceMs - a.sinceMs)
    const gone = over.slice(KEPT)
    for (const { id } of gone) plans.delete(id)
    await this.#kept.set(keyOf(plan.id), JSON.parse(JSON.stringify(plan)))
    // a list that names one too few would lose it, one that names one too many would not
    if (gone.length > 0 || !this.#plans.has(plan.id)) await this.#kept.set(LIST_KEY, [...plans.keys()])
    this.#plans = plans
    for (const { id } of gone) await this.#kept.remove(keyOf(id))
  }
}
