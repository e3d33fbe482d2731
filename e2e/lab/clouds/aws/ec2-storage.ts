import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { namedInstances } from './ec2-instances.ts'
import { listing } from './ec2-surroundings.ts'
import { type AwsSnapshot, type AwsVolume, snapshotState } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, type Params, tagSet, type XmlValue } from './wire.ts'

function writeVolume(of: AwsVolume): XmlValue {
  return {
    volumeId: of.id,
    size: of.sizeGb,
    snapshotId: of.snapshotId ?? '',
    availabilityZone: of.zone,
    status: of.state,
    createTime: new Date(of.createdAtMs).toISOString(),
    attachmentSet: of.attachedTo
      ? [
          {
            volumeId: of.id,
            instanceId: of.attachedTo.instanceId,
            device: of.attachedTo.device,
            status: 'attached',
            attachTime: new Date(of.attachedTo.atMs).toISOString(),
            deleteOnTermination: true,
          },
        ]
      : [],
    tagSet: tagSet(of.tags),
    volumeType: of.type,
    iops: 3_000,
    throughput: 125,
    encrypted: true,
    multiAttachEnabled: false,
  }
}

function writeSnapshot(of: AwsSnapshot, { world }: Ec2Call): XmlValue {
  return {
    snapshotId: of.id,
    volumeId: of.volumeId,
    status: snapshotState(of, world.nowMs()),
    startTime: new Date(of.startedAtMs).toISOString(),
    progress: snapshotState(of, world.nowMs()) === 'completed' ? '100%' : '50%',
    ownerId: world.account,
    volumeSize: of.sizeGb,
    description: of.description,
    encrypted: of.isEncrypted,
    tagSet: tagSet(of.tags),
  }
}

