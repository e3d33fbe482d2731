import { AppError } from '../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON, type Clock } from '../../providers/provider.ts'

export function cancelledError(): AppError {
  return new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' })
}

/**
 * Runs `body` with a signal that fires at the deadline or with `outer`. Settles then even when the body does not listen:
 * a call that hangs must not hold its machine for ever. Throws `timeout` task.step-timeout, or the outer signal's reason.
 */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  outer: AbortSignal,
  body: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted()
  const controller = new AbortController()
  const fired = new Promise<never>((_resolve, reject) => {
    controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true })
  })
  fired.catch(() => {})
  const onOuter = () => controller.abort(outer.reason)
  outer.addEventListener('abort', onOuter, { once: true })
  const stop = clock.after(timeoutMs, () =>
    controller.abort(
      new AppError({
        kind: 'timeout',
        code: 'task.step-timeout',
        message: `No end after ${Math.round(timeoutMs / 1_000)} s. What became of it is being checked.`,
        details: { timeoutMs },
      }),
    ),
  )
  try {
    return await Promise.race([body(controller.signal), fired])
  } finally {
    stop()
    outer.removeEventListener('abort', onOuter)
  }
}

/** Rejects with the signal's reason. */
export function delay(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = clock.after(delayMs, () => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    const onAbort = () => {
      stop()
      reject(signal.reason)
    }
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
}
