import { z } from 'zod'
import { AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type HostId,
  type MachineId,
  type MigrationFinding,
  type MigrationLive,
  type MigrationMeasure,
  type MigrationRecord,
  type MigrationSpec,
  type MigrationTarget,
  migrationFindingSchema,
  type Preflight,
  type Reason,
  type RefusedMove,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, MoveChange } from '../../providers/provider.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { TORN } from './broken-move.ts'
import type { LiveMoves } from './live-moves.ts'
import { lastWord } from './live-view.ts'
import { measureMove } from './measure-move.ts'
import { blocked, machineMoving, nothingToResume, notMoving, twiceInOne, warned } from './migration-errors.ts'
import { MIGRATE_KIND, moveRequest } from './move-plan.ts'
import { lookBefore, type PreflightPorts } from './preflight.ts'
import type { MigrationRecords, RecordsWish } from './records.ts'
import { knownHost, moverAt, sidesOf } from './sides.ts'

/** How soon whoever follows a move hears that it has ended. */
const END_LOOK_MS = 500
/** Pre-flights at a time, of several machines. */
const JUDGED_AT_ONCE = 4

export interface StartOptions {
  readonly acceptsWarnings: boolean
  /** At a time, of several. */
  readonly atOnce: number
  readonly token?: string | undefined
}

export interface MovesStarted {
  readonly taskId: TaskId
  readonly accepted: number
  readonly refused: RefusedMove[]
}

