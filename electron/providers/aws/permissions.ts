import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import type { CloudPermission } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls, Request } from './calls.ts'
import { type Asked, type Asking, EC2_PERMISSIONS, OTHER_PERMISSIONS, QUEUE_PERMISSIONS, type Subject } from './permission-table.ts'
import type { QueueAddress } from './queue.ts'
import { nameOf } from './queue-reader.ts'

const NOBODY: Subject = { id: 'i-00000000000000000', isRunning: false, volumeId: null, imageId: null }
const DryRun = true

export interface AskedParts {
  readonly calls: AwsCalls
  readonly queueCalls: AwsCalls
  readonly queues: readonly QueueAddress[]
}

/**
 * Asks EC2 itself, by its dry runs. An endpoint that is not AWS might take one for the real thing: it has to prove first, with one that does
 * no harm, that it knows what a dry run is.
 */
export async function permissions(
  { calls, queueCalls, queues }: AskedParts,
  region: string,
  options: CallOptions,
): Promise<readonly CloudPermission[]> {
  const ofEc2 = ec2Permissions(calls, region, EC2_PERMISSIONS, options)
  const ofOthers = OTHER_PERMISSIONS.map(async ({ name, features }): Promise<CloudPermission> => {
    const { state, detail } = name === 'cloudwatch:GetMetricData' ? await askMetrics(calls, region, options) : UNKNOWN
    return { name, state, features: [...features], scope: null, detail }
  })
  const ofQueues = queues.flatMap((queue) =>
    QUEUE_PERMISSIONS.map(async ({ name, features }): Promise<CloudPermission> => {
      const { state, detail } = name === 'sqs:ReceiveMessage' ? await askQueue(queueCalls, queue, options) : UNKNOWN
      return { name, state, features: [...features], scope: nameOf(queue), detail }
    }),
  )
  return [...(await ofEc2), ...(await Promise.all([...ofOthers, ...ofQueues]))]
}

/** Of these alone. */
export async function ec2Permissions(
  calls: AwsCalls,
  region: string,
  asked: readonly Asked[],
  options: CallOptions,
): Promise<readonly CloudPermission[]> {
  const subject = await findSubject(calls, region, options)
  const knowsDryRuns = calls.isAws || (await provesDryRuns(calls, region, subject, options))
  const all = asked.map(async ({ name, features, needs, dryRun: command }): Promise<CloudPermission> => {
    const canAsk = knowsDryRuns && command !== undefined && (needs === undefined || subject !== null)
    const { state, detail } = canAsk ? await dryRun(calls, { permission: name, region, options }, subject ?? NOBODY, command) : UNKNOWN
    return { name, state, features: [...features], scope: null, detail }
  })
  return Promise.all(all)
}

/** By a read, and by a change that would change nothing: a start of what runs, a stop of what is off. */
async function provesDryRuns(calls: AwsCalls, region: string, subject: Subject | null, options: CallOptions): Promise<boolean> {
  const asked = { permission: 'ec2:DescribeRegions', region, options }
  const read = await dryRun(calls, asked, NOBODY, ({ client, sdk, sending }) =>
    client.send(new sdk.DescribeRegionsCommand({ DryRun }), sending),
  )
  if (!read.answered || subject === null) return read.answered
  const InstanceIds = [subject.id]
  const permission = subject.isRunning ? 'ec2:StartInstances' : 'ec2:StopInstances'
  const change = await dryRun(calls, { permission, region, options }, subject, ({ client, sdk, sending }) =>
    subject.isRunning
      ? client.send(new sdk.StartInstancesCommand({ DryRun, InstanceIds }), sending)
      : client.send(new sdk.StopInstancesCommand({ DryRun, InstanceIds }), sending),
  )
  return change.answered
}

interface Answer {
  readonly state: CloudPermission['state']
  readonly detail: string | null
}

const UNKNOWN: Answer = { state: 'unknown', detail: null }

/** `answered`: in the way of a dry run, so or so. */
async function dryRun(
  calls: AwsCalls,
  asked: Request,
  subject: Subject,
  ask: (at: Asking) => Promise<unknown> | null,
): Promise<Answer & { readonly answered: boolean }> {
  try {
    const isSent = await calls.ec2(asked, async (client, sdk, sending) => {
      const sent = ask({ client, sdk, sending, subject })
      await sent
      return sent !== null
    })
    return { state: 'unknown', detail: isSent ? 'The endpoint knows no dry run.' : null, answered: false }
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown
    const code = thrown.remote?.code
    if (code === 'DryRunOperation') return { state: 'granted', detail: null, answered: true }
    if (thrown.kind === 'forbidden') return { state: 'missing', detail: saidBy(thrown), answered: true }
    if (thrown.kind === 'unauthenticated' || thrown.kind === 'unreachable' || thrown.kind === 'cancelled') throw thrown
    return { state: 'unknown', detail: saidBy(thrown), answered: false }
  }
}

async function askMetrics(calls: AwsCalls, region: string, options: CallOptions): Promise<Answer> {
  const endMs = Date.now()
  const stat = { Metric: { Namespace: 'AWS/EC2', MetricName: 'CPUUtilization' }, Period: 300, Stat: 'Average' }
  return granted(
    calls.cloudWatch({ permission: 'cloudwatch:GetMetricData', region, options }, (client, sdk, sending) =>
      client.send(
        new sdk.GetMetricDataCommand({
          MetricDataQueries: [{ Id: 'check', MetricStat: stat }],
          StartTime: new Date(endMs - 600_000),
          EndTime: new Date(endMs),
        }),
        sending,
      ),
    ),
  )
}

/** Reads a message, if there is one, and leaves it there for all. */
function askQueue(calls: AwsCalls, { url: QueueUrl, region }: QueueAddress, options: CallOptions): Promise<Answer> {
  return granted(
    calls.sqs({ permission: 'sqs:ReceiveMessage', region, options }, (client, sdk, sending) =>
      client.send(new sdk.ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 1, VisibilityTimeout: 0, WaitTimeSeconds: 0 }), sending),
    ),
  )
}

/** Of a call that only reads, done in earnest. */
async function granted(asked: Promise<unknown>): Promise<Answer> {
  try {
    await asked
    return { state: 'granted', detail: null }
  } catch (thrown) {
    if (!isAppError(thrown)) throw thrown
    const detail = saidBy(thrown)
    return thrown.kind === 'forbidden' ? { state: 'missing', detail } : { state: 'unknown', detail }
  }
}

async function findSubject(calls: AwsCalls, region: string, options: CallOptions): Promise<Subject | null> {
  try {
    const page = await calls.ec2({ permission: 'ec2:DescribeInstances', region, options }, (client, sdk, sending) =>
      client.send(
        new sdk.DescribeInstancesCommand({ MaxResults: 5, Filters: [{ Name: 'instance-state-name', Values: ['running', 'stopped'] }] }),
        sending,
      ),
    )
    const found = page.Reservations?.[0]?.Instances?.[0]
    if (found?.InstanceId === undefined) return null
    return {
      id: found.InstanceId,
      isRunning: found.State?.Name === 'running',
      volumeId: found.BlockDeviceMappings?.[0]?.Ebs?.VolumeId ?? null,
      imageId: found.ImageId ?? null,
    }
  } catch (thrown) {
    if (isAppError(thrown) && thrown.kind === 'forbidden') return null
    throw thrown
  }
}

/** The cloud's own words. */
function saidBy({ remote, message }: AppError): string {
  return typeof remote?.message === 'string' ? remote.message : message
}
