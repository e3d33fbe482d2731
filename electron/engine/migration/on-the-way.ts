import {
  besideThoseOnTheWay,
  type MigrationFinding,
  type MigrationLive,
  type MoveTake,
  moveParamsSchema,
  type Preflight,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { InventoryReader } from '../ports.ts'
import { type Coming, type ComingTo, together, withComing } from './coming.ts'
import type { LiveMoves } from './live-moves.ts'
import { MIGRATE_KIND } from './move-plan.ts'

const goalSchema = moveParamsSchema.pick({ targetHostId: true, takes: true })

export interface OnTheWayPorts {
  readonly inventory: Pick<InventoryReader, 'get' | 'all'>
  readonly live: Pick<LiveMoves, 'get'>
}

/**
 * What the moves that have passed their last look take of their targets, whoever ordered them: one at a time, drains, planned moves. The tasks
 * themselves tell, so that it outlives a restart of the console.
 */
export class OnTheWay implements ComingTo {
  readonly #ports: OnTheWayPorts
  /** As the last look of each has found it: newer than what its task says, and there before its task tells that it has passed. */
  readonly #admitted = new Map<TaskId, readonly MoveTake[]>()

  constructor(ports: OnTheWayPorts) {
    this.#ports = ports
  }

  /** But for the move of one machine, which is asked for. */
  at(hostId: string, butMachineId: string): Coming[] {
    const { inventory, live } = this.#ports
    return [...inventory.all('task')].flatMap((task) => {
      const { id, kind, target, endedAtMs } = task
      if (kind !== MIGRATE_KIND || endedAtMs !== null || !target || target.id === butMachineId || isDone(task, 'move')) return []
      const params = goalSchema.safeParse(task.params)
      if (params.data?.targetHostId !== hostId) return []
      const takes = this.#admitted.get(id) ?? (isDone(task, 'check') ? (params.data.takes ?? []) : null)
      return takes ? [{ machineId: target.id, name: target.name, takes: takes.map((take) => restOf(take, task, live.get(id))) }] : []
    })
  }

  /**
   * From now on it counts for the others. Answers what is too much when those are counted that were let go while this one was looked at: then it
   * is not on its way.
   */
  admit(id: TaskId, preflight: Preflight, known: readonly Coming[]): MigrationFinding[] {
    const { spec, takes, target } = preflight
    const findings = besideThoseOnTheWay({ target, takes: withComing(takes, together(known, this.at(target.hostId, spec.machineId))) })
    if (findings.some(({ severity }) => severity === 'blocks')) return findings
    for (const one of this.#admitted.keys()) if (this.#hasEnded(one)) this.#admitted.delete(one)
    this.#admitted.set(id, withComing(takes, []))
    return findings
  }

  #hasEnded(id: TaskId): boolean {
    const task = this.#ports.inventory.get('task', id)
    return !task || task.endedAtMs !== null || isDone(task, 'move')
  }
}

function restOf(take: MoveTake, task: Task, live: MigrationLive | undefined): MoveTake {
  const arrived = take.now * arrivedShare(take, task, live)
  return { ...take, now: take.now - arrived, most: take.most - arrived }
}

/** Memory arrives page by page, once each in the first pass; huge pages are set apart before the first; disks as they are copied. */
function arrivedShare({ what, madeWhole }: MoveTake, { steps }: Task, live: MigrationLive | undefined): number {
  switch (what) {
    case 'memory':
      // at the switch to post-copy the target gives up what has been written since
      return live?.phase !== 'post-copy' && (live?.iteration ?? 0) > 1 ? 1 : shareOf(live?.memory)
    case 'huge-pages':
      return shareOf(live?.memory) > 0 ? 1 : 0
    case 'pool':
      if (!madeWhole) return shareOf(live?.disk)
      return steps.every(({ id, state }) => !id.startsWith('volume-') || OVER.has(state)) ? 1 : 0
  }
}

function shareOf(amount: MigrationLive['memory'] | undefined): number {
  return amount && amount.total > 0 ? Math.min(1, Math.max(0, (amount.total - amount.remaining) / amount.total)) : 0
}

const OVER: ReadonlySet<string> = new Set<Task['steps'][number]['state']>(['done', 'skipped'])

function isDone({ steps }: Pick<Task, 'steps'>, step: string): boolean {
  return steps.some(({ id, state }) => id === step && OVER.has(state))
}
