import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import {
  FINAL_TASK_STATES,
  type HostId,
  hostIdSchema,
  type LeftMachine,
  migrationFindingSchema,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import { MIGRATE_KIND } from '../migration/move-plan.ts'
import type { EventSink } from '../ports.ts'
import type { TaskAuthor } from '../tasks/task-kind.ts'
import { stillHere } from './as-it-is.ts'
import { DRAIN_KIND, MACHINE_BUSY, MAINTENANCE_PARAM, RETURN_KIND } from './drain-requests.ts'
import type { MaintenanceBook, MaintenanceRecord } from './maintenance-book.ts'

export interface SettlingOptions {
  readonly book: MaintenanceBook
  readonly inventory: Pick<Inventory, 'get' | 'all' | 'subscribe'>
  readonly events: EventSink
  readonly log: Logger
  /** As it is now, or was at its end. */
  readonly task: (id: TaskId) => Promise<Task | null>
  readonly children: (id: TaskId) => Promise<readonly Task[]>
  /** Tries machines that could not go where they were to go with other hosts. Null: there is none for any of them. */
  readonly goOn: (hostId: HostId, machineIds: readonly string[], author: TaskAuthor, signal: AbortSignal) => Promise<TaskId | null>
}

/** When a task of a host's maintenance has ended, what became of its machines is noted; over a restart as well. */
export class MaintenanceSettling {
  readonly #options: SettlingOptions
  #forget = () => {}
  #last: Promise<unknown> = Promise.resolve()
  readonly #stop = new AbortController()

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
      else await book.change(record.hostId, (one) => ({ ...one, state: 'maintenance', taskId: null, expectedMs: null }))
    }
  }

  async stop(): Promise<void> {
    this.#forget()
    this.#stop.abort()
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
      await book.change(hostId, (one) => afterMoves(one, ended))
      if (await this.#goesOn(hostId, task, ended)) return
      await book.change(hostId, (one) => ({ ...one, state: 'maintenance', taskId: null, expectedMs: null }))
      const after = book.get(hostId)
      this.#tell(hostId, task, 'maintenance.drained', after ? stillHere(after, this.#options.inventory) : [])
    } else await book.change(hostId, (one) => afterMoves(one, ended))
  }

  /** With other hosts, unless somebody has stopped it. The next process does what this one did not come to. */
  async #goesOn(hostId: HostId, { actor, origin, reason }: Task, ended: readonly Task[]): Promise<boolean> {
    const { book, goOn, log } = this.#options
    if (ended.some(({ state }) => state === 'cancelled')) return false
    const vain = ended.flatMap(inVain)
    const waited = book.get(hostId)?.stayed.filter(({ reason: { code } }) => code === MACHINE_BUSY) ?? []
    const ids = [...vain, ...waited].map(({ machineId }) => machineId)
    if (ids.length === 0) return false
    const { signal } = this.#stop
    try {
      await book.change(hostId, (one) => ({ ...one, tried: [...one.tried.filter((before) => !vain.some(isSame(before))), ...vain] }))
      return (await goOn(hostId, ids, { actor, origin, reason }, signal)) !== null
    } catch (thrown) {
      if (signal.aborted) return true
      log.warn('no other host could be looked for', { hostId, code: toAppError(thrown).code })
      return false
    }
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
  const succeeded = (id: string) => {
    const task = byMachine.get(id)
    return task !== undefined && isDone(task)
  }
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

/**
 * What it was for has come about. A machine that is at its target is there, even if what tidies up after it has failed, but for one that the
 * target did not find as it was.
 */
function isDone({ kind, state, steps, error }: Task): boolean {
  const isOver = (step: Task['steps'][number]) => step.id === 'move' && (step.state === 'done' || step.state === 'skipped')
  return state === 'succeeded' || (kind === MIGRATE_KIND && error?.code !== 'migration.not-verified' && steps.some(isOver))
}

function leftOf(task: Task): LeftMachine[] {
  const { state, target, error } = task
  if (isDone(task) || target?.entity !== 'machine') return []
  const reason = { code: error?.code ?? `task.${state}`, text: error?.message ?? state }
  return [{ machineId: target.id as LeftMachine['machineId'], name: target.name, reason }]
}

/** A move that failed, and where to. What only a person can judge is left to one. */
function inVain(task: Task): MaintenanceRecord['tried'] {
  const { state, kind, target, params, error } = task
  const hostId = hostIdSchema.safeParse(params['targetHostId'])
  if (kind !== MIGRATE_KIND || state !== 'failed' || isDone(task) || error?.kind === 'indeterminate' || !target || !hostId.success)
    return []
  const isForRoom = error?.code === 'migration.blocked' && isShortOfRoom(error.details?.['findings'])
  return [{ machineId: target.id as LeftMachine['machineId'], hostId: hostId.data, ...(isForRoom && { forRoom: true }) }]
}

/** Nothing else was wrong than that others go there first: once they have come, or not, there may be room. */
function isShortOfRoom(findings: unknown): boolean {
  const read = z.array(migrationFindingSchema).safeParse(findings)
  return read.success && read.data.length > 0 && read.data.every(({ reason }) => reason.code.endsWith('-short-together'))
}

function isSame(one: MaintenanceRecord['tried'][number]): (other: MaintenanceRecord['tried'][number]) => boolean {
  return ({ machineId, hostId, forRoom }) => !forRoom && !one.forRoom && machineId === one.machineId && hostId === one.hostId
}

function hasEnded({ state }: Task): boolean {
  return FINAL_TASK_STATES.has(state)
}

function hostOf({ params }: Task): HostId | null {
  const host = hostIdSchema.safeParse(params[MAINTENANCE_PARAM])
  return host.success ? host.data : null
}
