import { constants as c, MIGRATION_PARAMS, type TypedParam, toTypedParams } from '../../../libvirt/index.ts'
import type { MoveOptions, MoveOrder, MoveOutcome } from '../../provider.ts'
import { change, within } from '../act-context.ts'
import { pause } from '../pause.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { watchMove } from './follow-job.ts'
import { noteLate } from './last-words.ts'
import { type MachineContext, MOVE_LANE } from './migration-context.ts'
import { cannotResume, moveUnclear, notBroken } from './migration-problems.ts'
import { mibOf, migrateUri, replaced } from './move-parameters.ts'
import type { Finished, ReceivingEnd } from './receiving-end.ts'
import { standingOf } from './standing.ts'
import { answerOf, brokenInPostCopy, isLost } from './verdict.ts'
import { unstoppable } from './wishes.ts'

const NOTHING = new Uint8Array()
const NO_LIMIT = { maxDowntimeMs: null }

/**
 * Takes a move up again that broke in post-copy, in the words of migration protocol 3 with `VIR_MIGRATE_POSTCOPY_RESUME` (libvirt 8.5 and newer;
 * `qemuMigrationSrcBeginResume`, `qemuMigrationDstPrepareResume`). This console leads, whoever led the move. With that flag neither daemon ends
 * its copy, whatever is said: when it breaks again, both are as they were. Throws migration.not-broken, migration.cannot-resume, and
 * `indeterminate` migration.unclear when the target's answer was lost.
 */
export async function resumeMove(
  context: MachineContext,
  order: MoveOrder,
  target: ReceivingEnd,
  options: MoveOptions,
): Promise<MoveOutcome> {
  const { dom } = context
  const wasSending = await breakBoth(context, order.spec.rename ?? dom.name, target)
  const words = await resumeWords(context, order)
  const confirm = (cookieIn: Uint8Array, cancelled: 0 | 1) => {
    const args = { dom, params: words.params, cookieIn, flags: words.flags, cancelled }
    return change(context, 'domainMigrateConfirm3Params', args, MOVE_LANE)
  }
  const sent = await sendRest(context, { ...words, wasSending }, target, confirm, options)
  try {
    const { cookie, outcome } = await lastWord(context, target.finish(sent.params, sent.cookie, words.toTarget, false), options)
    await confirm(cookie, 0)
    return outcome
  } catch (error) {
    const answer = await answerOf(context, target, error)
    if (answer === 'unknown') throw moveUnclear(dom.name, error)
    if (answer === 'is-not-there') throw cannotResume(dom.name, toProblem(error).message, error)
    await confirm(NOTHING, 0)
    return await target.counted(dom.uuid)
  }
}

/**
 * Each end is brought to see that the way is gone, however long its network would have let it wait. Answers whether the source was still at it:
 * it then takes a moment to stop.
 */
async function breakBoth(context: MachineContext, name: string, target: Pick<ReceivingEnd, 'standing' | 'dropLine'>): Promise<boolean> {
  const { dom, log, clock, work } = context
  const [here, there] = await Promise.all([standingOf(context, dom.uuid), target.standing(dom.uuid, {})])
  const isBroken = here.state === 'post-copy-failed' || (here.state === 'outgoing' && there.state === 'post-copy-failed')
  if (!isBroken) throw notBroken(dom.name, here.state)
  if (there.state !== 'post-copy-failed' && there.state !== 'incoming') throw notBroken(dom.name, there.state)
  // its daemon may say so already, and its QEMU not know it yet
  const wasSending = await change(context, 'domainAbortJobFlags', { dom, flags: c.VIR_DOMAIN_ABORT_JOB_POSTCOPY }).then(
    () => true,
    (error: unknown) => {
      if (here.state === 'outgoing') throw cannotResume(dom.name, toProblem(error).message, error)
      log.debug('a broken move was not broken once more', { code: toProblem(error).code })
      return false
    },
  )
  if (there.state === 'post-copy-failed') return wasSending
  const why = await target.dropLine(name)
  if (why !== null) throw cannotResume(dom.name, `${NOT_NOTICED} ${why}`, null)
  for (const untilMs = clock.nowMs() + NOTICES_MS; (await target.standing(dom.uuid, {})).state !== 'post-copy-failed'; ) {
    if (clock.nowMs() >= untilMs) throw cannotResume(dom.name, NOT_NOTICED, null)
    await pause(clock, LOOK_MS, work.signal)
  }
  return wasSending
}

