import { createHash } from 'node:crypto'
import {
  type ConnectionId,
  type Machine,
  type MachineId,
  objectId,
  settingsSchema,
  type Task,
  type TaskId,
  type TransferSpecInput,
  transferSpecSchema,
} from '../../../../shared/model/index.ts'
import type { MachineMover, MachineStanding, OutgoingFacts, ProviderConnection } from '../../../providers/provider.ts'
import { outgoing } from '../../migration/testing/a-case.ts'
import type { InventoryReader, Links } from '../../ports.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { FakeBuildHost } from '../../testing/fake-build-host.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { intoCloudKind } from '../images/into-cloud-kind.ts'
import type { LookOutPorts } from '../images/look-out-of-cloud.ts'
import { outOfCloudKind } from '../images/out-of-cloud-kind.ts'
import { lookAtCloudsAgain, TransferService } from '../transfer-service.ts'
import { FakeCloud } from './fake-cloud.ts'
import { MemoryKeeper } from './memory-keeper.ts'

const LOG = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const SIGNAL = new AbortController().signal
const WINDOW = 8_192

/** A host (c1) with a machine `web`, and an account of a cloud (c2) with a machine `app`; between them the console, which a test kills and restarts. */
export class TwoWorlds implements Links {
  readonly clock = new FakeClock()
  readonly store = new MemoryTaskStore()
  readonly cloud = new FakeCloud()
  readonly disks = new MemoryKeeper()
  readonly host = new FakeBuildHost('c1')
  readonly machines = new Map<string, Partial<Machine>>()
  out: Partial<OutgoingFacts> = {}
  isCloudAway = false
  /** That is left in each pool of the host. */
  roomBytes = 1_000_000
  readonly #listeners = new Set<(id: ConnectionId) => void>()
  #standing: MachineStanding = { state: 'off', isPersistent: true }
  engine: TaskEngine
  service: TransferService

