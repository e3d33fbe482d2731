import type { EditTime, HardwareEdit } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { isAsWanted } from '../../hardware/index.ts'
import type { ProbeAnswer } from '../../provider.ts'
import { pause } from '../pause.ts'
import { libvirtNumber } from '../problems.ts'
import { type HardwareContext, readDefinitions } from './hardware-context.ts'
import { readEditable } from './read-editable.ts'
import { capacityOf } from './size.ts'

const LOOK_AGAIN_MS = 250
const LOOKS_WHILE_BUSY = 80

/** A host that lost us goes on with what it was told: it is looked at when it has ended, after 20 s at most. */
async function settled(context: HardwareContext): Promise<boolean> {
  for (let looks = 1; ; looks++) {
    if (!(await isBusy(context))) return true
    if (looks === LOOKS_WHILE_BUSY) return false
    await pause(context.clock, LOOK_AGAIN_MS, context.work.signal)
  }
}

async function isBusy({ host, dom, work }: HardwareContext): Promise<boolean> {
  try {
    const { state, details } = await host.call('domainGetControlInfo', { dom, flags: 0 }, { signal: work.signal })
    // what libvirt calls an internal error is a job that waits for the guest, outside of QEMU's monitor
    const isWaiting = state === c.VIR_DOMAIN_CONTROL_ERROR && details === c.VIR_DOMAIN_CONTROL_ERROR_REASON_INTERNAL
    return isWaiting || state === c.VIR_DOMAIN_CONTROL_JOB || state === c.VIR_DOMAIN_CONTROL_OCCUPIED
  } catch (error) {
    // one that is off, and another driver's, have nothing to be busy with
    if (libvirtNumber(error) === undefined) throw error
    return false
  }
}

/** Whether an edit happened, judged by what stands now. Only reads. */
export async function probeEdit(context: HardwareContext, edit: HardwareEdit, when: EditTime, revision: string): Promise<ProbeAnswer> {
  if (!(await settled(context))) return 'unknown'
  const { runningXml, keptXml, revision: now } = await readDefinitions(context)
  const { cpus: hostCpus } = await context.host.call('nodeGetInfo', {}, { signal: context.work.signal })
  const [running, kept] = [runningXml, keptXml].map((xml) => (xml === null ? null : readEditable(xml, { hostCpus })))
  if (edit.edit === 'resizeDisk') {
    const path = (running ?? kept)?.disks.find(({ key }) => key === edit.device)?.source
    const size = path ? await capacityOf(context, path) : null
    return size === null ? 'unknown' : size >= edit.capacityBytes ? 'done' : 'not-done'
  }
  // a version that is taken back is libvirt's own text
  if (edit.edit === 'setDefinition' && keptXml === edit.xml) return 'done'
  // a balloon moves as the guest lets it: of both, which one call changes, the kept one tells. Of a split one it is what is changed last.
  const isToldByKept = when === 'split' || (edit.edit === 'setMemory' && when === 'both')
  const answers = [
    ...(when === 'next-start' || isToldByKept ? [] : [running ? isAsWanted(edit, running) : null]),
    ...(when === 'now' ? [] : [kept ? isAsWanted(edit, kept) : null]),
  ]
  if (now !== revision) return answers.every((answer) => answer === true) ? 'done' : 'unknown'
  // a balloon changes nothing that a revision is made of
  return edit.edit === 'setMemory' && answers.every((answer) => answer === true) ? 'done' : 'not-done'
}
