/** Bulk work on one host at a time, at most so many: the rest waits in the order it came. */
export class HostSlots {
  readonly #limit: (host: string) => number
  readonly #used = new Map<string, number>()
  readonly #queues = new Map<string, Array<() => void>>()

  constructor(limit: (host: string) => number) {
    this.#limit = limit
  }

  /** Calls `start` when a slot of that host is free; the answer takes it out of the queue again. */
  enqueue(host: string, start: () => void): () => void {
    const queue = this.#queues.get(host) ?? []
    this.#queues.set(host, queue)
    queue.push(start)
    this.#next(host)
    return () => {
      const index = queue.indexOf(start)
      if (index !== -1) queue.splice(index, 1)
    }
  }

  release(host: string): void {
    const used = (this.#used.get(host) ?? 0) - 1
    if (used > 0) this.#used.set(host, used)
    else this.#used.delete(host)
    this.#next(host)
  }

  #next(host: string): void {
    const queue = this.#queues.get(host)
    if (!queue) return
    while ((this.#used.get(host) ?? 0) < this.#limit(host)) {
      const start = queue.shift()
      if (!start) break
      this.#used.set(host, (this.#used.get(host) ?? 0) + 1)
      start()
    }
    if (queue.length === 0) this.#queues.delete(host)
  }
}
