import type { DeleteMessageBatchCommandInput, Message } from '@aws-sdk/client-sqs'
import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import type { NewsTarget } from '../cloud/index.ts'
import type { CallOptions, Clock, Logger } from '../provider.ts'
import { type AwsCalls, pause } from './calls.ts'
import { queueForeign } from './errors.ts'
import { readEvent, type Told } from './events.ts'
import { refOf } from './facts.ts'
import type { Machines } from './machines.ts'
import type { QueueAddress } from './queue.ts'

/** The longest that SQS waits for a message: a quiet queue costs three requests a minute. */
const WAIT_S = 20
const MOST = 10
/** By then the machines were looked at and the messages deleted; else they come again. */
const HIDDEN_S = 60
const RETRY_BASE_MS = 5_000
const RETRY_MOST_MS = 300_000

export interface QueueReading {
  readonly queue: QueueAddress
  readonly calls: AwsCalls
  readonly machines: Machines
  readonly target: NewsTarget
  readonly clock: Clock
  readonly log: Logger
}

/**
 * Reads one queue until the signal ends. A message is deleted once its machines were looked at, so that none is lost when the console ends in
 * between; one that comes again is looked at again. What is not about machines is somebody else's: it is left there, and the queue named for
 * it. Never throws.
 */
export async function readQueue(reading: QueueReading, options: CallOptions): Promise<void> {
  const { queue, target, clock, log } = reading
  const { signal } = options
  let failures = 0
  /** Messages that could not be deleted are hidden for a while: that none comes does not mean that all is well. */
  let owesDeleting = false
  /** Messages of others are hidden for a while as well. */
  let foreignUntilMs = 0
  for (;;) {
    if (signal?.aborted) return
    try {
      const messages = await receive(reading, options)
      const { ours, foreign } = sorted(messages)
      if (ours.length > 0) {
        if (await handOn(reading, ours)) {
          owesDeleting = true
          await remove(reading, ours, options)
          owesDeleting = false
        } else await pause(clock, RETRY_BASE_MS, signal)
      }
      failures = 0
      if (foreign > 0) {
        foreignUntilMs = clock.nowMs() + 2 * HIDDEN_S * 1_000
        target.heard(nameOf(queue), queueForeign(nameOf(queue)))
        await pause(clock, RETRY_BASE_MS, signal)
      } else if (!owesDeleting && clock.nowMs() >= foreignUntilMs) target.heard(nameOf(queue), null)
    } catch (thrown) {
      const error: AppError = toAppError(thrown)
      if (signal?.aborted) return
      // one request may break off anywhere on its way
      if (failures > 0 || !['unreachable', 'timeout'].includes(error.kind)) target.heard(nameOf(queue), error)
      log.debug('a queue of events could not be read', { queue: queue.url, code: error.code, failures })
      const waitMs = Math.max(error.retryAfterMs ?? 0, Math.min(RETRY_MOST_MS, RETRY_BASE_MS * 2 ** Math.min(failures, 10)))
      failures += 1
      await pause(clock, waitMs * (0.75 + clock.random() / 2), signal)
    }
  }
}

/** As a person knows it. */
export function nameOf({ name, region }: QueueAddress): string {
  return `${name} (${region})`
}

async function receive({ queue, calls }: QueueReading, options: CallOptions): Promise<readonly Message[]> {
  const answer = await calls.sqs({ region: queue.region, permission: 'sqs:ReceiveMessage', options }, (client, sdk, sending) =>
    client.send(
      new sdk.ReceiveMessageCommand({
        QueueUrl: queue.url,
        MaxNumberOfMessages: MOST,
        WaitTimeSeconds: WAIT_S,
        VisibilityTimeout: HIDDEN_S,
      }),
      sending,
    ),
  )
  return answer.Messages ?? []
}

interface OurMessage extends Message {
  readonly told: Told
}

function sorted(messages: readonly Message[]): { readonly ours: readonly OurMessage[]; readonly foreign: number } {
  const ours = messages.flatMap((message) => {
    const told = readEvent(message.Body ?? '')
    return told ? [{ ...message, told }] : []
  })
  return { ours, foreign: messages.length - ours.length }
}

/** False: the machines could not be looked at now. They are told of again when the messages are back. */
async function handOn({ queue, machines, target, log }: QueueReading, messages: readonly OurMessage[]): Promise<boolean> {
  const refs = new Map<string, Set<string>>()
  for (const { told } of messages) {
    const { region, ids, isBeside } = told
    for (const ref of ids.map((id) => refOf(region, id))) {
      if (isBeside) machines.changed(ref)
      refs.set(region, (refs.get(region) ?? new Set()).add(ref))
    }
  }
  const source = nameOf(queue)
  const looks = await Promise.allSettled([...refs].map(([placeRef, all]) => target.moved({ source, placeRef, refs: [...all] })))
  const failed = looks.find((look) => look.status === 'rejected')
  if (failed) log.debug('machines that a queue told of could not be looked at', { queue: queue.url, code: toAppError(failed.reason).code })
  return failed === undefined
}

async function remove({ queue, calls, log }: QueueReading, messages: readonly Message[], options: CallOptions): Promise<void> {
  const Entries = messages.flatMap(({ ReceiptHandle }, index) => (ReceiptHandle === undefined ? [] : { Id: String(index), ReceiptHandle }))
  const input: DeleteMessageBatchCommandInput = { QueueUrl: queue.url, Entries }
  // to do it twice is to do it once
  const answer = await calls.sqs({ region: queue.region, permission: 'sqs:DeleteMessage', options }, (client, sdk, sending) =>
    client.send(new sdk.DeleteMessageBatchCommand(input), sending),
  )
  const failed = answer.Failed ?? []
  if (failed.length > 0) log.debug('messages of a queue were not deleted and come again', { queue: queue.url, code: failed[0]?.Code })
}
