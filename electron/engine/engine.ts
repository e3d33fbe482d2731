import { randomBytes } from 'node:crypto'
import type { BuildInput } from '../../shared/contract/build.ts'
import { isClosedHost, type MachineId, type MachineMetrics, type MigrationRecord, type MigrationSpec } from '../../shared/model/index.ts'
import type { ByteChannel, Clock, Logger, ProviderDefinition } from '../providers/provider.ts'
import type { Store, StoreHealth } from '../store/store.ts'
import { buildKinds } from './build/build-kinds.ts'
import { BuildSecrets } from './build/build-secrets.ts'
import { BuildService } from './build/build-service.ts'
import { CloneService } from './build/clone-service.ts'
import { CloudService } from './clouds/cloud-service.ts'
import { createKind } from './clouds/create-kind.ts'
import { ConnectionService } from './connections/connection-service.ts'
import { ConsoleService } from './consoles/console-service.ts'
import { DefinitionCleanup } from './hardware/definition-cleanup.ts'
import { DefinitionHistory } from './hardware/definition-history.ts'
import { HardwareService } from './hardware/hardware-service.ts'
import { hardwareKinds } from './hardware/hardware-task.ts'
import { restartKind } from './hardware/restart-kind.ts'
import { InventoryService } from './inventory/inventory-service.ts'
import { AuditChain } from './log/audit-chain.ts'
import { EventLog } from './log/event-log.ts'
import { GuestService } from './machines/guest-service.ts'
import { MachineService } from './machines/machine-service.ts'
import { cloudAtOnce, machineKinds } from './machines/machine-task.ts'
import { MaintenanceBook } from './maintenance/maintenance-book.ts'
import { MaintenanceService } from './maintenance/maintenance-service.ts'
import { MaintenanceSettling } from './maintenance/settling.ts'
import { LiveMoves } from './migration/live-moves.ts'
import { Measures, type Way } from './migration/measures.ts'
import { setClockKind } from './migration/mend-clock.ts'
import { MendService } from './migration/mend-service.ts'
import { MigrationService } from './migration/migration-service.ts'
import { moveKind } from './migration/move-kind.ts'
import { OnTheWay } from './migration/on-the-way.ts'
import { PlannedMoves } from './migration/planned-moves.ts'
import { lookBefore } from './migration/preflight.ts'
import { MigrationRecords } from './migration/records.ts'
import { WriteProfiles } from './migration/writes/write-profiles.ts'
import { NetworkService } from './networks/network-service.ts'
import { networkKinds } from './networks/network-tasks.ts'
import { exportKind } from './ova/export-kind.ts'
import { importKind } from './ova/import-kind.ts'
import { OvaExports } from './ova/ova-exports.ts'
import { OvaService } from './ova/ova-service.ts'
import type { NewEvent, SecretStore } from './ports.ts'
import { SettingsService } from './settings/settings.ts'
import { ScheduleService } from './snapshots/schedule-service.ts'
import { scheduledKind } from './snapshots/schedule-task.ts'
import { cloneFromSnapshot } from './snapshots/snapshot-clone.ts'
import { SnapshotService } from './snapshots/snapshot-service.ts'
import { snapshotKind } from './snapshots/snapshot-task.ts'
import { FactsMemory } from './storage/facts-memory.ts'
import { OtherHosts } from './storage/other-hosts.ts'
import { PoolSecrets } from './storage/pool-secrets.ts'
import { poolKinds } from './storage/pool-tasks.ts'
import { StorageService } from './storage/storage-service.ts'
import { forgetting, storageVolumeKinds } from './storage/volume-kinds.ts'
import { TaskEngine } from './tasks/task-engine.ts'
import { TaskHistory } from './tasks/task-history.ts'
import { intoCloudKind } from './transfer/images/into-cloud-kind.ts'
import { outOfCloudKind } from './transfer/images/out-of-cloud-kind.ts'
import { transferKind } from './transfer/transfer-kind.ts'
import { lookAgainWith, lookAtCloudsAgain, TransferService } from './transfer/transfer-service.ts'
import { UploadGates } from './volumes/upload-gate.ts'
import { VolumeService } from './volumes/volume-service.ts'
import { volumeKinds } from './volumes/volume-tasks.ts'

export interface EngineOptions {
  readonly store: Store
  readonly secrets: SecretStore
  readonly providers: readonly ProviderDefinition[]
  readonly clock: Clock
  readonly log: Logger
  /** Folder of what belongs to this console. */
  readonly dataDirectory: string
  readonly homeDirectory: string
  readonly face: 'desktop' | 'local' | 'coordinator'
  readonly version: string
  /** Who sits in front of it, as the operating system says. */
  readonly user: string
}

