import { AppError, toWireError } from '../../../shared/errors/index.ts'
import type { Connection, ConnectionId, LoginMessage, Workspace, WorkspaceId } from '../../../shared/model/index.ts'
import type {
  Clock,
  ConnectOptions,
  DemoOptions,
  Logger,
  ProviderConnection,
  ProviderDefinition,
  ProviderPorts,
  Secrets,
} from '../../providers/provider.ts'
import type { Inventory } from '../inventory/inventory.ts'
import type { Persister } from '../inventory/persister.ts'
import type { MetricsHistory } from '../metrics/metrics-history.ts'
import type { EventSink } from '../ports.ts'
import type { SecretStore } from '../secret-store.ts'
import { disabled, refuseDuplicate, refuseWhileBusy } from './connection-refusals.ts'
import { ConnectionSetup, type HostKeyChoice } from './connection-setup.ts'
import { Prompts } from './prompts.ts'
import { type Config, knownConnection, knownWorkspace, newId, ProviderKinds } from './provider-kinds.ts'
import { SecretKeeper } from './secret-keeper.ts'
import { Supervisor } from './supervisor.ts'
import { told } from './told.ts'
import { Workspaces } from './workspaces.ts'

export interface ConnectionServiceOptions {
  readonly inventory: Inventory
  readonly persister: Persister
  readonly metrics: MetricsHistory
  readonly events: EventSink
  readonly secrets: SecretStore
  readonly providers: readonly ProviderDefinition[]
  readonly clock: Clock
  readonly log: Logger
  readonly dataDirectory: string
  readonly homeDirectory: string
}

export interface NewConnection {
  readonly workspaceId: WorkspaceId
  readonly providerId: string
  readonly name: string
  readonly config: Config
  readonly secrets: Secrets
  /** Keep the secrets; otherwise they serve this run only. */
  readonly remember: boolean
  readonly acceptHostKey?: HostKeyChoice | undefined
}

export interface ConnectionUpdate {
  readonly connectionId: ConnectionId
  readonly name?: string | undefined
  readonly config?: Config | undefined
  readonly secrets?: Secrets | undefined
  readonly remember: boolean
}

/** What people do with connections: add, change, forget, switch off; the supervisor keeps their links. */
export class ConnectionService {
  readonly supervisor: Supervisor
  readonly setup: ConnectionSetup
  readonly workspaces: Workspaces
  readonly prompts: Prompts
  readonly #options: ConnectionServiceOptions
  readonly #kinds: ProviderKinds
  readonly #keeper: SecretKeeper
  readonly #ports: ProviderPorts
  readonly #stopListening: Array<() => void> = []
  /** On their way out: nothing is added to them, and they do not count. */
  readonly #leaving = new Set<WorkspaceId>()

