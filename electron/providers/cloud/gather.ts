import { type AppError, isAppError, toAppError } from '../../../shared/errors/index.ts'
import type { Clock } from '../provider.ts'

interface Waiting<R> {
  readonly id: string
  readonly resolve: (value: R) => void
  readonly reject: (error: AppError) => void
}

export interface GatherOptions<R> {
  readonly clock: Clock
  /** How long others are waited for. */
  readonly forMs: number
  readonly mostAtOnce: number
  /** One call for all of them. It answers for those it has an answer for. */
  readonly run: (key: string, ids: readonly string[]) => Promise<ReadonlyMap<string, R>>
  /** For an id that the answer does not name. */
  readonly missing: (id: string) => R
}

/** What concerns the whole call and not one of its members: asking again for each would help nobody. */
const FOR_ALL: ReadonlySet<AppError['kind']> = new Set([
  'unauthenticated',
  'unreachable',
  'timeout',
  'indeterminate',
  'rate-limited',
  'cancelled',
  'bug',
])

/** Gathers calls of one kind into the cloud's batch. One that is refused because of one of its members is made for each alone. */
export class Gather<R> {
  readonly #with: GatherOptions<R>
  readonly #waiting = new Map<string, Waiting<R>[]>()

  constructor(options: GatherOptions<R>) {
    this.#with = options
  }

  /** Calls with the same key may go together. */
  ask(key: string, id: string): Promise<R> {
    return new Promise((resolve, reject) => {
      const one: Waiting<R> = { id, resolve, reject }
      const others = this.#waiting.get(key)
      if (others) {
        others.push(one)
        if (others.length >= this.#with.mostAtOnce) this.#begin(key)
        return
      }
      const fresh = [one]
      this.#waiting.set(key, fresh)
      this.#with.clock.after(this.#with.forMs, () => {
        if (this.#waiting.get(key) === fresh) this.#begin(key)
      })
    })
  }

  #begin(key: string): void {
    const members = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    void this.#run(key, members)
  }

  /** Never throws: each member gets its own result. */
  async #run(key: string, members: readonly Waiting<R>[]): Promise<void> {
    try {
      const answer = await this.#with.run(key, [...new Set(members.map(({ id }) => id))])
      for (const { id, resolve } of members) resolve(answer.has(id) ? (answer.get(id) as R) : this.#with.missing(id))
    } catch (thrown) {
      const problem = isAppError(thrown) ? thrown : toAppError(thrown)
      const isAlone = new Set(members.map(({ id }) => id)).size === 1
      if (isAlone || FOR_ALL.has(problem.kind)) for (const { reject } of members) reject(problem)
      else await Promise.all(members.map((member) => this.#run(key, [member])))
    }
  }
}
