import { z } from 'zod'

/**
 * One field of many objects. `rows`: a value for each · `values` with `at`: few different values, and which of them each object has
 * (-1: none, the field is absent); without `at` all have the only one · `keys` with `rows`: objects of the same fields, written as
 * lists, or null.
 */
const packedColumnSchema = z.union([
  z.object({ keys: z.array(z.string()), rows: z.array(z.array(z.unknown()).nullable()) }),
  z.object({ values: z.array(z.unknown()), at: z.array(z.number().int()).optional() }),
  z.object({ rows: z.array(z.unknown()) }),
])
export type PackedColumn = z.infer<typeof packedColumnSchema>

/** Many objects of one kind, field by field: a quarter of the bytes of a list of objects, and read several times as fast. */
export const packedTableSchema = z.object({ count: z.number().int(), columns: z.record(z.string(), packedColumnSchema) })
export type PackedTable = z.infer<typeof packedTableSchema>

type Fields = Readonly<Record<string, unknown>>

/** A column with more different values than this share of its rows is written row by row. */
const DISTINCT_SHARE = 1 / 3
const FEW = 16

/** Objects of JSON values; a field that is undefined counts as absent. `unpackTable` gives them back. */
export function packTable(objects: readonly Fields[]): PackedTable {
  const fields = new Set<string>()
  for (const object of objects) for (const field of Object.keys(object)) fields.add(field)
  const columns: Record<string, PackedColumn> = {}
  for (const field of fields) columns[field] = packColumn(objects.map((object) => object[field]))
  return { count: objects.length, columns }
}

function packColumn(rows: readonly unknown[]): PackedColumn {
  return packObjects(rows) ?? packFew(rows) ?? { rows: [...rows] }
}

/** Null: they are not objects of one shape, or too few of them are. */
function packObjects(rows: readonly unknown[]): PackedColumn | null {
  let keys: readonly string[] | undefined
  let objects = 0
  for (const row of rows) {
    if (row === null) continue
    if (typeof row !== 'object' || Array.isArray(row)) return null
    const own = Object.keys(row)
    // a field of that name cannot be written back by assigning it
    if (own.includes('__proto__')) return null
    keys ??= own
    if (own.length !== keys.length || own.some((key, index) => key !== keys?.[index] || (row as Fields)[key] === undefined)) return null
    objects += 1
  }
  if (!keys || objects < rows.length / 2) return null
  const shape = keys
  return { keys: [...shape], rows: rows.map((row) => (row === null ? null : shape.map((key) => (row as Fields)[key]))) }
}

/** Null: there are too many different values, and all are there. */
function packFew(rows: readonly unknown[]): PackedColumn | null {
  const limit = rows.includes(undefined) ? Number.POSITIVE_INFINITY : Math.max(FEW, rows.length * DISTINCT_SHARE)
  const known = new Map<unknown, number>()
  const written = new Map<string, number>()
  const values: unknown[] = []
  const at: number[] = []
  for (const row of rows) {
    if (row === undefined) {
      at.push(-1)
      continue
    }
    const text = typeof row === 'object' && row !== null ? JSON.stringify(row) : null
    let index = text === null ? known.get(row) : written.get(text)
    if (index === undefined) {
      if (values.length >= limit) return null
      index = values.push(row) - 1
      if (text === null) known.set(row, index)
      else written.set(text, index)
    }
    at.push(index)
  }
  return values.length === 1 && !at.includes(-1) ? { values } : { values, at }
}

/** The objects again, in their order. Equal values may be one and the same object: they are not to be changed in place. */
export function unpackTable({ count, columns }: PackedTable): Record<string, unknown>[] {
  const fields = Object.entries(columns).map(([field, column]) => [field, readerOf(column)] as const)
  const objects: Record<string, unknown>[] = []
  for (let row = 0; row < count; row += 1) {
    const object: Record<string, unknown> = {}
    for (const [field, read] of fields) {
      const value = read(row)
      if (value !== undefined) object[field] = value
    }
    objects.push(object)
  }
  return objects
}

function readerOf(column: PackedColumn): (row: number) => unknown {
  if ('values' in column) {
    const { values, at } = column
    return at ? (row) => values[at[row] ?? -1] : () => values[0]
  }
  const { rows } = column
  if (!('keys' in column)) return (row) => rows[row]
  const { keys } = column
  return (row) => {
    const packed = rows[row]
    if (!Array.isArray(packed)) return null
    const object: Record<string, unknown> = {}
    for (let index = 0; index < keys.length; index += 1) object[keys[index] ?? ''] = packed[index]
    return object
  }
}
