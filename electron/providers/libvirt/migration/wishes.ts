import { isAppError } from '../../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON, type CallOptions, type MoveOptions } from '../../provider.ts'

/** A person has cancelled the move itself. A console that closes leaves it to its hosts. */
export function wishesEnd({ signal }: Pick<MoveOptions, 'signal'>): boolean {
  const reason: unknown = signal?.reason
  return isAppError(reason) && reason.code === CANCELLED_BY_PERSON
}

/** A person's cancel stops the move itself and waits for its end; any other abort leaves it to its hosts at once. */
export function leaving(options: MoveOptions): CallOptions {
  const { signal, timeoutMs } = options
  if (!signal) return timeoutMs === undefined ? {} : { timeoutMs }
  const leave = new AbortController()
  const pass = () => {
    if (!wishesEnd(options)) leave.abort(signal.reason)
  }
  if (signal.aborted) pass()
  else signal.addEventListener('abort', pass, { once: true })
  return { signal: leave.signal, ...(timeoutMs !== undefined && { timeoutMs }) }
}

/** A cancel comes too late when the target has been told to run. */
export function unstoppable({ onMove, onProgress }: MoveOptions): MoveOptions {
  return { ...(onMove && { onMove }), ...(onProgress && { onProgress }) }
}
