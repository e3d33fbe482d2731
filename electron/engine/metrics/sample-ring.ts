import type { MachineMetrics } from '../../../shared/model/index.ts'

/** The fields of a sample, in the order of its columns. Float32: seven digits are more than a chart shows. */
const COLUMNS = ['cpuPercent', 'memoryUsedKiB', 'diskReadBytesPerS', 'diskWriteBytesPerS', 'netRxBytesPerS', 'netTxBytesPerS'] as const
const WIDTH = COLUMNS.length
/** Bytes of one sample: a 32-bit time and its columns. */
const SAMPLE_BYTES = 4 + WIDTH * 4

/**
 * The samples of one machine, oldest first, in two typed arrays used as a ring. Times are kept as milliseconds after
 * `#originMs`, which moves up long before 32 bits are full (49 days).
 */
export class SampleRing {
  #originMs: number
  #times: Uint32Array
  #values: Float32Array
  #start = 0
  #count = 0

  constructor(originMs: number, capacity: number) {
    this.#originMs = originMs
    this.#times = new Uint32Array(capacity)
    this.#values = new Float32Array(capacity * WIDTH)
  }

  get count(): number {
    return this.#count
  }

  get capacity(): number {
    return this.#times.length
  }

  get bytes(): number {
    return this.capacity * SAMPLE_BYTES
  }

  get full(): boolean {
    return this.#count === this.capacity
  }

  get newestMs(): number | undefined {
    return this.#count === 0 ? undefined : this.#timeAt(this.#count - 1)
  }

  /** Adds the newest sample; of a full ring the oldest goes. */
  push(sample: MachineMetrics): void {
    if (sample.atMs - this.#originMs > 0x7fffffff) this.#rebase(sample.atMs)
    if (this.full) this.#dropOldest(1)
    const slot = (this.#start + this.#count) % this.capacity
    this.#times[slot] = Math.max(0, sample.atMs - this.#originMs)
    COLUMNS.forEach((column, index) => {
      this.#values[slot * WIDTH + index] = sample[column] ?? Number.NaN
    })
    this.#count++
  }

  /** Forgets what is older. */
  trim(oldestMs: number): void {
    let old = 0
    while (old < this.#count && this.#timeAt(old) < oldestMs) old++
    this.#dropOldest(old)
  }

  resize(capacity: number): void {
    const samples = this.read().slice(-capacity)
    this.#times = new Uint32Array(capacity)
    this.#values = new Float32Array(capacity * WIDTH)
    this.#start = 0
    this.#count = 0
    for (const sample of samples) this.push(sample)
  }

  /** Keeps every other sample of the older half: the newest stay as close together as they came. */
  thin(): void {
    const samples = this.read()
    const half = Math.floor(samples.length / 2)
    this.#start = 0
    this.#count = 0
    samples.forEach((sample, index) => {
      if (index >= half || index % 2 === 0) this.push(sample)
    })
  }

  /** Oldest first. */
  read(): MachineMetrics[] {
    return Array.from({ length: this.#count }, (_, index) => this.#at(index))
  }

  #at(index: number): MachineMetrics {
    const slot = (this.#start + index) % this.capacity
    const column = (at: number): number | null => {
      const value = this.#values[slot * WIDTH + at] ?? Number.NaN
      return Number.isNaN(value) ? null : Math.round(value * 100) / 100
    }
    return {
      atMs: this.#timeAt(index),
      cpuPercent: column(0),
      memoryUsedKiB: column(1),
      diskReadBytesPerS: column(2),
      diskWriteBytesPerS: column(3),
      netRxBytesPerS: column(4),
      netTxBytesPerS: column(5),
    }
  }

  #timeAt(index: number): number {
    return this.#originMs + (this.#times[(this.#start + index) % this.capacity] ?? 0)
  }

  #dropOldest(count: number): void {
    this.#start = (this.#start + count) % this.capacity
    this.#count -= count
  }

  #rebase(nowMs: number): void {
    const samples = this.read().filter((sample) => nowMs - sample.atMs < 0x7fffffff)
    this.#originMs = samples[0]?.atMs ?? nowMs
    this.#start = 0
    this.#count = 0
    for (const sample of samples) this.push(sample)
  }
}
