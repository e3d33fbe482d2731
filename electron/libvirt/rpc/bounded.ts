import { type ErrorKind, LibvirtError } from '../errors.ts'
import type { CallOptions } from './call-options.ts'
import type { Clock } from './clock.ts'

/**
 * Waits for `promise`, but no longer than the options allow. `giveUp` runs when the wait was given up; `kind` replaces the kinds `timeout`
 * and `cancelled` where giving up leaves the outcome open.
 */
export function bounded<T>(
  promise: Promise<T>,
  clock: Clock,
  options: CallOptions,
  what: string,
  giveUp: () => void = () => {},
  kind?: ErrorKind,
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
      giveUp()
      reject(error)
    }
    const onAbort = () =>
      fail(new LibvirtError(kind ?? 'cancelled', 'libvirt.wait-cancelled', `${what} was given up`, { sent: true, cause: signal?.reason }))
    if (timeoutMs !== undefined && Number.isFinite(timeoutMs)) {
      cancelDeadline = clock.after(timeoutMs, () =>
        fail(new LibvirtError(kind ?? 'timeout', 'libvirt.wait-timeout', `${what} took longer than ${timeoutMs} ms`, { sent: true })),
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
