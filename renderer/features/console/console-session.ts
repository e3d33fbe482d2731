import { AppError, type ErrorKind } from '../../../shared/errors/index.ts'
import { CONSOLE_FAILED, readCloseReason } from '../../../shared/model/index.ts'
import { type EngineChannel, toPageError } from '../../lib/api/index.ts'

/** Why the last channel or the last try came to nothing; without words of the engine's where only a code came. */
export type ConsoleTrouble = Pick<AppError, 'kind' | 'code' | 'message' | 'details'>

export interface ConsoleSnapshot {
  /**
   * `idle`: it may not be opened now. `waiting`: it will be tried again by itself. `failed`: trying again would fail again, until
   * somebody does something.
   */
  readonly phase: 'idle' | 'opening' | 'open' | 'waiting' | 'failed'
  /** Present while open. */
  readonly channel: EngineChannel | null
  readonly trouble: ConsoleTrouble | null
  /** Unix milliseconds of the next try; null: at once, or when the page is seen again. */
  readonly nextAtMs: number | null
  /** Since when what stands there is old; null: it never was open, or is now. */
  readonly lostAtMs: number | null
}

export interface ConsoleSessionOptions {
  /** Asks the engine for the console. Throws AppError. */
  readonly open: (takeOver: boolean, signal: AbortSignal) => Promise<EngineChannel>
  readonly nowMs: () => number
  readonly random: () => number
  readonly setTimer: (run: () => void, delayMs: number) => () => void
  /** Nobody needs a console that nobody sees: a hidden page waits until it is seen. */
  readonly isSeen: () => boolean
  /** What ended by itself is opened again: a port that was let go of, but not a shell that somebody has left. Default true. */
  readonly reopensEnded?: boolean
}

/** The longest wait before each try after the first, which is made at once. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000]
/** One that broke sooner counts as a try that failed: else a server that ends at once would be asked without a pause. */
const STEADY_MS = 5_000
/** Kinds of trouble that pass by themselves. */
const PASSING: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unreachable', 'timeout', 'rate-limited', 'protocol', 'exhausted', 'cancelled'])
/** Of an open console that broke, these do not. Anything else may be over with another try: it did open before. */
const LASTING: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'forbidden',
  'unauthenticated',
  'invalid-input',
  'unsupported',
  'not-found',
  'precondition',
])
/** So do these, whatever their kind: the host and the page do not learn of a start in the same moment. */
const PASSING_CODES: ReadonlySet<string> = new Set(['console.not-running', 'console.token-unknown'])

const IDLE: ConsoleSnapshot = { phase: 'idle', channel: null, trouble: null, nextAtMs: null, lostAtMs: null }

/** How long to wait before a try, counted from 0: at once, then full jitter under a doubling cap. */
export function consoleWaitMs(attempt: number, random: number): number {
  return attempt === 0 ? 0 : random * (WAITS_MS[Math.min(attempt, WAITS_MS.length) - 1] ?? 0)
}

/** Keeps one console open for as long as it may be: what breaks off is opened again. */
export class ConsoleSession {
  readonly #options: ConsoleSessionOptions
  readonly #listeners = new Set<() => void>()
  #snapshot = IDLE
  #allowed = false
  #attempt = 0
  #openedAtMs: number | null = null
  #trying: AbortController | null = null
  #cancelTimer: (() => void) | null = null
  #waitsToBeSeen = false

  constructor(options: ConsoleSessionOptions) {
    this.#options = options
  }

