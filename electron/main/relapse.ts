import type { RenderProcessGoneDetails } from 'electron'

/** A page that dies again so soon is not reloaded by itself: it would die for ever. */
const AGAIN_MS = 60_000

/** Decides what follows a dead page: pure, with the clock given. */
export class Relapse {
  #lastMs = Number.NEGATIVE_INFINITY

  /** `reload` the first time; `ask` when it died within the last minute already; `nothing` when it simply ended. */
  next(reason: RenderProcessGoneDetails['reason'], nowMs: number): 'reload' | 'ask' | 'nothing' {
    if (reason === 'clean-exit') return 'nothing'
    const again = nowMs - this.#lastMs < AGAIN_MS
    this.#lastMs = nowMs
    return again ? 'ask' : 'reload'
  }
}
