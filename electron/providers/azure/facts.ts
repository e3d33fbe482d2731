import type { Disk, VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute'
import { type CloudFacts, type MachineState, type MachineType, tagOf } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { MachineFacts } from '../provider.ts'
import type { Card } from './cards.ts'
import { lastPartOf, refOf, subscriptionOf } from './ids.ts'

const GIB = 1024 ** 3

/** By `PowerState/…`. */
const STATES: Readonly<Record<string, { readonly state: MachineState; readonly billing: CloudFacts['billing'] }>> = {
  creating: { state: 'starting', billing: 'storage' },
  starting: { state: 'starting', billing: 'compute' },
  running: { state: 'running', billing: 'compute' },
  stopping: { state: 'stopping', billing: 'compute' },
  // powered off and still allocated: Azure charges for it as if it ran
  stopped: { state: 'stopped', billing: 'compute' },
  deallocating: { state: 'stopping', billing: 'storage' },
  deallocated: { state: 'stopped', billing: 'storage' },
}

/** What is known of a machine beside its own model. */
export interface Surroundings {
  readonly type: MachineType | undefined
  readonly cards: readonly Card[]
  /** Null: it could not be found out. */
  readonly isLocked: boolean | null
  /** When it was started, as far as this console saw it; null: before that. */
  readonly startedAtMs: number | null
  /** What its agent told last. */
  readonly osName: string | null
  /** By the disk's reference: what the model itself leaves out when the machine is deallocated. */
  readonly diskBytes: ReadonlyMap<string, number>
}

/** A machine as Azure tells of it. `view`: undefined when Azure did not tell. */
export function seenOf(vm: VirtualMachine, view: VirtualMachineInstanceView | undefined, around: Surroundings): SeenMachine {
  const id = vm.id ?? ''
  const { startedAtMs } = around
  return { ref: refOf(id), facts: factsOf(vm, view, around, id), life: startedAtMs === null ? null : String(startedAtMs) }
}

function factsOf(vm: VirtualMachine, view: VirtualMachineInstanceView | undefined, around: Surroundings, id: string): MachineFacts {
  const { cards, type } = around
  const { state, native, billing } = stateOf(vm, view)
  const memoryKiB = type?.memoryKiB ?? 0
  return {
    hostRef: subscriptionOf(id),
    networkRefs: [...new Set(cards.flatMap(({ networkRefs }) => networkRefs))],
    name: vm.name ?? lastPartOf(id),
    state,
    nativeState: native,
    title: null,
    description: null,
    tags: tagsOf(vm.tags),
    notes: null,
    vcpus: type?.vcpus ?? 0,
    memoryKiB,
    maxMemoryKiB: memoryKiB,
    os: around.osName ?? osOf(vm),
    addresses: cards.flatMap(({ publicAddresses, privateAddresses }) => [...publicAddresses, ...privateAddresses]),
    autostart: null,
    persistent: true,
    hasManagedSave: state === 'saved',
    agent: null,
    startedAtMs: around.startedAtMs,
    template: null,
    cloud: cloudOf(vm, around, billing, refOf(id)),
    attention: attentionOf(vm, view),
    metrics: null,
  }
}

function cloudOf(
  vm: VirtualMachine,
  { cards, type, isLocked, diskBytes }: Surroundings,
  billing: CloudFacts['billing'],
  id: string,
): CloudFacts {
  const { osType } = vm.storageProfile?.osDisk ?? {}
  const groups = new Map(cards.flatMap(({ groupId }) => (groupId === null ? [] : [[refOf(groupId), lastPartOf(groupId)] as const])))
  const image = vm.storageProfile?.imageReference
  const imageId = image?.id ?? [image?.publisher, image?.offer, image?.sku, image?.exactVersion ?? image?.version].join(':')
  return {
    id,
    type: vm.hardwareProfile?.vmSize ?? null,
    region: vm.location,
    zone: vm.zones?.[0] ?? null,
    arch: type?.arch ?? null,
    platform: osType === 'Windows' ? 'windows' : osType === 'Linux' ? 'linux' : null,
    image: image == null ? null : { id: imageId, name: image.offer ?? (image.id === undefined ? null : lastPartOf(image.id)) },
    purchase: purchaseOf(vm),
    billing,
    stopBills: true,
    hibernates: vm.additionalCapabilities?.hibernationEnabled === true,
    isProtected: isLocked,
    createdAtMs: vm.timeCreated?.getTime() ?? null,
    keyName: null,
    groups: [...groups].map(([ref, name]) => ({ id: ref, name })),
    disks: disksOf(vm, diskBytes),
    publicAddresses: cards.flatMap(({ publicAddresses }) => publicAddresses),
  }
}

/** Reserved capacity is told of each machine; reservations and savings plans that lower the bill are the account's, and are not. */
function purchaseOf({ priority, capacityReservation }: VirtualMachine): CloudFacts['purchase'] {
  if (priority === 'Spot' || priority === 'Low') return 'spot'
  return capacityReservation?.capacityReservationGroup?.id ? 'reserved' : 'on-demand'
}

interface AttachedDisk {
  readonly name?: string
  readonly diskSizeGB?: number
  readonly managedDisk?: { readonly id?: string; readonly storageAccountType?: string }
  readonly vhd?: { readonly uri?: string }
}

function disksOf(vm: VirtualMachine, diskBytes: Surroundings['diskBytes']): CloudFacts['disks'] {
  const { osDisk, dataDisks } = vm.storageProfile ?? {}
  const one = (disk: AttachedDisk, boot: boolean) => {
    const id = disk.managedDisk?.id ?? disk.vhd?.uri ?? disk.name ?? ''
    // of a disk that was grown the machine's own model may still tell the old size
    const sizes = [disk.diskSizeGB === undefined ? 0 : disk.diskSizeGB * GIB, diskBytes.get(refOf(id)) ?? 0]
    const sizeBytes = Math.max(...sizes)
    return {
      id: refOf(id),
      name: disk.name ?? lastPartOf(id),
      sizeBytes: sizeBytes === 0 ? null : sizeBytes,
      type: disk.managedDisk?.storageAccountType ?? null,
      boot,
    }
  }
  return [...(osDisk ? [one(osDisk, true)] : []), ...(dataDisks ?? []).map((disk) => one(disk, false))]
}

/** The normalised state, Azure's own words for it, and what is charged in it. */
export function stateOf(
  vm: VirtualMachine,
  view: VirtualMachineInstanceView | undefined,
): { readonly state: MachineState; readonly native: string; readonly billing: CloudFacts['billing'] } {
  const power = statusOf(view, 'PowerState/')
  const provisioning = vm.provisioningState?.toLowerCase()
  const known = power === undefined ? undefined : STATES[power.toLowerCase()]
  const native = [
    power ?? 'power state not told',
    ...(provisioning === undefined || provisioning === 'succeeded' ? [] : [provisioning]),
  ].join(', ')
  if (provisioning === 'deleting') return { state: 'stopping', native, billing: known?.billing ?? null }
  if (known?.state === 'stopped' && statusOf(view, 'HibernationState/')?.toLowerCase() === 'hibernated') {
    return { ...known, state: 'saved', native: `hibernated, ${native}` }
  }
  if (known) return { ...known, native }
  return { state: provisioning === 'creating' ? 'starting' : 'unknown', native, billing: null }
}

/** The rest of the first status whose code begins so. */
export function statusOf(view: VirtualMachineInstanceView | undefined, prefix: string): string | undefined {
  const code = view?.statuses?.find((status) => status.code?.startsWith(prefix) === true)?.code
  return code?.slice(prefix.length)
}

function attentionOf(vm: VirtualMachine, view: VirtualMachineInstanceView | undefined): MachineFacts['attention'] {
  if (vm.provisioningState?.toLowerCase() !== 'failed') return null
  const status = view?.statuses?.find(({ code = '' }) => code.toLowerCase().startsWith('provisioningstate/failed'))
  const native = status?.code?.split('/')[2]
  const why = [native, status?.message].filter((part) => part !== undefined && part !== '').join(': ')
  return { code: 'azure.operation-failed', text: `The last operation in Azure failed${why === '' ? '.' : `: ${why}`}` }
}

function osOf({ storageProfile }: VirtualMachine): string | null {
  const { imageReference, osDisk } = storageProfile ?? {}
  if (imageReference?.offer !== undefined) return [imageReference.offer, imageReference.sku].filter((part) => part !== undefined).join(' ')
  return osDisk?.osType ?? null
}

/** In the order of their keys, so that two looks tell the same. */
export function tagsOf(tags: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(tags ?? {})
    .map(([key, value]) => tagOf(key, value))
    .toSorted()
}

export function bytesOf(disk: Pick<Disk, 'diskSizeGB' | 'diskSizeBytes'>): number | null {
  return disk.diskSizeBytes ?? (disk.diskSizeGB === undefined ? null : disk.diskSizeGB * GIB)
}
