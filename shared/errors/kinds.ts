/** The closed list of error kinds. The kind alone decides behaviour; codes and texts only explain. */
export const ERROR_KINDS = [
  'cancelled',
  'invalid-input',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'precondition',
  'unsupported',
  'exhausted',
  'unreachable',
  'timeout',
  /** The request left and no answer came: probe the object, then decide. Never repeated blindly. */
  'indeterminate',
  'rate-limited',
  'protocol',
  'remote-failure',
  'bug',
] as const

export type ErrorKind = (typeof ERROR_KINDS)[number]

const KIND_SET: ReadonlySet<string> = new Set(ERROR_KINDS)

export function isErrorKind(value: unknown): value is ErrorKind {
  return typeof value === 'string' && KIND_SET.has(value)
}
