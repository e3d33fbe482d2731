import { dateOf, instantOf, timeOf } from '../../../../shared/model/index.ts'
import { KEPT_DAYS, SLOT_MS, type WriteProfile } from './write-profile.ts'

/** A time of day is known once it was seen on so many days. */
const LEAST_DAYS = 4
/** What is usual is known once so many times of day are. */
const LEAST_TIMES = 8
/** Much more than usual: so many times as much, and by so many bytes a second. */
const PEAK_TIMES = 2
const PEAK_BYTES = 1_048_576
const DAY_MS = 86_400_000
/** How far a peak is followed. */
const DAY_SLOTS = DAY_MS / SLOT_MS
/** Measurements of the same time of day that say something. */
const LEAST_MEASURED = 2

/** What a machine will write while it moves, by what it wrote at those times of day. In bytes a second. */
export interface Foreseen {
  readonly usualBytesPerS: number
  /** Over the whole move, where only a part of it lies in a peak. */
  readonly meanBytesPerS: number
  /** What it then writes to its memory, as it was measured at those times. Null: it was not. */
  readonly dirtyBytesPerS: number | null
  /** Null: it writes no more than usual. */
  readonly peak: {
    readonly fromMs: number
    readonly untilMs: number
    readonly bytesPerS: number
    /** On so many of the last 14 days it was looked at then. */
    readonly days: number
    /** From when on a move of that length meets no peak. Null: not within a day. */
    readonly calmFromMs: number | null
  } | null
}

export interface Span {
  readonly fromMs: number
  readonly forMs: number
}

interface Typical {
  readonly bytesPerS: number
  readonly days: number
  /** Highest of the same day of the week; null: it was not seen on one. */
  readonly sameDay: number | null
}

/** Null: not known. Times of day are those of the clocks here, on whatever side of a change of the clocks. */
export function foresee(profile: WriteProfile, { fromMs, forMs }: Span, nowMs: number): Foreseen | null {
  const typical = remembered((slot) => typicalAt(profile, slot * SLOT_MS, nowMs))
  const usual = usualOf(typical, nowMs)
  const slots = slotsOf({ fromMs, forMs: Math.min(forMs, DAY_MS) })
  const typicals = slots.map(typical)
  if (usual === null || typicals.some((one) => one === null)) return null
  const look = (slot: number) => standingOf(typical(slot), usual)
  const peaks = slots.filter((slot) => look(slot) === 'peak')
  return {
    usualBytesPerS: usual,
    meanBytesPerS: meanOver(slots, typicals, { fromMs, forMs: Math.max(1, Math.min(forMs, DAY_MS)) }),
    dirtyBytesPerS: dirtyAt(profile, slots, nowMs),
    peak: peakOf(peaks, { fromMs, forMs }, look, typical),
  }
}

type Standing = 'peak' | 'calm' | 'unknown'

/** What is a peak on most days and was none on this day of the week is none on it. */
function standingOf(typical: Typical | null, usual: number): Standing {
  if (!typical) return 'unknown'
  const isHigh = (rate: number) => rate >= PEAK_TIMES * usual && rate - usual >= PEAK_BYTES
  return isHigh(typical.bytesPerS) && (typical.sameDay === null || isHigh(typical.sameDay)) ? 'peak' : 'calm'
}

function peakOf(
  peaks: readonly number[],
  span: Span,
  look: (slot: number) => Standing,
  typical: (slot: number) => Typical | null,
): Foreseen['peak'] {
  const [first] = peaks
  if (first === undefined) return null
  let [from, until] = [first, first + 1]
  while (first - from < DAY_SLOTS && look(from - 1) === 'peak') from -= 1
  while (until - first < DAY_SLOTS && look(until) === 'peak') until += 1
  const seen = Array.from({ length: until - from }, (_, at) => typical(from + at)).filter((one) => one !== null)
  const start = Math.floor(span.fromMs / SLOT_MS) + 1
  const calm = Array.from({ length: DAY_SLOTS }, (_, at) => start + at).find((slot) =>
    slotsOf({ fromMs: slot * SLOT_MS, forMs: Math.min(span.forMs, DAY_MS) }).every((each) => look(each) === 'calm'),
  )
  return {
    fromMs: from * SLOT_MS,
    untilMs: until * SLOT_MS,
    bytesPerS: Math.max(...seen.map(({ bytesPerS }) => bytesPerS)),
    days: Math.min(...seen.map(({ days }) => days)),
    calmFromMs: calm === undefined ? null : calm * SLOT_MS,
  }
}

