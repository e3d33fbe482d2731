/** Lets so many in at once, the others in the order they came. */
export class AttemptGate {
  readonly #limit: number
  #inside = 0
  readonly #queue = new Set<() => void>()

  constructor(limit: number) {
    this.#limit = limit
  }

  get inside(): number {
    return this.#inside
  }

  /** Resolves with the way out, to be called once; rejects with the signal's reason when it fires first. */
  enter(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error)
        return
      }
      const admit = (): void => {
        this.#queue.delete(admit)
        signal.removeEventListener('abort', abandon)
        this.#inside++
        resolve(this.#wayOut())
      }
      const abandon = (): void => {
        this.#queue.delete(admit)
        reject(signal.reason as Error)
      }
      if (this.#inside < this.#limit) {
        admit()
      } else {
        signal.addEventListener('abort', abandon, { once: true })
        this.#queue.add(admit)
      }
    })
  }

  #wayOut(): () => void {
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inside--
      const [next] = this.#queue
      next?.()
    }
  }
}
