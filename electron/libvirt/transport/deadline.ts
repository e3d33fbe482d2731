import { TransportError, type TransportErrorCode, toError } from './transport-error.ts'

/** Limits of one operation. Both end it: `signal` at once, `timeoutMs` after that many milliseconds. */
export interface CallLimits {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
}

interface DeadlineOptions extends CallLimits {
  /** Code of the error when the time is up. */
  readonly timeoutCode: TransportErrorCode
  /** What is being done, for the error text, e.g. "connecting to kvm-01". */
  readonly subject: string
}

/** setTimeout holds a signed 32-bit count of milliseconds; a longer wait would fire at once. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff

/**
 * One deadline over many stages. `signal` aborts with a {@link TransportError} as its reason: `transport.cancelled` when the caller's
 * signal fired, the given timeout code when the time is up. `hold` stops the clock while a human is thinking over a prompt.
 * Whoever makes one disposes it.
 */
export class Deadline {
  readonly #controller = new AbortController()
  readonly #options: DeadlineOptions
  readonly #onAbort: () => void
  #timer: NodeJS.Timeout | undefined
  #remainingMs: number
  #startedAtMs = 0
  #holds = 0
  /** The stage that a timeout is blamed on. */
  stage = 'start'

  constructor(options: DeadlineOptions) {
    this.#options = options
    this.#remainingMs = options.timeoutMs ?? Number.POSITIVE_INFINITY
    this.#onAbort = () => this.#abort(cancelled(options.subject, options.signal?.reason))
    if (options.signal?.aborted) this.#onAbort()
    else options.signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.#start()
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** Throws the reason if the operation is over. */
  check(): void {
    if (this.signal.aborted) throw toError(this.signal.reason)
  }

  /** Runs `body` with the clock stopped: time a person needs to answer is not the network's fault. */
  async hold<T>(body: () => Promise<T>): Promise<T> {
    this.#holds += 1
    this.#stop()
    try {
      return await body()
    } finally {
      this.#holds -= 1
      this.#start()
    }
  }

  dispose(): void {
    this.#stop()
    this.#options.signal?.removeEventListener('abort', this.#onAbort)
  }

  #start(): void {
    if (this.#holds > 0 || this.signal.aborted || !Number.isFinite(this.#remainingMs)) return
    this.#startedAtMs = performance.now()
    const isWhole = this.#remainingMs <= LONGEST_TIMEOUT_MS
    const onTimer = () => {
      if (isWhole) this.#expire()
      else {
        this.#stop()
        this.#start()
      }
    }
    this.#timer = setTimeout(onTimer, Math.max(0, Math.min(this.#remainingMs, LONGEST_TIMEOUT_MS)))
  }

  #expire(): void {
    const { timeoutCode, subject, timeoutMs } = this.#options
    this.#abort(
      new TransportError(timeoutCode, `Timed out ${subject} (stage: ${this.stage})`, { details: { stage: this.stage, timeoutMs } }),
    )
  }

  #stop(): void {
    if (this.#timer === undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#remainingMs -= performance.now() - this.#startedAtMs
  }

  #abort(reason: TransportError): void {
    this.#stop()
    if (!this.signal.aborted) this.#controller.abort(reason)
  }
}

/** The error for a caller's abort. */
export function cancelled(subject: string, cause?: unknown): TransportError {
  return new TransportError('transport.cancelled', `Cancelled ${subject}`, cause === undefined ? {} : { cause })
}

/** Settles with `promise`, or rejects with the signal's reason as soon as it aborts. The promise itself goes on. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: () => void = () => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(toError(signal.reason))
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
