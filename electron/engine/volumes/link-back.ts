import { AppError, toAppError } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import type { Clock, ProviderConnection } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'

/** The open link of a connection, at once or when it opens. Throws `unreachable` volume.no-link when it takes longer than `patienceMs`. */
export function linkBack(
  links: Links,
  clock: Clock,
  connectionId: ConnectionId,
  patienceMs: number,
  signal: AbortSignal,
): Promise<ProviderConnection> {
  const current = links.current(connectionId)
  if (current) return Promise.resolve(current)
  return new Promise((resolve, reject) => {
    const end = () => {
      stopListening()
      stopWaiting()
      signal.removeEventListener('abort', onAbort)
    }
    const onAbort = () => {
      end()
      reject(toAppError(signal.reason))
    }
    const stopListening = links.onChange((changed) => {
      const link = changed === connectionId ? links.current(changed) : undefined
      if (!link) return
      end()
      resolve(link)
    })
    const stopWaiting = clock.after(patienceMs, () => {
      end()
      reject(noLink())
    })
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}

function noLink(): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'volume.no-link',
    message: 'The link to the host did not come back. What the host has is kept: retry when it is back.',
  })
}
