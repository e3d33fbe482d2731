import type { Connection, Host, Network } from '../model/index.ts'
import type { QueryContext } from './fields.ts'

/** What the field sets look up besides the object itself. The engine and the page give their stores' lookups by id. */
export interface InventoryContext extends QueryContext {
  readonly host: (id: string) => Host | undefined
  readonly connection: (id: string) => Connection | undefined
  readonly network: (id: string) => Network | undefined
}

/** As shown beside each row: how far what is known can be trusted. */
export const FRESHNESS_VALUES = [{ value: 'live' }, { value: 'stale' }, { value: 'cached' }, { value: 'never' }] as const

/** Milliseconds since then; undefined while there is no "then". */
export function ageMs(thenMs: number | null | undefined, context: QueryContext): number | undefined {
  return thenMs === null || thenMs === undefined ? undefined : context.nowMs - thenMs
}

export function bytesOfKiB(kib: number | null | undefined): number | undefined {
  return kib === null || kib === undefined ? undefined : kib * 1024
}
