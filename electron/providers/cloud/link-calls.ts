import { type AppError, isAppError, toAppError } from '../../../shared/errors/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import * as problems from './problems.ts'

interface Call {
  readonly command: string | null
  readonly reject: (error: AppError) => void
  /** What a passed deadline means. */
  overdue: (timeoutMs: number) => AppError
}

/** From then on a passed deadline has another meaning: the far side has taken the command on. */
export type SayOverdue = (overdue: (timeoutMs: number) => AppError) => void

/**
 * The calls of one link. Each settles exactly once: by its answer, an abort, its deadline or the end of the link. A command that has left
 * and got no answer is `indeterminate`; a read is `timeout` or `unreachable`.
 */
export class LinkCalls {
  readonly closed: Promise<AppError | null>
  readonly #clock: Clock
  readonly #cloud: string
  readonly #calls = new Set<Call>()
  readonly #abort = new AbortController()
  #resolveClosed: (why: AppError | null) => void = () => undefined
  #end: AppError | null = null

  constructor(clock: Clock, cloud: string) {
    this.#clock = clock
    this.#cloud = cloud
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve
    })
  }

  get isOpen(): boolean {
    return this.#end === null
  }

  /** Ends with the link. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** `why` null: closed on purpose. */
  finish(why: AppError | null): void {
    if (this.#end) return
    const end = why ?? problems.linkClosed()
    this.#end = end
    for (const call of this.#calls) call.reject(call.command === null ? asUnreachable(end) : problems.replyLost(call.command))
    this.#calls.clear()
    this.#abort.abort()
    this.#resolveClosed(why)
  }

  read<T>(options: CallOptions, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.#run(null, options, run)
  }

  command<T>(name: string, options: CallOptions, run: (signal: AbortSignal, sayOverdue: SayOverdue) => Promise<T>): Promise<T> {
    return this.#run(name, options, run)
  }

  #run<T>(
    command: string | null,
    { signal, timeoutMs }: CallOptions,
    run: (signal: AbortSignal, sayOverdue: SayOverdue) => Promise<T>,
  ): Promise<T> {
    if (this.#end) return Promise.reject(asUnreachable(this.#end))
    if (signal?.aborted) return Promise.reject(problems.cancelled())
    return new Promise<T>((resolve, reject) => {
      const abort = new AbortController()
      const settle = (deliver: () => void) => {
        if (!this.#calls.delete(call)) return
        cancelTimeout?.()
        signal?.removeEventListener('abort', aborted)
        deliver()
        abort.abort()
      }
      const call: Call = {
        command,
        reject: (error) => settle(() => reject(error)),
        overdue: (afterMs) => (command === null ? problems.timedOut(this.#cloud, afterMs) : problems.replyLost(command)),
      }
      const aborted = () => call.reject(problems.cancelled())
      const cancelTimeout = timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, () => call.reject(call.overdue(timeoutMs)))
      this.#calls.add(call)
      signal?.addEventListener('abort', aborted)
      const sayOverdue: SayOverdue = (overdue) => {
        call.overdue = overdue
      }
      run(abort.signal, sayOverdue).then(
        (value) => settle(() => resolve(value)),
        (thrown: unknown) => call.reject(isAppError(thrown) ? thrown : toAppError(thrown)),
      )
    })
  }
}

/** Whatever ended the link: to a caller it is not there. */
function asUnreachable(end: AppError): AppError {
  return end.kind === 'unreachable' ? end : problems.linkClosed()
}
