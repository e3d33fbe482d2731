import { randomUUID } from 'node:crypto'
import type {
  FoundSource,
  HostId,
  Machine,
  OrphanReport,
  PoolId,
  PoolRemoval,
  PoolSpec,
  PoolType,
  StorageAbilities,
  TaskId,
  VolumeListMessage,
} from '../../../shared/model/index.ts'
import type { Clock, StorageKeeper } from '../../providers/provider.ts'
import { knownHost } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { cannotShrink, otherHost, poolOff, volumeInUse, volumeNameTaken, volumeNotFound } from '../volumes/volume-errors.ts'
import { type KnownPool, keeperOn, knownPool } from '../volumes/volume-places.ts'
import { volumeRequest } from '../volumes/volume-tasks.ts'
import type { FactsMemory } from './facts-memory.ts'
import { askedOf, reportOf } from './orphan-report.ts'
import type { OtherHosts } from './other-hosts.ts'
import type { PoolSecrets } from './pool-secrets.ts'
import { createPoolRequest, poolRequest } from './pool-tasks.ts'
import { poolNameTaken, poolRefuses } from './storage-errors.ts'
import { ownersOf, storageOn } from './storage-links.ts'
import { watchVolumes } from './volume-watch.ts'

const READ_TIMEOUT_MS = 60_000
/** A server that does not answer is waited for by its host for up to two minutes. */
const FIND_TIMEOUT_MS = 130_000
/** Of what holds a pool, this holds it up as well. */
const IN_USE = 'pool.in-use'
/** Kinds of pools that somebody has to log in for. */
const LOGINS: ReadonlySet<PoolType> = new Set<PoolType>(['iscsi', 'rbd'])
/** States in which nothing counts on a disk as it is: a saved machine's memory does. */
const OFF: ReadonlySet<Machine['state']> = new Set<Machine['state']>(['stopped', 'crashed'])
/** Every volume of a host is read for it. */
const ORPHANS_TIMEOUT_MS = 10 * 60_000

export interface StorageServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly secrets: PoolSecrets
  readonly memory: FactsMemory
  readonly others: OtherHosts
  readonly tasks: {
    submit(request: TaskRequest, author: TaskAuthor): Promise<{ readonly id: TaskId }>
    submitBulk(requests: readonly TaskRequest[], author: TaskAuthor): Promise<{ readonly id: TaskId }>
  }
}

export interface NamedVolume {
  readonly poolId: PoolId
  readonly name: string
}

/** Pools of hosts, and what only a list of their volumes needs. */
export class StorageService {
  readonly #options: StorageServiceOptions

  constructor(options: StorageServiceOptions) {
    this.#options = options
  }

