import { type HardwareEdit, hardwareReason, type Reason } from '../../../../shared/model/index.ts'
import { at, childrenOf, parseXml } from '../../../xml/index.ts'
import {
  type EditOf,
  keptVcpus,
  memory,
  nextStartOnly,
  noSuchDevice,
  numa,
  overHost,
  pinning,
  runningVcpus,
  type Split,
  splitOf,
  tune,
  type Which,
} from '../../hardware/index.ts'
import { keyedDevices } from './device-keys.ts'
import { judgeDevice } from './judge-device.ts'
import { invalidXml, takenFrom } from './refusals.ts'
import { domainOf, hasBalloon, type Situation } from './situation.ts'

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
      if (which === 'kept') return keptVcpus(edit, hardware, now.host.maxVcpus)
      return runningVcpus(edit, hardware, { name, mayGiveBack: () => givesBack(hardware.vcpus - edit.vcpus, now) })
    case 'setCpu':
      return which === 'running' ? nextStartOnly(now) : overHost(edit.cpu.vcpus, now.host.maxVcpus)
    case 'setMemory':
      return memory(edit, which, hardware, memorySight(which, now))
    case 'setBoot':
      return which === 'running' ? nextStartOnly(now) : boot(edit, now)
    case 'setPinning':
      return pinning(edit, which, hardware, now.host.cpus)
    case 'setNuma':
      return numa(edit, which, hardware, { name, there: now.host.nodes })
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

function givesBack(vcpus: number, now: Situation): Reason | null {
  if (now.isEmulated) return hardwareReason('hardware.vcpu-unplug-emulated')
  const removable = childrenOf(at(domainOf(now, 'running'), 'vcpus'), 'vcpu').filter(
    ({ attributes }) => attributes.enabled === 'yes' && attributes.hotpluggable === 'yes',
  )
  return removable.length < vcpus ? hardwareReason('hardware.vcpus-not-removable') : null
}

function memorySight(which: Which, now: Situation) {
  const domain = domainOf(now, which)
  const hasCells = at(domain, 'cpu', 'numa') !== undefined
  return { name: now.name, hostKiB: now.host.memoryKiB, hasBalloon: hasBalloon(domain), hasCells }
}

function boot({ order }: EditOf<'setBoot'>, now: Situation): Reason | null {
  const keys = new Set(keyedDevices(at(domainOf(now, 'kept'), 'devices')).map(({ key }) => key))
  const missing = order.find((key) => !keys.has(key))
  return missing === undefined ? null : noSuchDevice(missing)
}

function definition({ xml }: EditOf<'setDefinition'>, now: Situation): Reason | null {
  try {
    const root = parseXml(xml)
    const before = domainOf(now, 'kept')
    if (root.name !== 'domain') return hardwareReason('hardware.xml-invalid', { problem: `<${root.name}>` })
    const same = (name: string) => at(root, name)?.text.trim() === at(before, name)?.text.trim()
    return same('name') && same('uuid') ? takenFrom(now.host) : hardwareReason('hardware.identity-fixed')
  } catch (error) {
    return invalidXml(error)
  }
}
