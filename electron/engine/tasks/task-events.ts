import type { Task } from '../../../shared/model/index.ts'
import type { NewEvent } from '../ports.ts'

const SEVERITY = { succeeded: 'info', cancelled: 'info', partly: 'warning', failed: 'error', 'needs-attention': 'warning' } as const

/** The line in the event log for a task that has ended or needs a person. */
export function endedEvent(task: Task): NewEvent {
  const state = task.state in SEVERITY ? (task.state as keyof typeof SEVERITY) : 'needs-attention'
  const what = task.kind.replace(/^machine\./, '')
  const whom = task.target?.name ?? (task.children ? `${task.children.total} machines` : '')
  const why = task.error ? `: ${task.error.message}` : ''
  return {
    severity: SEVERITY[state],
    code: `task.${state}`,
    params: { kind: task.kind, name: whom, error: task.error?.code ?? null },
    text: `${what} ${whom}: ${state}${why}`,
    source: 'task',
    actor: task.actor,
    connectionId: task.connectionId,
    machineId: task.target?.entity === 'machine' ? task.target.id : null,
    hostId: task.target?.entity === 'host' ? task.target.id : null,
    taskId: task.id,
    objectName: task.target?.name ?? null,
  }
}
