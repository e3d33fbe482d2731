import type { MachineActionInput } from '../../../shared/model/index.ts'
import type { ActionPlan } from './plan.ts'

/** What each dialog of an action takes. */
export interface ActionDialogProps {
  readonly plan: ActionPlan
  readonly onRun: (ids: readonly string[], input: MachineActionInput) => void
  readonly onCancel: () => void
}
