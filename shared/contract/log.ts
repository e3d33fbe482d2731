import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { auditRecordSchema, auditVerdictSchema, eventSchema } from '../model/log.ts'
import { savedViewSchema } from '../model/view.ts'
import { command, done, nothing, pageInput, query, stream } from './base.ts'

export const events = {
  list: query('/events', { permission: 'event.read', summary: 'The event log, newest first', example: { query: 'severity:error' } })
    .input(
      z.object({
        query: z.string().max(10_000).default(''),
        machineId: z.string().optional(),
        hostId: z.string().optional(),
        connectionId: z.string().optional(),
        ...pageInput,
      }),
    )
    .output(z.object({ items: z.array(eventSchema), cursor: z.string().nullable() })),
  watch: stream('/events/watch', {
    permission: 'event.read',
    summary: 'Events that match, as they come',
    example: { sinceId: 0, query: 'severity:error' },
  })
    .input(z.object({ sinceId: z.number().int().optional(), query: z.string().max(10_000).default('') }))
    .output(eventIterator(eventSchema)),
}

export const audit = {
  list: query('/audit', { permission: 'audit.read', summary: 'Who did what, newest first' })
    .input(z.object({ ...pageInput }))
    .output(z.object({ items: z.array(auditRecordSchema), cursor: z.string().nullable() })),
  verify: query('/audit/verify', { permission: 'audit.read', summary: 'Check the hash chain from the first record' })
    .input(nothing)
    .output(auditVerdictSchema),
}

export const views = {
  list: query('/views', { permission: 'inventory.read', summary: 'Saved views' }).input(nothing).output(z.array(savedViewSchema)),
  save: command('/views/save', {
    permission: 'view.write',
    summary: 'Create or change a saved view',
    example: { view: { id: 'v1', name: 'Hot in prod', query: 'cpu>80 tag:prod', columns: null, sort: null, groupBy: null, position: 1 } },
    invalidates: ['views'],
  })
    .input(z.object({ view: savedViewSchema }))
    .output(savedViewSchema),
  remove: command('/views/remove', {
    permission: 'view.write',
    summary: 'Delete a saved view',
    example: { id: 'v1' },
    invalidates: ['views'],
  })
    .input(z.object({ id: z.string() }))
    .output(done),
}
