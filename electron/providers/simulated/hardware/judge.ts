import { type EditableHardware, type HardwareEdit, hardwareReason, type Reason } from '../../../../shared/model/index.ts'
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
import { child, parseTree, type Tree } from './definition-tree.ts'
import { keyedDevices } from './device-keys.ts'
import { judgeDevice } from './judge-device.ts'
import { notWhole, type Situation } from './situation.ts'

/** Why an edit cannot be done to one of the definitions; null: it can. The rules are those of libvirt's QEMU driver. */
export function judge(edit: HardwareEdit, which: Which, now: Situation): Reason | null {
  const hardware = now[which]
  if (!hardware) return hardwareReason(which === 'running' ? 'hardware.machine-off' : 'hardware.transient', { name: now.name })
  switch (edit.edit) {
    case 'setVcpus':
      if (which === 'kept') return keptVcpus(edit, hardware, now.options.maxVcpus)
      return runningVcpus(edit, hardware, { name: now.name, mayGiveBack: () => givesBack(edit.vcpus, hardware, now) })
    case 'setCpu':
      return which === 'running' ? nextStartOnly(now) : overHost(edit.cpu.vcpus, now.options.maxVcpus)
    case 'setMemory': {
      const sight = { name: now.name, hostKiB: now.options.hostMemoryKiB, hasBalloon: hasBalloon(now.trees[which]), hasCells: false }
      return memory(edit, which, hardware, sight)
    }
    case 'setBoot':
      return which === 'running' ? nextStartOnly(now) : boot(edit, now)
    case 'setPinning':
      return pinning(edit, which, hardware, new Set(now.options.cells.flatMap(({ cpus }) => cpus)))
    case 'setNuma':
      return numa(edit, which, hardware, { name: now.name, there: new Set(now.options.cells.map(({ id }) => id)) })
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

function givesBack(vcpus: number, hardware: EditableHardware, { machine }: Situation): Reason | null {
  const atBoot = machine.edited?.bootVcpus ?? hardware.vcpus
  return vcpus < atBoot ? hardwareReason('hardware.vcpus-not-removable') : null
}

function hasBalloon(domain: Tree | null): boolean {
  const balloon = child(domain ?? undefined, 'devices', 'memballoon')
  return balloon !== undefined && balloon.attributes.model !== 'none'
}

function boot({ order }: EditOf<'setBoot'>, { trees: { kept } }: Situation): Reason | null {
  const keys = new Set(kept ? keyedDevices(kept).map(({ key }) => key) : [])
  const missing = order.find((key) => !keys.has(key))
  return missing === undefined ? null : noSuchDevice(missing)
}

function definition({ xml }: EditOf<'setDefinition'>, { trees: { kept } }: Situation): Reason | null {
  const invalid = notWhole(xml)
  if (invalid) return invalid
  const root = parseTree(xml)
  if (root.name !== 'domain') return hardwareReason('hardware.xml-invalid', { problem: `<${root.name}>` })
  const same = (name: string) => child(root, name)?.text.trim() === child(kept ?? undefined, name)?.text.trim()
  return same('name') && same('uuid') ? null : hardwareReason('hardware.identity-fixed')
}
