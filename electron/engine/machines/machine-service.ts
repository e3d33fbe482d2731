import { AppError, toAppError } from '../../../shared/errors/index.ts'
import {
  capabilityOf,
  type DeletionPlan,
  heldAs,
  type Machine,
  type MachineAction,
  type MachineActionId,
  type MachineDetail,
  type MachineId,
  type Reason,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Clock } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { knownMachine, linkOf } from './machine-links.ts'
import { machineRequest } from './machine-task.ts'

const READ_TIMEOUT_MS = 30_000
/** Deletion plans asked of hosts at a time. */
const PLANS_AT_ONCE = 8

export type Targets = { readonly ids: readonly MachineId[] } | { readonly query: string; readonly workspaceId?: string | undefined }

export interface Refusal {
  machineId: MachineId
  name: string
  reason: Reason
}

export interface Accepted {
  readonly taskId: TaskId
  readonly accepted: number
  readonly refused: Refusal[]
}

export interface MachineServiceOptions {
  readonly inventory: InventoryReader
  /** All machines that match a query. Throws `invalid-input` for one that cannot be read. */
  readonly select: (query: string, workspaceId?: string) => readonly Machine[]
  readonly links: Links
  readonly tasks: {
    holder(targetId: string): Task | undefined
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
  readonly clock: Clock
}

/** What can be done to machines. What does not fit is refused by name and reason before anything happens. */
export class MachineService {
  readonly #options: MachineServiceOptions
  readonly #clicks: DoubleClicks<Accepted>

  constructor(options: MachineServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  /** Starts one task, with a child a target when there are several. Throws when it fits none of them. */
  act(targets: Targets, action: MachineAction, author: TaskAuthor, token?: string): Promise<Accepted> {
    return this.#clicks.once([author.actor], token, () => this.#act(targets, action, author))
  }

  preview(targets: Targets, action: MachineActionId): { fits: MachineId[]; refused: Refusal[] } {
    const { fits, refused } = this.#sort(targets, action)
    return { fits: fits.map((machine) => machine.id), refused }
  }

  async detail(id: MachineId, signal: AbortSignal): Promise<MachineDetail> {
    const machine = knownMachine(this.#options.inventory, id)
    return await linkOf(machine, this.#options.inventory, this.#options.links).detail(machine.nativeRef, {
      signal,
      timeoutMs: READ_TIMEOUT_MS,
    })
  }

  /** What a deletion would take away; never throws, each target says for itself what went wrong. */
  async deletionPlans(
    ids: readonly MachineId[],
    signal: AbortSignal,
  ): Promise<Array<{ machineId: MachineId; plan: DeletionPlan | null; error: string | null }>> {
    const answers: Array<{ machineId: MachineId; plan: DeletionPlan | null; error: string | null }> = []
    const waiting = ids.entries()
    const work = async () => {
      for (const [index, machineId] of waiting) {
        try {
          const machine = knownMachine(this.#options.inventory, machineId)
          const plan = await linkOf(machine, this.#options.inventory, this.#options.links).deletionPlan(machine.nativeRef, {
            signal,
            timeoutMs: READ_TIMEOUT_MS,
          })
          answers[index] = { machineId, plan: { ...plan, machineId }, error: null }
        } catch (thrown) {
          answers[index] = { machineId, plan: null, error: toAppError(thrown).message }
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(PLANS_AT_ONCE, ids.length) }, work))
    return answers
  }

  async #act(targets: Targets, action: MachineAction, author: TaskAuthor): Promise<Accepted> {
    const { fits, refused } = this.#sort(targets, action.action)
    const [first] = fits
    if (!first) throw noneFits(refused)
    if (action.action === 'rename' && fits.length + refused.length > 1) {
      throw new AppError({
        kind: 'invalid-input',
        code: 'machine.rename-many',
        message: 'Two machines cannot have one name: rename them one by one.',
      })
    }
    const requests = fits.map((machine) => machineRequest(machine, action))
    const [only] = requests
    const task =
      requests.length === 1 && only
        ? await this.#options.tasks.submit(only, author)
        : await this.#options.tasks.submitBulk(requests, author)
    return { taskId: task.id, accepted: fits.length, refused }
  }

  #sort(targets: Targets, action: MachineActionId): { fits: Machine[]; refused: Refusal[] } {
    const { inventory, tasks, select } = this.#options
    const fits: Machine[] = []
    const refused: Refusal[] = []
    const judge = (machine: Machine) => {
      const capability = capabilityOf(action, machine, {
        connection: inventory.get('connection', machine.connectionId),
        host: inventory.get('host', machine.hostId),
        ...heldAs(machine.id, tasks.holder(machine.id)),
      })
      if (capability.ok) fits.push(machine)
      else refused.push({ machineId: machine.id, name: machine.name, reason: capability.reason })
    }
    if ('query' in targets) {
      for (const machine of select(targets.query, targets.workspaceId)) judge(machine)
      return { fits, refused }
    }
    for (const machineId of new Set(targets.ids)) {
      const machine = inventory.get('machine', machineId)
      if (machine) judge(machine)
      else refused.push({ machineId, name: machineId, reason: { code: 'machine.not-found', text: 'There is no such machine any more.' } })
    }
    return { fits, refused }
  }
}

/** One target: its own reason. Several: how many, and why the first does not. */
function noneFits(refused: readonly Refusal[]): AppError {
  const [first] = refused
  if (!first) {
    return new AppError({ kind: 'not-found', code: 'machines.none-match', message: 'No machine matches. Nothing was done.' })
  }
  const { code, text, params } = first.reason
  if (refused.length === 1) {
    return new AppError({
      kind: code === 'machine.not-found' ? 'not-found' : 'precondition',
      code,
      message: text,
      ...(params && { details: params }),
    })
  }
  return new AppError({
    kind: 'precondition',
    code: 'machines.none-fits',
    message: `This fits none of the ${refused.length} machines. ${first.name}: ${text}`,
    details: { count: refused.length, reasons: [...new Set(refused.map((one) => one.reason.code))] },
  })
}
