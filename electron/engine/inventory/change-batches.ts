import type { ChangeListener, StoreChange } from './store-change.ts'

/** What is written is heard in batches, in order, by all who listen. */
export class ChangeBatches {
  readonly #listeners = new Set<ChangeListener>()
  #depth = 0
  #telling = false
  #batch: StoreChange[] = []

  /** Hears every change, batch by batch, in order. The answer unsubscribes. */
  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** What is done inside is heard as one batch. */
  transaction<T>(work: () => T): T {
    this.#depth++
    try {
      return work()
    } finally {
      this.#depth--
      if (this.#depth === 0) this.#tell()
    }
  }

  add(change: StoreChange): void {
    this.#batch.push(change)
  }

  /** A listener that writes makes a further batch, which all hear after this one. */
  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    try {
      while (this.#batch.length > 0) {
        const changes = this.#batch
        this.#batch = []
        for (const listener of this.#listeners) listener(changes)
      }
    } finally {
      this.#telling = false
    }
  }
}
