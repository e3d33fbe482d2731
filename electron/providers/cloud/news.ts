import { type AppError, type ErrorKind, toAppError } from '../../../shared/errors/index.ts'
import type { Clock, Logger, ProviderEvent, ProviderSink } from '../provider.ts'
import type { CloudApi, News, NewsTarget } from './api.ts'
import type { CloudWatch } from './watch.ts'

export interface NewsDeskOptions {
  readonly api: CloudApi
  readonly watch: CloudWatch
  readonly sink: ProviderSink
  readonly clock: Clock
  readonly log: Logger
  /** Ends with the link. */
  readonly signal: AbortSignal
}

/** What may be otherwise in a moment: the news are worth being told again. */
const PASSING: ReadonlySet<ErrorKind> = new Set(['unreachable', 'timeout', 'rate-limited', 'cancelled'])

/**
 * Joins what a cloud tells by itself with the watch of its account. News are only a reason to look: what counts is the machine as it then is,
 * so that old, repeated and foreign ones do no harm.
 */
export class NewsDesk implements NewsTarget {
  readonly #with: NewsDeskOptions
  /** Sources that cannot be heard, by the code of why. */
  readonly #failed = new Map<string, string>()

  constructor(options: NewsDeskOptions) {
    this.#with = options
  }

  /** Listens until the signal ends. */
  async listen(): Promise<void> {
    const { api, signal, log } = this.#with
    try {
      await api.news?.(this, { signal })
    } catch (thrown) {
      const error = toAppError(thrown)
      if (!signal.aborted) log.error('listening to a cloud broke off', { code: error.code, message: error.message })
    }
  }

  async moved({ source, placeRef, refs }: News): Promise<void> {
    const { api, watch, clock, signal, log } = this.#with
    if (!watch.has(placeRef)) return
    const beganAtMs = clock.nowMs()
    const looks = await Promise.allSettled(
      [...new Set(refs)].map(async (ref) => watch.put(ref, await api.machine(ref, { signal }), beganAtMs)),
    )
    const errors = looks.flatMap((look) => (look.status === 'rejected' ? toAppError(look.reason) : []))
    const passing = errors.find(({ kind }) => PASSING.has(kind))
    if (passing) throw passing
    const [error] = errors
    if (error) log.debug('machines that a cloud told of could not be read', { place: placeRef, code: error.code, count: errors.length })
    else watch.told(placeRef, source)
  }

  heard(source: string, failure: AppError | null): void {
    const { api, watch, sink, clock, signal } = this.#with
    if (signal.aborted) return
    const before = this.#failed.get(source)
    if (failure === null) {
      if (!this.#failed.delete(source)) return
    } else {
      watch.silent(source)
      this.#failed.set(source, failure.code)
      if (before === failure.code) return
    }
    const isBack = failure === null
    sink.event({
      atMs: clock.nowMs(),
      severity: isBack ? 'info' : 'warning',
      code: isBack ? 'cloud.news-back' : 'cloud.news-lost',
      text: isBack
        ? `${source} tells of changes again.`
        : `${source} does not tell of changes: ${failure.message} ${api.label} is asked as often as without it.`,
      params: { source, ...(failure && { ...wordsIn(failure), reason: failure.code }) },
      machineRef: null,
      hostRef: null,
    })
  }
}

/** What the words for an error name: a permission, a region. */
function wordsIn({ details }: AppError): ProviderEvent['params'] {
  return Object.fromEntries(Object.entries(details).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])))
}
