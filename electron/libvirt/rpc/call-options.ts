/** What bounds whatever leaves the process. */
export interface CallOptions {
  /** Gives up when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** From the call on, the wait for its turn included; `Infinity` for none. */
  readonly timeoutMs?: number | undefined
  /** Runs when the call leaves; before that the host cannot have seen it. */
  readonly onSent?: (() => void) | undefined
}
