import { isAppError } from '../../../../shared/errors/index.ts'
import { type ActProgress, CANCELLED_BY_PERSON } from '../../provider.ts'
import { deferred } from '../deferred.ts'
import type { World } from '../world.ts'

/** How a command is carried out at the site: who waits for it may go, or have it given up. */
export interface WorkOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: ActProgress) => void) | undefined
}

const STEP_MS = 250
const FEWEST_STEPS = 4
const LEAST_MS = 400

/** A person asked to give it up. Any other end of the waiting leaves the work to itself. */
function isGivenUp(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && isAppError(signal.reason) && signal.reason.code === CANCELLED_BY_PERSON
}

function pause(world: World, ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = deferred<void>()
  const end = () => {
    cancel()
    signal?.removeEventListener('abort', aborted)
    resolve()
  }
  const aborted = () => {
    if (isGivenUp(signal)) end()
  }
  const cancel = world.clock.after(ms, end)
  signal?.addEventListener('abort', aborted)
  return promise
}

/**
 * Work of the host on so many bytes, as long as it takes there. `step` is called with the bytes done so far, at least at the end; it may
 * throw to end the work. Throws the signal's reason when a person gave it up.
 */
export async function workThrough(
  world: World,
  job: { readonly bytesTotal: number; readonly bytesPerS: number; readonly step: (bytesDone: number) => void },
  { signal, onProgress }: WorkOptions,
): Promise<void> {
  const { bytesTotal, bytesPerS, step } = job
  const totalMs = Math.max(LEAST_MS, (bytesTotal / bytesPerS) * 1_000) / world.config.speed
  const steps = Math.max(FEWEST_STEPS, Math.ceil(totalMs / STEP_MS))
  for (let at = 0; at < steps; at++) {
    if (isGivenUp(signal)) throw signal?.reason
    const bytesDone = Math.round((bytesTotal * at) / steps)
    step(bytesDone)
    onProgress?.({ bytesDone, bytesTotal, fraction: at / steps })
    await pause(world, totalMs / steps, signal)
  }
  if (isGivenUp(signal)) throw signal?.reason
  step(bytesTotal)
  onProgress?.({ bytesDone: bytesTotal, bytesTotal, fraction: 1 })
}
