import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { AppError } from '../../../shared/errors/index.ts'
import { type CloudMachineSpec, cloudMachineSpecSchema, connectionIdSchema, type Host, hostIdSchema } from '../../../shared/model/index.ts'
import type { CloudServices } from '../../providers/provider.ts'
import type { StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'

export const CREATE_KIND = 'cloud.create'
const CREATE_MS = 15 * 60_000

const planSchema = z.object({
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  placeRef: z.string(),
  /** The same in every attempt: a request that was repeated makes no second machine. */
  token: z.string(),
  spec: cloudMachineSpecSchema,
})

export function createRequest(host: Pick<Host, 'id' | 'connectionId' | 'nativeRef'>, spec: CloudMachineSpec): TaskRequest {
  const { id: hostId, connectionId, nativeRef: placeRef } = host
  return {
    kind: CREATE_KIND,
    plan: { connectionId, hostId, placeRef, token: randomUUID(), spec: { ...spec } },
    params: { name: spec.name, type: spec.type, image: spec.imageId },
    target: { entity: 'host', id: hostId, name: spec.name },
    connectionId,
    hostId,
  }
}

/** Makes a machine of a cloud from an image: one step, which its token makes harmless to repeat. */
export function createKind(): TaskKind {
  return {
    kind: CREATE_KIND,
    steps: (json) => {
      const { placeRef, token, spec } = planSchema.parse(json)
      return [
        {
          id: 'create',
          weight: 1,
          timeoutMs: CREATE_MS,
          cancel: 'never',
          async run(context) {
            const { signal, progress: onProgress } = context
            await cloudOf(context).create(placeRef, spec, token, { signal, timeoutMs: CREATE_MS, onProgress })
          },
          async probe(context) {
            return (await cloudOf(context).created(placeRef, token, { signal: context.signal })) === null ? 'not-done' : 'done'
          },
        },
      ]
    },
  }
}

function cloudOf({ link }: Pick<StepContext, 'link'>): CloudServices {
  if (link?.cloud) return link.cloud
  throw new AppError({ kind: 'bug', code: 'bug.no-link', message: 'The task of a cloud has no account.' })
}
