import type { Disk, VirtualMachine } from '@azure/arm-compute'
import type { MigrationFinding } from '../../../../shared/model/index.ts'
import { problems } from '../../cloud/index.ts'
import type { CallOptions } from '../../provider.ts'
import { abortOf, orNull } from '../account.ts'
import { idOf, lastPartOf, subscriptionOf } from '../ids.ts'
import { finding, permissionFinding } from './finding.ts'
import type { ImagesWay } from './way.ts'

const ACTIONS = [
  'Microsoft.Compute/disks/read',
  // Azure asks for it of who copies a disk
  'Microsoft.Compute/disks/beginGetAccess/action',
  'Microsoft.Compute/snapshots/read',
  'Microsoft.Compute/snapshots/write',
  'Microsoft.Compute/snapshots/delete',
  'Microsoft.Compute/snapshots/beginGetAccess/action',
  'Microsoft.Compute/snapshots/endGetAccess/action',
] as const

/** What stands in the way of reading these disks of a machine. Only reads. Throws AppError; `not-found` machine.not-found. */
export async function exportFindings(
  { account, inventory }: ImagesWay,
  machineRef: string,
  diskIds: readonly string[],
  options: CallOptions,
): Promise<readonly MigrationFinding[]> {
  const [found, permissions, disks] = await Promise.all([
    inventory.model(machineRef, options),
    permissionFinding(account, subscriptionOf(machineRef), ACTIONS, options),
    Promise.all(
      diskIds.map(async (id) => {
        const { subscription, group, name } = idOf(id)
        const compute = await account.compute(subscription)
        return { id, disk: await orNull(compute.disks.get(group, name, abortOf(options))) }
      }),
    ),
  ])
  if (found === null) throw problems.machineNotFound()
  return [permissions, ...machineFindings(found.vm), ...disks.flatMap(({ id, disk }) => diskFindings(disk?.name ?? lastPartOf(id), disk))]
}

function machineFindings({ plan, securityProfile }: VirtualMachine): MigrationFinding[] {
  const findings: MigrationFinding[] = []
  if (plan?.name !== undefined) {
    const text = 'It was made from an image of the marketplace ({plan}), whose licence may not hold outside of Azure. Look it up.'
    findings.push(finding('options', 'warns', 'disk-plan', text, { plan: [plan.publisher, plan.product, plan.name].join(' / ') }))
  }
  if (securityProfile?.securityType === 'TrustedLaunch') {
    const text =
      'It has Secure Boot and a TPM of Azure’s. What the TPM keeps stays there: have the recovery keys of encrypted disks at hand.'
    findings.push(finding('tpm', 'warns', 'disk-trusted-launch', text))
  }
  return findings
}

function diskFindings(disk: string, found: Disk | null): MigrationFinding[] {
  const say = (severity: MigrationFinding['severity'], code: string, text: string) => finding('disks', severity, code, text, { disk }, disk)
  if (found === null) return [say('blocks', 'disk-gone', 'There is no disk {disk} any more.')]
  const { networkAccessPolicy, publicNetworkAccess, dataAccessAuthMode, encryptionSettingsCollection, securityProfile } = found
  const findings: MigrationFinding[] = []
  if (networkAccessPolicy === 'DenyAll') {
    const text = 'The network access of the disk {disk} is “deny all”: it cannot be read from anywhere. Allow it in Azure first.'
    findings.push(say('blocks', 'disk-deny-all', text))
  } else if (networkAccessPolicy === 'AllowPrivate' || publicNetworkAccess === 'Disabled') {
    const text = 'The disk {disk} can be read through a private endpoint alone. This computer has to be in its network.'
    findings.push(say('warns', 'disk-private', text))
  }
  if (dataAccessAuthMode === 'AzureActiveDirectory') {
    const text =
      'The disk {disk} wants a login of Entra ID beside its link, and this console sends its token to Resource Manager alone. Set its data access authentication to “none”.'
    findings.push(say('blocks', 'disk-login', text))
  }
  if (encryptionSettingsCollection?.enabled === true) {
    const text =
      'The disk {disk} is encrypted by the guest (Azure Disk Encryption), and its keys stay in Azure. Switch that off and wait until it is decrypted.'
    findings.push(say('blocks', 'disk-encrypted', text))
  }
  if (securityProfile?.securityType?.startsWith('ConfidentialVM') === true) {
    findings.push(say('blocks', 'disk-confidential', 'The disk {disk} is one of a confidential machine: it starts nowhere else.'))
  }
  if (found.creationData?.logicalSectorSize === 4_096) {
    const text =
      'The disk {disk} has sectors of 4,096 bytes. A disk of 512 does not read its partitions: give it the same size at the target.'
    findings.push(say('warns', 'disk-sectors', text))
  }
  return findings.length > 0 ? findings : [say('passed', 'disk-readable', 'The disk {disk} can be read')]
}
