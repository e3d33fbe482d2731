import type { Disk, Image, Snapshot, SshPublicKeyResource } from '@azure/arm-compute'
import type { NetworkSecurityGroup, PublicIPAddress, VirtualNetwork } from '@azure/arm-network'
import type { CloudResource, CloudResourceKind } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import { type AzureAccount, abortOf, allOf } from './account.ts'
import { bytesOf, tagsOf } from './facts.ts'
import { imagesOfGalleries } from './gallery.ts'
import { ownerOf, refOf } from './ids.ts'
import { isNotOffered } from './problems.ts'

/** Images of vendors that most machines are made from. All others can be given as publisher:offer:sku:version. */
const VENDOR_IMAGES = [
  'Canonical:ubuntu-24_04-lts:server:latest',
  'Canonical:0001-com-ubuntu-server-jammy:22_04-lts-gen2:latest',
  'Debian:debian-13:13-gen2:latest',
  'Debian:debian-12:12-gen2:latest',
  'RedHat:RHEL:9-lvm-gen2:latest',
  'SUSE:sles-15-sp6:gen2:latest',
  'almalinux:almalinux-x86_64:9-gen2:latest',
  'MicrosoftWindowsServer:WindowsServer:2025-datacenter-azure-edition:latest',
  'MicrosoftWindowsServer:WindowsServer:2022-datacenter-azure-edition:latest',
] as const

interface Tracked {
  readonly id?: string
  readonly name?: string
  readonly location?: string
  readonly tags?: Record<string, string>
}

/** What an account has beside machines. Throws AppError. */
export async function resourcesOf(
  account: AzureAccount,
  subscription: string,
  kind: CloudResourceKind,
  search: string,
  options: CallOptions,
): Promise<readonly CloudResource[]> {
  const compute = await account.compute(subscription)
  const network = await account.network(subscription)
  const abort = abortOf(options)
  const found = async (): Promise<readonly CloudResource[]> => {
    switch (kind) {
      case 'image':
        return [
          ...(await imagesOfGalleries(compute, options).catch(noneWhereNotOffered)).map(galleryImageOf),
          ...(await allOf<Image>(compute.images.list(abort), options)).map(imageOf),
          ...VENDOR_IMAGES.map(vendorImageOf),
        ]
      case 'disk':
        return (await allOf<Disk>(compute.disks.list(abort), options)).map(diskOf)
      case 'snapshot':
        return (await allOf<Snapshot>(compute.snapshots.list(abort), options)).map(snapshotOf)
      case 'address':
        return (await allOf<PublicIPAddress>(network.publicIPAddresses.listAll(abort), options)).map(addressOf)
      case 'network':
        return (await allOf<VirtualNetwork>(network.virtualNetworks.listAll(abort), options)).map(networkOf)
      case 'subnet':
        return (await allOf<VirtualNetwork>(network.virtualNetworks.listAll(abort), options)).flatMap(subnetsOf)
      case 'firewall':
        return (await allOf<NetworkSecurityGroup>(network.networkSecurityGroups.listAll(abort), options)).map(firewallOf)
      case 'key':
        return (await allOf<SshPublicKeyResource>(compute.sshPublicKeys.listBySubscription(abort), options)).map((key) => base('key', key))
      // numbers, the same in every region that has any
      case 'zone':
        return []
      default:
        return kind satisfies never
    }
  }
  const words = search.toLowerCase().split(/\s+/)
  return (await found()).filter(({ name, id }) => words.every((word) => `${name} ${id}`.toLowerCase().includes(word)))
}

function base(kind: CloudResourceKind, of: Tracked, more: Partial<CloudResource> = {}): CloudResource {
  return {
    kind,
    id: of.id ?? '',
    name: of.name ?? '',
    region: of.location ?? null,
    zone: null,
    state: null,
    sizeBytes: null,
    createdAtMs: null,
    usedBy: [],
    tags: tagsOf(of.tags),
    properties: [],
    ...more,
  }
}

