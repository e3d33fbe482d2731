import { type TaskId, type TransferPlan, type TransferSpec, type TransferWay, transferSpecSchema } from '../../../shared/model/index.ts'
import { knownMachine } from '../machines/machine-links.ts'
import { machineMoving } from '../migration/migration-errors.ts'
import type { PreflightPorts } from '../migration/preflight.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { type IntoCloudTask, intoCloudRequest } from './images/into-cloud-task.ts'
import { lookIntoCloud } from './images/look-into-cloud.ts'
import { type LookOutPorts, lookOutOfCloud } from './images/look-out-of-cloud.ts'
import { outOfCloudRequest } from './images/out-of-cloud-task.ts'
import { coldRequest, lookCold } from './look-transfer.ts'
import { planTransfer } from './plan-transfer.ts'
import { runBookOf } from './run-book.ts'
import { noSuchWay, transferBlocked, transferWarned } from './transfer-errors.ts'
import type { TransferTask } from './transfer-task.ts'
import { imagesGo, isCarried, type Worlds, worldsOf } from './worlds.ts'

export interface TransferServiceOptions {
  /** What a pre-flight is told besides the hosts. */
  readonly preflight: LookOutPorts
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
    const plan = await planTransfer(this.#options.preflight, spec, signal, { byHand: true })
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
      const request = isCarried(worlds, links)
        ? await this.#carried(spec, acceptsWarnings, signal)
        : await this.#byImages(worlds, spec, acceptsWarnings, signal)
      const { id } = await tasks.submit(request, author)
      return { taskId: id }
    })
  }

  async #carried(spec: TransferSpec, acceptsWarnings: boolean, signal: AbortSignal): Promise<TaskRequest> {
    const looked = await lookCold(this.#options.preflight, spec, signal)
    refuse(looked.sides.machine.name, looked.findings, acceptsWarnings)
    return coldRequest(looked, acceptsWarnings)
  }

  async #byImages(worlds: Worlds, spec: TransferSpec, acceptsWarnings: boolean, signal: AbortSignal): Promise<TaskRequest> {
    const { preflight } = this.#options
    const { machine, source, target } = worlds
    const goes = imagesGo(worlds, preflight.links)
    if (goes === null) throw noSuchWay(source.name, target.name)
    if (goes.way === 'into') {
      const looked = await lookIntoCloud(preflight, worlds, goes.cloud, spec, signal)
      refuse(machine.name, looked.findings, acceptsWarnings)
      return intoCloudRequest(looked, acceptsWarnings)
    }
    const looked = await lookOutOfCloud(preflight, worlds, goes.cloud, spec, signal)
    refuse(machine.name, looked.findings, acceptsWarnings)
    return outOfCloudRequest(looked, acceptsWarnings)
  }
}

/** As {@link lookAgainWith}, of moves into clouds and out of them. */
export function lookAtCloudsAgain(
  ports: LookOutPorts,
): (task: Pick<IntoCloudTask, 'wish' | 'name' | 'acceptsWarnings'>, signal: AbortSignal) => Promise<void> {
  return async ({ wish, name, acceptsWarnings }, signal) => {
    const worlds = worldsOf(ports.inventory, wish)
    const goes = imagesGo(worlds, ports.links)
    if (goes === null) throw noSuchWay(worlds.source.name, worlds.target.name)
    const look = goes.way === 'into' ? lookIntoCloud : lookOutOfCloud
    const { findings } = await look(ports, worlds, goes.cloud, wish, signal)
    refuse(name, findings, acceptsWarnings)
  }
}

/** What is judged once more when the task begins: it is this very task that keeps the machine busy. */
export function lookAgainWith(ports: PreflightPorts): (task: TransferTask, signal: AbortSignal) => Promise<void> {
  return async ({ spec, source, name, acceptsWarnings }, signal) => {
    const { machineId, targetHostId, disks, nics, rename } = spec
    const wish = transferSpecSchema.parse({ machineId, targetHostId, disks, nics, rename, source })
    const { findings } = await lookCold({ ...ports, busyWith: () => undefined }, wish, signal)
    refuse(name, findings, acceptsWarnings)
  }
}

function refuse(name: string, findings: Parameters<typeof transferBlocked>[1], acceptsWarnings: boolean): void {
  if (findings.some(({ severity }) => severity === 'blocks')) throw transferBlocked(name, findings)
  if (!acceptsWarnings && findings.some(({ severity }) => severity === 'warns')) throw transferWarned(name, findings)
}
