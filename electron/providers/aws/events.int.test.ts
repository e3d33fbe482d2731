import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type AwsCloud, type AwsCloudOptions, startAwsCloud } from '../../../e2e/lab/clouds/aws/index.ts'
import type { AwsQueue, QueueOptions } from '../../../e2e/lab/clouds/aws/queues.ts'
import { until as untilTrue } from '../../../e2e/lab/run.ts'
import type { CheckMessage } from '../../../shared/model/index.ts'
import { CallBudget, type CloudLink, type Rhythm } from '../cloud/index.ts'
import { Recorder } from '../conformance/index.ts'
import type { Clock } from '../provider.ts'
import { AwsCalls } from './calls.ts'
import { awsProvider } from './index.ts'
import { configFor, linkTest, openTest, QUICK, secretsFor, testPorts, wallClock } from './testing/account.ts'

const REGION = 'eu-central-1'
const HOUR_MS = 3_600_000
/** Nothing is seen by looking. */
const NEVER: Rhythm = { idleMs: HOUR_MS, busyMs: HOUR_MS, waitMs: 60, metricsMs: HOUR_MS, networksMs: HOUR_MS }

const endings: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function begin(options: AwsCloudOptions = {}): Promise<AwsCloud> {
  const cloud = await startAwsCloud({ machines: 12, regions: 2, transitionMs: 50, ...options })
  endings.push(() => cloud.stop())
  return cloud
}

const until = (check: () => boolean) => untilTrue('what was told to be seen', () => Promise.resolve(check()), 60_000, 10)

interface Console {
  readonly link: CloudLink
  readonly seen: Recorder
}

async function open(cloud: AwsCloud, queues: readonly AwsQueue[], rhythm = NEVER, clock: Clock = wallClock): Promise<Console> {
  const changes = { regions: [REGION, 'us-east-1'], eventQueues: queues.map((queue) => queue.urlAt(cloud.endpoint)) }
  const link = await linkTest(cloud, changes, testPorts({ clock }), rhythm)
  endings.push(() => link.close())
  const seen = new Recorder()
  await link.watch(seen, {})
  return { link, seen }
}

async function withQueue(options: QueueOptions = {}, rhythm = NEVER, clock: Clock = wallClock) {
  const cloud = await begin()
  const queue = cloud.world.queues.add(options)
  return { cloud, queue, ...(await open(cloud, [queue], rhythm, clock)) }
}

/** Waits are over soon; what is measured in hours stays far off. */
function hurried(times: number): Clock {
  const startMs = Date.now()
  return {
    nowMs: () => startMs + (Date.now() - startMs) * times,
    after: (delayMs, run) => wallClock.after(delayMs / times, run),
    random: Math.random,
  }
}

test.each([
  ['', {}],
  ['by way of a topic of SNS ', { sns: true }],
  ['through a queue of another region ', { region: 'us-east-1' }],
])('%swhat happens behind the console’s back is seen at once, without a look at all', async (_, options) => {
  const { cloud, queue, seen } = await withQueue(options)
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => seen.machine(cloud.world.runningRef)?.state === 'stopped')
  expect(seen.events.map(({ code }) => code)).toEqual(['machine.stopped'])
  const newcomer = cloud.world.add({ region: 'us-east-1', name: 'from elsewhere' })
  await until(() => seen.machine(newcomer)?.name === 'from elsewhere')
  cloud.world.setState(newcomer, 'terminated')
  await until(() => !seen.known.machine.has(newcomer))
  expect(cloud.faults.count('DescribeInstanceStatus')).toBe(0)
  await until(() => queue.size === 0)
  expect(queue.handedOut).toBe(3)
})

test('tags that are changed elsewhere are seen, and protection where calls are recorded', async () => {
  const { cloud, seen } = await withQueue({ trail: true })
  const ref = cloud.world.stoppedRef
  cloud.world.setTag(ref, 'owner', 'ada')
  await until(() => seen.machine(ref)?.tags.includes('owner=ada') === true)
  expect(seen.machine(ref)?.cloud?.isProtected).toBe(false)
  cloud.world.setProtected(ref, true)
  await until(() => seen.machine(ref)?.cloud?.isProtected === true)
})

test('what is about nothing of ours is left to whom it belongs, and named until it is gone; it holds up nothing', async () => {
  const clock = hurried(60)
  const { cloud, queue, seen } = await withQueue({}, NEVER, clock)
  const before = cloud.faults.count('DescribeInstances')
  const foreign = { 'detail-type': 'Object Created', source: 'aws.s3', region: REGION, resources: [], detail: {} }
  for (const body of ['hello', '{', JSON.stringify(foreign)]) queue.push(body)
  await until(() => seen.events.length === 1)
  expect(seen.events[0]).toMatchObject({ code: 'cloud.news-lost', params: { reason: 'aws.queue-foreign' } })
  expect(cloud.faults.count('DescribeInstances')).toBe(before)
  expect(cloud.faults.count('DeleteMessageBatch')).toBe(0)
  // a machine that is nowhere, and a region that is not of this connection
  const strange = { 'detail-type': 'EC2 Instance State-change Notification', source: 'aws.ec2', resources: [] }
  const detail = { 'instance-id': 'i-0fedcba9876543210', state: 'stopped' }
  for (const region of [REGION, 'ap-southeast-2']) queue.push(JSON.stringify({ ...strange, region, detail }))
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => queue.size === 3)
  expect(seen.machine(cloud.world.runningRef)?.state).toBe('stopped')
  queue.purge()
  const purgedAtMs = clock.nowMs()
  await until(() => clock.nowMs() > purgedAtMs + 130_000)
  expect(seen.events.map(({ code }) => code)).toEqual(['cloud.news-lost', 'machine.stopped'])
  cloud.world.setState(cloud.world.runningRef, 'running')
  await until(() => seen.events.some(({ code }) => code === 'cloud.news-back'))
})

