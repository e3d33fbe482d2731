import { createHash } from 'node:crypto'
import type { Disk } from '@azure/arm-compute'
import { isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, DiskImport, ImportDisk, ImportedMachine, VolumePiece, WriteOptions } from '../../provider.ts'
import { abortOf, ask, orNull, pagesOf } from '../account.ts'
import { TOKEN_TAG } from '../create.ts'
import { idOf, refOf } from '../ids.ts'
import { LABEL, nameTaken, notThere } from '../problems.ts'
import { handleOf, importOf, nameFor } from './handles.ts'
import { importFindings } from './import-findings.ts'
import { AT_ONCE, MOST_BYTES, PageBlob } from './page-blob.ts'
import type { PageRange } from './page-ranges.ts'
import { pause } from './pause.ts'
import { FOOTER_BYTES, footerOf } from './vhd-footer.ts'
import type { ImagesWay } from './way.ts'
import { common, partsOf } from './window.ts'

const MIB = 1024 ** 2
const GIB = 1024 ** 3
/** A disk by upload has this much at least. */
const LEAST_BYTES = 20 * MIB
/** What the disk is of, for a person who finds it. */
const NAME_TAG = 'novacron-disk'
/** Any size of machine takes it; it can be changed afterwards. */
const SKU = 'StandardSSD_LRS'
/** So many looks are given to a disk to be one, once its access was ended: it takes seconds. */
const CLOSED_LOOKS = 60

/** Machines' disks into managed disks, by direct upload: there is no storage account in between. */
export class AzureDiskImport implements DiskImport {
  readonly windowBytes = 64 * MIB
  readonly mostBytes = 32_767 * GIB
  readonly #way: ImagesWay

  constructor(way: ImagesWay) {
    this.#way = way
  }

