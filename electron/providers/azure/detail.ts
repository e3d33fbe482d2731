import type { VirtualMachine, VirtualMachineInstanceView } from '@azure/arm-compute'
import type { DeletionPlan, Hardware, MachineDetail } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { Card } from './cards.ts'
import { statusOf } from './facts.ts'
import { refOf } from './ids.ts'

type Device = Hardware['devices'][number]

/** What a machine is made of, and its own JSON. What was given to it at its making, and may be secret, is not told by Azure. */
export function detailOf(
  { facts }: SeenMachine,
  vm: VirtualMachine,
  view: VirtualMachineInstanceView | undefined,
  cards: ReadonlyMap<string, Card>,
  observedAtMs: number,
): MachineDetail {
  const { cloud, vcpus, memoryKiB } = facts
  const disks = (cloud?.disks ?? []).map((disk): Device => {
    const size = disk.sizeBytes === null ? '' : `${Math.round(disk.sizeBytes / 1024 ** 3)} GiB`
    const summary = [size, disk.type, disk.boot ? 'boot' : null].filter((part) => part !== null && part !== '').join(', ')
    return { kind: 'disk', name: disk.name, summary, properties: properties({ id: disk.id, type: disk.type }) }
  })
  const nics = (vm.networkProfile?.networkInterfaces ?? []).map(({ id = '' }): Device => {
    const card = cards.get(refOf(id))
    const addresses = [...(card?.publicAddresses ?? []), ...(card?.privateAddresses ?? [])]
    return {
      kind: 'interface',
      name: id.split('/').at(-1) ?? id,
      summary: addresses.join(', '),
      properties: properties({ id, mac: card?.mac ?? null, group: card?.groupId ?? null }),
    }
  })
  return {
    hardware: {
      machineType: cloud?.type ?? null,
      arch: cloud?.arch ?? null,
      firmware: view?.hyperVGeneration === 'V2' ? 'UEFI' : view?.hyperVGeneration === 'V1' ? 'BIOS' : null,
      secureBoot: vm.securityProfile?.uefiSettings?.secureBootEnabled === true,
      cpu: { model: cloud?.type ?? '', vcpus, maxVcpus: vcpus, sockets: null, cores: null, threads: null },
      memoryKiB,
      maxMemoryKiB: memoryKiB,
      bootOrder: [],
      devices: [...disks, ...nics, ...agentOf(view)],
    },
    xml: JSON.stringify({ ...vm, id: cloud?.id ?? vm.id, instanceView: view }, null, 2),
    format: 'json',
    inactiveXml: null,
    observedAtMs,
  }
}

function agentOf(view: VirtualMachineInstanceView | undefined): Device[] {
  const { vmAgent } = view ?? {}
  if (vmAgent === undefined) return []
  const state = statusOf({ statuses: vmAgent.statuses ?? [] }, 'ProvisioningState/') ?? ''
  return [{ kind: 'agent', name: 'Azure VM agent', summary: state, properties: properties({ version: vmAgent.vmAgentVersion ?? null }) }]
}

function properties(of: Readonly<Record<string, string | null>>): Device['properties'] {
  return Object.entries(of).flatMap(([key, value]) => (value === null ? [] : [{ key, value }]))
}

export function deletionPlanOf({ facts }: SeenMachine): Omit<DeletionPlan, 'machineId'> {
  const { name, state, cloud } = facts
  return {
    name,
    state,
    disks: (cloud?.disks ?? []).map((disk) => {
      const isManaged = disk.id.startsWith('/subscriptions/')
      return {
        key: disk.id,
        target: disk.name,
        format: disk.type,
        capacityBytes: disk.sizeBytes,
        allocationBytes: null,
        sharedWith: [],
        deletable: isManaged,
        reason: isManaged ? null : 'It is a blob in a storage account: delete it there.',
      }
    }),
    snapshots: [],
    checkpoints: [],
    nvram: null,
    tpm: null,
    hasManagedSave: facts.hasManagedSave,
  }
}