test('a message is deleted once its machine was looked at, and not before', async () => {
  const { cloud, queue, seen } = await withQueue({}, NEVER, hurried(20))
  const restore = cloud.faults.add({ operation: 'DescribeInstances', fault: { do: 'reset' } })
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => queue.handedOut === 1)
  const receives = cloud.faults.count('ReceiveMessage')
  await until(() => cloud.faults.count('ReceiveMessage') > receives)
  expect(queue.size).toBe(1)
  expect(cloud.faults.count('DeleteMessageBatch')).toBe(0)
  expect(seen.events).toEqual([])
  restore()
  queue.expireVisibility()
  await until(() => queue.size === 0)
  expect(seen.machine(cloud.world.runningRef)?.state).toBe('stopped')
})

test.each([
  ['ReceiveMessage', 'sqs:ReceiveMessage'],
  ['DeleteMessageBatch', 'sqs:DeleteMessage'],
])('without the permission for %s that is named once, and machines are looked at as ever', async (operation, permission) => {
  const cloud = await begin()
  const queue = cloud.world.queues.add()
  const restore = cloud.faults.add({ operation, fault: { do: 'deny' } })
  // a minute is a second
  const { seen } = await open(cloud, [queue], { ...QUICK, idleMs: 30_000, busyMs: 30_000, toldMs: HOUR_MS }, hurried(60))
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => seen.events.some(({ code }) => code === 'cloud.news-lost'))
  const looks = cloud.faults.count('DescribeInstanceStatus')
  await until(() => cloud.faults.count('DescribeInstanceStatus') > looks + 4)
  expect(seen.machine(cloud.world.runningRef)?.state).toBe('stopped')
  const lost = seen.events.filter(({ code }) => code === 'cloud.news-lost')
  expect(lost).toMatchObject([{ severity: 'warning', params: { source: 'novacron (eu-central-1)', permission } }])
  expect(seen.unseenHosts.size).toBe(0)
  restore()
  queue.expireVisibility()
  await until(() => seen.events.some(({ code }) => code === 'cloud.news-back'))
})

test('a queue that is deleted is named; one that is made again is read again', async () => {
  const { cloud, queue, seen } = await withQueue({}, NEVER, hurried(60))
  cloud.world.queues.remove(queue)
  await until(() => seen.events.length > 0)
  expect(seen.events).toMatchObject([{ code: 'cloud.news-lost', params: { reason: 'aws.queue-gone', region: REGION } }])
  cloud.world.queues.add()
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => seen.machine(cloud.world.runningRef)?.state === 'stopped')
  await until(() => seen.events.some(({ code }) => code === 'cloud.news-back'))
})

test('a connection that breaks off once is no reason to say anything', async () => {
  const { cloud, queue, seen } = await withQueue({}, NEVER, hurried(60))
  // as often as one request is tried
  cloud.faults.add({ operation: 'ReceiveMessage', times: 3, fault: { do: 'reset' } })
  // the request that waits is answered
  queue.push(JSON.stringify({ 'detail-type': 'EBS Volume Notification', source: 'aws.ec2', region: REGION }))
  await until(() => cloud.faults.count('ReceiveMessage') > 4)
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  await until(() => seen.machine(cloud.world.runningRef)?.state === 'stopped')
  expect(seen.events.map(({ code }) => code)).toEqual(['machine.stopped'])
})

test('a throttled queue takes no calls from EC2', async () => {
  const cloud = await begin()
  const queue = cloud.world.queues.add()
  cloud.faults.add({ operation: 'ReceiveMessage', fault: { do: 'throttle' } })
  const { seen, link } = await open(cloud, [queue], NEVER, hurried(60))
  await until(() => seen.events.length > 0)
  expect(seen.events).toMatchObject([{ code: 'cloud.news-lost', params: { reason: 'cloud.throttled' } }])
  expect(link.cloud.budget()).toMatchObject({ perMinute: 900, throttledUntilMs: null })
})

