import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import {
  CreateTagsCommand,
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  EC2Client,
  type EC2ClientConfig,
  ModifyInstanceAttributeCommand,
  paginateDescribeInstances,
  RebootInstancesCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { GetCommandInvocationCommand, SendCommandCommand, SSMClient } from '@aws-sdk/client-ssm'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { afterEach, expect, test } from 'vitest'
import { type AwsCloud, type AwsCloudOptions, startAwsCloud } from './index.ts'

let cloud: AwsCloud | null = null
const clients: Array<{ destroy(): void }> = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await cloud?.stop()
  cloud = null
})

async function begin(options: AwsCloudOptions = {}): Promise<AwsCloud> {
  cloud = await startAwsCloud({ transitionMs: 50, ...options })
  return cloud
}

function ec2(of: AwsCloud, config: EC2ClientConfig = {}): EC2Client {
  const client = new EC2Client({ region: 'eu-central-1', endpoint: of.endpoint, credentials: of.credentials, maxAttempts: 1, ...config })
  clients.push(client)
  return client
}

const idIn = (ref: string) => ref.split('/')[1] ?? ''

async function stateOf(client: EC2Client, id: string): Promise<string | undefined> {
  const answer = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
  return answer.Reservations?.[0]?.Instances?.[0]?.State?.Name
}

async function until(check: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await check())) if (Date.now() > deadline) throw new Error('it did not come to pass in a minute')
}

test('pages count reservations; all pages hold every machine of the region once', async () => {
  const of = await begin({ machines: 120, regions: 1 })
  const seen: string[] = []
  let pages = 0
  let largest = 0
  for await (const page of paginateDescribeInstances({ client: ec2(of), pageSize: 10 }, {})) {
    pages += 1
    expect(page.Reservations?.length).toBeLessThanOrEqual(10)
    const ids = page.Reservations?.flatMap((one) => one.Instances?.map(({ InstanceId }) => InstanceId ?? '') ?? []) ?? []
    largest = Math.max(largest, ids.length)
    seen.push(...ids)
  }
  expect(pages).toBeGreaterThan(5)
  expect(largest).toBeGreaterThan(10)
  expect(seen.toSorted()).toEqual(of.world.refs().map(idIn).toSorted())
})

test('a machine is written as the service writes it', async () => {
  const of = await begin()
  const answer = await ec2(of).send(new DescribeInstancesCommand({ InstanceIds: [idIn(of.world.runningRef)] }))
  const machine = answer.Reservations?.[0]?.Instances?.[0]
  expect(machine).toMatchObject({
    State: { Code: 16, Name: 'running' },
    InstanceType: 't3.micro',
    Placement: { Tenancy: 'default' },
    HibernationOptions: { Configured: true },
    CpuOptions: { CoreCount: 1, ThreadsPerCore: 2 },
    PlatformDetails: 'Linux/UNIX',
  })
  expect(machine?.LaunchTime).toBeInstanceOf(Date)
  expect(machine?.Tags).toContainEqual({ Key: 'env', Value: expect.any(String) })
  expect(machine?.BlockDeviceMappings?.[0]?.Ebs?.VolumeId).toMatch(/^vol-/)
  expect(machine?.NetworkInterfaces?.[0]?.Association?.PublicIp).toBe(machine?.PublicIpAddress)
  expect(answer.$metadata.requestId).toMatch(/^[0-9a-f-]{36}$/)
})

test('states take their time; a wrong one is refused, and so is the whole call', async () => {
  const of = await begin({ transitionMs: 2_000 })
  const client = ec2(of)
  const [running, stopped] = [idIn(of.world.runningRef), idIn(of.world.stoppedRef)]
  const answer = await client.send(new StartInstancesCommand({ InstanceIds: [stopped] }))
  expect(answer.StartingInstances).toEqual([
    { InstanceId: stopped, CurrentState: { Code: 0, Name: 'pending' }, PreviousState: { Code: 80, Name: 'stopped' } },
  ])
  await until(async () => (await stateOf(client, stopped)) === 'running')
  await client.send(new StopInstancesCommand({ InstanceIds: [running], Hibernate: true }))
  await expect(client.send(new StartInstancesCommand({ InstanceIds: [running, stopped] }))).rejects.toMatchObject({
    name: 'IncorrectInstanceState',
  })
  await until(async () => (await stateOf(client, running)) === 'stopped')
  const hibernated = await client.send(new DescribeInstancesCommand({ InstanceIds: [running] }))
  expect(hibernated.Reservations?.[0]?.Instances?.[0]?.StateReason?.Code).toBe('Client.UserInitiatedHibernate')
  await expect(client.send(new RebootInstancesCommand({ InstanceIds: [running] }))).rejects.toMatchObject({ name: 'IncorrectState' })
  const gone = new StopInstancesCommand({ InstanceIds: [stopped, 'i-0123456789abcdef0'] })
  await expect(client.send(gone)).rejects.toMatchObject({
    name: 'InvalidInstanceID.NotFound',
    message: "The instance ID 'i-0123456789abcdef0' does not exist",
  })
  expect(await stateOf(client, stopped)).toBe('running')
})