function imageOf(image: Image): CloudResource {
  const os = image.storageProfile?.osDisk?.osType
  return base('image', image, { state: image.provisioningState ?? null, properties: pairs({ os }) })
}

function galleryImageOf({ gallery, image, state }: Awaited<ReturnType<typeof imagesOfGalleries>>[number]): CloudResource {
  const { osType: os, osState: kind, architecture, hyperVGeneration: generation } = image
  return base('image', image, { state, properties: pairs({ gallery, os, kind, architecture, generation }) })
}

/** Who may not see galleries still sees the other images. */
function noneWhereNotOffered(thrown: unknown): [] {
  if (isNotOffered(thrown)) return []
  throw thrown
}

function vendorImageOf(urn: string): CloudResource {
  const [publisher, offer, sku, version] = urn.split(':')
  const os = publisher === 'MicrosoftWindowsServer' ? 'Windows' : 'Linux'
  return base('image', { id: urn, name: `${offer} ${sku}` }, { properties: pairs({ os, publisher, offer, sku, version }) })
}

function diskOf(disk: Disk): CloudResource {
  return base('disk', disk, {
    zone: disk.zones?.[0] ?? null,
    state: disk.diskState ?? null,
    sizeBytes: bytesOf(disk),
    createdAtMs: disk.timeCreated?.getTime() ?? null,
    usedBy: disk.managedBy === undefined ? [] : [refOf(disk.managedBy)],
    properties: pairs({ type: disk.sku?.name, os: disk.osType }),
  })
}

function snapshotOf(snapshot: Snapshot): CloudResource {
  return base('snapshot', snapshot, {
    state: snapshot.provisioningState ?? null,
    sizeBytes: bytesOf(snapshot),
    createdAtMs: snapshot.timeCreated?.getTime() ?? null,
    properties: pairs({ source: snapshot.creationData?.sourceResourceId, type: snapshot.sku?.name }),
  })
}

function addressOf(address: PublicIPAddress): CloudResource {
  const { ipConfiguration } = address
  return base('address', address, {
    zone: address.zones?.[0] ?? null,
    state: ipConfiguration === undefined ? 'free' : 'used',
    properties: pairs({
      address: address.ipAddress,
      allocation: address.publicIPAllocationMethod,
      card: ipConfiguration?.id === undefined ? undefined : ownerOf(ipConfiguration.id),
    }),
  })
}

function networkOf(network: VirtualNetwork): CloudResource {
  return base('network', network, {
    state: network.provisioningState ?? null,
    properties: (network.addressSpace?.addressPrefixes ?? []).map((value) => ({ key: 'cidr', value })),
  })
}

function subnetsOf({ location, name = '', subnets = [] }: VirtualNetwork): CloudResource[] {
  return subnets.map((subnet) => {
    const prefixes = subnet.addressPrefixes ?? (subnet.addressPrefix === undefined ? [] : [subnet.addressPrefix])
    const of = { id: subnet.id ?? '', name: `${name}/${subnet.name ?? ''}`, ...(location !== undefined && { location }) }
    return base('subnet', of, { properties: prefixes.map((value) => ({ key: 'cidr', value })) })
  })
}

function firewallOf(group: NetworkSecurityGroup): CloudResource {
  return base('firewall', group, {
    properties: (group.securityRules ?? []).map(
      ({ name = '', access, direction, protocol, sourceAddressPrefix, destinationPortRange }) => ({
        key: name,
        value: [direction, access, protocol, sourceAddressPrefix, destinationPortRange].filter((part) => part !== undefined).join(' '),
      }),
    ),
  })
}

function pairs(of: Readonly<Record<string, string | undefined>>): CloudResource['properties'] {
  return Object.entries(of).flatMap(([key, value]) => (value === undefined || value === '' ? [] : [{ key, value }]))
}
