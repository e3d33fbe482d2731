import { isAppError } from '../../../../shared/errors/index.ts'
import type { MigrationFinding } from '../../../../shared/model/index.ts'
import type { CallOptions, ImportDisk, ImportedMachine } from '../../provider.ts'
import { abortOf, orNull } from '../account.ts'
import type { Ground } from '../create.ts'
import { finding, permissionFinding } from './finding.ts'
import type { ImagesWay } from './way.ts'

const GIB = 1024 ** 3
/** Of a disk of the system. */
const MOST_BOOT_BYTES = 4_095 * GIB

const ACTIONS = [
  'Microsoft.Compute/disks/read',
  'Microsoft.Compute/disks/write',
  'Microsoft.Compute/disks/delete',
  'Microsoft.Compute/disks/beginGetAccess/action',
  'Microsoft.Compute/disks/endGetAccess/action',
  'Microsoft.Compute/virtualMachines/read',
  'Microsoft.Compute/virtualMachines/write',
  'Microsoft.Network/networkInterfaces/write',
  'Microsoft.Network/networkInterfaces/join/action',
  'Microsoft.Network/virtualNetworks/subnets/join/action',
] as const
const FOR_ADDRESS = ['Microsoft.Network/publicIPAddresses/write', 'Microsoft.Network/publicIPAddresses/join/action'] as const
const FOR_GROUP = ['Microsoft.Network/networkSecurityGroups/join/action'] as const

export interface ImportCase {
  readonly subscription: string
  readonly machine: Omit<ImportedMachine, 'disks'>
  readonly disks: readonly ImportDisk[]
  readonly mostBytes: number
}

/** What stands in the way of a machine of these disks. Only reads. Throws AppError. */
export async function importFindings(way: ImagesWay, one: ImportCase, options: CallOptions): Promise<readonly MigrationFinding[]> {
  const { subscription, machine } = one
  const { publicAddress, groupIds, subnetId } = machine.spec
  const actions = [...ACTIONS, ...(publicAddress ? FOR_ADDRESS : []), ...(groupIds.length > 0 ? FOR_GROUP : [])]
  const [permissions, ground] = await Promise.all([
    permissionFinding(way.account, subscription, actions, options),
    groundOf(way, subscription, subnetId, options),
  ])
  const findings = [permissions, ...diskFindings(one), ...firmwareFindings(machine)]
  if (ground === null) {
    return [
      ...findings,
      finding(
        'networks',
        'blocks',
        'disk-subnet',
        'Choose a subnet: Azure has no default one. It also decides about region and resource group.',
      ),
    ]
  }
  const [name, type] = await Promise.all([nameFindings(way, ground, machine, options), typeFindings(way, ground, one, options)])
  return [...findings, ...name, ...type]
}

async function groundOf(way: ImagesWay, subscription: string, subnetId: string | null, options: CallOptions): Promise<Ground | null> {
  try {
    return await way.creation.ground(subscription, subnetId, options)
  } catch (thrown) {
    if (isAppError(thrown) && thrown.kind === 'invalid-input') return null
    throw thrown
  }
}

function diskFindings({ disks, mostBytes }: ImportCase): MigrationFinding[] {
  return disks.flatMap(({ target, sizeBytes, isBoot }) => {
    const most = isBoot ? MOST_BOOT_BYTES : mostBytes
    if (sizeBytes <= most) return []
    const params = { target, size: gib(sizeBytes), most: gib(most) }
    return [
      finding(
        'disks',
        'blocks',
        'disk-too-large',
        'The disk {target} has {size} GiB; Azure takes {most} GiB of it at most.',
        params,
        target,
      ),
    ]
  })
}

function firmwareFindings({ isUefi }: Omit<ImportedMachine, 'disks'>): MigrationFinding[] {
  if (!isUefi) return []
  const text = 'The machine is made without Secure Boot and without a TPM. What is sealed to a TPM (BitLocker) needs its recovery key.'
  return [finding('tpm', 'warns', 'disk-no-trusted-launch', text)]
}

async function nameFindings(
  { account }: ImagesWay,
  { subscription, group }: Ground,
  { spec: { name } }: Omit<ImportedMachine, 'disks'>,
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const { virtualMachines } = await account.compute(subscription)
  if ((await orNull(virtualMachines.get(group, name, abortOf(options)))) === null) return []
  return [
    finding('name', 'blocks', 'machine-name-taken', 'The resource group {group} has a machine named {name} already.', { group, name }),
  ]
}

async function typeFindings(
  { inventory: { types } }: ImagesWay,
  { subscription, location }: Ground,
  { machine: { spec, isUefi }, disks }: ImportCase,
  options: CallOptions,
): Promise<MigrationFinding[]> {
  const { type } = spec
  const params = { type, region: location }
  const all = await types.of(subscription, location, options).catch((thrown: unknown) => {
    if (isAppError(thrown) && thrown.kind === 'forbidden') return null
    throw thrown
  })
  if (all === null) {
    const text = 'The types of {region} may not be read: whether {type} takes such a machine is seen in the end.'
    return [finding('machine-type', 'unknown', 'type-unread', text, params)]
  }
  const known = all.get(type.toLowerCase())
  if (known === undefined) {
    return [finding('machine-type', 'blocks', 'type-unknown', '{region} has no machines of the type {type}. Choose another.', params)]
  }
  if (known.reason !== null) {
    return [
      finding('machine-type', 'blocks', 'type-not-offered', '{region} does not offer {type} to this subscription. Choose another.', params),
    ]
  }
  const { generations = [], dataDisks = null } = types.traits(subscription, location, type) ?? {}
  const needed = isUefi ? 'V2' : 'V1'
  const found: MigrationFinding[] = []
  if (known.arch === 'aarch64') {
    found.push(finding('machine-type', 'warns', 'type-arm', '{type} has Arm processors: a system for x86 does not start on it.', params))
  }
  if (generations.length > 0 && !generations.includes(needed)) {
    const firmware = isUefi ? 'UEFI' : 'BIOS'
    const text = 'Machines of the type {type} do not start from {firmware}, as this one does. Choose another type.'
    found.push(finding('firmware', 'blocks', 'type-generation', text, { type, firmware }))
  }
  const count = disks.filter(({ isBoot }) => !isBoot).length
  if (dataDisks !== null && count > dataDisks) {
    const text = 'The type {type} takes {most} disks beside that of the system, and there are {count}.'
    found.push(finding('disks', 'blocks', 'too-many-disks', text, { type, most: String(dataDisks), count: String(count) }))
  }
  return found.length > 0 ? found : [finding('machine-type', 'passed', 'type-fits', '{type} is offered in {region}', params)]
}

function gib(bytes: number): string {
  return String(Math.ceil(bytes / GIB))
}
