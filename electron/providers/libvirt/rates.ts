import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { DomainStats } from '../../libvirt/index.ts'

/** Counters of one machine at one time. A sum is undefined when nothing told it. */
export interface Counters {
  readonly atMs: number
  /** Changes with each start, and so do the counters. */
  readonly domainId: number
  readonly cpuNs: bigint | undefined
  readonly diskReadBytes: bigint | undefined
  readonly diskWriteBytes: bigint | undefined
  readonly netRxBytes: bigint | undefined
  readonly netTxBytes: bigint | undefined
}

export function countersOf(stats: DomainStats, atMs: number): Counters {
  const { blocks, interfaces } = stats
  return {
    atMs,
    domainId: stats.dom.id,
    cpuNs: stats.big('cpu.time'),
    diskReadBytes: sum(blocks.map((block) => block.readBytes)),
    diskWriteBytes: sum(blocks.map((block) => block.writeBytes)),
    netRxBytes: sum(interfaces.map((each) => each.rxBytes)),
    netTxBytes: sum(interfaces.map((each) => each.txBytes)),
  }
}

function sum(values: ReadonlyArray<bigint | undefined>): bigint | undefined {
  const known = values.filter((value) => value !== undefined)
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0n)
}

/** What the guest uses, from its own driver: null where that has no statistics. */
export function memoryUsedKiB(stats: DomainStats): number | null {
  const { available, usable, unused } = stats.balloon
  const free = usable ?? unused
  if (available === undefined || free === undefined || free > available) return null
  return Number(available - free)
}

/** A counter's growth in a second. Null without two values, or when it went back: it was reset in between. */
export function ratePerS(before: bigint | undefined, after: bigint | undefined, elapsedMs: number): number | null {
  if (before === undefined || after === undefined || after < before || elapsedMs <= 0) return null
  return (Number(after - before) * 1000) / elapsedMs
}

/** A sample from two readings; without an earlier one of the same run only levels are known. */
export function metricsBetween(before: Counters | undefined, after: Counters, vcpus: number, usedKiB: number | null): MachineMetrics {
  const base = before?.domainId === after.domainId ? before : undefined
  const elapsedMs = base ? after.atMs - base.atMs : 0
  const rate = (pick: (counters: Counters) => bigint | undefined) => {
    const value = base ? ratePerS(pick(base), pick(after), elapsedMs) : null
    return value === null ? null : Math.round(value)
  }
  const cpu = base ? ratePerS(base.cpuNs, after.cpuNs, elapsedMs) : null
  return {
    atMs: after.atMs,
    cpuPercent: cpu === null || vcpus <= 0 ? null : Math.min(100, Math.round((cpu / 1e9 / vcpus) * 1000) / 10),
    memoryUsedKiB: usedKiB,
    diskReadBytesPerS: rate((counters) => counters.diskReadBytes),
    diskWriteBytesPerS: rate((counters) => counters.diskWriteBytes),
    netRxBytesPerS: rate((counters) => counters.netRxBytes),
    netTxBytesPerS: rate((counters) => counters.netTxBytes),
  }
}
