import type { InstanceTypeInfo } from '@aws-sdk/client-ec2'
import type { MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions, ImportDisk, ImportedMachine } from '../../provider.ts'
import { GIB } from '../disks.ts'
import { filter } from '../resource.ts'
import { spared } from '../spared.ts'
import { MOST_DISKS } from './assemble.ts'
import type { DiskImageParts } from './parts.ts'
import { finding, permissionFindings } from './say.ts'

export interface ImportQuestion {
  readonly region: string
  readonly machine: Omit<ImportedMachine, 'disks'>
  /** None is larger than the largest that is taken. */
  readonly disks: readonly ImportDisk[]
}

const OF_EC2 = [
  'ec2:DescribeSnapshots',
  'ec2:DescribeImages',
  'ec2:RegisterImage',
  'ec2:RunInstances',
  'ec2:DeregisterImage',
  'ec2:DeleteSnapshot',
  'ec2:CreateTags',
]
const OF_EBS = ['ebs:StartSnapshot', 'ebs:PutSnapshotBlock', 'ebs:CompleteSnapshot']
/** The key that AWS keeps for each account, which whoever may use EBS may use. */
const AWS_KEY = /^alias\/aws\/ebs$|:alias\/aws\/ebs$/
/** What a boot sector's table of partitions reaches. */
const MOST_BIOS_BYTES = 2_048 * GIB

/** What stands in the way of disks into EBS and of a machine of them. Only asks, and dry runs. */
export async function checkImport(parts: DiskImageParts, question: ImportQuestion, options: CallOptions): Promise<MigrationFinding[]> {
  const { region, machine } = question
  const [permissions, type, network, encryption] = await Promise.all([
    permissionFindings(parts, region, OF_EC2, OF_EBS, options),
    typeFindings(parts, question, options),
    networkFindings(parts, question, options),
    encryptionFindings(parts, region, options),
  ])
  return [...permissions, ...type, ...diskFindings(question), ...encryption, ...network, ...(machine.isWindows ? [licence()] : [])]
}

async function typeFindings(
  { calls }: DiskImageParts,
  { region, machine }: ImportQuestion,
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const { type } = machine.spec
  const answer = await spared(
    calls.ec2({ region, permission: 'ec2:DescribeInstanceTypes', options }, (client, sdk, sending) =>
      client.send(new sdk.DescribeInstanceTypesCommand({ Filters: [filter('instance-type', type)] }), sending),
    ),
  )
  // without the permission nothing is known of it
  if (!answer)
    return [
      finding('machine-type', 'unknown', 'type-unknown', 'The types of {region} may not be read: whether {type} fits is seen in the end.', {
        type,
        region,
      }),
    ]
  const [info] = answer.InstanceTypes ?? []
  if (!info) return [finding('machine-type', 'blocks', 'no-type', '{region} has no type {type}. Choose another.', { type, region })]
  const found = [...archFindings(info, type), ...bootFindings(info, type, machine.isUefi)]
  return found.length > 0 ? found : [finding('machine-type', 'passed', 'type-fits', '{type} starts such a machine', { type })]
}

function archFindings({ ProcessorInfo }: InstanceTypeInfo, type: string): MigrationFinding[] {
  const archs: readonly string[] = ProcessorInfo?.SupportedArchitectures ?? []
  if (archs.length === 0 || archs.includes('x86_64')) return []
  const text = '{type} is {arch}: a guest that was made for x86 does not start there. Choose another type unless it was made for that.'
  return [finding('cpu', 'warns', 'arch', text, { type, arch: archs.join(', ') })]
}

function bootFindings({ SupportedBootModes }: InstanceTypeInfo, type: string, isUefi: boolean): MigrationFinding[] {
  const modes: readonly string[] = SupportedBootModes ?? []
  const wanted = isUefi ? 'uefi' : 'legacy-bios'
  if (modes.length === 0 || modes.includes(wanted)) return []
  const text = 'The machine starts by {mode}, and {type} only by {modes}. Choose another type.'
  return [finding('firmware', 'blocks', 'boot-mode', text, { type, mode: isUefi ? 'UEFI' : 'BIOS', modes: modes.join(', ') })]
}

function diskFindings({ disks, machine }: ImportQuestion): MigrationFinding[] {
  const all = disks.flatMap((disk) => [sizeFinding(disk), ...(machine.isUefi ? [] : biosFindings(disk))])
  if (disks.length <= MOST_DISKS) return all
  const text = 'An image of AWS takes {most} disks here; these are {count}. Leave some out, and attach them afterwards.'
  return [...all, finding('disks', 'blocks', 'too-many-disks', text, { count: String(disks.length), most: String(MOST_DISKS) })]
}

