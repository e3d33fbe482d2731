import { z } from 'zod'
import { poolSchema } from '../model/connection.ts'
import { hostIdSchema, poolIdSchema, taskIdSchema } from '../model/ids.ts'
import { DISK_FORMATS, volumeNameSchema } from '../model/machine-spec.ts'
import { volumeAbilitiesSchema, volumeSchema } from '../model/volume.ts'
import { command, query } from './base.ts'

const place = { poolId: poolIdSchema, name: volumeNameSchema }
const begun = z.object({ taskId: taskIdSchema })
const example = { poolId: 'c1.p.77aa', name: 'debian-12.qcow2' }

/** Files of a host's pools: images to build machines from, and disks. */
export const volumes = {
  abilities: query('/volumes/abilities', {
    permission: 'inventory.read',
    summary: 'Whether a host can download and convert images by itself',
    example: { hostId: 'c1.h.5d3c' },
  })
    .input(z.object({ hostId: hostIdSchema }))
    .output(volumeAbilitiesSchema),
  pools: query('/volumes/pools', { permission: 'inventory.read', summary: 'The pools of a host', example: { hostId: 'c1.h.5d3c' } })
    .input(z.object({ hostId: hostIdSchema }))
    .output(z.array(poolSchema)),
  list: query('/volumes/list', { permission: 'inventory.read', summary: 'The volumes of a pool', example: { poolId: 'c1.p.77aa' } })
    .input(z.object({ poolId: poolIdSchema }))
    .output(z.array(volumeSchema)),
  /**
   * Makes a volume that waits for its bytes. They go over a channel of their own, as with a console: a socket at `/console/<token>`, once,
   * within 30 seconds. Each message back is an `UploadWord`: how much was taken, how much the host has for certain. At the end the channel
   * ends. When it breaks, `resumeUpload` tells where to go on. `shared/transfer` does all that.
   */
  upload: command('/volumes/upload', {
    permission: 'volume.write',
    summary: 'Upload a file into a pool',
    example: { ...example, sizeBytes: 346_357_760 },
  })
    .input(
      z.object({
        ...place,
        sizeBytes: z
          .number()
          .int()
          .min(1)
          .max(2 ** 50),
      }),
    )
    .output(begun.extend({ token: z.string() })),
  resumeUpload: command('/volumes/resume-upload', {
    permission: 'volume.write',
    summary: 'Go on with an upload whose way broke',
    example: { taskId: 't1' },
  })
    .input(z.object({ taskId: taskIdSchema }))
    .output(z.object({ token: z.string(), offset: z.number().int() })),
  /**
   * Its bytes as they lie in the file, over a channel of their own as with a console: once. Or, for a day, as a file that takes byte ranges
   * (RFC 9110, section 14): `/download/<token>/<file name>`.
   */
  download: command('/volumes/download', { permission: 'volume.read', summary: 'Download a volume', example })
    .input(
      z.object({
        ...place,
        offset: z.number().int().min(0).default(0),
        /** What an earlier answer said: it is refused when the volume was changed since, so that the rest fits to what was read before. */
        version: z
          .string()
          .regex(/^[\w.-]{1,200}$/)
          .nullable()
          .default(null),
      }),
    )
    /** `version` null: the host cannot tell when a volume of this pool is changed, and there is no going on. */
    .output(z.object({ token: z.string(), sizeBytes: z.number(), version: z.string().nullable() })),
  fetch: command('/volumes/fetch', {
    permission: 'volume.write',
    summary: 'Have the host download an image into a pool',
    example: { ...example, url: 'https://cloud.debian.org/images/cloud/bookworm/latest/debian-12-genericcloud-amd64.qcow2' },
  })
    .input(
      z.object({
        ...place,
        url: z.url({ protocol: /^https?$/ }).max(2_000),
        sha256: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/, 'not-a-sha256')
          .nullable()
          .default(null),
      }),
    )
    .output(begun),
  convert: command('/volumes/convert', {
    permission: 'volume.write',
    summary: 'Have the host turn an image of another format (vmdk, vdi, vhdx, …) into a volume',
    example: { ...example, from: { path: '/srv/import/appliance.vmdk' }, format: 'qcow2' },
  })
    .input(
      z.object({
        ...place,
        from: z.union([
          z.object(place),
          z.object({
            path: z
              .string()
              .max(4_096)
              .regex(/^\/[^\p{Cc}\p{Cs}]+$/u, 'not-a-path'),
          }),
        ]),
        /** Null: as the image says. */
        sourceFormat: z
          .string()
          .regex(/^[a-z0-9]{2,12}$/)
          .nullable()
          .default(null),
        format: z.enum(DISK_FORMATS).default('qcow2'),
      }),
    )
    .output(begun),
  remove: command('/volumes/remove', { permission: 'volume.write', summary: 'Delete a volume that nothing uses', example })
    .input(z.object(place))
    .output(begun),
}
