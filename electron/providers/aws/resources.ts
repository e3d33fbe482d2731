import type { IpPermission } from '@aws-sdk/client-ec2'
import type { CloudResource, CloudResourceKind } from '../../../shared/model/index.ts'
import type { SeenNetwork } from '../cloud/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { refOf } from './facts.ts'
import { images } from './images.ts'
import { everyPage, filter, nameOf, properties, resource } from './resource.ts'

const GIB = 1_073_741_824
const PAGE = 500

interface Asking {
  readonly calls: AwsCalls
  readonly region: string
  readonly options: CallOptions
}

/** VPCs are what machines share. */
export async function networks(calls: AwsCalls, region: string, options: CallOptions): Promise<readonly SeenNetwork[]> {
  const request = { region, permission: 'ec2:DescribeVpcs', options }
  const vpcs = await everyPage(async (token) => {
    const page = await calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeVpcsCommand({ ...token, MaxResults: PAGE }), sending),
    )
    return { items: page.Vpcs, NextToken: page.NextToken }
  })
  return vpcs.flatMap(({ VpcId: id, Tags, CidrBlockAssociationSet = [], CidrBlock, State, IsDefault }) => {
    if (id === undefined) return []
    const cidrs = CidrBlockAssociationSet.flatMap((association) => association.CidrBlock ?? [])
    const name = nameOf(Tags)
    return {
      ref: refOf(region, id),
      facts: {
        hostRef: region,
        name: name ?? (IsDefault === true ? `default (${id})` : id),
        active: State === 'available',
        autostart: null,
        persistent: true,
        forward: 'vpc',
        bridge: null,
        cidrs: cidrs.length > 0 ? cidrs : CidrBlock === undefined ? [] : [CidrBlock],
      },
    }
  })
}

export function resources(asking: Asking, kind: CloudResourceKind, search: string): Promise<readonly CloudResource[]> {
  switch (kind) {
    case 'image':
      return images(asking.calls, asking.region, search, asking.options)
    case 'disk':
      return disks(asking)
    case 'snapshot':
      return snapshots(asking)
    case 'address':
      return addresses(asking)
    case 'network':
      return networksAsResources(asking)
    case 'subnet':
      return subnets(asking)
    case 'firewall':
      return firewalls(asking)
    case 'key':
      return keys(asking)
    case 'zone':
      return zones(asking)
    default:
      return kind satisfies never
  }
}

async function disks({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const request = { region, permission: 'ec2:DescribeVolumes', options }
  const all = await everyPage(async (token) => {
    const page = await calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeVolumesCommand({ ...token, MaxResults: PAGE }), sending),
    )
    return { items: page.Volumes, NextToken: page.NextToken }
  })
  return all.map((volume) =>
    resource('disk', region, volume.VolumeId, volume.Tags, {
      zone: volume.AvailabilityZone ?? null,
      state: volume.State ?? null,
      sizeBytes: volume.Size === undefined ? null : volume.Size * GIB,
      createdAtMs: volume.CreateTime?.getTime() ?? null,
      usedBy: (volume.Attachments ?? []).flatMap(({ InstanceId }) => (InstanceId === undefined ? [] : refOf(region, InstanceId))),
      properties: properties({ type: volume.VolumeType, iops: volume.Iops, throughput: volume.Throughput, encrypted: volume.Encrypted }),
    }),
  )
}

async function snapshots({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const request = { region, permission: 'ec2:DescribeSnapshots', options }
  const all = await everyPage(async (token) => {
    const page = await calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeSnapshotsCommand({ ...token, OwnerIds: ['self'], MaxResults: PAGE }), sending),
    )
    return { items: page.Snapshots, NextToken: page.NextToken }
  })
  return all.map((one) =>
    resource('snapshot', region, one.SnapshotId, one.Tags, {
      state: one.State ?? null,
      sizeBytes: one.VolumeSize === undefined ? null : one.VolumeSize * GIB,
      createdAtMs: one.StartTime?.getTime() ?? null,
      properties: properties({ volume: one.VolumeId, description: one.Description, progress: one.Progress, encrypted: one.Encrypted }),
    }),
  )
}

