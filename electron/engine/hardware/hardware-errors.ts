import { AppError } from '../../../shared/errors/index.ts'
import type { EditTime, HardwarePreview, HardwareView, Reason } from '../../../shared/model/index.ts'
import type { HardwareEditor, ProviderConnection } from '../../providers/provider.ts'

/** Throws `unsupported` hardware.unsupported. */
export function editorOf(link: ProviderConnection | null): HardwareEditor {
  if (link?.hardware) return link.hardware
  const reason = 'The virtual hardware of machines on this kind of connection cannot be edited here.'
  throw new AppError({
    kind: 'unsupported',
    code: 'hardware.unsupported',
    message: reason,
    details: { expected: 'a hypervisor', actual: 'none', reason },
  })
}

/** The same words that disable the choice on the page. */
export function refused({ code, text, params }: Reason): AppError {
  return new AppError({ kind: 'precondition', code, message: text, details: { ...params, reason: code } })
}

/** Somebody else has changed it since. `details` hold both definitions as they are now. */
export function changedMeanwhile(name: string, { revision, keptXml, runningXml }: HardwareView): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'hardware.changed-meanwhile',
    message: `${name} was changed meanwhile, by somebody else or by itself. Nothing was done: look at what changed, then edit it again.`,
    details: { name, revision, kept: keptXml, running: runningXml },
  })
}

export function versionUnknown(versionId: string): AppError {
  return new AppError({
    kind: 'not-found',
    code: 'hardware.version-unknown',
    message: 'There is no such earlier definition any more.',
    details: { versionId },
  })
}

export function machineBusy(name: string, task: string): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'machine.busy',
    message: `Another task runs on ${name} (${task}). Wait for it or cancel it.`,
    details: { name, task, reason: 'machine.busy' },
  })
}

/** Throws `precondition` with the reason when an edit cannot count when it is asked to. */
export function needPossible({ now, nextStart, split }: HardwarePreview, when: EditTime): void {
  if (when !== 'next-start' && !now.ok && !(when === 'split' && split)) throw refused(now.reason)
  if (when !== 'now' && !nextStart.ok) throw refused(nextStart.reason)
}