test('protection holds a termination up; a type changes while it is off only; a tag may hold anything', async () => {
  const of = await begin()
  const client = ec2(of)
  const id = idIn(of.world.stoppedRef)
  of.world.setProtected(of.world.stoppedRef, true)
  await expect(client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({ name: 'OperationNotPermitted' })
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId: id, InstanceType: { Value: 'm6i.large' } }))
  await client.send(new ModifyInstanceAttributeCommand({ InstanceId: id, DisableApiTermination: { Value: false } }))
  await client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: 'owner <&>', Value: 'Jürgen 🚚 "x"' }] }))
  const found = await client.send(new DescribeInstancesCommand({ Filters: [{ Name: 'tag:owner <&>', Values: ['Jürgen*'] }] }))
  expect(found.Reservations?.[0]?.Instances?.[0]).toMatchObject({ InstanceId: id, InstanceType: 'm6i.large' })
  expect(found.Reservations?.[0]?.Instances?.[0]?.Tags).toContainEqual({ Key: 'owner <&>', Value: 'Jürgen 🚚 "x"' })
  await client.send(new TerminateInstancesCommand({ InstanceIds: [id] }))
  await until(async () => (await stateOf(client, id)) === 'terminated')
})

test('a launch with the same token is one launch', async () => {
  const of = await begin()
  const client = ec2(of)
  const input = {
    ImageId: of.world.region('eu-central-1').linuxImage.id,
    InstanceType: 't3.small',
    MinCount: 1,
    MaxCount: 1,
    ClientToken: 'once',
  } as const
  const tagged = { ...input, TagSpecifications: [{ ResourceType: 'instance' as const, Tags: [{ Key: 'Name', Value: 'new' }] }] }
  const first = await client.send(new RunInstancesCommand(tagged))
  const second = await client.send(new RunInstancesCommand(tagged))
  expect(first.Instances?.[0]).toMatchObject({ State: { Name: 'pending' }, Tags: [{ Key: 'Name', Value: 'new' }] })
  expect(second.Instances?.[0]?.InstanceId).toBe(first.Instances?.[0]?.InstanceId)
})

test.each([
  ['an unknown key', { credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: 'correct horse battery staple' } }, 'AuthFailure'],
  ['a wrong secret', { credentials: { accessKeyId: 'AKIALOOPBACKOPERATOR', secretAccessKey: 'wrong' } }, 'AuthFailure'],
  ['a region that is not opted in', { region: 'me-south-1' }, 'AuthFailure'],
])('%s is refused', async (_, config, name) => {
  const of = await begin()
  await expect(ec2(of, config).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name })
})

test('a clock that is wrong is refused', async () => {
  const of = await begin({ clockOffsetMs: 3_600_000, saysDate: false })
  await expect(ec2(of).send(new DescribeInstancesCommand({}))).rejects.toMatchObject({ name: 'RequestExpired' })
})

test('regions say whether the account has opted in', async () => {
  const answer = await ec2(await begin()).send(new DescribeRegionsCommand({ AllRegions: true }))
  expect(answer.Regions?.map(({ RegionName, OptInStatus }) => `${RegionName} ${OptInStatus}`)).toContain('me-south-1 not-opted-in')
})

test('faults: throttled, denied, asked for permission only, lost replies', async () => {
  const of = await begin()
  const client = ec2(of)
  const id = idIn(of.world.runningRef)
  of.faults.add({ operation: 'DescribeInstances', times: 1, fault: { do: 'throttle' } })
  await expect(stateOf(client, id)).rejects.toMatchObject({ name: 'RequestLimitExceeded', $metadata: { httpStatusCode: 503 } })
  await expect(client.send(new StopInstancesCommand({ InstanceIds: [id], DryRun: true }))).rejects.toMatchObject({
    name: 'DryRunOperation',
  })
  of.faults.add({ operation: 'StopInstances', times: 1, fault: { do: 'deny' } })
  await expect(client.send(new StopInstancesCommand({ InstanceIds: [id], DryRun: true }))).rejects.toMatchObject({
    name: 'UnauthorizedOperation',
  })
  of.faults.add({ operation: 'StopInstances', times: 1, fault: { do: 'lose-reply' } })
  await expect(client.send(new StopInstancesCommand({ InstanceIds: [id] }))).rejects.toMatchObject({ code: 'ECONNRESET' })
  expect(of.world.machine(of.world.runningRef)?.state).not.toBe('running')
  expect(of.faults.count('StopInstances')).toBe(3)
})