async function addresses({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeAddresses', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeAddressesCommand({}), sending),
  )
  return (answer.Addresses ?? []).map((one) =>
    resource('address', region, one.AllocationId ?? one.PublicIp, one.Tags, {
      name: one.PublicIp ?? '',
      state: one.AssociationId === undefined && one.InstanceId === undefined ? 'unused' : 'in-use',
      usedBy: one.InstanceId === undefined || one.InstanceId === '' ? [] : [refOf(region, one.InstanceId)],
      properties: properties({ name: nameOf(one.Tags), private: one.PrivateIpAddress, interface: one.NetworkInterfaceId }),
    }),
  )
}

async function networksAsResources({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const all = await networks(calls, region, options)
  return all.map(({ ref, facts }) =>
    resource('network', region, ref.slice(region.length + 1), [], {
      name: facts.name,
      state: facts.active ? 'available' : 'pending',
      properties: facts.cidrs.map((value) => ({ key: 'cidr', value })),
    }),
  )
}

async function subnets({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const request = { region, permission: 'ec2:DescribeSubnets', options }
  const all = await everyPage(async (token) => {
    const page = await calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeSubnetsCommand({ ...token, MaxResults: PAGE }), sending),
    )
    return { items: page.Subnets, NextToken: page.NextToken }
  })
  return all.map((one) =>
    resource('subnet', region, one.SubnetId, one.Tags, {
      zone: one.AvailabilityZone ?? null,
      state: one.State ?? null,
      properties: properties({
        network: one.VpcId,
        cidr: one.CidrBlock,
        free: one.AvailableIpAddressCount,
        'public address': one.MapPublicIpOnLaunch,
      }),
    }),
  )
}

async function firewalls({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const request = { region, permission: 'ec2:DescribeSecurityGroups', options }
  const all = await everyPage(async (token) => {
    const page = await calls.ec2(request, (client, sdk, sending) =>
      client.send(new sdk.DescribeSecurityGroupsCommand({ ...token, MaxResults: PAGE }), sending),
    )
    return { items: page.SecurityGroups, NextToken: page.NextToken }
  })
  return all.map((one) =>
    resource('firewall', region, one.GroupId, one.Tags, {
      name: one.GroupName ?? one.GroupId ?? '',
      properties: [
        ...properties({ network: one.VpcId, description: one.Description }),
        ...(one.IpPermissions ?? []).map((rule) => ({ key: 'in', value: ruleText(rule) })),
        ...(one.IpPermissionsEgress ?? []).map((rule) => ({ key: 'out', value: ruleText(rule) })),
      ],
    }),
  )
}

async function keys({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeKeyPairs', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeKeyPairsCommand({}), sending),
  )
  return (answer.KeyPairs ?? []).map((one) =>
    resource('key', region, one.KeyName, one.Tags, {
      name: one.KeyName ?? '',
      createdAtMs: one.CreateTime?.getTime() ?? null,
      properties: properties({ type: one.KeyType, fingerprint: one.KeyFingerprint }),
    }),
  )
}

/** Zones of the region itself: machines at an operator's or in a city need a subnet there, which says its zone. */
async function zones({ calls, region, options }: Asking): Promise<readonly CloudResource[]> {
  const answer = await calls.ec2({ region, permission: 'ec2:DescribeAvailabilityZones', options }, (client, sdk, sending) =>
    client.send(new sdk.DescribeAvailabilityZonesCommand({ Filters: [filter('zone-type', 'availability-zone')] }), sending),
  )
  return (answer.AvailabilityZones ?? []).map(({ ZoneName, ZoneId, State }) =>
    resource('zone', region, ZoneName, [], { state: State === 'unavailable' ? State : null, properties: properties({ id: ZoneId }) }),
  )
}

/** `tcp 22 from 10.0.0.0/8, sg-…`. */
function ruleText({
  IpProtocol,
  FromPort,
  ToPort,
  IpRanges = [],
  Ipv6Ranges = [],
  UserIdGroupPairs = [],
  PrefixListIds = [],
}: IpPermission): string {
  const ports = FromPort === undefined || FromPort < 0 ? '' : FromPort === ToPort ? ` ${FromPort}` : ` ${FromPort}–${ToPort}`
  const peers = [
    ...IpRanges.map(({ CidrIp }) => CidrIp),
    ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
    ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
    ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
  ].filter((peer) => peer !== undefined)
  return `${IpProtocol === '-1' ? 'all' : (IpProtocol ?? 'all')}${ports}: ${peers.join(', ')}`
}
