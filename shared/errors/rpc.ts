import { AppError, fromWireError, toAppError, type WireError } from './app-error.ts'
import { isErrorKind } from './kinds.ts'

/**
 * The AppError inside what a contract client threw. The router puts a `WireError` into `data`; anything else that comes out
 * of a call is the link's own trouble: `indeterminate` when the request may have left, for a read simply `unreachable`.
 */
export function fromRpcError(thrown: unknown, kind: 'query' | 'command' | 'stream' = 'query'): AppError {
  const data = (thrown as { data?: unknown } | null)?.data
  if (isWireError(data)) return fromWireError(data)
  const error = toAppError(thrown)
  if (error.kind !== 'bug') return error
  return new AppError({
    kind: kind === 'command' ? 'indeterminate' : 'unreachable',
    code: kind === 'command' ? 'link.reply-lost' : 'link.closed',
    message:
      kind === 'command'
        ? 'The engine did not answer. It may have been done; look at the task list before trying again.'
        : 'The engine does not answer.',
    cause: thrown,
  })
}

function isWireError(value: unknown): value is WireError {
  if (typeof value !== 'object' || value === null) return false
  const candidate = value as Record<string, unknown>
  return isErrorKind(candidate.kind) && typeof candidate.code === 'string' && typeof candidate.message === 'string'
}
