import { constants as c } from '../../../libvirt/index.ts'
import type { Clock, MoveProgress } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { MachineContext } from './migration-context.ts'

/**
 * In post-copy nothing has come across for so long: the way between the hosts is silent. Neither end would notice before TCP gives up, a quarter of
 * an hour later, and its guest stands still at the first page that it needs.
 */
const STALLED_MS = 30_000

/** Answers, look by look, whether the rest of a move in post-copy has stood still for too long; from then on once in each such time. */
export function stallWatch(clock: Pick<Clock, 'nowMs'>): (progress: MoveProgress) => boolean {
  let rest: number | null = null
  let sinceMs = 0
  return ({ phase, memory }) => {
    const now = phase === 'post-copy' && memory && memory.remaining > 0 ? memory.remaining : null
    const hasMoved = now === null || now !== rest
    rest = now
    if (hasMoved || clock.nowMs() < sinceMs) sinceMs = clock.nowMs()
    if (clock.nowMs() - sinceMs < STALLED_MS) return false
    sinceMs = clock.nowMs()
    return true
  }
}

/** The source is told that its way is gone: the move then counts as broken, and is taken up again as any that broke. Nothing is lost by it. */
export async function breakOff({ host, dom, log }: MachineContext): Promise<void> {
  log.info('a move in post-copy has stood still and is broken off to be taken up again', { machine: dom.uuid })
  await host.call('domainAbortJobFlags', { dom, flags: c.VIR_DOMAIN_ABORT_JOB_POSTCOPY }, { idempotent: true }).catch((error: unknown) => {
    log.debug('a move that stood still was not broken off', { code: toProblem(error).code })
  })
}
