import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  hostIdSchema,
  type MigrationSpec,
  migrationPredictionSchema,
  migrationSpecSchema,
} from '../../../shared/model/index.ts'
import type { TaskRequest } from '../tasks/task-kind.ts'
import type { Looked } from './preflight.ts'

export const MIGRATE_KIND = 'machine.migrate'

const fileSchema = z.object({ target: z.string(), path: z.string(), format: z.string() })

/** What a move needs to be taken up by another process. Holds no definition and no secret. */
export const movePlanSchema = z.object({
  spec: migrationSpecSchema,
  ref: z.string(),
  name: z.string(),
  connectionId: connectionIdSchema,
  sourceHostId: hostIdSchema,
  targetHostRef: z.string(),
  acceptsWarnings: z.boolean(),
  /** It has a definition, which goes along. */
  isPersistent: z.boolean().default(true),
  /** Volumes that are made at the target, in the order of `spec.disks` that are copied. */
  volumes: z.array(
    z.object({
      target: z.string(),
      pool: z.string(),
      volume: z.string(),
      format: z.string(),
      capacityBytes: z.number(),
      /** What lies at the source, to be deleted at the end if that is wished. */
      from: z.object({ pool: z.string(), volume: z.string() }).nullable(),
    }),
  ),
  files: z.array(fileSchema),
  targetAddress: z.string(),
  targetUri: z.string().nullable(),
  prediction: migrationPredictionSchema.nullable(),
})
export type MovePlan = z.infer<typeof movePlanSchema>

export function moveRequest({ preflight, sides, out, into }: Looked, acceptsWarnings: boolean): TaskRequest {
  const { machine, source, target } = sides
  const { spec, prediction } = preflight
  const volumes = spec.disks
    .filter(({ how }) => how === 'copy')
    .map(({ target: dev, pool, volume }) => {
      const disk = out.disks.find((each) => each.target === dev)
      const from = disk?.pool && disk.volume ? { pool: disk.pool, volume: disk.volume } : null
      return {
        target: dev,
        pool: pool ?? disk?.pool ?? '',
        volume: volume ?? disk?.volume ?? '',
        format: disk?.format ?? 'raw',
        capacityBytes: disk?.capacityBytes ?? 0,
        from,
      }
    })
  const files = volumes.flatMap(({ target: dev, pool, volume, format }) => {
    const folder = into.pools.find(({ name }) => name === pool)?.path
    return folder ? [{ target: dev, path: `${folder.replace(/\/$/, '')}/${volume}`, format }] : []
  })
  const address = into.host.addresses[0] ?? into.host.hostName
  const plan: MovePlan = {
    spec,
    ref: machine.nativeRef,
    name: machine.name,
    connectionId: machine.connectionId,
    sourceHostId: source.id,
    targetHostRef: target.nativeRef,
    acceptsWarnings,
    isPersistent: out.isPersistent,
    volumes,
    files,
    targetAddress: address,
    targetUri: spec.control === 'peer' ? `qemu+ssh://${address}/system` : null,
    prediction,
  }
  return {
    kind: MIGRATE_KIND,
    plan: JSON.parse(JSON.stringify(plan)) as Json,
    params: { ...shownOf(spec), to: target.name },
    target: { entity: 'machine', id: machine.id, name: machine.name },
    connectionId: machine.connectionId,
    hostId: source.id,
  }
}

function shownOf({ mode, control, targetHostId, disks, rename }: MigrationSpec): Record<string, Json> {
  return { mode, control, targetHostId, copied: disks.filter(({ how }) => how === 'copy').length, ...(rename !== null && { rename }) }
}
