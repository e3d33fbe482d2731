/** Bulk work on one host at a time, or of one group, at most so many: the rest waits in the order it came. */
export class HostSlots {
  readonly #limit: (host: string) => number
  readonly #used = new Map<string, number>()
  readonly #queues = new Map<string, Array<() => void>>()
  /** Of groups that bring their own. */
  readonly #limits = new Map<string, number>()

  constructor(limit: (host: string) => number) {
    this.#limit = limit
  }

  /** Calls `start` when a slot of that host is free; the answer takes it out of the queue again. `limit`: in place of the host's. */
  enqueue(host: string, start: () => void, limit?: number): () => void {
    if (limit !== undefined) this.#limits.set(host, limit)
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
    if (!this.#used.has(host)) this.#limits.delete(host)
  }

  #next(host: string): void {
    const queue = this.#queues.get(host)
    if (!queue) return
    while ((this.#used.get(host) ?? 0) < (this.#limits.get(host) ?? this.#limit(host))) {
      const start = queue.shift()
      if (!start) break
      this.#used.set(host, (this.#used.get(host) ?? 0) + 1)
      start()
    }
    if (queue.length === 0) this.#queues.delete(host)
  }
}
