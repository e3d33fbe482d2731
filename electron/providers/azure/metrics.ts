import type { Metric, MetricValue } from '@azure/arm-monitor'
import { isAppError } from '../../../shared/errors/index.ts'
import type { MachineMetrics } from '../../../shared/model/index.ts'
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

/** The latest samples from Azure Monitor, which is a minute or two behind. Throws AppError. */
export async function samplesOf(account: AzureAccount, machines: readonly Sampled[], clock: Clock, options: CallOptions): Promise<Samples> {
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
      found.push(
        ...(some.length < TOGETHER_FROM ? await oneByOne(account, some, clock, options) : await together(account, some, clock, options)),
      )
    }
  }
  return found
}

function question(clock: Clock, options: CallOptions) {
  const nowMs = clock.nowMs()
  return {
    timespan: `${new Date(nowMs - WINDOW_MS).toISOString()}/${new Date(nowMs).toISOString()}`,
    interval: `PT${INTERVAL_S / 60}M`,
    metricnames: NAMES.join(','),
    metricnamespace: 'microsoft.compute/virtualmachines',
    aggregation: 'average,total',
    ...abortOf(options),
  }
}

async function oneByOne(account: AzureAccount, machines: readonly Sampled[], clock: Clock, options: CallOptions): Promise<Samples> {
  const found: Array<Samples[number]> = []
  for (const machine of machines) {
    const { metrics } = await account.monitor(subscriptionOf(machine.ref))
    let value: readonly Metric[]
    try {
      value = (await ask(metrics.list(machine.ref.slice(1), question(clock, options)))).value
    } catch (thrown) {
      // one that is gone, or may not be looked at, takes no other's samples away
      if (!isDispensable(thrown)) throw thrown
      continue
    }
    const sample = sampleOf(machine, (name) => pointsOf(value, name)[0]?.data ?? [])
    if (sample) found.push({ ref: machine.ref, metrics: sample })
  }
  return found
}

async function together(account: AzureAccount, machines: readonly Sampled[], clock: Clock, options: CallOptions): Promise<Samples> {
  const [{ ref: first, location }] = machines as readonly [Sampled, ...Sampled[]]
  const { metrics } = await account.monitor(subscriptionOf(first))
  const filter = machines.map(({ ref }) => `Microsoft.ResourceId eq '${ref}'`).join(' or ')
  let value: readonly Metric[]
  try {
    const asked = metrics.listAtSubscriptionScope(location, { ...question(clock, options), filter, top: machines.length })
    value = (await ask(asked)).value
  } catch (thrown) {
    // a region or a cloud that does not answer for many at once
    if (!isAppError(thrown) || (thrown.kind !== 'invalid-input' && thrown.kind !== 'not-found')) throw thrown
    return oneByOne(account, machines, clock, options)
  }
  const found: Array<Samples[number]> = []
  for (const machine of machines) {
    const sample = sampleOf(machine, (name) => pointsOf(value, name).find(({ ref }) => ref === machine.ref)?.data ?? [])
    if (sample) found.push({ ref: machine.ref, metrics: sample })
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

/** From the last point that has a value; null: there is none. Exported for its test. */
export function sampleOf({ memoryKiB }: Sampled, points: (name: Name) => readonly MetricValue[]): MachineMetrics | null {
  const last = (name: Name, of: 'average' | 'total') => points(name).findLast((point) => point[of] !== undefined)
  const cpu = last('Percentage CPU', 'average')
  const rate = (name: Name) => {
    const total = last(name, 'total')?.total
    return total === undefined ? null : total / INTERVAL_S
  }
  const free = last('Available Memory Bytes', 'average')?.average
  const atMs = (cpu ?? last('Network In Total', 'total'))?.timeStamp.getTime()
  if (atMs === undefined) return null
  return {
    atMs,
    cpuPercent: cpu?.average ?? null,
    memoryUsedKiB: free === undefined || memoryKiB === 0 ? null : Math.max(0, Math.round(memoryKiB - free / 1024)),
    diskReadBytesPerS: rate('Disk Read Bytes'),
    diskWriteBytesPerS: rate('Disk Write Bytes'),
    netRxBytesPerS: rate('Network In Total'),
    netTxBytesPerS: rate('Network Out Total'),
  }
}