test('lists may lag behind a change; a look at one machine does not', async () => {
  const of = await begin({ staleMs: 60_000 })
  const client = ec2(of)
  const id = idIn(of.world.runningRef)
  const listed = async (input: DescribeInstancesCommandInput) => (await client.send(new DescribeInstancesCommand(input))).Reservations ?? []
  await listed({})
  of.world.setTag(of.world.runningRef, 'Name', 'renamed')
  const nameIn = async (input: DescribeInstancesCommandInput) =>
    (await listed(input))
      .flatMap((one) => one.Instances ?? [])
      .find(({ InstanceId }) => InstanceId === id)
      ?.Tags?.find(({ Key }) => Key === 'Name')?.Value
  expect(await nameIn({})).not.toBe('renamed')
  expect(await nameIn({ InstanceIds: [id] })).toBe('renamed')
})

test('STS says who one is; a chain of roles leads into another account, with its external id only', async () => {
  const of = await begin()
  const sts = (credentials: EC2ClientConfig['credentials']) => {
    const client = new STSClient({ region: 'us-east-1', endpoint: of.endpoint, maxAttempts: 1, ...(credentials && { credentials }) })
    clients.push(client)
    return client
  }
  const assume = async (client: STSClient, RoleArn: string, ExternalId?: string) => {
    const { Credentials: got } = await client.send(
      new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test', ...(ExternalId && { ExternalId }) }),
    )
    return { accessKeyId: got?.AccessKeyId ?? '', secretAccessKey: got?.SecretAccessKey ?? '', sessionToken: got?.SessionToken ?? '' }
  }
  const customer = 'arn:aws:iam::210987654321:role/customer'
  const hub = await assume(sts(of.credentials), 'arn:aws:iam::123456789012:role/hub')
  await expect(assume(sts(of.credentials), customer, 'customer-7')).rejects.toMatchObject({ name: 'AccessDenied' })
  await expect(assume(sts(hub), customer)).rejects.toMatchObject({ name: 'AccessDenied' })
  const inside = await assume(sts(hub), customer, 'customer-7')
  expect(await sts(inside).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '210987654321',
    Arn: 'arn:aws:sts::210987654321:assumed-role/customer/test',
  })
})

test('metrics of machines that run, types with their sizes, and a command by the agent', async () => {
  let nowMs = Date.now()
  const of = await begin({ nowMs: () => nowMs })
  const shared = { region: 'eu-central-1', endpoint: of.endpoint, credentials: of.credentials, maxAttempts: 1 }
  const cloudWatch = new CloudWatchClient(shared)
  const ssm = new SSMClient(shared)
  clients.push(cloudWatch, ssm)
  const query = (Id: string, ref: string) => ({
    Id,
    MetricStat: {
      Metric: { Namespace: 'AWS/EC2', MetricName: 'CPUUtilization', Dimensions: [{ Name: 'InstanceId', Value: idIn(ref) }] },
      Period: 300,
      Stat: 'Average',
    },
  })
  const window = { StartTime: new Date(Date.now() - 1_800_000), EndTime: new Date() }
  const { MetricDataResults: results } = await cloudWatch.send(
    new GetMetricDataCommand({ ...window, MetricDataQueries: [query('on', of.world.runningRef), query('off', of.world.stoppedRef)] }),
  )
  expect(results?.[0]?.Values?.length).toBeGreaterThanOrEqual(5)
  expect(results?.[1]?.Values).toEqual([])
  const tooMany = Array.from({ length: 501 }, (_, index) => query(`q${index}`, of.world.runningRef))
  await expect(cloudWatch.send(new GetMetricDataCommand({ ...window, MetricDataQueries: tooMany }))).rejects.toMatchObject({
    name: 'ValidationException',
  })
  const types = await ec2(of).send(new DescribeInstanceTypesCommand({ InstanceTypes: ['m6i.xlarge'] }))
  expect(types.InstanceTypes?.[0]).toMatchObject({ VCpuInfo: { DefaultVCpus: 4 }, MemoryInfo: { SizeInMiB: 16_384 } })
  const id = idIn(of.world.runningRef)
  const sent = await ssm.send(
    new SendCommandCommand({ DocumentName: 'AWS-RunShellScript', InstanceIds: [id], Parameters: { commands: ['echo hello'] } }),
  )
  const CommandId = sent.Command?.CommandId ?? ''
  await expect(ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId: id }))).rejects.toMatchObject({
    name: 'InvocationDoesNotExist',
  })
  nowMs += 50
  expect(await ssm.send(new GetCommandInvocationCommand({ CommandId, InstanceId: id }))).toMatchObject({
    Status: 'Success',
    StandardOutputContent: 'hello\n',
  })
})

test('5,000 machines are answered in less time than the client takes to read them', async () => {
  const of = await begin({ machines: 5_000, regions: 1 })
  const client = ec2(of)
  let count = 0
  for await (const page of paginateDescribeInstances({ client, pageSize: 1_000 }, {})) {
    count += page.Reservations?.reduce((sum, one) => sum + (one.Instances?.length ?? 0), 0) ?? 0
  }
  expect(count).toBe(5_000)
})