  constructor() {
    this.machines.set('c1.m.web', { ...MACHINE, id: 'c1.m.web' as MachineId })
    this.host.sources.set('web', {
      name: 'web',
      vcpus: 2,
      memoryMiB: 2_048,
      disks: [],
      nics: [],
      firmware: 'bios',
      template: null,
      warnings: [],
    })
    this.machines.set('c2.m.app', {
      ...MACHINE,
      id: 'c2.m.app' as MachineId,
      nativeRef: 'app',
      name: 'app',
      connectionId: 'c2' as ConnectionId,
      hostId: 'c2.h.north' as Machine['hostId'],
      cloud: { id: 'i-0', region: 'north', zone: null, arch: 'x86_64', platform: 'linux', disks: DISKS } as unknown as Machine['cloud'],
    })
    this.cloud.onMade = (ref) => this.show(ref, 'running')
    ;({ engine: this.engine, service: this.service } = this.#boot())
  }

  /** Another process takes up what the last one left. */
  async reboot(): Promise<void> {
    ;({ engine: this.engine, service: this.service } = this.#boot())
    await this.engine.start()
  }

  /** The machine at the source, as its host tells it. */
  get standing(): MachineStanding['state'] {
    return this.#standing.state
  }

  /** The account's inventory shows a machine. */
  show(ref: string, state: Machine['state']): void {
    this.machines.set(objectId<MachineId>('c2' as ConnectionId, 'm', ref), { state })
  }

  change(id: string, change: Partial<Machine>): void {
    this.machines.set(id, { ...this.machines.get(id), ...change })
  }

  startHere(): void {
    this.#standing = { state: 'running', isPersistent: true }
  }

  spec(wish: Partial<TransferSpecInput> = {}) {
    return transferSpecSchema.parse({ machineId: 'c1.m.web', targetHostId: 'c2.h.north', ...wish })
  }

  async start(wish: Partial<TransferSpecInput> = {}, token?: string, acceptsWarnings = true): Promise<TaskId> {
    return (await this.service.start(this.spec(wish), acceptsWarnings, AUTHOR, SIGNAL, token)).taskId
  }

  back(wish: Partial<TransferSpecInput> = {}): Partial<TransferSpecInput> {
    return { machineId: 'c2.m.app', targetHostId: 'c1.h.kvm', ...wish }
  }

  plan(wish: Partial<TransferSpecInput> = {}) {
    return this.service.plan(this.spec(wish), SIGNAL)
  }

  /** Lets so much time pass, and answers the task as it is then. */
  async after(id: TaskId, durationMs = 60_000): Promise<Task> {
    await this.clock.advance(durationMs)
    const task = await this.engine.get(id)
    if (!task) throw new Error('no such task')
    return task
  }

  cutCloud(): void {
    this.isCloudAway = true
    for (const listener of this.#listeners) listener('c2' as ConnectionId)
  }

  mendCloud(): void {
    this.isCloudAway = false
    for (const listener of this.#listeners) listener('c2' as ConnectionId)
  }

  current(id: ConnectionId): ProviderConnection | undefined {
    const link = this.host.current('c1' as ConnectionId)
    if (!link) return undefined
    if (id === 'c1') return { ...link, migration: this.#mover, volumes: this.disks.keeper }
    return this.isCloudAway ? undefined : { ...link, builder: null, volumes: null, migration: null, cloud: this.cloud.services }
  }

  onChange(listener: (id: ConnectionId) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  readonly #inventory = {
    get: (entity: string, id: string) => (entity === 'machine' ? this.machines.get(id) : { ...HOSTS, ...CONNECTIONS }[id]),
    all: (entity: string) =>
      entity === 'pool'
        ? POOLS.map((pool) => ({ ...pool, availableBytes: this.roomBytes }))
        : entity === 'machine'
          ? this.machines.values()
          : [],
  } as unknown as InventoryReader

  get #mover(): MachineMover {
    return {
      providerId: 'fake',
      outgoing: async () =>
        outgoing({
          isRunning: false,
          disks: [DISK],
          nics: [],
          displays: [],
          firmware: null,
          vcpus: 2,
          memoryKiB: 2 * 1_048_576,
          ...this.out,
        }),
      standing: async () => this.#standing,
      settle: async () => {
        this.#standing = { state: 'absent', isPersistent: false }
      },
    } as unknown as MachineMover
  }

  #boot() {
    const { clock, store } = this
    const ports = { inventory: this.#inventory, links: this, clock, windowBytes: () => WINDOW }
    const look = {
      ...ports,
      busyWith: (id: string) => engine.busyWith(id),
      isInMaintenance: () => false,
      check: async () => ({ findings: this.host.findings }),
      randomBytes: (count: number) => createHash('sha256').update(String(count)).digest().subarray(0, count),
    } as unknown as LookOutPorts
    const again = lookAtCloudsAgain(look)
    const engine: TaskEngine = new TaskEngine({
      store,
      clock,
      log: LOG,
      links: this,
      sink: { putTask: () => {}, removeTask: () => {} },
      events: { append: () => {} },
      settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
      kinds: [intoCloudKind({ ...ports, lookAgain: again }), outOfCloudKind({ ...ports, lookAgain: again })],
    })
    return { engine, service: new TransferService({ preflight: look, tasks: engine }) }
  }
}

const MACHINE = {
  nativeRef: 'web',
  name: 'Web & Shop',
  connectionId: 'c1' as ConnectionId,
  hostId: 'c1.h.kvm' as Machine['hostId'],
  state: 'stopped' as const,
  os: 'Debian 12',
  vcpus: 2,
  memoryKiB: 2 * 1_048_576,
  cloud: null,
}
const DISKS = [
  { id: 'vol-2', name: 'data', sizeBytes: 10_000, type: null, boot: false },
  { id: 'vol-1', name: 'root', sizeBytes: 30_000, type: null, boot: true },
]
const DISK = {
  target: 'vda',
  device: 'disk' as const,
  type: 'file',
  path: '/images/web.img',
  pool: 'default',
  volume: 'web.img',
  format: 'raw',
  capacityBytes: 30_000,
  allocationBytes: 20_000,
  isReadOnly: false,
  isShareable: false,
  cache: null,
  backing: [],
}
const HOSTS: Record<string, object> = {
  'c1.h.kvm': { id: 'c1.h.kvm', connectionId: 'c1', name: 'kvm-01', kind: 'hypervisor', nativeRef: 'kvm' },
  'c2.h.north': { id: 'c2.h.north', connectionId: 'c2', name: 'north', kind: 'region', nativeRef: 'north' },
}
const CONNECTIONS: Record<string, object> = {
  c1: { id: 'c1', name: 'kvm', providerId: 'libvirt' },
  c2: { id: 'c2', name: 'account', providerId: 'aws' },
}
const POOLS = [
  { hostId: 'c1.h.kvm', name: 'default', active: true, type: 'dir' },
  { hostId: 'c1.h.kvm', name: 'vmstore', active: true, type: 'dir' },
]
