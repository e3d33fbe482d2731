import { AppError } from '../../../../shared/errors/index.ts'
import {
  type ConnectionId,
  type PoolSpec,
  poolSpecSchema,
  type SharedPlace,
  settingsSchema,
  type Task,
  type TaskId,
} from '../../../../shared/model/index.ts'
import type {
  HostClaims,
  OrphanLook,
  PoolDefinition,
  ProviderConnection,
  Secrets,
  StorageKeeper,
  VolumeFactsOf,
  VolumeKeeper,
} from '../../../providers/provider.ts'
import { Inventory } from '../../inventory/inventory.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { aConnection, aWorkspace } from '../../testing/entities.ts'
import { putHost, putMachine } from '../../testing/facts.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { FakeSecrets } from '../../testing/fake-secrets.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { UploadGates } from '../../volumes/upload-gate.ts'
import { volumeKinds } from '../../volumes/volume-tasks.ts'
import { FactsMemory } from '../facts-memory.ts'
import { OtherHosts } from '../other-hosts.ts'
import { PoolSecrets } from '../pool-secrets.ts'
import { poolKinds } from '../pool-tasks.ts'
import { StorageService } from '../storage-service.ts'
import { forgetting, storageVolumeKinds } from '../volume-kinds.ts'

export const NO_CLAIMS: HostClaims = { shared: [], unplaced: [], blind: [] }

interface FarPool {
  readonly uuid: string
  isActive: boolean
  autostart: boolean
}

interface FarVolume {
  readonly usedBy: string[]
  /** Null: it cannot be read. */
  facts: VolumeFactsOf | null
}

/** A host's storage in memory. Tests read it, and break its next call of a name. */
export class FarStorage {
  readonly pools = new Map<string, FarPool>([['images', { uuid: 'images', isActive: true, autostart: true }]])
  /** Of the pool `images`. */
  readonly volumes = new Map<string, FarVolume>()
  /** What was asked for that changes something, in order. */
  readonly calls: string[] = []
  /** Names asked for facts, by call. */
  readonly asked: string[][] = []
  readonly passwords: string[] = []
  found: OrphanLook = { orphans: [], unseen: [], claims: NO_CLAIMS }
  /** By volume, where other hosts may see it. */
  readonly places = new Map<string, SharedPlace>()
  /** Links of other connections. */
  readonly others = new Map<ConnectionId, ProviderConnection>()
  /** By call: what it fails with in place of its own doing; `after` lets that happen before. */
  readonly break = new Map<string, (() => AppError) | { readonly after: AppError }>()
  link: ProviderConnection | undefined = { storage: this.#keeper(), volumes: this.#volumeKeeper() } as unknown as ProviderConnection
  /** Calls of these names never end. */
  readonly hangs = new Set<string>()
  readonly #listeners = new Set<(id: ConnectionId) => void>()

  current = (id: ConnectionId): ProviderConnection | undefined => (id === 'c1' ? this.link : this.others.get(id))
  onChange = (listener: (id: ConnectionId) => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  addVolume(name: string, more: Partial<FarVolume> = {}): void {
    const facts = { format: 'qcow2', capacityBytes: 1_000, allocationBytes: 10, backingPath: null }
    this.volumes.set(name, { usedBy: [], facts, ...more })
  }

  async #call(name: string, run: () => void): Promise<void> {
    this.calls.push(name)
    if (this.hangs.delete(name)) await new Promise(() => {})
    const broken = this.break.get(name)
    this.break.delete(name)
    if (typeof broken === 'function') throw broken()
    run()
    if (broken) throw broken.after
  }

  #pool(name: string): FarPool {
    const pool = this.pools.get(name)
    if (!pool) throw new AppError({ kind: 'not-found', code: 'volume.pool-not-found', message: 'no such pool' })
    return pool
  }

