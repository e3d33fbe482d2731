/** Points of a sparkline: enough for 46 pixels, small enough for 10,000 machines. */
export const HISTORY_POINTS = 24

interface Ring {
  readonly values: Float32Array
  length: number
  next: number
  /** Of the first sample ever pushed: what is older than this can still be put before it. */
  firstAtMs: number
  lastAtMs: number
}

/** The last CPU samples of each machine, in percent, oldest first. Bounded: about 100 bytes a machine. */
export class MetricHistory {
  readonly #rings = new Map<string, Ring>()
  readonly #seeded = new Set<string>()

  push(machineId: string, atMs: number, cpuPercent: number | null): void {
    if (cpuPercent === null) return
    let ring = this.#rings.get(machineId)
    if (!ring) {
      ring = { values: new Float32Array(HISTORY_POINTS), length: 0, next: 0, firstAtMs: atMs, lastAtMs: 0 }
      this.#rings.set(machineId, ring)
    }
    if (atMs <= ring.lastAtMs) return
    if (ring.length === 0) ring.firstAtMs = atMs
    ring.lastAtMs = atMs
    this.#append(ring, cpuPercent)
  }

  #append(ring: Ring, value: number): void {
    ring.values[ring.next] = value
    ring.next = (ring.next + 1) % HISTORY_POINTS
    ring.length = Math.min(ring.length + 1, HISTORY_POINTS)
  }

  /** Whether older samples have been asked for already. */
  isSeeded(machineId: string): boolean {
    return this.#seeded.has(machineId)
  }

  /** Puts older samples before what has come meanwhile. Oldest first. */
  seed(machineId: string, samples: readonly { readonly atMs: number; readonly cpuPercent: number | null }[]): void {
    this.#seeded.add(machineId)
    const ring = this.#rings.get(machineId)
    const since = ring ? ring.firstAtMs : Number.POSITIVE_INFINITY
    const newer = this.read(machineId)
    const lastAtMs = ring?.lastAtMs ?? 0
    const older = samples.flatMap((sample) => (sample.cpuPercent === null || sample.atMs >= since ? [] : [sample]))
    const room = HISTORY_POINTS - newer.length
    if (older.length === 0 || room <= 0) return
    this.#rings.delete(machineId)
    for (const sample of older.slice(-room)) this.push(machineId, sample.atMs, sample.cpuPercent)
    const fresh = this.#rings.get(machineId)
    if (!fresh) return
    for (const value of newer) this.#append(fresh, value)
    fresh.lastAtMs = Math.max(fresh.lastAtMs, lastAtMs)
    fresh.firstAtMs = older[0]?.atMs ?? fresh.firstAtMs
  }

  read(machineId: string): readonly number[] {
    const ring = this.#rings.get(machineId)
    if (!ring) return []
    const start = (ring.next - ring.length + HISTORY_POINTS) % HISTORY_POINTS
    return Array.from({ length: ring.length }, (_, index) => ring.values[(start + index) % HISTORY_POINTS] ?? 0)
  }

  forget(machineId: string): void {
    this.#rings.delete(machineId)
    this.#seeded.delete(machineId)
  }
}
