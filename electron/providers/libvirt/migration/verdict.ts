import { AppError } from '../../../../shared/errors/index.ts'
import { constants as c } from '../../../libvirt/index.ts'
import type { MachineStanding, MoveOptions, MoveOrder } from '../../provider.ts'
import { pause } from '../pause.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import type { MachineContext } from './migration-context.ts'
import { type MoveWord, moveCancelled, moveFailed, moveStopped, moveUnclear, postCopyFailed } from './migration-problems.ts'
import type { ReceivingEnd } from './receiving-end.ts'
import { standingOf } from './standing.ts'
import { trustOf } from './trust.ts'
import { wishesEnd } from './wishes.ts'

const LOOK_AGAIN_MS = 500
const LOOK_TIMEOUT_MS = 5_000
/** A daemon may still be ending what it received. */
const ENDING_MS = 20_000

export interface Receiving {
  readonly target: Pick<ReceivingEnd, 'standing' | 'lastWords'>
  readonly order: MoveOrder
  readonly options: MoveOptions
}

/** What to say of a move that failed: where the machine is now, as its hosts say, and the reason that the first of them gave. */
export async function verdictOn(
  context: MachineContext,
  { target, order, options }: Receiving,
  at: MoveWord,
  error: unknown,
): Promise<AppError> {
  const { dom } = context
  const problem = toProblem(error)
  if (problem.code === 'migration.at-work' || isBroken(problem)) return problem
  const [here, there] = await Promise.all([
    standingOf(context, dom.uuid).catch(() => null),
    target.standing(dom.uuid, { timeoutMs: LOOK_TIMEOUT_MS }).catch(() => null),
  ])
  const said = await reasonOf(context, target, order, at, problem)
  if (here?.state === 'post-copy-failed' || there?.state === 'post-copy-failed') return postCopyFailed(dom.name, said, error)
  if (here === null) return moveUnclear(dom.name, error, 'source')
  if (libvirtNumber(error) === VIR_ERR.operationAborted) return moveCancelled(dom.name, error)
  const isStopped = order.spec.mode !== 'cold' && (here.state === 'off' || here.state === 'absent') && !isThere(there)
  if (isStopped) return moveStopped(dom.name, said, error)
  // whatever the word that met the cancel has said: what was wished has come about
  if (wishesEnd(options) && problem.kind !== 'indeterminate') return moveCancelled(dom.name, error)
  return moveFailed(dom.name, at, error, said)
}

/** Whether the machine runs at the target when its answer was lost. It is asked until it has ended what it was at, or cannot be asked. */
export async function answerOf(
  { dom, clock, work }: MachineContext,
  target: Pick<ReceivingEnd, 'standing'>,
  error: unknown,
): Promise<'runs-there' | 'is-not-there' | 'unknown'> {
  if (!isLost(error) || isBroken(error)) return 'is-not-there'
  const untilMs = clock.nowMs() + ENDING_MS
  while (clock.nowMs() < untilMs && !work.signal.aborted) {
    const there = await target.standing(dom.uuid, { timeoutMs: LOOK_TIMEOUT_MS }).catch(toProblem)
    // another link has to ask then
    if (there instanceof AppError) return 'unknown'
    if (isThere(there)) return 'runs-there'
    if (there.state === 'absent' || there.state === 'post-copy-failed') return 'is-not-there'
    await pause(clock, LOOK_AGAIN_MS, work.signal).catch(() => undefined)
  }
  return 'unknown'
}

/** Rejects when the source has been without a way to the target for a while; of a machine in post-copy alone. */
export async function brokenInPostCopy(context: MachineContext, signal: AbortSignal): Promise<never> {
  const { clock, dom } = context
  for (let sinceMs: number | null = null; ; ) {
    await pause(clock, LOOK_AGAIN_MS, signal)
    const here = await standingOf(context, dom.uuid).catch(() => null)
    if (here?.state !== 'post-copy-failed') sinceMs = null
    else if (sinceMs === null) sinceMs = clock.nowMs()
    else if (clock.nowMs() - sinceMs > ENDING_MS) throw postCopyFailed(dom.name, 'The target has not noticed it yet.', null)
  }
}

function isBroken(error: unknown): boolean {
  return toProblem(error).code === 'migration.post-copy-failed'
}

function isThere(standing: MachineStanding | null): boolean {
  return standing?.state === 'running' || standing?.state === 'paused' || standing?.state === 'off'
}

export function isLost(error: unknown): boolean {
  const { kind } = toProblem(error)
  return kind === 'indeterminate' || kind === 'unreachable' || kind === 'timeout' || kind === 'cancelled'
}

/**
 * The source's QEMU sees only that what it sends to is gone, and a daemon that leads tells of its own line to the other one: "End of file
 * while reading data". Why it cannot log in, or what QEMU at the target has said last, is the cause.
 */
async function reasonOf(
  context: MachineContext,
  target: Receiving['target'],
  order: MoveOrder,
  at: MoveWord,
  problem: AppError,
): Promise<string> {
  if (at !== 'perform' && at !== 'peer') return problem.message
  const isLine = isOfTheLine(problem)
  if (isLine && at === 'peer') {
    const { peerTrustNote } = await trustOf(context, order.targetAddress).catch(() => ({ peerTrustNote: null }))
    if (peerTrustNote !== null) return `it cannot log in at ${order.targetAddress}: ${peerTrustNote}`
  }
  const words = await target.lastWords(order.spec.rename ?? context.dom.name)
  if (words === null) return isLine ? LINE_BROKE : problem.message
  return isLine ? words : `${problem.message} The target’s QEMU says: ${words}`
}

/** Raised by the transport between the daemons: it names a broken line, and never why it broke. */
function isOfTheLine({ remote }: AppError): boolean {
  const domain = remote?.['domain']
  const isLine = domain === c.VIR_FROM_RPC || domain === c.VIR_FROM_REMOTE
  return isLine && (remote?.['number'] === VIR_ERR.systemError || remote?.['number'] === VIR_ERR.internalError)
}

const LINE_BROKE = 'The connection to the target’s libvirt daemon broke: the daemon ended, or the network between the hosts failed.'
