import { createHash } from 'node:crypto'
import { type Enrolled, enrol } from '../roster.ts'
import type { AttachedDisk, AzureDisk, AzureLock, AzureNic, AzurePublicIp, AzureVm } from './parts.ts'
import { LOCATIONS, SIZES, UNKNOWN_SIZE } from './sizes.ts'

export interface FleetOptions {
  readonly machines: number
  readonly seed: number
  readonly subscriptions: number
}

export interface Fleet {
  readonly subscriptions: readonly string[]
  readonly machines: readonly AzureVm[]
  readonly locks: readonly AzureLock[]
}

/** The status list says nothing of one in so many, as Azure's own does now and then. */
const WITHHELD_EVERY = 97
const WITHHELD_FIRST = 50
const GROUPS = ['Shop', 'billing-rg', 'Search_RG', 'platform'] as const

/** Makes the fleet up: the same for the same seed. */
export function makeFleet({ machines, seed, subscriptions }: FleetOptions, nowMs: number): Fleet {
  const ids = Array.from({ length: subscriptions }, (_, index) => uuidFrom(`subscription ${seed} ${index}`))
  const enrolled = enrol({ machines, places: subscriptions, types: SIZES.length, seed })
  const made = enrolled.map((each) => makeMachine(each, ids[each.place] as string, nowMs))
  const locks = enrolled.flatMap((each) => (each.protected ? [lockOn(made[each.index] as AzureVm)] : []))
  return { subscriptions: ids, machines: made, locks }
}

export function makeMachine(enrolled: Enrolled, subscription: string, nowMs: number, where?: string): AzureVm {
  const { index } = enrolled
  const name = enrolled.name ?? `vm-${index}`
  const location = where ?? LOCATIONS[index % LOCATIONS.length] ?? LOCATIONS[0]
  const resourceGroup = GROUPS[index % GROUPS.length] as string
  const scope = `/subscriptions/${subscription}/resourceGroups/${resourceGroup}/providers`
  const id = `${scope}/Microsoft.Compute/virtualMachines/${name}`
  const base = { subscription, location }
  const nic = makeNic(index, name, scope, base, id)
  const osType = enrolled.windows ? 'Windows' : 'Linux'
  const disk = (part: string, sizeGiB: number, of: AzureDisk['osType']): AzureDisk => ({
    ...base,
    id: `${scope}/Microsoft.Compute/disks/${name}_${part}`,
    name: `${name}_${part}`,
    sku: index % 3 === 0 ? 'Standard_LRS' : 'Premium_LRS',
    osType: of,
    sizeGiB,
    owner: id,
  })
  const disks: AttachedDisk[] = [{ disk: disk('OsDisk_1', enrolled.windows ? 127 : 30, osType), lun: null, deleteOption: 'Detach' }]
  if (index % 2 === 0) disks.push({ disk: disk('data_0', 64 + (index % 4) * 64, null), lun: 0, deleteOption: 'Detach' })
  return {
    ...base,
    id,
    name,
    resourceGroup,
    zone: index % 2 === 0 ? String(1 + (index % 3)) : null,
    vmId: uuidFrom(id),
    windows: enrolled.windows,
    spot: enrolled.spot,
    reservation: !enrolled.spot && index % 6 === 4 ? `${scope}/Microsoft.Compute/capacityReservationGroups/kept` : null,
    createdAtMs: nowMs - enrolled.ageMs,
    nics: [nic],
    disks,
    size: SIZES[enrolled.type]?.name ?? UNKNOWN_SIZE,
    tags: enrolled.tags,
    power: enrolled.running ? 'running' : index % 5 === 0 ? 'stopped' : 'deallocated',
    canHibernate: index % 4 === 0,
    hibernated: false,
    provisioning: 'Succeeded',
    changedAtMs: nowMs - enrolled.ageMs,
    failure: null,
    statusWithheld: index % WITHHELD_EVERY === WITHHELD_FIRST,
    bootDiagnostics: index % 7 !== 6,
  }
}

function makeNic(
  index: number,
  name: string,
  scope: string,
  base: { readonly subscription: string; readonly location: string },
  owner: string,
): AzureNic {
  const id = `${scope}/Microsoft.Network/networkInterfaces/${name}-nic`
  const [high, low] = [Math.floor(index / 250) % 250, 4 + (index % 250)]
  const publicIp: AzurePublicIp | null =
    index % 4 === 0
      ? {
          ...base,
          id: `${scope}/Microsoft.Network/publicIPAddresses/${name}-ip`,
          name: `${name}-ip`,
          address: `198.18.${128 + (high % 100)}.${low}`,
          nicId: id,
        }
      : null
  return {
    ...base,
    id,
    name: `${name}-nic`,
    privateAddress: `10.20.${high}.${low}`,
    mac: `00-0D-3A-${[high, low, index % 256].map((part) => part.toString(16).padStart(2, '0').toUpperCase()).join('-')}`,
    subnetId: `${scope}/Microsoft.Network/virtualNetworks/${base.location}-vnet/subnets/default`,
    publicIp,
    owner,
  }
}

export function lockOn(vm: AzureVm, level: AzureLock['level'] = 'CanNotDelete'): AzureLock {
  return { id: `${vm.id}/providers/Microsoft.Authorization/locks/keep`, scope: vm.id, level }
}

/** The same for the same words. */
export function uuidFrom(words: string): string {
  const hex = createHash('sha256').update(words).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-')
}
