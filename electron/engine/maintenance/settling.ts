import { toAppError } from '../../../shared/errors/index.ts'
import { FINAL_TASK_STATES, type HostId, hostIdSchema, type LeftMachine, type Task, type TaskId } from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { EventSink } from '../ports.ts'
import { DRAIN_KIND, MAINTENANCE_PARAM, RETURN_KIND } from './drain-requests.ts'
import type { MaintenanceBook, MaintenanceRecord } from './maintenance-book.ts'

export interface SettlingOptions {
  readonly book: MaintenanceBook
  readonly inventory: Pick<Inventory, 'get' | 'all' | 'subscribe'>
  readonly events: EventSink
  readonly log: Logger
  /** As it is now, or was at its end. */
  readonly task: (id: TaskId) => Promise<Task | null>
  readonly children: (id: TaskId) => Promise<readonly Task[]>
}

/** When a task of a host's maintenance has ended, what became of its machines is noted; over a restart as well. */
export class MaintenanceSettling {
  readonly #options: SettlingOptions
  #forget = () => {}
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SettlingOptions) {
    this.#options = options
  }

  /** Once the tasks of the last run are taken up. */
  async start(): Promise<void> {
    const { book, inventory, task } = this.#options
    this.#forget = inventory.subscribe((changes) => {
      for (const { entity, id } of changes) if (entity === 'task') this.#heard(inventory.get('task', id))
    })
    for (const record of book.all()) {
      if (record.state === 'maintenance') continue
      const running = [...inventory.all('task')].find((one) => one.parentId === null && hostOf(one) === record.hostId && !hasEnded(one))
      const known = running ?? (record.taskId === null ? null : await task(record.taskId))
      if (known && hasEnded(known)) this.#heard(known)
      else if (known) await book.change(record.hostId, (one) => ({ ...one, taskId: known.id }))
      // the console ended before there was one: nothing has moved
      else await book.change(record.hostId, (one) => ({ ...one, state: 'maintenance', taskId: null }))
    }
  }

  async stop(): Promise<void> {
    this.#forget()
    await this.#last
  }

  #heard(task: Task | undefined): void {
    const hostId = task && task.parentId === null && hasEnded(task) ? hostOf(task) : null
    if (!task || hostId === null || !this.#options.book.get(hostId)) return
    this.#last = this.#last
      .then(() => this.#settle(hostId, task))
      .catch((thrown: unknown) => {
        this.#options.log.error('the end of a maintenance task could not be noted', { hostId, code: toAppError(thrown).code })
      })
  }

  async #settle(hostId: HostId, task: Task): Promise<void> {
    const { book, children } = this.#options
    const record = book.get(hostId)
    if (!record) return
    const ended = task.children ? await children(task.id) : [task]
    // an old one that is told of again, because somebody took it back, changes nothing
    const isOurs = record.taskId === null ? record.state !== 'maintenance' : record.taskId === task.id
    if (task.kind === RETURN_KIND) {
      if (record.state !== 'returning' || !isOurs) return
      await book.remove(hostId)
      this.#tell(hostId, task, 'maintenance.over', ended.flatMap(leftOf))
    } else if (task.kind === DRAIN_KIND) {
      if (record.state !== 'draining' || !isOurs) return
      await book.change(hostId, (one) => ({ ...afterMoves(one, ended), state: 'maintenance', taskId: null }))
      this.#tell(hostId, task, 'maintenance.drained', book.get(hostId)?.stayed ?? [])
    } else await book.change(hostId, (one) => afterMoves(one, ended))
  }

  #tell(hostId: HostId, { id: taskId, actor }: Task, what: 'maintenance.drained' | 'maintenance.over', left: readonly LeftMachine[]): void {
    const { inventory, events } = this.#options
    const host = inventory.get('host', hostId)
    const name = host?.name ?? hostId
    const machines = left.map((one) => one.name).join(', ')
    const isDrain = what === 'maintenance.drained'
    const all = isDrain ? `${name} is in maintenance, and nothing runs there any more.` : `${name} is in use again.`
    const some = isDrain
      ? `${name} is in maintenance. These stayed there: ${machines}`
      : `${name} is in use again. Not brought back: ${machines}`
    events.append({
      severity: left.length > 0 ? 'warning' : 'info',
      code: left.length > 0 ? (isDrain ? 'maintenance.partly-drained' : 'maintenance.partly-over') : what,
      params: { host: name, ...(left.length > 0 && { machines }) },
      text: left.length > 0 ? some : all,
      source: 'engine',
      actor,
      taskId,
      hostId,
      connectionId: host?.connectionId ?? null,
      objectName: name,
    })
  }
}

/** Where its machines are after these tasks. */
function afterMoves(record: MaintenanceRecord, ended: readonly Task[]): MaintenanceRecord {
  const byMachine = new Map(ended.map((task) => [task.target?.id ?? '', task]))
  const succeeded = (id: string) => byMachine.get(id)?.state === 'succeeded'
  const away = record.going.filter(({ machineId }) => succeeded(machineId))
  const off = record.stopping.filter(({ machineId }) => succeeded(machineId))
  const awayIds = new Set<string>([...away, ...off].map(({ machineId }) => machineId))
  const left = ended.flatMap(leftOf)
  const leftIds = new Set<string>(left.map(({ machineId }) => machineId))
  return {
    ...record,
    moved: [...record.moved.filter(({ machineId }) => !awayIds.has(machineId)), ...away],
    stopped: [...record.stopped.filter(({ machineId }) => !awayIds.has(machineId)), ...off],
    going: record.going.filter(({ machineId }) => !awayIds.has(machineId)),
    stopping: record.stopping.filter(({ machineId }) => !awayIds.has(machineId)),
    stayed: [...record.stayed.filter(({ machineId }) => !awayIds.has(machineId) && !leftIds.has(machineId)), ...left],
  }
}

function leftOf({ state, target, error }: Task): LeftMachine[] {
  if (state === 'succeeded' || target?.entity !== 'machine') return []
  const reason = { code: error?.code ?? `task.${state}`, text: error?.message ?? state }
  return [{ machineId: target.id as LeftMachine['machineId'], name: target.name, reason }]
}

function hasEnded({ state }: Task): boolean {
  return FINAL_TASK_STATES.has(state)
}

function hostOf({ params }: Task): HostId | null {
  const host = hostIdSchema.safeParse(params[MAINTENANCE_PARAM])
  return host.success ? host.data : null
}