  check(placeRef: string, machine: Omit<ImportedMachine, 'disks'>, disks: readonly ImportDisk[], options: CallOptions) {
    return importFindings(this.#way, { subscription: placeRef, machine, disks, mostBytes: this.mostBytes }, options)
  }

  async begin(placeRef: string, disk: ImportDisk, token: string, options: ActOptions): Promise<string> {
    const { account, creation, pollMs } = this.#way
    const { group, location } = await creation.ground(placeRef, disk.spot?.subnetId ?? null, options)
    const { disks } = await account.compute(placeRef)
    const name = nameFor(disk.name, token)
    const there = await orNull(disks.get(group, name, abortOf(options)))
    if (there !== null && there.tags?.[TOKEN_TAG] !== token) throw nameTaken(name)
    options.onProgress?.({ note: 'waiting-for-cloud' })
    if (there !== null) {
      if ((await this.#settled(there, options)) === 'Failed') throw problems.failedThere(LABEL, `the disk ${name} could not be made`)
      return handleOf({ disk: refOf(there.id ?? ''), token })
    }
    const made = disks.createOrUpdate(group, name, orderOf(disk, location, token), { ...abortOf(options), updateIntervalInMs: pollMs })
    const { id = '' } = await ask(made.pollUntilDone(abortOf(options)))
    return handleOf({ disk: refOf(id), token })
  }

  async begun(placeRef: string, token: string, options: CallOptions): Promise<string | null> {
    const { disks } = await this.#way.account.compute(placeRef)
    for await (const page of pagesOf<Disk>(disks.list(abortOf(options)), options)) {
      const found = page.find(({ tags }) => tags?.[TOKEN_TAG] === token)
      if (found?.id === undefined) continue
      // one that failed is told as well: it is there to be discarded
      return (await this.#settled(found, options)) === null ? null : handleOf({ disk: refOf(found.id), token })
    }
    return null
  }

  async write(
    handle: string,
    offset: number,
    pieces: AsyncIterable<VolumePiece>,
    { isAgain = false, signal }: WriteOptions,
  ): Promise<number> {
    const blob = this.#blob(handle)
    const stop = new AbortController()
    const options = { signal: signal ? AbortSignal.any([signal, stop.signal]) : stop.signal }
    const running = new Set<Promise<void>>()
    const zeros: PageRange[] = []
    let failure: unknown = null
    const send = (part: PageRange, bytes: Uint8Array) => {
      const sent: Promise<void> = blob
        .put(part.offset, bytes, options)
        .catch((thrown: unknown) => {
          failure ??= thrown
          stop.abort()
        })
        .finally(() => running.delete(sent))
      running.add(sent)
    }
    let end = offset
    try {
      for await (const part of partsOf(offset, pieces)) {
        end = part.offset + part.length
        if (part.bytes === null) zeros.push(part)
        else send(part, part.bytes)
        if (running.size >= AT_ONCE) await Promise.race(running)
        if (failure !== null) break
      }
    } catch (thrown) {
      failure ??= thrown
      stop.abort()
    }
    await Promise.all(running)
    if (failure !== null) throw failure
    if (isAgain && zeros.length > 0) await clearOld(blob, { offset, length: end - offset }, zeros, options)
    return 0
  }

  async complete(handle: string, _blocks: number, options: ActOptions): Promise<void> {
    const { links, clock, pollMs } = this.#way
    const { disk: id, token } = importOf(handle)
    const disk = await this.#disk(id, options)
    if (disk === null) throw notThere()
    if (!isUploading(disk)) return
    const { uploadSizeBytes } = disk.creationData ?? {}
    if (uploadSizeBytes === undefined) throw problems.notUnderstood(LABEL, 'a disk to upload into without its size')
    const footer = footerOf(uploadSizeBytes - FOOTER_BYTES, createHash('sha256').update(token).digest(), clock.nowMs())
    options.onProgress?.({ note: 'waiting-for-cloud' })
    try {
      await this.#blob(handle).put(uploadSizeBytes - FOOTER_BYTES, footer, options)
      await links.end({ kind: 'disks', id }, options)
    } catch (thrown) {
      // an earlier attempt whose answer was lost may have ended it meanwhile, with the footer that it had written
      const now = await this.#disk(id, options)
      if (now === null || isUploading(now)) throw thrown
    }
    for (let looks = 0; looks < CLOSED_LOOKS; looks += 1) {
      const now = await this.#disk(id, options)
      if (now === null) throw notThere()
      if (!isUploading(now)) return
      await pause(clock, pollMs, options)
    }
    // access that ran out just before it was ended leaves it as it was: with the footer once more it can be ended again
    throw problems.timedOut(LABEL, CLOSED_LOOKS * pollMs)
  }

  async discard(handle: string, options: ActOptions): Promise<void> {
    const { account, links, pollMs } = this.#way
    const { disk: id, token } = importOf(handle)
    const disk = await this.#disk(id, options)
    // one that a machine has stays, and so does one that is no longer on the way, or never was
    if (disk === null || (disk.managedBy ?? '') !== '' || disk.tags?.[TOKEN_TAG] !== token) return
    if (disk.diskState === 'ActiveUpload' || disk.diskState === 'ActiveSAS') await links.end({ kind: 'disks', id }, options)
    const { subscription, group, name } = idOf(id)
    const { disks } = await account.compute(subscription)
    await ask(disks.delete(group, name, { ...abortOf(options), updateIntervalInMs: pollMs }).pollUntilDone(abortOf(options)))
  }

  assemble(placeRef: string, { spec, isWindows, disks }: ImportedMachine, token: string, options: ActOptions): Promise<string> {
    const boot = { id: importOf(disks[0]?.handle ?? '').disk }
    const data = disks.slice(1).map(({ handle }) => ({ id: importOf(handle).disk }))
    const osType = isWindows ? 'Windows' : 'Linux'
    const attached = { createOption: 'Attach', deleteOption: 'Detach' } as const
    const storageProfile = {
      osDisk: { ...attached, osType, managedDisk: boot } as const,
      dataDisks: data.map((managedDisk, lun) => ({ ...attached, lun, managedDisk })),
    }
    return this.#way.creation.ofDisks(placeRef, spec, token, { storageProfile }, options)
  }

  assembled(placeRef: string, token: string, options: CallOptions): Promise<string | null> {
    return this.#way.creation.created(placeRef, token, options)
  }

  /** Nothing was only on the way: the disk is the machine's own. It loses the mark by which it could be discarded. */
  async tidy(handle: string, _token: string, options: ActOptions): Promise<void> {
    const { disk: id, token } = importOf(handle)
    const disk = await this.#disk(id, options)
    if (disk?.tags?.[TOKEN_TAG] !== token) return
    const { subscription, group, name } = idOf(id)
    const { disks } = await this.#way.account.compute(subscription)
    const { [TOKEN_TAG]: _mark, ...tags } = disk.tags
    const done = disks.update(group, name, { tags }, { ...abortOf(options), updateIntervalInMs: this.#way.pollMs })
    await ask(done.pollUntilDone(abortOf(options)))
  }

  /** How it is once Azure is done with what was asked of it; null: gone. */
  async #settled(disk: Disk, options: CallOptions): Promise<string | null> {
    const { clock, pollMs } = this.#way
    for (let now: Disk | null = disk; now !== null; now = await this.#disk(refOf(disk.id ?? ''), options)) {
      const { provisioningState = '' } = now
      if (provisioningState !== 'Creating' && provisioningState !== 'Updating') return provisioningState
      await pause(clock, pollMs, options)
    }
    return null
  }

  #blob(handle: string): PageBlob {
    return new PageBlob({ kind: 'disks', id: importOf(handle).disk, access: 'Write' }, this.#way)
  }

  async #disk(id: string, options: CallOptions): Promise<Disk | null> {
    const { subscription, group, name } = idOf(id)
    const { disks } = await this.#way.account.compute(subscription)
    return orNull(disks.get(group, name, abortOf(options)))
  }
}

function orderOf({ name, sizeBytes, isBoot, isUefi, isWindows, spot }: ImportDisk, location: string, token: string): Disk {
  const uploadSizeBytes = Math.max(LEAST_BYTES, Math.ceil(sizeBytes / MIB) * MIB) + FOOTER_BYTES
  const zone = spot?.zone ?? null
  return {
    location,
    ...(zone !== null && { zones: [zone] }),
    tags: { [TOKEN_TAG]: token, [NAME_TAG]: name.slice(0, 256) },
    sku: { name: SKU },
    creationData: { createOption: 'Upload', uploadSizeBytes },
    ...(isBoot && { osType: isWindows ? ('Windows' as const) : ('Linux' as const), hyperVGeneration: isUefi ? 'V2' : 'V1' }),
  }
}

function isUploading({ diskState }: Disk): boolean {
  return diskState === 'ReadyToUpload' || diskState === 'ActiveUpload'
}

/** What an earlier attempt wrote where zeros are now. */
async function clearOld(blob: PageBlob, window: PageRange, zeros: readonly PageRange[], options: CallOptions): Promise<void> {
  const { ranges } = await blob.list(window.offset, window.length, options)
  for (const old of common(ranges, zeros)) {
    try {
      await blob.clear(old.offset, old.length, options)
    } catch (thrown) {
      if (!isAppError(thrown) || !REFUSALS.has(thrown.kind)) throw thrown
      // servers of disks offer less than those of blobs: zeros that are written are zeros as well
      await writeZeros(blob, old, options)
    }
  }
}

async function writeZeros(blob: PageBlob, { offset, length }: PageRange, options: CallOptions): Promise<void> {
  for (let done = 0; done < length; done += MOST_BYTES) {
    await blob.put(offset + done, Buffer.alloc(Math.min(MOST_BYTES, length - done)), options)
  }
}

const REFUSALS: ReadonlySet<string> = new Set(['forbidden', 'unsupported', 'remote-failure'])
