import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import { connectionIdSchema, type Host, hostIdSchema, type NetworkId, objectId } from '../../../shared/model/index.ts'
import type { ActOptions, NetworkKeeper } from '../../providers/provider.ts'
import type { StepContext, TaskRequest } from '../tasks/task-kind.ts'
import { keeperOf } from './network-places.ts'

export const placedSchema = z.object({ connectionId: connectionIdSchema, hostId: hostIdSchema, hostRef: z.string(), name: z.string() })
export const networkSchema = placedSchema.extend({ networkRef: z.string() })

export type Placed = z.infer<typeof placedSchema>
export type Named = z.infer<typeof networkSchema>

/** libvirt starts a network, its name server included, in a second or two. */
export const STEP_MS = 120_000
export const COMMON = { weight: 1, timeoutMs: STEP_MS, cancel: 'never' } as const

export type NetworkTask = 'create' | 'start' | 'stop' | 'restart' | 'plugIn' | 'edit' | 'remove'
export type Shown = Readonly<Record<string, Json>>

/** A task on one network. `more` is what its kind needs besides the network, `shown` what is worth showing of it. */
export function networkRequest(
  task: NetworkTask,
  host: Host,
  network: { ref: string; name: string },
  more: Shown,
  shown: Shown,
): TaskRequest {
  const { connectionId, id: hostId, nativeRef: hostRef } = host
  return requestOf(task, { connectionId, hostId, hostRef, networkRef: network.ref, name: network.name }, more, shown)
}

/** The same from the plan of another task on it. */
export function requestOf(task: NetworkTask, plan: Named, more: Shown = {}, shown: Shown = {}): TaskRequest {
  const { connectionId, hostId, hostRef, networkRef, name } = plan
  return {
    kind: `network.${task}`,
    plan: { connectionId, hostId, hostRef, networkRef, name, ...more },
    params: { network: name, ...shown },
    target: { entity: 'network', id: objectId<NetworkId>(connectionId, 'n', networkRef), name },
    connectionId,
    hostId,
  }
}

export function keeper({ link }: Pick<StepContext, 'link'>): NetworkKeeper {
  return keeperOf(link)
}

export function actOptions({ signal, progress: onProgress }: StepContext): ActOptions {
  return { signal, onProgress }
}

export function stateOf({ networkRef }: Named, context: StepContext): ReturnType<NetworkKeeper['state']> {
  return keeper(context).state(networkRef, { signal: context.signal })
}
