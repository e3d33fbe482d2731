import type { AwsQueue } from './queues.ts'
import { AwsRefusal } from './wire.ts'
import type { AwsWorld } from './world.ts'

interface SqsCall {
  readonly world: AwsWorld
  /** That the request was signed for. */
  readonly region: string
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
  /** The caller has hung up. */
  readonly isGone: () => boolean
}

const DEFAULT_HIDDEN_S = 30
const LOOK_MS = 20

/** SQS by its JSON protocol: what a reader of a queue asks for. */
export async function answerSqs(call: SqsCall): Promise<object> {
  const queue = queueOf(call)
  switch (call.operation) {
    case 'ReceiveMessage':
      return receive(call, queue)
    case 'DeleteMessageBatch':
      return deleteBatch(call, queue)
    case 'GetQueueAttributes':
      return {
        Attributes: {
          ApproximateNumberOfMessages: String(queue.size - queue.inFlight),
          ApproximateNumberOfMessagesNotVisible: String(queue.inFlight),
          VisibilityTimeout: String(DEFAULT_HIDDEN_S),
          QueueArn: `arn:aws:sqs:${queue.region}:${call.world.account}:${queue.name}`,
        },
      }
    default:
      throw new AwsRefusal(400, 'com.amazon.coral.service#UnknownOperationException', '')
  }
}

/** In the words of the service, with those of its older protocol in a header. */
export function refuseSqs({ code, message }: AwsRefusal, headers: Readonly<Record<string, string>>) {
  const older = code === 'com.amazonaws.sqs#QueueDoesNotExist' ? 'AWS.SimpleQueueService.NonExistentQueue' : code.replace(/^.*#/, '')
  return {
    headers: { ...headers, 'x-amzn-query-error': `${older};Sender` },
    body: JSON.stringify({ __type: code, message }),
  }
}

function queueOf({ world, region, input }: SqsCall): AwsQueue {
  const found = typeof input.QueueUrl === 'string' && URL.canParse(input.QueueUrl) ? world.queues.find(input.QueueUrl, region) : undefined
  if (!found) throw new AwsRefusal(400, 'com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.')
  return found
}

async function receive(call: SqsCall, queue: AwsQueue): Promise<object> {
  const { world, input, isGone } = call
  const most = Number(input.MaxNumberOfMessages ?? 1)
  const waitS = Number(input.WaitTimeSeconds ?? 0)
  if (!(most >= 1 && most <= 10)) throw invalid(`Value ${most} for parameter MaxNumberOfMessages is invalid.`)
  if (!(waitS >= 0 && waitS <= 20)) throw invalid(`Value ${waitS} for parameter WaitTimeSeconds is invalid.`)
  const hiddenMs = Number(input.VisibilityTimeout ?? DEFAULT_HIDDEN_S) * 1_000
  const untilMs = Date.now() + waitS * 1_000
  for (;;) {
    world.settle()
    // who has hung up takes nothing with them
    if (isGone()) return {}
    // it may have been deleted while one waited
    queueOf(call)
    const Messages = queue.take(most, hiddenMs)
    if (Messages.length > 0) return { Messages }
    const leftMs = untilMs - Date.now()
    if (leftMs <= 0) return {}
    await queue.arrival(Math.min(leftMs, LOOK_MS))
  }
}

function deleteBatch({ input }: SqsCall, queue: AwsQueue): object {
  const entries = (input.Entries ?? []) as ReadonlyArray<{ readonly Id: string; readonly ReceiptHandle: string }>
  if (entries.length === 0) throw new AwsRefusal(400, 'com.amazonaws.sqs#EmptyBatchRequest', 'There should be at least one entry.')
  if (entries.length > 10) throw new AwsRefusal(400, 'com.amazonaws.sqs#TooManyEntriesInBatchRequest', 'Maximum number of entries is 10.')
  const Successful: object[] = []
  const Failed: object[] = []
  for (const { Id, ReceiptHandle } of entries) {
    if (queue.delete(ReceiptHandle)) Successful.push({ Id })
    else Failed.push({ Id, SenderFault: true, Code: 'ReceiptHandleIsInvalid', Message: 'The input receipt handle is invalid.' })
  }
  return { Successful, Failed }
}

function invalid(message: string): AwsRefusal {
  return new AwsRefusal(400, 'com.amazon.coral.service#InvalidParameterValueException', message)
}
