import type { MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions } from '../../provider.ts'
import { partsOf } from '../facts.ts'
import { everyPage, filter } from '../resource.ts'
import { spared } from '../spared.ts'
import type { DiskImageParts } from './parts.ts'
import { finding, permissionFindings } from './say.ts'

const OF_EC2 = ['ec2:DescribeSnapshots', 'ec2:CreateSnapshot', 'ec2:DeleteSnapshot', 'ec2:CreateTags']
const OF_EBS = ['ebs:ListSnapshotBlocks', 'ebs:GetSnapshotBlock']

/** What stands in the way of disks out of EBS. Only asks, and dry runs. */
export async function checkExport(
  parts: DiskImageParts,
  machineRef: string,
  diskIds: readonly string[],
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const { region } = partsOf(machineRef)
  const [permissions, disks, licences] = await Promise.all([
    permissionFindings(parts, region, OF_EC2, OF_EBS, options),
    diskFindings(parts, region, diskIds, options),
    licenceFindings(parts, machineRef),
  ])
  return [...permissions, ...disks, ...licences]
}

async function diskFindings(
  { calls }: DiskImageParts,
  region: string,
  diskIds: readonly string[],
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const volumes = await spared(
    everyPage(async (token) => {
      const page = await calls.ec2({ region, permission: 'ec2:DescribeVolumes', options }, (client, sdk, sending) =>
        client.send(new sdk.DescribeVolumesCommand({ ...token, Filters: [filter('volume-id', ...diskIds)] }), sending),
      )
      return { items: page.Volumes, NextToken: page.NextToken }
    }),
  )
  if (!volumes) return [finding('disks', 'unknown', 'disks-unknown', 'The disks of {region} may not be looked at', { region })]
  return diskIds.flatMap((disk) => {
    const volume = volumes.find(({ VolumeId }) => VolumeId === disk)
    if (!volume)
      return [finding('disks', 'blocks', 'no-disk', 'The disk {disk} is not there any more. Look at the machine again.', { disk })]
    if (!volume.Encrypted) return [finding('disks', 'passed', 'disk-readable', 'The disk {disk} is not encrypted', { disk })]
    const text = 'The disk {disk} is encrypted. Whether the role may use its key (kms:Decrypt) is seen with the first block.'
    return [finding('disks', 'unknown', 'disk-encrypted', text, { disk }, volume.KmsKeyId ?? null)]
  })
}

/** What was bought in the marketplace is licensed there alone. */
async function licenceFindings({ machines }: DiskImageParts, machineRef: string): Promise<MigrationFinding[]> {
  const { ProductCodes } = await machines.raw(machineRef)
  const bought = (ProductCodes ?? []).filter(({ ProductCodeType }) => ProductCodeType === 'marketplace')
  return bought.map(({ ProductCodeId: product = '' }) =>
    finding(
      'options',
      'warns',
      'marketplace',
      'It was bought in AWS’s marketplace ({product}): its licence may not be good elsewhere, and AWS may refuse to give its disks out.',
      { product },
    ),
  )
}
