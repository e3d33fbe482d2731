import type { Clock } from '../../providers/provider.ts'
import type { DownloadFile } from './download-file.ts'

/** A download that broke may be gone on with so long after it was last asked for. */
const KEPT_MS = 24 * 3_600_000
const MAX_LINKS = 1_000

/** A file that can be asked for by a token, and what it was when the token was given out. */
export interface DownloadLink {
  readonly file: DownloadFile
  readonly version: string | null
}

/** What was begun to be saved, by its token. */
export class DownloadLinks {
  readonly #clock: Clock
  /** In the order in which they were last asked for. */
  readonly #links = new Map<string, DownloadLink & { readonly usedAtMs: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(token: string, link: DownloadLink): void {
    this.#links.set(token, { ...link, usedAtMs: this.#clock.nowMs() })
    for (const [oldest, { usedAtMs }] of this.#links) {
      if (this.#links.size <= MAX_LINKS && !this.#isOver(usedAtMs)) break
      this.#links.delete(oldest)
    }
  }

  /** Null: there is none, or it was not asked for in a long time. */
  find(token: string): DownloadLink | null {
    const link = this.#links.get(token)
    this.#links.delete(token)
    if (!link || this.#isOver(link.usedAtMs)) return null
    this.#links.set(token, { ...link, usedAtMs: this.#clock.nowMs() })
    return link
  }

  #isOver(usedAtMs: number): boolean {
    return this.#clock.nowMs() - usedAtMs > KEPT_MS
  }
}
