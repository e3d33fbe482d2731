import { AppError } from '../../../../shared/errors/index.ts'
import {
  type ConnectionId,
  type HostId,
  type MachineId,
  type MigrationRecord,
  type MigrationSpecInput,
  migrationSpecSchema,
  settingsSchema,
  type Task,
  type TaskId,
} from '../../../../shared/model/index.ts'
import type {
  EndFacts,
  IncomingFacts,
  MachineMover,
  MachineStanding,
  MoveOptions,
  MoveProgress,
  OutgoingFacts,
  ProviderConnection,
  SnapshotChanges,
  SnapshotRecord,
  SnapshotRecords,
} from '../../../providers/provider.ts'
import { DefinitionHistory } from '../../hardware/definition-history.ts'
import type { InventoryReader, Links, NewEvent } from '../../ports.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { FakeBuildHost } from '../../testing/fake-build-host.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { MemoryDefinitionStore } from '../../testing/memory-definition-store.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { MemoryWriteProfiles } from '../../testing/memory-write-profiles.ts'
import { transferKind } from '../../transfer/transfer-kind.ts'
import { LiveMoves } from '../live-moves.ts'
import { Measures } from '../measures.ts'
import { MigrationService } from '../migration-service.ts'
import { moveKind } from '../move-kind.ts'
import { OnTheWay } from '../on-the-way.ts'
import { WriteProfiles } from '../writes/write-profiles.ts'

type State = MachineStanding['state']
type Side = 'a' | 'b'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
export const REF = 'web'
const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const GIB = 1_073_741_824
const NO_RECORDS = { recent: () => Promise.resolve([]), list: () => Promise.resolve([]) }

/** Two hosts, `a` and `b`, whose machines move from one to the other in memory. Tests say how a move goes, and what each host knows. */
export class FakePair implements Links {
  readonly clock = new FakeClock()
  readonly store = new MemoryTaskStore()
  readonly definitions = new MemoryDefinitionStore()
  readonly writes = new WriteProfiles({ store: new MemoryWriteProfiles(), clock: this.clock, log: LOG })
  readonly events: NewEvent[] = []
  readonly records: MigrationRecord[] = []
  readonly hosts = { a: new FakeBuildHost('c1'), b: new FakeBuildHost('c2') }
  /** Standings by side and machine; what is not named is absent. */
  readonly standings = new Map<string, MachineStanding>()
  /** What was asked for that changes something, in order. */
  readonly calls: string[] = []
  readonly names = [REF]
  moving = 0
  mostMoving = 0
  /** How moves go; by default at once and well. */
  script: ((ref: string, from: Side, options: MoveOptions, go: () => void) => Promise<void>) | null = null
  /** How a move that broke in post-copy is taken up again; null: it works. */
  resuming: (() => Promise<void>) | null = null
  /** How a move that was left to its hosts goes on. */
  following: ((from: Side) => Promise<void>) | null = null
  out: Partial<OutgoingFacts> = {}
  into: Partial<IncomingFacts> = {}
  agentThere: boolean | null = null
  /** How a transfer defines it at the other host; null: it works. */
  defining: (() => Promise<void>) | null = null
  /** Where the settings of its UEFI were last said to lie. */
  nvram: string | null = null
  /** Folders that were opened as pools, and closed. */
  readonly folders: string[] = []
  /** Snapshots that each host knows. */
  readonly known: Record<Side, readonly SnapshotRecord[]> = { a: [], b: [] }
  /** How they are forgotten, and told of; null: it works. */
  forgetting: (() => Promise<void>) | null = null
  recalling: (() => Promise<void>) | null = null
  /** With what changes they were told of last. */
  changes: SnapshotChanges | null = null
  /** Where a display is shut, as its password is not known any more. */
  shut: readonly string[] = []
  /** What the disk stands on at the source. */
  backing: readonly string[] = []
  engine: TaskEngine
  live: LiveMoves
  service: MigrationService

