import type { MachineId, MachineMetrics } from '../../../shared/model/index.ts'
import { SampleRing } from './sample-ring.ts'

/** How far back the memory reaches. */
const KEPT_MS = 15 * 60_000
const FIRST_CAPACITY = 64
/** 15 minutes at two samples a second. */
const MOST_SAMPLES = 1_800
/** All rings together. 10,000 machines sampled every 15 s take 18 MB; what is on screen every second comes on top. */
const BUDGET_BYTES = 64 * 1024 * 1024

/**
 * The samples of the last 15 minutes of every machine, in memory. A ring grows with its own sampling as long as the budget
 * lasts; then its older samples are thinned instead, so that the time covered stays and only the spacing gives way.
 */
export class MetricsHistory {
  readonly #rings = new Map<MachineId, SampleRing>()
  readonly #onSample: (id: MachineId, sample: MachineMetrics) => void
  readonly #budgetBytes: number
  #bytes = 0

  /** `onSample` hears of each as it is taken; not of those that come later for times gone by. */
  constructor(budgetBytes = BUDGET_BYTES, onSample: (id: MachineId, sample: MachineMetrics) => void = () => {}) {
    this.#budgetBytes = budgetBytes
    this.#onSample = onSample
  }

  /** What the rings hold now. */
  get bytes(): number {
    return this.#bytes
  }

  add(id: MachineId, sample: MachineMetrics): void {
    this.#onSample(id, sample)
    this.#push(id, sample)
  }

  #push(id: MachineId, sample: MachineMetrics): void {
    let ring = this.#rings.get(id)
    if (!ring) {
      ring = new SampleRing(sample.atMs, this.#bytes < this.#budgetBytes ? FIRST_CAPACITY : FIRST_CAPACITY / 4)
      this.#rings.set(id, ring)
      this.#bytes += ring.bytes
    }
    const newest = ring.newestMs
    if (newest !== undefined && sample.atMs <= newest) return
    if (ring.full) this.#makeRoom(ring, sample.atMs)
    ring.push(sample)
  }

  /** Samples that come after newer ones: each goes where its time is. What is there already stays as it is. */
  addPast(id: MachineId, samples: readonly MachineMetrics[]): void {
    const byTime = new Map([...samples, ...(this.#rings.get(id)?.read() ?? [])].map((sample) => [sample.atMs, sample]))
    this.forget(id)
    for (const sample of [...byTime.values()].toSorted((a, b) => a.atMs - b.atMs)) this.#push(id, sample)
  }

  /** Oldest first; empty when nothing is known. */
  recent(id: MachineId, nowMs: number): readonly MachineMetrics[] {
    const ring = this.#rings.get(id)
    ring?.trim(nowMs - KEPT_MS)
    return ring?.read() ?? []
  }

  forget(id: MachineId): void {
    const ring = this.#rings.get(id)
    if (ring && this.#rings.delete(id)) this.#bytes -= ring.bytes
  }

  #makeRoom(ring: SampleRing, nowMs: number): void {
    ring.trim(nowMs - KEPT_MS)
    if (!ring.full) {
      this.#shrink(ring)
      return
    }
    const grown = Math.min(ring.capacity * 2, MOST_SAMPLES)
    const growth = (grown - ring.capacity) * (ring.bytes / ring.capacity)
    if (grown === ring.capacity) return
    if (this.#bytes + growth > this.#budgetBytes) {
      ring.thin()
    } else {
      ring.resize(grown)
      this.#bytes += growth
    }
  }

  /** A machine that is no longer looked at gives back the room of its close samples. */
  #shrink(ring: SampleRing): void {
    if (ring.capacity <= FIRST_CAPACITY || ring.count > ring.capacity / 4) return
    const before = ring.bytes
    ring.resize(Math.ceil(ring.capacity / 2))
    this.#bytes += ring.bytes - before
  }
}