const NOT_NOTICED = 'The target has not noticed yet that its connection to the source is gone.'
const NOTICES_MS = 15_000
const LOOK_MS = 250

interface ResumeWords {
  readonly params: readonly TypedParam[]
  readonly flags: number
  readonly toTarget: number
}

/** Of the definition both ends have what they need: none goes with it, and no password. */
async function resumeWords({ host, dom, work }: MachineContext, { spec, targetAddress }: MoveOrder): Promise<ResumeWords> {
  const { persistent } = await host.call('domainIsPersistent', { dom }, within({ work }))
  const lasting = persistent === 0 ? 0 : c.VIR_MIGRATE_PERSIST_DEST | c.VIR_MIGRATE_UNDEFINE_SOURCE
  const toTarget = c.VIR_MIGRATE_LIVE | c.VIR_MIGRATE_POSTCOPY | c.VIR_MIGRATE_POSTCOPY_RESUME | lasting
  const { rename, bandwidthBytesPerS } = spec
  const values = {
    destination_name: rename ?? dom.name,
    migrate_uri: migrateUri(targetAddress),
    ...(bandwidthBytesPerS !== null && { 'bandwidth.postcopy': mibOf(bandwidthBytesPerS) }),
  }
  return { params: toTypedParams(values, MIGRATION_PARAMS), toTarget, flags: toTarget | c.VIR_MIGRATE_CHANGE_PROTECTION }
}

/** Up to where the source sends again. Each end that has heard of the attempt is told when it comes to nothing. */
async function sendRest(
  context: MachineContext,
  words: ResumeWords & { readonly wasSending: boolean },
  target: ReceivingEnd,
  confirm: (cookie: Uint8Array, cancelled: 0 | 1) => Promise<unknown>,
  options: MoveOptions,
): Promise<{ readonly params: readonly TypedParam[]; readonly cookie: Uint8Array }> {
  const { dom } = context
  const { params, flags, toTarget } = words
  let said = params
  let hasBegun = false
  let isPrepared = false
  try {
    const begun = await begin(context, words)
    hasBegun = true
    said = replaced(said, 'destination_xml', begun.xml)
    const prepared = await target.prepare(said, begun.cookieOut, toTarget)
    isPrepared = true
    if (prepared.uri !== null) said = replaced(said, 'migrate_uri', prepared.uri)
    const args = { dom, dconnuri: null, params: said, cookieIn: prepared.cookie, flags }
    const sending = change(context, 'domainMigratePerform3Params', args, MOVE_LANE)
    const { cookieOut } = await watchMove(context, sending, NO_LIMIT, unstoppable(options))
    return { params: said, cookie: cookieOut }
  } catch (error) {
    if (isPrepared) await target.finish(said, NOTHING, toTarget, true).catch((thrown: unknown) => noteLate(context, 'finish', thrown))
    if (hasBegun) await confirm(NOTHING, 1).catch((thrown: unknown) => noteLate(context, 'confirm', thrown))
    throw isLost(error)
      ? moveUnclear(dom.name, error, isPrepared ? 'source' : 'target')
      : cannotResume(dom.name, toProblem(error).message, error)
  }
}

/** A source that was told to stop a moment ago is not ready at once. */
async function begin(context: MachineContext, { params, flags, wasSending }: ResumeWords & { readonly wasSending: boolean }) {
  const { dom, clock, work } = context
  for (const untilMs = clock.nowMs() + NOTICES_MS; ; ) {
    try {
      return await change(context, 'domainMigrateBegin3Params', { dom, params, flags }, MOVE_LANE)
    } catch (error) {
      if (!wasSending || libvirtNumber(error) !== VIR_ERR.operationInvalid || clock.nowMs() >= untilMs) throw error
    }
    await pause(clock, LOOK_MS, work.signal)
  }
}

/** Until all its memory is there, or it has broken once more. */
export async function lastWord(context: MachineContext, finishing: Promise<Finished>, options: MoveOptions): Promise<Finished> {
  const over = new AbortController()
  try {
    return await Promise.race([watchMove(context, finishing, NO_LIMIT, unstoppable(options)), brokenInPostCopy(context, over.signal)])
  } finally {
    over.abort()
  }
}
