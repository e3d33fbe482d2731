import type { MoveOptions, MoveOrder, MoveOutcome } from '../../provider.ts'
import { change } from '../act-context.ts'
import { watchMove } from './follow-job.ts'
import { type MachineContext, MOVE_LANE } from './migration-context.ts'
import { moveFailed } from './migration-problems.ts'
import { moveWords } from './move-parameters.ts'
import { targetDefinitions } from './target-definitions.ts'

const NOTHING = new Uint8Array()

/** A move that the source's own daemon leads: it logs in to the target by itself, and goes on when this console is gone. */
export async function leaveMove(
  context: MachineContext,
  order: MoveOrder,
  target: { counted(machineRef: string): Promise<MoveOutcome> },
  options: MoveOptions,
): Promise<MoveOutcome> {
  const { dom } = context
  const { flags, params } = moveWords(order, await targetDefinitions(context, order))
  const args = { dom, dconnuri: order.targetUri, params, cookieIn: NOTHING, flags }
  try {
    await watchMove(context, change(context, 'domainMigratePerform3Params', args, MOVE_LANE), order.spec, options)
  } catch (error) {
    throw moveFailed(dom.name, 'peer', error)
  }
  return await target.counted(dom.uuid)
}
