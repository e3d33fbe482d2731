import { ORPCError } from '@orpc/server'
import { AppError, type ErrorKind, toAppError, toWireError } from '../../shared/errors/index.ts'

/** HTTP status of each kind, for the HTTP face and its OpenAPI description. */
export const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  cancelled: 499,
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  precondition: 412,
  unsupported: 422,
  exhausted: 507,
  unreachable: 502,
  timeout: 504,
  indeterminate: 500,
  'rate-limited': 429,
  protocol: 502,
  'remote-failure': 502,
  bug: 500,
}

/** What goes over the wire: status by kind, the WireError as `data`, no stack. */
export function toRpcError(thrown: unknown): ORPCError<string, unknown> {
  const error = sayable(toAppError(fromValidation(thrown)))
  return new ORPCError(error.kind.toUpperCase().replaceAll('-', '_'), {
    status: STATUS_OF_KIND[error.kind],
    message: error.message,
    data: toWireError(error),
  })
}

/** The words of what nobody foresaw may hold anything, paths and input among it: they stay in the log. */
function sayable(error: AppError): AppError {
  if (error.code !== 'bug.unexpected') return error
  return new AppError({
    kind: 'bug',
    code: error.code,
    message: 'Something went wrong inside the console. Its log has the particulars.',
    cause: error,
  })
}

/** The contract library's own refusals (unparsable input, unknown path) in our terms. */
function fromValidation(thrown: unknown): unknown {
  if (!(thrown instanceof ORPCError)) return thrown
  if (thrown.code === 'BAD_REQUEST') {
    return new AppError({ kind: 'invalid-input', code: 'input.invalid', message: describeIssues(thrown.data), cause: thrown })
  }
  if (thrown.code === 'NOT_FOUND') {
    return new AppError({ kind: 'not-found', code: 'method.unknown', message: 'There is no such method.', cause: thrown })
  }
  return new AppError({ kind: 'bug', code: 'bug.contract', message: 'The answer did not fit the contract.', cause: thrown })
}

interface Issue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }>
}

function describeIssues(data: unknown): string {
  const issues = (data as { issues?: readonly Issue[] } | undefined)?.issues ?? []
  const lines = issues.slice(0, 5).map((issue) => {
    const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  return `The input does not fit. ${lines.join('; ')}`.trim()
}
