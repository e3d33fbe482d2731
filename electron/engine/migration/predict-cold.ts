import type { MigrationMeasure, MigrationPrediction, MigrationRecord } from '../../../shared/model/index.ts'

/** Bytes of a disk's file that are read, sent, written and read back within a second; of hosts on a network of a gigabit. */
const ASSUMED_BYTES_PER_S = 50 * 1_048_576
/** Looks before and after, and the definition. */
const FIXED_MS = 2_000
/** What was measured is the way from the source to here; the target takes its own time, and all of it is read back there. */
const READ_BACK = 2
/** Eight of ten lie within, by what the rate rests on. */
const SPREAD = { learned: 1.5, measured: 2, assumed: 3 } as const
/** The newest moves tell how fast it goes now. */
const NEWEST = 5

export interface ColdInput {
  readonly diskBytes: number
  /** With what disks stand on, of which nobody tells beforehand how much is seen. */
  readonly mostBytes: number
  readonly sourceHostId: string
  readonly targetHostId: string
  readonly records: readonly MigrationRecord[]
  readonly measured: MigrationMeasure | null
  readonly nowMs: number
}

/** What the disks of a machine that is off take through this console: their bytes over a rate that earlier moves, or a measurement, have shown. */
export function predictCold({
  diskBytes: least,
  mostBytes,
  sourceHostId,
  targetHostId,
  records,
  measured,
  nowMs,
}: ColdInput): MigrationPrediction {
  const told = records.filter(wasCarried)
  const pair = told.filter((record) => record.sourceHostId === sourceHostId && record.targetHostId === targetHostId)
  const { rate, from } = rateOf(pair, measured)
  const msOf = (bytes: number) => (bytes / rate) * 1_000
  const diskBytes = Math.round((least + mostBytes) / 2)
  const diskMs = msOf(diskBytes)
  const totalMs = FIXED_MS + diskMs
  const spread = SPREAD[from]
  return {
    madeAtMs: nowMs,
    totalMs: {
      low: Math.round(FIXED_MS / 2 + msOf(least) / spread),
      likely: Math.round(totalMs),
      high: Math.round(FIXED_MS * 2 + msOf(mostBytes) * spread),
    },
    downtimeMs: NONE,
    // a file grows by nothing while its machine is off
    dataBytes: { low: least, likely: diskBytes, high: mostBytes },
    memoryBytes: 0,
    diskBytes,
    passes: 0,
    converges: true,
    waysOut: [],
    dirtyBytesPerS: null,
    bandwidthBytesPerS: Math.round(rate),
    bandwidthFrom: from,
    learnedFrom: { pair: pair.length, all: told.length },
    model: {
      memoryBytes: 0,
      againBytes: 0,
      diskBytes,
      linkBytesPerS: measured?.bandwidthBytesPerS ?? null,
      memoryMs: 0,
      diskMs: Math.round(diskMs),
      stopMs: 0,
    },
  }
}

const NONE = { low: 0, likely: 0, high: 0 } as const

/** A move that ended well and whose bytes went through this console. */
export function wasCarried({ mode, outcome, predicted }: MigrationRecord): boolean {
  return mode === 'cold' && outcome === 'moved' && (predicted?.model?.diskBytes ?? 0) > 0
}

/** The same pair and direction has shown both of its disks; the middle one of the newest, so that one strange move spoils nothing. */
function rateOf(
  pair: readonly MigrationRecord[],
  measured: MigrationMeasure | null,
): { readonly rate: number; readonly from: 'learned' | 'measured' | 'assumed' } {
  const shown = pair
    .toSorted((one, other) => other.endedAtMs - one.endedAtMs)
    .slice(0, NEWEST)
    .flatMap(({ actual, predicted }) => {
      const bytes = predicted?.model?.diskBytes ?? 0
      // of a small disk the time is that of the looks, and tells nothing
      return actual.totalMs > 2 * FIXED_MS ? [(bytes / (actual.totalMs - FIXED_MS)) * 1_000] : []
    })
    .toSorted((one, other) => one - other)
  const middle = shown[Math.floor(shown.length / 2)]
  if (middle !== undefined) return { rate: Math.max(1, middle), from: 'learned' }
  const link = measured?.through === 'console' ? measured.bandwidthBytesPerS : null
  return link === null ? { rate: ASSUMED_BYTES_PER_S, from: 'assumed' } : { rate: Math.max(1, link / READ_BACK), from: 'measured' }
}
