import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { LoadShape } from './data/roles.ts'
import { share } from './random.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** Noise that is a function of time: the same instant has the same value however often it is sampled. 0 to 1, smooth. */
function smoothNoise(salt: number, atMs: number, periodMs: number): number {
  const position = atMs / periodMs
  const step = Math.floor(position)
  const within = position - step
  const eased = within * within * (3 - 2 * within)
  const from = share(salt, step | 0, periodMs)
  return from + (share(salt, (step + 1) | 0, periodMs) - from) * eased
}

/** Office hours in Central Europe, 0 at night to 1 about noon, shifted a little for each machine. */
function dayWave(salt: number, atMs: number): number {
  const hour = (((atMs + HOUR_MS + (share(salt, 11) - 0.5) * 2 * HOUR_MS) % DAY_MS) + DAY_MS) % DAY_MS
  const height = Math.sin(((hour / HOUR_MS - 6) / 14) * Math.PI)
  return height > 0 && hour > 6 * HOUR_MS && hour < 20 * HOUR_MS ? height : 0
}

/** 1 from 22 to 5, with soft edges. */
function nightShift(atMs: number): number {
  const hour = ((atMs + HOUR_MS) % DAY_MS) / HOUR_MS
  if (hour >= 22) return Math.min(1, hour - 22)
  return hour < 5 ? 1 : Math.max(0, 6 - hour)
}

/** CPU use in percent at that time; nothing is kept between two samples. */
export function cpuAt(shape: LoadShape, salt: number, atMs: number): number {
  const character = 0.55 + share(salt, 21) * 0.75
  const slow = smoothNoise(salt, atMs, 1_200_000) - 0.4
  const middle = smoothNoise(salt, atMs, 75_000) - 0.5
  const fast = smoothNoise(salt, atMs, 4_000) - 0.5
  const burst = smoothNoise(salt ^ 0x55, atMs, 240_000) > 0.93 ? 22 : 0
  const steady = shape.base + shape.wave * dayWave(salt, atMs) + shape.night * nightShift(atMs)
  const cpu = steady * character + shape.noise * (slow * 1.4 + middle + fast * 0.7) + burst * (shape.noise / 14)
  return Math.min(99.6, Math.max(0.3, cpu))
}

export interface LoadSubject {
  readonly shape: LoadShape
  readonly salt: number
  readonly memoryKiB: number
  readonly paused: boolean
  readonly swapping: boolean
  /** Statistics of the balloon are there. */
  readonly balloon: boolean
  readonly startedAtMs: number | null
}

function rounded(value: number, digits: number): number {
  const scale = 10 ** digits
  return Math.round(value * scale) / scale
}

/** One sample. Pure: a machine costs nothing until somebody looks. */
export function metricsAt(subject: LoadSubject, atMs: number): MachineMetrics {
  const { shape, salt, memoryKiB } = subject
  const full = subject.swapping
    ? 0.985
    : Math.min(0.96, shape.memory * (0.75 + share(salt, 31) * 0.4) + (smoothNoise(salt, atMs, 900_000) - 0.5) * 0.08)
  const warm = subject.startedAtMs === null ? 1 : Math.min(1, 0.3 + (atMs - subject.startedAtMs) / 60_000)
  const memoryUsedKiB = subject.balloon ? Math.round(memoryKiB * full * warm) : null
  if (subject.paused) {
    return { atMs, cpuPercent: 0, memoryUsedKiB, diskReadBytesPerS: 0, diskWriteBytesPerS: 0, netRxBytesPerS: 0, netTxBytesPerS: 0 }
  }
  const cpu = subject.swapping ? Math.max(85, cpuAt(shape, salt, atMs)) : cpuAt(shape, salt, atMs)
  const busy = cpu / 100
  const disk = shape.diskMBps * 1e6 * busy * (subject.swapping ? 2 : 1)
  const net = shape.netMBps * 1e6 * busy
  return {
    atMs,
    cpuPercent: rounded(cpu, 1),
    memoryUsedKiB,
    diskReadBytesPerS: Math.round(disk * smoothNoise(salt ^ 0x71, atMs, 9_000)),
    diskWriteBytesPerS: Math.round(disk * 0.6 * smoothNoise(salt ^ 0x72, atMs, 7_000)),
    netRxBytesPerS: Math.round(net * (0.2 + 0.8 * smoothNoise(salt ^ 0x73, atMs, 6_000))),
    netTxBytesPerS: Math.round(net * 0.7 * (0.2 + 0.8 * smoothNoise(salt ^ 0x74, atMs, 6_000))),
  }
}
