import type { MigrationMeasure, MigrationPrediction, MigrationRecord, MigrationSpec } from '../../../shared/model/index.ts'
import type { OutgoingFacts } from '../../providers/provider.ts'
import { predictCold, wasCarried } from './predict-cold.ts'
import { type Learned, learn } from './predict-learn.ts'
import { type PassesEnd, simulatePasses } from './predict-passes.ts'
import { waysOut } from './predict-ways.ts'
import { type Writes, writesOf } from './predict-writes.ts'

export interface PredictInput {
  readonly spec: MigrationSpec
  readonly out: OutgoingFacts
  /** Where it is now; the records of the same pair of hosts count more. Empty: not known. */
  readonly sourceHostId: string
  /** Newest measurement of this machine and pair; null: none yet. */
  readonly measured: MigrationMeasure | null
  readonly records: readonly MigrationRecord[]
  /** What it writes to its disks now: copied once more while they are copied. Null: not known. */
  readonly diskWriteBytesPerS?: number | null
  /** At another time than now: so much more (or less) to its memory than was measured or is assumed, and at least so much where that was measured. */
  readonly writesThen?: { readonly moreBytesPerS: number; readonly leastBytesPerS: number | null }
  readonly nowMs: number
  /** Its disks go through this console, as it is off. */
  readonly isCarried?: boolean
}

const ASSUMED_BYTES_PER_S = 100 * 1_048_576
const DEFAULT_DOWNTIME_MS = 300
const MEASURE_LASTS_MS = 3_600_000
/** What a QEMU holds besides its guest's memory. */
const PROCESS_KIB = 65_536
/** `MIN_RAMBLOCK_SIZE` of QEMU's migration/dirtyrate.h. */
const SAMPLED_KIB = 131_072
/** A guest of which nothing is known writes a little, and never so much that its move would not end. */
const ASSUMED_WRITES: Writes = { bytesPerS: 2 * 1_048_576, setBytes: 32 * 1_048_576 }
const ASSUMED_SHARE = 0.25
/** Encrypted by both daemons on the way. */
const TUNNELLED_SHARE = 0.5
/** XBZRLE sends what has changed of a page, as long as the pages before are in its cache (`xbzrle-cache-size`). */
const XBZRLE = { share: 0.5, cacheBytes: 64 * 1_048_576 } as const

/** What a move will take, by a model of what QEMU does, set right by earlier moves. Null: of a machine that is off, and whose disks stay, there is nothing to tell. */
export function predict(input: PredictInput): MigrationPrediction | null {
  const { spec, out, nowMs } = input
  const measured = usable(input)
  const diskBytes = copiedBytes(spec, out)
  const residentBytes = out.isRunning && spec.mode !== 'cold' ? heldKiB(out) * 1_024 : 0
  if (residentBytes + diskBytes === 0) return null
  const { sourceHostId, records } = input
  if (input.isCarried)
    return predictCold({
      diskBytes,
      mostBytes: mostBytes(spec, out),
      sourceHostId,
      targetHostId: spec.targetHostId,
      records,
      measured,
      nowMs,
    })
  const writes = writesOf(measured, out.memoryKiB * 1_024)
  const isMeasured = (writes !== null || residentBytes === 0) && measured?.bandwidthBytesPerS != null
  const learned = learn(
    records.filter((record) => !wasCarried(record)),
    {
      machineName: out.name,
      sourceHostId,
      targetHostId: spec.targetHostId,
      copiesDisks: diskBytes > 0,
      isMeasured,
    },
  )
  const known: Known = { ...input, measured, learned, writes, residentBytes }
  const { rate, from } = memoryRate(spec, known)
  const end = passesOf(spec, known)
  const diskMs = diskMsOf(diskBytes, known)
  const shifted = spec.mode === 'paused' ? { ms: end.stopMs, stop: end.stopMs } : { ms: end.ms, stop: end.stopMs }
  const totalMs = learned.fixedMs + shifted.ms + diskMs
  const downtimeMs = spec.mode === 'cold' || !out.isRunning ? 0 : Math.max(1, shifted.stop + learned.switchMs)
  const dataBytes = end.firstBytes + end.againBytes + diskBytes
  return {
    madeAtMs: nowMs,
    totalMs: scaled(totalMs, learned.spread.total),
    downtimeMs: downtimeMs === 0 ? NONE : moved(downtimeMs, learned.spread.downtimeMs),
    dataBytes: scaled(dataBytes, learned.spread.data),
    memoryBytes: residentBytes,
    diskBytes,
    passes: residentBytes === 0 ? 0 : end.passes,
    converges: end.converges,
    waysOut: end.converges ? [] : waysOut(spec, (changed) => passesOf(changed, known).converges),
    dirtyBytesPerS: measured?.dirtyBytesPerS ?? null,
    bandwidthBytesPerS: Math.round(rate),
    bandwidthFrom: from,
    learnedFrom: learned.from,
    model: {
      memoryBytes: residentBytes,
      againBytes: Math.round(end.againBytes),
      diskBytes,
      linkBytesPerS: measured?.bandwidthBytesPerS ?? null,
      memoryMs: Math.round(shifted.ms),
      diskMs: Math.round(diskMs),
      stopMs: Math.round(shifted.stop),
    },
  }
}

/** What a guest wrote an hour ago says nothing, of a memory too small to be sampled zero is no answer, and where nothing gets through there is no rate. */
function usable({ measured: newest, nowMs, out }: PredictInput): MigrationMeasure | null {
  if (!newest || nowMs - newest.measuredAtMs > MEASURE_LASTS_MS) return null
  const measured = newest.bandwidthBytesPerS === 0 ? { ...newest, bandwidthBytesPerS: null } : newest
  if (out.memoryKiB >= SAMPLED_KIB || measured.dirtyBytesPerS !== 0) return measured
  const { dirtied: _, ...rest } = measured
  return { ...rest, dirtyBytesPerS: null }
}

