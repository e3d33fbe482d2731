import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { isAppError } from '../../../shared/errors/index.ts'
import { type Operation, problems } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { GcpClient } from './client.ts'
import { LABEL, operationFailed } from './problems.ts'
import { lastOf } from './refs.ts'

/** How often one of several steps is asked after. */
const STEP_MS = 1_000

export interface Working {
  readonly project: string
  readonly name: string
  readonly type: string | null
}

type Scope = { readonly zone: string } | { readonly region: string } | { readonly global: true }

/** Where an operation is to be asked for. Its links are read for their last part alone, and never followed. */
function scopeOf({ zone, region }: compute_v1.Schema$Operation): Scope {
  const inZone = lastOf(zone)
  if (inZone !== null) return { zone: inZone }
  const inRegion = lastOf(region)
  return inRegion === null ? { global: true } : { region: inRegion }
}

/** A long operation by its name, in the project that it was asked of. */
export function operationOf(client: GcpClient, begun: compute_v1.Schema$Operation, about: Working): Operation {
  const operation = begun.name
  if (!operation) throw problems.notUnderstood(LABEL, 'an operation without a name')
  const scope = scopeOf(begun)
  const { project } = about
  const conclude = ({ status, error }: compute_v1.Schema$Operation): 'running' | 'done' => {
    if (status !== 'DONE') return 'running'
    const errors = error?.errors ?? []
    if (errors.length > 0) throw operationFailed(errors, { ...about, operation })
    return 'done'
  }
  return {
    poll: async (options) => {
      if (begun.status === 'DONE') return conclude(begun)
      const kind = 'zone' in scope ? 'zone' : 'region' in scope ? 'region' : 'global'
      try {
        return conclude(
          await client.compute({ method: `compute.${kind}Operations.get`, project, gathers: true }, options, (compute, how) => {
            if ('zone' in scope) return compute.zoneOperations.get({ project, zone: scope.zone, operation }, how)
            if ('region' in scope) return compute.regionOperations.get({ project, region: scope.region, operation }, how)
            return compute.globalOperations.get({ project, operation }, how)
          }),
        )
      } catch (thrown) {
        // one that is forgotten tells nothing: what the machine shows then decides
        if (isAppError(thrown) && thrown.code === 'gcp.not-found') return 'done'
        throw thrown
      }
    },
  }
}

/** One after another; each is begun when the one before is done. */
export async function inTurn(steps: ReadonlyArray<(options: CallOptions) => Promise<Operation>>, options: CallOptions): Promise<Operation> {
  const waiting = [...steps]
  let at = await waiting.shift()?.(options)
  return {
    poll: async (call) => {
      if ((await at?.poll(call)) === 'running') return 'running'
      const next = waiting.shift()
      if (!next) return 'done'
      at = await next(call)
      return 'running'
    },
  }
}

/** Waits for a step that the next one needs. */
export async function finished(operation: Operation, clock: Clock, { signal }: CallOptions): Promise<void> {
  while ((await operation.poll({ ...(signal && { signal }) })) === 'running') {
    if (signal?.aborted) throw problems.cancelled()
    await pause(clock, STEP_MS, { ...(signal && { signal }) })
  }
}

/** Until the time is over or the signal ends it. */
export function pause(clock: Clock, ms: number, { signal }: Pick<CallOptions, 'signal'>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    if (signal?.aborted) done()
    else signal?.addEventListener('abort', done)
  })
}
