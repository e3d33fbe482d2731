import { AppError } from '../../shared/errors/index.ts'
import { compileQuery, type FieldSet, type InventoryContext, parseQuery } from '../../shared/query/index.ts'
import type { Clock } from '../providers/provider.ts'
import type { InventoryReader } from './ports.ts'

/**
 * Whether a thing matches a query, as a function; undefined for the empty query, which everything matches. Throws
 * `invalid-input` with the query error's code and the columns it points at.
 */
export function matcherOf<T>(
  query: string,
  fields: FieldSet<T, InventoryContext>,
  inventory: InventoryReader,
  clock: Clock,
): ((item: T) => boolean) | undefined {
  if (query.trim() === '') return undefined
  const parsed = parseQuery(query, fields)
  if (!parsed.ok) {
    const { code, params, from, to } = parsed.error
    throw new AppError({
      kind: 'invalid-input',
      code,
      message: `The query cannot be read at column ${from + 1}.`,
      details: { from, to, params: { ...params } },
    })
  }
  const matches = compileQuery(parsed.ast, fields)
  const context: InventoryContext = {
    nowMs: clock.nowMs(),
    host: (id) => inventory.get('host', id),
    connection: (id) => inventory.get('connection', id),
    network: (id) => inventory.get('network', id),
  }
  return (item) => matches(item, context)
}