  constructor() {
    for (const side of ['a', 'b'] as const) {
      this.hosts[side].migration = this.#mover(side)
      this.hosts[side].mend()
    }
    this.put('a', 'running')
    this.hosts.a.addVolume('default/web.qcow2')
    ;({ engine: this.engine, live: this.live, service: this.service } = this.#boot())
  }

  /** A new process over what the last one left on the disk. */
  async reboot(): Promise<void> {
    ;({ engine: this.engine, live: this.live, service: this.service } = this.#boot())
    await this.engine.start()
  }

  #boot() {
    const { clock, store, events, definitions } = this
    const live = new LiveMoves(clock)
    const measures = new Measures()
    const inventory = this.inventory
    const onTheWay = new OnTheWay({ inventory, live })
    const ports = { inventory, links: this, clock, live, onTheWay, events: { append: (event: NewEvent) => void events.push(event) } }
    const history = new DefinitionHistory({ store: definitions, clock, log: LOG })
    const engine = new TaskEngine({
      store,
      clock,
      log: LOG,
      links: this,
      sink: { putTask: () => {}, removeTask: () => {} },
      events: ports.events,
      settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
      kinds: [
        moveKind({
          ...ports,
          history,
          busyWith: (id) => engine.busyWith(id),
          isInMaintenance: () => false,
          measured: () => null,
          records: () => Promise.resolve([]),
          writes: this.writes,
          writesOf: (id) => this.writes.of(id),
          record: async (record) => void this.records.push(record),
        }),
        transferKind({ ...ports, lookAgain: () => Promise.resolve() }),
      ],
    })
    return {
      engine,
      live,
      service: new MigrationService({
        ...ports,
        measures,
        records: NO_RECORDS,
        writes: this.writes,
        tasks: engine,
        isInMaintenance: () => false,
      }),
    }
  }

  current(connectionId: ConnectionId): ProviderConnection | undefined {
    return this.hosts.a.current(connectionId) ?? this.hosts.b.current(connectionId)
  }

  onChange(listener: (connectionId: ConnectionId) => void): () => void {
    const ends = [this.hosts.a.onChange(listener), this.hosts.b.onChange(listener)]
    return () => {
      for (const end of ends) end()
    }
  }

  readonly inventory = {
    get: (entity: string, id: string) => {
      if (entity === 'host') return { 'c1.h.h': hostOf('a', 'c1'), 'c2.h.h': hostOf('b', 'c2') }[id]
      if (entity !== 'machine') return undefined
      const [connectionId = '', , ref = ''] = id.split('.')
      const side = connectionId === 'c1' ? 'a' : 'b'
      const { state } = this.at(side, ref)
      if (state === 'absent') return undefined
      return {
        id,
        nativeRef: ref,
        name: ref,
        connectionId,
        hostId: `${connectionId}.h.h`,
        state: state === 'off' ? 'stopped' : state,
        autostart: true,
      }
    },
    all: () => [],
  } as unknown as InventoryReader

  at(side: Side, ref = REF): MachineStanding {
    return this.standings.get(`${side} ${ref}`) ?? { state: 'absent', isPersistent: false }
  }

  put(side: Side, state: State, ref = REF): void {
    this.standings.set(`${side} ${ref}`, { state, isPersistent: state !== 'absent' && state !== 'incoming' })
  }

  /** Where it is, as `running absent`. */
  where(ref = REF): string {
    return `${this.at('a', ref).state} ${this.at('b', ref).state}`
  }

  spec(wish: Partial<MigrationSpecInput> = {}) {
    return migrationSpecSchema.parse({ machineId: 'c1.m.web', targetHostId: 'c2.h.h' as HostId, mode: 'live', ...wish })
  }

  async start(wish: Partial<MigrationSpecInput> = {}): Promise<TaskId> {
    const options = { acceptsWarnings: true, atOnce: 1 }
    return (await this.service.start([this.spec(wish)], options, AUTHOR, new AbortController().signal)).taskId
  }

  /** Starts one whose journal is as it is after so many writes: what the next process finds. */
  async killedAfter(writes: number, wish: Partial<MigrationSpecInput>, begin = () => this.start(wish)): Promise<TaskId> {
    const commit = this.store.commit.bind(this.store)
    this.store.commit = (change) => (this.store.commits < writes ? commit(change) : new Promise(() => {}))
    const id = await begin()
    await this.clock.advance(90_000)
    void this.engine.stop()
    await this.clock.advance(1_000)
    this.store.commit = commit
    return id
  }

  /** Lets so much time pass, and answers the task as it is then. */
  async after(id: TaskId, durationMs = 5_000): Promise<Task> {
    await this.clock.advance(durationMs)
    const task = await this.engine.get(id)
    if (!task) throw new Error('no such task')
    return task
  }

  #mover(side: Side): MachineMover {
    const other = side === 'a' ? 'b' : 'a'
    const unused = () => Promise.reject(new Error('not scripted'))
    return {
      providerId: 'fake',
      outgoing: async (ref) => ({ ...this.#outgoing(ref, side), ...(side === 'a' ? this.out : {}) }),
      incoming: async () => ({ ...INCOMING, ...this.into }),
      ends: async () => END,
      dirtyRate: async () => 1_000_000,
      listen: unused,
      send: unused,
      snapshots: this.#snapshots(side),
      move: async (ref, order, _receiver, options) => {
        // as libvirt does
        if (this.known[side].length > 0) throw refused()
        this.calls.push(`move ${ref} ${side}→${other}`)
        if (order.nvram !== undefined) this.nvram = order.nvram
        this.moving += 1
        this.mostMoving = Math.max(this.mostMoving, this.moving)
        const go = () => {
          const cold = this.at(side, ref).state === 'off'
          this.put(other, cold ? 'off' : this.at(side, ref).state, ref)
          this.put(side, 'absent', ref)
        }
        try {
          if (this.script) await this.script(ref, side, options, go)
          else go()
        } finally {
          this.moving -= 1
        }
        return { totalMs: 1, downtimeMs: 1, dataBytes: 1, memoryBytesPerS: 1, passes: 1 }
      },
      resume: async (ref) => {
        this.calls.push(`resume ${ref} ${side}→${other}`)
        await this.resuming?.()
        this.put(side, 'absent', ref)
        this.put(other, 'running', ref)
        return { totalMs: null, downtimeMs: null, dataBytes: null, memoryBytesPerS: null, passes: null }
      },
      follow: async () => {
        await this.following?.(side)
        return null
      },
      copyDefinition: async (ref, order) => {
        this.calls.push(`define ${ref} at ${other}`)
        this.nvram = order.nvram ?? null
        await this.defining?.()
        this.put(other, 'off', ref)
      },
      openFolder: async (_hostRef, folder) => {
        this.folders.push(`open ${folder} at ${side}`)
        return { pool: 'nvram', close: async () => void this.folders.push(`close ${folder} at ${side}`) }
      },
      standing: async (ref) => this.at(side, ref),
      settle: async (ref, as) => {
        this.calls.push(`${as} ${ref} at ${side}`)
        this.put(side, as === 'run' ? 'running' : 'absent', ref)
      },
      tune: async (ref, change) => void this.calls.push(`tune ${ref} ${JSON.stringify(change)}`),
      cancel: async () => {},
      setClock: async () => {},
    }
  }

  #snapshots(side: Side): SnapshotRecords {
    return {
      read: async () => this.known[side],
      forget: async (_ref, names) => {
        this.calls.push(`forget ${names.join(' ')} at ${side}`)
        await this.forgetting?.()
        this.known[side] = this.known[side].filter(({ name }) => !names.includes(name))
      },
      recall: async (_ref, records, { changes }) => {
        this.calls.push(`recall ${records.map(({ name }) => name).join(' ')} at ${side}`)
        await this.recalling?.()
        this.known[side] = records
        this.changes = changes
        return this.shut
      },
    }
  }

  #outgoing(ref: string, side: Side): OutgoingFacts {
    const { state, isPersistent } = this.at(side, ref)
    const volume = [...this.hosts[side].files.keys()].find((path) => path.includes(ref))?.split('/')[1] ?? null
    return {
      ...OUTGOING,
      name: ref,
      uuid: ref,
      isRunning: state === 'running' || state === 'paused',
      isPaused: state === 'paused',
      isPersistent,
      agentAnswers: side === 'a' ? true : this.agentThere,
      snapshots: { internal: this.known[side].length, external: 0 },
      disks: volume === null ? [] : [{ ...DISK, path: `/pool/${volume}`, volume, backing: side === 'a' ? this.backing : [] }],
    }
  }
}

