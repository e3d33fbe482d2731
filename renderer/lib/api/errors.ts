import type { MethodMeta } from '../../../shared/contract/index.ts'
import { AppError, fromRpcError, isAppError } from '../../../shared/errors/index.ts'

/** The console's own engine does not answer: nothing is known about any host from this. */
export function engineUnreachable(cause?: unknown): AppError {
  return new AppError({
    kind: 'unreachable',
    code: 'console.engine-unreachable',
    message: 'The console engine does not answer. The page tries again by itself.',
    cause,
  })
}

/** Whatever a call threw, as an AppError: the engine's own when it sent one, else judged by the kind of the method. */
export function toPageError(thrown: unknown, kind: MethodMeta['kind'] = 'query'): AppError {
  return isAppError(thrown) ? thrown : fromRpcError(thrown, kind)
}