  async abilities(id: HostId, signal: AbortSignal): Promise<StorageAbilities> {
    const { keeper, hostRef } = this.#onHost(id)
    return await keeper.abilities(hostRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  async find(id: HostId, type: PoolType, server: string | null, signal: AbortSignal): Promise<readonly FoundSource[]> {
    const { keeper, hostRef } = this.#onHost(id)
    return await keeper.find(hostRef, type, server, { signal, timeoutMs: FIND_TIMEOUT_MS })
  }

  /** Throws `conflict` pool.name-taken. The secret goes to the host with the task, and is kept nowhere else then. */
  async createPool(
    id: HostId,
    spec: PoolSpec,
    secret: { readonly user: string; readonly password: string } | null,
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<TaskId> {
    const { secrets, inventory } = this.#options
    const { keeper, hostRef } = this.#onHost(id)
    if (await keeper.state(hostRef, spec.name, { signal, timeoutMs: READ_TIMEOUT_MS })) throw poolNameTaken(spec.name)
    const uuid = randomUUID()
    const login = LOGINS.has(spec.source.type) ? secret : null
    try {
      if (login) await secrets.keep(uuid, login.password)
      return await this.#submit(createPoolRequest(knownHost(inventory, id), { uuid, spec, user: login?.user ?? null }), author)
    } catch (thrown) {
      await secrets.forget(uuid)
      throw thrown
    }
  }

  startPool(id: PoolId, author: TaskAuthor): Promise<TaskId> {
    return this.#submit(poolRequest('start', this.#pool(id)), author)
  }

  /** Throws `precondition` pool.in-use. */
  async stopPool(id: PoolId, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const known = this.#pool(id)
    const { reason } = await this.removal(id, signal)
    if (reason?.code === IN_USE) throw poolRefuses(known.pool.name, reason)
    return await this.#submit(poolRequest('stop', known), author)
  }

  /** Throws `precondition` volume.pool-off. */
  async refreshPool(id: PoolId, author: TaskAuthor): Promise<TaskId> {
    const known = this.#pool(id)
    if (!known.pool.active) throw poolOff(known.pool.name)
    return await this.#submit(poolRequest('refresh', known), author)
  }

  setPoolAutostart(id: PoolId, autostart: boolean, author: TaskAuthor): Promise<TaskId> {
    return this.#submit(poolRequest('setAutostart', this.#pool(id), { autostart }), author)
  }

  async removal(id: PoolId, signal: AbortSignal): Promise<PoolRemoval> {
    const { keeper, hostRef, pool, host } = this.#onPool(id)
    const { usedBy, ...rest } = await keeper.removal(hostRef, pool.name, { signal, timeoutMs: READ_TIMEOUT_MS })
    return { ...rest, usedBy: ownersOf(host, this.#options.inventory)(usedBy) }
  }

  /** Throws `precondition` with the reason's own code, such as pool.in-use. */
  async removePool(id: PoolId, deleteTarget: boolean, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const known = this.#pool(id)
    const { reason } = await this.removal(id, signal)
    if (reason) throw poolRefuses(known.pool.name, reason)
    return await this.#submit(poolRequest('remove', known, { deleteTarget }), author)
  }

  async definition(id: PoolId, signal: AbortSignal): Promise<{ xml: string }> {
    const { keeper, hostRef, pool } = this.#onPool(id)
    return { xml: await keeper.definition(hostRef, pool.name, { signal, timeoutMs: READ_TIMEOUT_MS }) }
  }

  watchVolumes(poolId: PoolId, first: readonly string[], signal: AbortSignal): AsyncIterable<VolumeListMessage> {
    const { keeper, hostRef, pool, host } = this.#onPool(poolId)
    const { inventory, memory, clock } = this.#options
    const owners = ownersOf(host, inventory)
    return watchVolumes({ keeper, hostRef, poolId, pool: pool.name, owners, memory, clock }, first, signal)
  }

  async createVolume(
    { poolId, name, format, capacityBytes }: NamedVolume & { readonly format: string; readonly capacityBytes: number },
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<TaskId> {
    await this.#needFreeName({ poolId, name }, signal)
    return await this.#submit(volumeRequest('create', this.#pool(poolId), name, { format, capacityBytes }), author)
  }

  /** Throws `precondition` volume.in-use while a machine runs on it or is saved, `invalid-input` volume.cannot-shrink. */
  async resizeVolume(place: NamedVolume, capacityBytes: number, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const { known, at, volume } = await this.#volume(place, signal)
    if (capacityBytes < volume.capacityBytes) throw cannotShrink(at, volume.capacityBytes, capacityBytes)
    const running = this.#active(known, volume.usedBy)
    if (running.length > 0)
      throw volumeInUse(
        at,
        running,
        `${running.join(', ')} runs on it, or waits with its memory saved. Make the disk larger at the machine instead.`,
      )
    return await this.#submit(volumeRequest('resize', known, place.name, { capacityBytes }), author)
  }

  /** Throws `invalid-input` volume.other-host. */
  async cloneVolume(from: NamedVolume, to: NamedVolume, format: string, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const { known: source, at } = await this.#volume(from, signal)
    const known = this.#pool(to.poolId)
    if (known.host.id !== source.host.id) throw otherHost(source.pool.name)
    await this.#needFreeName(to, signal)
    return await this.#submit(volumeRequest('clone', known, to.name, { from: { ...at }, format }), author)
  }

  /** Throws `precondition` volume.in-use. */
  async wipeVolume(place: NamedVolume, author: TaskAuthor, signal: AbortSignal): Promise<TaskId> {
    const { known, at, volume } = await this.#volume(place, signal)
    if (volume.usedBy.length > 0) throw volumeInUse(at, volume.usedBy, `It is used by ${volume.usedBy.join(', ')}.`)
    return await this.#submit(volumeRequest('wipe', known, place.name, {}), author)
  }

  /** A parent with a child for each, also of one: what is in use is refused by itself. */
  async removeVolumes(volumes: readonly NamedVolume[], author: TaskAuthor): Promise<TaskId> {
    const requests = volumes.map(({ poolId, name }) => volumeRequest('remove', this.#pool(poolId), name, {}))
    return (await this.#options.tasks.submitBulk(requests, author)).id
  }

  async orphans(id: HostId, signal: AbortSignal): Promise<OrphanReport> {
    const { keeper, hostRef, host } = this.#onHost(id)
    const { inventory, others, clock } = this.#options
    const look = await keeper.orphans(hostRef, { signal, timeoutMs: ORPHANS_TIMEOUT_MS })
    const observedAtMs = clock.nowMs()
    others.note(id, look.claims)
    const asked = askedOf(look)
    const verdicts = await others.judge(host, [...asked.values()], 'report', signal)
    return reportOf(host, look, asked, { inventory, observedAtMs, verdicts })
  }

  async #submit(request: TaskRequest, author: TaskAuthor): Promise<TaskId> {
    return (await this.#options.tasks.submit(request, author)).id
  }

  /** As its host has it now. Throws `not-found` volume.not-found, `precondition` volume.pool-off. */
  async #volume({ poolId, name }: NamedVolume, signal: AbortSignal) {
    const { inventory, links } = this.#options
    const known = this.#pool(poolId)
    if (!known.pool.active) throw poolOff(known.pool.name)
    const at = { pool: known.pool.name, volume: name }
    const keeper = keeperOn(known.host, inventory, links)
    const volume = await keeper.find(known.host.nativeRef, at, { signal, timeoutMs: READ_TIMEOUT_MS })
    if (!volume) throw volumeNotFound(at)
    return { known, at, volume }
  }

  /** Those of these machines that run or are saved. */
  #active({ host }: KnownPool, names: readonly string[]): readonly string[] {
    const active = new Set<string>()
    for (const { hostId, name, state } of this.#options.inventory.all('machine')) {
      if (hostId === host.id && !OFF.has(state)) active.add(name)
    }
    return names.filter((name) => active.has(name))
  }

  /** Says at once what would end the task a moment later. */
  async #needFreeName({ poolId, name }: NamedVolume, signal: AbortSignal): Promise<void> {
    const { inventory, links } = this.#options
    const { pool, host } = this.#pool(poolId)
    if (!pool.active) throw poolOff(pool.name)
    const place = { pool: pool.name, volume: name }
    const found = await keeperOn(host, inventory, links).find(host.nativeRef, place, { signal, timeoutMs: READ_TIMEOUT_MS })
    if (found) throw volumeNameTaken(place)
  }

  #pool(id: PoolId): KnownPool {
    return knownPool(this.#options.inventory, id)
  }

  #onPool(id: PoolId): KnownPool & { readonly keeper: StorageKeeper; readonly hostRef: string } {
    const { inventory, links } = this.#options
    const known = this.#pool(id)
    return { ...known, keeper: storageOn(known.host, inventory, links), hostRef: known.host.nativeRef }
  }

  #onHost(id: HostId) {
    const { inventory, links } = this.#options
    const host = knownHost(inventory, id)
    return { host, keeper: storageOn(host, inventory, links), hostRef: host.nativeRef }
  }
}
