import type { Instance, Volume } from '@aws-sdk/client-ec2'
import { type CloudFacts, type MachineState, tagOf } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'

/** What is known of a type by its name. */
export interface TypeFacts {
  readonly vcpus: number
  readonly memoryKiB: number
  readonly arch: string | null
}

/** What a list of machines does not tell, from elsewhere. */
export interface Beside {
  readonly region: string
  readonly type: (name: string) => TypeFacts | undefined
  readonly volume: (id: string) => Volume | undefined
  /** The name of an image by its id; null: not told. */
  readonly imageName: (id: string) => string | null
  /** Null: not told. */
  readonly isProtected: (id: string) => boolean | null
}

export const NAME_TAG = 'Name'
const HIBERNATED = 'Client.UserInitiatedHibernate'
const GIB = 1_073_741_824

export function refOf(region: string, id: string): string {
  return `${region}/${id}`
}

/** Of `<region>/<id>`: of a machine, a network. */
export function partsOf(ref: string): { readonly region: string; readonly id: string } {
  const at = ref.indexOf('/')
  return at < 0 ? { region: '', id: ref } : { region: ref.slice(0, at), id: ref.slice(at + 1) }
}

/** Whether it can name a machine at all. */
export function isRef(ref: string): boolean {
  return /^[a-z]{2,}(-[a-z]+)+-\d+\/i-[0-9a-f]+$/.test(ref)
}

/** Null: it is gone. A terminated machine stays in the list for an hour, and is none any more. */
export function stateOf(instance: Instance): MachineState | null {
  switch (instance.State?.Name) {
    case 'pending':
      return 'starting'
    case 'running':
      return 'running'
    case 'stopping':
    case 'shutting-down':
      return 'stopping'
    case 'stopped':
      return isHibernated(instance) ? 'saved' : 'stopped'
    case 'terminated':
      return null
    default:
      return 'unknown'
  }
}

/** AWS tells by the reason alone; where hibernation fails, it shuts down and gives the other reason. */
function isHibernated({ HibernationOptions, StateReason }: Instance): boolean {
  return HibernationOptions?.Configured === true && StateReason?.Code === HIBERNATED
}

/** Null: it is gone. */
export function seenMachine(instance: Instance, beside: Beside): SeenMachine | null {
  const state = stateOf(instance)
  const { InstanceId: id } = instance
  if (state === null || id === undefined) return null
  const { region } = beside
  const name = instance.Tags?.find(({ Key }) => Key === NAME_TAG)?.Value ?? ''
  const type = instance.InstanceType === undefined ? undefined : beside.type(instance.InstanceType)
  const vcpus = (instance.CpuOptions?.CoreCount ?? 0) * (instance.CpuOptions?.ThreadsPerCore ?? 0)
  const memoryKiB = type?.memoryKiB ?? 0
  const reason = instance.StateTransitionReason ?? ''
  return {
    ref: refOf(region, id),
    life: `${instance.LaunchTime?.toISOString() ?? ''} ${reason}`,
    facts: {
      hostRef: region,
      name: name === '' ? id : name,
      state,
      nativeState: instance.State?.Name ?? 'unknown',
      title: null,
      description: null,
      tags: tagsOf(instance),
      notes: null,
      vcpus: vcpus > 0 ? vcpus : (type?.vcpus ?? 0),
      memoryKiB,
      maxMemoryKiB: memoryKiB,
      os: instance.PlatformDetails ?? null,
      addresses: addressesOf(instance),
      networkRefs: instance.VpcId === undefined ? [] : [refOf(region, instance.VpcId)],
      autostart: null,
      persistent: true,
      hasManagedSave: state === 'saved',
      agent: null,
      startedAtMs: state === 'running' ? (instance.LaunchTime?.getTime() ?? null) : null,
      template: null,
      attention: attentionOf(instance),
      metrics: null,
      cloud: cloudFacts(instance, id, type, beside),
    },
  }
}

/** AWS stopped it by itself: no room, a retirement, a spot machine that was taken back. */
function attentionOf({ State, StateReason }: Instance): SeenMachine['facts']['attention'] {
  if (State?.Name !== 'stopped' || !StateReason?.Code?.startsWith('Server.')) return null
  return { code: 'aws.stopped-there', text: StateReason.Message ?? StateReason.Code }
}

