import { ArmError, type AzureVm } from './parts.ts'
import { sizeOf } from './render.ts'
import { type ArmReply, type ArmRequest, ok, type Route, textIn } from './wire.ts'

const PERIOD_MS = 60_000

interface Metric {
  readonly unit: string
  readonly primary: 'average' | 'total'
  /** At a share of use from 0 to 1. */
  readonly value: (use: number, vm: AzureVm) => number
}

const METRICS: Readonly<Record<string, Metric>> = {
  'Percentage CPU': { unit: 'Percent', primary: 'average', value: (use) => use * 100 },
  'Available Memory Bytes': {
    unit: 'Bytes',
    primary: 'average',
    value: (use, vm) => Math.round((sizeOf(vm.size)?.memoryGiB ?? 4) * 1024 ** 3 * (1 - use)),
  },
  'Network In Total': { unit: 'Bytes', primary: 'total', value: (use) => Math.round(use * 6_000_000) },
  'Network Out Total': { unit: 'Bytes', primary: 'total', value: (use) => Math.round(use * 9_000_000) },
  'Disk Read Bytes': { unit: 'Bytes', primary: 'total', value: (use) => Math.round(use * 3_000_000) },
  'Disk Write Bytes': { unit: 'Bytes', primary: 'total', value: (use) => Math.round(use * 12_000_000) },
}

export const monitorRoutes: readonly Route[] = [
  {
    operation: 'Metrics_List',
    method: 'GET',
    path: 'subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}/providers/Microsoft.Insights/metrics',
    action: 'Microsoft.Insights/metrics/read',
    handle: (request) => {
      const { subscription, group, name } = request.params
      const ref = `/subscriptions/${subscription}/resourcegroups/${group}/providers/microsoft.compute/virtualmachines/${name}`
      const vm = request.world.machines.get(ref.toLowerCase())
      if (vm === undefined) throw new ArmError(404, 'ResourceNotFound', `The Resource '${ref}' was not found.`)
      return answer(request, [vm], request.url.searchParams)
    },
  },
  ...(['GET', 'POST'] as const).map(
    (method): Route => ({
      operation: 'Metrics_ListAtSubscriptionScope',
      method,
      path: 'subscriptions/{subscription}/providers/Microsoft.Insights/metrics',
      action: 'Microsoft.Insights/metrics/read',
      handle: atSubscription,
    }),
  ),
]

/** Of all machines of one region, told apart by the dimension Microsoft.ResourceId. */
function atSubscription(request: ArmRequest): ArmReply {
  const query = new URLSearchParams(request.url.searchParams)
  for (const name of ['timespan', 'interval', 'metricNames', 'aggregation', 'filter', 'metricNamespace', 'top']) {
    const value = textIn(request.body, name)
    if (value !== undefined) query.set(name === 'filter' ? '$filter' : name.toLowerCase(), value)
  }
  const region = query.get('region')
  if (region === null) throw new ArmError(400, 'BadRequest', "The 'region' parameter is required.")
  if (query.get('metricnamespace')?.toLowerCase() !== 'microsoft.compute/virtualmachines') {
    throw new ArmError(400, 'BadRequest', "The 'metricnamespace' parameter is required.")
  }
  const named = [...(query.get('$filter') ?? '').matchAll(/Microsoft\.ResourceId eq '([^']*)'/gi)].map(([, id]) => (id ?? '').toLowerCase())
  const all = named.length === 0 || named.includes('*')
  const machines = [...request.world.machines.values()].filter((vm) => {
    return vm.subscription === request.params['subscription'] && vm.location === region && (all || named.includes(vm.id.toLowerCase()))
  })
  return answer(request, machines.slice(0, Number(query.get('top') ?? 10)), query)
}

function answer(request: ArmRequest, machines: readonly AzureVm[], query: URLSearchParams): ArmReply {
  const [from = '', to = ''] = (query.get('timespan') ?? '').split('/')
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)]
  if (!(fromMs < toMs)) throw new ArmError(400, 'BadRequest', `Detected invalid time interval input: ${query.get('timespan')}`)
  const interval = query.get('interval') ?? 'PT1M'
  const names = (query.get('metricnames') ?? 'Percentage CPU').split(',')
  const unknown = names.find((name) => METRICS[name] === undefined)
  if (unknown !== undefined) {
    const words = `Failed to find metric configuration for provider: Microsoft.Compute, resource Type: virtualMachines, metric: ${unknown}, Valid metrics: ${Object.keys(METRICS).join(',')}`
    throw new ArmError(400, 'BadRequest', words)
  }
  const scope = request.url.pathname.slice(0, request.url.pathname.toLowerCase().indexOf('/providers/microsoft.insights'))
  return ok({
    cost: machines.length,
    timespan: `${from}/${to}`,
    interval,
    value: names.map((name) => ({
      id: `${scope}/providers/Microsoft.Insights/metrics/${name}`,
      type: 'Microsoft.Insights/metrics',
      name: { value: name, localizedValue: name },
      displayDescription: name,
      unit: METRICS[name]?.unit,
      timeseries: machines.map((vm) => ({
        metadatavalues: [{ name: { value: 'microsoft.resourceid', localizedValue: 'microsoft.resourceid' }, value: vm.id.toLowerCase() }],
        data: points(vm, name, fromMs, toMs),
      })),
      errorCode: 'Success',
    })),
    namespace: 'Microsoft.Compute/virtualMachines',
    resourceregion: machines[0]?.location ?? 'westeurope',
  })
}

/** The last point has no value yet, as is usual; a machine that is off has none at all. */
function points(vm: AzureVm, name: string, fromMs: number, toMs: number): unknown[] {
  const metric = METRICS[name] as Metric
  const made: unknown[] = []
  for (let atMs = Math.floor(fromMs / PERIOD_MS) * PERIOD_MS; atMs < toMs && made.length < 1440; atMs += PERIOD_MS) {
    const timeStamp = new Date(atMs).toISOString()
    const use = 0.3 + 0.2 * Math.sin(atMs / 600_000 + vm.name.length)
    const isKnown = vm.power === 'running' && atMs + PERIOD_MS <= toMs
    made.push(isKnown ? { timeStamp, [metric.primary]: metric.value(use, vm) } : { timeStamp })
  }
  return made
}
