import { randomUUID } from 'node:crypto'
import { toAppError } from '../../../shared/errors/index.ts'
import type { HostId, Pool, PoolId, Task, TaskId, Volume, VolumeAbilities } from '../../../shared/model/index.ts'
import { FINAL_TASK_STATES } from '../../../shared/model/index.ts'
import type { ByteChannel, Clock } from '../../providers/provider.ts'
import { knownHost } from '../known-hosts.ts'
import type { InventoryReader, Links } from '../ports.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { DownloadFile } from './download-file.ts'
import { DownloadLinks } from './download-links.ts'
import type { UploadGates } from './upload-gate.ts'
import { UPLOAD_KIND } from './upload-task.ts'
import { otherHost, poolFull, poolOff, uploadOver, uploadWaits, urlWithSecrets, volumeNameTaken } from './volume-errors.ts'
import { type KnownPool, keeperOn, knownPool } from './volume-places.ts'
import { volumeRequest } from './volume-tasks.ts'

const READ_TIMEOUT_MS = 60_000
/** How long somebody who wants to go on waits for the task to be at work again. */
const BEGUN_MS = 15_000

export interface VolumeServiceOptions {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  readonly gates: UploadGates
  readonly tasks: {
    get(id: TaskId): Promise<Task | null>
    submit(request: TaskRequest, author: TaskAuthor): Promise<Task>
  }
  /** Keeps a channel for whoever brings the token. */
  readonly offer: (channel: ByteChannel) => string
}

interface Place {
  readonly poolId: PoolId
  readonly name: string
}

export type ConvertFrom = Place | { readonly path: string }

/** What can be done with the files of pools. */
export class VolumeService {
  /** What is being saved, for whoever comes back for the rest of it. */
  readonly downloads: DownloadLinks
  readonly #options: VolumeServiceOptions

  constructor(options: VolumeServiceOptions) {
    this.#options = options
    this.downloads = new DownloadLinks(options.clock)
  }

  async abilities(id: HostId, signal: AbortSignal): Promise<VolumeAbilities> {
    const { inventory, links } = this.#options
    const host = knownHost(inventory, id)
    return await keeperOn(host, inventory, links).abilities(host.nativeRef, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** As they are known, by name. */
  pools(id: HostId): readonly Pool[] {
    const { inventory } = this.#options
    const host = knownHost(inventory, id)
    return [...inventory.all('pool')].filter(({ hostId }) => hostId === host.id).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  async list(id: PoolId, signal: AbortSignal): Promise<readonly Volume[]> {
    const { inventory, links } = this.#options
    const { pool, host } = knownPool(inventory, id)
    return await keeperOn(host, inventory, links).list(host.nativeRef, pool.name, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  /** The token is what its bytes come in by. */
  async upload(
    { poolId, name, sizeBytes }: Place & { readonly sizeBytes: number },
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<{ taskId: TaskId; token: string }> {
    const { gates, offer } = this.#options
    const known = await this.#freePlace(poolId, name, signal)
    const { availableBytes } = known.pool
    if (availableBytes !== null && sizeBytes > availableBytes) throw poolFull(known.pool.name, sizeBytes, availableBytes)
    const uploadId = randomUUID()
    const token = offer(gates.open(uploadId, sizeBytes).connect())
    try {
      return { taskId: await this.#submit(volumeRequest('upload', known, name, { sizeBytes, uploadId }, { sizeBytes }), author), token }
    } catch (thrown) {
      gates.close(uploadId, toAppError(thrown))
      throw thrown
    }
  }

  /** Where an upload goes on, and by what. Throws `precondition` volume.upload-over, `unreachable` volume.upload-waits. */
  async resumeUpload(taskId: TaskId, signal: AbortSignal): Promise<{ token: string; offset: number }> {
    const { tasks, gates, clock, offer } = this.#options
    const task = await tasks.get(taskId)
    if (task?.kind !== UPLOAD_KIND || !task.target || FINAL_TASK_STATES.has(task.state)) throw uploadOver(task?.state ?? null)
    const late = new AbortController()
    const stop = clock.after(BEGUN_MS, () => late.abort(uploadWaits()))
    try {
      const source = (await gates.begun(task.target.id, AbortSignal.any([signal, late.signal]))).connect()
      return { token: offer(source), offset: source.offset }
    } finally {
      stop()
    }
  }

  /** Throws `conflict` volume.changed when it is no longer of that version. */
  async download(
    { poolId, name, offset, version }: Place & { readonly offset: number; readonly version: string | null },
    signal: AbortSignal,
  ): Promise<{ token: string; sizeBytes: number; version: string | null }> {
    const file = new DownloadFile({ poolId, name }, this.#options)
    const { channel, ...opened } = await file.open({ offset, length: null, version }, signal)
    const token = this.#options.offer(channel)
    if (offset === 0) this.downloads.add(token, { file, version: opened.version })
    return { token, sizeBytes: opened.sizeBytes, version: opened.version }
  }

  async fetch(
    { poolId, name, url, sha256 }: Place & { readonly url: string; readonly sha256: string | null },
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<TaskId> {
    const known = await this.#freePlace(poolId, name, signal)
    const { username, password, origin, pathname } = new URL(url)
    // It would stand in the journal of the task, and in the list of the host's processes.
    if (username !== '' || password !== '') throw urlWithSecrets()
    const shown = { url: `${origin}${pathname}`, ...(sha256 !== null && { sha256 }) }
    return await this.#submit(volumeRequest('fetch', known, name, { url, sha256 }, shown), author)
  }

  async convert(
    { poolId, name, from, sourceFormat, format }: Place & { from: ConvertFrom; sourceFormat: string | null; format: string },
    author: TaskAuthor,
    signal: AbortSignal,
  ): Promise<TaskId> {
    const known = await this.#freePlace(poolId, name, signal)
    const source = 'path' in from ? { path: from.path } : this.#placeOn(known, from)
    return await this.#submit(volumeRequest('convert', known, name, { from: source, sourceFormat, format }), author)
  }

  async remove({ poolId, name }: Place, author: TaskAuthor): Promise<TaskId> {
    return await this.#submit(volumeRequest('remove', knownPool(this.#options.inventory, poolId), name, {}), author)
  }

  async #submit(request: TaskRequest, author: TaskAuthor): Promise<TaskId> {
    return (await this.#options.tasks.submit(request, author)).id
  }

  /** Says at once what would end the task a moment later. */
  async #freePlace(poolId: PoolId, name: string, signal: AbortSignal): Promise<KnownPool> {
    const { inventory, links } = this.#options
    const known = knownPool(inventory, poolId)
    const { pool, host } = known
    if (!pool.active) throw poolOff(pool.name)
    const place = { pool: pool.name, volume: name }
    const found = await keeperOn(host, inventory, links).find(host.nativeRef, place, { signal, timeoutMs: READ_TIMEOUT_MS })
    if (found) throw volumeNameTaken(place)
    return known
  }

  #placeOn(known: KnownPool, { poolId, name }: Place): { pool: string; volume: string } {
    const { pool } = knownPool(this.#options.inventory, poolId)
    if (pool.hostId !== known.pool.hostId) throw otherHost(pool.name)
    return { pool: pool.name, volume: name }
  }
}
