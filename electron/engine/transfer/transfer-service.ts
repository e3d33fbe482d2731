import type { TaskId, TransferPlan, TransferSpec, TransferWay } from '../../../shared/model/index.ts'
import { knownMachine } from '../machines/machine-links.ts'
import { machineMoving } from '../migration/migration-errors.ts'
import type { PreflightPorts } from '../migration/preflight.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { coldRequest, lookCold } from './look-transfer.ts'
import { planTransfer } from './plan-transfer.ts'
import { runBookOf } from './run-book.ts'
import { noSuchWay, transferBlocked, transferWarned } from './transfer-errors.ts'
import type { TransferTask } from './transfer-task.ts'
import { isCarried, worldsOf } from './worlds.ts'

export interface TransferServiceOptions {
  /** What a pre-flight is told besides the hosts. */
  readonly preflight: PreflightPorts
  readonly tasks: { submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }> }
}

/** Moving machines that are off between worlds: the ways there are, told beforehand, and the one that this console goes itself. */
export class TransferService {
  readonly #options: TransferServiceOptions
  readonly #clicks: DoubleClicks<{ readonly taskId: TaskId }>

  constructor(options: TransferServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.preflight.clock)
  }

  plan(spec: TransferSpec, signal: AbortSignal): Promise<TransferPlan> {
    return planTransfer(this.#options.preflight, spec, signal)
  }

  async runBook(
    spec: TransferSpec,
    way: TransferWay,
    signal: AbortSignal,
  ): Promise<{ readonly fileName: string; readonly markdown: string }> {
    const plan = await this.plan(spec, signal)
    const chosen = plan.ways.find((each) => each.way === way)
    if (!chosen) throw noSuchWay(plan.source.name, plan.target.name)
    return runBookOf(plan, chosen)
  }

  /** Throws `precondition` transfer.blocked, transfer.warned, `conflict` migration.busy, `unsupported` transfer.no-such-way. */
  start(
    spec: TransferSpec,
    acceptsWarnings: boolean,
    author: TaskAuthor,
    signal: AbortSignal,
    token?: string,
  ): Promise<{ readonly taskId: TaskId }> {
    return this.#clicks.once([author.actor, 'transfer', spec.machineId], token, async () => {
      const { preflight, tasks } = this.#options
      const { inventory, links } = preflight
      const { name } = knownMachine(inventory, spec.machineId)
      const busyWith = preflight.busyWith(spec.machineId)
      if (busyWith !== undefined) throw machineMoving(name, busyWith)
      const worlds = worldsOf(inventory, spec)
      if (!isCarried(worlds, links)) throw noSuchWay(worlds.source.name, worlds.target.name)
      const looked = await lookCold(preflight, spec, signal)
      refuse(name, looked.findings, acceptsWarnings)
      const { id } = await tasks.submit(coldRequest(looked, acceptsWarnings), author)
      return { taskId: id }
    })
  }
}

/** What is judged once more when the task begins: it is this very task that keeps the machine busy. */
export function lookAgainWith(ports: PreflightPorts): (task: TransferTask, signal: AbortSignal) => Promise<void> {
  return async ({ spec, source, name, acceptsWarnings }, signal) => {
    const { machineId, targetHostId, disks, nics, rename } = spec
    const wish = { machineId, targetHostId, disks, nics, rename, source, region: null, cloud: null }
    const { findings } = await lookCold({ ...ports, busyWith: () => undefined }, wish, signal)
    refuse(name, findings, acceptsWarnings)
  }
}

function refuse(name: string, findings: Parameters<typeof transferBlocked>[1], acceptsWarnings: boolean): void {
  if (findings.some(({ severity }) => severity === 'blocks')) throw transferBlocked(name, findings)
  if (!acceptsWarnings && findings.some(({ severity }) => severity === 'warns')) throw transferWarned(name, findings)
}
