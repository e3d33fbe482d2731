import { ALL_REGIONS, bootModesOf, INSTANCE_TYPES, type InstanceType } from './catalogue.ts'
import type { Ec2Call, Ec2Operation } from './ec2-call.ts'
import { AwsRefusal, type FilterFields, filtered, pageOf, tagSet, type XmlValue } from './wire.ts'

const NO_TAGS: ReadonlyMap<string, string> = new Map()

/** A list that pages by `MaxResults` (absent: all at once) and filters as EC2's do. */
export function listing<T extends { readonly tags: ReadonlyMap<string, string> }>(spec: {
  readonly of: (call: Ec2Call) => Iterable<T>
  readonly idOf: (item: T) => string
  readonly idParam: string
  readonly missing: string
  readonly fields: FilterFields<T>
  readonly set: string
  readonly write: (item: T, call: Ec2Call) => XmlValue
}): Ec2Operation {
  return (call) => {
    const { params, operation } = call
    const all = [...spec.of(call)]
    const ids = params.list(spec.idParam)
    const unknown = ids.find((id) => !all.some((item) => spec.idOf(item) === id))
    if (unknown !== undefined) throw new AwsRefusal(400, spec.missing, `The ID '${unknown}' does not exist`)
    const named = ids.length > 0 ? all.filter((item) => ids.includes(spec.idOf(item))) : all
    const size = params.number('MaxResults') ?? Number.MAX_SAFE_INTEGER
    const page = pageOf(filtered(named, params, spec.fields), { operation, token: params.get('NextToken'), size })
    return { [spec.set]: page.items.map((item) => spec.write(item, call)), nextToken: page.nextToken }
  }
}

function describeRegions({ world, params }: Ec2Call): XmlValue {
  const named = params.list('RegionName')
  const all = [...world.regions.values()].map((region) => ({ name: region.name, optIn: region.optIn, tags: NO_TAGS }))
  const shown = filtered(all, params, { 'opt-in-status': ({ optIn }) => [optIn], 'region-name': ({ name }) => [name] })
    .filter(({ name, optIn }) => (named.length === 0 || named.includes(name)) && (params.flag('AllRegions') || optIn !== 'not-opted-in'))
    .map(({ name, optIn }) => ({ regionName: name, regionEndpoint: `ec2.${name}.amazonaws.com`, optInStatus: optIn }))
  return { regionInfo: shown }
}

function describeAvailabilityZones({ region }: Ec2Call): XmlValue {
  return {
    availabilityZoneInfo: [...region.subnets.values()].map(({ zone }, index) => ({
      zoneName: zone,
      zoneState: 'available',
      regionName: region.name,
      messageSet: [],
      zoneId: `${region.name.slice(0, 2)}x1-az${index + 1}`,
      groupName: region.name,
      networkBorderGroup: region.name,
      optInStatus: 'opt-in-not-required',
      zoneType: 'availability-zone',
    })),
  }
}

function writeType(type: InstanceType): XmlValue {
  return {
    instanceType: type.name,
    currentGeneration: true,
    freeTierEligible: type.name === 't3.micro',
    supportedUsageClasses: ['on-demand', 'spot'],
    supportedRootDeviceTypes: ['ebs'],
    supportedBootModes: bootModesOf(type),
    bareMetal: false,
    hypervisor: 'nitro',
    processorInfo: { supportedArchitectures: [type.arch], sustainedClockSpeedInGhz: 3.1 },
    vCpuInfo: { defaultVCpus: type.vcpus, defaultCores: Math.max(1, type.vcpus / 2), defaultThreadsPerCore: type.arch === 'arm64' ? 1 : 2 },
    memoryInfo: { sizeInMiB: type.memoryMiB },
    instanceStorageSupported: type.storeGb > 0,
    instanceStorageInfo: type.storeGb > 0 ? { totalSizeInGB: type.storeGb } : null,
    ebsInfo: { ebsOptimizedSupport: 'default', encryptionSupport: 'supported', nvmeSupport: 'required' },
    networkInfo: { networkPerformance: type.network, maximumNetworkInterfaces: 2, ipv6Supported: true, enaSupport: 'required' },
    gpuInfo:
      type.gpus > 0
        ? {
            gpus: [{ name: 'A10G', manufacturer: 'NVIDIA', count: type.gpus, memoryInfo: { sizeInMiB: 24_576 } }],
            totalGpuMemoryInMiB: 24_576,
          }
        : null,
    hibernationSupported: true,
    burstablePerformanceSupported: type.burstable,
    dedicatedHostsSupported: !type.burstable,
    autoRecoverySupported: true,
  }
}

function describeInstanceTypes({ params, operation }: Ec2Call): XmlValue {
  const named = params.list('InstanceType')
  const unknown = named.find((name) => !INSTANCE_TYPES.some((type) => type.name === name))
  if (unknown !== undefined)
    throw new AwsRefusal(400, 'InvalidInstanceType', `The following supplied instance types do not exist: [${unknown}]`)
  const all = INSTANCE_TYPES.filter(({ name }) => named.length === 0 || named.includes(name)).map((type) => ({ ...type, tags: NO_TAGS }))
  const shown = filtered(all, params, {
    'instance-type': ({ name }) => [name],
    'current-generation': () => ['true'],
    'processor-info.supported-architecture': ({ arch }) => [arch],
  })
  const page = pageOf(shown, { operation, token: params.get('NextToken'), size: params.number('MaxResults') ?? 100 })
  return { instanceTypeSet: page.items.map(writeType), nextToken: page.nextToken }
}

