import { type EditableHardware, type HardwareEdit, hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import { type Split, splitOf } from '../../hardware/index.ts'
import { child, parseTree, type Tree } from './definition-tree.ts'
import { keyedDevices } from './device-keys.ts'
import type { EditOf } from './edit-device.ts'
import { judgeDevice } from './judge-device.ts'
import { nextStartOnly, notWhole, type Situation, type Which } from './situation.ts'

const MIB_IN_KIB = 1_024

/** Why an edit cannot be done to one of the definitions; null: it can. The rules are those of libvirt's QEMU driver. */
export function judge(edit: HardwareEdit, which: Which, now: Situation): Reason | null {
  const hardware = now[which]
  if (!hardware) return hardwareReason(which === 'running' ? 'hardware.machine-off' : 'hardware.transient', { name: now.name })
  switch (edit.edit) {
    case 'setVcpus':
      return which === 'running' ? runningVcpus(edit, hardware, now) : keptVcpus(edit, hardware, now)
    case 'setCpu':
      return which === 'running' ? nextStartOnly(now) : overHost(edit.cpu.vcpus, now)
    case 'setMemory':
      return memory(edit, which, hardware, now)
    case 'setBoot':
      return which === 'running' ? nextStartOnly(now) : boot(edit, now)
    case 'setPinning':
      return pinning(edit, which, hardware, now)
    case 'setNuma':
      return numa(edit, which, hardware, now)
    case 'setTune':
      return which === 'running' && (edit.cpuShares === null || edit.ioWeight === null)
        ? hardwareReason('hardware.default-next-start')
        : null
    case 'setDefinition':
      return which === 'running' ? nextStartOnly(now) : definition(edit, now)
    default:
      return judgeDevice(edit, which, hardware, now)
  }
}

/** What of an edit the machine can take while it runs, where that is not all of it. */
export function splitNow(edit: HardwareEdit, now: Situation): Split | null {
  return splitOf(edit, now.running, (part) => judge(part, 'running', now))
}

function runningVcpus({ vcpus, maxVcpus }: EditOf<'setVcpus'>, hardware: EditableHardware, now: Situation): Reason | null {
  if (maxVcpus !== undefined && maxVcpus !== hardware.maxVcpus) return nextStartOnly(now)
  if (vcpus > hardware.maxVcpus) return hardwareReason('hardware.vcpus-over-maximum', { name: now.name, max: hardware.maxVcpus })
  const atBoot = now.machine.edited?.bootVcpus ?? hardware.vcpus
  return vcpus < hardware.vcpus && vcpus < atBoot ? hardwareReason('hardware.vcpus-not-removable') : null
}

function keptVcpus({ vcpus, maxVcpus }: EditOf<'setVcpus'>, hardware: EditableHardware, now: Situation): Reason | null {
  const max = maxVcpus ?? hardware.maxVcpus
  if (vcpus > max) return hardwareReason('hardware.vcpus-over-own-maximum', { max })
  const { topology } = hardware.cpu
  const each = topology ? topology.cores * topology.threads : 1
  if (max !== hardware.maxVcpus && max % each !== 0) return hardwareReason('hardware.topology-mismatch', { each })
  return overHost(max, now)
}

function overHost(vcpus: number, { options: { maxVcpus } }: Situation): Reason | null {
  return vcpus > maxVcpus ? hardwareReason('hardware.vcpus-over-host', { max: maxVcpus }) : null
}

function memory({ memoryKiB, maxMemoryKiB }: EditOf<'setMemory'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const { hostMemoryKiB } = now.options
  if (hostMemoryKiB !== null && Math.max(memoryKiB, maxMemoryKiB ?? 0) > hostMemoryKiB) {
    return hardwareReason('hardware.memory-over-host', { hostMiB: Math.floor(hostMemoryKiB / MIB_IN_KIB) })
  }
  if (which === 'running' && maxMemoryKiB !== undefined && maxMemoryKiB !== hardware.maxMemoryKiB) return nextStartOnly(now)
  const max = maxMemoryKiB ?? hardware.maxMemoryKiB
  if (memoryKiB > max) return hardwareReason('hardware.memory-over-maximum', { maxMiB: Math.floor(max / MIB_IN_KIB) })
  if (which === 'kept' || hasBalloon(now.trees.running)) return null
  return hardwareReason('hardware.no-balloon', { name: now.name })
}

function hasBalloon(domain: Tree | null): boolean {
  const balloon = child(domain ?? undefined, 'devices', 'memballoon')
  return balloon !== undefined && balloon.attributes.model !== 'none'
}

function boot({ order }: EditOf<'setBoot'>, { trees: { kept } }: Situation): Reason | null {
  const keys = new Set(kept ? keyedDevices(kept).map(({ key }) => key) : [])
  const missing = order.find((key) => !keys.has(key))
  return missing === undefined ? null : hardwareReason('hardware.no-such-device', { device: missing })
}

/** `0-3,8,^2` as the numbers it stands for. */
export function idsOf(list: string): readonly number[] {
  const ids = new Set<number>()
  for (const part of list.split(',')) {
    const isOut = part.startsWith('^')
    const [from = 0, to = from] = part.replace('^', '').split('-').map(Number)
    for (let id = from; id <= to; id++)
      if (isOut) ids.delete(id)
      else ids.add(id)
  }
  return [...ids]
}

function pinning(
  { vcpus, emulator }: EditOf<'setPinning'>,
  which: Which,
  hardware: EditableHardware,
  { options }: Situation,
): Reason | null {
  const most = which === 'running' ? hardware.vcpus : hardware.maxVcpus
  const unknown = vcpus.find(({ vcpu }) => vcpu >= most)
  if (unknown) return hardwareReason('hardware.vcpu-unknown', { vcpu: unknown.vcpu })
  const there = new Set(options.cells.flatMap(({ cpus }) => cpus))
  const lists = [...vcpus.map(({ cpus }) => cpus), emulator].filter((list) => typeof list === 'string')
  const missing = lists.flatMap(idsOf).filter((cpu) => !there.has(cpu))
  return missing.length === 0 ? null : hardwareReason('hardware.no-such-cpu', { cpus: missing.slice(0, 8).join(', ') })
}

function numa({ mode, nodes }: EditOf<'setNuma'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const there = new Set(now.options.cells.map(({ id }) => id))
  const missing = nodes === null ? [] : idsOf(nodes).filter((node) => !there.has(node))
  if (missing.length > 0) return hardwareReason('hardware.no-such-node', { nodes: missing.join(', ') })
  if (which === 'kept') return null
  const before = hardware.numa?.mode
  if (nodes === null || (before !== 'strict' && before !== 'restrictive')) return nextStartOnly(now)
  return mode === before ? null : hardwareReason('hardware.numa-mode-running', { mode: before })
}

function definition({ xml }: EditOf<'setDefinition'>, { trees: { kept } }: Situation): Reason | null {
  const invalid = notWhole(xml)
  if (invalid) return invalid
  const root = parseTree(xml)
  if (root.name !== 'domain') return hardwareReason('hardware.xml-invalid', { problem: `<${root.name}>` })
  const same = (name: string) => child(root, name)?.text.trim() === child(kept ?? undefined, name)?.text.trim()
  return same('name') && same('uuid') ? null : hardwareReason('hardware.identity-fixed')
}
