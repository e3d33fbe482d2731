import type { Reason } from './connection.ts'

/** Why an edit of hardware cannot be done, and what should be known before: the same words for every provider. */
export const HARDWARE_REASONS = {
  'hardware.machine-off': '{name} is off: only what its next start reads can be changed.',
  'hardware.transient': '{name} is transient: it has no definition that a next start could read.',
  'hardware.next-start-only': 'QEMU cannot change this while {name} runs. It can count from the next start on.',
  'hardware.no-such-device': 'The machine has no device {device} there any more. Look at it again.',
  'hardware.device-taken': '{name} has a device {device} already. Give it another name or address.',
  'hardware.vcpus-over-maximum': '{name} can have {max} vCPUs until its next start. Raise the maximum for the next start.',
  'hardware.vcpus-over-host': 'This host gives a machine at most {max} vCPUs.',
  'hardware.vcpus-over-own-maximum': 'There cannot be more vCPUs than the maximum of {max}.',
  'hardware.vcpus-not-removable': 'A running machine gives back only vCPUs that were added while it ran.',
  'hardware.vcpu-unplug-emulated': 'QEMU without KVM does not survive taking away vCPUs. Do it at the next start.',
  'hardware.topology-mismatch': 'Sockets, cores and threads give multiples of {each} vCPUs. Change the topology with the processor.',
  'hardware.memory-over-maximum': 'More than the maximum of {max}. Raise the maximum as well, for the next start.',
  'hardware.memory-over-host': 'The host has {host} of memory in all.',
  'hardware.no-balloon': '{name} has no memory balloon, so its memory cannot be changed while it runs.',
  'hardware.numa-memory': 'The maximum is the sum of its NUMA cells. Change them in the XML.',
  'hardware.no-such-cpu': 'The host has no processor {cpus}.',
  'hardware.no-such-node': 'The host has no NUMA node {nodes}.',
  'hardware.vcpu-unknown': 'The machine has no vCPU {vcpu}.',
  'hardware.numa-mode-running': 'The mode of a running machine stays {mode}; only its nodes can be changed now.',
  'hardware.default-next-start': 'Taking a share or a weight away counts from the next start on.',
  'hardware.bus-not-offered': 'Machines of this type have no {bus} bus on this host.',
  'hardware.bus-not-hot-pluggable': 'Nothing can be plugged into the {bus} bus, or out of it, while {name} runs.',
  'hardware.bus-not-for-drives': 'A drive cannot be on the {bus} bus.',
  'hardware.drive-not-hot-pluggable': 'QEMU plugs no drives while {name} runs. Add it for the next start.',
  'hardware.no-free-port': '{name} has no PCI Express port free while it runs. Add pcie-root-port controllers for the next start.',
  'hardware.volume-missing': 'The pool {pool} has no volume {volume}, or is not started.',
  'hardware.volume-frozen':
    '{volume} must not be written to: {by} needs it as it is. Go back with the snapshot instead, or add a linked copy.',
  'hardware.volume-in-use': '{machines} has {volume}. Two machines that write to one disk destroy what is on it.',
  'hardware.volume-own': '{name} has {volume} already.',
  'hardware.volume-unsupported': 'Volumes of the pool {pool} have no path on the host, so machines cannot be given them here.',
  'hardware.name-taken': 'The pool {pool} has a volume {volume} already. Choose another name.',
  'hardware.not-a-drive': '{device} is no drive: nothing can be put into it.',
  'hardware.tray-locked': 'The drive {device} did not open: the guest may have locked it. Eject it there, or force it.',
  'hardware.drive-removed-not': 'A drive of a running machine stays until its next start.',
  'hardware.cannot-shrink': 'A disk is not made smaller: what is at its end would be lost.',
  'hardware.resize-at-once': 'A disk grows at once, and stays so at the next start.',
  'hardware.nothing-to-resize': 'The disk {device} is no volume of a pool of this host, so it cannot be resized while the machine is off.',
  'hardware.network-missing': 'The host has no network {network}.',
  'hardware.network-off': 'The network {network} is off. Start it first.',
  'hardware.bridge-missing': 'The host has no bridge or device {device}.',
  'hardware.mac-taken': 'Another card of the machine has the address {mac}.',
  'hardware.filter-missing': 'The host has no network filter {filter}.',
  'hardware.host-device-missing': 'The host has no device {device} any more.',
  'hardware.host-device-own': '{device} is given to this machine already.',
  'hardware.host-device-used': '{machine} has {device}. Remove it there first.',
  'hardware.no-iommu': 'The host has no IOMMU in use. Switch it on in its firmware (VT-d, AMD-Vi) and in its kernel (intel_iommu=on).',
  'hardware.device-not-hot-pluggable': 'A device of the kind {kind} cannot be plugged in, changed or taken out while {name} runs.',
  'hardware.xml-invalid': 'This is no whole XML element: {problem}',
  'hardware.xml-other-device': 'This is a {kind}, and {device} is not: remove the one and add the other.',
  'hardware.identity-fixed': 'Name and UUID of a machine stay as they are. Rename it by its own action.',
  'hardware.nothing-changes': 'Nothing would change.',
  'hardware.guest-holds':
    'The guest of {name} has not let go of {device}. It may have it in use, or not be up yet: take it out of use there, then try again.',
  'hardware.guest-refuses': 'The guest of {name} refuses to let go of {device}.',
  'hardware.host-device-group': 'The host loses these devices as well, as they share the IOMMU group: {devices}.',
  'hardware.host-device-driver': 'The host uses it with the driver {driver}, and loses it while the machine runs.',
  'hardware.memory-below-used': 'The guest uses {used}. With less it may begin to kill programs.',
  'hardware.guest-must-let-go': 'The guest has to let go of it: take it out of use there first.',
  'hardware.disk-stays': 'The file stays: {source}.',
  'hardware.guest-must-grow': 'The guest sees a larger disk; its partition and file system are made larger there.',
  'hardware.boots-from': 'The machine starts from it.',
} as const
export type HardwareReason = keyof typeof HARDWARE_REASONS

/** With the words filled in. */
export function hardwareReason(code: HardwareReason, params: Readonly<Record<string, string | number>> = {}): Reason {
  const words = Object.fromEntries(Object.entries(params).map(([name, value]) => [name, String(value)]))
  const text = HARDWARE_REASONS[code].replaceAll(/\{(\w+)\}/g, (all, name: string) => words[name] ?? all)
  return { code, text, ...(Object.keys(words).length > 0 && { params: words }) }
}

const KIB_IN_MIB = 1_024
const KIB_IN_GIB = 1_048_576

/** A size as reasons name it: gibibytes from ten on, mebibytes below, rounded down. */
export function memoryText(kiB: number): string {
  return kiB >= 10 * KIB_IN_GIB ? `${Math.floor(kiB / KIB_IN_GIB)} GiB` : `${Math.floor(kiB / KIB_IN_MIB)} MiB`
}
