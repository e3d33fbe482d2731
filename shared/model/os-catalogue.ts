import { z } from 'zod'
import { DISK_BUSES, FIRMWARES, NIC_MODELS, VIDEO_MODELS } from './machine-spec.ts'

const size = z.object({ vcpus: z.number().int().min(1), memoryMiB: z.number().int().min(16), diskGiB: z.number().int().min(1) })

/** An operating system as a guest: what it needs, and where its images are. */
export const osEntrySchema = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/),
  name: z.string(),
  kind: z.enum(['linux', 'windows', 'bsd', 'other']),
  /** Groups the versions: debian, ubuntu, windows-server, … */
  family: z.string(),
  /** As libosinfo names it, kept in the definition so that other tools know it; null: it has none. */
  libosinfo: z.string().nullable(),
  /** First day of its life, and last day of free security updates; null: not known, or open. */
  released: z.iso.date().nullable(),
  endOfLife: z.iso.date().nullable(),
  minimum: size,
  recommended: size,
  firmware: z.enum(FIRMWARES),
  tpm: z.boolean(),
  diskBus: z.enum(DISK_BUSES),
  nicModel: z.enum(NIC_MODELS),
  video: z.enum(VIDEO_MODELS),
  /** Clock set to local time, as Windows wants it. */
  localTime: z.boolean(),
  /** Images with cloud-init in them. */
  cloudImages: z.array(
    z.object({
      arch: z.string(),
      url: z.url({ protocol: /^https$/ }),
      format: z.enum(['qcow2', 'raw']),
      /** A list of checksums that holds the image's. */
      checksumUrl: z.url({ protocol: /^https$/ }).nullable(),
      /** Whom its makers let log in. */
      user: z.string(),
    }),
  ),
  /** Where its installation images are to be found. */
  isoPage: z.url({ protocol: /^https$/ }).nullable(),
})
export type OsEntry = z.infer<typeof osEntrySchema>

export const osCatalogueSchema = z.object({ version: z.literal(1), systems: z.array(osEntrySchema) })
export type OsCatalogue = z.infer<typeof osCatalogueSchema>
