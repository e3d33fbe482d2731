import { type ErrorKind, LibvirtError } from '../errors.ts'
import type { CallOptions } from './call-options.ts'
import type { Clock } from './clock.ts'

/** What giving a wait up means. */
export interface GivenUp {
  /** Whether what is waited for had been asked of the host. */
  readonly sent: boolean
  /** Instead of `timeout` and `cancelled`, where the outcome is then open. */
  readonly kind?: ErrorKind
  readonly run?: () => void
}

/** Waits for `promise`, but no longer than the options allow. */
export function bounded<T>(
  promise: Promise<T>,
  clock: Clock,
  options: CallOptions,
  what: string,
  { sent, kind, run }: GivenUp,
): Promise<T> {
  const { signal, timeoutMs } = options
  if (signal === undefined && (timeoutMs === undefined || !Number.isFinite(timeoutMs))) return promise
  return new Promise<T>((resolve, reject) => {
    let cancelDeadline: (() => void) | undefined
    const stop = () => {
      cancelDeadline?.()
      signal?.removeEventListener('abort', onAbort)
    }
    const fail = (error: LibvirtError) => {
      stop()
      run?.()
      reject(error)
    }
    const onAbort = () =>
      fail(new LibvirtError(kind ?? 'cancelled', 'libvirt.wait-cancelled', `${what} was given up`, { sent, cause: signal?.reason }))
    if (timeoutMs !== undefined && Number.isFinite(timeoutMs)) {
      cancelDeadline = clock.after(timeoutMs, () =>
        fail(new LibvirtError(kind ?? 'timeout', 'libvirt.wait-timeout', `${what} took longer than ${timeoutMs} ms`, { sent })),
      )
    }
    if (signal?.aborted === true) return onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    promise.then(
      (value) => {
        stop()
        resolve(value)
      },
      (error: unknown) => {
        stop()
        reject(error)
      },
    )
  })
}
