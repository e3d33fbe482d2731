import { createHash } from 'node:crypto'
import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { z } from 'zod'
import { AppError, isAppError } from '../../../../shared/errors/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, Clock, DiskImport, ImportDisk, ImportedMachine, VolumePiece } from '../../provider.ts'
import type { GcpClient } from '../client.ts'
import { instanceOf } from '../create.ts'
import { REQUEST_LABEL } from '../labels.ts'
import { finished, operationOf, pause } from '../operations.ts'
import { LABEL } from '../problems.ts'
import { refOf, regionOf } from '../refs.ts'
import { ImportBucket } from './bucket.ts'
import { importFindings } from './import-findings.ts'
import { GIB, headOf, imageBytesOf, tailOf, zipped } from './raw-archive.ts'

const MIB = 1_048_576
/** Held in memory once as it is and once compressed. */
const WINDOW_BYTES = 32 * MIB
/** Of an image: https://cloud.google.com/compute/docs/import/requirements-export-import-images */
const MOST_BYTES = 2_048 * GIB
const ARCHIVE = 'disk.tar.gz'
/** Of an image: it can be used. */
const READY = 'READY'
const UNDER_WAY: ReadonlySet<string> = new Set(['PENDING', 'DELETING'])
const LOOK_MS = 1_000

const handleSchema = z.object({
  project: z.string(),
  bucket: z.string(),
  /** Of the image that is made of it. */
  image: z.string(),
  sizeBytes: z.number(),
  isUefi: z.boolean(),
  isWindows: z.boolean(),
})
type Handle = z.infer<typeof handleSchema>

const handleOf = (text: string): Handle => handleSchema.parse(JSON.parse(text))
const windowName = (index: number): string => `window-${String(index).padStart(8, '0')}`

/**
 * Disks into Compute Engine: an archive of the raw disk in a bucket of its own, window by window, and an image of that. What is on the way goes
 * in the end, and after two weeks in any case.
 */
export class GcpDiskImport implements DiskImport {
  readonly windowBytes = WINDOW_BYTES
  readonly mostBytes = MOST_BYTES
  readonly #client: GcpClient
  readonly #clock: Clock
  readonly #created: (project: string, token: string, options: CallOptions) => Promise<string | null>

  constructor(client: GcpClient, clock: Clock, created: GcpDiskImport['assembled']) {
    this.#client = client
    this.#clock = clock
    this.#created = created
  }

