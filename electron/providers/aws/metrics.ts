import type { MetricDataQuery, MetricDataResult } from '@aws-sdk/client-cloudwatch'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { partsOf, refOf } from './facts.ts'

/** Basic monitoring has a value each five minutes, and it comes minutes later. */
const PERIOD_S = 300
const WINDOW_MS = 20 * 60_000
const MOST_QUERIES = 500

/** What is read of each machine. Sums become rates; a machine without EBS figures (before Nitro) has none of those. */
const METRICS = [
  { field: 'cpuPercent', name: 'CPUUtilization', stat: 'Average' },
  { field: 'netRxBytesPerS', name: 'NetworkIn', stat: 'Sum' },
  { field: 'netTxBytesPerS', name: 'NetworkOut', stat: 'Sum' },
  { field: 'diskReadBytesPerS', name: 'EBSReadBytes', stat: 'Sum' },
  { field: 'diskWriteBytesPerS', name: 'EBSWriteBytes', stat: 'Sum' },
] as const
const MACHINES_A_CALL = Math.floor(MOST_QUERIES / METRICS.length)

export interface Sample {
  readonly ref: string
  readonly metrics: MachineMetrics
}

/** The latest samples. Machines without one are left out. */
export async function metrics(calls: AwsCalls, clock: Clock, refs: readonly string[], options: CallOptions): Promise<readonly Sample[]> {
  const byRegion = new Map<string, string[]>()
  for (const ref of refs) {
    const { region, id } = partsOf(ref)
    byRegion.set(region, [...(byRegion.get(region) ?? []), id])
  }
  const samples: Sample[] = []
  for (const [region, ids] of byRegion) {
    for (let at = 0; at < ids.length; at += MACHINES_A_CALL) {
      samples.push(...(await ask(calls, clock.nowMs(), region, ids.slice(at, at + MACHINES_A_CALL), options)))
    }
  }
  return samples
}

async function ask(
  calls: AwsCalls,
  nowMs: number,
  region: string,
  ids: readonly string[],
  options: CallOptions,
): Promise<readonly Sample[]> {
  const MetricDataQueries = ids.flatMap((Value, machine): MetricDataQuery[] =>
    METRICS.map(({ name, stat }, metric) => ({
      Id: `m${machine}_${metric}`,
      MetricStat: {
        Metric: { Namespace: 'AWS/EC2', MetricName: name, Dimensions: [{ Name: 'InstanceId', Value }] },
        Period: PERIOD_S,
        Stat: stat,
      },
    })),
  )
  const results = new Map<string, MetricDataResult>()
  let NextToken: string | undefined
  do {
    const page = await calls.cloudWatch({ region, permission: 'cloudwatch:GetMetricData', options }, (client, sdk, sending) =>
      client.send(
        new sdk.GetMetricDataCommand({
          MetricDataQueries,
          StartTime: new Date(nowMs - WINDOW_MS),
          EndTime: new Date(nowMs),
          ScanBy: 'TimestampDescending',
          ...(NextToken !== undefined && { NextToken }),
        }),
        sending,
      ),
    )
    for (const result of page.MetricDataResults ?? []) {
      // the first page of a query has its latest value
      if (result.Id !== undefined && (result.Values ?? []).length > 0 && !results.has(result.Id)) results.set(result.Id, result)
    }
    NextToken = page.NextToken === '' ? undefined : page.NextToken
  } while (NextToken !== undefined)
  return ids.flatMap((id, machine) => sampleOf(refOf(region, id), (metric) => results.get(`m${machine}_${metric}`)) ?? [])
}

function sampleOf(ref: string, result: (metric: number) => MetricDataResult | undefined): Sample | null {
  let atMs = 0
  const values: Partial<Record<(typeof METRICS)[number]['field'], number>> = {}
  for (const [index, { field, stat }] of METRICS.entries()) {
    const found = result(index)
    const value = found?.Values?.[0]
    if (value === undefined) continue
    values[field] = stat === 'Sum' ? value / PERIOD_S : value
    atMs = Math.max(atMs, found?.Timestamps?.[0]?.getTime() ?? 0)
  }
  if (atMs === 0) return null
  return {
    ref,
    metrics: {
      atMs,
      cpuPercent: values.cpuPercent ?? null,
      memoryUsedKiB: null,
      diskReadBytesPerS: values.diskReadBytesPerS ?? null,
      diskWriteBytesPerS: values.diskWriteBytesPerS ?? null,
      netRxBytesPerS: values.netRxBytesPerS ?? null,
      netTxBytesPerS: values.netTxBytesPerS ?? null,
    },
  }
}
