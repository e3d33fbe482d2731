import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import type { MoveOptions, MoveProgress } from '../../provider.ts'
import { within } from '../act-context.ts'
import { isNoDomain, toProblem } from '../problems.ts'
import { progressOf } from './job-figures.ts'
import type { MachineContext } from './migration-context.ts'
import { breakOff, stallWatch } from './stalled.ts'
import { wishesEnd } from './wishes.ts'

const FIRST_LOOK_MS = 50
const LOOK_MS = 500

/** The move on its way out of here; null: there is none. */
export async function moveNow(context: MachineContext): Promise<MoveProgress | null> {
  const { host, dom } = context
  try {
    const [{ type, params }, { state, reason }] = await Promise.all([
      host.call('domainGetJobStats', { dom, flags: 0 }, within(context)),
      host.call('domainGetState', { dom, flags: 0 }, within(context)),
    ])
    return progressOf(type, params, state === c.VIR_DOMAIN_PAUSED && reason === c.VIR_DOMAIN_PAUSED_POSTCOPY)
  } catch (error) {
    if (isNoDomain(error)) return null
    throw error
  }
}

/**
 * Tells of a move while it lasts, sets what can be set only then, and stops it when a person wishes so or `stop` says so: it then ends with an
 * error of its own. It is told to stop again and again, as a daemon forgets it of a move that is only being prepared. One that stands still in
 * post-copy is broken off.
 */
export async function watchMove<T>(
  context: MachineContext,
  move: Promise<T>,
  wish: Pick<MigrationSpec, 'maxDowntimeMs'>,
  options: MoveOptions,
  stop?: AbortSignal,
): Promise<T> {
  const { clock } = context
  let isOver = false
  let cancelTimer = () => {}
  let isSet = wish.maxDowntimeMs === null
  const isStalled = stallWatch(clock)
  const stopIfWished = async () => {
    if (wishesEnd(options) || stop?.aborted === true) await context.host.call('domainAbortJob', { dom: context.dom }, { idempotent: true })
  }
  const look = async () => {
    await stopIfWished()
    const progress = await moveNow(context)
    if (!progress || isOver) return
    if (!isSet) {
      isSet = true
      await setDowntime(context, wish.maxDowntimeMs)
    }
    tell(progress, options)
    if (isStalled(progress)) await breakOff(context)
  }
  const again = (delayMs: number) => {
    if (isOver) return
    cancelTimer = clock.after(delayMs, () => {
      look()
        .catch((error: unknown) => context.log.debug('a look at a move failed', { code: toProblem(error).code }))
        .finally(() => again(LOOK_MS))
    })
  }
  const hurry = () => {
    cancelTimer()
    again(0)
  }
  options.signal?.addEventListener('abort', hurry, { once: true })
  stop?.addEventListener('abort', hurry, { once: true })
  again(FIRST_LOOK_MS)
  try {
    return await move
  } finally {
    isOver = true
    cancelTimer()
    options.signal?.removeEventListener('abort', hurry)
    stop?.removeEventListener('abort', hurry)
  }
}

export function tell(progress: MoveProgress, options: MoveOptions): void {
  options.onMove?.(progress)
  const { memory, disk, phase } = progress
  const bytesTotal = (memory?.total ?? 0) + (disk?.total ?? 0)
  const bytesDone = bytesTotal - (memory?.remaining ?? 0) - (disk?.remaining ?? 0)
  options.onProgress?.({ note: phase, ...(bytesTotal > 0 && { bytesDone, bytesTotal, fraction: Math.min(0.99, bytesDone / bytesTotal) }) })
}

async function setDowntime(context: MachineContext, maxDowntimeMs: number | null): Promise<void> {
  if (maxDowntimeMs === null) return
  const { host, dom } = context
  await host.call(
    'domainMigrateSetMaxDowntime',
    { dom, downtime: BigInt(maxDowntimeMs), flags: 0 },
    { ...within(context), idempotent: true },
  )
}
