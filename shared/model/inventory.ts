import { z } from 'zod'
import { connectionSchema, hostSchema, networkSchema, poolSchema, workspaceSchema } from './connection.ts'
import { machineSchema } from './machine.ts'
import { packedTableSchema, packTable, unpackTable } from './packed-table.ts'
import { taskSchema } from './task.ts'

/** Everything the page keeps: entity name → schema. One table for the engine's store, the stream and the page. */
export const ENTITY_SCHEMAS = {
  workspace: workspaceSchema,
  connection: connectionSchema,
  host: hostSchema,
  machine: machineSchema,
  network: networkSchema,
  pool: poolSchema,
  task: taskSchema,
} as const

export type EntityName = keyof typeof ENTITY_SCHEMAS
export type EntityOf<E extends EntityName> = z.infer<(typeof ENTITY_SCHEMAS)[E]>
export const entityNameSchema = z.enum(Object.keys(ENTITY_SCHEMAS) as [EntityName, ...EntityName[]])

/**
 * One change. `put` carries the whole object, `patch` the changed top-level fields (null is a value), `remove` none: the
 * far side said that it is gone. An unreachable object is never removed. A revision not above the known one is ignored.
 */
export const changeSchema = z.discriminatedUnion('op', [
  z.object({
    op: z.literal('put'),
    entity: entityNameSchema,
    id: z.string(),
    revision: z.number(),
    value: z.record(z.string(), z.unknown()),
  }),
  z.object({
    op: z.literal('patch'),
    entity: entityNameSchema,
    id: z.string(),
    revision: z.number(),
    patch: z.record(z.string(), z.unknown()),
  }),
  z.object({ op: z.literal('remove'), entity: entityNameSchema, id: z.string(), revision: z.number() }),
])
export type Change = z.infer<typeof changeSchema>

/**
 * A message of the inventory stream. First `reset` (forget everything), then `changes` in chunks, then `ready` once the
 * state of that moment is complete, then `changes` as they come, coalesced to at most five a second for each client.
 */
export const inventoryMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('reset'), epoch: z.string(), counts: z.record(z.string(), z.number()) }),
  z.object({
    type: z.literal('changes'),
    changes: z.array(changeSchema),
    /** Further objects, each put whole, packed; only for a reader that asked for it. */
    tables: z.array(packedTableSchema.extend({ entity: entityNameSchema })).optional(),
  }),
  z.object({ type: z.literal('ready'), atMs: z.number() }),
])
export type InventoryMessage = z.infer<typeof inventoryMessageSchema>

/** Fewer objects than this are not worth a table. */
const WORTH_PACKING = 50

/** The same message with its many whole objects as tables. */
export function packMessage(message: InventoryMessage): InventoryMessage {
  if (message.type !== 'changes' || message.changes.length < WORTH_PACKING) return message
  const changes: Change[] = []
  const puts = new Map<EntityName, Record<string, unknown>[]>()
  for (const change of message.changes) {
    if (change.op !== 'put') changes.push(change)
    else {
      const values = puts.get(change.entity)
      if (values) values.push(change.value)
      else puts.set(change.entity, [change.value])
    }
  }
  const tables = [...puts].map(([entity, values]) => ({ entity, ...packTable(values) }))
  return { type: 'changes', changes, tables }
}

/** The changes of a message, its tables written out: those first, as nothing in them is named again. */
export function* changesOf(message: Extract<InventoryMessage, { readonly type: 'changes' }>): Generator<Change> {
  for (const table of message.tables ?? []) {
    for (const value of unpackTable(table)) {
      yield { op: 'put', entity: table.entity, id: String(value.id), revision: Number(value.revision ?? 0), value }
    }
  }
  yield* message.changes
}