export interface MigrationServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly live: LiveMoves
  readonly measures: Measures
  readonly records: Pick<MigrationRecords, 'recent' | 'list'>
  readonly isInMaintenance: (hostId: string) => boolean
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
    current(id: TaskId): Task | undefined
    get(id: TaskId): Promise<Task | null>
    resolve(id: TaskId, decision: 'probe'): Promise<void>
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
  readonly #clicks: DoubleClicks<MovesStarted>

  constructor(options: MigrationServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  /** What a pre-flight is told besides the hosts. */
  get ports(): PreflightPorts {
    const { inventory, links, clock, tasks, measures, records, isInMaintenance } = this.#options
    return {
      inventory,
      links,
      clock,
      busyWith: (id) => tasks.busyWith(id),
      isInMaintenance,
      measured: (spec) => measures.get(spec),
      records: () => records.recent(),
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

  /**
   * Starts one task, or one with a child for each machine. Each is judged; of several the ones that cannot go are refused by name, and the
   * others go. Throws when none can: `precondition` migration.blocked, migration.warned, `conflict` migration.busy and what a look throws.
   */
  start(specs: readonly MigrationSpec[], options: StartOptions, author: TaskAuthor, signal: AbortSignal): Promise<MovesStarted> {
    const { token, ...wish } = options
    return this.#clicks.once([author.actor, ...specs.map(({ machineId }) => machineId)], token, () =>
      this.#start(specs, wish, author, signal),
    )
  }

  async #start(
    specs: readonly MigrationSpec[],
    { acceptsWarnings, atOnce }: Omit<StartOptions, 'token'>,
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<MovesStarted> {
    const { tasks, clock, inventory } = this.#options
    const slot = { group: `moves ${clock.nowMs().toString(36)} ${Math.floor(clock.random() * 1e9).toString(36)}`, atOnce }
    const requests: TaskRequest[] = []
    const refused: RefusedMove[] = []
    const failures: AppError[] = []
    const seen = new Set<MachineId>()
    const judge = async (spec: MigrationSpec) => {
      const { machineId } = spec
      try {
        if (seen.has(machineId)) throw twiceInOne(knownMachine(inventory, machineId).name)
        seen.add(machineId)
        requests.push(await this.#request(spec, acceptsWarnings, specs.length > 1 ? slot : null, signal))
      } catch (thrown) {
        signal.throwIfAborted()
        const error = toAppError(thrown)
        failures.push(error)
        refused.push({
          machineId,
          name: inventory.get('machine', machineId)?.name ?? machineId,
          reason: { code: error.code, text: error.message },
          findings: findingsIn(error),
        })
      }
    }
    const waiting = specs.values()
    const work = async () => {
      for (const spec of waiting) await judge(spec)
    }
    await Promise.all(Array.from({ length: Math.min(JUDGED_AT_ONCE, specs.length) }, work))
    const [only, other] = requests
    if (!only) throw noneCanMove(failures, refused)
    const task = other ? await tasks.submitBulk(requests, author) : await tasks.submit(only, author)
    return { taskId: task.id, accepted: requests.length, refused }
  }

  async #request(
    spec: MigrationSpec,
    acceptsWarnings: boolean,
    slot: { readonly group: string; readonly atOnce: number } | null,
    signal: AbortSignal,
  ): Promise<TaskRequest> {
    const { inventory, tasks } = this.#options
    const { name } = knownMachine(inventory, spec.machineId)
    const busyWith = tasks.busyWith(spec.machineId)
    if (busyWith !== undefined) throw machineMoving(name, busyWith)
    const looked = await lookBefore(this.ports, spec, signal)
    const { findings } = looked.preflight
    if (findings.some(({ severity }) => severity === 'blocks')) throw blocked(name, findings)
    if (!acceptsWarnings && findings.some(({ severity }) => severity === 'warns')) throw warned(name, findings)
    return moveRequest(looked, acceptsWarnings, slot)
  }

  /** Throws `precondition` migration.not-running of a move that has ended, or that the hypervisor has not begun. */
  async tune(taskId: TaskId, change: MoveChange, signal: AbortSignal): Promise<void> {
    const { inventory, links, tasks } = this.#options
    const task = tasks.current(taskId)
    const machine = task && task.kind === MIGRATE_KIND && task.endedAtMs === null && inventory.get('machine', task.target?.id ?? '')
    if (!machine) throw notMoving()
    const mover = moverAt(knownHost(machine.hostId, inventory), linkOf(machine, inventory, links).migration)
    await mover.tune(machine.nativeRef, change, { signal })
  }

  /** Of one that broke in post-copy: makes the next try now. Throws `precondition` migration.nothing-to-resume. */
  async resume(taskId: TaskId): Promise<void> {
    const { live, tasks } = this.#options
    if (live.hurry(taskId)) return
    const task = tasks.current(taskId)
    if (task?.state !== 'needs-attention' || task.error?.code !== TORN) throw nothingToResume()
    await tasks.resolve(taskId, 'probe')
  }

  /** Moves that ended, beside what was foretold, newest first. */
  records(wish: RecordsWish): Promise<readonly MigrationRecord[]> {
    return this.#options.records.list(wish)
  }

  /** How a move goes, until it has ended; its last word to whoever comes within an hour after. */
  async *watch(taskId: TaskId, signal: AbortSignal): AsyncGenerator<MigrationLive> {
    const { live, tasks, clock } = this.#options
    let wake = () => {}
    let newest = live.get(taskId)
    const end = live.follow(taskId, (next) => {
      newest = next
      wake()
    })
    const onAbort = () => wake()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      while (!signal.aborted) {
        const told = newest
        newest = undefined
        const task = await tasks.get(taskId)
        if (!task || task.endedAtMs !== null) {
          const last = live.get(taskId)
          if (last && task) yield lastWord(last, task)
          return
        }
        if (told) yield told
        if (newest) continue
        await new Promise<void>((resolve) => {
          const cancel = clock.after(END_LOOK_MS, () => wake())
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
    } finally {
      end()
      signal.removeEventListener('abort', onAbort)
    }
  }
}

function findingsIn({ details }: AppError): MigrationFinding[] {
  const parsed = z.array(migrationFindingSchema).safeParse(details?.['findings'])
  return parsed.success ? parsed.data : []
}

/** One machine: its own reason. Several: how many, and why the first cannot. */
function noneCanMove(failures: readonly AppError[], refused: readonly RefusedMove[]): AppError {
  const [first] = failures
  if (first && failures.length === 1) return first
  const [one] = refused
  return new AppError({
    kind: 'precondition',
    code: 'migration.none-can-move',
    message: `None of the ${refused.length} machines can move. ${one?.name}: ${one?.reason.text}`,
    details: { count: refused.length, name: one?.name ?? '', reason: one?.reason.text ?? '' },
  })
}