function volumeNamed(region: AwsRegion, id: string): AwsVolume {
  const volume = region.volumes.get(id)
  if (!volume) throw new AwsRefusal(400, 'InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
  return volume
}

export function tagsFor(params: Params, kind: string): Map<string, string> {
  const specs = params.items('TagSpecification').filter((spec) => spec.get('ResourceType') === kind)
  return new Map(specs.flatMap((spec) => spec.items('Tag').map((tag) => [tag.need('Key'), tag.get('Value') ?? ''] as const)))
}

function attachVolume({ region, params, world }: Ec2Call): XmlValue {
  const volume = volumeNamed(region, params.need('VolumeId'))
  const [instance] = namedInstances(region, [params.need('InstanceId')])
  const device = params.need('Device')
  if (volume.state !== 'available') throw new AwsRefusal(400, 'VolumeInUse', `${volume.id} is already attached to an instance`)
  if (instance?.zone !== volume.zone)
    throw new AwsRefusal(
      400,
      'InvalidVolume.ZoneMismatch',
      `The volume '${volume.id}' is not in the same availability zone as instance '${instance?.id}'`,
    )
  if (instance.disks.has(device))
    throw new AwsRefusal(
      400,
      'InvalidParameterValue',
      `Invalid value '${device}' for unixDevice. Attachment point ${device} is already in use`,
    )
  instance.disks.set(device, { volumeId: volume.id, deleteOnTermination: false })
  volume.attachedTo = { instanceId: instance.id, device, atMs: world.nowMs() }
  volume.state = 'in-use'
  region.touch(instance)
  return {
    volumeId: volume.id,
    instanceId: instance.id,
    device,
    status: 'attaching',
    attachTime: new Date(world.nowMs()).toISOString(),
    deleteOnTermination: false,
  }
}

function detachVolume({ region, params }: Ec2Call): XmlValue {
  const volume = volumeNamed(region, params.need('VolumeId'))
  const { attachedTo } = volume
  if (!attachedTo) throw new AwsRefusal(400, 'IncorrectState', `Volume '${volume.id}' is in the 'available' state.`)
  const instance = region.instances.get(attachedTo.instanceId)
  instance?.disks.delete(attachedTo.device)
  if (instance) region.touch(instance)
  volume.attachedTo = null
  volume.state = 'available'
  return { volumeId: volume.id, instanceId: attachedTo.instanceId, device: attachedTo.device, status: 'detaching' }
}

function modifyVolume({ region, params }: Ec2Call): XmlValue {
  const volume = volumeNamed(region, params.need('VolumeId'))
  const target = params.number('Size') ?? volume.sizeGb
  if (target < volume.sizeGb) throw new AwsRefusal(400, 'InvalidParameterValue', 'New size cannot be smaller than existing size')
  const original = volume.sizeGb
  volume.sizeGb = target
  return {
    volumeModification: { volumeId: volume.id, modificationState: 'optimizing', targetSize: target, originalSize: original, progress: 100 },
  }
}

function deleteVolume({ region, params }: Ec2Call): XmlValue {
  const volume = volumeNamed(region, params.need('VolumeId'))
  if (volume.attachedTo)
    throw new AwsRefusal(400, 'VolumeInUse', `Volume ${volume.id} is currently attached to ${volume.attachedTo.instanceId}`)
  region.volumes.delete(volume.id)
  return { return: true }
}

function createSnapshot(call: Ec2Call): XmlValue {
  const volume = volumeNamed(call.region, call.params.need('VolumeId'))
  const tags = tagsFor(call.params, 'snapshot')
  const description = call.params.get('Description') ?? ''
  const { id: volumeId, sizeGb, blocks } = volume
  return writeSnapshot(call.region.addSnapshot({ volumeId, sizeGb, description, tags, blocks: new Map(blocks) }), call)
}

function deleteSnapshot({ region, params }: Ec2Call): XmlValue {
  const id = params.need('SnapshotId')
  const user = [...region.images.values()].find(({ disks }) => disks.some(({ snapshotId }) => snapshotId === id))
  if (user) throw new AwsRefusal(400, 'InvalidSnapshot.InUse', `The snapshot ${id} is currently in use by ${user.id}`)
  if (!region.snapshots.delete(id)) throw new AwsRefusal(400, 'InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`)
  return { return: true }
}

export const STORAGE_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  DescribeVolumes: listing({
    of: ({ region }) => region.volumes.values(),
    idOf: ({ id }) => id,
    idParam: 'VolumeId',
    missing: 'InvalidVolume.NotFound',
    fields: {
      'volume-id': ({ id }) => [id],
      status: ({ state }) => [state],
      'attachment.instance-id': ({ attachedTo }) => [attachedTo?.instanceId],
      'availability-zone': ({ zone }) => [zone],
    },
    set: 'volumeSet',
    write: writeVolume,
  }),
  DescribeSnapshots: listing({
    of: ({ region }) => region.snapshots.values(),
    idOf: ({ id }) => id,
    idParam: 'SnapshotId',
    missing: 'InvalidSnapshot.NotFound',
    fields: { 'snapshot-id': ({ id }) => [id], 'volume-id': ({ volumeId }) => [volumeId] },
    set: 'snapshotSet',
    write: writeSnapshot,
  }),
  AttachVolume: attachVolume,
  DetachVolume: detachVolume,
  ModifyVolume: modifyVolume,
  DeleteVolume: deleteVolume,
  CreateVolume: ({ region, params }) =>
    writeVolume(
      region.addVolume({
        sizeGb: params.number('Size') ?? 8,
        zone: params.need('AvailabilityZone'),
        state: 'available',
        snapshotId: params.get('SnapshotId') ?? null,
        type: params.get('VolumeType') ?? 'gp2',
        tags: tagsFor(params, 'volume'),
      }),
    ),
  CreateSnapshot: createSnapshot,
  DeleteSnapshot: deleteSnapshot,
  GetEbsEncryptionByDefault: ({ region }) => ({ ebsEncryptionByDefault: region.encryptsByDefault }),
  GetEbsDefaultKmsKeyId: () => ({ kmsKeyId: 'alias/aws/ebs' }),
}
