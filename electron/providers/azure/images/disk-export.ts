import type { Disk, Snapshot } from '@azure/arm-compute'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, DiskExport, ExportedDisk, VolumePiece } from '../../provider.ts'
import { abortOf, ask, orNull } from '../account.ts'
import { TOKEN_TAG } from '../create.ts'
import { idOf, refOf } from '../ids.ts'
import { diskNotThere, LABEL, nameTaken, notThere } from '../problems.ts'
import { exportFindings } from './export-findings.ts'
import { exportOf, handleOf, nameFor } from './handles.ts'
import { AT_ONCE, MOST_BYTES, PageBlob } from './page-blob.ts'
import type { PageRange } from './page-ranges.ts'
import { pause } from './pause.ts'
import type { ImagesWay } from './way.ts'
import { PAGE_BYTES } from './window.ts'

/** Machines' disks out of Azure: each by a snapshot, so that the machine can be started meanwhile and the bytes stay what they are. */
export class AzureDiskExport implements DiskExport {
  readonly #way: ImagesWay

  constructor(way: ImagesWay) {
    this.#way = way
  }

  check(machineRef: string, diskIds: readonly string[], options: CallOptions) {
    return exportFindings(this.#way, machineRef, diskIds, options)
  }

  async begin(_machineRef: string, diskId: string, token: string, options: ActOptions): Promise<ExportedDisk> {
    const { account, pollMs } = this.#way
    const { subscription, group, name: diskName } = idOf(diskId)
    const { disks, snapshots } = await account.compute(subscription)
    const name = nameFor(diskName, token)
    const there = await orNull(snapshots.get(group, name, abortOf(options)))
    if (there !== null && there.tags?.[TOKEN_TAG] !== token) throw nameTaken(name)
    options.onProgress?.({ note: 'waiting-for-cloud' })
    if (there === null) {
      const disk = await orNull(disks.get(group, diskName, abortOf(options)))
      if (disk === null) throw diskNotThere()
      const made = snapshots.createOrUpdate(group, name, orderOf(disk, token), { ...abortOf(options), updateIntervalInMs: pollMs })
      await ask(made.pollUntilDone(abortOf(options))).catch(async (thrown: unknown) => {
        const failed = await orNull(snapshots.get(group, name, abortOf(options))).catch(() => null)
        if (failed?.provisioningState === 'Failed') await this.#takeAway(failed, options)
        throw thrown
      })
    }
    const { id = '', diskSizeBytes } = await this.#whole(group, name, subscription, options)
    if (diskSizeBytes === undefined) throw problems.notUnderstood(LABEL, 'a snapshot without its size')
    return { handle: handleOf({ snapshot: refOf(id), token, sizeBytes: diskSizeBytes }), sizeBytes: diskSizeBytes }
  }

  async *read(handle: string, offset: number, length: number, options: CallOptions): AsyncGenerator<VolumePiece> {
    const { snapshot: id, sizeBytes } = exportOf(handle)
    const end = Math.min(offset + length, sizeBytes)
    if (end <= offset) return
    const stop = new AbortController()
    const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
    const blob = new PageBlob({ kind: 'snapshots', id, access: 'Read' }, this.#way)
    // pages are asked about in whole
    const first = Math.floor(offset / PAGE_BYTES) * PAGE_BYTES
    const { ranges, version } = await blob.list(first, Math.ceil(end / PAGE_BYTES) * PAGE_BYTES - first, { signal })
    const parts = [...partsOf(ranges, offset, end)]
    const ahead: Array<Promise<VolumePiece>> = []
    const begin = (part: PageRange & { readonly isZeros: boolean }) => {
      const piece: Promise<VolumePiece> = part.isZeros ? Promise.resolve({ zeros: part.length }) : blob.get(part, version, { signal })
      // whoever takes it hears of it; one that nobody takes any more is of no account
      piece.catch(() => undefined)
      ahead.push(piece)
    }
    try {
      for (let next = 0; next < parts.length || ahead.length > 0; ) {
        while (ahead.length < AT_ONCE && next < parts.length) begin(parts[next++] as (typeof parts)[number])
        yield await (ahead.shift() as Promise<VolumePiece>)
      }
    } finally {
      stop.abort()
    }
  }

  async discard(handle: string, options: ActOptions): Promise<void> {
    const { account } = this.#way
    const { snapshot: id, token } = exportOf(handle)
    const { subscription, group, name } = idOf(id)
    const { snapshots } = await account.compute(subscription)
    const there = await orNull(snapshots.get(group, name, abortOf(options)))
    if (there !== null && there.tags?.[TOKEN_TAG] === token) await this.#remove(id, options)
  }

  /** One that failed: nobody has a handle by which it could be discarded, and what is to be heard is why it failed. */
  async #takeAway({ id = '' }: Snapshot, options: CallOptions): Promise<void> {
    await this.#remove(refOf(id), options).catch(() => undefined)
  }

  async #remove(id: string, options: CallOptions): Promise<void> {
    const { account, links, pollMs } = this.#way
    const { subscription, group, name } = idOf(id)
    const { snapshots } = await account.compute(subscription)
    await links.end({ kind: 'snapshots', id }, options)
    await ask(snapshots.delete(group, name, { ...abortOf(options), updateIntervalInMs: pollMs }).pollUntilDone(abortOf(options)))
  }

  /** Snapshots of some kinds of disks are copied in the background: nobody can read one before that is over. */
  async #whole(group: string, name: string, subscription: string, options: ActOptions): Promise<Snapshot> {
    const { account, clock, pollMs } = this.#way
    const { snapshots } = await account.compute(subscription)
    for (;;) {
      const now = await orNull(snapshots.get(group, name, abortOf(options)))
      if (now === null) throw notThere()
      const { provisioningState, completionPercent, copyCompletionError } = now
      if (copyCompletionError != null || provisioningState === 'Failed') {
        await this.#takeAway(now, options)
        throw problems.failedThere(LABEL, copyCompletionError?.errorMessage ?? `the snapshot ${name} could not be made`)
      }
      if (provisioningState === 'Succeeded' && (completionPercent ?? 100) >= 100) return now
      if (completionPercent !== undefined) options.onProgress?.({ fraction: completionPercent / 100 })
      await pause(clock, pollMs, options)
    }
  }
}

/** As open to the network as its disk is, and no more. */
function orderOf({ id = '', location, networkAccessPolicy, publicNetworkAccess, diskAccessId }: Disk, token: string): Snapshot {
  return {
    location,
    incremental: true,
    creationData: { createOption: 'Copy', sourceResourceId: id },
    tags: { [TOKEN_TAG]: token },
    ...(networkAccessPolicy != null && { networkAccessPolicy }),
    ...(publicNetworkAccess != null && { publicNetworkAccess }),
    ...(diskAccessId != null && { diskAccessId }),
  }
}

/** From `offset` to `end`, without a gap: what was written in requests' sizes, and the zeros between. */
function* partsOf(ranges: readonly PageRange[], offset: number, end: number): Generator<PageRange & { readonly isZeros: boolean }> {
  let at = offset
  for (const range of ranges) {
    const from = Math.max(at, range.offset)
    const to = Math.min(end, range.offset + range.length)
    if (to <= from) continue
    if (from > at) yield { offset: at, length: from - at, isZeros: true }
    for (at = from; at < to; ) {
      const length = Math.min(MOST_BYTES, to - at)
      yield { offset: at, length, isZeros: false }
      at += length
    }
  }
  if (at < end) yield { offset: at, length: end - at, isZeros: true }
}
