import { z } from 'zod'
import { AppError, type Json } from '../../../shared/errors/index.ts'
import {
  connectionIdSchema,
  type Host,
  hostIdSchema,
  MACHINE_ACTIONS,
  type Machine,
  type MachineAction,
  type MachineActionId,
  machineActionSchema,
  machineIdSchema,
  machineSchema,
  machineStateSchema,
} from '../../../shared/model/index.ts'
import type { ActBaseline, ProviderConnection } from '../../providers/provider.ts'
import type { DefinitionHistory } from '../hardware/definition-history.ts'
import type { InventoryReader } from '../ports.ts'
import type { Step, StepContext, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { beforeOf, inverseOf } from './inverse.ts'

/** What a machine's task needs to know to be taken up by another process. */
const planSchema = z.object({
  machineId: machineIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  ref: z.string(),
  action: machineActionSchema,
})
type Plan = z.infer<typeof planSchema>

const memoSchema = z.object({
  baseline: z.object({ state: machineStateSchema, name: z.string(), startedAtMs: z.number().nullable(), marker: z.string().nullable() }),
  before: machineSchema
    .pick({ name: true, state: true, autostart: true, title: true, description: true, notes: true, tags: true })
    .nullable(),
})

const MINUTE_MS = 60_000
/** Above the provider's own deadline, so that its answer comes first. */
const MARGIN_MS = 30_000

/** A cloud takes minutes for what a hypervisor does in seconds. */
const CLOUD_MS = 15 * MINUTE_MS
/** Machines of one place of a cloud that are worked on at once: it has room for all of them, and takes many in one call. */
const CLOUD_AT_ONCE = 100

/** Null: as the settings say. */
export function cloudAtOnce(host: Pick<Host, 'kind'> | undefined): number | null {
  return host === undefined || host.kind === 'hypervisor' ? null : CLOUD_AT_ONCE
}

interface Habit {
  readonly timeoutMs: number
  readonly cancel: Step['cancel']
}

/** How long each may take, and whether it may be interrupted. */
const HABITS: Readonly<Record<MachineActionId, Habit>> = {
  start: { timeoutMs: 2 * MINUTE_MS, cancel: 'never' },
  shutdown: { timeoutMs: 3 * MINUTE_MS, cancel: 'now' },
  reboot: { timeoutMs: 5 * MINUTE_MS, cancel: 'now' },
  reset: { timeoutMs: MINUTE_MS, cancel: 'never' },
  powerOff: { timeoutMs: MINUTE_MS, cancel: 'never' },
  suspend: { timeoutMs: MINUTE_MS, cancel: 'never' },
  resume: { timeoutMs: MINUTE_MS, cancel: 'never' },
  managedSave: { timeoutMs: 60 * MINUTE_MS, cancel: 'now' },
  restore: { timeoutMs: 30 * MINUTE_MS, cancel: 'never' },
  discardSave: { timeoutMs: MINUTE_MS, cancel: 'never' },
  setAutostart: { timeoutMs: MINUTE_MS, cancel: 'never' },
  rename: { timeoutMs: MINUTE_MS, cancel: 'never' },
  setMetadata: { timeoutMs: MINUTE_MS, cancel: 'never' },
  addDisplay: { timeoutMs: MINUTE_MS, cancel: 'never' },
  deallocate: { timeoutMs: 15 * MINUTE_MS, cancel: 'now' },
  resize: { timeoutMs: 15 * MINUTE_MS, cancel: 'never' },
  setProtection: { timeoutMs: 2 * MINUTE_MS, cancel: 'never' },
  attachDisk: { timeoutMs: 10 * MINUTE_MS, cancel: 'never' },
  detachDisk: { timeoutMs: 10 * MINUTE_MS, cancel: 'never' },
  growDisk: { timeoutMs: 10 * MINUTE_MS, cancel: 'never' },
  // hours for a large disk; the console only waits
  snapshotDisk: { timeoutMs: 6 * 60 * MINUTE_MS, cancel: 'now' },
  createImage: { timeoutMs: 6 * 60 * MINUTE_MS, cancel: 'now' },
  delete: { timeoutMs: 15 * MINUTE_MS, cancel: 'never' },
}

/** Longest text of a parameter that is shown with a task. */
const SHOWN = 200

export const kindOf = (action: MachineActionId) => `machine.${action}`

export function machineRequest(
  machine: Pick<Machine, 'id' | 'nativeRef' | 'name' | 'connectionId' | 'hostId'>,
  asked: MachineAction,
): TaskRequest {
  const action = ofOne(asked, machine.id)
  const { action: id, ...params } = action
  const shown = Object.entries(params).map(([key, value]) => [
    key,
    typeof value === 'string' && value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : (value ?? null),
  ])
  return {
    kind: kindOf(id),
    plan: {
      machineId: machine.id,
      connectionId: machine.connectionId,
      hostId: machine.hostId,
      ref: machine.nativeRef,
      action: withoutUndefined(action),
    },
    params: Object.fromEntries(shown) as Record<string, Json>,
    target: { entity: 'machine', id: machine.id, name: machine.name },
    connectionId: machine.connectionId,
    hostId: machine.hostId,
  }
}

/** An action that was asked of several machines, as it is meant for one of them. */
function ofOne(action: MachineAction, machineId: Machine['id']): MachineAction {
  if (action.action !== 'delete' || action.diskKeysOf === undefined) return action
  const { diskKeysOf, ...rest } = action
  return { ...rest, diskKeys: diskKeysOf[machineId] ?? [] }
}

/** One kind of task for each action on a machine: a single step that a provider carries out and can probe. */
export function machineKinds(inventory: InventoryReader, history?: DefinitionHistory): TaskKind[] {
  return MACHINE_ACTIONS.map((id) => ({ kind: kindOf(id), steps: (plan) => [machineStep(inventory, planSchema.parse(plan), history)] }))
}

/** Actions after which the definition is another one. */
const REDEFINING: ReadonlySet<MachineActionId> = new Set(['rename', 'setMetadata', 'addDisplay'])

/** The one step of an action on a machine. */
export function machineStep(inventory: InventoryReader, plan: Plan, history?: DefinitionHistory): Step {
  const { ref, action, machineId } = plan
  const habit = HABITS[action.action]
  const ownMs = action.action === 'shutdown' ? action.deadlineMs + MARGIN_MS : habit.timeoutMs
  const timeoutMs = inventory.get('machine', machineId)?.cloud ? Math.max(ownMs, CLOUD_MS) : ownMs
  return {
    id: action.action,
    weight: 1,
    timeoutMs,
    cancel: habit.cancel,
    async prepare({ link, signal, memo }) {
      // Of a machine that went to another host its disks are in use there: nothing of the earlier attempt is taken up.
      const earlier = memo === null || isElsewhere(inventory, plan) ? undefined : baselineOf(memo)
      const baseline = await linkOf({ link }).baseline(ref, action, { signal, earlier })
      const machine = inventory.get('machine', machineId)
      return { baseline: { ...baseline }, before: machine ? { ...beforeOf(machine) } : null }
    },
    async run(context) {
      const { signal, progress: onProgress, memo } = context
      const run = () => linkOf(context).act(ref, action, { signal, timeoutMs, onProgress, baseline: baselineOf(memo) })
      if (history && action.action === 'delete') return await history.aroundDeletion({ machineId, ref }, context, run)
      if (!history || !REDEFINING.has(action.action)) return await run()
      await history.around({ machineId, ref, edit: action.action, definition: 'kept' }, context, run)
    },
    async probe(context) {
      return await linkOf(context).probe(ref, action, baselineOf(context.memo), { signal: context.signal })
    },
    undo: (memo) => undoRequest(plan, memo),
    offers(error) {
      if (error.kind !== 'timeout') return []
      return action.action === 'shutdown' ? ['powerOff'] : action.action === 'reboot' ? ['reset'] : []
    },
  }
}

function undoRequest(plan: Plan, memo: Json): TaskRequest | null {
  const { before, baseline } = memoSchema.parse(memo)
  const inverse = before && inverseOf(plan.action, { ...before, name: baseline.name })
  if (!inverse) return null
  // After a rename it bears the new name; its id and reference stay.
  const name = plan.action.action === 'rename' ? plan.action.name : baseline.name
  const { machineId: id, ref: nativeRef, connectionId, hostId } = plan
  return machineRequest({ id, nativeRef, name, connectionId, hostId }, inverse)
}

function isElsewhere(inventory: InventoryReader, { ref, connectionId }: Plan): boolean {
  for (const machine of inventory.all('machine')) {
    if (machine.nativeRef === ref && machine.connectionId !== connectionId) return true
  }
  return false
}

function linkOf({ link }: Pick<StepContext, 'link'>): ProviderConnection {
  if (link) return link
  throw new AppError({ kind: 'bug', code: 'bug.no-link', message: 'A machine’s task has no connection.' })
}

function baselineOf(memo: Json): ActBaseline {
  return memoSchema.parse(memo).baseline
}

function withoutUndefined(action: MachineAction): Json {
  return Object.fromEntries(Object.entries(action).filter(([, value]) => value !== undefined))
}
