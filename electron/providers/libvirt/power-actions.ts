import { isAppError } from '../../../shared/errors/index.ts'
import { CANCELLED_BY_PERSON } from '../provider.ts'
import { type ActContext, type ActionOf, change, needState, stateNow, within } from './act-context.ts'
import { blamingName } from './names.ts'
import { noSavedState, transient } from './problems.ts'

/** Boots it; a machine with a saved image goes on from there, as libvirt does by itself, and that takes as long as its memory is large. */
export async function start(context: ActContext): Promise<void> {
  await create(context, await hasSavedImage(context))
}

export async function restore(context: ActContext): Promise<void> {
  await needSavedImage(context)
  context.progress({ note: 'restoring' })
  await create(context, true)
}

async function create(context: ActContext, isLong: boolean): Promise<void> {
  try {
    await change(context, 'domainCreateWithFlags', { dom: context.dom, flags: 0 }, { dedicated: isLong })
  } catch (error) {
    throw blamingName(context.dom.name, error)
  }
}

async function hasSavedImage(context: ActContext): Promise<boolean> {
  const { result } = await context.host.call('domainHasManagedSaveImage', { dom: context.dom, flags: 0 }, within(context))
  return result !== 0
}

async function needSavedImage(context: ActContext): Promise<void> {
  if (!(await hasSavedImage(context))) throw noSavedState(context.dom.name)
}

export async function discardSave(context: ActContext): Promise<void> {
  await needSavedImage(context)
  await change(context, 'domainManagedSaveRemove', { dom: context.dom, flags: 0 })
}

/**
 * Without flags libvirt asks the hypervisor process to end (it then writes out its caches) and kills it only when it does not. The flag
 * GRACEFUL would leave out the second part, and so leave running what was to be off.
 */
export async function powerOff(context: ActContext): Promise<void> {
  await change(context, 'domainDestroyFlags', { dom: context.dom, flags: 0 })
}

export async function reset(context: ActContext): Promise<void> {
  await change(context, 'domainReset', { dom: context.dom, flags: 0 })
}

export async function suspend(context: ActContext): Promise<void> {
  await change(context, 'domainSuspend', { dom: context.dom })
}

/** A paused machine runs on; one that put itself to sleep is woken up. */
export async function resume(context: ActContext): Promise<void> {
  const { dom } = context
  if ((await stateNow(context)) === 'suspended') await change(context, 'domainPmWakeup', { dom, flags: 0 })
  else await change(context, 'domainResume', { dom })
}

export async function setAutostart(context: ActContext, action: ActionOf<'setAutostart'>): Promise<void> {
  const { persistent } = await context.host.call('domainIsPersistent', { dom: context.dom }, within(context))
  if (persistent === 0) throw transient(context.dom.name)
  await change(context, 'domainSetAutostart', { dom: context.dom, autostart: action.autostart ? 1 : 0 })
}

const PROGRESS_EVERY_MS = 500

/**
 * Saves the memory to the host's disk. A person's cancel gives the save up: the machine then runs on. When the console closes or the link
 * ends, the host goes on saving.
 */
export async function managedSave(context: ActContext): Promise<void> {
  const { host, dom, work } = context
  await needState(context, 'managedSave')
  let done = false
  let cancelTimer: (() => void) | undefined
  const abort = () => {
    const { reason } = work.signal
    if (!isAppError(reason) || reason.code !== CANCELLED_BY_PERSON) return
    host.call('domainAbortJob', { dom }, { idempotent: true }).catch(() => undefined)
  }
  work.signal.addEventListener('abort', abort, { once: true })
  const report = async () => {
    if (done || work.signal.aborted) return
    await reportJob(context)
    if (!done) cancelTimer = context.clock.after(PROGRESS_EVERY_MS, () => void report())
  }
  try {
    context.progress({ note: 'saving' })
    cancelTimer = context.clock.after(PROGRESS_EVERY_MS, () => void report())
    await change(context, 'domainManagedSave', { dom, flags: 0 })
  } finally {
    done = true
    cancelTimer?.()
    work.signal.removeEventListener('abort', abort)
  }
}

/** What a running job says of itself. It may have ended, or the driver may keep no such figures: then nothing is said. */
async function reportJob(context: ActContext): Promise<void> {
  try {
    const { params } = await context.host.call('domainGetJobStats', { dom: context.dom, flags: 0 }, within(context))
    const figure = (field: string) => {
      const value = params.find((param) => param.field === field)?.value
      return typeof value === 'bigint' ? Number(value) : undefined
    }
    const bytesTotal = figure('data_total') ?? figure('memory_total')
    const bytesDone = figure('data_processed') ?? figure('memory_processed')
    if (!bytesTotal || bytesDone === undefined) return
    context.progress({ fraction: Math.min(0.99, bytesDone / bytesTotal), bytesDone, bytesTotal, note: 'saving' })
  } catch {
    // See above.
  }
}
