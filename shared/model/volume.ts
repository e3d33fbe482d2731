import { z } from 'zod'
import { reasonSchema } from './connection.ts'

/** A volume of a pool, as the host lists it. */
export const volumeSchema = z.object({
  name: z.string(),
  /** Path or key on the host. */
  path: z.string(),
  /** qcow2, raw, iso, vmdk, …; null: not known. */
  format: z.string().nullable(),
  capacityBytes: z.number(),
  allocationBytes: z.number(),
  /** What it is built on; null: nothing. */
  backingPath: z.string().nullable(),
  /** Names of the machines whose definitions name it. */
  usedBy: z.array(z.string()),
})
export type Volume = z.infer<typeof volumeSchema>

/** What a host can do with files of its pools beside making and deleting them. */
export const volumeAbilitiesSchema = z.object({
  /** Why the host cannot download a URL by itself; null: it can. */
  fetch: reasonSchema.nullable(),
  /** Why it cannot turn one image format into another; null: it can. */
  convert: reasonSchema.nullable(),
  /** Formats that it reads when it converts. */
  formats: z.array(z.string()),
})
export type VolumeAbilities = z.infer<typeof volumeAbilitiesSchema>
