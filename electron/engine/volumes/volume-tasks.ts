import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import { connectionIdSchema, DISK_FORMATS, hostIdSchema, poolIdSchema, volumePlaceSchema } from '../../../shared/model/index.ts'
import type { ActOptions, ProbeAnswer, StorageKeeper, VolumeKeeper } from '../../providers/provider.ts'
import type { Step, StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { type UploadPorts, uploadKind } from './upload-task.ts'
import { volumeNameTaken } from './volume-errors.ts'
import { type KnownPool, keeperOf, volumeKey } from './volume-places.ts'

export const placedSchema = z.object({
  poolId: poolIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  hostRef: z.string(),
  place: volumePlaceSchema,
})
export type Placed = z.infer<typeof placedSchema>

const fetchSchema = placedSchema.extend({ url: z.string(), sha256: z.string().nullable() })
const convertSchema = placedSchema.extend({
  from: z.union([volumePlaceSchema, z.object({ path: z.string() })]),
  sourceFormat: z.string().nullable(),
  format: z.enum(DISK_FORMATS),
})

const memoSchema = z.object({ existed: z.boolean() })

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

export type VolumeTask = 'upload' | 'fetch' | 'convert' | 'remove' | 'create' | 'clone' | 'resize' | 'wipe'

/** A task on one volume of a known pool; `more` is what its kind needs besides the place. */
export function volumeRequest(
  task: VolumeTask,
  { pool, host }: KnownPool,
  volume: string,
  more: Readonly<Record<string, Json>>,
  shown: Readonly<Record<string, Json>> = more,
): TaskRequest {
  const place = { pool: pool.name, volume }
  const { connectionId, hostId } = pool
  return {
    kind: `volume.${task}`,
    plan: { poolId: pool.id, connectionId, hostId, hostRef: host.nativeRef, place, ...more },
    params: { ...place, ...shown },
    target: { entity: 'volume', id: volumeKey(pool.id, place), name: volume },
    connectionId,
    hostId,
  }
}

/** Who knows what other hosts use of storage that several of them see. */
export interface UseJudge {
  /** Throws `precondition` volume.in-use, volume.use-unknown. */
  needUnused(plan: Placed, keeper: StorageKeeper | null, signal: AbortSignal): Promise<void>
}

export function volumeKinds(ports: UploadPorts, others: UseJudge): TaskKind[] {
  return [
    uploadKind(ports),
    {
      kind: 'volume.fetch',
      steps: (json) => {
        const plan = fetchSchema.parse(json)
        const { hostRef, place, url, sha256 } = plan
        return [making('fetch', plan, (keeper, options) => keeper.fetch(hostRef, place, { url, sha256 }, options))]
      },
    },
    {
      kind: 'volume.convert',
      steps: (json) => {
        const plan = convertSchema.parse(json)
        const { hostRef, place, from, sourceFormat, format } = plan
        return [making('convert', plan, (keeper, options) => keeper.convert(hostRef, place, { from, sourceFormat, format }, options))]
      },
    },
    { kind: 'volume.remove', steps: (json) => [removing(placedSchema.parse(json), others)] },
  ]
}

/** A step that ends with a whole volume that was not there before. */
export function making(id: string, plan: Placed, run: (keeper: VolumeKeeper, options: ActOptions) => Promise<void>): Step {
  return {
    id,
    weight: 1,
    timeoutMs: DAY_MS,
    cancel: 'now',
    prepare: async (context) => ({ existed: (await findPlaced(plan, context)) !== null }),
    async run({ link, signal, memo, progress: onProgress }) {
      if (memoSchema.parse(memo).existed) throw volumeNameTaken(plan.place)
      await run(keeperOf(link), { signal, onProgress })
    },
    async probe(context): Promise<ProbeAnswer> {
      // What was there before is somebody else's, whoever asked.
      if (memoSchema.parse(context.memo).existed) return 'not-done'
      return (await findPlaced(plan, context))?.isWhole ? 'done' : 'not-done'
    },
  }
}

function removing(plan: Placed, others: UseJudge): Step {
  return {
    id: 'removeVolume',
    weight: 1,
    timeoutMs: HOUR_MS,
    cancel: 'never',
    async run({ link, signal, progress: onProgress }) {
      await others.needUnused(plan, link?.storage ?? null, signal)
      await keeperOf(link).remove(plan.hostRef, plan.place, { signal, onProgress })
    },
    probe: async (context) => ((await findPlaced(plan, context)) === null ? 'done' : 'not-done'),
  }
}

export function findPlaced(
  { hostRef, place }: Pick<Placed, 'hostRef' | 'place'>,
  { link, signal }: Pick<StepContext, 'link' | 'signal'>,
): ReturnType<VolumeKeeper['find']> {
  return keeperOf(link).find(hostRef, place, { signal })
}