/** What a host says when the guest goes on there. */
export function refused(): AppError {
  return new AppError({ kind: 'remote-failure', code: 'migration.failed', message: 'web did not move. The target host says: no room' })
}

export function progress(phase: MoveProgress['phase'], done: number, total = 100): MoveProgress {
  const memory = { total, done, remaining: total - done }
  return { phase, memory, disk: null, iteration: 1, dirtyBytesPerS: 0, bandwidthBytesPerS: 10, throttlePercent: null }
}

export const machineId = (side: Side, ref = REF) => `${side === 'a' ? 'c1' : 'c2'}.m.${ref}` as MachineId

function hostOf(name: string, connectionId: string) {
  return {
    id: `${connectionId}.h.h`,
    nativeRef: `h-${name}`,
    name,
    connectionId,
    memoryFreeKiB: null,
    cpuPercent: null,
    kind: 'hypervisor',
  }
}

const END: EndFacts = {
  uuid: null,
  hostName: 'h',
  addresses: ['10.0.0.1'],
  libvirt: '9.0.0',
  hypervisor: '7.2.0',
  clockOffsetMs: 0,
  clockErrorMs: 1,
  nameResolvesTo: ['10.0.0.1'],
  timeService: null,
}

const DISK = {
  target: 'vda',
  device: 'disk' as const,
  type: 'file',
  pool: 'default',
  format: 'qcow2',
  capacityBytes: GIB,
  allocationBytes: GIB,
  isReadOnly: false,
  isShareable: false,
  cache: 'none',
  backing: [],
}

