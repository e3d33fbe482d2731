import { type EditableHardware, type HardwareEdit, hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import { type EditOf, type Split, splitOf, type Which } from '../../hardware/index.ts'
import { keyedDevices } from './device-keys.ts'
import { idsOf } from './id-list.ts'
import { judgeDevice } from './judge-device.ts'
import { invalidXml, nextStartOnly, noSuchDevice, takenFrom } from './refusals.ts'
import { domainOf, hasBalloon, type Situation } from './situation.ts'

const MIB_IN_KIB = 1_024

/**
 * Why an edit cannot be done to one of the definitions, as far as can be told without doing it; null: it can. What libvirt would refuse with
 * an error of its own is refused here in words.
 */
export function judge(edit: HardwareEdit, which: Which, now: Situation): Reason | null {
  const { name } = now
  const hardware = now[which]
  if (!hardware) return hardwareReason(which === 'running' ? 'hardware.machine-off' : 'hardware.transient', { name })
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
      return tune(edit, which)
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
  if (vcpus >= hardware.vcpus) return null
  if (now.isEmulated) return hardwareReason('hardware.vcpu-unplug-emulated')
  const removable = childrenOf(at(domainOf(now, 'running'), 'vcpus'), 'vcpu').filter(
    ({ attributes }) => attributes.enabled === 'yes' && attributes.hotpluggable === 'yes',
  )
  return removable.length < hardware.vcpus - vcpus ? hardwareReason('hardware.vcpus-not-removable') : null
}

function keptVcpus({ vcpus, maxVcpus }: EditOf<'setVcpus'>, hardware: EditableHardware, now: Situation): Reason | null {
  const max = maxVcpus ?? hardware.maxVcpus
  if (vcpus > max) return hardwareReason('hardware.vcpus-over-own-maximum', { max })
  const { topology } = hardware.cpu
  if (topology && max !== hardware.maxVcpus) {
    const each = topology.cores * topology.threads
    if (max % each !== 0) return hardwareReason('hardware.topology-mismatch', { each })
  }
  return overHost(max, now)
}

function overHost(vcpus: number, { host: { maxVcpus } }: Situation): Reason | null {
  return maxVcpus !== null && vcpus > maxVcpus ? hardwareReason('hardware.vcpus-over-host', { max: maxVcpus }) : null
}

function memory({ memoryKiB, maxMemoryKiB }: EditOf<'setMemory'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const { host, name } = now
  const isMaxChanged = maxMemoryKiB !== undefined && maxMemoryKiB !== hardware.maxMemoryKiB
  if (Math.max(memoryKiB, maxMemoryKiB ?? 0) > host.memoryKiB) {
    return hardwareReason('hardware.memory-over-host', { hostMiB: Math.floor(host.memoryKiB / MIB_IN_KIB) })
  }
  if (which === 'running' && isMaxChanged) return nextStartOnly(now)
  const max = maxMemoryKiB ?? hardware.maxMemoryKiB
  if (memoryKiB > max) return hardwareReason('hardware.memory-over-maximum', { maxMiB: Math.floor(max / MIB_IN_KIB) })
  const domain = domainOf(now, which)
  if (which === 'running') return hasBalloon(domain) ? null : hardwareReason('hardware.no-balloon', { name })
  return isMaxChanged && at(domain, 'cpu', 'numa') ? hardwareReason('hardware.numa-memory') : null
}

function boot({ order }: EditOf<'setBoot'>, now: Situation): Reason | null {
  const keys = new Set(keyedDevices(at(domainOf(now, 'kept'), 'devices')).map(({ key }) => key))
  const missing = order.find((key) => !keys.has(key))
  return missing === undefined ? null : noSuchDevice(missing)
}

function pinning({ vcpus, emulator }: EditOf<'setPinning'>, which: Which, hardware: EditableHardware, { host }: Situation): Reason | null {
  const most = which === 'running' ? hardware.vcpus : hardware.maxVcpus
  const unknown = vcpus.find(({ vcpu }) => vcpu >= most)
  if (unknown) return hardwareReason('hardware.vcpu-unknown', { vcpu: unknown.vcpu })
  for (const list of [...vcpus.map(({ cpus }) => cpus), emulator]) {
    const missing = typeof list === 'string' ? idsOf(list).filter((cpu) => !host.cpus.has(cpu)) : []
    if (missing.length > 0) return hardwareReason('hardware.no-such-cpu', { cpus: missing.slice(0, 8).join(', ') })
  }
  return null
}

function numa({ mode, nodes }: EditOf<'setNuma'>, which: Which, hardware: EditableHardware, now: Situation): Reason | null {
  const missing = nodes === null ? [] : idsOf(nodes).filter((node) => !now.host.nodes.has(node))
  if (missing.length > 0) return hardwareReason('hardware.no-such-node', { nodes: missing.join(', ') })
  if (which === 'kept') return null
  if (nodes === null || !hardware.numa) return nextStartOnly(now)
  const { mode: before } = hardware.numa
  // libvirt moves the pages of strict and restrictive ones alone
  if (before !== 'strict' && before !== 'restrictive') return nextStartOnly(now)
  return mode === before ? null : hardwareReason('hardware.numa-mode-running', { mode: before })
}

function tune({ cpuShares, ioWeight }: EditOf<'setTune'>, which: Which): Reason | null {
  return which === 'running' && (cpuShares === null || ioWeight === null) ? hardwareReason('hardware.default-next-start') : null
}

function definition({ xml }: EditOf<'setDefinition'>, now: Situation): Reason | null {
  try {
    const root = parseXml(xml)
    const before = domainOf(now, 'kept')
    if (root.name !== 'domain') return hardwareReason('hardware.xml-invalid', { problem: `<${root.name}>` })
    const same = (name: string) => at(root, name)?.text.trim() === at(before, name)?.text.trim()
    return same('name') && same('uuid') ? takenFrom(now.host.taken) : hardwareReason('hardware.identity-fixed')
  } catch (error) {
    return invalidXml(error)
  }
}
