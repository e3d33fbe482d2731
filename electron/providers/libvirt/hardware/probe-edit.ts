import type { EditTime, HardwareEdit } from '../../../../shared/model/index.ts'
import type { ProbeAnswer } from '../../provider.ts'
import { type HardwareContext, readDefinitions } from './hardware-context.ts'
import { isAsWanted } from './is-as-wanted.ts'
import { readEditable } from './read-editable.ts'
import { capacityOf } from './size.ts'

/** Whether an edit happened, judged by what stands now. Only reads. */
export async function probeEdit(context: HardwareContext, edit: HardwareEdit, when: EditTime, revision: string): Promise<ProbeAnswer> {
  const { runningXml, keptXml, revision: now } = await readDefinitions(context)
  const [running, kept] = [runningXml, keptXml].map((xml) => (xml === null ? null : readEditable(xml)))
  if (edit.edit === 'resizeDisk') {
    const path = (running ?? kept)?.disks.find(({ key }) => key === edit.device)?.source
    const size = path ? await capacityOf(context, path) : null
    return size === null ? 'unknown' : size >= edit.capacityBytes ? 'done' : 'not-done'
  }
  const answers = [
    ...(when === 'next-start' ? [] : [running ? isAsWanted(edit, running) : null]),
    ...(when === 'now' ? [] : [kept ? isAsWanted(edit, kept) : null]),
  ]
  if (now !== revision) return answers.every((answer) => answer === true) ? 'done' : 'unknown'
  // a balloon changes nothing that a revision is made of
  return edit.edit === 'setMemory' && answers.every((answer) => answer === true) ? 'done' : 'not-done'
}
