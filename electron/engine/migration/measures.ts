import type { HostId, MachineId, MeasuredSample, MigrationMeasure, MigrationSpec } from '../../../shared/model/index.ts'

/** What is shown of the past. */
const RECENT_MS = 30 * 60_000
const MOST = 2_000

type Pair = Pick<MigrationSpec, 'machineId' | 'targetHostId'>

interface Way {
  readonly machineId: MachineId
  readonly sourceHostId: HostId
  readonly targetHostId: HostId
}

/** The newest measurement of each machine and target, and those of the last half hour, for as long as the console runs. */
export class Measures {
  readonly #newest = new Map<string, MigrationMeasure>()
  /** In the order in which they came. */
  #recent: Array<Way & { readonly measure: MigrationMeasure }> = []

  get({ machineId, targetHostId }: Pair): MigrationMeasure | null {
    return this.#newest.get(`${machineId} ${targetHostId}`) ?? null
  }

  put(way: Way, measure: MigrationMeasure): void {
    this.#newest.set(`${way.machineId} ${way.targetHostId}`, measure)
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
