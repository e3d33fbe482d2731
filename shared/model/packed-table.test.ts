import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { InventoryMessage } from './inventory.ts'
import { changesOf, inventoryMessageSchema, packMessage } from './inventory.ts'
import { packedTableSchema, packTable, unpackTable } from './packed-table.ts'

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

test('what is packed, written and read again is what it was, and in the order it was', () => {
  const fields = fc.dictionary(
    fc.string({ maxLength: 5 }).filter((key) => key !== '__proto__'),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 6 },
  )
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 40 }), (objects) => {
      const table = packedTableSchema.parse(json(packTable(objects)))
      expect(unpackTable(table)).toEqual(json(objects))
    }),
  )
})

test('few values are written once, objects of one shape without their keys, the rest row by row', () => {
  const objects = Array.from({ length: 100 }, (_, index) => ({
    id: `m${index}`,
    kind: 'machine',
    state: index % 2 === 0 ? 'running' : 'stopped',
    metrics: index % 3 === 0 ? null : { cpu: index, memory: null },
    ...(index === 7 && { note: 'only here' }),
  }))
  const { columns } = packTable(objects)
  expect(columns.kind).toEqual({ values: ['machine'] })
  expect(columns.state).toMatchObject({ values: ['running', 'stopped'] })
  expect(columns.metrics).toMatchObject({ keys: ['cpu', 'memory'] })
  expect(columns.note).toMatchObject({ values: ['only here'] })
  expect(Object.keys(columns.id ?? {})).toEqual(['rows'])
  expect(unpackTable(packTable(objects))).toEqual(objects)
})

test('a nested field that is called __proto__ comes back', () => {
  const objects = Array.from({ length: 4 }, (_, index) => ({ id: index, params: JSON.parse('{"__proto__":{"a":1},"b":2}') as object }))
  const back = unpackTable(packedTableSchema.parse(json(packTable(objects))))
  expect(JSON.stringify(back)).toBe(JSON.stringify(objects))
})

test('a message keeps its patches and removals beside the tables, and a short one stays as it is', () => {
  const put = (index: number) =>
    ({ op: 'put', entity: 'machine', id: `m${index}`, revision: index, value: { id: `m${index}`, revision: index } }) as const
  const removed = { op: 'remove', entity: 'machine', id: 'gone', revision: 9 } as const
  const few: InventoryMessage = { type: 'changes', changes: [put(1), removed] }
  expect(packMessage(few)).toBe(few)
  const changes = [...Array.from({ length: 60 }, (_, index) => put(index)), removed]
  const packed = inventoryMessageSchema.parse(json(packMessage({ type: 'changes', changes })))
  expect(packed).toMatchObject({ changes: [removed], tables: [{ entity: 'machine', count: 60 }] })
  expect(packed.type === 'changes' && [...changesOf(packed)]).toEqual(changes)
})
