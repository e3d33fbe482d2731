/** What befalls one request of a loopback cloud. */
export type Fault =
  /** The cloud's own words for "too many requests", with its own way to say how long to wait. */
  | { readonly do: 'throttle'; readonly retryAfterS?: number }
  /** The caller may not do this: the cloud's own words for a missing permission. */
  | { readonly do: 'deny' }
  /** The credentials are no longer good: expired, revoked, disabled. */
  | { readonly do: 'revoke' }
  | { readonly do: 'error'; readonly status: number; readonly code: string; readonly message: string }
  /** Answered so much later. */
  | { readonly do: 'delay'; readonly ms: number }
  /** Never answered; the connection stays open. */
  | { readonly do: 'hang' }
  /** The connection is broken off before anything is done. */
  | { readonly do: 'reset' }
  /** It is done, and the connection is broken off before the answer. */
  | { readonly do: 'lose-reply' }
  /** The answer breaks off in its middle. */
  | { readonly do: 'half-reply' }

export interface FaultRule {
  /** Operations it is about, in the cloud's own names, such as `DescribeInstances`; absent: all. */
  readonly operation?: string | RegExp
  /** Region, subscription or project; absent: all. */
  readonly place?: string
  /** So many matching requests go by first. */
  readonly after?: number
  /** So many are hit; absent: all until the rule is withdrawn. */
  readonly times?: number
  readonly fault: Fault
}

interface Standing {
  readonly rule: FaultRule
  seen: number
}

/** The faults of one loopback cloud, asked once for every request. */
export class Faults {
  readonly #rules = new Set<Standing>()
  readonly #counts = new Map<string, number>()

  /** The answer withdraws it. */
  add(rule: FaultRule): () => void {
    const standing: Standing = { rule, seen: 0 }
    this.#rules.add(standing)
    return () => void this.#rules.delete(standing)
  }

  clear(): void {
    this.#rules.clear()
  }

  /** What befalls this request; null: nothing. Counts it. */
  take(operation: string, place: string | null): Fault | null {
    this.#counts.set(operation, (this.#counts.get(operation) ?? 0) + 1)
    for (const standing of this.#rules) {
      const { rule } = standing
      const { operation: about = operation, after = 0, times = Number.POSITIVE_INFINITY } = rule
      if (typeof about === 'string' ? about !== operation : !about.test(operation)) continue
      if (rule.place !== undefined && rule.place !== place) continue
      standing.seen += 1
      if (standing.seen > after && standing.seen <= after + times) return rule.fault
    }
    return null
  }

  /** How many requests of an operation came since the start, failed ones included. */
  count(operation: string): number {
    return this.#counts.get(operation) ?? 0
  }
}