const OUTGOING: OutgoingFacts = {
  name: REF,
  uuid: REF,
  isRunning: true,
  isPaused: false,
  isPersistent: true,
  hasManagedSave: false,
  xml: '<domain><title>Web</title><description>of the shop</description></domain>',
  machineType: 'pc-q35-7.2',
  arch: 'x86_64',
  emulator: '/usr/bin/qemu-system-x86_64',
  vcpus: 1,
  memoryKiB: 1_048_576,
  residentKiB: 524_288,
  hugePagesKiB: [],
  cpuMode: 'custom',
  cpuModel: 'qemu64',
  firmware: null,
  tpm: null,
  disks: [],
  nics: [],
  hostDevices: [],
  snapshots: { internal: 0, external: 0 },
  checkpoints: 0,
  job: null,
  displays: [],
  agentAnswers: true,
  host: END,
}

const INCOMING: IncomingFacts = {
  host: END,
  cpuMissing: [],
  cpuNote: null,
  hasMachineType: true,
  hasEmulator: true,
  hasLoader: true,
  hasTpm: true,
  memoryFreeKiB: 16_777_216,
  hugePagesFree: new Map(),
  pools: [{ name: 'default', isActive: true, type: 'dir', path: '/pool', availableBytes: 100 * GIB, taken: [] }],
  networks: [],
  bridges: [],
  paths: new Map(),
  uuidTaken: null,
  nameTaken: false,
  ports: { first: 49_152, last: 49_215, used: 0 },
  peerTrust: null,
  peerTrustNote: null,
}
