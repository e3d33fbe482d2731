import { AppError } from '../../../shared/errors/index.ts'
import type {
  CallBudgetView,
  CloudMachineSpec,
  CloudPermission,
  CloudResource,
  CloudResourceKind,
  CommandOutcome,
  ConnectionId,
  Host,
  HostId,
  MachineId,
  MachineType,
  TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, CloudServices, ProviderConnection } from '../../providers/provider.ts'
import { knownMachine, linkOf } from '../machines/machine-links.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { createRequest } from './create-kind.ts'

const READ_TIMEOUT_MS = 60_000
const COMMAND_TIMEOUT_MS = 10 * 60_000

export interface CloudServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly tasks: { submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }> }
  readonly clock: Clock
}

/** What people ask of accounts of clouds. Every call throws `not-found`, `unreachable` link.not-live, `unsupported` cloud.not-a-cloud. */
export class CloudService {
  readonly #options: CloudServiceOptions
  readonly #clicks: DoubleClicks<{ readonly taskId: TaskId }>

  constructor(options: CloudServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  permissions(connectionId: ConnectionId, signal: AbortSignal): Promise<readonly CloudPermission[]> {
    return this.#account(connectionId).permissions({ signal, timeoutMs: READ_TIMEOUT_MS })
  }

  budget(connectionId: ConnectionId): CallBudgetView {
    return this.#account(connectionId).budget()
  }

  types(hostId: HostId, machineId: MachineId | undefined, signal: AbortSignal): Promise<readonly MachineType[]> {
    const { host, cloud } = this.#place(hostId)
    const machineRef = machineId === undefined ? null : knownMachine(this.#options.inventory, machineId).nativeRef
    return cloud.machineTypes(host.nativeRef, machineRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  resources(hostId: HostId, kind: CloudResourceKind, search: string, signal: AbortSignal): Promise<readonly CloudResource[]> {
    const { host, cloud } = this.#place(hostId)
    return cloud.resources(host.nativeRef, kind, search, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  screenshot(machineId: MachineId, signal: AbortSignal): ReturnType<CloudServices['screenshot']> {
    const { ref, cloud } = this.#machine(machineId)
    return cloud.screenshot(ref, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** A caller who leaves stops nothing. */
  runCommand(machineId: MachineId, script: string): Promise<CommandOutcome> {
    const { ref, cloud } = this.#machine(machineId)
    return cloud.runCommand(ref, script, { timeoutMs: COMMAND_TIMEOUT_MS })
  }

  /** Starts the task that makes it. */
  create(hostId: HostId, spec: CloudMachineSpec, author: TaskAuthor, token?: string): Promise<{ readonly taskId: TaskId }> {
    return this.#clicks.once([author.actor], token, async () => {
      const { host } = this.#place(hostId)
      const task = await this.#options.tasks.submit(createRequest(host, spec), author)
      return { taskId: task.id }
    })
  }

  #account(connectionId: ConnectionId): CloudServices {
    const { inventory, links } = this.#options
    const connection = inventory.get('connection', connectionId)
    if (!connection) {
      throw new AppError({ kind: 'not-found', code: 'connection.unknown', message: 'This connection is not known (any more).' })
    }
    return cloudOf(links.current(connectionId), connection.name)
  }

  #place(hostId: HostId): { readonly host: Host; readonly cloud: CloudServices } {
    const { inventory, links } = this.#options
    const host = inventory.get('host', hostId)
    if (!host)
      throw new AppError({ kind: 'not-found', code: 'host.not-found', message: 'There is no such host any more.', details: { hostId } })
    return { host, cloud: cloudOf(links.current(host.connectionId), host.name) }
  }

  #machine(machineId: MachineId): { readonly ref: string; readonly cloud: CloudServices } {
    const { inventory, links } = this.#options
    const machine = knownMachine(inventory, machineId)
    return { ref: machine.nativeRef, cloud: cloudOf(linkOf(machine, inventory, links), machine.name) }
  }
}

function cloudOf(link: ProviderConnection | undefined, name: string): CloudServices {
  if (!link) {
    throw new AppError({
      kind: 'unreachable',
      code: 'link.not-live',
      message: `There is no link to ${name} now. It is tried again by itself.`,
      details: { connection: name },
    })
  }
  if (link.cloud) return link.cloud
  throw new AppError({ kind: 'unsupported', code: 'cloud.not-a-cloud', message: `${name} is no account of a cloud.`, details: { name } })
}
