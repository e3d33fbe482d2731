import type { Snapshot } from '@aws-sdk/client-ec2'
import { isAppError } from '../../../../shared/errors/index.ts'
import type { ActOptions, CallOptions } from '../../provider.ts'
import { type AwsCalls, pause } from '../calls.ts'
import { REQUEST_TAG } from '../copies.ts'
import { snapshotFailed } from '../errors.ts'
import { filter } from '../resource.ts'
import type { DiskImageParts } from './parts.ts'

export interface SeenSnapshot {
  readonly id: string
  /** `pending`, `completed`, `error` and what comes some day. */
  readonly state: string
  /** 0 to 1. */
  readonly fraction: number
  readonly sizeGib: number
  readonly said: string | null
  /** Of which it is. */
  readonly volumeId: string | null
  /** Of the request that made it. */
  readonly token: string | null
}

/** A snapshot that was just made is not in the list yet; an image that was just taken away still holds its snapshots. */
const SETTLE_LOOKS = 30
/** Looks at what takes hours get rarer, up to so many times the usual pause. */
const LONGEST_PAUSE = 8

/** The one that was made with that token; of several the newest that is good for something. */
export async function snapshotByToken(calls: AwsCalls, region: string, token: string, options: CallOptions): Promise<SeenSnapshot | null> {
  const found = await describe(calls, region, `tag:${REQUEST_TAG}`, token, options)
  return found.find(({ state }) => state !== 'error') ?? found[0] ?? null
}

export async function snapshotById(calls: AwsCalls, region: string, id: string, options: CallOptions): Promise<SeenSnapshot | null> {
  const [found] = await describe(calls, region, 'snapshot-id', id, options)
  return found ?? null
}

/** By a filter, as an id in the call itself that is not there would refuse the call. */
async function describe(
  calls: AwsCalls,
  region: string,
  by: string,
  value: string,
  options: CallOptions,
): Promise<readonly SeenSnapshot[]> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeSnapshots', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [filter(by, value)] }), sending),
  )
  const newestFirst = (answer.Snapshots ?? []).toSorted((a, b) => (b.StartTime?.getTime() ?? 0) - (a.StartTime?.getTime() ?? 0))
  return newestFirst.flatMap((snapshot) => seen(snapshot) ?? [])
}

function seen({ SnapshotId, State, StateMessage, Progress, VolumeSize, VolumeId, Tags }: Snapshot): SeenSnapshot | null {
  if (SnapshotId === undefined) return null
  const percent = Number.parseFloat(Progress ?? '')
  return {
    id: SnapshotId,
    state: State ?? '',
    fraction: Number.isNaN(percent) ? 0 : Math.min(1, percent / 100),
    sizeGib: VolumeSize ?? 0,
    said: StateMessage || null,
    volumeId: VolumeId ?? null,
    token: Tags?.find(({ Key }) => Key === REQUEST_TAG)?.Value ?? null,
  }
}

/** Waits as long as AWS works on it. Throws `precondition` aws.snapshot-failed, also when it is gone. */
export async function untilCompleted(
  { calls, clock, rhythm }: DiskImageParts,
  region: string,
  id: string,
  { onProgress, ...options }: ActOptions,
): Promise<SeenSnapshot> {
  for (let look = 0; ; look += 1) {
    const now = await snapshotById(calls, region, id, options)
    if (now?.state === 'completed') return now
    if (now?.state === 'error') throw snapshotFailed(id, now.said)
    if (!now && look >= SETTLE_LOOKS) throw snapshotFailed(id, null)
    onProgress?.({ note: 'waiting-for-cloud', fraction: now?.fraction ?? 0 })
    await pause(clock, rhythm.waitMs * Math.min(LONGEST_PAUSE, 1 + Math.floor(look / 10)), options.signal)
  }
}

/**
 * Takes away a volume's snapshot, and those that the same request made of it besides: EC2 takes no token for them, and its list may not yet have
 * known of the first when the order, whose answer was lost, was given again.
 */
export async function takeAwayTwins(parts: DiskImageParts, region: string, id: string, options: CallOptions): Promise<void> {
  const own = await snapshotById(parts.calls, region, id, options)
  const alike = own?.token == null ? [] : await describe(parts.calls, region, `tag:${REQUEST_TAG}`, own.token, options)
  // by the last it is known what they are
  const twins = alike.filter((one) => one.volumeId === own?.volumeId && one.id !== id)
  for (const one of twins) await takeAway(parts, region, one.id, options)
  await takeAway(parts, region, id, options)
}

/**
 * Takes away a snapshot that this console made, and the images of it that this console registered. Disks of machines are copies: they stay whole.
 * An image that somebody else registered keeps it: throws `conflict` aws.in-use.
 */
export async function takeAway(parts: DiskImageParts, region: string, id: string, options: CallOptions): Promise<void> {
  const { calls, clock, rhythm } = parts
  const isForeign = await deregister(calls, region, id, options)
  for (let attempt = 1; ; attempt += 1) {
    try {
      await calls.ec2({ region, permission: 'ec2:DeleteSnapshot', changes: true, options }, (client, sdk, sending) =>
        client.send(new sdk.DeleteSnapshotCommand({ SnapshotId: id }), sending),
      )
      return
    } catch (thrown) {
      if (isAppError(thrown) && thrown.kind === 'not-found') return
      const isHeld = isAppError(thrown) && thrown.code === 'aws.in-use' && !isForeign && attempt < SETTLE_LOOKS
      if (!isHeld) throw thrown
      await pause(clock, rhythm.waitMs, options.signal)
    }
  }
}

/** Our images of it. The answer: whether others hold it as well. */
async function deregister(calls: AwsCalls, region: string, snapshotId: string, options: CallOptions): Promise<boolean> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeImages', options }, (client, sdk, sending) =>
    client.send(
      new sdk.DescribeImagesCommand({ Owners: ['self'], Filters: [filter('block-device-mapping.snapshot-id', snapshotId)] }),
      sending,
    ),
  )
  let isForeign = false
  for (const { ImageId, Tags } of answer.Images ?? []) {
    if (!(Tags ?? []).some(({ Key }) => Key === REQUEST_TAG)) {
      isForeign = true
      continue
    }
    try {
      await calls.ec2({ region, permission: 'ec2:DeregisterImage', changes: true, options }, (client, sdk, sending) =>
        client.send(new sdk.DeregisterImageCommand({ ImageId }), sending),
      )
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind !== 'not-found') throw thrown
    }
  }
  return isForeign
}
