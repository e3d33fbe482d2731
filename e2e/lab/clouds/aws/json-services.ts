import { INSTANCE_TYPES } from './catalogue.ts'
import { locationOf } from './ec2-surroundings.ts'
import type { AwsInstance } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, pageOf } from './wire.ts'
import type { AwsWorld } from './world.ts'

export interface JsonCall {
  readonly operation: string
  readonly region: AwsRegion
  readonly world: AwsWorld
  readonly input: Readonly<Record<string, unknown>>
}
export type JsonOperation = (call: JsonCall) => object

const PERIOD_S = 300
const MOST_QUERIES = 500

interface MetricQuery {
  readonly Id: string
  readonly Label?: string
  readonly MetricStat?: {
    readonly Metric: {
      readonly Namespace: string
      readonly MetricName: string
      readonly Dimensions?: ReadonlyArray<{ readonly Name: string; readonly Value: string }>
    }
    readonly Period: number
    readonly Stat: string
  }
}

/** Basic monitoring: a value each five minutes, of machines that run. */
function getMetricData({ region, world, input, operation }: JsonCall): object {
  const queries = (input.MetricDataQueries ?? []) as readonly MetricQuery[]
  if (queries.length > MOST_QUERIES)
    throw new AwsRefusal(400, 'ValidationException', `The collection MetricDataQueries must not have a size greater than ${MOST_QUERIES}.`)
  const start = Number(input.StartTime)
  const end = Math.min(Number(input.EndTime), world.nowMs() / 1_000)
  if (!(start < end)) throw new AwsRefusal(400, 'ValidationException', 'The parameter StartTime must be less than the parameter EndTime.')
  const size = Math.max(1, Math.floor(Number(input.MaxDatapoints ?? 100_800) / Math.max(1, Math.floor((end - start) / PERIOD_S))))
  const { items, nextToken } = pageOf(queries, { operation, token: input.NextToken as string | undefined, size })
  const MetricDataResults = items.map((query) => {
    const stat = query.MetricStat
    const id = stat?.Metric.Dimensions?.find(({ Name }) => Name === 'InstanceId')?.Value
    const instance = id === undefined ? undefined : region.instances.get(id)
    const Timestamps: number[] = []
    const Values: number[] = []
    if (instance?.state === 'running' && stat) {
      for (let at = Math.ceil(start / PERIOD_S) * PERIOD_S; at < end; at += PERIOD_S) {
        Timestamps.push(at)
        Values.push(metricValue(stat.Metric.MetricName, instance, at, stat.Stat))
      }
    }
    if (input.ScanBy !== 'TimestampAscending') {
      Timestamps.reverse()
      Values.reverse()
    }
    return { Id: query.Id, Label: query.Label ?? stat?.Metric.MetricName ?? query.Id, Timestamps, Values, StatusCode: 'Complete' }
  })
  return { MetricDataResults, Messages: [], ...(nextToken !== null && { NextToken: nextToken }) }
}

function metricValue(metric: string, instance: AwsInstance, atS: number, stat: string): number {
  const base = Number.parseInt(instance.id.slice(-4), 16) % 60
  const wave = (1 + Math.sin(atS / 3_600 + base)) / 2
  if (metric === 'CPUUtilization') return 2 + base * 0.8 + wave * 10
  // five minutes' worth; the average is that of the minutes' sums
  const bytes = (base + 1) * 40_000 * (0.5 + wave) * PERIOD_S
  return stat === 'Average' ? bytes / 5 : bytes
}

const AGENT_MISSING_EVERY = 4

/** Every fourth has no agent; the plain ones have one. */
export function hasAgent(instance: AwsInstance): boolean {
  return instance.state === 'running' && Number.parseInt(instance.id.slice(-6), 16) % AGENT_MISSING_EVERY !== AGENT_MISSING_EVERY - 1
}

function describeInstanceInformation({ region, input, operation }: JsonCall): object {
  const filters = (input.Filters ?? []) as ReadonlyArray<{ readonly Key: string; readonly Values: readonly string[] }>
  const wanted = filters.find(({ Key }) => Key === 'InstanceIds')?.Values
  const all = [...region.instances.values()].filter((one) => hasAgent(one) && (wanted === undefined || wanted.includes(one.id)))
  const page = pageOf(all, { operation, token: input.NextToken as string | undefined, size: Number(input.MaxResults ?? 10) })
  return {
    InstanceInformationList: page.items.map((one) => ({
      InstanceId: one.id,
      PingStatus: 'Online',
      LastPingDateTime: region.world.nowMs() / 1_000,
      AgentVersion: '3.3.987.0',
      IsLatestVersion: true,
      PlatformType: one.isWindows ? 'Windows' : 'Linux',
      PlatformName: one.isWindows ? 'Microsoft Windows Server 2022 Datacenter' : 'Amazon Linux',
      PlatformVersion: one.isWindows ? '10.0.20348' : '2023',
      ResourceType: 'EC2Instance',
      IPAddress: one.privateIp,
      ComputerName: `ip-${one.privateIp.replaceAll('.', '-')}`,
    })),
    ...(page.nextToken !== null && { NextToken: page.nextToken }),
  }
}

