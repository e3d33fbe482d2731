import { z } from 'zod'

/** Machines of one region that an event is about. */
export interface Told {
  readonly region: string
  readonly ids: readonly string[]
  /** What a list does not tell may be otherwise as well: its disks, its protection. */
  readonly isBeside: boolean
}

const ID = /^i-[0-9a-f]{8,17}$/
const ARN = /^arn:aws[a-z-]*:ec2:[a-z0-9-]*:\d*:instance\/(i-[0-9a-f]{8,17})$/
/** Of a call's parameters, which hold lists in lists. */
const DEEPEST = 8
const TRAIL = 'AWS API Call via CloudTrail'
const CHANGE_BESIDE: ReadonlySet<unknown> = new Set(['ModifyInstanceAttribute', 'AttachVolume', 'DetachVolume'])

/** As EventBridge writes events; of most services nothing in them is of interest here. */
const eventSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  region: z.string().regex(/^[a-z]{2,}(-[a-z]+)+-\d+$/),
  resources: z.array(z.string()).default([]),
  detail: z.record(z.string(), z.unknown()).default({}),
})

/** What SNS puts around a message, unless it was asked not to. */
const notificationSchema = z.object({ Type: z.literal('Notification'), Message: z.string() })

/** Where events come from that rules for this console let through; others were meant for somebody else. */
const OURS: ReadonlySet<string> = new Set(['aws.ec2', 'aws.tag'])

/**
 * What a message of the queue tells of machines, be it none. Null: it is no event of EC2's or of tags. Only ids are taken from it, as reasons to
 * look, so that it does no harm whoever wrote it.
 */
export function readEvent(body: string): Told | null {
  const outer = parseJson(body)
  const notification = notificationSchema.safeParse(outer)
  const event = eventSchema.safeParse(notification.success ? parseJson(notification.data.Message) : outer)
  if (!event.success || !OURS.has(event.data.source)) return null
  const { 'detail-type': type, source, region, resources, detail } = event.data
  const ids = new Set(resources.flatMap((arn) => ARN.exec(arn)?.[1] ?? []))
  if (source === 'aws.ec2') {
    const id = detail['instance-id']
    if (typeof id === 'string' && ID.test(id)) ids.add(id)
  }
  const isCall = type === TRAIL && detail.eventSource === 'ec2.amazonaws.com' && detail.errorCode === undefined
  if (isCall) for (const part of [detail.requestParameters, detail.responseElements]) collect(part, ids, DEEPEST)
  return { region, ids: [...ids], isBeside: isCall && CHANGE_BESIDE.has(detail.eventName) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

/** Calls name machines in places of their own each: `instanceId`, `instancesSet.items`, `resourcesSet.items`. */
function collect(value: unknown, ids: Set<string>, depth: number): void {
  if (typeof value === 'string') {
    if (ID.test(value)) ids.add(value)
  } else if (depth > 0 && typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) collect(part, ids, depth - 1)
  }
}
