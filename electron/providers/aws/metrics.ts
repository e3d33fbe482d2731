import type { MetricDataQuery } from '@aws-sdk/client-cloudwatch'
import type { MachineMetrics } from '../../../shared/model/index.ts'
import { type Point, samplesFrom } from '../cloud/index.ts'
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

/** Samples since `sinceMs`, oldest first; null: the latest. Machines without one are left out. */
export async function metrics(
  calls: AwsCalls,
  clock: Clock,
  refs: readonly string[],
  sinceMs: number | null,
  options: CallOptions,
): Promise<readonly Sample[]> {
  const byRegion = new Map<string, string[]>()
  for (const ref of refs) {
    const { region, id } = partsOf(ref)
    byRegion.set(region, [...(byRegion.get(region) ?? []), id])
  }
  const samples: Sample[] = []
  for (const [region, ids] of byRegion) {
    for (let at = 0; at < ids.length; at += MACHINES_A_CALL) {
      samples.push(...(await ask(calls, clock.nowMs(), region, ids.slice(at, at + MACHINES_A_CALL), sinceMs, options)))
    }
  }
  return samples
}

async function ask(
  calls: AwsCalls,
  nowMs: number,
  region: string,
  ids: readonly string[],
  sinceMs: number | null,
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
  // the sum of a period that is not over would grow, and a sample is told once
  const endMs = Math.floor(nowMs / (PERIOD_S * 1_000)) * PERIOD_S * 1_000
  const startMs = Math.min(sinceMs ?? endMs, endMs - WINDOW_MS)
  const results = new Map<string, Point[]>()
  let NextToken: string | undefined
  do {
    const page = await calls.cloudWatch({ region, permission: 'cloudwatch:GetMetricData', options }, (client, sdk, sending) =>
      client.send(
        new sdk.GetMetricDataCommand({
          MetricDataQueries,
          StartTime: new Date(startMs),
          EndTime: new Date(endMs),
          ScanBy: 'TimestampDescending',
          ...(NextToken !== undefined && { NextToken }),
        }),
        sending,
      ),
    )
    for (const result of page.MetricDataResults ?? []) {
      const { Id = '', Timestamps = [], Values = [] } = result
      const points = Timestamps.flatMap((time, index): Point[] => {
        const value = Values[index]
        return value === undefined ? [] : [{ atMs: time.getTime(), value }]
      })
      results.set(Id, [...(results.get(Id) ?? []), ...points])
    }
    NextToken = page.NextToken === '' ? undefined : page.NextToken
  } while (NextToken !== undefined)
  return ids.flatMap((id, machine) => {
    const figures = METRICS.map(({ field, stat }, metric) => {
      const points = results.get(`m${machine}_${metric}`) ?? []
      return [field, stat === 'Sum' ? points.map(({ atMs, value }) => ({ atMs, value: value / PERIOD_S })) : points] as const
    })
    return samplesFrom(figures, sinceMs).map((sample) => ({ ref: refOf(region, id), metrics: sample }))
  })
}
