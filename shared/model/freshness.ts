import { z } from 'zod'

/**
 * How much a fact can be trusted now. `live`: a link is up and pushes changes. `stale`: the link is lost since then, for
 * that reason. `cached`: read from the disk, not yet confirmed by anybody in this run. `never`: no answer was ever had.
 */
export const freshnessSchema = z.discriminatedUnion('state', [
  z.object({ state: z.literal('live') }),
  z.object({ state: z.literal('stale'), sinceMs: z.number(), reason: z.string() }),
  z.object({ state: z.literal('cached'), sinceMs: z.number() }),
  z.object({ state: z.literal('never') }),
])

export type Freshness = z.infer<typeof freshnessSchema>

const RANK = { live: 0, cached: 1, stale: 2, never: 3 } as const

/** The less trustworthy of two. A machine is as fresh as the less fresh of its host and its connection. */
export function worseFreshness(a: Freshness, b: Freshness): Freshness {
  return RANK[a.state] >= RANK[b.state] ? a : b
}