test('two consoles at one queue share the messages: what one misses it sees by looking', async () => {
  const cloud = await begin()
  const queue = cloud.world.queues.add()
  const consoles = [await open(cloud, [queue], QUICK), await open(cloud, [queue], QUICK)]
  const refs = cloud.world.refs().filter((ref) => cloud.world.machine(ref)?.state === 'running')
  for (const ref of refs) cloud.world.setState(ref, 'stopped')
  for (const { seen } of consoles) await until(() => refs.every((ref) => seen.machine(ref)?.state === 'stopped'))
  await until(() => queue.size === 0)
  expect(queue.handedOut).toBe(refs.length)
})

test('with a queue each, both are told', async () => {
  const cloud = await begin()
  const consoles = [
    await open(cloud, [cloud.world.queues.add({ name: 'one' })]),
    await open(cloud, [cloud.world.queues.add({ name: 'two' })]),
  ]
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  for (const { seen } of consoles) await until(() => seen.machine(cloud.world.runningRef)?.state === 'stopped')
  expect(cloud.faults.count('DescribeInstanceStatus')).toBe(0)
})

test('a hundred machines that stop at once are looked at by few calls', async () => {
  const cloud = await begin({ machines: 240, regions: 1 })
  const { seen } = await open(cloud, [cloud.world.queues.add()])
  const refs = cloud.world
    .refs()
    .filter((ref) => cloud.world.machine(ref)?.state === 'running')
    .slice(0, 100)
  const before = cloud.faults.count('DescribeInstances')
  for (const ref of refs) cloud.world.setState(ref, 'stopped')
  await until(() => refs.every((ref) => seen.machine(ref)?.state === 'stopped'))
  expect(cloud.faults.count('DescribeInstances') - before).toBeLessThanOrEqual(20)
})

test('a console that ends takes no message with it', async () => {
  const { cloud, queue, link } = await withQueue()
  await until(() => cloud.faults.count('ReceiveMessage') > 0)
  const startedAtMs = Date.now()
  await link.close()
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  // the request that waits does so for twenty seconds
  expect(Date.now() - startedAtMs).toBeLessThan(15_000)
  expect([queue.size, cloud.faults.count('DeleteMessageBatch')]).toEqual([1, 0])
})

test('what is signed goes to the endpoint, whatever host a queue’s address names', async () => {
  let visits = 0
  const other = createServer((_, response) => {
    visits += 1
    response.end()
  })
  await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
  endings.push(() => new Promise((done) => other.close(done).closeAllConnections()))
  const cloud = await begin()
  const elsewhere = `http://127.0.0.1:${(other.address() as AddressInfo).port}`
  const queue = cloud.world.queues.add()
  const calls = new AwsCalls({
    endpoint: cloud.endpoint,
    login: { credentials: () => Promise.resolve(cloud.credentials), renew: null },
    isTemporary: false,
    clock: wallClock,
    budget: new CallBudget(wallClock, 600),
  })
  endings.push(() => Promise.resolve(calls.close()))
  queue.push('hello')
  const answer = await calls.sqs({ region: REGION, permission: 'sqs:ReceiveMessage', options: {} }, (client, sdk, sending) =>
    client.send(new sdk.ReceiveMessageCommand({ QueueUrl: queue.urlAt(elsewhere) }), sending),
  )
  expect(answer.Messages?.map(({ Body }) => Body)).toEqual(['hello'])
  expect(visits).toBe(0)
  // and of the real AWS the host is made from the region
  const real = await import('./sdk/sqs.ts').then(({ SQSClient }) => new SQSClient({ region: REGION, useQueueUrlAsEndpoint: false }))
  expect(real.config.useQueueUrlAsEndpoint).toBe(false)
  real.destroy()
})

test('the check asks about the queues that there are, and leaves in them what is in them', async () => {
  const cloud = await begin()
  const queue = cloud.world.queues.add()
  queue.push('hello')
  const namesOf = async (changes: Readonly<Record<string, unknown>>) => {
    const messages: CheckMessage[] = []
    for await (const message of awsProvider.check(configFor(cloud, changes), secretsFor(cloud), testPorts(), {})) messages.push(message)
    const permissions = messages.flatMap((message) => (message.type === 'permission' ? [message.permission] : []))
    return permissions.filter(({ name }) => name.startsWith('sqs:')).map(({ name, state, scope }) => [name, state, scope])
  }
  const home = { regions: [REGION] }
  expect(await namesOf(home)).toEqual([])
  const eventQueues = [queue.urlAt(cloud.endpoint)]
  const scope = 'novacron (eu-central-1)'
  expect(await namesOf({ ...home, eventQueues })).toEqual([
    ['sqs:ReceiveMessage', 'granted', scope],
    ['sqs:DeleteMessage', 'unknown', scope],
  ])
  expect([queue.size, queue.inFlight]).toEqual([1, 0])
  cloud.faults.add({ operation: 'ReceiveMessage', fault: { do: 'deny' } })
  expect(await namesOf({ ...home, eventQueues })).toEqual([
    ['sqs:ReceiveMessage', 'missing', scope],
    ['sqs:DeleteMessage', 'unknown', scope],
  ])
})

test('without a queue nothing is asked of SQS', async () => {
  const cloud = await begin()
  const { api } = await openTest(cloud, { regions: [REGION] })
  expect(Object.keys(api)).not.toContain('news')
})
