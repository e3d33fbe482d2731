import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '../../../../shared/errors/index.ts'
import { connectionIdSchema, transferSpecSchema } from '../../../../shared/model/index.ts'
import { buildPlanSchema } from '../../build/plan.ts'
import type { TaskRequest } from '../../tasks/task-kind.ts'
import { exportCopySchema } from '../copy-plans.ts'
import type { LookedOut } from './look-out-of-cloud.ts'

export const OUT_OF_CLOUD_KIND = 'machine.outOfCloud'

/** What a move out of a cloud needs to be taken up by another process. Holds no secret. */
export const outOfCloudTaskSchema = z.object({
  wish: transferSpecSchema,
  name: z.string(),
  connectionId: connectionIdSchema,
  acceptsWarnings: z.boolean(),
  copies: z.array(exportCopySchema),
  /** The machine at the host; its disks are the copies', in their order. How it starts is seen from the first. */
  build: buildPlanSchema,
})
export type OutOfCloudTask = z.infer<typeof outOfCloudTaskSchema>

/** The task that does it, from a look that found nothing in the way. */
export function outOfCloudRequest({ worlds, wish, disks, places, name, build }: LookedOut, acceptsWarnings: boolean): TaskRequest {
  const { machine, source, target } = worlds
  const task = {
    wish,
    name: machine.name,
    connectionId: machine.connectionId,
    acceptsWarnings,
    copies: disks.flatMap(({ id, target: dev, name: diskName, sizeBytes }, index) => {
      const place = places[index]
      if (!place) return []
      return {
        target: dev,
        machineId: machine.id,
        from: { connectionId: machine.connectionId, machineRef: machine.nativeRef, diskId: id, name: diskName, token: randomUUID() },
        to: { connectionId: target.connectionId, hostRef: target.nativeRef, place },
        allocationBytes: sizeBytes,
      }
    }),
    build,
  }
  return {
    kind: OUT_OF_CLOUD_KIND,
    plan: JSON.parse(JSON.stringify(task)) as Json,
    params: {
      from: source.name,
      to: target.name,
      sourceHostId: source.id,
      targetHostId: target.id,
      as: name,
      source: wish.source,
      disks: task.copies.length,
      copied: task.copies.map(({ from, to: { place }, allocationBytes: bytes }) => ({
        target: from.name,
        to: `${place.pool}/${place.volume}`,
        bytes,
      })),
    },
    target: { entity: 'machine', id: machine.id, name: machine.name },
    connectionId: machine.connectionId,
    hostId: source.id,
  }
}