  readonly get = (): ConsoleSnapshot => this.#snapshot

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Whether it may be open: the machine runs, its host is linked, the person has the permission. */
  setAllowed(allowed: boolean): void {
    if (this.#allowed === allowed) return
    this.#allowed = allowed
    if (allowed) this.#try(false)
    else if (!this.#snapshot.channel) this.#rest()
  }

  /** Now instead of later, by a person. */
  retry(): void {
    this.#attempt = 0
    this.#try(false)
  }

  /** Ends the session of whoever holds it outside of this program. Said once, for one try. */
  takeOver(): void {
    this.#attempt = 0
    this.#try(true)
  }

  seen(): void {
    if (this.#waitsToBeSeen) this.#try(false)
  }

  stop(): void {
    this.#allowed = false
    this.#quiet()
    const { channel } = this.#snapshot
    this.#become(IDLE)
    channel?.close()
  }

  #try(takeOver: boolean): void {
    if (!this.#allowed || this.#snapshot.channel) return
    this.#quiet()
    if (!this.#options.isSeen()) {
      this.#waitsToBeSeen = true
      this.#become({ ...this.#snapshot, phase: 'waiting', nextAtMs: null })
      return
    }
    const mine = new AbortController()
    this.#trying = mine
    this.#become({ ...this.#snapshot, phase: 'opening', nextAtMs: null })
    this.#options.open(takeOver, mine.signal).then(
      (channel) => this.#follow(channel, mine),
      (thrown: unknown) => {
        if (mine.signal.aborted) return
        const trouble = toPageError(thrown)
        this.#lost(trouble, PASSING.has(trouble.kind))
      },
    )
  }

  #follow(channel: EngineChannel, mine: AbortController): void {
    if (mine.signal.aborted) {
      channel.close()
      return
    }
    const opened = () => {
      if (mine.signal.aborted) {
        channel.close()
        return
      }
      this.#openedAtMs = this.#options.nowMs()
      this.#become({ phase: 'open', channel, trouble: null, nextAtMs: null, lostAtMs: null })
    }
    channel.addEventListener('open', opened)
    channel.addEventListener('close', ({ code, reason }) => {
      if (mine.signal.aborted) return
      const trouble = troubleOf(code, reason)
      this.#lost(trouble, trouble ? !LASTING.has(trouble.kind) : (this.#options.reopensEnded ?? true))
    })
  }

  /** `passes`: another try makes sense, without anybody doing something. */
  #lost(trouble: ConsoleTrouble | null, passes: boolean): void {
    const nowMs = this.#options.nowMs()
    const lostAtMs = this.#openedAtMs === null ? this.#snapshot.lostAtMs : nowMs
    if (this.#openedAtMs !== null && nowMs - this.#openedAtMs >= STEADY_MS) this.#attempt = 0
    this.#openedAtMs = null
    this.#quiet()
    this.#snapshot = { phase: 'waiting', channel: null, trouble, nextAtMs: null, lostAtMs }
    if (!this.#allowed) this.#rest()
    else if (passes || (trouble && PASSING_CODES.has(trouble.code))) this.#tryLater(nowMs)
    else this.#become({ ...this.#snapshot, phase: 'failed' })
  }

  #tryLater(nowMs: number): void {
    const waitMs = consoleWaitMs(this.#attempt++, this.#options.random())
    this.#become({ ...this.#snapshot, nextAtMs: nowMs + waitMs })
    this.#cancelTimer = this.#options.setTimer(() => this.#try(false), waitMs)
  }

  /** It may not be open: nothing is tried. */
  #rest(): void {
    this.#quiet()
    this.#attempt = 0
    this.#become({ ...this.#snapshot, phase: 'idle', trouble: null, nextAtMs: null })
  }

  #quiet(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = null
    this.#waitsToBeSeen = false
    this.#trying?.abort()
    this.#trying = null
  }

  #become(next: ConsoleSnapshot): void {
    this.#snapshot = next
    for (const listener of this.#listeners) listener()
  }
}

/** An end that was not said is a way that broke off: the socket went, not the console. */
function troubleOf(code: number, reason: string): ConsoleTrouble | null {
  if (code === CONSOLE_FAILED) return new AppError({ ...readCloseReason(reason), message: '' })
  return code === 1_006 ? new AppError({ kind: 'unreachable', code: 'console.engine-unreachable', message: '' }) : null
}
