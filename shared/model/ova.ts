import { z } from 'zod'
import { buildFindingSchema } from './build.ts'
import { machineSpecSchema } from './machine-spec.ts'

/** What an OVA package holds, and the machine that would be made of it. */
export const ovaContentsSchema = z.object({
  name: z.string(),
  sizeBytes: z.number(),
  /** As the package names its guest; null: it says nothing. */
  guest: z.string().nullable(),
  /** In the order of the specification's disks. */
  disks: z.array(
    z.object({
      /** Null: an empty one. */
      file: z.string().nullable(),
      /** What it takes in the package. */
      sizeBytes: z.number(),
      capacityBytes: z.number(),
      /** As qemu calls it; null: empty, or none that is read here. */
      format: z.string().nullable(),
    }),
  ),
  networks: z.array(z.string()),
  /** How its files can be checked; null: they cannot. */
  manifest: z.enum(['sha1', 'sha256', 'sha512']).nullable(),
  /** What is made of it. It may be changed before the import, but its first disks are those of the package. */
  spec: machineSpecSchema,
  /** What is not carried over, and what stands in the way. */
  findings: z.array(buildFindingSchema),
})
export type OvaContents = z.infer<typeof ovaContentsSchema>
