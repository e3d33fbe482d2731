import type { EditTime, HardwareEdit } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import type { EditOf, Which } from '../../hardware/index.ts'
import { change } from '../act-context.ts'
import { bringsController } from './controllers.ts'
import type { HardwareContext } from './hardware-context.ts'
import { changedMeanwhile, refused } from './hardware-problems.ts'
import { judge, splitNow } from './judge.ts'
import { attach, changeLive, limitDisk, noteAsked } from './live.ts'
import { redefine } from './redefine.ts'
import { domainOf, readSituation, type Situation } from './situation.ts'
import { judgeSize, volumeOf } from './size.ts'

const BOTH = c.VIR_DOMAIN_AFFECT_LIVE | c.VIR_DOMAIN_AFFECT_CONFIG

/**
 * Does an edit. Everything is judged anew just before, and what is to be changed is looked at again. Throws `conflict`
 * hardware.changed-meanwhile, `precondition` with the reason, and what libvirt says.
 */
export async function applyEdit(context: HardwareContext, edit: HardwareEdit, when: EditTime, revision: string): Promise<void> {
  const now = await readSituation(context, edit)
  if (now.revision !== revision) throw changedMeanwhile(now.name, now)
  const toRunning = when !== 'next-start'
  const toKept = when !== 'now'
  const size = edit.edit === 'resizeDisk' ? await judgeSize(context, edit, now) : null
  const live = when === 'split' ? (splitNow(edit, now)?.now ?? edit) : edit
  const verdict = (which: Which) => judge(which === 'running' ? live : edit, which, now) ?? size
  const reason = (toRunning ? verdict('running') : null) ?? (toKept ? verdict('kept') : null)
  if (reason) throw refused(reason)
  if (edit.edit === 'resizeDisk') return await resize(context, edit, now)
  if (when === 'both' && (await changeBothAtOnce(context, edit, now))) return
  // first what a guest may refuse: nothing is kept then that does not run
  if (toRunning) await changeLive(context, live, now)
  if (toKept) await changeKept(context, edit, now)
}

/** Where libvirt has one call for both definitions: both or neither. False: it has none. */
async function changeBothAtOnce(context: HardwareContext, edit: HardwareEdit, now: Situation): Promise<boolean> {
  const { dom } = context
  switch (edit.edit) {
    case 'setVcpus':
      if (edit.maxVcpus !== undefined && edit.maxVcpus !== now.kept?.maxVcpus) return false
      await change(context, 'domainSetVcpusFlags', { dom, nvcpus: edit.vcpus, flags: BOTH })
      return true
    case 'setMemory':
      if (edit.maxMemoryKiB !== undefined && edit.maxMemoryKiB !== now.kept?.maxMemoryKiB) return false
      await change(context, 'domainSetMemoryFlags', { dom, memory: BigInt(edit.memoryKiB), flags: BOTH })
      noteAsked(context, edit, now)
      return true
    case 'addDisk':
    case 'addNic':
    case 'addHostDevice':
      if (bringsController(edit, domainOf(now, 'running')) || bringsController(edit, domainOf(now, 'kept'))) return false
      await attach(context, edit, now, BOTH)
      return true
    case 'changeDisk':
      if (!edit.limits || !isOnlyLimits(edit)) return false
      await limitDisk(context, edit.device, edit.limits, now, BOTH)
      return true
    default:
      return false
  }
}

function isOnlyLimits({ bus, cache, discard, readOnly, shareable }: EditOf<'changeDisk'>): boolean {
  return [bus, cache, discard, readOnly, shareable].every((field) => field === undefined)
}

/** By libvirt's call for it where there is one that changes nothing else; else by defining it anew with the one element changed. */
async function changeKept(context: HardwareContext, edit: HardwareEdit, now: Situation): Promise<void> {
  const { dom } = context
  const flags = c.VIR_DOMAIN_AFFECT_CONFIG
  switch (edit.edit) {
    case 'setVcpus':
      if (edit.maxVcpus !== undefined && edit.maxVcpus !== now.kept?.maxVcpus) break
      await change(context, 'domainSetVcpusFlags', { dom, nvcpus: edit.vcpus, flags })
      return context.touchDefinition()
    case 'setMemory':
      if (edit.maxMemoryKiB !== undefined && edit.maxMemoryKiB !== now.kept?.maxMemoryKiB) break
      await change(context, 'domainSetMemoryFlags', { dom, memory: BigInt(edit.memoryKiB), flags })
      return context.touchDefinition()
    case 'addDisk':
    case 'addDrive':
    case 'addNic':
    case 'addHostDevice':
      if (bringsController(edit, domainOf(now, 'kept'))) break
      await attach(context, edit, now, flags)
      return context.touchDefinition()
    default:
  }
  await redefine(context, edit, now)
}

/** Of a running machine QEMU grows its image; else libvirt's storage does. */
async function resize(context: HardwareContext, { device, capacityBytes }: EditOf<'resizeDisk'>, now: Situation): Promise<void> {
  const { dom } = context
  const running = now.running?.disks.find(({ key }) => key === device)
  if (running) {
    const args = { dom, disk: running.target, size: BigInt(capacityBytes), flags: c.VIR_DOMAIN_BLOCK_RESIZE_BYTES }
    await change(context, 'domainBlockResize', args)
  } else {
    const vol = await volumeOf(context, device, now)
    if (vol) await change(context, 'storageVolResize', { vol, capacity: BigInt(capacityBytes), flags: 0 })
    context.touchPools()
  }
}
