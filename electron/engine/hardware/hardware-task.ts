import { z } from 'zod'
import type { Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  editTimeSchema,
  type HardwareEdit,
  hardwareEditSchema,
  hostIdSchema,
  type Machine,
  machineIdSchema,
} from '../../../shared/model/index.ts'
import { diskStep } from '../build/disk-step.ts'
import { type DiskPlan, diskToMakeSchema } from '../build/plan.ts'
import type { InventoryReader } from '../ports.ts'
import type { Step, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import type { DefinitionHistory, DefinitionHistoryOptions } from './definition-history.ts'
import { editorOf } from './hardware-errors.ts'

export const EDIT_KIND = 'machine.edit'

/** What an edit needs to know to be taken up by another process. Holds no secret: definitions with passwords are refused. */
const planSchema = z.object({
  machineId: machineIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  hostRef: z.string(),
  ref: z.string(),
  /** As the provider is asked: a disk is one that is there by then. */
  edit: hardwareEditSchema,
  when: editTimeSchema,
  revision: z.string(),
  /** Made first; null: there is none to make. */
  disk: diskToMakeSchema.nullable(),
})
type Plan = z.infer<typeof planSchema>

/** A guest that does not let go of a device is waited for a while. */
const EDIT_TIMEOUT_MS = 5 * 60_000

export interface EditOrder {
  readonly hostRef: string
  readonly edit: HardwareEdit
  readonly when: Plan['when']
  readonly revision: string
  readonly disk: DiskPlan | null
}

export function editRequest(machine: Machine, { hostRef, edit, when, revision, disk }: EditOrder): TaskRequest {
  const { id: machineId, nativeRef: ref, connectionId, hostId, name } = machine
  const plan = { machineId, connectionId, hostId, hostRef, ref, edit, when, revision, disk }
  return {
    kind: EDIT_KIND,
    plan: JSON.parse(JSON.stringify(plan)) as Json,
    params: { edit: edit.edit, when, ...shownOf(edit), ...(disk && { volume: `${disk.place.pool}/${disk.place.volume}` }) },
    target: { entity: 'machine', id: machineId, name },
    connectionId,
    hostId,
  }
}

/** What is short enough to be shown with a task. */
function shownOf(edit: HardwareEdit): Readonly<Record<string, Json>> {
  const entries = Object.entries(edit).filter(
    ([key, value]) =>
      key !== 'edit' && ((typeof value === 'string' && key !== 'xml') || typeof value === 'number' || typeof value === 'boolean'),
  )
  return Object.fromEntries(entries)
}

export interface HardwareKindPorts {
  readonly inventory: InventoryReader
  readonly clock: DefinitionHistoryOptions['clock']
  readonly history: DefinitionHistory
}

/** A change of one machine's virtual hardware: its new volume first, if it needs one, then the edit. */
export function hardwareKinds(ports: HardwareKindPorts): TaskKind[] {
  return [
    {
      kind: EDIT_KIND,
      steps: (json) => {
        const plan = planSchema.parse(json)
        const { hostRef, disk } = plan
        return [...(disk ? [diskStep({ hostRef, sourceId: null }, disk, 0, ports)] : []), editStep(plan, ports)]
      },
    },
  ]
}

function editStep({ machineId, ref, edit, when, revision }: Plan, { history }: HardwareKindPorts): Step {
  return {
    id: 'edit',
    weight: 1,
    timeoutMs: EDIT_TIMEOUT_MS,
    cancel: 'never',
    async run(context) {
      const { link, signal, progress: onProgress } = context
      const editor = editorOf(link)
      const definition = when === 'now' ? 'running' : 'kept'
      await history.around({ machineId, ref, edit: edit.edit, definition }, context, () =>
        editor.apply(ref, edit, when, revision, { signal, onProgress }),
      )
    },
    probe: ({ link, signal }) => editorOf(link).probe(ref, edit, when, revision, { signal }),
  }
}
