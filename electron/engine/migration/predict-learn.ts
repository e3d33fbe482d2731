import type { MigrationRecord } from '../../../shared/model/index.ts'

/** What earlier moves have taught of a pair of hosts, and of one machine. */
export interface Learned {
  /** Of the memory that seems to hold something, the share that was sent. */
  readonly memoryShare: number
  /** Memory gets through so much of what was measured between the hosts. */
  readonly linkShare: number
  /** How fast memory got through, in bytes a second; null: no move of this pair has shown it. */
  readonly memoryBytesPerS: number | null
  /** Everything but the sending: checks, the start of the target's process, the last words, the look whether it runs. */
  readonly fixedMs: number
  /** Standing still beyond the sending of the last bytes. */
  readonly switchMs: number
  /** Nine of ten and one of ten earlier moves lay beyond: as factors of what was foretold; of the downtime, in milliseconds beside it. */
  readonly spread: { readonly total: Band; readonly data: Band; readonly downtimeMs: Band }
  readonly from: { readonly pair: number; readonly all: number }
}

export interface Band {
  readonly low: number
  readonly high: number
}

/** Before anything is learned. Hosts on a network of a gigabit or more, with a few programs to start. */
const FIRST = { memoryShare: 1, linkShare: 0.8, fixedMs: 2_000, switchMs: 120 } as const
/** Known dirty rate and bandwidth, or not: a wider range. */
const KNOWN = { total: 1.6, data: 1.4, downtimeMs: 150 } as const
const UNKNOWN = { total: 2.5, data: 2, downtimeMs: 300 } as const

/** The newest count most: hosts and guests change. */
const FADE = 0.9
const NEWEST = 40
const WEIGHTS = { machine: 8, pair: 2, other: 0.5 } as const
/** A move that copies disks has costs that one without has not. */
const UNLIKE = 0.25
const FIRST_WEIGHT = 1

export interface Pupil {
  readonly machineName: string
  readonly sourceHostId: string
  readonly targetHostId: string
  readonly copiesDisks: boolean
  /** Both dirty rate and bandwidth were measured. */
  readonly isMeasured: boolean
}

interface Lesson {
  readonly record: MigrationRecord
  readonly weight: number
  readonly isAlike: boolean
}

/** Weighted medians, so that one strange move spoils nothing: of the same pair of hosts, whichever way, before all others, and of the machine itself first. */
export function learn(records: readonly MigrationRecord[], pupil: Pupil): Learned {
  const told = records.filter(({ outcome, predicted }) => outcome === 'moved' && predicted?.model)
  const isPair = ({ sourceHostId: from, targetHostId: to }: MigrationRecord) =>
    (from === pupil.sourceHostId && to === pupil.targetHostId) || (from === pupil.targetHostId && to === pupil.sourceHostId)
  const pair = told.filter(isPair)
  // what other hosts do says little once these have shown it themselves
  const chosen = (pair.length > 0 ? pair : told).toSorted((a, b) => b.endedAtMs - a.endedAtMs).slice(0, NEWEST)
  const lessons = chosen.map((record, age): Lesson => {
    const isOwn = record.machineName === pupil.machineName
    const weight = isOwn ? WEIGHTS.machine : pair.length > 0 ? WEIGHTS.pair : WEIGHTS.other
    const isAlike = (record.predicted?.diskBytes ?? 0) > 0 === pupil.copiesDisks
    return { record, weight: weight * FADE ** age, isAlike }
  })
  const rates = lessons.filter(({ record }) => record.predicted?.bandwidthFrom !== 'limit')
  const memoryBytesPerS = pair.length > 0 ? median(samples(rates, memoryRateOf)) : null
  return {
    memoryShare: middle(samples(lessons, memoryShareOf), FIRST.memoryShare),
    linkShare: middle(samples(rates, linkShareOf), FIRST.linkShare),
    memoryBytesPerS,
    fixedMs: middle(
      samples(lessons, (record) => fixedMsOf(record, memoryBytesPerS), UNLIKE),
      FIRST.fixedMs,
    ),
    switchMs: middle(samples(lessons, switchMsOf), FIRST.switchMs),
    spread: spreadOf(chosen, pupil.isMeasured ? KNOWN : UNKNOWN),
    from: { pair: pair.length, all: told.length },
  }
}

