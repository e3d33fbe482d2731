import type { Image } from '@aws-sdk/client-ec2'
import type { CloudResource } from '../../../shared/model/index.ts'
import type { CallOptions } from '../provider.ts'
import type { AwsCalls } from './calls.ts'
import { everyPage, filter, nameOf, properties, resource } from './resource.ts'

const GIB = 1_073_741_824
/** Accounts of those who make the systems: Amazon, Canonical, Debian, Red Hat, SUSE, Rocky, AlmaLinux. */
const VENDORS = ['amazon', '099720109477', '136693071363', '309956199498', '013907871322', '792107900819', '764336703387'] as const
/** Names of theirs that are offered unasked. */
const USUAL = [
  'al2023-ami-2023.*',
  'debian-13-*',
  'debian-12-*',
  'ubuntu/images/hvm-ssd*/ubuntu-noble-24.04-*-server-*',
  'RHEL-10*_HVM*',
  'Rocky-10-*',
  'AlmaLinux OS 10*',
  'Windows_Server-2025-English-Full-Base-*',
  'Windows_Server-2022-English-Full-Base-*',
] as const
const MOST = 200
const PAGE = 200

/** Own images, and those of the vendors whose names hold the words, newest first. */
export async function images(calls: AwsCalls, region: string, search: string, options: CallOptions): Promise<readonly CloudResource[]> {
  const words = search.trim()
  const pattern = `*${words.split(/\s+/).join('*')}*`
  const read = (Owners: string[], names: readonly string[]) =>
    everyPage(async (token) => {
      const Filters = [filter('state', 'available'), ...(names.length > 0 ? [filter('name', ...names)] : [])]
      const page = await calls.ec2({ region, permission: 'ec2:DescribeImages', options }, (client, sdk, sending) =>
        client.send(new sdk.DescribeImagesCommand({ ...token, Owners, Filters, MaxResults: PAGE }), sending),
      )
      return { items: page.Images, NextToken: page.NextToken }
    })
  const [own, theirs] = await Promise.all([
    read(['self'], words === '' ? [] : [pattern]),
    read([...VENDORS], words === '' ? USUAL : [pattern]),
  ])
  return [...own.toSorted(newestFirst), ...theirs.toSorted(newestFirst)].slice(0, MOST).map((image) => asResource(region, image))
}

function newestFirst(a: Image, b: Image): number {
  return (b.CreationDate ?? '').localeCompare(a.CreationDate ?? '')
}

function asResource(region: string, image: Image): CloudResource {
  const created = Date.parse(image.CreationDate ?? '')
  const sizes = (image.BlockDeviceMappings ?? []).flatMap(({ Ebs }) => Ebs?.VolumeSize ?? [])
  return resource('image', region, image.ImageId, image.Tags, {
    name: image.Name ?? nameOf(image.Tags) ?? image.ImageId ?? '',
    state: image.State ?? null,
    sizeBytes: sizes.length === 0 ? null : sizes.reduce((sum, size) => sum + size, 0) * GIB,
    createdAtMs: Number.isNaN(created) ? null : created,
    properties: properties({
      arch: image.Architecture,
      platform: image.PlatformDetails,
      owner: image.ImageOwnerAlias ?? image.OwnerId,
      description: image.Description,
      'root device': image.RootDeviceName,
    }),
  })
}
