import type { Instance } from '@aws-sdk/client-ec2'
import type { MachineDetail } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'

type Device = MachineDetail['hardware']['devices'][number]

/** The virtual hardware, and the machine as EC2 tells it. */
export function detailOf({ facts }: SeenMachine, raw: Instance, nowMs: number): MachineDetail {
  const { cloud, vcpus, memoryKiB } = facts
  const disks = (cloud?.disks ?? []).map((disk): Device => {
    const mapping = raw.BlockDeviceMappings?.find(({ Ebs }) => Ebs?.VolumeId === disk.id)
    const size = disk.sizeBytes === null ? '' : ` ${Math.round(disk.sizeBytes / 1_073_741_824)} GiB`
    const goes = mapping?.Ebs?.DeleteOnTermination
    return device('disk', disk.id, `${disk.name}${size}`, {
      device: mapping?.DeviceName,
      type: disk.type,
      boot: String(disk.boot),
      'deleted with the machine': goes === undefined ? undefined : String(goes),
    })
  })
  const cards = (raw.NetworkInterfaces ?? []).map((card) =>
    device('interface', card.NetworkInterfaceId ?? '', card.PrivateIpAddress ?? '', {
      mac: card.MacAddress,
      network: card.VpcId,
      subnet: card.SubnetId,
      public: card.Association?.PublicIp,
      groups: (card.Groups ?? []).map(({ GroupId }) => GroupId).join(', '),
    }),
  )
  return {
    hardware: {
      machineType: cloud?.type ?? null,
      arch: cloud?.arch ?? null,
      firmware: raw.CurrentInstanceBootMode ?? raw.BootMode ?? null,
      secureBoot: false,
      cpu: {
        model: cloud?.type ?? '',
        vcpus,
        maxVcpus: vcpus,
        sockets: null,
        cores: raw.CpuOptions?.CoreCount ?? null,
        threads: raw.CpuOptions?.ThreadsPerCore ?? null,
      },
      memoryKiB,
      maxMemoryKiB: memoryKiB,
      bootOrder: raw.RootDeviceName === undefined ? [] : [raw.RootDeviceName],
      devices: [...disks, ...cards, ...reservationOf(raw)],
    },
    xml: JSON.stringify(raw, null, 2),
    format: 'json',
    inactiveXml: null,
    observedAtMs: nowMs,
  }
}

/** Capacity that is held for the machine, whether it runs in it now or will when it starts. */
function reservationOf({ CapacityReservationId: own = '', CapacityReservationSpecification: wish }: Instance): Device[] {
  const id = own === '' ? wish?.CapacityReservationTarget?.CapacityReservationId : own
  if (id === undefined) return []
  const group = wish?.CapacityReservationTarget?.CapacityReservationResourceGroupArn
  return [device('capacity-reservation', id, '', { 'running in it': String(own !== ''), group })]
}

function device(kind: string, name: string, summary: string, properties: Readonly<Record<string, string | null | undefined>>): Device {
  return {
    kind,
    name,
    summary,
    properties: Object.entries(properties).flatMap(([key, value]) =>
      value === undefined || value === null || value === '' ? [] : { key, value },
    ),
  }
}
