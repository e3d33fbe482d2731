import { bootModesOf, typeNamed } from './catalogue.ts'
import type { Ec2Call } from './ec2-call.ts'
import { instanceFacts, instanceXml } from './instance.ts'
import type { AwsImage, AwsImageDisk, AwsInstance } from './model.ts'
import type { AwsRegion } from './region.ts'
import { AwsRefusal, idOf, RawXml, type XmlValue } from './wire.ts'

/** The size is that of the root, where the call gives one. */
function disksOf({ disks }: AwsImage, rootGb: number | undefined): AwsImageDisk[] {
  return disks.map((disk, at) => (at === 0 && rootGb !== undefined ? { ...disk, sizeGb: rootGb } : disk))
}

function refuseType(name: string, { arch, bootMode }: AwsImage): void {
  const type = typeNamed(name)
  if (!type) throw new AwsRefusal(400, 'InvalidParameterValue', `Invalid value '${name}' for InstanceType.`)
  if (type.arch !== arch) {
    throw new AwsRefusal(
      400,
      'InvalidParameterValue',
      `The architecture '${type.arch}' of the specified instance type does not match the architecture '${arch}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again.`,
    )
  }
  if (bootMode !== null && !bootModesOf(type).includes(bootMode)) {
    throw new AwsRefusal(400, 'Unsupported', `The instance type '${name}' does not support the AMI boot mode '${bootMode}'.`)
  }
}

function imageNamed(region: AwsRegion, id: string): AwsImage {
  const image = region.images.get(id)
  if (!image) throw new AwsRefusal(400, 'InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
  return image
}

export function runInstances({ region, params }: Ec2Call): XmlValue {
  const imageId = params.need('ImageId')
  const image = imageNamed(region, imageId)
  const type = params.get('InstanceType') ?? 'm1.small'
  refuseType(type, image)
  const networkCard = params.items('NetworkInterface')[0]
  const subnetId = params.get('SubnetId') ?? networkCard?.get('SubnetId')
  if (subnetId !== undefined && !region.subnets.has(subnetId))
    throw new AwsRefusal(400, 'InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`)
  const keyName = params.get('KeyName') ?? null
  if (keyName !== null && !region.keyPairs.has(keyName))
    throw new AwsRefusal(400, 'InvalidKeyPair.NotFound', `The key pair '${keyName}' does not exist`)
  const clientToken = params.get('ClientToken') ?? ''
  const groupIds = [...params.list('SecurityGroupId'), ...(networkCard?.list('SecurityGroupId') ?? [])]
  const again = clientToken === '' ? [] : [...region.instances.values()].filter((of) => of.clientToken === clientToken)
  const made = again.length > 0 ? again : launch()
  const instances = made.map((of) => `<item>${instanceXml(of, region).text}</item>`).join('')
  return { reservationId: made[0]?.reservationId, ownerId: region.world.account, groupSet: '', instancesSet: new RawXml(instances) }

  function launch(): AwsInstance[] {
    const reservationId = idOf('r', region.world.serial())
    return Array.from({ length: params.number('MaxCount') ?? 1 }, () => {
      const tags = params.items('TagSpecification').filter((spec) => spec.get('ResourceType') === 'instance')
      const of = instanceFacts({
        world: region.world,
        region,
        type,
        tags: new Map(tags.flatMap((spec) => spec.items('Tag').map((tag) => [tag.need('Key'), tag.get('Value') ?? ''] as const))),
        state: 'pending',
        hibernation: params.flag('HibernationOptions.Configured'),
        spot: params.get('InstanceMarketOptions.MarketType') === 'spot',
        windows: image.platform === 'windows',
        isProtected: params.flag('DisableApiTermination'),
        reservationId,
        imageId,
        disks: disksOf(image, params.items('BlockDeviceMapping')[0]?.number('Ebs.VolumeSize')),
        keyName,
        clientToken,
        userData: params.get('UserData') ?? null,
        ...(subnetId !== undefined && { subnetId }),
        ...(groupIds.length > 0 && { groupIds }),
      })
      region.adopt(of)
      region.move(of, 'pending', 'running', null)
      return of
    })
  }
}
