import { compileTerm, type FieldValue, MACHINE_FIELDS, type QueryNode } from '../../../shared/query/index.ts'
import type { Inventory } from './inventory.ts'

/** A machine that matches is in each of these sets, the smallest of which is the first; `rest` is what there still is to ask of it. */
export interface Narrowed {
  readonly sets: readonly [ReadonlySet<string>, ...ReadonlySet<string>[]]
  /** The part of the query that the sets answer. */
  readonly answered: QueryNode
  readonly rest: QueryNode
}

type Reader = Pick<Inventory, 'all' | 'idsBy' | 'keysOf'>

/** One value an index knows, as the field would show it, and the machines that have it. */
interface Bucket {
  readonly value: FieldValue
  readonly ids: ReadonlySet<string>
}

/** What the indexes can answer of a query; null: nothing, all of it has to be asked of every machine. */
export function narrow(node: QueryNode, inventory: Reader): Narrowed | null {
  const items = node.kind === 'and' ? node.items : [node]
  const sets: ReadonlySet<string>[] = []
  const answered: QueryNode[] = []
  const rest: QueryNode[] = []
  for (const item of items) {
    const ids = item.kind === 'field' ? idsOf(item, inventory) : null
    if (ids) sets.push(ids)
    ;(ids ? answered : rest).push(item)
  }
  const [first, ...others] = sets.sort((a, b) => a.size - b.size)
  return first ? { sets: [first, ...others], answered: joined(answered), rest: joined(rest) } : null
}

function joined(items: readonly QueryNode[]): QueryNode {
  const [first] = items
  if (!first) return { kind: 'all' }
  return items.length === 1 ? first : { kind: 'and', items }
}

/** Null: there is no index for the field, or the term also takes machines that have no value there. */
function idsOf(node: Extract<QueryNode, { readonly kind: 'field' }>, inventory: Reader): ReadonlySet<string> | null {
  const field = MACHINE_FIELDS.get(node.field)
  const buckets = field && bucketsOf(field.name, inventory)
  if (!buckets) return null
  const term = compileTerm(field, node.test)
  if (!term.ok || term.test(undefined) || term.test([])) return null
  const found: ReadonlySet<string>[] = []
  for (const { value, ids } of buckets) if (term.test(value)) found.push(ids)
  const [first] = found
  if (!first) return new Set()
  return found.length === 1 ? first : new Set(found.flatMap((ids) => [...ids]))
}

function bucketsOf(field: string, inventory: Reader): readonly Bucket[] | null {
  const of = (entity: 'host' | 'connection', index: 'hostId' | 'connectionId') =>
    [...inventory.all(entity)].map(({ id, name }) => ({ value: name, ids: inventory.idsBy('machine', index, id) }))
  switch (field) {
    case 'state':
      return inventory.keysOf('machine', 'state').map((state) => ({ value: state, ids: inventory.idsBy('machine', 'state', state) }))
    case 'tag':
      return inventory.keysOf('machine', 'tags').map((tag) => ({ value: [tag], ids: inventory.idsBy('machine', 'tags', tag) }))
    case 'host':
      return of('host', 'hostId')
    case 'connection':
      return of('connection', 'connectionId')
    default:
      return null
  }
}
