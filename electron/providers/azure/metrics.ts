import type { Metric, MetricValue } from '@azure/arm-monitor'
import { isAppError } from '../../../shared/errors/index.ts'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { type Figure, type Point, samplesFrom } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import { type AzureAccount, abortOf, ask } from './account.ts'
import { refOf, subscriptionOf } from './ids.ts'
import { isDispensable } from './problems.ts'

const WINDOW_MS = 10 * 60_000
const INTERVAL_S = 60
/** From so many in one region on, they are asked for in one call. */
const TOGETHER_FROM = 4
/** Machines in one filter. */
const AT_ONCE = 50
const NAMES = [
  'Percentage CPU',
  'Available Memory Bytes',
  'Disk Read Bytes',
  'Disk Write Bytes',
  'Network In Total',
  'Network Out Total',
] as const
type Name = (typeof NAMES)[number]

type Samples = ReadonlyArray<{ readonly ref: string; readonly metrics: MachineMetrics }>

export interface Sampled {
  readonly ref: string
  readonly location: string
  readonly memoryKiB: number
}

interface Asking {
  readonly clock: Clock
  /** Null: the newest of each machine alone. */
  readonly sinceMs: number | null
  readonly options: CallOptions
}

/** Samples from Azure Monitor, which is a minute or two behind, oldest first. Throws AppError. */
export async function samplesOf(account: AzureAccount, machines: readonly Sampled[], asking: Asking): Promise<Samples> {
  const byRegion = new Map<string, Sampled[]>()
  for (const machine of machines) {
    const key = `${subscriptionOf(machine.ref)} ${machine.location}`
    const here = byRegion.get(key)
    if (here) here.push(machine)
    else byRegion.set(key, [machine])
  }
  const found: Array<Samples[number]> = []
  for (const here of byRegion.values()) {
    for (let at = 0; at < here.length; at += AT_ONCE) {
      const some = here.slice(at, at + AT_ONCE)
      found.push(...(some.length < TOGETHER_FROM ? await oneByOne(account, some, asking) : await together(account, some, asking)))
    }
  }
  return found
}

function question({ clock, sinceMs, options }: Asking) {
  // a minute that is not over would change, and a sample is told once
  const toMs = Math.floor(clock.nowMs() / (INTERVAL_S * 1_000)) * INTERVAL_S * 1_000
  const fromMs = Math.min(sinceMs ?? toMs, toMs - WINDOW_MS)
  return {
    timespan: `${new Date(fromMs).toISOString()}/${new Date(toMs).toISOString()}`,
    interval: `PT${INTERVAL_S / 60}M`,
    metricnames: NAMES.join(','),
    metricnamespace: 'microsoft.compute/virtualmachines',
    aggregation: 'average,total',
    ...abortOf(options),
  }
}

async function oneByOne(account: AzureAccount, machines: readonly Sampled[], asking: Asking): Promise<Samples> {
  const found: Array<Samples[number]> = []
  for (const machine of machines) {
    const { metrics } = await account.monitor(subscriptionOf(machine.ref))
    let value: readonly Metric[]
    try {
      value = (await ask(metrics.list(machine.ref.slice(1), question(asking)))).value
    } catch (thrown) {
      // one that is gone, or may not be looked at, takes no other's samples away
      if (!isDispensable(thrown)) throw thrown
      continue
    }
    const samples = samplesIn(machine, asking.sinceMs, (name) => pointsOf(value, name)[0]?.data ?? [])
    found.push(...samples.map((sample) => ({ ref: machine.ref, metrics: sample })))
  }
  return found
}

async function together(account: AzureAccount, machines: readonly Sampled[], asking: Asking): Promise<Samples> {
  const [{ ref: first, location }] = machines as readonly [Sampled, ...Sampled[]]
  const { metrics } = await account.monitor(subscriptionOf(first))
  const filter = machines.map(({ ref }) => `Microsoft.ResourceId eq '${ref}'`).join(' or ')
  let value: readonly Metric[]
  try {
    const asked = metrics.listAtSubscriptionScope(location, { ...question(asking), filter, top: machines.length })
    value = (await ask(asked)).value
  } catch (thrown) {
    // a region or a cloud that does not answer for many at once
    if (!isAppError(thrown) || (thrown.kind !== 'invalid-input' && thrown.kind !== 'not-found')) throw thrown
    return oneByOne(account, machines, asking)
  }
  const found: Array<Samples[number]> = []
  for (const machine of machines) {
    const samples = samplesIn(machine, asking.sinceMs, (name) => pointsOf(value, name).find(({ ref }) => ref === machine.ref)?.data ?? [])
    found.push(...samples.map((sample) => ({ ref: machine.ref, metrics: sample })))
  }
  return found
}

function pointsOf(metrics: readonly Metric[], name: Name): ReadonlyArray<{ readonly ref: string; readonly data: readonly MetricValue[] }> {
  const { timeseries = [] } = metrics.find((metric) => metric.name.value === name) ?? {}
  return timeseries.map(({ metadatavalues, data = [] }) => {
    const dimension = metadatavalues?.find((each) => each.name?.value?.toLowerCase() === 'microsoft.resourceid')
    return { ref: refOf(dimension?.value ?? ''), data }
  })
}

/** A figure is a row: what it is here, and which value of a point it is made of. */
const FIGURES: ReadonlyArray<{ readonly figure: Figure; readonly name: Name; readonly of: 'average' | 'total' }> = [
  { figure: 'cpuPercent', name: 'Percentage CPU', of: 'average' },
  { figure: 'memoryUsedKiB', name: 'Available Memory Bytes', of: 'average' },
  { figure: 'diskReadBytesPerS', name: 'Disk Read Bytes', of: 'total' },
  { figure: 'diskWriteBytesPerS', name: 'Disk Write Bytes', of: 'total' },
  { figure: 'netRxBytesPerS', name: 'Network In Total', of: 'total' },
  { figure: 'netTxBytesPerS', name: 'Network Out Total', of: 'total' },
]

/** A point without a value, be it absent or null as of the last ones, is none. */
function samplesIn({ memoryKiB }: Sampled, sinceMs: number | null, dataOf: (name: Name) => readonly MetricValue[]) {
  const figures = FIGURES.map(({ figure, name, of }) => {
    const points = dataOf(name).flatMap((point): Point[] => {
      const value = point[of]
      if (value == null || (figure === 'memoryUsedKiB' && memoryKiB === 0)) return []
      const used = figure === 'memoryUsedKiB' ? Math.max(0, Math.round(memoryKiB - value / 1024)) : value
      return [{ atMs: point.timeStamp.getTime(), value: of === 'total' ? value / INTERVAL_S : used }]
    })
    return [figure, points] as const
  })
  return samplesFrom(figures, sinceMs)
}
