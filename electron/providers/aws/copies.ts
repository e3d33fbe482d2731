import type { MachineAction } from '../../../shared/model/index.ts'
import { type Operation, problems } from '../cloud/index.ts'
import type { CallOptions, ProbeAnswer } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { LABEL } from './errors.ts'
import { NAME_TAG } from './facts.ts'

/** By it a copy is found again after a lost answer: EC2 takes no token for these. */
export const REQUEST_TAG = 'novacron:request'

export function tagsFor(ResourceType: 'snapshot' | 'image', name: string, requestId: string) {
  return [
    {
      ResourceType,
      Tags: [
        { Key: NAME_TAG, Value: name },
        { Key: REQUEST_TAG, Value: requestId },
      ],
    },
  ]
}

interface Copy {
  readonly id: string
  readonly state: string
}

/** One that the same request made already is that one. */
export async function snapshotDisk(
  calls: AwsCalls,
  region: string,
  { diskId, name }: Extract<MachineAction, { action: 'snapshotDisk' }>,
  requestId: string,
  options: CallOptions,
): Promise<Operation> {
  const made = await snapshots(calls, region, requestId, options)
  if (!made) {
    await calls.ec2({ region, permission: 'ec2:CreateSnapshot', changes: true, options }, (client, sdk, sending) =>
      client.send(
        new sdk.CreateSnapshotCommand({ VolumeId: diskId, Description: name, TagSpecifications: tagsFor('snapshot', name, requestId) }),
        sending,
      ),
    )
  }
  return { poll: async (polling) => judge(await snapshots(calls, region, requestId, polling), 'completed') }
}

/** Without a reboot: files that the guest has open are as after a power cut. */
export async function createImage(
  calls: AwsCalls,
  region: string,
  InstanceId: string,
  Name: string,
  requestId: string,
  options: CallOptions,
): Promise<Operation> {
  const made = await images(calls, region, requestId, options)
  if (!made) {
    await calls.ec2({ region, permission: 'ec2:CreateImage', changes: true, options }, (client, sdk, sending) =>
      client.send(
        new sdk.CreateImageCommand({ InstanceId, Name, NoReboot: true, TagSpecifications: tagsFor('image', Name, requestId) }),
        sending,
      ),
    )
  }
  return { poll: async (polling) => judge(await images(calls, region, requestId, polling), 'available') }
}

/** Whether the copy of that request is there. */
export async function copyOutcome(
  calls: AwsCalls,
  region: string,
  action: 'snapshotDisk' | 'createImage',
  requestId: string,
  options: CallOptions,
): Promise<ProbeAnswer> {
  const made = await (action === 'snapshotDisk' ? snapshots : images)(calls, region, requestId, options)
  if (!made) return 'not-done'
  return made.state === 'completed' || made.state === 'available' ? 'done' : 'unknown'
}

/** A copy that is not in the list yet is on its way: lists lag behind. */
function judge(copy: Copy | null, done: string): 'running' | 'done' {
  if (copy?.state === 'error' || copy?.state === 'failed') throw problems.failedThere(LABEL, `${copy.id}: ${copy.state}`)
  return copy?.state === done ? 'done' : 'running'
}

async function snapshots(calls: AwsCalls, region: string, requestId: string, options: CallOptions): Promise<Copy | null> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeSnapshots', options }, (client, sdk, sending) =>
    client.send(
      new sdk.DescribeSnapshotsCommand({ OwnerIds: ['self'], Filters: [{ Name: `tag:${REQUEST_TAG}`, Values: [requestId] }] }),
      sending,
    ),
  )
  const [found] = answer.Snapshots ?? []
  return found?.SnapshotId === undefined ? null : { id: found.SnapshotId, state: found.State ?? '' }
}

async function images(calls: AwsCalls, region: string, requestId: string, options: CallOptions): Promise<Copy | null> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeImages', options }, (client, sdk, sending) =>
    client.send(
      new sdk.DescribeImagesCommand({ Owners: ['self'], Filters: [{ Name: `tag:${REQUEST_TAG}`, Values: [requestId] }] }),
      sending,
    ),
  )
  const [found] = answer.Images ?? []
  return found?.ImageId === undefined ? null : { id: found.ImageId, state: found.State ?? '' }
}
