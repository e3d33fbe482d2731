import type { CallOptions, Clock } from '../../provider.ts'

/** Until the time is over or the signal ends it. */
export function pause(clock: Clock, ms: number, { signal }: CallOptions): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal?.addEventListener('abort', done)
  })
}
