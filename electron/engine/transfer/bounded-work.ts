import { type AppError, toAppError } from '../../../shared/errors/index.ts'

/** The way to a host broke, and not the copy. */
export function isLoss({ kind, code }: AppError): boolean {
  return (kind === 'unreachable' && code !== 'volume.no-link') || kind === 'indeterminate' || kind === 'timeout'
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
