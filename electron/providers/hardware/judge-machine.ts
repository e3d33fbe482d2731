import { type EditableHardware, hardwareReason, memoryText, type Reason } from '../../../shared/model/index.ts'
import type { EditOf, Which } from './edit-of.ts'
import { idsOf } from './id-list.ts'
import { nextStartOnly } from './refusals.ts'

/** The rules of libvirt's QEMU driver for what is no device: why an edit cannot be done to one of the definitions; null: it can. */

export function overHost(vcpus: number, maxVcpus: number | null): Reason | null {
  return maxVcpus !== null && vcpus > maxVcpus ? hardwareReason('hardware.vcpus-over-host', { max: maxVcpus }) : null
}

/** Of the kept definition. `maxVcpus`: what the host gives a machine at most; null: not known. */
export function keptVcpus({ vcpus, maxVcpus }: EditOf<'setVcpus'>, hardware: EditableHardware, hostMax: number | null): Reason | null {
  const max = maxVcpus ?? hardware.maxVcpus
  if (vcpus > max) return hardwareReason('hardware.vcpus-over-own-maximum', { max })
  const { topology } = hardware.cpu
  const each = topology ? topology.cores * topology.threads : 1
  if (max !== hardware.maxVcpus && max % each !== 0) return hardwareReason('hardware.topology-mismatch', { each })
  return overHost(max, hostMax)
}

/** Of the machine that runs. `mayGiveBack`: why it cannot do with fewer than it has. */
export function runningVcpus(
  { vcpus, maxVcpus }: EditOf<'setVcpus'>,
  hardware: EditableHardware,
  { name, mayGiveBack }: { readonly name: string; readonly mayGiveBack: () => Reason | null },
): Reason | null {
  if (maxVcpus !== undefined && maxVcpus !== hardware.maxVcpus) return nextStartOnly({ name })
  if (vcpus > hardware.maxVcpus) return hardwareReason('hardware.vcpus-over-maximum', { name, max: hardware.maxVcpus })
  return vcpus < hardware.vcpus ? mayGiveBack() : null
}

export interface MemorySight {
  readonly name: string
  /** All of the host's; null: not known. */
  readonly hostKiB: number | null
  /** Whether the definition in question has a balloon. */
  readonly hasBalloon: boolean
  /** Whether it says how its memory is split into NUMA cells. */
  readonly hasCells: boolean
}

export function memory(
  { memoryKiB, maxMemoryKiB }: EditOf<'setMemory'>,
  which: Which,
  hardware: EditableHardware,
  { name, hostKiB, hasBalloon, hasCells }: MemorySight,
): Reason | null {
  const isMaxChanged = maxMemoryKiB !== undefined && maxMemoryKiB !== hardware.maxMemoryKiB
  if (hostKiB !== null && Math.max(memoryKiB, maxMemoryKiB ?? 0) > hostKiB) {
    return hardwareReason('hardware.memory-over-host', { host: memoryText(hostKiB) })
  }
  if (which === 'running' && isMaxChanged) return nextStartOnly({ name })
  const max = maxMemoryKiB ?? hardware.maxMemoryKiB
  if (memoryKiB > max) return hardwareReason('hardware.memory-over-maximum', { max: memoryText(max) })
  if (which === 'running') return hasBalloon ? null : hardwareReason('hardware.no-balloon', { name })
  return isMaxChanged && hasCells ? hardwareReason('hardware.numa-memory') : null
}

/** `cpus`: processors of the host. */
export function pinning(
  { vcpus, emulator }: EditOf<'setPinning'>,
  which: Which,
  hardware: EditableHardware,
  cpus: ReadonlySet<number>,
): Reason | null {
  const most = which === 'running' ? hardware.vcpus : hardware.maxVcpus
  const unknown = vcpus.find(({ vcpu }) => vcpu >= most)
  if (unknown) return hardwareReason('hardware.vcpu-unknown', { vcpu: unknown.vcpu })
  const lists = [...vcpus.map((pin) => pin.cpus), emulator].filter((list) => typeof list === 'string')
  const missing = [...new Set(lists.flatMap((list) => idsOf(list)))].filter((cpu) => !cpus.has(cpu))
  return missing.length > 0 ? hardwareReason('hardware.no-such-cpu', { cpus: missing.slice(0, 8).join(', ') }) : null
}

/** `there`: NUMA nodes of the host. libvirt moves the pages of strict and restrictive machines alone. */
export function numa(
  { mode, nodes }: EditOf<'setNuma'>,
  which: Which,
  hardware: EditableHardware,
  { name, there }: { readonly name: string; readonly there: ReadonlySet<number> },
): Reason | null {
  const missing = nodes === null ? [] : idsOf(nodes).filter((node) => !there.has(node))
  if (missing.length > 0) return hardwareReason('hardware.no-such-node', { nodes: missing.join(', ') })
  if (which === 'kept') return null
  const before = hardware.numa?.mode
  if (nodes === null || (before !== 'strict' && before !== 'restrictive')) return nextStartOnly({ name })
  return mode === before ? null : hardwareReason('hardware.numa-mode-running', { mode: before })
}

export function tune({ cpuShares, ioWeight }: EditOf<'setTune'>, which: Which): Reason | null {
  return which === 'running' && (cpuShares === null || ioWeight === null) ? hardwareReason('hardware.default-next-start') : null
}
