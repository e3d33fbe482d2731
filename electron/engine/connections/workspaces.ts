import { AppError, toWireError } from '../../../shared/errors/index.ts'
import type { Workspace, WorkspaceId } from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Persister } from '../inventory/persister.ts'
import { knownWorkspace, newId } from './provider-kinds.ts'

export interface WorkspacesOptions {
  readonly inventory: Inventory
  readonly persister: Persister
  readonly clock: Clock
  readonly log: Logger
}

const DEFAULT_NAME = 'My machines'

/** Customers, teams, labs. There is always one that is not the demo. */
export class Workspaces {
  readonly #options: WorkspacesOptions

  constructor(options: WorkspacesOptions) {
    this.#options = options
  }

  /** A console that was never used before has one workspace to begin with. */
  ensureDefault(): void {
    if (![...this.#options.inventory.all('workspace')].some((workspace) => !workspace.demo)) this.#publish(DEFAULT_NAME, false)
  }

  /** Throws `conflict` workspace.name-taken. */
  async create(name: string, demo = false): Promise<Workspace> {
    this.#refuseTaken(name, null)
    const workspace = this.#publish(name, demo)
    await this.#save()
    return workspace
  }

  async rename(id: WorkspaceId, name: string): Promise<Workspace> {
    const { inventory } = this.#options
    knownWorkspace(inventory.get('workspace', id))
    this.#refuseTaken(name, id)
    inventory.update('workspace', id, { name })
    await this.#save()
    return knownWorkspace(inventory.get('workspace', id))
  }

  /** Throws `precondition` workspace.last when without it, and those that are `leaving` already, only the demo would be left. */
  refuseLast(id: WorkspaceId, leaving: ReadonlySet<WorkspaceId>): void {
    if ([...this.#options.inventory.all('workspace')].some((other) => other.id !== id && !other.demo && !leaving.has(other.id))) return
    throw new AppError({
      kind: 'precondition',
      code: 'workspace.last',
      message: 'This is the last workspace. Create another one first, or rename it.',
      details: { expected: 2, actual: 1, reason: 'workspace.last' },
    })
  }

  #publish(name: string, demo: boolean): Workspace {
    const workspace: Workspace = { id: newId('w') as WorkspaceId, name, createdAtMs: this.#options.clock.nowMs(), demo }
    this.#options.inventory.publish('workspace', workspace)
    return workspace
  }

  #refuseTaken(name: string, except: WorkspaceId | null): void {
    for (const other of this.#options.inventory.all('workspace')) {
      if (other.id === except || other.name.toLowerCase() !== name.toLowerCase()) continue
      throw new AppError({
        kind: 'conflict',
        code: 'workspace.name-taken',
        message: `There is a workspace "${other.name}" already.`,
        details: { name },
      })
    }
  }

  async #save(): Promise<void> {
    const { persister, log } = this.#options
    await persister.flush().catch((thrown: unknown) => log.error('a workspace could not be saved yet', { error: toWireError(thrown) }))
  }
}