  check(project: string, machine: Omit<ImportedMachine, 'disks'>, _disks: readonly ImportDisk[], options: CallOptions) {
    return importFindings(this.#client, project, machine, options)
  }

  async begin(project: string, disk: ImportDisk, token: string, options: ActOptions): Promise<string> {
    const zone = disk.spot?.zone ?? null
    const handle = this.#handle(project, disk, token)
    await new ImportBucket(this.#client, handle).make(zone === null ? null : regionOf(zone), labelsOf(handle), options)
    return JSON.stringify(handle)
  }

  async begun(project: string, token: string, options: CallOptions): Promise<string | null> {
    const bucket = bucketOf(project, token)
    const labels = await new ImportBucket(this.#client, { project, bucket }).labels(options)
    return labels === null ? null : JSON.stringify(fromLabels(project, bucket, labels))
  }

  async write(text: string, offset: number, pieces: AsyncIterable<VolumePiece>, options: CallOptions): Promise<number> {
    const handle = handleOf(text)
    const window = Buffer.alloc(Math.min(WINDOW_BYTES, handle.sizeBytes - offset))
    let at = 0
    for await (const piece of pieces) {
      if (piece instanceof Uint8Array) window.set(piece, at)
      at += piece instanceof Uint8Array ? piece.length : piece.zeros
    }
    if (at !== window.length) throw new AppError({ kind: 'bug', code: 'bug.short-window', message: 'A window of a disk is not whole.' })
    await new ImportBucket(this.#client, handle).put(windowName(offset / WINDOW_BYTES), await zipped(window), options)
    return 0
  }

  /** An earlier attempt may have got as far as the image, which then may be under way still, or have failed. */
  async complete(text: string, _blocks: number, options: ActOptions): Promise<void> {
    const handle = handleOf(text)
    options.onProgress?.({ note: 'waiting-for-cloud' })
    const before = await this.#settled(handle, options)
    if (before === READY) return
    if (before !== null) await this.#deleteImage(handle, options)
    const { sizeBytes } = handle
    const bucket = new ImportBucket(this.#client, handle)
    await bucket.put('head', await zipped(headOf(imageBytesOf(sizeBytes))), options)
    await bucket.put('tail', await tailOf(sizeBytes), options)
    const windows = Array.from({ length: Math.ceil(sizeBytes / WINDOW_BYTES) }, (_, index) => windowName(index))
    await bucket.compose(['head', ...windows, 'tail'], ARCHIVE, options)
    await this.#makeImage(handle, options)
    const status = await this.#settled(handle, options)
    if (status !== READY) throw problems.failedThere(LABEL, `the image ${handle.image} is ${status ?? 'not there'}`)
  }

  async discard(text: string, options: ActOptions): Promise<void> {
    await this.#takeAway(handleOf(text), options)
  }

  async assemble(project: string, machine: ImportedMachine, token: string, options: ActOptions): Promise<string> {
    const there = await this.assembled(project, token, options)
    if (there !== null) return there
    const images = machine.disks.map(({ handle }) => `projects/${project}/global/images/${handleOf(handle).image}`)
    const [boot, ...others] = images
    if (boot === undefined) throw new AppError({ kind: 'bug', code: 'bug.no-disk', message: 'A machine without a disk.' })
    const { zone, body } = instanceOf({ ...machine.spec, imageId: boot }, token)
    const disks = [...(body.disks ?? []), ...others.map((sourceImage) => ({ autoDelete: true, initializeParams: { sourceImage } }))]
    const call = { method: 'compute.instances.insert', permission: 'compute.instances.create', project, changes: true }
    const begun = await this.#client.compute(call, options, (compute, how) =>
      compute.instances.insert({ project, zone, requestId: token, requestBody: { ...body, disks } }, how),
    )
    const { name, type } = machine.spec
    await finished(operationOf(this.#client, begun, { project, name, type }), this.#clock, options)
    return refOf({ project, zone, name, id: begun.targetId ?? '' })
  }

  assembled(project: string, token: string, options: CallOptions): Promise<string | null> {
    return this.#created(project, token, options)
  }

  /** Its disks stand by themselves. */
  async tidy(text: string, _token: string, options: ActOptions): Promise<void> {
    await this.#takeAway(handleOf(text), options)
  }

  async #takeAway(handle: Handle, options: ActOptions): Promise<void> {
    if ((await this.#settled(handle, options)) !== null) await this.#deleteImage(handle, options)
    await new ImportBucket(this.#client, handle).remove(options)
  }

  async #makeImage({ project, bucket, image, isUefi, isWindows }: Handle, options: CallOptions): Promise<void> {
    const features = [...(isUefi ? ['UEFI_COMPATIBLE'] : []), ...(isWindows ? ['WINDOWS'] : []), 'VIRTIO_SCSI_MULTIQUEUE']
    const body: compute_v1.Schema$Image = {
      name: image,
      rawDisk: { source: `https://storage.googleapis.com/${bucket}/${ARCHIVE}`, containerType: 'TAR' },
      guestOsFeatures: features.map((type) => ({ type })),
      labels: { [REQUEST_LABEL]: image },
    }
    const call = { method: 'compute.images.insert', permission: 'compute.images.create', project, changes: true }
    try {
      const begun = await this.#client.compute(call, options, (compute, how) => compute.images.insert({ project, requestBody: body }, how))
      await finished(operationOf(this.#client, begun, { project, name: image, type: null }), this.#clock, options)
    } catch (thrown) {
      // an order whose answer was lost has arrived after all
      if (!isAppError(thrown) || thrown.kind !== 'conflict') throw thrown
    }
  }

  async #deleteImage({ project, image }: Handle, options: CallOptions): Promise<void> {
    const call = { method: 'compute.images.delete', project, changes: true }
    try {
      const begun = await this.#client.compute(call, options, (compute, how) => compute.images.delete({ project, image }, how))
      await finished(operationOf(this.#client, begun, { project, name: image, type: null }), this.#clock, options)
    } catch (thrown) {
      if (!isAppError(thrown) || thrown.kind !== 'not-found') throw thrown
    }
  }

  /** Its status once Google is done with what was asked of it; null: there is none. */
  async #settled(handle: Handle, options: CallOptions): Promise<string | null> {
    for (;;) {
      const status = await this.#image(handle, options)
      if (status === null || !UNDER_WAY.has(status)) return status
      if (options.signal?.aborted) throw problems.cancelled()
      await pause(this.#clock, LOOK_MS, options)
    }
  }

  /** Its status; null: there is none. */
  async #image({ project, image }: Handle, options: CallOptions): Promise<string | null> {
    try {
      const call = { method: 'compute.images.get', project }
      const { status } = await this.#client.compute(call, options, (compute, how) => compute.images.get({ project, image }, how))
      return status ?? ''
    } catch (thrown) {
      if (isAppError(thrown) && thrown.kind === 'not-found') return null
      throw thrown
    }
  }

  #handle(project: string, { sizeBytes, isUefi, isWindows }: ImportDisk, token: string): Handle {
    const bucket = bucketOf(project, token)
    return { project, bucket, image: bucket, sizeBytes, isUefi, isWindows }
  }
}

/** Labels hold lower-case letters, digits, `-` and `_`. */
function labelsOf({ sizeBytes, isUefi, isWindows }: Handle): Readonly<Record<string, string>> {
  return { 'disk-bytes': String(sizeBytes), uefi: isUefi ? 'yes' : 'no', windows: isWindows ? 'yes' : 'no' }
}

function fromLabels(project: string, bucket: string, labels: Readonly<Record<string, string>>): Handle {
  const sizeBytes = Number(labels['disk-bytes'] ?? Number.NaN)
  if (!Number.isSafeInteger(sizeBytes)) throw problems.notUnderstood(LABEL, `the bucket ${bucket} without the size of its disk`)
  return { project, bucket, image: bucket, sizeBytes, isUefi: labels['uefi'] === 'yes', isWindows: labels['windows'] === 'yes' }
}

/** A name that nobody else has, and that the same token leads to. */
function bucketOf(project: string, token: string): string {
  return `novacron-${createHash('sha256').update(`${project} ${token}`).digest('hex').slice(0, 32)}`
}
