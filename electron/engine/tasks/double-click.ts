import type { Clock } from '../../providers/provider.ts'

/** The same token again within this time is the same click. */
const TOKEN_MS = 60_000

/** Answers a repeated order, known by the token its caller chose, as it answered the first: a double click is one click. */
export class DoubleClicks<Answer> {
  readonly #clock: Clock
  readonly #tokens = new Map<string, { readonly atMs: number; readonly answer: Promise<Answer> }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** `order`: what tells one caller's tokens from another's. A refusal is not remembered: the same click may fit a moment later. */
  once(order: readonly string[], token: string | undefined, run: () => Promise<Answer>): Promise<Answer> {
    if (token === undefined) return run()
    const nowMs = this.#clock.nowMs()
    for (const [key, kept] of this.#tokens) if (nowMs - kept.atMs > TOKEN_MS) this.#tokens.delete(key)
    const key = JSON.stringify([...order, token])
    const known = this.#tokens.get(key)
    if (known) return known.answer
    const answer = run()
    this.#tokens.set(key, { atMs: nowMs, answer })
    answer.catch(() => this.#tokens.delete(key))
    return answer
  }
}
