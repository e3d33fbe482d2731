import type { AppError } from '../../../shared/errors/index.ts'
import type { Api, EngineLink } from '../api/index.ts'
import { atNextTick } from '../time/ticker.ts'
import type { Live } from './hooks.ts'
import { BusyIndex, FleetIndex } from './indexes.ts'
import { LiveStore } from './store.ts'
import { watchInventory } from './watch.ts'

export interface LiveService extends Live {
  readonly stop: () => void
}

/** A frame while the page is seen, a timer while it is not: hidden pages get no frames, but must not pile up messages. */
function schedule(flush: () => void): void {
  if (document.hidden) setTimeout(flush, 250)
  else requestAnimationFrame(flush)
}

function wait(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, delayMs)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

/** The live store with its indexes, fed from the engine until `stop`. */
export function createLive(api: Api, link: EngineLink): LiveService {
  const store = new LiveStore({ schedule, scheduleQuiet: atNextTick, nowMs: () => performance.now() })
  const index = new FleetIndex(store)
  const busy = new BusyIndex(store)
  const stop = new AbortController()
  const listeners = new Set<() => void>()
  let problem: AppError | null = null
  const onProblem = (error: AppError | null) => {
    problem = error
    for (const listener of listeners) listener()
  }
  void watchInventory({ api, link, store, nowMs: () => Date.now(), wait, onProblem }, stop.signal)
  return {
    store,
    index,
    busy,
    problem: {
      get: () => problem,
      subscribe: (listener) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    stop: () => stop.abort(),
  }
}
