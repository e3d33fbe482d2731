import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { hostSchema } from '../model/connection.ts'
import { connectionIdSchema, hostIdSchema, machineIdSchema, workspaceIdSchema } from '../model/ids.ts'
import { inventoryMessageSchema } from '../model/inventory.ts'
import { machineMetricsSchema, machineSchema } from '../model/machine.ts'
import { done, pageInput, query, stream } from './base.ts'

export const inventory = {
  watch: stream('/inventory/watch', { permission: 'inventory.read', summary: 'Everything known, then every change' })
    .input(
      z.object({
        workspaceId: workspaceIdSchema.optional(),
        /** Many objects at once come as tables, in a quarter of the bytes. */
        packed: z.boolean().default(false),
      }),
    )
    .output(eventIterator(inventoryMessageSchema)),
  machines: query('/inventory/machines', {
    permission: 'inventory.read',
    summary: 'Machines that match a query, sorted',
    example: { query: 'state:running tag:prod' },
  })
    .input(
      z.object({
        query: z.string().max(10_000).default(''),
        workspaceId: workspaceIdSchema.optional(),
        sort: z.enum(['name', 'state', 'host', 'cpu', 'memory', 'seen']).default('name'),
        /** In an address it is the word: `descending=false` is no `true`. */
        descending: z.union([z.boolean(), z.stringbool({ truthy: ['true'], falsy: ['false'] })]).default(false),
        ...pageInput,
      }),
    )
    .output(
      z.object({
        total: z.number().int(),
        items: z.array(
          z.object({
            machine: machineSchema,
            hostName: z.string(),
            connectionName: z.string(),
            seenAtMs: z.number(),
            freshness: z.enum(['live', 'stale', 'cached', 'never']),
          }),
        ),
        cursor: z.string().nullable(),
      }),
    ),
  hosts: query('/inventory/hosts', { permission: 'inventory.read', summary: 'Hosts with their counts' })
    .input(z.object({ workspaceId: workspaceIdSchema.optional(), connectionId: connectionIdSchema.optional() }))
    .output(z.array(z.object({ host: hostSchema, connectionName: z.string(), machines: z.number().int(), running: z.number().int() }))),
  /** What this client looks at, so that sampling follows the eye. Forgotten when its stream ends; too slight a thing for the audit. */
  setInterest: query('/inventory/set-interest', {
    permission: 'inventory.read',
    summary: 'Say which machines are on screen',
    example: { visible: [], focused: null },
  })
    .route({ method: 'POST' })
    .input(
      z.object({
        visible: z.array(machineIdSchema).max(500),
        focused: machineIdSchema.nullable(),
        hostId: hostIdSchema.nullable().default(null),
      }),
    )
    .output(done),
  /** Samples of the last 15 minutes kept in memory, oldest first. */
  recentMetrics: query('/inventory/recent-metrics', {
    permission: 'inventory.read',
    summary: 'Recent samples of one machine',
    example: { machineId: 'c1.m.5d3c' },
  })
    .input(z.object({ machineId: machineIdSchema }))
    .output(z.object({ samples: z.array(machineMetricsSchema) })),
}
