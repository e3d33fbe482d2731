import type { MigrationMeasure, MigrationPrediction, MigrationRecord, MigrationSpec } from '../../../shared/model/index.ts'
import type { OutgoingFacts } from '../../providers/provider.ts'

export interface PredictInput {
  readonly spec: MigrationSpec
  readonly out: OutgoingFacts
  /** Newest measurement of this machine and pair; null: none yet. */
  readonly measured: MigrationMeasure | null
  readonly records: readonly MigrationRecord[]
  readonly nowMs: number
}

const ASSUMED_BYTES_PER_S = 100 * 1_048_576
const DEFAULT_DOWNTIME_MS = 300

/** What a move will take. Null: of a machine that is off, and whose disks stay, there is nothing to tell. */
export function predict({ spec, out, measured, nowMs }: PredictInput): MigrationPrediction | null {
  const copied = spec.disks
    .filter(({ how }) => how === 'copy')
    .map(({ target }) => out.disks.find((disk) => disk.target === target)?.allocationBytes ?? 0)
  const diskBytes = copied.reduce((sum, bytes) => sum + bytes, 0)
  const memoryBytes = out.isRunning ? (out.residentKiB ?? out.memoryKiB) * 1_024 : 0
  if (memoryBytes + diskBytes === 0) return null
  const limit = spec.bandwidthBytesPerS
  const bandwidth = Math.min(measured?.bandwidthBytesPerS ?? ASSUMED_BYTES_PER_S, limit ?? Number.POSITIVE_INFINITY)
  const dirty = measured?.dirtyBytesPerS ?? null
  const ratio = Math.min(0.99, (dirty ?? 0) / bandwidth)
  const downtimeMs = spec.maxDowntimeMs ?? DEFAULT_DOWNTIME_MS
  const last = (bandwidth * downtimeMs) / 1_000
  const passes = ratio === 0 || memoryBytes <= last ? 1 : Math.max(1, Math.ceil(Math.log(last / memoryBytes) / Math.log(ratio)))
  const sent = memoryBytes * (ratio === 0 ? 1 : (1 - ratio ** passes) / (1 - ratio))
  const totalMs = ((sent + diskBytes) / bandwidth) * 1_000
  const around = (likely: number, spread: number) => ({
    low: Math.round(likely / spread),
    likely: Math.round(likely),
    high: Math.round(likely * spread),
  })
  return {
    madeAtMs: nowMs,
    totalMs: around(totalMs, 1.5),
    downtimeMs: around(downtimeMs / 2, 2),
    dataBytes: around(sent + diskBytes, 1.3),
    memoryBytes,
    diskBytes,
    passes,
    converges: dirty === null || dirty < bandwidth,
    waysOut: [],
    dirtyBytesPerS: dirty,
    bandwidthBytesPerS: Number.isFinite(bandwidth) ? bandwidth : null,
    bandwidthFrom: measured?.bandwidthBytesPerS != null ? 'measured' : 'assumed',
    learnedFrom: { pair: 0, all: 0 },
  }
}
