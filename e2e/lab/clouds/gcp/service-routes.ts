import { createHash } from 'node:crypto'
import { SKUS } from './catalogue.ts'
import { Problem } from './problem.ts'
import { type Answer, type Call, pageOf, type Route, route } from './route.ts'
import type { Machine } from './world.ts'

/** Compute Engine's id in the billing catalogue. */
const COMPUTE_SERVICE = '6F81-5844-456A'

interface MetricFacts {
  readonly kind: 'GAUGE' | 'DELTA'
  readonly value: 'DOUBLE' | 'INT64'
  readonly unit: string
  /** A minute's worth for a machine of this share of load. */
  readonly of: (load: number) => number
}

const METRICS: Readonly<Record<string, MetricFacts>> = {
  'compute.googleapis.com/instance/cpu/utilization': { kind: 'GAUGE', value: 'DOUBLE', unit: '10^2.%', of: (load) => load },
  'compute.googleapis.com/instance/disk/read_bytes_count': { kind: 'DELTA', value: 'INT64', unit: 'By', of: (load) => load * 60e6 },
  'compute.googleapis.com/instance/disk/write_bytes_count': { kind: 'DELTA', value: 'INT64', unit: 'By', of: (load) => load * 30e6 },
  'compute.googleapis.com/instance/network/received_bytes_count': { kind: 'DELTA', value: 'INT64', unit: 'By', of: (load) => load * 120e6 },
  'compute.googleapis.com/instance/network/sent_bytes_count': { kind: 'DELTA', value: 'INT64', unit: 'By', of: (load) => load * 90e6 },
  'compute.googleapis.com/instance/memory/balloon/ram_used': { kind: 'GAUGE', value: 'INT64', unit: 'By', of: (load) => load * 1e9 },
}

const MINUTE_MS = 60_000
/** So old is the newest figure. */
const LATE_MS = 120_000

/** A share of load that is the same for the same machine and minute. */
function loadOf(machine: Machine, minute: number): number {
  const hash = createHash('md5')
    .update(`${machine.body.id}/${Math.floor(minute / 5)}`)
    .digest()
  return 0.05 + ((hash[0] ?? 0) / 255) * 0.9
}

function timeSeries({ world, params, query }: Call): Answer {
  const project = params['project'] ?? ''
  const filter = query.get('filter') ?? ''
  const type = /metric\.type\s*=\s*"([^"]+)"/.exec(filter)?.[1] ?? ''
  const metric = METRICS[type]
  if (!type)
    throw new Problem(400, 'badRequest', 'Field filter had an invalid value: must specify exactly one metric type.', {
      rpcStatus: 'INVALID_ARGUMENT',
    })
  const from = Date.parse(query.get('interval.startTime') ?? query.get('interval.endTime') ?? '')
  const to = Date.parse(query.get('interval.endTime') ?? '')
  if (!Number.isFinite(from) || !Number.isFinite(to)) {
    throw new Problem(400, 'badRequest', 'Field interval.end_time had an invalid value.', { rpcStatus: 'INVALID_ARGUMENT' })
  }
  // an unknown metric is 404 in reality; a known one without points is an empty answer
  if (metric === undefined)
    throw new Problem(404, 'notFound', `Cannot find metric(s) that match type = "${type}".`, { rpcStatus: 'NOT_FOUND' })
  const rate = query.get('aggregation.perSeriesAligner') === 'ALIGN_RATE'
  const ids = /resource\.labels?\.instance_id\s*=\s*(?:one_of\(([^)]*)\)|("[^"]*"))/.exec(filter)
  const wanted = ids === null ? null : new Set([...(ids[1] ?? ids[2] ?? '').matchAll(/"([^"]*)"/g)].map(([, id]) => id))
  const machines = world.machines(project).filter(({ body }) => body.status === 'RUNNING' && (wanted === null || wanted.has(body.id)))
  const { items, nextPageToken } = pageOf(machines, query, { size: 100_000, named: 'pageSize' })
  const last = Math.floor(Math.min(to, Date.now() - LATE_MS) / MINUTE_MS)
  const first = Math.max(Math.ceil(from / MINUTE_MS), last - 720)
  const series = items.map((machine) => ({
    metric: { type, labels: { instance_name: machine.body.name } },
    resource: { type: 'gce_instance', labels: { instance_id: machine.body.id, zone: machine.zone, project_id: project } },
    metricKind: rate ? 'GAUGE' : metric.kind,
    valueType: rate ? 'DOUBLE' : metric.value,
    points: Array.from({ length: Math.max(0, last - first + 1) }, (_, back) => {
      const minute = last - back
      const amount = metric.of(loadOf(machine, minute))
      const endTime = new Date(minute * MINUTE_MS).toISOString()
      const startTime = metric.kind === 'DELTA' && !rate ? new Date((minute - 1) * MINUTE_MS).toISOString() : endTime
      const value = rate
        ? { doubleValue: amount / 60 }
        : metric.value === 'DOUBLE'
          ? { doubleValue: amount }
          : { int64Value: String(Math.round(amount)) }
      return { interval: { startTime, endTime }, value }
    }),
  }))
  return {
    ...(series.length === 0 ? {} : { timeSeries: series.filter(({ points }) => points.length > 0) }),
    ...(nextPageToken === undefined ? {} : { nextPageToken }),
    unit: rate ? `${metric.unit}/s` : metric.unit,
  }
}

function skus({ query }: Call): Answer {
  const { items, nextPageToken } = pageOf(SKUS, query, { size: 5000, named: 'pageSize' })
  return {
    skus: items.map(({ id, description, group, usage, regions, unit, nanos }) => ({
      name: `services/${COMPUTE_SERVICE}/skus/${id}`,
      skuId: id,
      description,
      category: {
        serviceDisplayName: 'Compute Engine',
        resourceFamily: group === 'SSD' ? 'Storage' : 'Compute',
        resourceGroup: group,
        usageType: usage,
      },
      serviceRegions: regions,
      pricingInfo: [
        {
          summary: '',
          pricingExpression: {
            usageUnit: unit,
            displayQuantity: 1,
            tieredRates: [{ startUsageAmount: 0, unitPrice: { currencyCode: query.get('currencyCode') ?? 'USD', units: '0', nanos } }],
            usageUnitDescription: { h: 'hour', 'GiBy.h': 'gibibyte hour', 'GiBy.mo': 'gibibyte month' }[unit],
          },
          currencyConversionRate: 1,
          effectiveTime: '2026-11-25T08:00:00Z',
        },
      ],
      serviceProviderName: 'Google',
    })),
    nextPageToken: nextPageToken ?? '',
  }
}

export const SERVICE_ROUTES: readonly Route[] = [
  route('cloudresourcemanager.projects.search', 'GET', '/v3/projects:search', null, ({ world, query }) => {
    const all = world.projects.map((projectId, index) => ({
      name: `projects/${604150802624 + index}`,
      parent: 'organizations/1234567890',
      projectId,
      state: 'ACTIVE',
      displayName: projectId.replaceAll('-', ' '),
      createTime: '2024-03-01T10:00:00Z',
      etag: 'W/"d4a0c7"',
    }))
    const { items, nextPageToken } = pageOf(all, query, { named: 'pageSize' })
    return { projects: items, ...(nextPageToken === undefined ? {} : { nextPageToken }) }
  }),
  route('monitoring.projects.timeSeries.list', 'GET', '/v3/projects/{project}/timeSeries', 'monitoring.timeSeries.list', timeSeries),
  route('cloudbilling.services.skus.list', 'GET', `/v1/services/${COMPUTE_SERVICE}/skus`, null, skus),
]