function describeInstanceTypeOfferings({ region, params, operation }: Ec2Call): XmlValue {
  const kind = params.get('LocationType') ?? 'region'
  const locations = kind === 'region' ? [region.name] : [...region.subnets.values()].map(({ zone }) => zone)
  const all = INSTANCE_TYPES.flatMap(({ name }) => locations.map((location) => ({ name, location, tags: NO_TAGS })))
  const shown = filtered(all, params, { 'instance-type': ({ name }) => [name], location: ({ location }) => [location] })
  const page = pageOf(shown, { operation, token: params.get('NextToken'), size: params.number('MaxResults') ?? 1_000 })
  return {
    instanceTypeOfferingSet: page.items.map(({ name, location }) => ({ instanceType: name, locationType: kind, location })),
    nextToken: page.nextToken,
  }
}

export const SURROUNDING_OPERATIONS: Readonly<Record<string, Ec2Operation>> = {
  DescribeRegions: describeRegions,
  DescribeAvailabilityZones: describeAvailabilityZones,
  DescribeInstanceTypes: describeInstanceTypes,
  DescribeInstanceTypeOfferings: describeInstanceTypeOfferings,
  DescribeVpcs: listing({
    of: ({ region }) => region.vpcs.values(),
    idOf: ({ id }) => id,
    idParam: 'VpcId',
    missing: 'InvalidVpcID.NotFound',
    fields: { 'vpc-id': ({ id }) => [id], 'is-default': ({ isDefault }) => [String(isDefault)] },
    set: 'vpcSet',
    write: ({ id, cidr, isDefault, tags }, { world }) => ({
      vpcId: id,
      ownerId: world.account,
      state: 'available',
      cidrBlock: cidr,
      cidrBlockAssociationSet: [
        { cidrBlock: cidr, associationId: id.replace('vpc-', 'vpc-cidr-assoc-'), cidrBlockState: { state: 'associated' } },
      ],
      dhcpOptionsId: id.replace('vpc-', 'dopt-'),
      tagSet: tagSet(tags),
      instanceTenancy: 'default',
      isDefault,
    }),
  }),
  DescribeSubnets: listing({
    of: ({ region }) => region.subnets.values(),
    idOf: ({ id }) => id,
    idParam: 'SubnetId',
    missing: 'InvalidSubnetID.NotFound',
    fields: { 'subnet-id': ({ id }) => [id], 'vpc-id': ({ vpcId }) => [vpcId], 'availability-zone': ({ zone }) => [zone] },
    set: 'subnetSet',
    write: ({ id, vpcId, zone, cidr, tags }, { world }) => ({
      subnetId: id,
      subnetArn: `arn:aws:ec2:${zone.slice(0, -1)}:${world.account}:subnet/${id}`,
      state: 'available',
      ownerId: world.account,
      vpcId,
      cidrBlock: cidr,
      availableIpAddressCount: 16_000,
      availabilityZone: zone,
      defaultForAz: true,
      mapPublicIpOnLaunch: true,
      tagSet: tagSet(tags),
    }),
  }),
  DescribeSecurityGroups: listing({
    of: ({ region }) => region.groups.values(),
    idOf: ({ id }) => id,
    idParam: 'GroupId',
    missing: 'InvalidGroup.NotFound',
    fields: { 'group-id': ({ id }) => [id], 'group-name': ({ name }) => [name], 'vpc-id': ({ vpcId }) => [vpcId] },
    set: 'securityGroupInfo',
    write: ({ id, name, vpcId, tags }, { world }) => ({
      ownerId: world.account,
      groupId: id,
      groupName: name,
      groupDescription: `${name} of the loopback cloud`,
      vpcId,
      ipPermissions: [
        {
          ipProtocol: 'tcp',
          fromPort: 22,
          toPort: 22,
          groups: [],
          ipRanges: [{ cidrIp: '10.0.0.0/8' }],
          ipv6Ranges: [],
          prefixListIds: [],
        },
      ],
      ipPermissionsEgress: [{ ipProtocol: '-1', groups: [], ipRanges: [{ cidrIp: '0.0.0.0/0' }], ipv6Ranges: [], prefixListIds: [] }],
      tagSet: tagSet(tags),
    }),
  }),
  DescribeKeyPairs: listing({
    of: ({ region }) => [...region.keyPairs].map(([name, pair]) => ({ name, ...pair })),
    idOf: ({ name }) => name,
    idParam: 'KeyName',
    missing: 'InvalidKeyPair.NotFound',
    fields: { 'key-name': ({ name }) => [name], 'key-pair-id': ({ id }) => [id] },
    set: 'keySet',
    write: ({ id, name, tags }) => ({ keyPairId: id, keyName: name, keyType: 'ed25519', keyFingerprint: 'loopback', tagSet: tagSet(tags) }),
  }),
  DescribeAddresses: listing({
    of: ({ region }) => region.addresses.values(),
    idOf: ({ id }) => id,
    idParam: 'AllocationId',
    missing: 'InvalidAllocationID.NotFound',
    fields: {
      'allocation-id': ({ id }) => [id],
      'public-ip': ({ ip }) => [ip],
      'instance-id': ({ instanceId }) => [instanceId],
      domain: () => ['vpc'],
    },
    set: 'addressesSet',
    write: ({ id, ip, instanceId, tags }, { region }) => ({
      publicIp: ip,
      allocationId: id,
      domain: 'vpc',
      instanceId,
      publicIpv4Pool: 'amazon',
      networkBorderGroup: region.name,
      tagSet: tagSet(tags),
    }),
  }),
}

/** Where a price list knows a region by its place. */
export function locationOf(region: string): string {
  return ALL_REGIONS.find(({ name }) => name === region)?.location ?? region
}
