/**
 * The closed list of error kinds. The kind alone decides what a caller does: retry, ask, probe, or show.
 * `indeterminate` means that the request left and no answer came: probe the object, never repeat blindly.
 */
export type ErrorKind =
  | 'cancelled'
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition'
  | 'unsupported'
  | 'exhausted'
  | 'unreachable'
  | 'timeout'
  | 'indeterminate'
  | 'rate-limited'
  | 'protocol'
  | 'remote-failure'
  | 'bug'
