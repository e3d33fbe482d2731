import { createHash } from 'node:crypto'
import type { BlockDeviceMapping, Image, Instance } from '@aws-sdk/client-ec2'
import { AppError, isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, ImportedMachine } from '../../provider.ts'
import { type AwsCalls, pause } from '../calls.ts'
import { REQUEST_TAG, tagsFor } from '../copies.ts'
import { DEVICES } from '../disks.ts'
import { LABEL } from '../errors.ts'
import { partsOf, refOf } from '../facts.ts'
import { filter } from '../resource.ts'
import type { DiskImageParts } from './parts.ts'

/** On the types of today disks are NVMe: a guest sees none of these names. */
const ROOT_DEVICE = '/dev/sda1'
export const MOST_DISKS = 1 + DEVICES.length
const MOST_NAME = 100
/** An image that was just registered is not in the list yet. */
const SETTLE_LOOKS = 30
/** Machines that cannot start end within seconds. */
const START_LOOKS = 60

/** One that has ended is none: what starts and has no use of its disks ends by itself. */
export async function assembled(parts: DiskImageParts, region: string, token: string, options: CallOptions): Promise<string | null> {
  const made = await launched(parts.calls, region, token, options)
  return made?.InstanceId === undefined || isOver(made) ? null : refOf(region, made.InstanceId)
}

/**
 * An image of the snapshots, then a machine of it, looked at until it has started. An earlier attempt's image is found by its tag, or by its name,
 * which is the token's; its machine by the token, which AWS takes once. Throws `remote-failure` aws.ended-at-launch when it ends instead.
 */
export async function assemble(
  parts: DiskImageParts,
  region: string,
  machine: ImportedMachine,
  token: string,
  options: ActOptions,
): Promise<string> {
  const made = await launched(parts.calls, region, token, options)
  if (made?.InstanceId !== undefined) return await untilStarted(parts, refOf(region, made.InstanceId), token, options)
  const name = nameOf(machine.spec.name, token)
  const found = await imageBy(parts.calls, region, `tag:${REQUEST_TAG}`, token, options)
  if (!found) await register(parts, region, machine, name, token, options)
  const imageId = await untilAvailable(parts, region, name, options)
  const ref = await parts.launch(region, { ...machine.spec, imageId }, token, options)
  return await untilStarted(parts, ref, token, options)
}

async function launched(calls: AwsCalls, region: string, token: string, options: CallOptions): Promise<Instance | null> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeInstances', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeInstancesCommand({ Filters: [filter('client-token', token)] }), sending),
  )
  return answer.Reservations?.[0]?.Instances?.[0] ?? null
}

function isOver({ State }: Instance): boolean {
  return State?.Name === 'terminated' || State?.Name === 'shutting-down'
}

/** It is there: one that takes longer to start is watched by whoever shows it. */
async function untilStarted({ calls, clock, rhythm }: DiskImageParts, ref: string, token: string, options: ActOptions): Promise<string> {
  for (let look = 0; look < START_LOOKS; look += 1) {
    const now = await launched(calls, partsOf(ref).region, token, options)
    if (now && isOver(now)) throw endedAtLaunch(partsOf(ref).id, now.StateReason?.Message ?? '')
    if (now && now.State?.Name !== 'pending') break
    options.onProgress?.({ note: 'waiting-for-cloud' })
    await pause(clock, rhythm.waitMs, options.signal)
  }
  return ref
}

/** Names of images are unique in an account's region: of two attempts with the same token one image comes. */
function nameOf(machine: string, token: string): string {
  const plain = machine.replace(/[^\w ().\-/@]/g, '-').slice(0, MOST_NAME)
  return `${plain} ${createHash('sha256').update(token).digest('hex').slice(0, 12)}`
}

async function register(
  { calls, types }: DiskImageParts,
  region: string,
  { spec, disks, isUefi }: ImportedMachine,
  Name: string,
  token: string,
  options: CallOptions,
): Promise<void> {
  if (disks.length > MOST_DISKS) throw tooManyDisks(disks.length)
  await types.learn(region, [spec.type], options)
  try {
    await calls.ec2({ region, permission: 'ec2:RegisterImage', changes: true, options }, (client, sdk, sending) =>
      client.send(
        new sdk.RegisterImageCommand({
          Name,
          Description: spec.name,
          // as it is only for this machine, it is of the machine's own kind
          Architecture: types.get(spec.type)?.arch === 'arm64' ? 'arm64' : 'x86_64',
          BootMode: isUefi ? 'uefi' : 'legacy-bios',
          VirtualizationType: 'hvm',
          EnaSupport: true,
          RootDeviceName: ROOT_DEVICE,
          BlockDeviceMappings: disks.map(({ handle }, at) => mapping(handle, at)),
          TagSpecifications: tagsFor('image', spec.name, token),
        }),
        sending,
      ),
    )
  } catch (thrown) {
    // an attempt before this one registered it
    if (!isAppError(thrown) || thrown.remote?.code !== 'InvalidAMIName.Duplicate') throw thrown
  }
}

/** A further disk stays when the machine is deleted, unless it is chosen to go. */
function mapping(handle: string, at: number): BlockDeviceMapping {
  return {
    DeviceName: at === 0 ? ROOT_DEVICE : DEVICES[at - 1],
    Ebs: { SnapshotId: partsOf(handle).id, VolumeType: 'gp3', DeleteOnTermination: at === 0 },
  }
}

async function untilAvailable(
  { calls, clock, rhythm }: DiskImageParts,
  region: string,
  name: string,
  { onProgress, ...options }: ActOptions,
): Promise<string> {
  for (let look = 0; ; look += 1) {
    const now = await imageBy(calls, region, 'name', name, options)
    if (now?.State === 'available' && now.ImageId !== undefined) return now.ImageId
    const hasFailed = now?.State !== undefined && now.State !== 'pending'
    if (hasFailed || (!now && look >= SETTLE_LOOKS)) {
      throw problems.failedThere(LABEL, `${name}: ${now?.StateReason?.Message ?? now?.State ?? 'the image is not there'}`)
    }
    onProgress?.({ note: 'waiting-for-cloud' })
    await pause(clock, rhythm.waitMs, options.signal)
  }
}

async function imageBy(calls: AwsCalls, region: string, by: string, value: string, options: CallOptions): Promise<Image | null> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeImages', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeImagesCommand({ Owners: ['self'], Filters: [filter(by, value)] }), sending),
  )
  return answer.Images?.[0] ?? null
}

function endedAtLaunch(machine: string, said: string): AppError {
  return new AppError({
    kind: 'remote-failure',
    code: 'aws.ended-at-launch',
    message: `AWS ended ${machine} as soon as it was made: ${said} A key that may not be used is the usual reason.`,
    details: { machine, said },
  })
}

function tooManyDisks(count: number): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'aws.too-many-disks',
    message: `An image of AWS takes ${MOST_DISKS} disks here; these are ${count}. Leave some out, and attach them afterwards.`,
    details: { count, expected: `at most ${MOST_DISKS}`, actual: String(count), reason: 'aws.too-many-disks' },
  })
}