/** The product without any face: services wired by plain constructor arguments. `electron/api/handlers` binds the contract to it. */
export interface Engine {
  readonly options: EngineOptions
  readonly startedAtMs: number
  readonly settings: SettingsService
  readonly events: EventLog
  readonly audit: AuditChain
  readonly inventory: InventoryService
  readonly connections: ConnectionService
  readonly tasks: TaskEngine
  readonly taskHistory: TaskHistory
  readonly machines: MachineService
  readonly consoles: ConsoleService
  readonly guests: GuestService
  readonly build: BuildService
  readonly clones: CloneService
  readonly volumes: VolumeService
  readonly hardware: HardwareService
  readonly storage: StorageService
  readonly networks: NetworkService
  readonly migrations: MigrationService
  readonly mends: MendService
  readonly plannedMoves: PlannedMoves
  readonly maintenance: MaintenanceService
  readonly transfers: TransferService
  readonly ova: OvaService
  readonly clouds: CloudService
  readonly snapshots: SnapshotService
  readonly schedules: ScheduleService
  /** A window or socket is gone: what it looked at no longer steers sampling. */
  forgetClient(clientId: string): void
  /** Adds the demo fleet unless it is there already; with accounts of clouds if wanted. */
  openDemo(clouds: boolean): Promise<void>
  /** Loads what was kept, opens the links, resumes tasks. Resolves once the cached state can be read. */
  start(): Promise<void>
  /** Stops accepting, lets steps reach the journal, closes links. The store stays open: its owner closes it. */
  stop(): Promise<void>
}

/** The demo fleet as the design's pictures show it. */
const DEMO = { hosts: 200, machines: 10_000, seed: 1 }

