import type { HostId, MachineId, MeasuredSample, MigrationMeasure } from '../../../shared/model/index.ts'

/** What is shown of the past. */
const RECENT_MS = 30 * 60_000
const MOST = 2_000
/** What a guest wrote, or a firewall refused, longer ago says nothing. */
const COUNTS_MS = 60 * 60_000

export interface Way {
  readonly machineId: MachineId
  readonly sourceHostId: HostId
  readonly targetHostId: HostId
}

/** The newest measurement of each machine and pair of hosts, and those of the last half hour, for as long as the console runs. */
export class Measures {
  readonly #newest = new Map<string, MigrationMeasure>()
  /** In the order in which they came. */
  #recent: Array<Way & { readonly measure: MigrationMeasure }> = []

  /** Null: none that still counts. */
  get(way: Way, nowMs: number): MigrationMeasure | null {
    const measure = this.#newest.get(keyOf(way))
    return measure && nowMs - measure.measuredAtMs <= COUNTS_MS ? measure : null
  }

  put(way: Way, measure: MigrationMeasure): void {
    for (const [key, { measuredAtMs }] of this.#newest) if (measure.measuredAtMs - measuredAtMs > COUNTS_MS) this.#newest.delete(key)
    this.#newest.set(keyOf(way), measure)
    const sinceMs = measure.measuredAtMs - RECENT_MS
    this.#recent = [...this.#recent.filter((one) => one.measure.measuredAtMs > sinceMs), { ...way, measure }].slice(-MOST)
  }

  /** How fast the guest writes is the same whatever the target; how fast bytes get there is, whichever machine it is. Oldest first. */
  recent({ machineId, sourceHostId, targetHostId }: Way, nowMs: number): MeasuredSample[] {
    const samples = this.#recent.flatMap((one): MeasuredSample[] => {
      const { measuredAtMs, dirtyBytesPerS, bandwidthBytesPerS } = one.measure
      const sample: MeasuredSample = {
        atMs: measuredAtMs,
        dirtyBytesPerS: one.machineId === machineId ? dirtyBytesPerS : null,
        bandwidthBytesPerS: one.sourceHostId === sourceHostId && one.targetHostId === targetHostId ? bandwidthBytesPerS : null,
      }
      const isNothing = sample.dirtyBytesPerS === null && sample.bandwidthBytesPerS === null
      return isNothing || measuredAtMs <= nowMs - RECENT_MS ? [] : [sample]
    })
    return samples.toSorted((a, b) => a.atMs - b.atMs)
  }
}

function keyOf({ machineId, sourceHostId, targetHostId }: Way): string {
  return `${machineId} ${sourceHostId} ${targetHostId}`
}
