import { type AppError, toAppError } from '../../../shared/errors/index.ts'

const AGAIN_MS = 1_000

/** The way to one of the ends broke, or is narrow for a while, and not the copy. */
export function isLoss({ kind, code }: AppError): boolean {
  return (kind === 'unreachable' && code !== 'volume.no-link') || kind === 'indeterminate' || kind === 'timeout' || kind === 'rate-limited'
}

/** How long to wait before it is tried again. */
export function pauseAfter({ retryAfterMs }: AppError): number {
  return Math.max(AGAIN_MS, retryAfterMs ?? 0)
}

/** As `work`, but no longer than until the signal: a write may hang for as long as a dead link is not noticed. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toAppError(signal.reason))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
    const end = () => signal.removeEventListener('abort', onAbort)
    work.then(
      (value) => {
        end()
        resolve(value)
      },
      (thrown: unknown) => {
        end()
        reject(toAppError(thrown))
      },
    )
  })
}