function sizeFinding({ target, sizeBytes }: ImportDisk): MigrationFinding {
  const gib = Math.max(1, Math.ceil(sizeBytes / GIB))
  const text = 'The disk {target} becomes a volume of {gib} GiB: volumes have whole GiB'
  return finding('disks', 'passed', 'disk-size', text, { target, gib: String(gib) }, `${sizeBytes} bytes`)
}

function biosFindings({ target, sizeBytes, isBoot }: ImportDisk): MigrationFinding[] {
  if (!isBoot || sizeBytes <= MOST_BIOS_BYTES) return []
  const text =
    'The disk {target} is larger than 2 TiB, and AWS starts by BIOS from no such disk unless it has a GPT. Look at its partitions.'
  return [finding('disks', 'warns', 'bios-boot', text, { target })]
}

async function encryptionFindings({ calls }: DiskImageParts, region: string, options: CallOptions): Promise<MigrationFinding[]> {
  const answer = await spared(
    calls.ec2({ region, permission: 'ec2:GetEbsEncryptionByDefault', options }, (client, sdk, sending) =>
      client.send(new sdk.GetEbsEncryptionByDefaultCommand({}), sending),
    ),
  )
  if (!answer)
    return [finding('disks', 'unknown', 'encryption-unknown', 'Whether disks of {region} are encrypted may not be read', { region })]
  if (!answer.EbsEncryptionByDefault) {
    return [
      finding('disks', 'passed', 'not-encrypted', '{region} encrypts disks only where that is asked for; these will not be', { region }),
    ]
  }
  const named = await spared(
    calls.ec2({ region, permission: 'ec2:GetEbsDefaultKmsKeyId', options }, (client, sdk, sending) =>
      client.send(new sdk.GetEbsDefaultKmsKeyIdCommand({}), sending),
    ),
  )
  const key = named?.KmsKeyId ?? '?'
  if (AWS_KEY.test(key))
    return [finding('disks', 'passed', 'encrypted', 'The disks will be encrypted with the key of AWS, as {region} has it', { region })]
  const text =
    'The disks will be encrypted with {key}. Whether the role may use it (kms:GenerateDataKeyWithoutPlaintext, Decrypt, CreateGrant) is seen with the first block.'
  return [finding('disks', 'unknown', 'encrypted-by-key', text, { key })]
}

async function networkFindings(
  { calls }: DiskImageParts,
  { region, machine }: ImportQuestion,
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const { subnetId, groupIds, keyName } = machine.spec
  const subnets =
    subnetId === null
      ? null
      : await spared(
          calls.ec2({ region, permission: 'ec2:DescribeSubnets', options }, (client, sdk, sending) =>
            client.send(new sdk.DescribeSubnetsCommand({ Filters: [filter('subnet-id', subnetId)] }), sending),
          ),
        )
  const groups =
    groupIds.length === 0
      ? null
      : await spared(
          calls.ec2({ region, permission: 'ec2:DescribeSecurityGroups', options }, (client, sdk, sending) =>
            client.send(new sdk.DescribeSecurityGroupsCommand({ Filters: [filter('group-id', ...groupIds)] }), sending),
          ),
        )
  const keys =
    keyName === null
      ? null
      : await spared(
          calls.ec2({ region, permission: 'ec2:DescribeKeyPairs', options }, (client, sdk, sending) =>
            client.send(new sdk.DescribeKeyPairsCommand({ Filters: [filter('key-name', keyName)] }), sending),
          ),
        )
  const known = groups?.SecurityGroups?.map(({ GroupId }) => GroupId)
  const goneGroups = known ? groupIds.filter((id) => !known.includes(id)) : []
  return [
    ...(subnetId !== null && subnets?.Subnets?.length === 0
      ? [finding('networks', 'blocks', 'no-subnet', 'The subnet {subnet} is not there any more. Choose another.', { subnet: subnetId })]
      : []),
    ...goneGroups.map((group) =>
      finding('networks', 'blocks', 'no-group', 'The security group {group} is not there any more. Choose another.', { group }),
    ),
    ...(keyName !== null && keys?.KeyPairs?.length === 0
      ? [finding('options', 'blocks', 'no-key', 'The key pair {key} is not there any more. Choose another.', { key: keyName })]
      : []),
  ]
}

function licence(): MigrationFinding {
  const text =
    'Windows starts with a licence of your own, which AWS allows on dedicated hosts alone. VM Import, by the plan’s commands, gives it one of AWS.'
  return finding('options', 'warns', 'windows-licence', text)
}
