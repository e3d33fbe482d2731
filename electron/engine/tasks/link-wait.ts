import type { ConnectionId } from '../../../shared/model/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'

/** Resolves with the open link of a connection, at once or when it opens. Rejects with the signal's reason. */
export function waitForLink(links: Links, connectionId: string, signal: AbortSignal): Promise<ProviderConnection> {
  const current = links.current(connectionId as ConnectionId)
  if (current) return Promise.resolve(current)
  return new Promise((resolve, reject) => {
    const stop = links.onChange((changed) => {
      const link = changed === connectionId ? links.current(changed) : undefined
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
