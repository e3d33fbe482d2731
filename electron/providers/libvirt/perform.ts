import { type HypervisorAction, type MachineAction, needHypervisorAction } from '../../../shared/model/index.ts'
import { type ActContext, explained } from './act-context.ts'
import { rename, setMetadata } from './definition-actions.ts'
import { deleteMachine } from './deletion.ts'
import { addDisplay } from './display-actions.ts'
import { reboot, shutdown } from './guest-actions.ts'
import * as power from './power-actions.ts'

/** Does an action and returns when it is done. */
export async function perform(context: ActContext, action: MachineAction): Promise<void> {
  try {
    await dispatch(context, needHypervisorAction(action))
  } catch (error) {
    throw await explained(context, action.action, error)
  }
}

function dispatch(context: ActContext, action: HypervisorAction): Promise<void> {
  switch (action.action) {
    case 'start':
      return power.start(context)
    case 'shutdown':
      return shutdown(context, action)
    case 'reboot':
      return reboot(context, action)
    case 'reset':
      return power.reset(context)
    case 'powerOff':
      return power.powerOff(context)
    case 'suspend':
      return power.suspend(context)
    case 'resume':
      return power.resume(context)
    case 'managedSave':
      return power.managedSave(context)
    case 'restore':
      return power.restore(context)
    case 'discardSave':
      return power.discardSave(context)
    case 'setAutostart':
      return power.setAutostart(context, action)
    case 'rename':
      return rename(context, action)
    case 'setMetadata':
      return setMetadata(context, action)
    case 'addDisplay':
      return addDisplay(context)
    case 'delete':
      return deleteMachine(context, action)
    default:
      return action satisfies never
  }
}
