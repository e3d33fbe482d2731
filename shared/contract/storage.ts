import { eventIterator } from '@orpc/contract'
import { z } from 'zod'
import { hostIdSchema, poolIdSchema, taskIdSchema } from '../model/ids.ts'
import { DISK_FORMATS, volumeNameSchema } from '../model/machine-spec.ts'
import {
  foundSourceSchema,
  orphanReportSchema,
  POOL_TYPES,
  poolRemovalSchema,
  poolSpecSchema,
  storageAbilitiesSchema,
  volumeListMessageSchema,
} from '../model/storage.ts'
import { command, query, secretSchema, stream } from './base.ts'

const host = z.object({ hostId: hostIdSchema })
const pool = z.object({ poolId: poolIdSchema })
const place = pool.extend({ name: volumeNameSchema })
const begun = z.object({ taskId: taskIdSchema })
const hostExample = { hostId: 'c1.h.5d3c' }
const poolExample = { poolId: 'c1.p.77aa' }
const example = { ...poolExample, name: 'web-1.qcow2' }
const sizeBytes = z
  .number()
  .int()
  .min(1_048_576)
  .max(2 ** 50)

/** Pools of storage, and what only a list of volumes needs; files themselves: `volumes`. */
export const storage = {
  abilities: query('/storage/abilities', {
    permission: 'inventory.read',
    summary: 'Kinds of pools that a host can have',
    example: hostExample,
  })
    .input(host)
    .output(storageAbilitiesSchema),
  find: query('/storage/find', {
    permission: 'inventory.read',
    summary: 'What a host could make a pool of: exports of a server, volume groups, targets',
    example: { ...hostExample, type: 'netfs', server: 'nas-1' },
  })
    .input(host.extend({ type: z.enum(POOL_TYPES), server: z.string().max(255).nullable().default(null) }))
    .output(z.array(foundSourceSchema)),
  createPool: command('/storage/create-pool', {
    permission: 'volume.write',
    summary: 'Define a pool and start it',
    example: { ...hostExample, spec: { name: 'images', source: { type: 'dir', path: '/srv/images' } } },
  })
    .input(
      host.extend({
        spec: poolSpecSchema,
        /** CHAP of iSCSI, the key of Ceph: given to the host, kept nowhere else. */
        secret: z
          .object({ user: z.string().max(255), password: secretSchema })
          .nullable()
          .default(null),
      }),
    )
    .output(begun),
  startPool: command('/storage/start-pool', { permission: 'volume.write', summary: 'Start a pool', example: poolExample })
    .input(pool)
    .output(begun),
  stopPool: command('/storage/stop-pool', {
    permission: 'volume.write',
    summary: 'Stop a pool that no running machine uses',
    example: poolExample,
  })
    .input(pool)
    .output(begun),
  refreshPool: command('/storage/refresh-pool', {
    permission: 'volume.write',
    summary: 'Have the host look at the files of a pool again',
    example: poolExample,
  })
    .input(pool)
    .output(begun),
  setPoolAutostart: command('/storage/set-pool-autostart', {
    permission: 'volume.write',
    summary: 'Start a pool with its host, or not',
    example: { ...poolExample, autostart: true },
  })
    .input(pool.extend({ autostart: z.boolean() }))
    .output(begun),
  removal: query('/storage/removal', { permission: 'inventory.read', summary: 'What taking a pool away would mean', example: poolExample })
    .input(pool)
    .output(poolRemovalSchema),
  removePool: command('/storage/remove-pool', {
    permission: 'volume.write',
    summary: 'Take a pool away; its files stay, unless its target is to be deleted and is empty',
    example: poolExample,
  })
    .input(pool.extend({ deleteTarget: z.boolean().default(false) }))
    .output(begun),
  definition: query('/storage/definition', { permission: 'inventory.read', summary: 'The definition of a pool', example: poolExample })
    .input(pool)
    .output(z.object({ xml: z.string() })),
  /** The list at once, then what each volume is; `first` are the names on screen. Ends when all is read. */
  watchVolumes: stream('/storage/watch-volumes', {
    permission: 'inventory.read',
    summary: 'The volumes of a pool, their names first',
    example: poolExample,
  })
    .input(pool.extend({ first: z.array(z.string().max(255)).max(1_000).default([]) }))
    .output(eventIterator(volumeListMessageSchema)),
  createVolume: command('/storage/create-volume', {
    permission: 'volume.write',
    summary: 'Make an empty volume',
    example: { ...example, format: 'qcow2', capacityBytes: 10_737_418_240 },
  })
    .input(place.extend({ format: z.enum(DISK_FORMATS), capacityBytes: sizeBytes }))
    .output(begun),
  resizeVolume: command('/storage/resize-volume', {
    permission: 'volume.write',
    summary: 'Make a volume larger that no running machine uses',
    example: { ...example, capacityBytes: 21_474_836_480 },
  })
    .input(place.extend({ capacityBytes: sizeBytes }))
    .output(begun),
  cloneVolume: command('/storage/clone-volume', {
    permission: 'volume.write',
    summary: 'A whole copy of a volume, in any pool of its host and in another format if wished',
    example: { ...example, to: { poolId: 'c1.p.77aa', name: 'copy.qcow2' }, format: 'qcow2' },
  })
    .input(place.extend({ to: place, format: z.enum(DISK_FORMATS) }))
    .output(begun),
  wipeVolume: command('/storage/wipe-volume', {
    permission: 'volume.write',
    summary: 'Overwrite a volume that nothing uses with zeros',
    example,
  })
    .input(place)
    .output(begun),
  /** Several at once: a parent with a child for each. What is in use is refused, each by itself. */
  removeVolumes: command('/storage/remove-volumes', {
    permission: 'volume.write',
    summary: 'Delete volumes that nothing uses',
    example: { volumes: [example] },
  })
    .input(z.object({ volumes: z.array(place).min(1).max(10_000) }))
    .output(begun),
  orphans: query('/storage/orphans', {
    permission: 'inventory.read',
    summary: 'Volumes of a host that no machine, snapshot or image names',
    example: hostExample,
  })
    .input(host)
    .output(orphanReportSchema),
}
