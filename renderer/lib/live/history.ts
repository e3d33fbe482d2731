/** Points of a sparkline: enough for 46 pixels, small enough for 10,000 machines. */
export const HISTORY_POINTS = 24

interface Ring {
  readonly values: Float32Array
  length: number
  next: number
  lastAtMs: number
}

/** The last CPU samples of each machine, in percent, oldest first. Bounded: about 100 bytes a machine. */
export class MetricHistory {
  readonly #rings = new Map<string, Ring>()

  push(machineId: string, atMs: number, cpuPercent: number | null): void {
    if (cpuPercent === null) return
    let ring = this.#rings.get(machineId)
    if (!ring) {
      ring = { values: new Float32Array(HISTORY_POINTS), length: 0, next: 0, lastAtMs: 0 }
      this.#rings.set(machineId, ring)
    }
    if (atMs <= ring.lastAtMs) return
    ring.lastAtMs = atMs
    ring.values[ring.next] = cpuPercent
    ring.next = (ring.next + 1) % HISTORY_POINTS
    ring.length = Math.min(ring.length + 1, HISTORY_POINTS)
  }

  read(machineId: string): readonly number[] {
    const ring = this.#rings.get(machineId)
    if (!ring) return []
    const start = (ring.next - ring.length + HISTORY_POINTS) % HISTORY_POINTS
    return Array.from({ length: ring.length }, (_, index) => ring.values[(start + index) % HISTORY_POINTS] ?? 0)
  }

  forget(machineId: string): void {
    this.#rings.delete(machineId)
  }
}
