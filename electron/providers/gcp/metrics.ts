import { isAppError } from '../../../shared/errors/index.ts'
import { type Figure, type Point, samplesFrom } from '../cloud/index.ts'
import type { CallOptions, Clock } from '../provider.ts'
import type { GcpClient } from './client.ts'
import { parseRef } from './refs.ts'

const MINUTE_MS = 60_000
/** Figures come up to four minutes late. */
const BACK_MS = 6 * MINUTE_MS
/** Filters have a limit; more machines than this are asked for together with all of their project. */
const NAMED_AT_ONCE = 100

interface MetricQuery {
  readonly field: Figure
  readonly type: string
  readonly aligner: 'ALIGN_MEAN' | 'ALIGN_RATE'
  /** From Google's unit to ours. */
  readonly factor: number
}

/** Without an agent in the guest. Memory is told for E2 machines alone. */
const QUERIES: readonly MetricQuery[] = [
  { field: 'cpuPercent', type: 'compute.googleapis.com/instance/cpu/utilization', aligner: 'ALIGN_MEAN', factor: 100 },
  { field: 'memoryUsedKiB', type: 'compute.googleapis.com/instance/memory/balloon/ram_used', aligner: 'ALIGN_MEAN', factor: 1 / 1_024 },
  { field: 'diskReadBytesPerS', type: 'compute.googleapis.com/instance/disk/read_bytes_count', aligner: 'ALIGN_RATE', factor: 1 },
  { field: 'diskWriteBytesPerS', type: 'compute.googleapis.com/instance/disk/write_bytes_count', aligner: 'ALIGN_RATE', factor: 1 },
  { field: 'netRxBytesPerS', type: 'compute.googleapis.com/instance/network/received_bytes_count', aligner: 'ALIGN_RATE', factor: 1 },
  { field: 'netTxBytesPerS', type: 'compute.googleapis.com/instance/network/sent_bytes_count', aligner: 'ALIGN_RATE', factor: 1 },
]

/** What is used of `projects.timeSeries.list`. */
interface TimeSeriesPage {
  readonly timeSeries?: ReadonlyArray<{
    readonly resource?: { readonly labels?: Readonly<Record<string, string>> }
    readonly points?: ReadonlyArray<{
      readonly interval?: { readonly endTime?: string }
      readonly value?: { readonly doubleValue?: number; readonly int64Value?: string }
    }>
  }>
  readonly nextPageToken?: string
}

/** What was told so far: by machine and figure. */
type Drafts = Map<string, Map<Figure, Point[]>>

/**
 * Samples of running machines since `sinceMs`, oldest first; null: the latest. One question a figure and project: several disks and cards are
 * added up there.
 */
export async function metricsOf(client: GcpClient, clock: Clock, refs: readonly string[], sinceMs: number | null, options: CallOptions) {
  const byProject = new Map<string, Map<string, string>>()
  for (const ref of refs) {
    const { project, id } = parseRef(ref)
    const ids = byProject.get(project) ?? new Map<string, string>()
    byProject.set(project, ids.set(id, ref))
  }
  // periods end where the interval ends: at full minutes the same sample has the same time in each answer
  const toMs = Math.floor(clock.nowMs() / MINUTE_MS) * MINUTE_MS
  const fromMs = Math.min(Math.floor((sinceMs ?? toMs) / MINUTE_MS) * MINUTE_MS, toMs - BACK_MS)
  const drafts: Drafts = new Map()
  for (const [project, ids] of byProject) {
    await Promise.all(QUERIES.map((query) => ask(client, { project, query, ids, fromMs, toMs }, drafts, options)))
  }
  return [...drafts].flatMap(([ref, figures]) => samplesFrom(figures, sinceMs).map((metrics) => ({ ref, metrics })))
}

interface Question {
  readonly project: string
  readonly query: MetricQuery
  /** References by the cloud's numbers. */
  readonly ids: ReadonlyMap<string, string>
  readonly fromMs: number
  readonly toMs: number
}

async function ask(
  client: GcpClient,
  { project, query, ids, fromMs, toMs }: Question,
  drafts: Drafts,
  options: CallOptions,
): Promise<void> {
  const named =
    ids.size > NAMED_AT_ONCE ? '' : ` AND resource.labels.instance_id = one_of(${[...ids.keys()].map((id) => `"${id}"`).join(',')})`
  let pageToken: string | undefined
  do {
    const page: TimeSeriesPage | null = await client
      .rest<TimeSeriesPage>('monitoring', { method: 'monitoring.timeSeries.list', project }, `v3/projects/${project}/timeSeries`, options, {
        params: {
          filter: `metric.type = "${query.type}"${named}`,
          'interval.startTime': new Date(fromMs).toISOString(),
          'interval.endTime': new Date(toMs).toISOString(),
          'aggregation.alignmentPeriod': '60s',
          'aggregation.perSeriesAligner': query.aligner,
          'aggregation.crossSeriesReducer': 'REDUCE_SUM',
          'aggregation.groupByFields': 'resource.labels.instance_id',
          ...(pageToken !== undefined && { pageToken }),
        },
      })
      // no machine of this project has ever had this figure
      .catch((thrown: unknown) => {
        if (isAppError(thrown) && thrown.kind === 'not-found') return null
        throw thrown
      })
    for (const series of page?.timeSeries ?? []) {
      const ref = ids.get(series.resource?.labels?.['instance_id'] ?? '')
      if (ref === undefined) continue
      const figures = drafts.get(ref) ?? new Map<Figure, Point[]>()
      figures.set(query.field, [...(figures.get(query.field) ?? []), ...pointsOf(series, query.factor)])
      drafts.set(ref, figures)
    }
    pageToken = page?.nextPageToken || undefined
  } while (pageToken !== undefined)
}

function pointsOf({ points = [] }: NonNullable<TimeSeriesPage['timeSeries']>[number], factor: number): readonly Point[] {
  return points.flatMap(({ interval, value }) => {
    const atMs = Date.parse(interval?.endTime ?? '')
    const amount = value?.doubleValue ?? Number(value?.int64Value ?? Number.NaN)
    return Number.isFinite(atMs) && Number.isFinite(amount) ? [{ atMs, value: amount * factor }] : []
  })
}
