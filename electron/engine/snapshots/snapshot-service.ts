import type { Machine, MachineId, Retention, SnapshotOperation, SnapshotPlan, SnapshotTree, TaskId } from '../../../shared/model/index.ts'
import type { Clock, SnapshotKeeper } from '../../providers/provider.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { type PreviewedSchedule, previewRetention } from './retention-preview.ts'
import { changedMeanwhile, machineBusy, refusedByPlan, wouldLose } from './snapshot-errors.ts'
import { keeperOf, snapshotRequest } from './snapshot-task.ts'

const READ_TIMEOUT_MS = 60_000

type CloneOperation = Extract<SnapshotOperation, { readonly operation: 'clone' }>

export interface SnapshotServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly tasks: {
    busyWith(targetId: string): string | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  /** Builds another machine from a snapshot. */
  readonly cloneFrom: (machineId: MachineId, operation: CloneOperation, author: TaskAuthor, signal: AbortSignal) => Promise<TaskId>
}

export interface SnapshotAct {
  readonly machineId: MachineId
  readonly operation: SnapshotOperation
  readonly revision: string
  readonly acceptsLosses: boolean
}

/** Snapshots of machines. What would lose data is refused, with its chain, unless the losses were named and agreed to. */
export class SnapshotService {
  readonly #options: SnapshotServiceOptions
  readonly #clicks: DoubleClicks<{ readonly taskId: TaskId }>

  constructor(options: SnapshotServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  async tree(machineId: MachineId, signal: AbortSignal): Promise<SnapshotTree> {
    const { machine, keeper } = this.#kept(machineId)
    return await keeper.tree(machine.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  async plan(machineId: MachineId, operation: SnapshotOperation, signal: AbortSignal): Promise<SnapshotPlan> {
    const { machine, keeper } = this.#kept(machineId)
    return await keeper.plan(machine.nativeRef, operation, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** What the next run of a schedule, kept or not, would keep on a machine. */
  async retention(machineId: MachineId, schedule: PreviewedSchedule, signal: AbortSignal): Promise<Retention> {
    return await previewRetention(this, machineId, schedule, this.#options.clock.nowMs(), signal)
  }

  /** Starts one task. Throws `conflict` snapshot.changed-meanwhile, `precondition` for what the plan refuses, and snapshot.would-lose. */
  act(asked: SnapshotAct, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<{ taskId: TaskId }> {
    return this.#clicks.once([author.actor, asked.machineId], token, () => this.#act(asked, author, signal))
  }

  async #act({ machineId, operation, revision, acceptsLosses }: SnapshotAct, author: TaskAuthor, signal: AbortSignal) {
    const { machine, keeper } = this.#kept(machineId)
    const { tasks, cloneFrom } = this.#options
    const busyWith = tasks.busyWith(machineId)
    if (busyWith !== undefined) throw machineBusy(machine.name, busyWith)
    const call = { signal, timeoutMs: READ_TIMEOUT_MS }
    const tree = await keeper.tree(machine.nativeRef, call)
    if (tree.revision !== revision) throw changedMeanwhile(revision, tree.revision)
    const plan = await keeper.plan(machine.nativeRef, operation, call)
    if (plan.reason) throw refusedByPlan(plan)
    if (plan.losses.length > 0 && !acceptsLosses) throw wouldLose(plan)
    if (operation.operation === 'clone') return { taskId: await cloneFrom(machineId, operation, author, signal) }
    return { taskId: (await tasks.submit(snapshotRequest(machine, { operation, revision, acceptsLosses }), author)).id }
  }

  #kept(machineId: MachineId): { machine: Machine; keeper: SnapshotKeeper } {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, machineId)
    return { machine, keeper: keeperOf(linkOf(machine, inventory, links)) }
  }
}
