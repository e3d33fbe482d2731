import { AppError, isAppError } from '../../../shared/errors/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { Work } from './act-context.ts'
import { cancelled, isNoDomain, replyLost, timedOut, toProblem } from './problems.ts'

interface Pending {
  /** Ends it because the link ended. */
  readonly end: (reason: AppError) => void
}

/** The pieces of work on one link: each settles once, all of them with the link at the latest. */
export class LinkWorks {
  readonly #clock: Clock
  readonly #pending = new Set<Pending>()
  #end: AppError | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Why the link ended; undefined while it is there. */
  get ended(): AppError | undefined {
    return this.#end
  }

  /** The link has ended: nothing is begun any more, and what is under way ends. */
  end(reason: AppError): void {
    this.#end = reason
    for (const pending of this.#pending) pending.end(reason)
    this.#pending.clear()
  }

  /**
   * One piece of work. It settles exactly once: by its own end, an abort, the deadline or the end of the link. A command whose first change
   * has left is `indeterminate` when its answer cannot be had any more.
   */
  run<T>(command: string | null, machineRef: string | null, options: CallOptions, run: (work: Work) => Promise<T>): Promise<T> {
    if (this.#end) return Promise.reject(this.#end)
    const { signal, timeoutMs } = options
    if (signal?.aborted) return Promise.reject(cancelled())
    const stop = new AbortController()
    const work: Work = { signal: stop.signal, sent: false }
    return new Promise<T>((resolve, reject) => {
      const lost = (otherwise: AppError) => (command !== null && work.sent ? replyLost(command, otherwise) : otherwise)
      const settle = (deliver: () => void) => {
        if (!this.#pending.delete(pending)) return
        cancelTimeout?.()
        signal?.removeEventListener('abort', aborted)
        deliver()
      }
      const giveUp = (problem: AppError, reason: unknown = problem) =>
        settle(() => {
          reject(problem)
          stop.abort(reason)
        })
      const pending: Pending = {
        end: (reason) => {
          // The set is emptied by whoever ends the link.
          this.#pending.add(pending)
          giveUp(lost(reason))
        },
      }
      const aborted = () => giveUp(cancelled(), signal?.reason)
      const cancelTimeout = timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, () => giveUp(lost(timedOut(timeoutMs))))
      this.#pending.add(pending)
      signal?.addEventListener('abort', aborted, { once: true })
      run(work).then(
        (value) => settle(() => resolve(value)),
        (thrown: unknown) => {
          // The transport's end is told of a moment before the link's own.
          const problem = problemOf(thrown, machineRef)
          settle(() =>
            reject(
              problem.kind === 'unreachable' && this.#end ? lost(this.#end) : problem.kind === 'unreachable' ? lost(problem) : problem,
            ),
          )
        },
      )
    })
  }
}

/** A machine that is gone is named the same by every provider; what libvirt said stays with it. */
function problemOf(thrown: unknown, machineRef: string | null): AppError {
  const problem = toProblem(thrown)
  if (machineRef === null || !isNoDomain(thrown) || (isAppError(thrown) && thrown.code === 'machine.not-found')) return problem
  return new AppError({
    kind: 'not-found',
    code: 'machine.not-found',
    message: 'The host does not have this machine any more.',
    details: { ref: machineRef },
    ...(problem.remote && { remote: problem.remote }),
    cause: thrown,
  })
}
