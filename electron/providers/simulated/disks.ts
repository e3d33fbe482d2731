import type { DeletionPlan } from '../../../shared/model/index.ts'
import type { SimulatedMachine } from './fleet.ts'
import { share } from './random.ts'
import type { World } from './world.ts'

export interface SimulatedDisk {
  /** Path, or pool and volume: what a deletion names. */
  readonly key: string
  readonly target: string
  readonly format: 'qcow2' | 'raw' | null
  readonly capacityBytes: number | null
  readonly allocationBytes: number | null
  readonly readOnly: boolean
  /** On a pool that several hosts see. */
  readonly shared: boolean
}

/** An index of the machine that stays when it is renamed: volumes keep the name they were made with. */
function volumeName(machine: SimulatedMachine, at: number): string {
  return `${machine.role.name}-${machine.index.toString(36).padStart(4, '0')}${at === 0 ? '' : `-data${at}`}`
}

/** Databases of two share a quorum disk, which must not go with one of them. */
function quorumKey(machine: SimulatedMachine): string | null {
  if (!machine.role.tags.includes('db') || share(machine.salt, 101) > 0.25) return null
  const hostSlug = machine.facts.hostRef
  return `/srv/shared/${hostSlug}-quorum.raw`
}

/** Its disks, in the order of the definition. Derived, never kept. */
export function disksOf(machine: SimulatedMachine): readonly SimulatedDisk[] {
  const central = share(machine.salt, 102) < 0.4 && machine.role.name !== 'vdi'
  const disks = machine.role.disksGB.map((sizeGB, at): SimulatedDisk => {
    const name = volumeName(machine, at)
    const capacityBytes = sizeGB * 1_073_741_824
    return {
      key: central ? `ceph-vm/${name}` : `/var/lib/libvirt/images/${name}.qcow2`,
      target: `vd${String.fromCodePoint(97 + at)}`,
      format: central ? 'raw' : 'qcow2',
      capacityBytes,
      allocationBytes: Math.round(capacityBytes * (0.15 + share(machine.salt, 103, at) * 0.75)),
      readOnly: false,
      shared: central,
    }
  })
  const quorum = quorumKey(machine)
  if (quorum) {
    const bytes = 1_073_741_824
    disks.push({
      key: quorum,
      target: `vd${String.fromCodePoint(97 + disks.length)}`,
      format: 'raw',
      capacityBytes: bytes,
      allocationBytes: bytes,
      readOnly: false,
      shared: true,
    })
  }
  if (share(machine.salt, 104) < 0.15) {
    disks.push({
      key: '/srv/iso/virtio-win-0.1.271.iso',
      target: 'sda',
      format: 'raw',
      capacityBytes: 723_000_000,
      allocationBytes: 723_000_000,
      readOnly: true,
      shared: true,
    })
  }
  return disks
}

/** The file of its UEFI variables; null with BIOS. */
export function nvramOf(machine: SimulatedMachine): string | null {
  return share(machine.salt, 105) < 0.35 ? `/var/lib/libvirt/qemu/nvram/${volumeName(machine, 0)}_VARS.fd` : null
}

/** Windows on UEFI has a TPM, with what BitLocker sealed. */
export function hasTpm(machine: SimulatedMachine): boolean {
  return nvramOf(machine) !== null && machine.facts.os?.startsWith('Windows') === true
}

/** Where incremental backups of it start from: few are backed up so. */
export function checkpointsOf(machine: SimulatedMachine): readonly string[] {
  return share(machine.salt, 106) < 0.04 ? ['nightly'] : []
}

function othersWith(world: World, machine: SimulatedMachine, key: string): string[] {
  const names: string[] = []
  for (const other of world.host(machine.facts.hostRef).machines.values()) {
    if (other !== machine && disksOf(other).some((disk) => disk.key === key)) names.push(other.facts.name)
  }
  return names
}

export function planDeletion(world: World, machine: SimulatedMachine): Omit<DeletionPlan, 'machineId'> {
  return {
    name: machine.facts.name,
    state: machine.facts.state,
    disks: disksOf(machine).map((disk) => {
      const sharedWith = disk.shared ? othersWith(world, machine, disk.key) : []
      const reason = disk.readOnly ? 'read-only' : sharedWith.length > 0 ? 'shared' : null
      return {
        key: disk.key,
        target: disk.target,
        format: disk.format,
        capacityBytes: disk.capacityBytes,
        allocationBytes: disk.allocationBytes,
        sharedWith,
        deletable: reason === null,
        reason,
      }
    }),
    snapshots: [...machine.snapshots],
    checkpoints: [...checkpointsOf(machine)],
    nvram: nvramOf(machine),
    tpm: hasTpm(machine) ? 'chosen' : null,
    hasManagedSave: machine.facts.hasManagedSave,
  }
}
