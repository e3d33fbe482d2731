import { type MoveParams, moveParamsSchema, type Task } from '../../../shared/model/index.ts'

const MIGRATE_KIND = 'machine.migrate'

/** What a task that moves one machine says of the move; null: it is another task, or a bulk of moves. */
export function moveOf(task: Pick<Task, 'kind' | 'params'> & Partial<Pick<Task, 'children'>>): MoveParams | null {
  if (task.kind !== MIGRATE_KIND || task.children) return null
  const read = moveParamsSchema.safeParse(task.params)
  return read.success ? read.data : null
}

/** "kvm-a → kvm-b"; of a move whose source is not told the target alone. */
export function movePlaces({ from, to }: MoveParams): string {
  return from === undefined ? `→ ${to}` : `${from} → ${to}`
}
