import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import {
  type Host,
  type HostId,
  hostIdSchema,
  type MachineId,
  type Mended,
  type MigrationMend,
  type MigrationSpec,
  machineIdSchema,
  mendedSchema,
  type Network,
  type Pool,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { Clock, Logger } from '../../providers/provider.ts'
import type { KeyValueStore } from '../../store/store.ts'
import type { HardwareService } from '../hardware/hardware-service.ts'
import { knownMachine } from '../machines/machine-links.ts'
import type { NetworkService } from '../networks/network-service.ts'
import type { InventoryReader } from '../ports.ts'
import type { StorageService } from '../storage/storage-service.ts'
import { DoubleClicks } from '../tasks/double-click.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { setClockRequest } from './mend-clock.ts'
import { mendGone, mendIsWish } from './mend-errors.ts'
import { ejecting, type HardwareMend, safeCache } from './mend-hardware.ts'
import { networkLike, poolLike } from './mend-likes.ts'
import { knownHost } from './sides.ts'

/** So many are remembered; what a person mended before that is done with. */
const MOST = 500
/** Of the machine itself, and so nothing to another machine that is to move to the same host. */
const OF_MACHINE: ReadonlySet<MigrationMend['mend']> = new Set(['eject-media', 'safe-cache'])
/** Their tasks can be taken back; one that cannot any more has been. */
const UNDOABLE: ReadonlySet<MigrationMend['mend']> = new Set(['create-pool', 'start-pool', 'create-network', 'start-network'])

export interface MendServiceOptions {
  readonly inventory: InventoryReader
  readonly clock: Clock
  readonly log: Logger
  /** What the engine notes for itself: what was mended outlives the console. */
  readonly noted: KeyValueStore
  readonly storage: Pick<StorageService, 'createPool' | 'startPool' | 'definition'>
  readonly networks: Pick<NetworkService, 'create' | 'start' | 'detail'>
  readonly hardware: Pick<HardwareService, 'view' | 'preview' | 'apply'>
  readonly tasks: {
    get(id: TaskId): Promise<Task | null>
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
}

const KEY = 'migration.mended'
const begunSchema = mendedSchema
  .omit({ undoable: true })
  .extend({ machineId: machineIdSchema, sourceHostId: hostIdSchema, targetHostId: hostIdSchema })
type Begun = z.infer<typeof begunSchema>

interface Place {
  readonly spec: MigrationSpec
  readonly source: Host
  readonly target: Host
}

/** Mends what a pre-flight found, by the same tasks that a person would start for it, and remembers what was mended. */
export class MendService {
  readonly #options: MendServiceOptions
  readonly #clicks: DoubleClicks<{ readonly taskId: TaskId }>
  #begun: readonly Begun[] = []
  /** What is written, one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: MendServiceOptions) {
    this.#options = options
    this.#clicks = new DoubleClicks(options.clock)
  }

  async start(): Promise<void> {
    const { noted, log } = this.#options
    const read = z.array(begunSchema).safeParse((await noted.get(KEY)) ?? [])
    if (!read.success) log.warn('what was mended for moves does not parse and is left out', {})
    this.#begun = read.data ?? []
  }

  async stop(): Promise<void> {
    await this.#last
  }

  /**
   * Throws `invalid-input` migration.mend-is-wish, `not-found` migration.mend-gone, `unsupported` migration.cannot-make-alike, and what the
   * task's own order throws.
   */
  mend(spec: MigrationSpec, mend: MigrationMend, author: TaskAuthor, signal: AbortSignal, token?: string): Promise<{ taskId: TaskId }> {
    return this.#clicks.once([author.actor, spec.machineId, spec.targetHostId], token, async () => {
      const { inventory, clock } = this.#options
      const source = knownHost(knownMachine(inventory, spec.machineId).hostId, inventory)
      const target = knownHost(spec.targetHostId, inventory)
      const taskId = await this.#start({ spec, source, target }, mend, author, signal)
      const { machineId, targetHostId } = spec
      const { actor } = author
      await this.#remember({ taskId, mend, atMs: clock.nowMs(), actor, machineId, sourceHostId: source.id, targetHostId })
      return { taskId }
    })
  }

  /** The task has begun: that it could not be noted here is no reason to say otherwise. */
  async #remember(begun: Begun): Promise<void> {
    const { noted, log } = this.#options
    this.#begun = [...this.#begun, begun].slice(-MOST)
    this.#last = this.#last
      .then(() => noted.set(KEY, JSON.parse(JSON.stringify(this.#begun))))
      .catch((thrown: unknown) => log.error('what was mended for a move could not be noted', { code: toAppError(thrown).code }))
    await this.#last
  }

  /** What was mended for this move, and stands; the newest first. */
  async mended(machineId: MachineId, targetHostId: HostId): Promise<Mended[]> {
    const mine = this.#begun.filter(
      (begun) => begun.targetHostId === targetHostId && (begun.machineId === machineId || !OF_MACHINE.has(begun.mend.mend)),
    )
    const looked = await Promise.all(mine.map(async (begun) => ({ begun, task: await this.#options.tasks.get(begun.taskId) })))
    return looked.toReversed().flatMap(({ begun: { taskId, mend, atMs, actor }, task }) => {
      if (task?.state !== 'succeeded' || (UNDOABLE.has(mend.mend) && !task.undoable)) return []
      return [{ taskId, mend, atMs, actor, undoable: task.undoable }]
    })
  }

  async #start({ spec, source, target }: Place, mend: MigrationMend, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const { storage, networks, hardware, tasks, inventory } = this.#options
    switch (mend.mend) {
      case 'spec':
      case 'when':
        throw mendIsWish()
      case 'create-pool': {
        const pool = this.#pool(source, mend.pool)
        const { xml } = await storage.definition(pool.id, signal)
        return await storage.createPool(target.id, poolLike(pool, xml), null, author, signal)
      }
      case 'start-pool':
        return await storage.startPool(this.#pool(target, mend.pool).id, author)
      case 'create-network': {
        const network = this.#network(source, mend.network)
        const detail = await networks.detail(network.id, signal)
        return (await networks.create(target.id, networkLike(network, detail), author)).taskId
      }
      case 'start-network':
        return (await networks.start(this.#network(target, mend.network).id, null, author)).taskId
      case 'eject-media':
      case 'safe-cache': {
        const machine = knownMachine(inventory, spec.machineId)
        const view = await hardware.view(machine.id, signal)
        const edit: HardwareMend =
          mend.mend === 'eject-media' ? ejecting(view, machine, mend.target) : await safeCache(hardware, view, machine, mend.target, signal)
        return await hardware.apply({ machineId: machine.id, ...edit }, author, signal)
      }
      case 'set-clock':
        return (await tasks.submit(setClockRequest(mend.side === 'source' ? source : target), author)).id
    }
  }

  #pool(host: Host, name: string): Pool {
    const pool = [...this.#options.inventory.all('pool')].find((each) => each.hostId === host.id && each.name === name)
    if (pool) return pool
    throw mendGone(name, host.name)
  }

  #network(host: Host, name: string): Network {
    const network = [...this.#options.inventory.all('network')].find((each) => each.hostId === host.id && each.name === name)
    if (network) return network
    throw mendGone(name, host.name)
  }
}
