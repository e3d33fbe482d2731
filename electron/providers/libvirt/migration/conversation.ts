import { constants as c, type TypedParam } from '../../../libvirt/index.ts'
import type { MoveOptions, MoveOrder, MoveOutcome } from '../../provider.ts'
import { change } from '../act-context.ts'
import { isNoDomain, libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { watchMove } from './follow-job.ts'
import { type MachineContext, MOVE_LANE } from './migration-context.ts'
import { moveFailed, moveUnclear } from './migration-problems.ts'
import { moveWords, replaced, SOURCE_ONLY_FLAGS } from './move-parameters.ts'
import { targetDefinitions } from './target-definitions.ts'

const NOTHING = new Uint8Array()

export interface Finished {
  readonly cookie: Uint8Array
  /** As the target counted it. */
  readonly outcome: MoveOutcome
}

/** The receiving end's two words. */
export interface ReceivingEnd {
  /** Starts what will receive. Answers where it listens. */
  prepare(
    params: readonly TypedParam[],
    cookie: Uint8Array,
    flags: number,
  ): Promise<{ readonly uri: string | null; readonly cookie: Uint8Array }>
  /** Lets it run there, or, `cancelled`, ends what received. Throws when it does not run there. */
  finish(params: readonly TypedParam[], cookie: Uint8Array, flags: number, cancelled: boolean): Promise<Finished>
}

/**
 * A move that this console leads, in the words of libvirt's migration protocol 3 (`virDomainMigrateVersion3Full`): begin at the source,
 * prepare at the target, perform at the source, finish at the target, confirm at the source. Each end is told how it ended at the other, so
 * that the machine runs exactly once. What is thrown is what the end that failed first has said.
 */
export async function leadMove(
  context: MachineContext,
  order: MoveOrder,
  target: ReceivingEnd,
  options: MoveOptions,
): Promise<MoveOutcome> {
  const { dom } = context
  const { flags, params } = moveWords(order, await targetDefinitions(context, order))
  const guarded = flags | c.VIR_MIGRATE_CHANGE_PROTECTION
  const begun = await change(context, 'domainMigrateBegin3Params', { dom, params, flags: guarded }, MOVE_LANE)
  let said = replaced(params, 'destination_xml', begun.xml)
  const confirm = (cookieIn: Uint8Array, cancelled: boolean) =>
    change(context, 'domainMigrateConfirm3Params', { dom, params: said, cookieIn, flags: guarded, cancelled: cancelled ? 1 : 0 }, MOVE_LANE)

  let prepared: { readonly uri: string | null; readonly cookie: Uint8Array }
  try {
    prepared = await target.prepare(said, begun.cookieOut, flags & ~SOURCE_ONLY_FLAGS)
  } catch (error) {
    await confirm(NOTHING, true).catch((thrown: unknown) => noteLate(context, 'confirm', thrown))
    throw moveFailed(dom.name, 'prepare', error)
  }
  if (prepared.uri !== null) said = replaced(said, 'migrate_uri', prepared.uri)

  const performed = await perform(context, order, said, prepared.cookie, guarded, options)
  const ending = (cancelled: boolean) => target.finish(said, performed.cookie, flags & ~SOURCE_ONLY_FLAGS, cancelled)
  if (performed.error !== null) {
    await ending(true).catch((error: unknown) => noteLate(context, 'finish', error))
    await confirm(NOTHING, true).catch((error: unknown) => noteLate(context, 'confirm', error))
    throw moveFailed(dom.name, 'perform', performed.error)
  }
  options.onMove?.(SWITCHING)
  let finished: Finished
  try {
    finished = await ending(false)
  } catch (error) {
    // an answer that was lost says nothing of what happened there: who knows both ends decides
    if (isLost(error)) throw moveUnclear(dom.name, error)
    await confirm(NOTHING, true).catch((thrown: unknown) => noteLate(context, 'confirm', thrown))
    throw moveFailed(dom.name, 'finish', error)
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

async function perform(
  context: MachineContext,
  { spec }: MoveOrder,
  params: readonly TypedParam[],
  cookieIn: Uint8Array,
  flags: number,
  options: MoveOptions,
): Promise<{ readonly cookie: Uint8Array; readonly error: unknown }> {
  const { dom } = context
  if (spec.mode === 'cold') return { cookie: NOTHING, error: null }
  try {
    const sending = change(context, 'domainMigratePerform3Params', { dom, dconnuri: null, params, cookieIn, flags }, MOVE_LANE)
    const { cookieOut } = await watchMove(context, sending, spec, options)
    return { cookie: cookieOut, error: null }
  } catch (error) {
    return { cookie: NOTHING, error }
  }
}

function isLost(error: unknown): boolean {
  const { kind } = toProblem(error)
  return kind === 'indeterminate' || kind === 'unreachable' || kind === 'timeout' || kind === 'cancelled'
}

/** An end that has cleaned up by itself already says that it knows of no move. */
function noteLate({ log }: MachineContext, word: string, error: unknown): void {
  if (isNoDomain(error) || libvirtNumber(error) === VIR_ERR.operationInvalid) return
  log.warn('an end was not told how a move ended', { word, code: toProblem(error).code })
}
