import type { SimulatedDisk } from './build/shape.ts'
import { EDGE_ROLES } from './data/roles.ts'
import type { SimulatedMachine } from './fleet.ts'
import { share } from './random.ts'

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

type Essentials = Pick<SimulatedDisk, 'key' | 'target' | 'format' | 'capacityBytes' | 'place'> & Partial<SimulatedDisk>

function complete(essentials: Essentials): SimulatedDisk {
  return {
    allocationBytes: essentials.capacityBytes,
    device: 'disk',
    readOnly: false,
    shared: false,
    bus: 'virtio',
    cache: 'none',
    discard: true,
    ioThread: false,
    ...essentials,
  }
}

function target(prefix: string, at: number): string {
  return `${prefix}${String.fromCodePoint(97 + at)}`
}

/** Its disks, in the order of the definition, each with the file that it writes now. */
export function disksOf(machine: SimulatedMachine): readonly SimulatedDisk[] {
  const { moved } = machine
  const disks = definedDisks(machine)
  return moved === undefined || moved.size === 0 ? disks : disks.map((disk) => ({ ...disk, ...moved.get(disk.key) }))
}

/** As they were defined first. Those of a machine that came with the fleet are derived, never kept. */
export function definedDisks(machine: SimulatedMachine): readonly SimulatedDisk[] {
  if (machine.edited) return machine.edited.disks
  if (machine.shape) return machine.shape.disks
  const isEdge = EDGE_ROLES.includes(machine.role)
  const isLocal = isEdge || machine.facts.template !== null
  const central = !isLocal && share(machine.salt, 102) < 0.4 && machine.role.name !== 'vdi'
  const disks = machine.role.disksGB.map((sizeGB, at): SimulatedDisk => {
    const name = volumeName(machine, at)
    const capacityBytes = sizeGB * 1_073_741_824
    return complete({
      key: central ? `ceph-vm/${name}` : `/var/lib/libvirt/images/${name}.qcow2`,
      place: central ? { pool: 'ceph-vm', volume: name } : { pool: 'default', volume: `${name}.qcow2` },
      target: target('vd', at),
      format: central ? 'raw' : 'qcow2',
      capacityBytes,
      allocationBytes: Math.round(capacityBytes * (0.15 + share(machine.salt, 103, at) * 0.75)),
      shared: central,
    })
  })
  const quorum = quorumKey(machine)
  if (quorum) {
    disks.push(
      complete({
        key: quorum,
        place: null,
        target: target('vd', disks.length),
        format: 'raw',
        capacityBytes: 1_073_741_824,
        shared: true,
      }),
    )
  }
  if (share(machine.salt, 104) < 0.15) {
    const volume = 'virtio-win-0.1.271.iso'
    disks.push(
      complete({
        key: isEdge ? `/var/lib/libvirt/images/${volume}` : `/srv/iso/${volume}`,
        place: { pool: isEdge ? 'default' : 'iso', volume },
        target: 'sda',
        format: 'raw',
        capacityBytes: 723_000_000,
        device: 'cdrom',
        readOnly: true,
        shared: true,
        bus: 'sata',
      }),
    )
  }
  return disks
}

/** The file of its UEFI variables; null with BIOS. */
export function nvramOf(machine: SimulatedMachine): string | null {
  if (machine.shape) return machine.shape.firmware === 'bios' ? null : `/var/lib/libvirt/qemu/nvram/${machine.ref}_VARS.fd`
  return share(machine.salt, 105) < 0.35 ? `/var/lib/libvirt/qemu/nvram/${volumeName(machine, 0)}_VARS.fd` : null
}

/** Windows on UEFI has a TPM, with what BitLocker sealed. */
export function hasTpm(machine: SimulatedMachine): boolean {
  if (machine.shape) return machine.shape.tpm
  return nvramOf(machine) !== null && machine.facts.os?.startsWith('Windows') === true
}

/** Where incremental backups of it start from: few are backed up so. */
export function checkpointsOf(machine: SimulatedMachine): readonly string[] {
  return machine.shape === null && share(machine.salt, 106) < 0.04 ? ['nightly'] : []
}
