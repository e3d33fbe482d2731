import { AppError } from '../../../shared/errors/index.ts'
import type { Task, TaskId } from '../../../shared/model/index.ts'
import { TASK_FIELDS } from '../../../shared/query/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { TaskFilter, TaskStore } from '../../store/store.ts'
import { matcherOf } from '../inventory-matcher.ts'
import type { InventoryReader } from '../ports.ts'

/** Tasks looked at in one call; the cursor goes on from there. */
const MAX_SCANNED = 5_000
const SCAN_PAGE = 200

export interface TaskPage {
  readonly items: Task[]
  readonly cursor: string | null
}

export interface TaskListInput {
  readonly query: string
  readonly parentId?: string | undefined
  readonly machineId?: string | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

/** Pages through all tasks there ever were, newest first; running ones as they are in memory. */
export class TaskHistory {
  readonly #store: TaskStore
  readonly #current: (id: TaskId) => Task | undefined
  readonly #inventory: InventoryReader
  readonly #clock: Clock

  constructor(store: TaskStore, current: (id: TaskId) => Task | undefined, inventory: InventoryReader, clock: Clock) {
    this.#store = store
    this.#current = current
    this.#inventory = inventory
    this.#clock = clock
  }

  /** Every child of a bulk, as it is now. */
  async all(parentId: string): Promise<Task[]> {
    const children: Task[] = []
    for (let cursor: string | undefined; ; ) {
      const page = await this.list({ query: '', parentId, limit: SCAN_PAGE, cursor })
      children.push(...page.items)
      if (page.cursor === null) return children
      cursor = page.cursor
    }
  }

  /** Without a parent or a machine only roots are listed. Throws `invalid-input` for a bad query or cursor. */
  async list({ query, parentId, machineId, limit, cursor }: TaskListInput): Promise<TaskPage> {
    const matches = matcherOf(query, TASK_FIELDS, this.#inventory, this.#clock)
    const filter: TaskFilter = {
      ...(parentId !== undefined && { parentId }),
      ...(machineId !== undefined && { targetId: machineId }),
      ...(parentId === undefined && machineId === undefined && { rootsOnly: true }),
    }
    let before = cursor === undefined ? undefined : parseCursor(cursor)
    const items: Task[] = []
    for (let scanned = 0; scanned < MAX_SCANNED; ) {
      const size = matches ? SCAN_PAGE : limit - items.length
      const page = await this.#store.list(filter, { limit: size, ...(before && { before }) })
      for (const stored of page) {
        before = { createdAtMs: stored.createdAtMs, id: stored.id }
        const task = this.#current(stored.id) ?? stored
        if (matches?.(task) ?? true) items.push(task)
        if (items.length === limit) return { items, cursor: cursorOf(before) }
      }
      if (page.length < size) return { items, cursor: null }
      scanned += page.length
    }
    return { items, cursor: before ? cursorOf(before) : null }
  }
}

type Place = { readonly createdAtMs: number; readonly id: string }

const cursorOf = (place: Place) => `${place.createdAtMs}:${place.id}`

function parseCursor(cursor: string): Place {
  const [createdAtMs, id] = cursor.split(':')
  if (id && createdAtMs && /^\d+$/.test(createdAtMs)) return { createdAtMs: Number(createdAtMs), id }
  throw new AppError({ kind: 'invalid-input', code: 'input.bad-cursor', message: 'The cursor is not one of ours.' })
}
