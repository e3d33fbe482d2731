import { typeNamed } from './catalogue.ts'
import { type AwsAccount, type AwsImageDisk, type AwsInstance, type InstanceState, STATE_CODES } from './model.ts'
import type { AwsRegion } from './region.ts'
import { idOf, RawXml, tagSet, writeXml } from './wire.ts'

export interface InstanceSpec {
  readonly world: AwsAccount
  readonly region: AwsRegion
  readonly type: string
  readonly tags: Map<string, string>
  readonly state: InstanceState
  readonly hibernation?: boolean
  readonly spot?: boolean
  readonly windows?: boolean
  readonly isProtected?: boolean
  readonly launchedAtMs?: number
  readonly joinsReservation?: boolean
  readonly reservationId?: string
  readonly imageId?: string
  readonly subnetId?: string
  readonly groupIds?: readonly string[]
  readonly keyName?: string | null
  readonly clientToken?: string
  readonly userData?: string | null
  /** The first is the root; absent: one of a usual size. */
  readonly disks?: readonly AwsImageDisk[]
}

/** A new instance with its disks, not yet in its region's list. */
export function instanceFacts(spec: InstanceSpec): AwsInstance {
  const { world, region, state } = spec
  const serial = world.serial()
  const launchedAtMs = spec.launchedAtMs ?? world.nowMs()
  const subnet = region.subnetFor(spec.subnetId, serial)
  const isWindows = spec.windows ?? false
  const rootDevice = spec.disks?.[0]?.device ?? (isWindows ? '/dev/sda1' : '/dev/xvda')
  const disks = spec.disks ?? [{ device: rootDevice, snapshotId: null, sizeGb: isWindows ? 30 : 8, deleteOnTermination: true }]
  const volumes = disks.map(({ device, snapshotId, sizeGb, deleteOnTermination }) => ({
    device,
    deleteOnTermination,
    volume: region.addVolume({ sizeGb, zone: subnet.zone, state: 'in-use', snapshotId, type: 'gp3' }),
  }))
  const instance: AwsInstance = {
    id: idOf('i', serial),
    reservationId: spec.reservationId ?? (spec.joinsReservation ? region.lastReservationId : null) ?? idOf('r', serial),
    tags: spec.tags,
    zone: subnet.zone,
    privateIp: `10.0.${(serial >> 8) & 255}.${serial & 255}`,
    macAddress: `02:00:00:${hex(serial >> 16)}:${hex(serial >> 8)}:${hex(serial)}`,
    subnetId: subnet.id,
    vpcId: subnet.vpcId,
    imageId: spec.imageId ?? (isWindows ? region.windowsImage.id : region.linuxImage.id),
    isSpot: spec.spot ?? false,
    isWindows,
    hibernation: spec.hibernation ?? false,
    keyName: spec.keyName === undefined ? 'operator' : spec.keyName,
    clientToken: spec.clientToken ?? '',
    userData: spec.userData ?? null,
    rootDevice,
    disks: new Map(volumes.map(({ device, deleteOnTermination, volume }) => [device, { volumeId: volume.id, deleteOnTermination }])),
    groupIds: spec.groupIds ?? [region.defaultGroup.id],
    type: spec.type,
    state,
    goes: null,
    launchedAtMs,
    publicIp: null,
    reason: '',
    stateReason: null,
    isProtected: spec.isProtected ?? false,
    xml: null,
    old: null,
  }
  for (const { device, volume } of volumes) volume.attachedTo = { instanceId: instance.id, device, atMs: launchedAtMs }
  region.lastReservationId = instance.reservationId
  return instance
}

function hex(value: number): string {
  return (value & 255).toString(16).padStart(2, '0')
}

/** Its `item` inside `instancesSet`, written once for each change. */
export function instanceXml(instance: AwsInstance, region: AwsRegion): RawXml {
  instance.xml ??= new RawXml(writeInstance(instance, region))
  return instance.xml
}

function writeInstance(of: AwsInstance, region: AwsRegion): string {
  const known = typeNamed(of.type)
  const runs = of.state === 'running'
  const dns = of.publicIp === null ? '' : `ec2-${of.publicIp.replaceAll('.', '-')}.${region.name}.compute.amazonaws.com`
  const groupSet = of.groupIds.map((groupId) => ({ groupId, groupName: region.groups.get(groupId)?.name ?? groupId }))
  return writeXml({
    instanceId: of.id,
    imageId: of.imageId,
    instanceState: { code: STATE_CODES[of.state], name: of.state },
    privateDnsName: `ip-${of.privateIp.replaceAll('.', '-')}.${region.name}.compute.internal`,
    dnsName: dns,
    reason: of.reason,
    keyName: of.keyName,
    amiLaunchIndex: 0,
    productCodes: '',
    instanceType: of.type,
    launchTime: new Date(of.launchedAtMs).toISOString(),
    placement: { availabilityZone: of.zone, groupName: '', tenancy: 'default' },
    platform: of.isWindows ? 'windows' : null,
    monitoring: { state: 'disabled' },
    subnetId: of.state === 'terminated' ? null : of.subnetId,
    vpcId: of.state === 'terminated' ? null : of.vpcId,
    privateIpAddress: of.state === 'terminated' ? null : of.privateIp,
    ipAddress: runs ? of.publicIp : null,
    sourceDestCheck: true,
    groupSet,
    stateReason: of.stateReason,
    architecture: known?.arch ?? 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: of.rootDevice,
    blockDeviceMapping: [...of.disks].map(([deviceName, { volumeId, deleteOnTermination }]) => ({
      deviceName,
      ebs: { volumeId, status: 'attached', attachTime: new Date(of.launchedAtMs).toISOString(), deleteOnTermination },
    })),
    instanceLifecycle: of.isSpot ? 'spot' : null,
    virtualizationType: 'hvm',
    clientToken: of.clientToken,
    tagSet: tagSet(of.tags),
    hypervisor: 'xen',
    networkInterfaceSet:
      of.state === 'terminated'
        ? []
        : [
            {
              networkInterfaceId: of.id.replace('i-', 'eni-'),
              subnetId: of.subnetId,
              vpcId: of.vpcId,
              status: 'in-use',
              macAddress: of.macAddress,
              privateIpAddress: of.privateIp,
              sourceDestCheck: true,
              groupSet,
              attachment: {
                attachmentId: of.id.replace('i-', 'eni-attach-'),
                deviceIndex: 0,
                status: 'attached',
                deleteOnTermination: true,
              },
              association: runs && of.publicIp !== null ? { publicIp: of.publicIp, publicDnsName: dns, ipOwnerId: 'amazon' } : null,
              privateIpAddressesSet: [{ privateIpAddress: of.privateIp, primary: true }],
            },
          ],
    ebsOptimized: false,
    enaSupport: true,
    cpuOptions: known ? { coreCount: Math.max(1, known.vcpus / 2), threadsPerCore: known.vcpus > 1 ? 2 : 1 } : null,
    capacityReservationSpecification: { capacityReservationPreference: 'open' },
    hibernationOptions: { configured: of.hibernation },
    metadataOptions: { state: 'applied', httpTokens: 'required', httpPutResponseHopLimit: 2, httpEndpoint: 'enabled' },
    platformDetails: of.isWindows ? 'Windows' : 'Linux/UNIX',
    usageOperation: of.isWindows ? 'RunInstances:0002' : 'RunInstances',
  })
}
