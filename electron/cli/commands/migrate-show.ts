import {
  type MigrationFinding,
  type MigrationLive,
  type MigrationPrediction,
  type Preflight,
  rateText,
} from '../../../shared/model/index.ts'
import { printable, table } from '../output.ts'

const MIB = 1_048_576

const SEVERITIES: Readonly<Record<MigrationFinding['severity'], string>> = {
  blocks: 'BLOCKS',
  warns: 'warns',
  unknown: 'unknown',
  passed: 'ok',
}
const ORDER: readonly string[] = ['blocks', 'warns', 'unknown', 'passed']

/** What stops it first; a line for each thing that mends one. */
export function findingsTable(findings: readonly MigrationFinding[]): string {
  const sorted = findings.toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
  const rows = sorted.flatMap(({ severity, check, reason, mends }) => [
    [SEVERITIES[severity], check, reason.text],
    ...mends.map(({ label }) => ['', '', `→ ${label.text}`]),
  ])
  return table(rows, ['', 'check', 'finding'])
}

/** `Takes 4.2 s (3 s to 6 s), …`; null: there is nothing to foretell. */
export function predictionLine({ prediction, spec }: Pick<Preflight, 'prediction' | 'spec'>): string | null {
  if (!prediction) return null
  const { totalMs, downtimeMs, dataBytes, converges } = prediction
  const range = ({ low, likely, high }: MigrationPrediction['totalMs'], show: (value: number) => string) =>
    `${show(likely)} (${show(low)} to ${show(high)})`
  const isOff = spec.mode === 'cold'
  const parts = [
    `Takes ${range(totalMs, seconds)}, ${isOff ? 'is off meanwhile' : `stands still ${range(downtimeMs, seconds)}`}, sends ${range(dataBytes, mebibytes)}.`,
    ...(isOff ? [carriedBy(prediction)] : [basis(prediction)]),
    ...(converges ? [] : ['It writes faster than is copied, so it may never end by itself.']),
    ...prediction.waysOut.map(({ label }) => `→ ${label.text}`),
  ]
  return parts.join('\n')
}

function carriedBy({ bandwidthBytesPerS, bandwidthFrom }: MigrationPrediction): string {
  const speed = bandwidthBytesPerS === null ? 'unknown' : rateText(bandwidthBytesPerS)
  return `Its disks are sent and read back at ${speed} (${bandwidthFrom}).`
}

function basis({ bandwidthBytesPerS, bandwidthFrom, dirtyBytesPerS }: MigrationPrediction): string {
  const speed = bandwidthBytesPerS === null ? 'unknown' : rateText(bandwidthBytesPerS)
  const writes = dirtyBytesPerS === null ? 'not measured' : rateText(dirtyBytesPerS)
  return `Bandwidth ${speed} (${bandwidthFrom}); it writes: ${writes}.`
}

function brokenLine({ said, nextTryAtMs }: NonNullable<MigrationLive['broken']>, nowMs: number): string {
  const next = nextTryAtMs === null ? 'trying' : `next try in ${seconds(Math.max(0, nextTryAtMs - nowMs))}`
  return ['broke in post-copy: stop it at neither host', next, ...(said ? [printable(said.text)] : [])].join('  ')
}

/** One line of how a move goes. */
export function liveLine(
  { phase, memory, disk, bandwidthBytesPerS, dirtyBytesPerS, expectedEndAtMs, broken }: MigrationLive,
  nowMs: number,
): string {
  if (broken) return brokenLine(broken, nowMs)
  const total = (memory?.total ?? 0) + (disk?.total ?? 0)
  const done = total - (memory?.remaining ?? 0) - (disk?.remaining ?? 0)
  const isCopying = phase === 'copying-disks' || phase === 'copying-memory' || phase === 'post-copy'
  return [
    phase.replace('-', ' '),
    ...(isCopying && total > 0 ? [`${Math.floor((done / total) * 100)} %`, `${mebibytes(done)} of ${mebibytes(total)}`] : []),
    ...(isCopying && bandwidthBytesPerS ? [rateText(bandwidthBytesPerS)] : []),
    ...(isCopying && dirtyBytesPerS ? [`writes ${rateText(dirtyBytesPerS)}`] : []),
    ...(isCopying && expectedEndAtMs !== null ? [`${seconds(Math.max(0, expectedEndAtMs - nowMs))} left`] : []),
  ].join('  ')
}

export function seconds(ms: number): string {
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const whole = Math.round(ms / 1_000)
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`
}

export function mebibytes(bytes: number): string {
  if (bytes >= 1_024 * MIB) return `${(bytes / MIB / 1_024).toFixed(1)} GiB`
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`
}