export function createEngine(options: EngineOptions): Engine {
  const { store, clock, log } = options
  const settings = new SettingsService(store.settings, store.views, log)
  const events = new EventLog({ store: store.events, clock, log, settings })
  const audit = new AuditChain({ store: store.audit, clock, log })
  const writes = new WriteProfiles({ store: store.writeProfiles, clock, log })
  const onSample = (id: MachineId, { atMs, diskWriteBytesPerS }: MachineMetrics) => writes.add(id, atMs, diskWriteBytesPerS)
  const inventory = new InventoryService({ store: store.entities, clock, log, onSample })
  const connections = new ConnectionService({
    ...options,
    inventory: inventory.inventory,
    persister: inventory.persister,
    metrics: inventory.metrics,
    events,
  })
  const facts = inventory.inventory
  const links = connections.supervisor
  const secrets = new BuildSecrets(options.secrets)
  const gates = new UploadGates(clock)
  const exports = new OvaExports(links, clock)
  const history = new DefinitionHistory({ store: store.definitions, clock, log })
  const cleanup = new DefinitionCleanup({ inventory: facts, store: store.definitions, noted: store.metadata, clock, log })
  const memory = new FactsMemory(clock)
  const poolSecrets = new PoolSecrets(options.secrets)
  const others = new OtherHosts({ inventory: facts, links, clock })
  const ports = { inventory: facts, links, clock, log, secrets, gates, exports, history }
  const making = [...buildKinds(ports), importKind(ports), exportKind(ports), createKind()]
  const storing = forgetting([...volumeKinds(ports, others), ...storageVolumeKinds(others), ...poolKinds(poolSecrets)], memory)
  const book = new MaintenanceBook({ kept: store.settings, inventory: facts, log })
  const isInMaintenance = (hostId: string) => isClosedHost(facts.get('host', hostId))
  const live = new LiveMoves(clock)
  const onTheWay = new OnTheWay({ inventory: facts, live })
  const measures = new Measures()
  const records = new MigrationRecords({ store: store.migrations, inventory: facts, log })
  const moving = {
    inventory: facts,
    links,
    clock,
    live,
    onTheWay,
    events,
    history,
    busyWith: (id: string) => tasks.busyWith(id),
    isInMaintenance,
    measured: (way: Way) => measures.get(way, clock.nowMs()),
    records: () => records.recent(),
    writes,
    writesOf: (machineId: string) => writes.of(machineId),
    record: (record: MigrationRecord) => records.put(record),
  }
  const leaving = { ...moving, randomBytes, check: (input: BuildInput, signal: AbortSignal) => build.check(input, signal) }
  const kinds = [
    ...machineKinds(facts, history),
    ...making,
    ...storing,
    ...networkKinds(),
    ...hardwareKinds(ports),
    restartKind(facts),
    moveKind(moving),
    setClockKind(),
    transferKind({ inventory: facts, links, clock, lookAgain: lookAgainWith(moving) }),
    intoCloudKind({ inventory: facts, links, clock, lookAgain: lookAtCloudsAgain(leaving) }),
    outOfCloudKind({ inventory: facts, links, clock, lookAgain: lookAtCloudsAgain(leaving) }),
    snapshotKind(history),
    scheduledKind(history),
  ]
  const tasks = new TaskEngine({
    store: store.tasks,
    clock,
    log,
    links,
    sink: facts,
    events,
    settings,
    kinds,
    atOnce: (hostId) => book.atOnce(hostId) ?? cloudAtOnce(facts.get('host', hostId)),
  })
  const taskHistory = new TaskHistory(store.tasks, (id) => tasks.current(id), facts, clock)
  const select = (query: string, workspaceId?: string) => inventory.queries.select(query, workspaceId)
  const machines = new MachineService({ inventory: facts, select, links, tasks, clock })
  const consoles = new ConsoleService({ inventory: facts, links, clock })
  const guests = new GuestService({ inventory: facts, links })
  const builders = { inventory: facts, links, tasks, secrets, clock, randomBytes }
  const build = new BuildService(builders)
  const clones = new CloneService(builders)
  const offer = (channel: ByteChannel) => consoles.offer(channel)
  const volumes = new VolumeService({ inventory: facts, links, clock, gates, tasks, offer })
  const hardware = new HardwareService({ inventory: facts, links, tasks, history, clock, randomBytes })
  const storage = new StorageService({ inventory: facts, links, clock, secrets: poolSecrets, memory, others, tasks })
  const networks = new NetworkService({ inventory: facts, links, clock, tasks })
  const migrations = new MigrationService({
    inventory: facts,
    links,
    clock,
    live,
    measures,
    records,
    writes,
    tasks,
    isInMaintenance,
    onTheWay,
  })
  const mends = new MendService({ inventory: facts, clock, log, noted: store.metadata, storage, networks, hardware, tasks })
  const plannedMoves = new PlannedMoves({
    inventory: facts,
    migrations,
    history: store.tasks,
    kept: store.settings,
    events,
    clock,
    log,
    randomBytes,
  })
  const look = (wish: MigrationSpec, signal: AbortSignal) => lookBefore(migrations.ports, wish, signal)
  const maintenance = new MaintenanceService({ inventory: facts, links, clock, book, events, onTheWay, look, tasks })
  const settling = new MaintenanceSettling({
    book,
    inventory: facts,
    events,
    log,
    task: (id) => tasks.get(id),
    children: async (parentId) => await taskHistory.all(parentId),
    goOn: (...order) => maintenance.goOn(...order),
  })
  const transfers = new TransferService({ preflight: { ...leaving, ...migrations.ports }, tasks })
  const ova = new OvaService({ ...builders, check: (input, signal) => build.check(input, signal), exports, offer })
  const clouds = new CloudService({ inventory: facts, links, tasks, clock })
  const snapshots = new SnapshotService({
    inventory: facts,
    links,
    tasks,
    clock,
    cloneFrom: (machineId, operation, author, signal) => cloneFromSnapshot(builders, machineId, operation, author, signal),
  })
  const schedules = new ScheduleService({
    inventory: facts,
    select,
    tasks,
    history: store.tasks,
    kept: store.settings,
    noted: store.metadata,
    events,
    clock,
    log,
  })
  const tellHealth = (health: StoreHealth) => events.append(storeEvent(health))
  let forgetHealth = () => {}
  return {
    options,
    startedAtMs: clock.nowMs(),
    settings,
    events,
    audit,
    inventory,
    connections,
    tasks,
    taskHistory,
    machines,
    consoles,
    guests,
    build,
    clones,
    volumes,
    hardware,
    storage,
    networks,
    migrations,
    mends,
    plannedMoves,
    maintenance,
    transfers,
    ova,
    clouds,
    snapshots,
    schedules,
    forgetClient: (clientId) => connections.supervisor.interest.forget(clientId),
    openDemo: async (withClouds) => {
      await connections.addDemo({ ...DEMO, clouds: withClouds })
    },
    async start() {
      await settings.load()
      await events.start()
      await audit.start()
      if (store.health().state !== 'ok') tellHealth(store.health())
      forgetHealth = store.onHealth(tellHealth)
      await inventory.start()
      writes.start()
      await book.start()
      connections.start()
      await tasks.start()
      await settling.start()
      await schedules.start()
      await mends.start()
      await plannedMoves.start()
      cleanup.start()
    },
    async stop() {
      forgetHealth()
      consoles.stop()
      await cleanup.stop()
      await schedules.stop()
      await plannedMoves.stop()
      await mends.stop()
      await tasks.stop()
      await settling.stop()
      await book.stop()
      await connections.stop()
      await writes.stop()
      await inventory.stop()
      await events.stop()
      await audit.stop()
    },
  }
}

/** What the log says of the store: `store.rebuilt`, `store.read-only`, `store.failed`, and `store.ok` when it is over. */
function storeEvent({ state, message, error }: StoreHealth): NewEvent {
  return {
    severity: state === 'ok' ? 'info' : state === 'failed' ? 'error' : 'warning',
    code: `store.${state}`,
    params: { error: error?.code ?? null },
    text: message ?? 'The console’s database takes writes again.',
    source: 'engine',
  }
}
