import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { namedInstances } from './ec2-instances.ts'
import { tagsFor } from './ec2-storage.ts'
import { listing } from './ec2-surroundings.ts'
import { type AwsImage, type AwsImageDisk, snapshotState } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, type Params, tagSet, type XmlValue } from './wire.ts'

const BOOT_MODES = ['legacy-bios', 'uefi', 'uefi-preferred']

function writeImage(of: AwsImage, { region }: Ec2Call): XmlValue {
  return {
    imageId: of.id,
    imageLocation: `${of.owner}/${of.name}`,
    imageState: 'available',
    imageOwnerId: of.owner,
    creationDate: new Date(of.createdAtMs).toISOString(),
    isPublic: of.owner !== region.world.account,
    architecture: of.arch,
    imageType: 'machine',
    platform: of.platform,
    platformDetails: of.platform === 'windows' ? 'Windows' : 'Linux/UNIX',
    name: of.name,
    description: of.description,
    rootDeviceType: 'ebs',
    rootDeviceName: of.rootDevice,
    bootMode: of.bootMode,
    blockDeviceMapping: of.disks.map(({ device, snapshotId, sizeGb, deleteOnTermination }) => ({
      deviceName: device,
      ebs: { snapshotId, volumeSize: sizeGb, deleteOnTermination, volumeType: 'gp3', encrypted: false },
    })),
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    enaSupport: true,
    tagSet: tagSet(of.tags),
  }
}

function refuseTakenName(region: AwsRegion, name: string): void {
  const taken = [...region.images.values()].find((image) => image.name === name)
  if (taken) throw new AwsRefusal(400, 'InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${taken.id}`)
}

function createImage({ region, params, world }: Ec2Call): XmlValue {
  const [instance] = namedInstances(region, [params.need('InstanceId')])
  const name = params.need('Name')
  refuseTakenName(region, name)
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

/** Of snapshots. What is left out has the defaults of the service, which are those of its first years: i386, paravirtual, without ENA. */
function registerImage({ region, params, world }: Ec2Call): XmlValue {
  const name = params.need('Name')
  if (!/^[\w ().\-/'@[\]]{3,128}$/.test(name))
    throw new AwsRefusal(
      400,
      'InvalidAMIName.Malformed',
      `AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'`,
    )
  refuseTakenName(region, name)
  const bootMode = params.get('BootMode') ?? null
  if (bootMode !== null && !BOOT_MODES.includes(bootMode))
    throw new AwsRefusal(400, 'InvalidParameterValue', `Value (${bootMode}) for parameter bootMode is invalid.`)
  if (params.get('VirtualizationType') !== 'hvm' || !params.flag('EnaSupport'))
    throw new AwsRefusal(400, 'InvalidParameterCombination', 'Only hvm images with ENA start on the types of today.')
  const rootDevice = params.need('RootDeviceName')
  const disks = params.items('BlockDeviceMapping').map((mapping) => diskOf(region, mapping))
  const root = disks.find(({ device }) => device === rootDevice)
  if (!root) throw new AwsRefusal(400, 'InvalidBlockDeviceMapping', `The root device ${rootDevice} is not in the block device mapping.`)
  if (new Set(disks.map(({ device }) => device)).size < disks.length)
    throw new AwsRefusal(400, 'InvalidBlockDeviceMapping', 'A device is mapped more than once.')
  const { id: imageId } = region.addImage({
    name,
    owner: world.account,
    platform: null,
    description: params.get('Description') ?? '',
    arch: params.get('Architecture') ?? 'i386',
    bootMode,
    rootDevice,
    disks: [root, ...disks.filter((disk) => disk !== root)],
    tags: tagsFor(params, 'image'),
  })
  return { imageId }
}

function diskOf(region: AwsRegion, mapping: Params): AwsImageDisk {
  const ebs = mapping.below('Ebs')
  const snapshotId = ebs.need('SnapshotId')
  const snapshot = region.snapshots.get(snapshotId)
  if (!snapshot) throw new AwsRefusal(400, 'InvalidSnapshot.NotFound', `The snapshot '${snapshotId}' does not exist.`)
  const state = snapshotState(snapshot, region.world.nowMs())
  if (state !== 'completed') throw new AwsRefusal(400, 'IncorrectState', `Snapshot is in invalid state - ${state}`)
  const sizeGb = ebs.number('VolumeSize') ?? snapshot.sizeGb
  if (sizeGb < snapshot.sizeGb)
    throw new AwsRefusal(
      400,
      'InvalidBlockDeviceMapping',
      `Volume of size ${sizeGb}GB is smaller than snapshot '${snapshotId}', expect size >= ${snapshot.sizeGb}GB`,
    )
  return { device: mapping.need('DeviceName'), snapshotId, sizeGb, deleteOnTermination: ebs.get('DeleteOnTermination') !== 'false' }
}

/** Its snapshots stay. */
function deregisterImage({ region, params }: Ec2Call): XmlValue {
  const id = params.need('ImageId')
  if (!region.images.delete(id)) throw new AwsRefusal(400, 'InvalidAMIID.Unavailable', `The image ID '${id}' is no longer available`)
  return { return: true }
}

export const IMAGE_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
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
      architecture: ({ arch }) => [arch],
      'root-device-type': () => ['ebs'],
      'virtualization-type': () => ['hvm'],
      platform: ({ platform }) => [platform],
      'block-device-mapping.snapshot-id': ({ disks }) => disks.map(({ snapshotId }) => snapshotId),
    },
    set: 'imagesSet',
    write: writeImage,
  }),
  CreateImage: createImage,
  RegisterImage: registerImage,
  DeregisterImage: deregisterImage,
}
