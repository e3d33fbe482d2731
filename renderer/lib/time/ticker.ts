import { useSyncExternalStore } from 'react'

/** One timer for every age on the page: a second hand that stops while nobody looks. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null

/** Done with the next tick, before the ages move. */
let atTick: (() => void)[] = []

/** Calls back once within a second, in the same frame in which the ages on the page move. */
export function atNextTick(callback: () => void): void {
  if (timer === null || document.hidden) setTimeout(callback, 1_000)
  else atTick.push(callback)
}

function tick() {
  const callbacks = atTick
  atTick = []
  for (const callback of callbacks) callback()
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
      for (const callback of atTick.splice(0)) setTimeout(callback, 1_000)
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
