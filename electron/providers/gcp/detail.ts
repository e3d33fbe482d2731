import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import type { DeletionPlan, Hardware, MachineDetail } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import { diskIdOf, reservationOf } from './instance-facts.ts'
import { lastOf } from './refs.ts'

const GIB = 1_073_741_824

type Device = Hardware['devices'][number]

/** A property that is there. */
function properties(of: Readonly<Record<string, string | number | boolean | null | undefined>>): Device['properties'] {
  return Object.entries(of).flatMap(([key, value]) =>
    value === null || value === undefined || value === '' ? [] : { key, value: String(value) },
  )
}

function diskDevice(disk: compute_v1.Schema$AttachedDisk): Device {
  const { deviceName, source, diskSizeGb, mode, boot, autoDelete, architecture } = disk
  return {
    kind: 'disk',
    name: deviceName ?? '',
    summary: [lastOf(source) ?? disk.type, diskSizeGb ? `${diskSizeGb} GiB` : null, boot ? 'boot' : null].filter(Boolean).join(' · '),
    properties: properties({ source: lastOf(source), mode, interface: disk.interface, boot, autoDelete, architecture }),
  }
}

function cardDevice(card: compute_v1.Schema$NetworkInterface): Device {
  const { name, network, subnetwork, networkIP, nicType, stackType, accessConfigs } = card
  const natIp = accessConfigs?.find((access) => access.natIP)?.natIP
  return {
    kind: 'interface',
    name: name ?? '',
    summary: [lastOf(network), networkIP, natIp].filter(Boolean).join(' · '),
    properties: properties({ network: lastOf(network), subnetwork: lastOf(subnetwork), networkIP, natIp, nicType, stackType }),
  }
}

function reservationDevices(instance: compute_v1.Schema$Instance): readonly Device[] {
  const name = reservationOf(instance)
  if (name === null) return []
  const consumed = instance.resourceStatus?.reservationConsumptionInfo?.consumedReservation
  return [{ kind: 'capacity-reservation', name, summary: '', properties: properties({ 'running in it': Boolean(consumed) }) }]
}

export function detailOf(instance: compute_v1.Schema$Instance, { facts }: SeenMachine, observedAtMs: number): MachineDetail {
  const { vcpus, memoryKiB, maxMemoryKiB, cloud } = facts
  const accelerators = (instance.guestAccelerators ?? []).map(
    ({ acceleratorType, acceleratorCount }): Device => ({
      kind: 'accelerator',
      name: lastOf(acceleratorType) ?? '',
      summary: `${acceleratorCount ?? 0} × ${lastOf(acceleratorType) ?? ''}`,
      properties: [],
    }),
  )
  return {
    hardware: {
      machineType: cloud?.type ?? null,
      arch: cloud?.arch ?? null,
      firmware: instance.shieldedInstanceConfig ? 'uefi' : null,
      secureBoot: instance.shieldedInstanceConfig?.enableSecureBoot ?? false,
      cpu: { model: instance.cpuPlatform ?? '', vcpus, maxVcpus: vcpus, sockets: null, cores: null, threads: null },
      memoryKiB,
      maxMemoryKiB,
      bootOrder: [],
      devices: [
        ...(instance.disks ?? []).map(diskDevice),
        ...(instance.networkInterfaces ?? []).map(cardDevice),
        ...accelerators,
        ...reservationDevices(instance),
      ],
    },
    xml: JSON.stringify(withoutSecrets(instance), null, 2),
    format: 'json',
    inactiveXml: null,
    observedAtMs,
  }
}

/** Start-up scripts and keys of disks often hold passwords: that they are there is said, not what they are. */
function withoutSecrets({ metadata, disks, ...rest }: compute_v1.Schema$Instance): object {
  const items = (metadata?.items ?? []).map(({ key }) => ({ key, value: '…' }))
  return {
    ...rest,
    metadata: { ...metadata, items },
    disks: (disks ?? []).map((disk) => (disk.diskEncryptionKey ? { ...disk, diskEncryptionKey: '…' } : disk)),
  }
}

/** Which disks would go: only what is chosen, whatever mark a disk carries now. */
export function deletionPlanOf(
  instance: compute_v1.Schema$Instance,
  { facts }: SeenMachine,
  users: (disk: compute_v1.Schema$AttachedDisk) => readonly string[],
): Omit<DeletionPlan, 'machineId'> {
  const disks = (instance.disks ?? []).map((disk) => {
    const isLocal = disk.type === 'SCRATCH'
    const sharedWith = users(disk)
    return {
      key: diskIdOf(disk),
      target: lastOf(disk.source) ?? disk.deviceName ?? '',
      format: null,
      capacityBytes: disk.diskSizeGb ? Number(disk.diskSizeGb) * GIB : null,
      allocationBytes: null,
      sharedWith: [...sharedWith],
      deletable: !isLocal && sharedWith.length === 0,
      reason: isLocal ? 'A local SSD goes with the machine in any case.' : sharedWith.length > 0 ? 'Other machines use it.' : null,
    }
  })
  return {
    name: facts.name,
    state: facts.state,
    disks,
    snapshots: [],
    checkpoints: [],
    nvram: null,
    tpm: null,
    hasManagedSave: facts.hasManagedSave,
  }
}
