import { compileTerm, type FieldValue, MACHINE_FIELDS, type QueryNode } from '../../../shared/query/index.ts'
import type { Inventory } from './inventory.ts'

/** Every machine that matches is among these; `rest` is what there still is to ask of them. */
export interface Narrowed {
  readonly ids: ReadonlySet<string>
  readonly rest: QueryNode
}

/** Beyond this share of all machines, walking all of them is as fast. */
const WORTH_SHARE = 0.5

type Reader = Pick<Inventory, 'all' | 'count' | 'idsBy' | 'keysOf'>

/** One value an index knows, as the field would show it, and the machines that have it. */
interface Bucket {
  readonly value: FieldValue
  readonly ids: ReadonlySet<string>
}

/** What the indexes can answer of a query; null: all machines have to be looked at. */
export function narrow(node: QueryNode, inventory: Reader): Narrowed | null {
  const narrowed = narrowNode(node, inventory)
  return narrowed && narrowed.ids.size <= inventory.count('machine') * WORTH_SHARE ? narrowed : null
}

function narrowNode(node: QueryNode, inventory: Reader): Narrowed | null {
  switch (node.kind) {
    case 'field': {
      const ids = idsOf(node, inventory)
      return ids && { ids, rest: { kind: 'all' } }
    }
    case 'and': {
      let best: { readonly at: number; readonly ids: ReadonlySet<string> } | null = null
      for (const [at, item] of node.items.entries()) {
        const ids = item.kind === 'field' ? idsOf(item, inventory) : null
        if (ids && (!best || ids.size < best.ids.size)) best = { at, ids }
      }
      if (!best) return null
      const { at, ids } = best
      return { ids, rest: joined(node.items.filter((_, index) => index !== at)) }
    }
    case 'all':
    case 'text':
    case 'not':
    case 'or':
      return null
  }
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
