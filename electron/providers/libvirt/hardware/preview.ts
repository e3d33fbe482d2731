import { type HardwareEdit, type HardwarePreview, hardwareReason, memoryText, type Reason } from '../../../../shared/model/index.ts'
import type { Which } from '../../hardware/index.ts'
import { within } from '../act-context.ts'
import { edited } from './edited.ts'
import type { HardwareContext } from './hardware-context.ts'
import { judge, splitNow } from './judge.ts'
import { domainOf, hasBalloon, readSituation, type Situation } from './situation.ts'
import { judgeSize } from './size.ts'

/** What an edit would do. Only reads. */
export async function previewOf(context: HardwareContext, edit: HardwareEdit): Promise<HardwarePreview> {
  const now = await readSituation(context, edit)
  const size = edit.edit === 'resizeDisk' ? await judgeSize(context, edit, now) : null
  const possible = (which: Which) => {
    const reason = judge(edit, which, now) ?? size
    return reason ? ({ ok: false, reason } as const) : ({ ok: true } as const)
  }
  const [running, kept] = [possible('running'), possible('kept')]
  const split = kept.ok ? splitNow(edit, now) : null
  return {
    now: running,
    nextStart: kept,
    warnings: running.ok || kept.ok ? await warningsOf(context, edit, now) : [],
    kept: kept.ok ? changed(now.keptXml, edit, now) : null,
    running: running.ok ? changed(now.runningXml, edit, now) : null,
    split: split && { now: [...split.fields], rest: [...split.rest], running: changed(now.runningXml, split.now, now) },
  }
}

function changed(before: string | null, edit: HardwareEdit, { facts }: Situation): HardwarePreview['kept'] {
  if (before === null) return null
  const after = edit.edit === 'setDefinition' ? edit.xml : edited(before, edit, facts)
  return after === before ? null : { before, after }
}

async function warningsOf(context: HardwareContext, edit: HardwareEdit, now: Situation): Promise<Reason[]> {
  switch (edit.edit) {
    case 'setMemory':
      return await usedMemory(context, edit.memoryKiB, now)
    case 'addHostDevice':
      return hostDevice(edit.hostDevice, now)
    case 'resizeDisk':
      return [hardwareReason('hardware.guest-must-grow')]
    case 'removeDevice': {
      const disk = [...(now.kept?.disks ?? []), ...(now.running?.disks ?? [])].find(({ key }) => key === edit.device)
      const isBooted = now.kept?.boot.order.includes(edit.device) ?? false
      return [
        ...(disk && disk.source !== null ? [hardwareReason('hardware.disk-stays', { source: disk.source })] : []),
        ...(isBooted ? [hardwareReason('hardware.boots-from')] : []),
        ...(now.running ? [hardwareReason('hardware.guest-must-let-go')] : []),
      ]
    }
    default:
      return []
  }
}

/** virDomainMemoryStatTags. */
const UNUSED = 4
const AVAILABLE = 5

/** What the guest's balloon driver says that it uses, where it says so. */
async function usedMemory(context: HardwareContext, wantedKiB: number, now: Situation): Promise<Reason[]> {
  if (!now.running || !hasBalloon(domainOf(now, 'running'))) return []
  try {
    const { stats } = await context.host.call('domainMemoryStats', { dom: context.dom, maxStats: 16, flags: 0 }, within(context))
    const figure = (tag: number) => stats.find((stat) => stat.tag === tag)?.val
    const [unused, available] = [figure(UNUSED), figure(AVAILABLE)]
    if (unused === undefined || available === undefined) return []
    const usedKiB = Number(available - unused)
    return wantedKiB < usedKiB ? [hardwareReason('hardware.memory-below-used', { used: memoryText(usedKiB) })] : []
  } catch {
    context.work.signal.throwIfAborted()
    return []
  }
}

function hostDevice(name: string, { host }: Situation): Reason[] {
  const device = host.hostDevices.find((each) => each.name === name)
  if (!device) return []
  const mates = device.groupMates.map((mate) => mate.product ?? mate.name)
  const isTaken = device.driver !== null && device.driver !== 'vfio-pci' && device.kind === 'pci'
  return [
    ...(mates.length > 0 ? [hardwareReason('hardware.host-device-group', { devices: mates.join(', ') })] : []),
    ...(isTaken ? [hardwareReason('hardware.host-device-driver', { driver: device.driver ?? '' })] : []),
  ]
}
