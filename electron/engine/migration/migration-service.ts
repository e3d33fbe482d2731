import { z } from 'zod'
import { AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  type HostId,
  type MachineId,
  type MeasuredSample,
  type MigrationFinding,
  type MigrationLive,
  type MigrationMeasure,
  type MigrationRecord,
  type MigrationSpec,
  type MigrationTarget,
  MovesTogether,
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
import { type AcceptedWarnings, acceptances, refuseAgainst, withoutHabits } from './accepts.ts'
import { TORN } from './broken-move.ts'
import type { ComingTo } from './coming.ts'
import type { LiveMoves } from './live-moves.ts'
import { lastWord } from './live-view.ts'
import { measureMove } from './measure-move.ts'
import type { Measures } from './measures.ts'
import { machineMoving, nothingToResume, notMoving, twiceInOne } from './migration-errors.ts'
import { MIGRATE_KIND, type MovePlan, moveRequest } from './move-plan.ts'
import { type Looked, lookBefore, type PreflightPorts } from './preflight.ts'
import type { MigrationRecords, RecordsWish } from './records.ts'
import { knownHost, linkTo, moverAt, sidesOf } from './sides.ts'
import type { WriteProfiles } from './writes/write-profiles.ts'

/** How soon whoever follows a move hears that it has ended. */
const END_LOOK_MS = 500
/** Pre-flights at a time, of several machines. */
const JUDGED_AT_ONCE = 4

export interface StartOptions {
  readonly acceptsWarnings: AcceptedWarnings
  /** At a time, of several. */
  readonly atOnce: number
  readonly token?: string | undefined
  /** By the clock. */
  readonly planned?: MovePlan['planned']
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
  readonly writes: Pick<WriteProfiles, 'of' | 'measured'>
  readonly isInMaintenance: (hostId: string) => boolean
  readonly onTheWay: ComingTo
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
    current(id: TaskId): Task | undefined
    get(id: TaskId): Promise<Task | null>
    resolve(id: TaskId, decision: 'probe'): Promise<void>
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
    const { inventory, links, clock, tasks, measures, records, writes, isInMaintenance, onTheWay } = this.#options
    return {
      inventory,
      links,
      clock,
      busyWith: (id) => tasks.busyWith(id),
      isInMaintenance,
      measured: (way) => measures.get(way, clock.nowMs()),
      records: () => records.recent(),
      onTheWay,
      writesOf: (machineId) => writes.of(machineId),
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

  /** `beginsAtMs`: it is to begin then, and not now. */
  async preflight(spec: MigrationSpec, signal: AbortSignal, beginsAtMs?: number): Promise<Preflight> {
    return (await lookBefore(this.ports, spec, signal, beginsAtMs)).preflight
  }

  async measure(machineId: MachineId, targetHostId: HostId, signal: AbortSignal): Promise<MigrationMeasure> {
    const { inventory, links, clock, measures, writes } = this.#options
    const sides = sidesOf(machineId, targetHostId, inventory, links)
    const { volumes } = linkTo(sides.source, inventory, links)
    const measure = await measureMove(sides, clock, volumes ?? null, signal)
    measures.put({ machineId, sourceHostId: sides.source.id, targetHostId }, measure)
    writes.measured(machineId, measure.measuredAtMs, measure.dirtyBytesPerS)
    return measure
  }

  /** What was measured in the last half hour: of this machine, or between these hosts; oldest first. */
  measured(machineId: MachineId, targetHostId: HostId): MeasuredSample[] {
    const { inventory, measures, clock } = this.#options
    const { hostId: sourceHostId } = knownMachine(inventory, machineId)
    return measures.recent({ machineId, sourceHostId, targetHostId }, clock.nowMs())
  }

  /**
   * Starts one task, or one with a child for each machine, in their order. Each is judged, and what those before it take is counted; of several
   * the ones that cannot go are refused by name, and the others go. Throws when none can: `precondition` migration.blocked, migration.warned,
   * `conflict` migration.busy and what a look throws.
   */
  start(specs: readonly MigrationSpec[], options: StartOptions, author: TaskAuthor, signal: AbortSignal): Promise<MovesStarted> {
    const { token, ...wish } = options
    return this.#clicks.once([author.actor, ...specs.map(({ machineId }) => machineId)], token, () =>
      this.#start(specs, wish, author, signal),
    )
  }

  async #start(
    specs: readonly MigrationSpec[],
    options: Omit<StartOptions, 'token'>,
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<MovesStarted> {
    const { tasks, clock, inventory } = this.#options
    const { atOnce } = options
    const slot = { group: `moves ${clock.nowMs().toString(36)} ${Math.floor(clock.random() * 1e9).toString(36)}`, atOnce }
    const looks: Array<Looked | null> = specs.map(() => null)
    const refused: RefusedMove[] = []
    const failures: AppError[] = []
    const refuse = ({ machineId }: MigrationSpec, error: AppError) => {
      failures.push(error)
      const name = inventory.get('machine', machineId)?.name ?? machineId
      refused.push({ machineId, name, reason: { code: error.code, text: error.message }, findings: findingsIn(error) })
    }
    const acceptedOf = acceptances(options.acceptsWarnings)
    const seen = new Set<MachineId>()
    const judge = async ([index, spec]: readonly [number, MigrationSpec]) => {
      const { machineId } = spec
      try {
        if (seen.has(machineId)) throw twiceInOne(knownMachine(inventory, machineId).name)
        seen.add(machineId)
        const looked = await this.#look(spec, signal)
        const { findings } = looked.preflight
        refuseAgainst(looked.sides.machine.name, options.planned ? withoutHabits(findings) : findings, acceptedOf(machineId))
        looks[index] = looked
      } catch (thrown) {
        signal.throwIfAborted()
        refuse(spec, toAppError(thrown))
      }
    }
    const waiting = specs.entries()
    const work = async () => {
      for (const one of waiting) await judge(one)
    }
    await Promise.all(Array.from({ length: Math.min(JUDGED_AT_ONCE, specs.length) }, work))
    const together = new MovesTogether()
    const requests = looks.flatMap((looked) => {
      if (!looked) return []
      const { preflight, sides } = looked
      const { name } = sides.machine
      const accepts = acceptedOf(preflight.spec.machineId)
      try {
        refuseAgainst(name, together.add(name, preflight, accepts), accepts)
      } catch (thrown) {
        refuse(preflight.spec, toAppError(thrown))
        return []
      }
      return [moveRequest(looked, accepts, specs.length > 1 ? slot : null, options.planned)]
    })
    const [only, other] = requests
    if (!only) throw noneCanMove(failures, refused)
    const task = other ? await tasks.submitBulk(requests, author) : await tasks.submit(only, author)
    return { taskId: task.id, accepted: requests.length, refused }
  }

  async #look(spec: MigrationSpec, signal: AbortSignal): Promise<Looked> {
    const { inventory, tasks } = this.#options
    const { name } = knownMachine(inventory, spec.machineId)
    const busyWith = tasks.busyWith(spec.machineId)
    if (busyWith !== undefined) throw machineMoving(name, busyWith)
    return await lookBefore(this.ports, spec, signal)
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
    details: { count: refused.length, name: one?.name ?? '', reason: one?.reason.text ?? '', kinds: failures.map(({ kind }) => kind) },
  })
}
