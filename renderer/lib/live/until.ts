import type { LiveStore } from './store.ts'

/** The stream may be down: what waits for it goes on after that. */
const PATIENCE_MS = 5_000

/** Resolves once `met` holds, looked at again with every change, and after five seconds in any case. Never rejects. */
export function until(store: LiveStore, met: () => boolean): Promise<void> {
  if (met()) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      stop()
      resolve()
    }
    const timer = setTimeout(done, PATIENCE_MS)
    const stop = store.onDelta(() => {
      if (met()) done()
    })
  })
}
