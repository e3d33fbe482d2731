import { DeleteMessageBatchCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterEach, expect, test } from 'vitest'
import { type AwsCloud, type AwsCloudOptions, startAwsCloud } from './index.ts'

const endings: Array<() => unknown> = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function begin(options: AwsCloudOptions = {}): Promise<{ readonly cloud: AwsCloud; readonly client: SQSClient }> {
  const cloud = await startAwsCloud({ transitionMs: 50, machines: 4, regions: 1, ...options })
  const client = new SQSClient({ region: 'eu-central-1', endpoint: cloud.endpoint, credentials: cloud.credentials, maxAttempts: 1 })
  endings.push(
    () => cloud.stop(),
    () => client.destroy(),
  )
  return { cloud, client }
}

const statesIn = (bodies: ReadonlyArray<string | undefined>) =>
  bodies.map((body) => (JSON.parse(body ?? '') as { readonly detail: { readonly state: string } }).detail.state)

test('a request that waits is answered as soon as something comes, with what EventBridge writes', async () => {
  const { cloud, client } = await begin()
  const queue = cloud.world.queues.add()
  const QueueUrl = queue.urlAt(cloud.endpoint)
  const startedAtMs = Date.now()
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20, MaxNumberOfMessages: 10 }))
  cloud.world.setState(cloud.world.runningRef, 'stopped')
  const { Messages = [] } = await waiting
  expect(Date.now() - startedAtMs).toBeLessThan(15_000)
  const [region, id] = cloud.world.runningRef.split('/')
  expect(Messages.map(({ Body }) => JSON.parse(Body ?? '') as unknown)).toMatchObject([
    {
      'detail-type': 'EC2 Instance State-change Notification',
      source: 'aws.ec2',
      account: '123456789012',
      region,
      resources: [`arn:aws:ec2:${region}:123456789012:instance/${id}`],
      detail: { 'instance-id': id, state: 'stopped' },
    },
  ])
})

test('each state on the way is told, without anybody asking about the machine', async () => {
  const { cloud, client } = await begin()
  const queue = cloud.world.queues.add()
  const QueueUrl = queue.urlAt(cloud.endpoint)
  const region = cloud.world.region('eu-central-1')
  const instance = cloud.world.machine(cloud.world.runningRef)
  if (!instance) throw new Error('there is one')
  region.move(instance, 'stopping', 'stopped', 'user')
  const first = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  const second = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }))
  expect(statesIn([...(first.Messages ?? []), ...(second.Messages ?? [])].map(({ Body }) => Body))).toEqual(['stopping', 'stopped'])
})

test('what was handed out is hidden for a time, and comes again unless it is deleted', async () => {
  let nowMs = Date.now()
  const { cloud, client } = await begin({ nowMs: () => nowMs })
  const queue = cloud.world.queues.add()
  const QueueUrl = queue.urlAt(cloud.endpoint)
  for (const body of ['one', 'two', 'three']) queue.push(body)
  const receive = async (MaxNumberOfMessages = 10, VisibilityTimeout = 30) =>
    (await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages, VisibilityTimeout }))).Messages ?? []
  const [one, two] = await receive(2)
  expect([one?.Body, two?.Body]).toEqual(['one', 'two'])
  expect((await receive()).map(({ Body }) => Body)).toEqual(['three'])
  expect(await receive()).toEqual([])
  const attributes = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
  expect(attributes.Attributes).toMatchObject({ ApproximateNumberOfMessages: '0', ApproximateNumberOfMessagesNotVisible: '3' })
  const entry = (Id: string, ReceiptHandle = 'none of ours') => ({ Id, ReceiptHandle })
  const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [entry('a', one?.ReceiptHandle), entry('b')] }))
  expect([deleted.Successful?.map(({ Id }) => Id), deleted.Failed?.map(({ Id, Code }) => [Id, Code])]).toEqual([
    ['a'],
    [['b', 'ReceiptHandleIsInvalid']],
  ])
  nowMs += 31_000
  expect((await receive()).map(({ Body }) => Body)).toEqual(['two', 'three'])
  expect(queue.handedOut).toBe(5)
})

test('a queue that is not there, or not in that region, is refused in the service’s own words', async () => {
  const { cloud, client } = await begin()
  const queue = cloud.world.queues.add({ region: 'us-east-1' })
  const ask = (QueueUrl: string) => client.send(new ReceiveMessageCommand({ QueueUrl }))
  const gone = { name: 'QueueDoesNotExist', message: 'The specified queue does not exist.' }
  await expect(ask(queue.urlAt(cloud.endpoint))).rejects.toMatchObject(gone)
  await expect(ask(`${cloud.endpoint}/123456789012/nowhere`)).rejects.toMatchObject(gone)
  const bad = client.send(new ReceiveMessageCommand({ QueueUrl: queue.urlAt(cloud.endpoint), MaxNumberOfMessages: 11 }))
  await expect(bad).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } })
})

test('who hangs up takes nothing with them', async () => {
  const { cloud, client } = await begin()
  const queue = cloud.world.queues.add()
  const abort = new AbortController()
  const waiting = client.send(new ReceiveMessageCommand({ QueueUrl: queue.urlAt(cloud.endpoint), WaitTimeSeconds: 20 }), {
    abortSignal: abort.signal,
  })
  abort.abort()
  await expect(waiting).rejects.toMatchObject({ name: 'AbortError' })
  const next = client.send(new ReceiveMessageCommand({ QueueUrl: queue.urlAt(cloud.endpoint), WaitTimeSeconds: 20 }))
  queue.push('hello')
  expect((await next).Messages?.length).toBe(1)
})
