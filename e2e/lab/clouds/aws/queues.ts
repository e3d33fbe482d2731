import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { AwsAccount, AwsInstance } from './model.ts'

/** What of the account's changes goes into a queue, by rules of EventBridge that somebody has made. */
export interface QueueOptions {
  readonly region?: string
  readonly name?: string
  /** Regions whose changes come; absent: all. */
  readonly of?: readonly string[]
  /** There is a CloudTrail trail: calls that change something come as well. */
  readonly trail?: boolean
  /** By way of a topic of SNS that wraps what it is given. */
  readonly sns?: boolean
}

interface Message {
  readonly id: string
  readonly body: string
  receipt: string
  visibleAtMs: number
  receives: number
}

/** One queue of SQS. Tests put in and look at what they like. */
export class AwsQueue {
  readonly region: string
  readonly name: string
  readonly options: QueueOptions
  readonly #world: AwsAccount
  readonly #messages = new Map<string, Message>()
  readonly #waiting = new Set<() => void>()
  /** How often messages were handed out, one that came again counted again. */
  handedOut = 0

  constructor(world: AwsAccount, options: QueueOptions) {
    this.#world = world
    this.options = options
    this.region = options.region ?? 'eu-central-1'
    this.name = options.name ?? 'novacron'
  }

  /** Of the endpoint that is before it. */
  urlAt(endpoint: string): string {
    return `${endpoint}/queue/${this.region}/${this.#world.account}/${this.name}`
  }

  /** Messages that nobody has deleted. */
  get size(): number {
    return this.#messages.size
  }

  get inFlight(): number {
    return [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs > this.#world.nowMs()).length
  }

  push(body: string): void {
    const id = randomUUID()
    this.#messages.set(id, { id, body, receipt: '', visibleAtMs: 0, receives: 0 })
    for (const wake of this.#waiting) wake()
  }

  /** What was handed out and not deleted can be had again at once. */
  expireVisibility(): void {
    for (const message of this.#messages.values()) message.visibleAtMs = 0
    for (const wake of this.#waiting) wake()
  }

  /** Somebody empties it. */
  purge(): void {
    this.#messages.clear()
  }

  take(most: number, hiddenMs: number): object[] {
    const nowMs = this.#world.nowMs()
    const there = [...this.#messages.values()].filter(({ visibleAtMs }) => visibleAtMs <= nowMs).slice(0, most)
    return there.map((message) => {
      message.receipt = `${message.id} ${randomBytes(24).toString('base64')}`
      message.visibleAtMs = nowMs + hiddenMs
      message.receives += 1
      this.handedOut += 1
      return {
        MessageId: message.id,
        ReceiptHandle: message.receipt,
        MD5OfBody: createHash('md5').update(message.body).digest('hex'),
        Body: message.body,
      }
    })
  }

  /** False: the handle is none that was given for a message of this queue. */
  delete(receipt: string): boolean {
    const [id = ''] = receipt.split(' ')
    if (this.#messages.get(id)?.receipt === receipt) this.#messages.delete(id)
    // one that is gone already, or was handed out again since, is no mistake
    return /^[0-9a-f-]{36} \S+$/.test(receipt)
  }

  /** Resolves when something comes in, or after a moment: machines arrive where they go without a word. */
  arrival(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        this.#waiting.delete(end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      this.#waiting.add(end)
    })
  }
}

/** The queues of an account, and what EventBridge puts into them. */
export class AwsQueues {
  readonly #world: AwsAccount
  readonly #queues = new Set<AwsQueue>()

  constructor(world: AwsAccount) {
    this.#world = world
  }

  add(options: QueueOptions = {}): AwsQueue {
    const queue = new AwsQueue(this.#world, options)
    this.#queues.add(queue)
    return queue
  }

  remove(queue: AwsQueue): void {
    this.#queues.delete(queue)
  }

  /** `…/queue/<region>/<account>/<name>`, and as AWS has them `…/<account>/<name>`. */
  find(url: string, signedRegion: string): AwsQueue | undefined {
    const [name = '', account = '', region = '', marker = ''] = new URL(url).pathname.split('/').toReversed()
    const at = marker === 'queue' ? region : signedRegion
    if (at !== signedRegion || account !== this.#world.account) return undefined
    return [...this.#queues].find((queue) => queue.region === at && queue.name === name)
  }

  /** A machine has another state. */
  moved(region: string, { id, state }: AwsInstance): void {
    this.#put(region, () => this.#event(region, 'aws.ec2', 'EC2 Instance State-change Notification', id, { 'instance-id': id, state }))
  }

  tagged(region: string, { id, tags }: AwsInstance, key: string): void {
    const detail = {
      'changed-tag-keys': [key],
      service: 'ec2',
      'resource-type': 'instance',
      'version-timestamp': '1',
      tags: Object.fromEntries(tags),
    }
    this.#put(region, () => this.#event(region, 'aws.tag', 'Tag Change on Resource', id, detail))
  }

  /** A call was made that changes something: only told where there is a trail. */
  called(region: string, eventName: string, requestParameters: object): void {
    const detail = {
      eventVersion: '1.10',
      eventSource: 'ec2.amazonaws.com',
      eventName,
      awsRegion: region,
      readOnly: false,
      requestParameters,
      responseElements: { _return: true },
    }
    this.#put(region, ({ trail }) => (trail === true ? this.#event(region, 'aws.ec2', 'AWS API Call via CloudTrail', null, detail) : null))
  }

  #event(region: string, source: string, type: string, id: string | null, detail: object): object {
    const { account } = this.#world
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': type,
      source,
      account,
      time: new Date(this.#world.nowMs()).toISOString().replace(/\.\d+/, ''),
      region,
      resources: id === null ? [] : [`arn:aws:ec2:${region}:${account}:instance/${id}`],
      detail,
    }
  }

  #put(region: string, write: (options: QueueOptions) => object | null): void {
    for (const queue of this.#queues) {
      const { of, sns = false } = queue.options
      const event = of === undefined || of.includes(region) ? write(queue.options) : null
      if (event === null) continue
      const text = JSON.stringify(event)
      queue.push(sns ? JSON.stringify({ Type: 'Notification', MessageId: randomUUID(), Message: text, SignatureVersion: '1' }) : text)
    }
  }
}
