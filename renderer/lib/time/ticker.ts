import { useSyncExternalStore } from 'react'

/** One timer for every age on the page: a second hand that stops while nobody looks. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

function tick() {
  if (document.hidden) return
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer)
      timer = null
    }
  }
}

/** Renders again only when the text computed from the present second differs. `compute` must be cheap. */
export function useTicking(compute: (nowMs: number) => string): string {
  const snapshot = () => compute(Date.now())
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}

/** The present time, rounded down to `stepMs`: renders again at each step, not each second. */
export function useNowMs(stepMs = 1_000): number {
  const snapshot = () => Math.floor(Date.now() / stepMs) * stepMs
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
