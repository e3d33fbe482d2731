import type { ErrorKind } from '../../../shared/errors/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { ATTEMPT_MS, GRACE_MS, looksLikeNetwork } from './reconnect-policy.ts'

/** Failures further apart than this are not "at once". */
const AT_ONCE_MS = 120_000
/** So many failures and no success suffice even while others have not been tried yet. */
const ENOUGH = 16
/** An attempt may have begun so long before it failed: a network that carried an answer meanwhile is not what it failed of. */
const UNDER_WAY_MS = ATTEMPT_MS + GRACE_MS
const PROBE_BASE_MS = 1_000
const PROBE_CAP_MS = 15_000

/** Kinds that only the far side can have caused: an answer, if not the one hoped for. `conflict`: another host key than before. */
const ANSWERS: ReadonlySet<ErrorKind> = new Set<ErrorKind>([
  'conflict',
  'unauthenticated',
  'forbidden',
  'rate-limited',
  'remote-failure',
  'protocol',
  'unsupported',
])

/** `answered`: reached, if not opened; `unclear`: failed of something on this side. */
type State = 'untried' | 'up' | 'failed' | 'answered' | 'unclear'

interface Verdict {
  readonly state: State
  readonly sinceMs: number
}

export interface NetworkMonitorOptions {
  readonly clock: Clock
  /** Stop trying: our own network is down. `connections`: how many failed. */
  readonly onDown: (connections: number) => void
  /** It is back: try all. */
  readonly onUp: (downMs: number) => void
  /** Try this one now, whatever its turn. Its outcome comes back through `failed` or `answered`. */
  readonly probe: (id: string, atMs: number | null) => void
}

/**
 * Tells a lost network of our own from lost hosts: when no connection is up and several failed at once. Then one connection
 * at a time is tried, those first that were not tried at all, until one answers. A host that refuses a password answers, too.
 */
export class NetworkMonitor {
  readonly #options: NetworkMonitorOptions
  /** In the order in which they are probed. */
  readonly #verdicts = new Map<string, Verdict>()
  #downSinceMs: number | null = null
  #probing: string | null = null
  #probes = 0
  #cancelProbe: (() => void) | null = null

  constructor(options: NetworkMonitorOptions) {
    this.#options = options
  }

  get down(): boolean {
    return this.#downSinceMs !== null
  }

  /** A connection that will be tried. */
  expect(id: string): void {
    if (!this.#verdicts.has(id)) this.#judge(id, 'untried')
  }

  /** A link was opened. */
  answered(id: string): void {
    this.#judge(id, 'up')
    this.#up()
  }

  /** An attempt failed or a link was lost. */
  failed(id: string, kind: ErrorKind): void {
    if (!this.#verdicts.has(id)) return
    if (ANSWERS.has(kind)) {
      this.#judge(id, 'answered')
      this.#up()
      return
    }
    const before = this.#verdicts.get(id)
    const sinceMs = before?.state === 'failed' ? before.sinceMs : this.#options.clock.nowMs()
    this.#judge(id, looksLikeNetwork(kind) ? 'failed' : 'unclear', sinceMs)
    if (!this.down) this.#check()
    else if (this.#probing === id || this.#probing === null) this.#nextProbe()
  }

  /** Disabled or removed: it says nothing any more. */
  forget(id: string): void {
    this.#verdicts.delete(id)
    if (!this.down) return
    if (this.#candidate() === null) this.stop()
    else if (this.#probing === id) this.#nextProbe()
  }

  /** Something has changed, such as a laptop that woke: the next probe is now, and the waits begin from the shortest. */
  hurry(): void {
    if (!this.down || this.#probing === null) return
    this.#probes = 0
    this.#cancelProbe?.()
    this.#options.probe(this.#probing, null)
  }

  /** Nothing is looked for any more, and nothing said. */
  stop(): void {
    this.#cancelProbe?.()
    this.#probing = null
    this.#downSinceMs = null
  }

  #judge(id: string, state: State, sinceMs = this.#options.clock.nowMs()): void {
    this.#verdicts.delete(id)
    this.#verdicts.set(id, { state, sinceMs })
  }

  #check(): void {
    const oldest = Math.max(this.#options.clock.nowMs() - AT_ONCE_MS, this.#lastAnswerMs() + UNDER_WAY_MS)
    let recent = 0
    let untried = false
    let failed = 0
    for (const { state, sinceMs } of this.#verdicts.values()) {
      if (state === 'up') return
      if (state === 'untried') untried = true
      if (state === 'failed') failed++
      if (state === 'failed' && sinceMs >= oldest) recent++
    }
    if (recent < 2 || (untried && recent < ENOUGH)) return
    this.#downSinceMs = this.#options.clock.nowMs()
    this.#probes = 0
    this.#options.onDown(failed)
    this.#nextProbe()
  }

  #lastAnswerMs(): number {
    let lastMs = Number.NEGATIVE_INFINITY
    for (const { state, sinceMs } of this.#verdicts.values()) if (state === 'answered') lastMs = Math.max(lastMs, sinceMs)
    return lastMs
  }

  #up(): void {
    if (this.#downSinceMs === null) return
    const downMs = this.#options.clock.nowMs() - this.#downSinceMs
    this.#downSinceMs = null
    this.#probing = null
    this.#cancelProbe?.()
    this.#options.onUp(downMs)
  }

  #nextProbe(): void {
    const { clock, probe } = this.#options
    this.#cancelProbe?.()
    const id = this.#candidate()
    this.#probing = id
    if (id === null) return
    const delayMs = Math.min(PROBE_CAP_MS, PROBE_BASE_MS * 2 ** Math.min(this.#probes++, 8)) * (0.5 + clock.random() / 2)
    probe(id, clock.nowMs() + delayMs)
    this.#cancelProbe = clock.after(delayMs, () => probe(id, null))
  }

  #candidate(): string | null {
    let failed: string | null = null
    for (const [id, verdict] of this.#verdicts) {
      if (verdict.state === 'untried') return id
      if (verdict.state === 'failed') failed ??= id
    }
    return failed
  }
}