function sendCommand({ region, world, input }: JsonCall): object {
  const ids = (input.InstanceIds ?? []) as readonly string[]
  const missing = ids.filter((id) => {
    const instance = region.instances.get(id)
    return !instance || !hasAgent(instance)
  })
  if (missing.length > 0)
    throw new AwsRefusal(400, 'InvalidInstanceId', `Instances [[${missing.join(', ')}]] not in a valid state for account ${world.account}`)
  const lines = ((input.Parameters as { readonly commands?: readonly string[] } | undefined)?.commands ?? []).slice()
  const serial = world.serial().toString(16).padStart(12, '0')
  const id = `00000000-0000-4000-8000-${serial}`
  for (const instanceId of ids) world.commands.push({ id, instanceId, lines, atMs: world.nowMs() })
  return {
    Command: {
      CommandId: id,
      DocumentName: input.DocumentName,
      InstanceIds: ids,
      Status: 'Pending',
      StatusDetails: 'Pending',
      RequestedDateTime: world.nowMs() / 1_000,
      TargetCount: ids.length,
    },
  }
}

function getCommandInvocation({ world, input }: JsonCall): object {
  const command = world.commands.find(({ id, instanceId }) => id === input.CommandId && instanceId === input.InstanceId)
  const age = command ? world.nowMs() - command.atMs : 0
  const { transitionMs } = world.options
  // the service itself knows of a command a moment after it took it
  if (!command || age < transitionMs / 4) throw new AwsRefusal(400, 'InvocationDoesNotExist', '')
  const Status =
    age < transitionMs / 2
      ? 'Pending'
      : age < transitionMs
        ? 'InProgress'
        : command.lines.some((line) => /^exit [1-9]/.test(line))
          ? 'Failed'
          : 'Success'
  const isOver = Status === 'Success' || Status === 'Failed'
  const output = isOver
    ? command.lines
        .flatMap((line) => /^echo (.*)$/.exec(line)?.[1] ?? [])
        .map((line) => `${line}\n`)
        .join('')
    : ''
  return {
    CommandId: command.id,
    InstanceId: command.instanceId,
    Status,
    StatusDetails: Status,
    ResponseCode: isOver ? (Status === 'Success' ? 0 : 1) : -1,
    StandardOutputContent: output,
    StandardErrorContent: Status === 'Failed' ? 'failed to run commands: exit status 1' : '',
  }
}

/** Each product a JSON text, as the service writes it. */
function getProducts({ input, operation }: JsonCall): object {
  const filters = (input.Filters ?? []) as ReadonlyArray<{ readonly Field: string; readonly Value: string }>
  const wanted = (field: string) => filters.find(({ Field }) => Field === field)?.Value
  const region = wanted('regionCode') ?? 'us-east-1'
  const shown = INSTANCE_TYPES.filter(({ name }) => [undefined, name].includes(wanted('instanceType')))
  const page = pageOf(shown, {
    operation,
    token: input.NextToken as string | undefined,
    size: Math.min(100, Number(input.MaxResults ?? 100)),
  })
  const PriceList = page.items.map((type) =>
    JSON.stringify({
      product: {
        sku: `SKU${type.name}`,
        productFamily: 'Compute Instance',
        attributes: {
          instanceType: type.name,
          regionCode: region,
          location: locationOf(region),
          operatingSystem: 'Linux',
          tenancy: 'Shared',
          capacitystatus: 'Used',
          preInstalledSw: 'NA',
          vcpu: String(type.vcpus),
          memory: `${type.memoryMiB / 1024} GiB`,
        },
      },
      serviceCode: 'AmazonEC2',
      terms: {
        OnDemand: {
          T: { sku: `SKU${type.name}`, priceDimensions: { D: { unit: 'Hrs', pricePerUnit: { USD: type.hourly.toFixed(10) } } } },
        },
      },
    }),
  )
  return { FormatVersion: 'aws_v1', PriceList, ...(page.nextToken !== null && { NextToken: page.nextToken }) }
}

const DAY_MS = 86_400_000

function getCostAndUsage({ input }: JsonCall): object {
  const { Start, End } = input.TimePeriod as { readonly Start: string; readonly End: string }
  const daily = input.Granularity === 'DAILY'
  const ResultsByTime: object[] = []
  for (let at = Date.parse(Start); at < Date.parse(End); at += daily ? DAY_MS : 31 * DAY_MS) {
    const end = Math.min(Date.parse(End), at + (daily ? DAY_MS : 31 * DAY_MS))
    const cost = (amount: number) => ({ UnblendedCost: { Amount: amount.toFixed(10), Unit: 'USD' } })
    ResultsByTime.push({
      TimePeriod: { Start: new Date(at).toISOString().slice(0, 10), End: new Date(end).toISOString().slice(0, 10) },
      Total: {},
      Groups: [
        { Keys: ['Amazon Elastic Compute Cloud - Compute'], Metrics: cost(41.5) },
        { Keys: ['EC2 - Other'], Metrics: cost(7.25) },
      ],
      Estimated: true,
    })
  }
  return { ResultsByTime, DimensionValueAttributes: [] }
}

/** By what follows the dot in `X-Amz-Target`. */
export const JSON_OPERATIONS: Readonly<Record<string, JsonOperation>> = {
  GetMetricData: getMetricData,
  DescribeInstanceInformation: describeInstanceInformation,
  SendCommand: sendCommand,
  GetCommandInvocation: getCommandInvocation,
  GetProducts: getProducts,
  GetCostAndUsage: getCostAndUsage,
}
