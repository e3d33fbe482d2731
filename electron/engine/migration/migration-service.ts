import type {
  HostId,
  MachineId,
  MigrationLive,
  MigrationMeasure,
  MigrationSpec,
  MigrationTarget,
  Preflight,
  Reason,
  TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, MoveChange } from '../../providers/provider.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import type { LiveMoves } from './live-moves.ts'
import { measureMove } from './measure-move.ts'
import { blocked, machineMoving, warned } from './migration-errors.ts'
import { moveRequest } from './move-plan.ts'
import { lookBefore, type PreflightPorts } from './preflight.ts'
import { sidesOf } from './sides.ts'

/** How soon whoever follows a move hears that it has ended. */
const END_LOOK_MS = 500

export interface MigrationServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly live: LiveMoves
  readonly measures: Measures
  readonly isInMaintenance: (hostId: string) => boolean
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
    current(id: TaskId): { readonly endedAtMs: number | null; readonly target: { readonly id: string } | null } | undefined
  }
}

/** The newest measurement of each machine and target, for as long as the console runs. */
export class Measures {
  readonly #kept = new Map<string, MigrationMeasure>()

  get({ machineId, targetHostId }: Pick<MigrationSpec, 'machineId' | 'targetHostId'>): MigrationMeasure | null {
    return this.#kept.get(`${machineId} ${targetHostId}`) ?? null
  }

  put({ machineId, targetHostId }: Pick<MigrationSpec, 'machineId' | 'targetHostId'>, measure: MigrationMeasure): void {
    this.#kept.set(`${machineId} ${targetHostId}`, measure)
  }
}

/** Moving machines between hosts: what would stop it and how long it takes is told beforehand. */
export class MigrationService {
  readonly #options: MigrationServiceOptions
  readonly #clicks: DoubleClicks<{ readonly taskId: TaskId }>

  constructor(options: MigrationServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  /** What a pre-flight is told besides the hosts. */
  get ports(): PreflightPorts {
    const { inventory, links, clock, tasks, measures, isInMaintenance } = this.#options
    return {
      inventory,
      links,
      clock,
      busyWith: (id) => tasks.busyWith(id),
      isInMaintenance,
      measured: (spec) => measures.get(spec),
      records: () => Promise.resolve([]),
    }
  }

  /** Every host of the machines' workspaces, with why it is none. */
  targets(machineIds: readonly MachineId[]): MigrationTarget[] {
    const { inventory, links, isInMaintenance } = this.#options
    const machines = machineIds.map((id) => knownMachine(inventory, id))
    const workspaces = new Set(machines.map(({ connectionId }) => inventory.get('connection', connectionId)?.workspaceId))
    return [...inventory.all('host')]
      .filter(({ connectionId }) => workspaces.has(inventory.get('connection', connectionId)?.workspaceId))
      .map(({ id, name, connectionId, memoryFreeKiB, cpuPercent }) => {
        const here = machines.filter(({ hostId }) => hostId === id)
        const reason: Reason | null =
          here.length === machines.length
            ? { code: 'migration.target.same-host', text: 'It runs here already.' }
            : isInMaintenance(id)
              ? { code: 'migration.target.maintenance', text: 'It is in maintenance.' }
              : links.current(connectionId)
                ? links.current(connectionId)?.migration
                  ? null
                  : { code: 'migration.target.other-kind', text: 'Machines cannot move to this kind of host.' }
                : { code: 'migration.target.no-link', text: 'There is no link to it now.' }
        return { hostId: id, name, reason, memoryFreeKiB, cpuPercent }
      })
  }

  async preflight(spec: MigrationSpec, signal: AbortSignal): Promise<Preflight> {
    return (await lookBefore(this.ports, spec, signal)).preflight
  }

  async measure(machineId: MachineId, targetHostId: HostId, signal: AbortSignal): Promise<MigrationMeasure> {
    const { inventory, links, clock, measures } = this.#options
    const measure = await measureMove(sidesOf(machineId, targetHostId, inventory, links), clock, signal)
    measures.put({ machineId, targetHostId }, measure)
    return measure
  }

  /** Starts one task, or one with a child for each machine. Throws `precondition` migration.blocked, migration.warned, `conflict` migration.busy. */
  start(
    specs: readonly MigrationSpec[],
    acceptsWarnings: boolean,
    author: TaskAuthor,
    signal: AbortSignal,
    token?: string,
  ): Promise<{ taskId: TaskId }> {
    return this.#clicks.once([author.actor, ...specs.map(({ machineId }) => machineId)], token, async () => {
      const requests: TaskRequest[] = []
      for (const spec of specs) requests.push(await this.#request(spec, acceptsWarnings, signal))
      const { tasks } = this.#options
      const [only] = requests
      const task = requests.length === 1 && only ? await tasks.submit(only, author) : await tasks.submitBulk(requests, author)
      return { taskId: task.id }
    })
  }

  async #request(spec: MigrationSpec, acceptsWarnings: boolean, signal: AbortSignal): Promise<TaskRequest> {
    const { inventory, tasks } = this.#options
    const { name } = knownMachine(inventory, spec.machineId)
    const busyWith = tasks.busyWith(spec.machineId)
    if (busyWith !== undefined) throw machineMoving(name, busyWith)
    const looked = await lookBefore(this.ports, spec, signal)
    const { findings } = looked.preflight
    if (findings.some(({ severity }) => severity === 'blocks')) throw blocked(name, findings)
    if (!acceptsWarnings && findings.some(({ severity }) => severity === 'warns')) throw warned(name, findings)
    return moveRequest(looked, acceptsWarnings)
  }

  async tune(taskId: TaskId, change: MoveChange, signal: AbortSignal): Promise<void> {
    const { inventory, links, tasks } = this.#options
    const machine = knownMachine(inventory, (tasks.current(taskId)?.target?.id ?? '') as MachineId)
    await linkOf(machine, inventory, links).migration?.tune(machine.nativeRef, change, { signal })
  }

  /** How a move goes, until it has ended. */
  async *watch(taskId: TaskId, signal: AbortSignal): AsyncGenerator<MigrationLive> {
    const { live, tasks } = this.#options
    let wake = () => {}
    let newest = live.get(taskId)
    const end = live.follow(taskId, (next) => {
      newest = next
      wake()
    })
    signal.addEventListener('abort', () => wake(), { once: true })
    try {
      while (!signal.aborted) {
        if (newest) {
          const told = newest
          newest = undefined
          yield told
        }
        const task = tasks.current(taskId)
        if (!task || task.endedAtMs !== null) return
        await new Promise<void>((resolve) => {
          const cancel = this.#options.clock.after(END_LOOK_MS, () => wake())
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
    } finally {
      end()
    }
  }
}
