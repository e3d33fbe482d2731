import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Json } from '../../../../shared/errors/index.ts'
import {
  cloudMachineSpecSchema,
  connectionIdSchema,
  hostIdSchema,
  transferSpecSchema,
  volumePlaceSchema,
} from '../../../../shared/model/index.ts'
import type { TaskRequest } from '../../tasks/task-kind.ts'
import { importCopySchema } from '../copy-plans.ts'
import { flattenedSchema } from '../transfer-task.ts'
import type { LookedInto } from './look-into-cloud.ts'

export const INTO_CLOUD_KIND = 'machine.intoCloud'

/** What a move into a cloud needs to be taken up by another process. Holds no secret. */
export const intoCloudTaskSchema = z.object({
  wish: transferSpecSchema,
  ref: z.string(),
  name: z.string(),
  connectionId: connectionIdSchema,
  sourceHostId: hostIdSchema,
  sourceHostRef: z.string(),
  target: z.object({ connectionId: connectionIdSchema, placeRef: z.string(), name: z.string() }),
  acceptsWarnings: z.boolean(),
  /** Disks that are no plain bytes: made so first, beside themselves, and taken away in the end. */
  flattened: z.array(flattenedSchema),
  copies: z.array(importCopySchema),
  /** Of the machine: the same in every attempt. */
  token: z.string(),
  machine: z.object({ spec: cloudMachineSpecSchema.omit({ imageId: true }), isUefi: z.boolean(), isWindows: z.boolean() }),
  /** The machine's own volumes at the source, deleted in the end of `source: delete`. */
  own: z.array(volumePlaceSchema),
})
export type IntoCloudTask = z.infer<typeof intoCloudTaskSchema>

/** The task that does it, from a look that found nothing in the way. */
export function intoCloudRequest({ worlds, wish, machine, disks, imports }: LookedInto, acceptsWarnings: boolean): TaskRequest {
  const { machine: moved, source, target } = worlds
  const task: IntoCloudTask = {
    wish,
    ref: moved.nativeRef,
    name: moved.name,
    connectionId: moved.connectionId,
    sourceHostId: source.id,
    sourceHostRef: source.nativeRef,
    target: { connectionId: target.connectionId, placeRef: target.nativeRef, name: target.name },
    acceptsWarnings,
    flattened: [],
    copies: [],
    token: randomUUID(),
    machine,
    own: [],
  }
  disks.forEach(({ target: dev, place, format, isPlain, allocationBytes }, index) => {
    const disk = imports[index]
    if (!place || !disk) return
    const plain = isPlain ? place : { pool: place.pool, volume: `${moved.name}-${dev}-${randomBytes(3).toString('hex')}.img` }
    if (!isPlain) task.flattened.push({ from: place, sourceFormat: format, place: plain, bytes: allocationBytes, format: 'raw' })
    task.copies.push({
      target: dev,
      machineId: moved.id,
      from: { connectionId: moved.connectionId, hostRef: source.nativeRef, place: plain },
      to: { connectionId: target.connectionId, placeRef: target.nativeRef, token: randomUUID(), disk },
      allocationBytes,
    })
    task.own.push(place)
  })
  return {
    kind: INTO_CLOUD_KIND,
    plan: JSON.parse(JSON.stringify(task)) as Json,
    params: {
      from: source.name,
      to: target.name,
      sourceHostId: source.id,
      targetHostId: target.id,
      as: machine.spec.name,
      type: machine.spec.type,
      source: wish.source,
      disks: task.copies.length,
      copied: task.copies.map(({ target: dev, to, allocationBytes: bytes }) => ({ target: dev, to: to.disk.name, bytes })),
    },
    target: { entity: 'machine', id: moved.id, name: moved.name },
    connectionId: moved.connectionId,
    hostId: source.id,
  }
}
