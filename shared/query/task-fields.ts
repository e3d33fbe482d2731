import { TASK_STATES, type Task, type TaskState } from '../model/index.ts'
import { defineFields, type QueryContext } from './fields.ts'
import { ageMs, type InventoryContext } from './inventory-context.ts'

const STATE_ALIASES: Partial<Record<TaskState, readonly string[]>> = {
  queued: ['pending'],
  succeeded: ['done', 'ok'],
  failed: ['error'],
  cancelled: ['canceled'],
  'needs-attention': ['attention'],
}

/** How long it has run, or ran. */
function durationMs(task: Task, context: QueryContext): number | undefined {
  return task.startedAtMs === null ? undefined : (task.endedAtMs ?? context.nowMs) - task.startedAtMs
}

/** What can be asked of a task. */
export const TASK_FIELDS = defineFields<Task, InventoryContext>({
  state: {
    kind: 'enum',
    aliases: ['status', 'is'],
    values: TASK_STATES.map((value) => ({ value, label: `task.state.${value}`, aliases: STATE_ALIASES[value] ?? [] })),
    get: (task) => task.state,
  },
  kind: { kind: 'id', aliases: ['type', 'action'], get: (task) => task.kind, search: true },
  target: { kind: 'text', aliases: ['name', 'machine'], get: (task) => task.target?.name, search: true },
  actor: { kind: 'text', aliases: ['user', 'who'], get: (task) => task.actor, search: true },
  origin: { kind: 'text', aliases: ['from'], get: (task) => task.origin },
  reason: { kind: 'text', aliases: ['why'], match: 'part', get: (task) => task.reason, search: true },
  connection: {
    kind: 'text',
    aliases: ['conn'],
    get: (task, context) => (task.connectionId === null ? undefined : context.connection(task.connectionId)?.name),
  },
  error: { kind: 'text', match: 'part', get: (task) => task.error?.message, search: true },
  code: { kind: 'id', get: (task) => task.error?.code },
  age: { kind: 'duration', aliases: ['created'], get: (task, context) => ageMs(task.createdAtMs, context) },
  ended: { kind: 'duration', get: (task, context) => ageMs(task.endedAtMs, context) },
  duration: { kind: 'duration', aliases: ['took'], get: durationMs },
  progress: { kind: 'percent', get: (task) => task.progress.fraction * 100 },
  bulk: { kind: 'boolean', get: (task) => task.children !== null },
  undoable: { kind: 'boolean', get: (task) => task.undoable },
  parent: { kind: 'id', get: (task) => task.parentId },
  id: { kind: 'id', get: (task) => task.id },
})
