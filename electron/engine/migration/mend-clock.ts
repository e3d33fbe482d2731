import { z } from 'zod'
import { connectionIdSchema, type Host, hostIdSchema } from '../../../shared/model/index.ts'
import type { TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { moverAt } from './sides.ts'

export const SET_CLOCK_KIND = 'host.setClock'

const planSchema = z.object({ connectionId: connectionIdSchema, hostId: hostIdSchema, hostRef: z.string() })
/** A time service asks several servers before it believes one of them. */
const SET_MS = 2 * 60_000

export function setClockRequest({ id: hostId, connectionId, nativeRef: hostRef, name }: Host): TaskRequest {
  return {
    kind: SET_CLOCK_KIND,
    plan: { connectionId, hostId, hostRef },
    params: { host: name },
    target: { entity: 'host', id: hostId, name },
    connectionId,
    hostId,
  }
}

/** Has a host's own time service set its clock. */
export function setClockKind(): TaskKind {
  return {
    kind: SET_CLOCK_KIND,
    steps(json) {
      const { hostRef } = planSchema.parse(json)
      return [
        {
          id: 'setClock',
          weight: 1,
          timeoutMs: SET_MS,
          cancel: 'never',
          run: async ({ link, signal }) => await moverAt({ nativeRef: hostRef }, link?.migration ?? null).setClock(hostRef, { signal }),
          // once more harms nobody
          probe: () => Promise.resolve('not-done'),
        },
      ]
    },
  }
}
