import type { AppError } from '../../../shared/errors/index.ts'
import type { Api, EngineLink } from '../api/index.ts'
import { toPageError } from '../api/index.ts'
import type { LiveStore } from './store.ts'

export interface WatchOptions {
  readonly api: Api
  readonly link: EngineLink
  readonly store: LiveStore
  readonly nowMs: () => number
  readonly wait: (delayMs: number, signal: AbortSignal) => Promise<void>
  /** What stopped the stream for good, such as a refused permission; null once it runs again. */
  readonly onProblem: (error: AppError | null) => void
}

const RESUBSCRIBE_MS = 1_000

/** Keeps the inventory stream running until the signal: a new one each time the engine is back. */
export async function watchInventory(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { api, link, store } = options
  const stopLink = link.subscribe(() => {
    const state = link.state()
    if (state.state === 'lost') store.loseEngine(state.lostAtMs ?? options.nowMs())
  })
  try {
    while (!signal.aborted) {
      try {
        const stream = await api.inventory.watch({ packed: true }, { signal })
        options.onProblem(null)
        for await (const message of stream) store.receive(message)
      } catch (thrown) {
        if (signal.aborted) return
        const error = toPageError(thrown)
        options.onProblem(error.kind === 'unreachable' ? null : error)
      }
      if (link.state().state === 'open') store.loseEngine(options.nowMs())
      await waitForEngine(options, signal)
    }
  } finally {
    stopLink()
  }
}

/** A pause, and then as long as the link is not open. */
async function waitForEngine(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { link } = options
  if (link.state().state === 'open') await options.wait(RESUBSCRIBE_MS, signal)
  if (link.state().state === 'open' || signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      stop()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const stop = link.subscribe(() => {
      if (link.state().state === 'open') done()
    })
    signal.addEventListener('abort', done)
  })
}