/** Of its memory, what it has written to since it was started. */
function heldKiB({ memoryKiB, residentKiB }: OutgoingFacts): number {
  return residentKiB === null ? memoryKiB : Math.min(memoryKiB, Math.max(residentKiB / 4, residentKiB - PROCESS_KIB))
}

interface Known extends PredictInput {
  readonly learned: Learned
  readonly writes: Writes | null
  readonly residentBytes: number
}

/** What a disk stands on is carried with it, up to all that it can hold. */
function mostBytes(spec: MigrationSpec, out: OutgoingFacts): number {
  const whole = out.disks.map((disk) => (disk.backing.length > 0 ? { ...disk, allocationBytes: disk.capacityBytes } : disk))
  return copiedBytes(spec, { ...out, disks: whole })
}

function copiedBytes(spec: MigrationSpec, out: OutgoingFacts): number {
  return spec.disks
    .filter(({ how }) => how === 'copy')
    .map(({ target }) => out.disks.find((disk) => disk.target === target))
    .reduce((sum, disk) => sum + (disk?.allocationBytes ?? disk?.capacityBytes ?? 0), 0)
}

/** Bytes of memory a second, and what says so. */
function memoryRate(
  { bandwidthBytesPerS: limit, parallel, tunnelled }: MigrationSpec,
  { measured, learned }: Known,
): { readonly rate: number; readonly from: MigrationPrediction['bandwidthFrom'] } {
  const link = measured?.bandwidthBytesPerS ?? null
  // one connection keeps one core busy; more of them get nearer to what the link gives
  const share = Math.min(Math.max(1, learned.linkShare), learned.linkShare * Math.max(1, parallel))
  const byLink = link === null ? (learned.memoryBytesPerS ?? ASSUMED_BYTES_PER_S) : link * share
  // what got through before and what the link gives now, each as sure as the other: a second of measuring catches a busy host at odd moments
  const full = link !== null && learned.memoryBytesPerS !== null && parallel <= 1 ? Math.sqrt(byLink * learned.memoryBytesPerS) : byLink
  const through = tunnelled ? full * TUNNELLED_SHARE : full
  if (limit !== null && limit < through) return { rate: limit, from: 'limit' }
  return { rate: Math.max(1, through), from: link !== null ? 'measured' : learned.memoryBytesPerS !== null ? 'learned' : 'assumed' }
}

function passesOf(spec: MigrationSpec, known: Known): PassesEnd {
  const { learned, residentBytes } = known
  const { rate } = memoryRate(spec, known)
  const assumed = { ...ASSUMED_WRITES, bytesPerS: Math.min(ASSUMED_WRITES.bytesPerS, rate * ASSUMED_SHARE) }
  const writes = writesWith(known.writes ?? assumed, known.writesThen, residentBytes / rate)
  const memoryBytes = residentBytes * Math.min(1, learned.memoryShare)
  if (spec.mode !== 'live') {
    const stopMs = (memoryBytes / rate) * 1_000
    return { converges: true, ms: stopMs, firstBytes: memoryBytes, againBytes: 0, stopMs, passes: 1 }
  }
  const isSmall = writes.setBytes <= XBZRLE.cacheBytes
  return simulatePasses({
    memoryBytes,
    bytesPerS: rate,
    writes: { bytesPerS: writes.bytesPerS, setBytes: Math.min(writes.setBytes, residentBytes) },
    downtimeMs: spec.maxDowntimeMs ?? DEFAULT_DOWNTIME_MS,
    autoConverge: spec.autoConverge,
    postCopy: spec.postCopy,
    againShare: spec.compress && isSmall ? XBZRLE.share : 1,
  })
}

/** What comes on top are other pages each time, as of files that are written: so many as in one pass over the memory. */
function writesWith(writes: Writes, then: PredictInput['writesThen'], seconds: number): Writes {
  if (!then) return writes
  const bytesPerS = Math.max(0, writes.bytesPerS + then.moreBytesPerS, then.leastBytesPerS ?? 0)
  return { bytesPerS, setBytes: writes.setBytes + Math.max(0, bytesPerS - writes.bytesPerS) * seconds }
}

/** Copied once, and what is written meanwhile again. */
function diskMsOf(diskBytes: number, { spec, measured, learned, diskWriteBytesPerS }: Known): number {
  if (diskBytes === 0) return 0
  const link = measured?.bandwidthBytesPerS ?? learned.memoryBytesPerS ?? ASSUMED_BYTES_PER_S
  const rate = Math.min(link * (spec.tunnelled ? TUNNELLED_SHARE : 1), spec.bandwidthBytesPerS ?? Number.POSITIVE_INFINITY)
  const left = Math.max(rate / 20, rate - (spec.mode === 'live' ? (diskWriteBytesPerS ?? 0) : 0))
  return (diskBytes / left) * 1_000
}

const NONE = { low: 0, likely: 0, high: 0 } as const

function scaled(likely: number, { low, high }: Learned['spread']['total']): MigrationPrediction['totalMs'] {
  return { low: Math.round(likely * Math.min(1, low)), likely: Math.round(likely), high: Math.round(likely * Math.max(1, high)) }
}

function moved(likely: number, { low, high }: Learned['spread']['downtimeMs']): MigrationPrediction['downtimeMs'] {
  const least = Math.max(1, likely + Math.min(0, low))
  return { low: Math.round(least), likely: Math.round(likely), high: Math.round(likely + Math.max(0, high)) }
}
