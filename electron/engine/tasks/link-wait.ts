import { AppError } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import type { Clock, ProviderConnection } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'

/** How long work keeps its place for a link that is away, from the first that waits for it. */
const WAIT_MS = 60_000

interface Outage {
  /** Fires when nobody is to wait any longer. */
  readonly over: AbortController
  readonly cancel: () => void
}

/**
 * Waiting for links, with one end for all who wait for the same one: a thousand targets of a host that is gone would otherwise wait a minute
 * each, four at a time, and be carried out hours later if it came back.
 */
export class LinkWaits {
  readonly #links: Links
  readonly #clock: Clock
  readonly #outages = new Map<string, Outage>()
  readonly #stopListening: () => void

  constructor(links: Links, clock: Clock) {
    this.#links = links
    this.#clock = clock
    this.#stopListening = links.onChange((connectionId) => {
      if (links.current(connectionId)) this.#end(connectionId)
    })
  }

  stop(): void {
    this.#stopListening()
    for (const connectionId of this.#outages.keys()) this.#end(connectionId)
  }

  /**
   * Resolves with the open link of a connection, at once or when it opens. Rejects with the signal's reason, or with `unreachable`
   * task.no-link when the time of this outage is over, be it with this call or long ago.
   */
  async link(connectionId: string, signal: AbortSignal): Promise<ProviderConnection> {
    const current = this.#links.current(connectionId as ConnectionId)
    if (current) return current
    const { over } = this.#outages.get(connectionId) ?? this.#begin(connectionId)
    // Thousands that give up one after the other leave the loop free for others.
    if (over.signal.aborted) await new Promise((resolve) => setImmediate(resolve))
    return this.#links.current(connectionId as ConnectionId) ?? (await this.#opened(connectionId, AbortSignal.any([signal, over.signal])))
  }

  #begin(connectionId: string): Outage {
    const over = new AbortController()
    const outage = { over, cancel: this.#clock.after(WAIT_MS, () => over.abort(noLinkError())) }
    this.#outages.set(connectionId, outage)
    return outage
  }

  #end(connectionId: string): void {
    this.#outages.get(connectionId)?.cancel()
    this.#outages.delete(connectionId)
  }

  #opened(connectionId: string, signal: AbortSignal): Promise<ProviderConnection> {
    return new Promise((resolve, reject) => {
      const stop = this.#links.onChange((changed) => {
        const link = changed === connectionId ? this.#links.current(changed) : undefined
        if (!link) return
        end()
        resolve(link)
      })
      const onAbort = () => {
        end()
        reject(signal.reason)
      }
      const end = () => {
        stop()
        signal.removeEventListener('abort', onAbort)
      }
      if (signal.aborted) onAbort()
      else signal.addEventListener('abort', onAbort, { once: true })
    })
  }
}

function noLinkError(): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'task.no-link',
    message: 'There is no link to the host, so nothing was done. Try again when it is back.',
  })
}