type Sample = readonly [value: number, weight: number]

function samples(lessons: readonly Lesson[], of: (record: MigrationRecord) => number | null, unlike = 1): Sample[] {
  return lessons.flatMap(({ record, weight, isAlike }): Sample[] => {
    const value = of(record)
    return value === null || !Number.isFinite(value) ? [] : [[value, isAlike ? weight : weight * unlike]]
  })
}

function memoryShareOf({ actual, predicted }: MigrationRecord): number | null {
  const model = predicted?.model
  if (!model || model.memoryBytes === 0 || actual.dataBytes === null) return null
  return clamped((actual.dataBytes - model.againBytes - model.diskBytes) / model.memoryBytes, 0.02, 1.5)
}

function linkShareOf({ actual, predicted }: MigrationRecord): number | null {
  const link = predicted?.model?.linkBytesPerS ?? null
  return link === null || !actual.memoryBytesPerS ? null : clamped(actual.memoryBytesPerS / link, 0.02, 8)
}

function memoryRateOf({ actual }: MigrationRecord): number | null {
  return actual.memoryBytesPerS ? actual.memoryBytesPerS : null
}

/**
 * What is left of the whole when the sending is taken off: of its bytes as they were counted, at the rate that the next prediction goes by;
 * by the model where nothing was counted.
 */
function fixedMsOf({ actual, predicted }: MigrationRecord, bytesPerS: number | null): number | null {
  const model = predicted?.model
  if (!model) return null
  const { totalMs, dataBytes, memoryBytesPerS } = actual
  const rate = predicted.bandwidthFrom === 'limit' ? memoryBytesPerS : (bytesPerS ?? memoryBytesPerS)
  const memoryMs = dataBytes !== null && rate ? ((dataBytes - model.diskBytes) / rate) * 1_000 : model.memoryMs
  return clamped(totalMs - Math.max(0, memoryMs) - model.diskMs, 100, 120_000)
}

/** Of a live move: one that is made standing still is all downtime. */
function switchMsOf({ mode, actual, predicted }: MigrationRecord): number | null {
  const model = predicted?.model
  if (!model || mode !== 'live' || actual.downtimeMs === null) return null
  return clamped(actual.downtimeMs - model.stopMs, -model.stopMs, 60_000)
}

function spreadOf(records: readonly MigrationRecord[], first: typeof KNOWN | typeof UNKNOWN): Learned['spread'] {
  const off = (of: (record: MigrationRecord) => number | null) =>
    records.flatMap((record) => {
      const value = of(record)
      return value === null || !Number.isFinite(value) ? [] : [value]
    })
  const ratio = (actual: number | null | undefined, foretold: number | undefined) => (actual && foretold ? actual / foretold : null)
  return {
    total: band(
      off(({ actual, predicted }) => ratio(actual.totalMs, predicted?.totalMs.likely)),
      [1 / first.total, first.total],
    ),
    data: band(
      off(({ actual, predicted }) => ratio(actual.dataBytes, predicted?.dataBytes.likely)),
      [1 / first.data, first.data],
    ),
    downtimeMs: band(
      off(({ mode, actual, predicted }) =>
        mode === 'live' && predicted && actual.downtimeMs !== null ? actual.downtimeMs - predicted.downtimeMs.likely : null,
      ),
      [-first.downtimeMs, first.downtimeMs],
    ),
  }
}

/** From one of ten to nine of ten; `first` stand for what is not known yet, one at each end. */
function band(values: readonly number[], first: readonly [number, number]): Band {
  const sorted = [...values, ...first].toSorted((a, b) => a - b)
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const [below, above] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0]
    return below + (above - below) * (place - Math.floor(place))
  }
  return { low: at(0.1), high: at(0.9) }
}

function middle(values: readonly Sample[], first: number): number {
  return median([...values, [first, FIRST_WEIGHT]]) ?? first
}

function median(values: readonly Sample[]): number | null {
  const sorted = values.toSorted(([a], [b]) => a - b)
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2
  let passed = 0
  for (const [value, weight] of sorted) {
    passed += weight
    if (passed >= half) return value
  }
  return null
}

function clamped(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value))
}
