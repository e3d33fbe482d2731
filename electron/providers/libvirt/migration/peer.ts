import type { MoveOptions, MoveOrder, MoveOutcome } from '../../provider.ts'
import { change } from '../act-context.ts'
import { watchMove } from './follow-job.ts'
import { type MachineContext, MOVE_LANE } from './migration-context.ts'
import { moveCancelled } from './migration-problems.ts'
import { moveWords } from './move-parameters.ts'
import type { ReceivingEnd } from './receiving-end.ts'
import { targetDefinitions } from './target-definitions.ts'
import { isLost, verdictOn } from './verdict.ts'
import { wishesEnd } from './wishes.ts'

const NOTHING = new Uint8Array()

/** A move that the source's own daemon leads: it logs in to the target by itself, and goes on when this console is gone. */
export async function leaveMove(
  context: MachineContext,
  order: MoveOrder,
  target: ReceivingEnd,
  options: MoveOptions,
): Promise<MoveOutcome> {
  const { dom } = context
  const { flags, params } = moveWords(order, await targetDefinitions(context, order))
  if (wishesEnd(options)) throw moveCancelled(dom.name)
  const args = { dom, dconnuri: order.targetUri, params, cookieIn: NOTHING, flags }
  try {
    await watchMove(context, change(context, 'domainMigratePerform3Params', args, MOVE_LANE), order.spec, options)
  } catch (error) {
    // without an answer nothing is known of a daemon that goes on by itself
    if (isLost(error)) throw error
    throw await verdictOn(context, { target, order, options }, 'peer', error)
  }
  return await target.counted(dom.uuid)
}
