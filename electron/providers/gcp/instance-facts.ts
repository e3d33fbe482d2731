import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import type { CloudFacts, MachineState } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { MachineFacts } from '../provider.ts'
import { tagsOfLabels } from './labels.ts'
import { lastOf, pathOf, refOf, regionOf } from './refs.ts'
import { attentionOf, stateOf } from './states.ts'

/** What is known of a type of machine. */
export interface TypeFacts {
  readonly vcpus: number
  readonly memoryKiB: number
  readonly arch: string | null
}

const GIB = 1_073_741_824
const timeOf = (text: string | null | undefined): number | null => {
  const atMs = Date.parse(text ?? '')
  return Number.isNaN(atMs) ? null : atMs
}

/**
 * The reservation that a machine runs in, or the only one that it starts in: what it is called. Null: it takes what there is. Of a sole
 * tenant's nodes the wish for a reservation does not count.
 */
export function reservationOf({ resourceStatus, reservationAffinity, scheduling }: compute_v1.Schema$Instance): string | null {
  const consumed = lastOf(resourceStatus?.reservationConsumptionInfo?.consumedReservation)
  if (consumed !== null) return consumed
  const isBound = reservationAffinity?.consumeReservationType === 'SPECIFIC_RESERVATION' && !scheduling?.nodeAffinities?.length
  return isBound ? lastOf(reservationAffinity.values?.[0]) : null
}

/**
 * Reserved is what runs in capacity that is held for it, or does not run. Committed use lowers the account's bill, and Google does not say for
 * which machines.
 */
function purchaseOf(instance: compute_v1.Schema$Instance): CloudFacts['purchase'] {
  const { scheduling } = instance
  if (scheduling?.provisioningModel === 'SPOT' || scheduling?.preemptible === true) return 'spot'
  if (scheduling?.provisioningModel === 'RESERVATION_BOUND' || reservationOf(instance) !== null) return 'reserved'
  return scheduling ? 'on-demand' : null
}

/** Licences say what the boot disk was made from: `…/windows-cloud/global/licenses/windows-server-2022-dc`. */
function platformOf(boot: compute_v1.Schema$AttachedDisk | undefined): { platform: CloudFacts['platform']; os: string | null } {
  const licenses = boot?.licenses ?? []
  const isWindows = licenses.some((license) => /\/windows[^/]*\/global\/licenses\//.test(license))
  const os = lastOf(licenses[0])
  return { platform: isWindows ? 'windows' : licenses.length > 0 ? 'linux' : null, os }
}

/** A running machine costs CPU and memory; one that is off or suspended its disks, addresses and saved memory. */
function billingOf(state: MachineState): CloudFacts['billing'] {
  if (state === 'stopped' || state === 'saved') return 'storage'
  return state === 'unknown' ? null : 'compute'
}

export function diskIdOf(disk: compute_v1.Schema$AttachedDisk): string {
  return pathOf(disk.source) ?? disk.deviceName ?? ''
}

function cloudFacts(instance: compute_v1.Schema$Instance, zone: string, state: MachineState, type: TypeFacts | null): CloudFacts {
  const disks = instance.disks ?? []
  const boot = disks.find((disk) => disk.boot)
  const { platform } = platformOf(boot)
  return {
    id: String(instance.id),
    type: lastOf(instance.machineType),
    region: regionOf(zone),
    zone,
    arch: archOf(boot?.architecture) ?? type?.arch ?? null,
    platform,
    image: null,
    purchase: purchaseOf(instance),
    billing: billingOf(state),
    stopBills: false,
    hibernates: null,
    isProtected: instance.deletionProtection ?? null,
    createdAtMs: timeOf(instance.creationTimestamp),
    keyName: null,
    groups: (instance.tags?.items ?? []).map((tag) => ({ id: tag, name: tag })),
    disks: disks.map((disk) => ({
      id: diskIdOf(disk),
      name: lastOf(disk.source) ?? disk.deviceName ?? '',
      sizeBytes: disk.diskSizeGb ? Number(disk.diskSizeGb) * GIB : null,
      type: disk.type === 'SCRATCH' ? 'local-ssd' : null,
      boot: disk.boot ?? false,
    })),
    publicAddresses: (instance.networkInterfaces ?? []).flatMap(({ accessConfigs, ipv6AccessConfigs }) =>
      [...(accessConfigs ?? []).map(({ natIP }) => natIP), ...(ipv6AccessConfigs ?? []).map(({ externalIpv6 }) => externalIpv6)].filter(
        (one): one is string => Boolean(one),
      ),
    ),
  }
}

export function archOf(architecture: string | null | undefined): string | null {
  if (architecture === 'X86_64') return 'x86_64'
  return architecture === 'ARM64' ? 'aarch64' : null
}

export interface Seeing {
  readonly project: string
  readonly typeFacts: (zone: string, type: string) => TypeFacts | null
}

/** An instance as one of the console's machines. Null for what has no name, zone or id, which nothing can be asked for by. */
export function seenMachine(instance: compute_v1.Schema$Instance, { project, typeFacts }: Seeing): SeenMachine | null {
  const zone = lastOf(instance.zone)
  const { name, id, status } = instance
  if (!zone || !name || !id) return null
  const typeName = lastOf(instance.machineType)
  const type = typeName === null ? null : typeFacts(zone, typeName)
  const state = stateOf(status)
  const cards = instance.networkInterfaces ?? []
  const boot = (instance.disks ?? []).find((disk) => disk.boot)
  const cloud = cloudFacts(instance, zone, state, type)
  const facts: MachineFacts = {
    hostRef: project,
    name,
    state,
    nativeState: status ?? 'UNKNOWN',
    title: null,
    description: instance.description || null,
    tags: tagsOfLabels(instance.labels),
    notes: null,
    vcpus: type?.vcpus ?? 0,
    memoryKiB: type?.memoryKiB ?? 0,
    maxMemoryKiB: type?.memoryKiB ?? 0,
    os: platformOf(boot).os,
    addresses: [
      ...cards.flatMap(({ networkIP, ipv6Address }) => [networkIP, ipv6Address].filter((one): one is string => Boolean(one))),
      ...cloud.publicAddresses,
    ],
    // a shared network is another project's, and not among those of this place
    networkRefs: [...new Set(cards.flatMap(({ network }) => pathOf(network) ?? []))].filter((path) =>
      path.startsWith(`projects/${project}/`),
    ),
    autostart: null,
    persistent: true,
    hasManagedSave: state === 'saved',
    agent: null,
    startedAtMs: state === 'running' ? timeOf(instance.lastStartTimestamp ?? instance.creationTimestamp) : null,
    template: null,
    cloud,
    attention: attentionOf(status, instance.statusMessage),
    metrics: null,
  }
  const { lastStartTimestamp = '', lastStopTimestamp = '', lastSuspendedTimestamp = '' } = instance
  return {
    ref: refOf({ project, zone, name, id }),
    facts,
    life: `${lastStartTimestamp}|${lastStopTimestamp}|${lastSuspendedTimestamp}`,
  }
}