/** All but the name, which is a tag as well. */
export function tagsOf({ Tags = [] }: Instance): string[] {
  return Tags.flatMap(({ Key, Value }) => (Key === undefined || Key === NAME_TAG ? [] : tagOf(Key, Value ?? ''))).toSorted()
}

function addressesOf(instance: Instance): string[] {
  const cards = instance.NetworkInterfaces ?? []
  const own = cards.flatMap((card) => [
    ...(card.PrivateIpAddresses ?? []).map(({ PrivateIpAddress }) => PrivateIpAddress),
    ...(card.Ipv6Addresses ?? []).map(({ Ipv6Address }) => Ipv6Address),
  ])
  const all = [instance.PublicIpAddress, instance.PrivateIpAddress, ...own]
  return [...new Set(all.filter((address): address is string => address !== undefined && address !== ''))]
}

function cloudFacts(instance: Instance, id: string, type: TypeFacts | undefined, beside: Beside): CloudFacts {
  const publicAddresses = (instance.NetworkInterfaces ?? []).map(({ Association }) => Association?.PublicIp)
  return {
    id,
    type: instance.InstanceType ?? null,
    region: beside.region,
    zone: instance.Placement?.AvailabilityZone ?? null,
    arch: instance.Architecture ?? type?.arch ?? null,
    platform:
      instance.Platform?.toLowerCase() === 'windows' ? 'windows' : instance.PlatformDetails?.startsWith('Windows') ? 'windows' : 'linux',
    image: instance.ImageId === undefined ? null : { id: instance.ImageId, name: beside.imageName(instance.ImageId) },
    purchase: purchaseOf(instance),
    billing: instance.State?.Name === 'stopped' ? 'storage' : 'compute',
    stopBills: false,
    hibernates: instance.HibernationOptions?.Configured ?? null,
    isProtected: beside.isProtected(id),
    createdAtMs: createdAtMs(instance),
    keyName: instance.KeyName ?? null,
    groups: (instance.SecurityGroups ?? []).flatMap(({ GroupId, GroupName }) =>
      GroupId === undefined ? [] : { id: GroupId, name: GroupName ?? GroupId },
    ),
    disks: (instance.BlockDeviceMappings ?? []).flatMap(({ DeviceName = '', Ebs }) => {
      const volumeId = Ebs?.VolumeId
      if (volumeId === undefined) return []
      const volume = beside.volume(volumeId)
      const named = volume?.Tags?.find(({ Key }) => Key === NAME_TAG)?.Value ?? ''
      return {
        id: volumeId,
        name: named === '' ? DeviceName : `${named} (${DeviceName})`,
        sizeBytes: volume?.Size === undefined ? null : volume.Size * GIB,
        type: volume?.VolumeType ?? null,
        boot: DeviceName === instance.RootDeviceName,
      }
    }),
    publicAddresses: [
      ...new Set([instance.PublicIpAddress, ...publicAddresses].filter((one): one is string => one !== undefined && one !== '')),
    ],
  }
}

/** The launch time is that of the last start; the root disk was attached when the machine was made. */
function createdAtMs(instance: Instance): number | null {
  const root = instance.BlockDeviceMappings?.find(({ DeviceName }) => DeviceName === instance.RootDeviceName)
  return root?.Ebs?.AttachTime?.getTime() ?? instance.LaunchTime?.getTime() ?? null
}

/** Bought in advance for a time. Absent: by the hour. */
const RESERVED_LIFECYCLES: ReadonlySet<string> = new Set(['capacity-block', 'scheduled', 'interruptible-capacity-reservation'])

/**
 * Reserved is what runs in capacity that is held for it. Reserved Instances and Savings Plans are discounts on the account's bill: AWS does not
 * tell of a machine that they apply to it.
 */
function purchaseOf({ InstanceLifecycle, CapacityReservationId = '' }: Instance): CloudFacts['purchase'] {
  if (InstanceLifecycle === 'spot') return 'spot'
  return CapacityReservationId !== '' || RESERVED_LIFECYCLES.has(InstanceLifecycle ?? '') ? 'reserved' : 'on-demand'
}