  constructor(options: ConnectionServiceOptions) {
    this.#options = options
    const { clock, log, dataDirectory, homeDirectory, inventory, metrics, events, persister } = options
    this.#ports = { clock, log, dataDirectory, homeDirectory }
    this.#kinds = new ProviderKinds(options.providers)
    this.#keeper = new SecretKeeper(options.secrets)
    this.prompts = new Prompts(clock)
    const { prompts } = this
    this.setup = new ConnectionSetup({ kinds: this.#kinds, keeper: this.#keeper, ports: this.#ports, inventory, prompts })
    this.workspaces = new Workspaces({ inventory, persister, clock, log })
    this.supervisor = new Supervisor({
      clock,
      log,
      inventory,
      metrics,
      events,
      open: (connection, limits) => this.#open(connection, limits),
      isLocal: (connection) => this.#isLocal(connection),
    })
  }

  /** After everything was loaded: makes the first workspace, starts every enabled connection. */
  start(): void {
    const { inventory, metrics, secrets } = this.#options
    this.workspaces.ensureDefault()
    this.#stopListening.push(
      secrets.onUnlock(() => this.#retrySealed()),
      inventory.subscribe((changes) => {
        for (const { entity, id, op } of changes) if (entity === 'machine' && op === 'remove') metrics.forget(id as never)
      }),
    )
    for (const connection of inventory.all('connection')) {
      if (connection.status !== 'disabled') this.supervisor.start(connection.id)
    }
  }

  async stop(): Promise<void> {
    for (const stop of this.#stopListening) stop()
    await this.supervisor.stopAll()
  }

  /** Throws invalid-input, not-found, `conflict` connection.duplicate, and what the secret store throws. */
  async add(input: NewConnection): Promise<Connection> {
    const { inventory, clock } = this.#options
    const workspace = this.#staying(input.workspaceId)
    const provider = this.#kinds.get(input.providerId)
    const config = this.#kinds.parse(provider, input.config)
    const address = provider.address(config)
    refuseDuplicate(inventory, workspace, provider.id, address)
    const id = newId('c') as ConnectionId
    if (input.acceptHostKey) await provider.acceptHostKey?.(input.acceptHostKey, false, config, this.#ports, {})
    await this.#keeper.write(id, input.secrets, input.remember)
    try {
      // somebody else may have added it, or removed the workspace, while the secrets were written
      this.#staying(workspace.id)
      refuseDuplicate(inventory, workspace, provider.id, address)
    } catch (thrown) {
      await this.#forgetSecrets(id)
      throw thrown
    }
    const connection: Connection = {
      id,
      workspaceId: workspace.id,
      providerId: provider.id,
      name: input.name,
      config,
      revision: 0,
      observedAtMs: clock.nowMs(),
      status: 'connecting',
      freshness: { state: 'never' },
      error: null,
      nextAttemptAtMs: null,
      lastOnlineAtMs: null,
      address,
      capabilities: null,
    }
    inventory.publish('connection', connection)
    await this.#save()
    this.supervisor.start(id)
    return knownConnection(inventory.get('connection', id))
  }

  /** The demo fleet in a workspace of its own; the one that is there already if there is one. */
  async addDemo(options: DemoOptions): Promise<WorkspaceId> {
    for (const workspace of this.#options.inventory.all('workspace')) if (workspace.demo) return workspace.id
    const fleet = [...this.#kinds.all()].flatMap((provider) =>
      (provider.demo?.(options) ?? []).map((connection) => ({ ...connection, providerId: provider.id })),
    )
    if (fleet.length === 0) throw new AppError({ kind: 'unsupported', code: 'demo.missing', message: 'This console has no demo fleet.' })
    const workspace = await this.workspaces.create('Demo fleet', true)
    for (const { name, providerId, config } of fleet) {
      await this.add({ workspaceId: workspace.id, providerId, name, config, secrets: {}, remember: false })
    }
    return workspace.id
  }

  /** With another target, secrets that are not given anew are forgotten: they were kept for the former one. */
  async update(input: ConnectionUpdate): Promise<Connection> {
    const { inventory } = this.#options
    const before = knownConnection(inventory.get('connection', input.connectionId))
    const provider = this.#kinds.get(before.providerId)
    const config = input.config && this.#kinds.parse(provider, input.config)
    const address = config ? provider.address(config) : before.address
    if (address !== before.address) {
      refuseDuplicate(inventory, knownWorkspace(inventory.get('workspace', before.workspaceId)), provider.id, address)
    }
    const isSame = !config || this.#kinds.isSameTarget(before, provider, config)
    const given = input.secrets ?? {}
    const outdated = isSame ? [] : provider.secretFields.filter(({ name }) => !(name in given))
    // The given ones first: what cannot be written has cost nothing then.
    await this.#keeper.write(before.id, { ...given, ...Object.fromEntries(outdated.map(({ name }) => [name, ''])) }, input.remember)
    inventory.update('connection', before.id, { ...(input.name !== undefined && { name: input.name }), ...(config && { config, address }) })
    await this.#save()
    if ((config || input.secrets) && before.status !== 'disabled') await this.supervisor.restart(before.id)
    return knownConnection(inventory.get('connection', before.id))
  }

  /** Forgets it with all that was known through it. Throws `precondition` connection.busy while tasks run on it. */
  async remove(id: ConnectionId): Promise<void> {
    const connection = knownConnection(this.#options.inventory.get('connection', id))
    refuseWhileBusy(this.#options.inventory, [connection])
    await this.#forget(connection)
    await this.#save()
  }

  /** With all its connections. Throws `precondition` connection.busy, workspace.last. */
  async removeWorkspace(id: WorkspaceId): Promise<void> {
    const { inventory } = this.#options
    this.#staying(id)
    this.workspaces.refuseLast(id, this.#leaving)
    const connections = [...inventory.idsBy('connection', 'workspaceId', id)].map((each) =>
      knownConnection(inventory.get('connection', each)),
    )
    refuseWhileBusy(inventory, connections)
    this.#leaving.add(id)
    try {
      for (const connection of connections) await this.#forget(connection)
      inventory.retract('workspace', id)
    } finally {
      this.#leaving.delete(id)
    }
    await this.#save()
  }

  /** Now instead of at the next attempt; of an online connection everything is read again. No id: all that are not online. */
  async reconnect(id?: ConnectionId): Promise<void> {
    if (id === undefined) {
      this.supervisor.tryAllNow()
      return
    }
    const connection = knownConnection(this.#options.inventory.get('connection', id))
    if (connection.status === 'disabled') throw disabled(connection)
    const link = this.supervisor.current(id)
    if (link) await link.refresh({ timeoutMs: 60_000 })
    else this.supervisor.tryNow(id)
  }

  /**
   * One attempt now, attended: what the host asks is asked of the reader. Its answers are used once; what is to be remembered is kept when
   * the login has succeeded. Ends with `done`. Throws `precondition` connection.disabled.
   */
  async *logIn(id: ConnectionId, signal: AbortSignal): AsyncGenerator<LoginMessage> {
    const { inventory, log } = this.#options
    const known = () => knownConnection(inventory.get('connection', id))
    if (known().status === 'disabled') throw disabled(known())
    yield* told<LoginMessage>(async (tell, until) => {
      const attendance = this.prompts.attend((prompt) => tell({ type: 'prompt', prompt }), until)
      await this.supervisor.logIn(id, attendance.ask)
      const { status, error } = known()
      const isOnline = status === 'online'
      if (isOnline) {
        // The link is there, whether its password can be kept or not.
        const keeping = this.#keeper.write(id, attendance.toKeep(), true)
        await keeping.catch((thrown: unknown) => log.warn('a secret was not kept', { id, error: toWireError(thrown) }))
      }
      tell({ type: 'done', ok: isOnline, error: isOnline ? null : error })
    }, signal)
  }

  async setEnabled(id: ConnectionId, enabled: boolean): Promise<Connection> {
    const { inventory } = this.#options
    const connection = knownConnection(inventory.get('connection', id))
    if (enabled && connection.status === 'disabled') {
      inventory.update('connection', id, { status: 'connecting' })
      this.supervisor.start(id)
    } else if (!enabled) {
      // first: whoever switches it on again while its link ends is heard
      inventory.update('connection', id, { status: 'disabled', error: null, nextAttemptAtMs: null })
      await this.supervisor.stop(id, 'connection.disabled')
    }
    await this.#save()
    return knownConnection(inventory.get('connection', id))
  }

  /** Trusts a host key (`replace`: in place of the former one) and tries again. */
  async acceptHostKey(id: ConnectionId, key: HostKeyChoice, replace: boolean): Promise<void> {
    const connection = knownConnection(this.#options.inventory.get('connection', id))
    const provider = this.#kinds.get(connection.providerId)
    if (!provider.acceptHostKey) {
      throw new AppError({ kind: 'unsupported', code: 'connection.no-host-key', message: `${provider.label} has no host keys.` })
    }
    await provider.acceptHostKey(key, replace, connection.config, this.#ports, {})
    this.supervisor.tryNow(id)
  }

  async #open(connection: Connection, options: ConnectOptions): Promise<ProviderConnection> {
    const provider = this.#kinds.get(connection.providerId)
    // what an older release wrote gets the defaults of this one
    const config = this.#kinds.parse(provider, connection.config)
    const secrets = await this.#keeper.read(connection.id, provider)
    return provider.connect(config, secrets, this.#ports, options)
  }

  #isLocal(connection: Connection): boolean {
    return this.#kinds.find(connection.providerId)?.isLocal?.(connection.config) ?? false
  }

  /** The inventory holds it already; a store that cannot take it now is told of by its own banner and tried again. */
  async #save(): Promise<void> {
    const { persister, log } = this.#options
    await persister.flush().catch((thrown: unknown) => log.error('a connection could not be saved yet', { error: toWireError(thrown) }))
  }

  async #forget(connection: Connection): Promise<void> {
    await this.supervisor.stop(connection.id, 'connection.removed')
    this.#options.inventory.removeConnection(connection.id)
    await this.#forgetSecrets(connection.id)
  }

  async #forgetSecrets(id: ConnectionId): Promise<void> {
    await this.#keeper
      .forget(id)
      .catch((thrown: unknown) => this.#options.log.warn('secrets were not forgotten', { id, error: toWireError(thrown) }))
  }

  /** Throws `not-found` workspace.unknown, also for one that is being removed. */
  #staying(id: WorkspaceId): Workspace {
    return knownWorkspace(this.#leaving.has(id) ? undefined : this.#options.inventory.get('workspace', id))
  }

  #retrySealed(): void {
    for (const connection of this.#options.inventory.all('connection')) {
      if (connection.error?.code === 'secrets.locked') this.supervisor.tryNow(connection.id)
    }
  }
}