/** Those that the span touches. */
function slotsOf({ fromMs, forMs }: Span): readonly number[] {
  const first = Math.floor(fromMs / SLOT_MS)
  const last = Math.max(first, Math.ceil((fromMs + forMs) / SLOT_MS) - 1)
  return Array.from({ length: last - first + 1 }, (_, at) => first + at)
}

function meanOver(slots: readonly number[], typicals: ReadonlyArray<Typical | null>, { fromMs, forMs }: Span): number {
  const bytes = slots.reduce((sum, slot, at) => {
    const ms = Math.min((slot + 1) * SLOT_MS, fromMs + forMs) - Math.max(slot * SLOT_MS, fromMs)
    return sum + (typicals[at]?.bytesPerS ?? 0) * ms
  }, 0)
  return bytes / forMs
}

/** Over the times of day that are known. */
function usualOf(typical: (slot: number) => Typical | null, nowMs: number): number | null {
  const now = Math.floor(nowMs / SLOT_MS)
  const known = Array.from({ length: DAY_SLOTS }, (_, at) => typical(now - at))
  const rates = known.flatMap((one) => (one ? [one.bytesPerS] : []))
  return rates.length < LEAST_TIMES ? null : median(rates)
}

function remembered<T>(of: (slot: number) => T): (slot: number) => T {
  const known = new Map<number, T>()
  return (slot) => {
    const before = known.get(slot)
    if (before !== undefined) return before
    const value = of(slot)
    known.set(slot, value)
    return value
  }
}

/** The middle one of the last days, so that one odd day says nothing. */
function typicalAt(profile: WriteProfile, atMs: number, nowMs: number): Typical | null {
  const day = new Date(atMs).getDay()
  const seen = sameTimes(atMs, nowMs).flatMap((ms) => {
    const bytesPerS = profile.at(Math.floor(ms / SLOT_MS))
    return bytesPerS === null ? [] : [{ bytesPerS, isSameDay: new Date(ms).getDay() === day }]
  })
  if (seen.length < LEAST_DAYS) return null
  const same = seen.filter(({ isSameDay }) => isSameDay).map(({ bytesPerS }) => bytesPerS)
  return {
    bytesPerS: median(seen.map(({ bytesPerS }) => bytesPerS)),
    days: seen.length,
    sameDay: same.length === 0 ? null : Math.max(...same),
  }
}

/** When clocks here showed that time on the last days; a day on which they jumped over it is none. */
function sameTimes(atMs: number, nowMs: number): readonly number[] {
  const time = timeOf(atMs)
  const now = new Date(nowMs)
  return Array.from({ length: KEPT_DAYS }, (_, back) => {
    const noon = new Date(now.getFullYear(), now.getMonth(), now.getDate() - back, 12)
    return instantOf(dateOf(noon.getTime()), time)
  }).filter((ms) => ms !== null && ms < nowMs) as number[]
}

function dirtyAt({ dirty }: WriteProfile, slots: readonly number[], nowMs: number): number | null {
  const times = new Set(slots.map((slot) => timeOf(slot * SLOT_MS)))
  const oldest = Math.floor((nowMs - KEPT_DAYS * DAY_MS) / SLOT_MS)
  const seen = dirty.filter(({ slot }) => slot >= oldest && times.has(timeOf(slot * SLOT_MS)))
  const days = new Set(seen.map(({ slot }) => dateOf(slot * SLOT_MS)))
  return days.size < LEAST_MEASURED ? null : median(seen.map(({ bytesPerS }) => bytesPerS))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
