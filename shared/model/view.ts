import { z } from 'zod'

/** A saved view of the machine grid. */
export const savedViewSchema = z.object({
  id: z.string(),
  name: z.string().min(1).max(100),
  query: z.string().max(10_000),
  columns: z.array(z.string()).nullable(),
  sort: z.object({ column: z.string(), descending: z.boolean() }).nullable(),
  groupBy: z.string().nullable(),
  position: z.number(),
})
export type SavedView = z.infer<typeof savedViewSchema>

export const settingsSchema = z.object({
  theme: z.enum(['system', 'light', 'dark']).default('system'),
  language: z.enum(['system', 'en', 'de']).default('system'),
  density: z.enum(['compact', 'comfortable']).default('compact'),
  notifications: z.boolean().default(true),
  closeToTray: z.boolean().default(false),
  /** Bulk work on one host at a time, at most. */
  bulkPerHost: z.number().int().min(1).max(50).default(4),
  shutdownDeadlineMs: z.number().int().min(1_000).max(3_600_000).default(180_000),
  eventRetentionDays: z.number().int().min(1).max(3_650).default(90),
})
export type Settings = z.infer<typeof settingsSchema>