  #keeper(): StorageKeeper {
    const unused = () => Promise.reject(new Error('not scripted'))
    const asked = this.asked
    const volumes = this.volumes
    return {
      abilities: unused,
      find: unused,
      definition: unused,
      create: async (_host, { uuid, spec }: PoolDefinition, secrets: Secrets) =>
        await this.#call(`create ${spec.name}`, () => {
          if (secrets.password !== undefined) this.passwords.push(secrets.password)
          this.pools.set(spec.name, { uuid, isActive: true, autostart: spec.autostart })
        }),
      start: async (_host, pool) =>
        await this.#call(`start ${pool}`, () => {
          this.#pool(pool).isActive = true
        }),
      stop: async (_host, pool) =>
        await this.#call(`stop ${pool}`, () => {
          this.#pool(pool).isActive = false
        }),
      refresh: async (_host, pool) => await this.#call(`refresh ${pool}`, () => {}),
      setAutostart: async (_host, pool, autostart) =>
        await this.#call(`autostart ${pool} ${autostart}`, () => {
          this.#pool(pool).autostart = autostart
        }),
      removal: async () => {
        const usedBy = [...new Set([...this.volumes.values()].flatMap((volume) => volume.usedBy))]
        const reason = usedBy.includes('runs') ? { code: 'pool.in-use', text: 'in use', params: { machines: 'runs' } } : null
        return { volumes: this.volumes.size, allocationBytes: null, usedBy, reason }
      },
      remove: async (_host, pool, deleteTarget) =>
        await this.#call(`remove ${pool} ${deleteTarget}`, () => {
          this.pools.delete(pool)
        }),
      state: async (_host, pool) => this.pools.get(pool) ?? null,
      list: async () => [...this.volumes].map(([name, { usedBy }]) => ({ name, path: `/images/${name}`, usedBy })),
      async *facts(_host, _pool, names) {
        asked.push([...names])
        for (const name of names) {
          const volume = volumes.get(name)
          if (volume?.facts === null) continue
          yield new Map([[name, volume?.facts ?? null]])
        }
      },
      wipe: async (_host, { volume }) => await this.#call(`wipe ${volume}`, () => {}),
      orphans: async () => this.found,
      sharedPlace: async (_host, { volume }) => this.places.get(volume) ?? null,
    }
  }

  #volumeKeeper(): VolumeKeeper {
    return {
      find: async (_host: string, { volume }: { volume: string }) => {
        const found = this.volumes.get(volume)
        return found ? { name: volume, path: volume, ...found.facts, usedBy: found.usedBy, isWhole: true } : null
      },
      create: async (_host: string, { volume }: { volume: string }) => await this.#call(`create ${volume}`, () => this.addVolume(volume)),
      resize: async (_host: string, { volume }: { volume: string }, capacityBytes: number) =>
        await this.#call(`resize ${volume}`, () => {
          const found = this.volumes.get(volume)
          if (found?.facts) found.facts = { ...found.facts, capacityBytes }
        }),
      remove: async (_host: string, { volume }: { volume: string }) =>
        await this.#call(`remove ${volume}`, () => {
          if (this.volumes.get(volume)?.usedBy.length) throw new AppError({ kind: 'precondition', code: 'volume.in-use', message: 'used' })
          this.volumes.delete(volume)
        }),
    } as unknown as VolumeKeeper
  }
}

export const lostReply = () => new AppError({ kind: 'indeterminate', code: 'fake.lost-reply', message: 'lost' })

interface Before {
  readonly store?: MemoryTaskStore
  readonly far?: FarStorage
  readonly clock?: FakeClock
  readonly secrets?: FakeSecrets
}

/** An engine with one host that has the pool `images` and two machines, `runs` and `rests`; booted again on what one before left. */
export function boot({
  store = new MemoryTaskStore(),
  far = new FarStorage(),
  clock = new FakeClock(),
  secrets = new FakeSecrets(),
}: Before = {}) {
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1'))
  const pool = { hostRef: 'h', name: 'images', type: 'dir', active: true, autostart: true, persistent: true }
  const facts = { ...pool, capacityBytes: 1e12, allocationBytes: 0, availableBytes: 1e12, target: '/images' }
  const machines = [putMachine('runs', 'h'), putMachine('rests', 'h', { state: 'stopped' })]
  inventory.applyChanges('c1' as ConnectionId, [putHost('h'), { op: 'put', entity: 'pool', ref: 'images', facts }, ...machines], {
    state: 'live',
  })
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const memory = new FactsMemory(clock)
  const poolSecrets = new PoolSecrets(secrets)
  const others = new OtherHosts({ inventory, links: far, clock })
  const ports = { gates: new UploadGates(clock), links: far, clock, log }
  const tasks = new TaskEngine({
    store,
    clock,
    log,
    links: far,
    sink: inventory,
    events: { append: () => {} },
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: forgetting([...volumeKinds(ports, others), ...storageVolumeKinds(others), ...poolKinds(poolSecrets)], memory),
  })
  const service = new StorageService({ inventory, links: far, clock, secrets: poolSecrets, memory, others, tasks })
  const ended = async (id: TaskId): Promise<Task> => {
    await settle(12)
    const task = await tasks.get(id)
    if (!task) throw new Error('no such task')
    return task
  }
  return { clock, ended, far, inventory, secrets, service, store, tasks }
}

export const newPool = (name: string): PoolSpec => poolSpecSchema.parse({ name, source: { type: 'dir', path: `/srv/${name}` } })

export const newSan = (name: string): PoolSpec =>
  poolSpecSchema.parse({ name, source: { type: 'iscsi', host: 'san', target: `iqn.${name}` } })
