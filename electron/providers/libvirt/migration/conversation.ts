import { constants as c, type TypedParam } from '../../../libvirt/index.ts'
import type { MoveOptions, MoveOrder, MoveOutcome } from '../../provider.ts'
import { change } from '../act-context.ts'
import { watchMove } from './follow-job.ts'
import { noteLate } from './last-words.ts'
import { type MachineContext, MOVE_LANE } from './migration-context.ts'
import { moveCancelled, moveUnclear, targetLost } from './migration-problems.ts'
import { moveWords, replaced, SOURCE_ONLY_FLAGS } from './move-parameters.ts'
import type { Finished, ReceivingEnd } from './receiving-end.ts'
import { lastWord } from './resume.ts'
import { targetDefinitions } from './target-definitions.ts'
import { answerOf, verdictOn } from './verdict.ts'
import { unstoppable, wishesEnd } from './wishes.ts'

const NOTHING = new Uint8Array()

/**
 * A move that this console leads, in the words of libvirt's migration protocol 3 (`virDomainMigrateVersion3Full`): begin at the source,
 * prepare at the target, perform at the source, finish at the target, confirm at the source. Each end is told how it ended at the other, so
 * that the machine runs exactly once. What is thrown is what the end that failed first has said, and where the machine is.
 */
export async function leadMove(
  context: MachineContext,
  order: MoveOrder,
  target: ReceivingEnd,
  options: MoveOptions,
): Promise<MoveOutcome> {
  const { dom } = context
  const words = moveWords(order, await targetDefinitions(context, order))
  const params = words.params
  const guarded = words.flags | c.VIR_MIGRATE_CHANGE_PROTECTION
  const toTarget = words.flags & ~SOURCE_ONLY_FLAGS
  const begun = await change(context, 'domainMigrateBegin3Params', { dom, params, flags: guarded }, MOVE_LANE)
  let said = replaced(params, 'destination_xml', begun.xml)
  const confirm = (cookieIn: Uint8Array, cancelled: boolean) =>
    change(context, 'domainMigrateConfirm3Params', { dom, params: said, cookieIn, flags: guarded, cancelled: cancelled ? 1 : 0 }, MOVE_LANE)
  const backOut = () => confirm(NOTHING, true).catch((thrown: unknown) => noteLate(context, 'confirm', thrown))
  const endThere = (cookie: Uint8Array) =>
    target.finish(said, cookie, toTarget, true).catch((error: unknown) => noteLate(context, 'finish', error))
  const verdict = (at: Parameters<typeof verdictOn>[2], error: unknown) => verdictOn(context, { target, order, options }, at, error)

  if (wishesEnd(options)) {
    await backOut()
    throw moveCancelled(dom.name)
  }
  let prepared: { readonly uri: string | null; readonly cookie: Uint8Array }
  try {
    prepared = await target.prepare(said, begun.cookieOut, toTarget)
  } catch (error) {
    await backOut()
    throw await verdict('prepare', error)
  }
  if (prepared.uri !== null) said = replaced(said, 'migrate_uri', prepared.uri)
  if (wishesEnd(options)) {
    await endThere(NOTHING)
    await backOut()
    throw moveCancelled(dom.name)
  }

  const performed = await perform(context, { order, target }, { params: said, cookieIn: prepared.cookie, flags: guarded }, options)
  if (performed.error !== null) {
    await endThere(performed.cookie)
    await backOut()
    throw await verdict('perform', performed.error)
  }
  if (order.spec.mode !== 'cold') options.onMove?.(SWITCHING)
  let finished: Finished
  try {
    finished = await finishedThere(context, order, target.finish(said, performed.cookie, toTarget, false), options)
  } catch (error) {
    // an answer that was lost says nothing of what happened there: it is looked at, and the source told of what was seen
    const answer = await answerOf(context, target, error)
    if (answer === 'unknown') throw moveUnclear(dom.name, error)
    if (answer === 'runs-there') {
      await confirm(NOTHING, false)
      return await target.counted(dom.uuid)
    }
    await backOut()
    throw await verdict('finish', error)
  }
  await confirm(finished.cookie, false)
  return finished.outcome
}

const SWITCHING = {
  phase: 'switching',
  memory: null,
  disk: null,
  iteration: null,
  dirtyBytesPerS: null,
  bandwidthBytesPerS: null,
  throttlePercent: null,
} as const

/** With post-copy this lasts until all memory is there: the source may have lost the way long before the target notices. */
async function finishedThere(
  context: MachineContext,
  { spec }: MoveOrder,
  finishing: Promise<Finished>,
  options: MoveOptions,
): Promise<Finished> {
  if (spec.postCopy) return await lastWord(context, finishing, options)
  return await watchMove(context, finishing, { maxDowntimeMs: null }, unstoppable(options))
}

/** Sends it. When the way to the target breaks meanwhile, the source is stopped: what it sends would be waited for until TCP gives up. */
async function perform(
  context: MachineContext,
  { order: { spec }, target }: { readonly order: MoveOrder; readonly target: ReceivingEnd },
  args: { readonly params: readonly TypedParam[]; readonly cookieIn: Uint8Array; readonly flags: number },
  options: MoveOptions,
): Promise<{ readonly cookie: Uint8Array; readonly error: unknown }> {
  const { dom } = context
  if (spec.mode === 'cold') return { cookie: NOTHING, error: null }
  const over = new AbortController()
  const stop = new AbortController()
  let lost: unknown = null
  void target.whenLost(over.signal).then((why) => {
    if (over.signal.aborted) return
    lost = why
    stop.abort(why)
  })
  try {
    const sending = change(context, 'domainMigratePerform3Params', { dom, dconnuri: null, ...args }, MOVE_LANE)
    const { cookieOut } = await watchMove(context, sending, spec, options, stop.signal)
    return { cookie: cookieOut, error: null }
  } catch (error) {
    return { cookie: NOTHING, error: lost === null ? error : targetLost(dom.name, lost) }
  } finally {
    over.abort()
  }
}
