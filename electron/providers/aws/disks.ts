import type { Instance } from '@aws-sdk/client-ec2'
import { AppError } from '../../../shared/errors/index.ts'
import type { DeletionPlan } from '../../../shared/model/index.ts'
import { problems, type SeenMachine } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'

export const GIB = 1_073_741_824
/** Names that AWS recommends for further volumes: /dev/sdf to /dev/sdp. */
export const DEVICES = Array.from('fghijklmnop', (letter) => `/dev/sd${letter}`)

/** Every disk can go with the machine or stay, as AWS asks for each. */
export function deletionPlan({ facts }: SeenMachine): Omit<DeletionPlan, 'machineId'> {
  return {
    name: facts.name,
    state: facts.state,
    disks: (facts.cloud?.disks ?? []).map((disk) => ({
      key: disk.id,
      target: disk.name,
      format: disk.type,
      capacityBytes: disk.sizeBytes,
      allocationBytes: null,
      sharedWith: [],
      deletable: true,
      reason: null,
    })),
    snapshots: [],
    checkpoints: [],
    nvram: null,
    tpm: null,
    hasManagedSave: facts.hasManagedSave,
  }
}

/** Sets which disks go when the machine is terminated: those that were chosen, and no other. */
export async function chooseDisks(
  calls: AwsCalls,
  instance: Instance,
  region: string,
  keys: readonly string[],
  options: CallOptions,
): Promise<void> {
  const mappings = instance.BlockDeviceMappings ?? []
  const unknown = keys.find((key) => !mappings.some(({ Ebs }) => Ebs?.VolumeId === key))
  if (unknown !== undefined) throw problems.diskNotDeletable(unknown)
  const changed = mappings.flatMap(({ DeviceName, Ebs }) => {
    const goes = keys.includes(Ebs?.VolumeId ?? '')
    if (DeviceName === undefined || Ebs === undefined || Ebs.DeleteOnTermination === goes) return []
    return { DeviceName, Ebs: { DeleteOnTermination: goes } }
  })
  if (changed.length === 0 || instance.InstanceId === undefined) return
  const { InstanceId } = instance
  await calls.ec2({ region, permission: 'ec2:ModifyInstanceAttribute', changes: true, options }, (client, sdk, sending) =>
    client.send(new sdk.ModifyInstanceAttributeCommand({ InstanceId, BlockDeviceMappings: changed }), sending),
  )
}

export async function attachDisk(
  calls: AwsCalls,
  instance: Instance,
  region: string,
  VolumeId: string,
  options: CallOptions,
): Promise<void> {
  const mappings = instance.BlockDeviceMappings ?? []
  if (mappings.some(({ Ebs }) => Ebs?.VolumeId === VolumeId)) return
  const taken = new Set(mappings.map(({ DeviceName }) => DeviceName?.replace('/dev/xvd', '/dev/sd')))
  const Device = DEVICES.find((device) => !taken.has(device))
  if (Device === undefined) {
    throw new AppError({
      kind: 'exhausted',
      code: 'aws.no-device-free',
      message: 'This machine has no device name free for another disk. Detach one first.',
    })
  }
  await calls.ec2({ region, permission: 'ec2:AttachVolume', changes: true, options }, (client, sdk, sending) =>
    client.send(new sdk.AttachVolumeCommand({ InstanceId: instance.InstanceId ?? '', VolumeId, Device }), sending),
  )
}

export async function detachDisk(
  calls: AwsCalls,
  region: string,
  InstanceId: string,
  VolumeId: string,
  options: CallOptions,
): Promise<void> {
  await calls.ec2({ region, permission: 'ec2:DetachVolume', changes: true, options }, (client, sdk, sending) =>
    client.send(new sdk.DetachVolumeCommand({ InstanceId, VolumeId }), sending),
  )
}

export async function growDisk(calls: AwsCalls, region: string, VolumeId: string, sizeBytes: number, options: CallOptions): Promise<void> {
  await calls.ec2({ region, permission: 'ec2:ModifyVolume', changes: true, options }, (client, sdk, sending) =>
    client.send(new sdk.ModifyVolumeCommand({ VolumeId, Size: Math.ceil(sizeBytes / GIB) }), sending),
  )
}
