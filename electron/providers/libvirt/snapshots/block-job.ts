import { isAppError } from '../../../../shared/errors/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import { at, attributeOf, childrenOf, parseXml } from '../../../xml/index.ts'
import { CANCELLED_BY_PERSON } from '../../provider.ts'
import { change, within } from '../volumes/volume-context.ts'
import type { SnapshotContext } from './snapshot-context.ts'

const LOOK_MS = 300
/** virDomainBlockJobType. */
export const PULL = 1
export const COMMIT = 3
export const ACTIVE_COMMIT = 4

export interface JobSeen {
  readonly type: number
  readonly doneBytes: number
  readonly totalBytes: number
}

/** The job that works on a disk now; null: none, or the machine is off. */
export async function jobOn(context: SnapshotContext, target: string): Promise<JobSeen | null> {
  const { host, dom } = context
  const { active } = await host.call('domainIsActive', { dom }, within(context))
  if (active === 0) return null
  const { found, type, cur, end } = await host.call('domainGetBlockJobInfo', { dom, path: target, flags: 0 }, within(context))
  return found === 0 ? null : { type, doneBytes: Number(cur), totalBytes: Number(end) }
}

/**
 * Begins a job (null: one is under way) and goes along with it until it has ended. One that has copied everything and follows what is written is
 * switched over. A person's cancel ends it, at whatever moment it comes: the beginning is waited for, as a job that nobody knows of would go on.
 * When the console closes or the link breaks the host goes on. Whether it did what it should is for the chain to tell.
 */
export async function runJob(
  context: SnapshotContext,
  target: string,
  note: string,
  begin: (() => Promise<unknown>) | null,
): Promise<void> {
  try {
    await begin?.()
    await followJob(context, target, note)
  } catch (error) {
    await endIfCancelled(context, target)
    throw error
  }
}

async function followJob(context: SnapshotContext, target: string, note: string): Promise<void> {
  const { work, clock, progress } = context
  for (;;) {
    work.signal.throwIfAborted()
    const job = await jobOn(context, target)
    if (!job) return
    const { doneBytes: bytesDone, totalBytes: bytesTotal } = job
    progress({ note, bytesDone, bytesTotal, ...(bytesTotal > 0 && { fraction: Math.min(0.99, bytesDone / bytesTotal) }) })
    if (job.type === ACTIVE_COMMIT && (await isReady(context, target))) {
      const pivot = c.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT
      await change(context, 'domainBlockJobAbort', { dom: context.dom, path: target, flags: pivot }, { dedicated: true })
      return
    }
    await pause(clock, work.signal)
  }
}

/** The link's own calls end with its signal, so this one is made apart from it. */
async function endIfCancelled({ host, dom, work, log }: SnapshotContext, target: string): Promise<void> {
  const reason: unknown = work.signal.reason
  if (!isAppError(reason) || reason.code !== CANCELLED_BY_PERSON) return
  await host
    .call('domainBlockJobAbort', { dom, path: target, flags: 0 }, { idempotent: true })
    .catch((error: unknown) => log.warn('a job was not cancelled', { target, error }))
}

async function isReady(context: SnapshotContext, target: string): Promise<boolean> {
  const { host, dom } = context
  const domain = parseXml((await host.call('domainGetXmlDesc', { dom, flags: 0 }, within(context))).xml)
  const disk = childrenOf(at(domain, 'devices'), 'disk').find((one) => attributeOf(at(one, 'target'), 'dev') === target)
  return attributeOf(at(disk, 'mirror'), 'ready') === 'yes'
}

function pause(clock: SnapshotContext['clock'], signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      cancel()
      signal.removeEventListener('abort', end)
      resolve()
    }
    const cancel = clock.after(LOOK_MS, end)
    signal.addEventListener('abort', end, { once: true })
  })
}
