import { useSyncExternalStore } from 'react'

/** One timer for every age on the page: a second hand that stops while nobody looks. */
const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | null = null
/** The second that the page is in. It moves by ticks alone: a render that reads the clock itself and takes longer than a second never comes to its end. */
let presentMs = 0

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
  presentMs = Date.now()
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

/** While nobody has asked for ticks it is looked up, and stands still for whoever asks again at once. */
function present(): number {
  if (timer === null && Math.abs(Date.now() - presentMs) >= 1_000) presentMs = Date.now()
  return presentMs
}

/** Renders again only when the text computed from the present second differs. `compute` must be cheap. */
export function useTicking(compute: (nowMs: number) => string): string {
  const snapshot = () => compute(present())
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}

/** The present time, rounded down to `stepMs`: renders again at each step, not each second. */
export function useNowMs(stepMs = 1_000): number {
  const snapshot = () => Math.floor(present() / stepMs) * stepMs
  return useSyncExternalStore(subscribe, snapshot, snapshot)
}
