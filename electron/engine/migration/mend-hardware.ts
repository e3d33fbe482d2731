import {
  type EditableDisk,
  type EditTime,
  type HardwareEdit,
  type HardwareView,
  hardwareEditSchema,
  type Machine,
} from '../../../shared/model/index.ts'
import type { HardwareService } from '../hardware/hardware-service.ts'
import { mendGone } from './mend-errors.ts'

export interface HardwareMend {
  readonly edit: HardwareEdit
  readonly when: EditTime
  readonly revision: string
}

/** Takes the medium out: of what runs, and of what the next start reads where the same is in it. Throws `not-found` migration.mend-gone. */
export function ejecting(view: HardwareView, machine: Machine, target: string): HardwareMend {
  const { running, kept } = drives(view, target)
  const drive = running ?? kept
  if (!drive || drive.source === null) throw mendGone(target, machine.name)
  const isInBoth = running !== undefined && kept?.key === running.key && kept.source === running.source
  const when = running === undefined ? 'next-start' : isInBoth ? 'both' : 'now'
  return { edit: hardwareEditSchema.parse({ edit: 'setMedia', device: drive.key, media: null }), when, revision: view.revision }
}

/** At once where the hypervisor can, else from the next start on. Throws `not-found` migration.mend-gone. */
export async function safeCache(
  hardware: Pick<HardwareService, 'preview'>,
  view: HardwareView,
  machine: Machine,
  target: string,
  signal: AbortSignal,
): Promise<HardwareMend> {
  const { running, kept } = drives(view, target)
  const disk = running ?? kept
  if (!disk) throw mendGone(target, machine.name)
  const edit = hardwareEditSchema.parse({ edit: 'changeDisk', device: disk.key, cache: 'none' })
  const { now, nextStart } = await hardware.preview(machine.id, edit, signal)
  const when = running !== undefined && now.ok ? (nextStart.ok && kept ? 'both' : 'now') : 'next-start'
  return { edit, when, revision: view.revision }
}

function drives({ running, kept }: HardwareView, target: string): { readonly running?: EditableDisk; readonly kept?: EditableDisk } {
  const here = running?.disks.find((disk) => disk.target === target)
  const next = kept?.disks.find((disk) => disk.target === target)
  return { ...(here && { running: here }), ...(next && { kept: next }) }
}
