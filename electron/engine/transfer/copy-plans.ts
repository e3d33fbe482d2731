import { z } from 'zod'
import { connectionIdSchema, machineIdSchema, volumePlaceSchema } from '../../../shared/model/index.ts'

const volumeSchema = z.object({ connectionId: connectionIdSchema, hostRef: z.string(), place: volumePlaceSchema })

/** A disk on its way into a cloud. By the token it is found again by whoever takes the task up. */
const importedSchema = z.object({
  connectionId: connectionIdSchema,
  placeRef: z.string(),
  token: z.string(),
  disk: z.object({
    target: z.string(),
    sizeBytes: z.number(),
    isBoot: z.boolean(),
    isUefi: z.boolean(),
    isWindows: z.boolean(),
    name: z.string(),
    spot: z.object({ subnetId: z.string().nullable(), zone: z.string().nullable() }),
  }),
})
export type ImportedEnd = z.infer<typeof importedSchema>

/** A disk of a cloud, by its id there; what is read is the copy that stands still under that token. */
const exportedSchema = z.object({
  connectionId: connectionIdSchema,
  machineRef: z.string(),
  diskId: z.string(),
  /** In words that a person knows it by. */
  name: z.string(),
  token: z.string(),
})
export type ExportedEnd = z.infer<typeof exportedSchema>

const anyCopy = {
  /** Its target in the guest: `vda`. */
  target: z.string(),
  machineId: machineIdSchema,
  /** What it takes at the source, for the task's progress. */
  allocationBytes: z.number(),
}

/** One disk's way from one host's pool to another's, through the console. */
export const diskCopySchema = z.object({ ...anyCopy, from: volumeSchema, to: volumeSchema })
export type DiskCopy = z.infer<typeof diskCopySchema>
export type VolumeEnd = DiskCopy['from']

/** From a host's pool into a cloud. */
export const importCopySchema = z.object({ ...anyCopy, from: volumeSchema, to: importedSchema })
export type ImportCopy = z.infer<typeof importCopySchema>

/** Out of a cloud into a host's pool. */
export const exportCopySchema = z.object({ ...anyCopy, from: exportedSchema, to: volumeSchema })
export type ExportCopy = z.infer<typeof exportCopySchema>

export type AnyCopy = DiskCopy | ImportCopy | ExportCopy
