import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { namedInstances } from './ec2-instances.ts'
import { listing } from './ec2-surroundings.ts'
import type { AwsImage, AwsSnapshot, AwsVolume } from './model.ts'
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
    status: 'completed',
    startTime: new Date(of.startedAtMs).toISOString(),
    progress: '100%',
    ownerId: world.account,
    volumeSize: of.sizeGb,
    description: of.description,
    encrypted: true,
    tagSet: tagSet(of.tags),
  }
}

function writeImage(of: AwsImage): XmlValue {
  return {
    imageId: of.id,
    imageLocation: `${of.owner}/${of.name}`,
    imageState: 'available',
    imageOwnerId: of.owner,
    creationDate: new Date(of.createdAtMs).toISOString(),
    isPublic: true,
    architecture: 'x86_64',
    imageType: 'machine',
    platform: of.platform,
    platformDetails: of.platform === 'windows' ? 'Windows' : 'Linux/UNIX',
    name: of.name,
    description: of.description,
    rootDeviceType: 'ebs',
    rootDeviceName: of.rootDevice,
    blockDeviceMapping: [
      {
        deviceName: of.rootDevice,
        ebs: { snapshotId: of.snapshotId, volumeSize: of.sizeGb, deleteOnTermination: true, volumeType: 'gp3', encrypted: false },
      },
    ],
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    enaSupport: true,
    tagSet: tagSet(of.tags),
  }
}

function volumeNamed(region: AwsRegion, id: string): AwsVolume {
  const volume = region.volumes.get(id)
  if (!volume) throw new AwsRefusal(400, 'InvalidVolume.NotFound', `The volume '${id}' does not exist.`)
  return volume
}

function tagsFor(params: Params, kind: string): Map<string, string> {
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
  return writeSnapshot(call.region.addSnapshot(volume.id, volume.sizeGb, call.params.get('Description') ?? '', tags), call)
}

function deleteSnapshot({ region, params }: Ec2Call): XmlValue {
  const id = params.need('SnapshotId')
  if (!region.snapshots.delete(id)) throw new AwsRefusal(400, 'InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`)
  return { return: true }
}

function createImage({ region, params, world }: Ec2Call): XmlValue {
  const [instance] = namedInstances(region, [params.need('InstanceId')])
  const name = params.need('Name')
  if ([...region.images.values()].some((image) => image.name === name)) {
    throw new AwsRefusal(400, 'InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI`)
  }
  return {
    imageId: region.addImage({
      name,
      owner: world.account,
      platform: instance?.isWindows ? 'windows' : null,
      sizeGb: 8,
      tags: tagsFor(params, 'image'),
    }).id,
  }
}

function deregisterImage({ region, params }: Ec2Call): XmlValue {
  const id = params.need('ImageId')
  if (!region.images.delete(id)) throw new AwsRefusal(400, 'InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`)
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
    fields: { 'snapshot-id': ({ id }) => [id], 'volume-id': ({ volumeId }) => [volumeId], status: () => ['completed'] },
    set: 'snapshotSet',
    write: writeSnapshot,
  }),
  DescribeImages: listing({
    of: ({ region, params, world }) => {
      const owners = params.list('Owner').map((owner) => (owner === 'self' ? world.account : owner))
      const byAlias = (owner: string) => (owner === 'amazon' ? ['137112412989', '801119661308'] : [owner])
      return [...region.images.values()].filter((image) => owners.length === 0 || owners.flatMap(byAlias).includes(image.owner))
    },
    idOf: ({ id }) => id,
    idParam: 'ImageId',
    missing: 'InvalidAMIID.NotFound',
    fields: {
      'image-id': ({ id }) => [id],
      name: ({ name }) => [name],
      state: () => ['available'],
      architecture: () => ['x86_64'],
      'root-device-type': () => ['ebs'],
      'virtualization-type': () => ['hvm'],
      platform: ({ platform }) => [platform],
    },
    set: 'imagesSet',
    write: writeImage,
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
  CreateImage: createImage,
  DeregisterImage: deregisterImage,
}
