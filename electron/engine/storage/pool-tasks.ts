import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  type Host,
  hostIdSchema,
  objectId,
  type PoolId,
  poolIdSchema,
  poolSpecSchema,
} from '../../../shared/model/index.ts'
import type { ActOptions, PoolDefinition, ProbeAnswer, StorageKeeper } from '../../providers/provider.ts'
import type { Step, StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import type { KnownPool } from '../volumes/volume-places.ts'
import type { PoolSecrets } from './pool-secrets.ts'
import { poolIsAnother, poolNameTaken } from './storage-errors.ts'
import { storageOf } from './storage-links.ts'

const pooledSchema = z.object({
  poolId: poolIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  hostRef: z.string(),
  pool: z.string(),
})
type Pooled = z.infer<typeof pooledSchema>
const createSchema = pooledSchema.extend({ uuid: z.uuid(), spec: poolSpecSchema, user: z.string().nullable() })
const autostartSchema = pooledSchema.extend({ autostart: z.boolean() })
/** `uuid`: that one alone, and none that was made by its name since. */
const removeSchema = pooledSchema.extend({ deleteTarget: z.boolean(), uuid: z.uuid().optional() })
const beforeSchema = z.object({ autostart: z.boolean().nullable() })

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

export type PoolTask = 'start' | 'stop' | 'refresh' | 'setAutostart' | 'remove'

/** A task on a known pool; `more` is what its kind needs besides. */
export function poolRequest(task: PoolTask, { pool, host }: KnownPool, more: Readonly<Record<string, Json>> = {}): TaskRequest {
  const { connectionId, hostId } = pool
  return requestOf(task, { poolId: pool.id, connectionId, hostId, hostRef: host.nativeRef, pool: pool.name }, more)
}

function requestOf(
  task: PoolTask,
  plan: Pooled,
  more: Readonly<Record<string, Json>> = {},
  unshown: Readonly<Record<string, Json>> = {},
): TaskRequest {
  const { poolId, connectionId, hostId, hostRef, pool } = plan
  return {
    kind: `pool.${task}`,
    plan: { poolId, connectionId, hostId, hostRef, pool, ...more, ...unshown },
    params: { pool, ...more },
    target: { entity: 'pool', id: poolId, name: pool },
    connectionId,
    hostId,
  }
}

/** The task that makes a pool. It has its id from the start, so that what is done to it meanwhile is known to be about it. */
export function createPoolRequest(host: Host, { uuid, spec, user }: PoolDefinition): TaskRequest {
  const { connectionId, id: hostId, nativeRef: hostRef } = host
  const poolId = objectId<PoolId>(connectionId, 'p', uuid)
  return {
    kind: 'pool.create',
    plan: { poolId, connectionId, hostId, hostRef, pool: spec.name, uuid, spec, user },
    params: { pool: spec.name, type: spec.source.type },
    target: { entity: 'pool', id: poolId, name: spec.name },
    connectionId,
    hostId,
  }
}

export function poolKinds(secrets: PoolSecrets): TaskKind[] {
  return [
    {
      kind: 'pool.create',
      steps: (json) => [creating(createSchema.parse(json), secrets)],
      ended: async (json) => await secrets.forget(createSchema.parse(json).uuid),
    },
    {
      kind: 'pool.start',
      steps: (json) => {
        const plan = pooledSchema.parse(json)
        const run = (keeper: StorageKeeper, options: ActOptions) => keeper.start(plan.hostRef, plan.pool, options)
        const step = onPool('startPool', plan, 5 * MINUTE_MS, run, (state) => state?.isActive === true)
        return [{ ...step, undo: () => requestOf('stop', plan) }]
      },
    },
    {
      kind: 'pool.stop',
      steps: (json) => {
        const plan = pooledSchema.parse(json)
        const run = (keeper: StorageKeeper, options: ActOptions) => keeper.stop(plan.hostRef, plan.pool, options)
        return [onPool('stopPool', plan, 5 * MINUTE_MS, run, (state) => state === null || !state.isActive)]
      },
    },
    {
      kind: 'pool.refresh',
      steps: (json) => {
        const plan = pooledSchema.parse(json)
        const run = (keeper: StorageKeeper, options: ActOptions) => keeper.refresh(plan.hostRef, plan.pool, options)
        // Nobody can tell whether the host has looked; looking once more harms nobody.
        return [onPool('refreshPool', plan, HOUR_MS, run, () => false)]
      },
    },
    { kind: 'pool.setAutostart', steps: (json) => [settingAutostart(autostartSchema.parse(json))] },
    {
      kind: 'pool.remove',
      steps: (json) => {
        const plan = removeSchema.parse(json)
        const run = async (keeper: StorageKeeper, options: ActOptions) => {
          const state = plan.uuid === undefined ? null : await keeper.state(plan.hostRef, plan.pool, options)
          if (state && state.uuid !== plan.uuid) throw poolIsAnother(plan.pool)
          await keeper.remove(plan.hostRef, plan.pool, plan.deleteTarget, options)
        }
        return [onPool('removePool', plan, 5 * MINUTE_MS, run, (state) => state === null)]
      },
    },
  ]
}

type PoolState = Awaited<ReturnType<StorageKeeper['state']>>

function onPool(
  id: string,
  plan: Pooled,
  timeoutMs: number,
  run: (keeper: StorageKeeper, options: ActOptions) => Promise<void>,
  isDone: (state: PoolState) => boolean,
): Step {
  return {
    id,
    weight: 1,
    timeoutMs,
    cancel: 'never',
    run: ({ link, signal, progress: onProgress }) => run(storageOf(link), { signal, onProgress }),
    probe: async (context) => (isDone(await stateOf(plan, context)) ? 'done' : 'not-done'),
  }
}

function settingAutostart(plan: z.infer<typeof autostartSchema>): Step {
  const run = (keeper: StorageKeeper, options: ActOptions) => keeper.setAutostart(plan.hostRef, plan.pool, plan.autostart, options)
  return {
    ...onPool('setPoolAutostart', plan, MINUTE_MS, run, (state) => state?.autostart === plan.autostart),
    prepare: async (context) => ({ autostart: (await stateOf(plan, context))?.autostart ?? null }),
    undo(memo) {
      const { autostart } = beforeSchema.parse(memo)
      if (autostart === null || autostart === plan.autostart) return null
      return requestOf('setAutostart', plan, { autostart })
    },
  }
}

function creating(plan: z.infer<typeof createSchema>, secrets: PoolSecrets): Step {
  const { hostRef, pool, uuid, spec, user } = plan
  const isOurs = (state: PoolState) => state?.uuid === uuid
  return {
    id: 'createPool',
    weight: 1,
    timeoutMs: HOUR_MS,
    cancel: 'never',
    takeBack: {
      what: pool,
      timeoutMs: 5 * MINUTE_MS,
      async run(context) {
        const { link, signal } = context
        if (isOurs(await stateOf(plan, context))) await storageOf(link).remove(hostRef, pool, false, { signal })
      },
      probe: async (context) => (isOurs(await stateOf(plan, context)) ? 'not-done' : 'done'),
    },
    async run(context) {
      const { link, signal, progress: onProgress } = context
      const before = await stateOf(plan, context)
      if (before && !isOurs(before)) throw poolNameTaken(pool)
      const password = user === null ? {} : { password: await secrets.read(uuid, pool) }
      await storageOf(link).create(hostRef, { uuid, spec, user }, password, { signal, onProgress })
    },
    // what lies in it stays
    undo: () => requestOf('remove', plan, { deleteTarget: false }, { uuid }),
    async probe(context): Promise<ProbeAnswer> {
      const state = await stateOf(plan, context)
      // Begun and not ended: it is gone on with.
      return state && isOurs(state) && state.isActive && state.autostart === spec.autostart ? 'done' : 'not-done'
    },
  }
}

function stateOf({ hostRef, pool }: Pooled, { link, signal }: Pick<StepContext, 'link' | 'signal'>): Promise<PoolState> {
  return storageOf(link).state(hostRef, pool, { signal })
}
