import type { AppError } from '../../../shared/errors/index.ts'
import type { Clock } from '../../providers/provider.ts'

export interface Bounds {
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly overdue: () => AppError
}

/**
 * The same promise, but over at the deadline or the signal, whatever it does: a provider that forgets its own deadline must
 * not hold a place for ever. Rejects with `overdue()` or the signal's reason.
 */
export async function bounded<T>(work: Promise<T>, bounds: Bounds): Promise<T> {
  const { clock, signal, timeoutMs, overdue } = bounds
  let release = (): void => {}
  const limit = new Promise<never>((_, reject) => {
    const aborted = (): void => reject(signal.reason as Error)
    const cancel = clock.after(timeoutMs, () => reject(overdue()))
    signal.addEventListener('abort', aborted, { once: true })
    if (signal.aborted) aborted()
    release = () => {
      cancel()
      signal.removeEventListener('abort', aborted)
    }
  })
  try {
    return await Promise.race([work, limit])
  } finally {
    release()
  }
}
