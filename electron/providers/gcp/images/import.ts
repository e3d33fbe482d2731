import { createHash } from 'node:crypto'
import type { compute_v1 } from '@googleapis/compute/build/v1.js'
import { z } from 'zod'
import { AppError, isAppError } from '../../../../shared/errors/index.ts'
import type { MigrationFinding } from '../../../../shared/model/index.ts'
import { problems } from '../../cloud/index.ts'
import type { ActOptions, CallOptions, Clock, DiskImport, ImportDisk, ImportedMachine, VolumePiece } from '../../provider.ts'
import type { GcpClient } from '../client.ts'
import { instanceOf } from '../create.ts'
import { REQUEST_LABEL } from '../labels.ts'
import { finished, operationOf } from '../operations.ts'
import { LABEL } from '../problems.ts'
import { refOf, regionOf } from '../refs.ts'
import { ImportBucket } from './bucket.ts'
import { GIB, headOf, imageBytesOf, tailOf, zipped } from './raw-archive.ts'

const MIB = 1_048_576
/** Held in memory once as it is and once compressed. */
const WINDOW_BYTES = 32 * MIB
/** Of an image: https://cloud.google.com/compute/docs/import/requirements-export-import-images */
const MOST_BYTES = 2_048 * GIB
const ARCHIVE = 'disk.tar.gz'

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

  /** What `instances.insert` would say to it, before anything is sent. */
  check(_project: string, { spec }: Omit<ImportedMachine, 'disks'>): Promise<readonly MigrationFinding[]> {
    try {
      instanceOf({ ...spec, imageId: 'none' }, 'none')
      return Promise.resolve([])
    } catch (thrown) {
      if (!isAppError(thrown)) return Promise.reject(thrown instanceof Error ? thrown : new Error('the check failed', { cause: thrown }))
      const reason = { code: 'transfer.place-refuses', text: thrown.message, params: { why: thrown.message } }
      return Promise.resolve([{ id: `transfer.${thrown.code}`, check: 'options', severity: 'blocks', reason, facts: null, mends: [] }])
    }
  }

  async begin(project: string, disk: ImportDisk, token: string, options: ActOptions): Promise<string> {
    const zone = disk.spot?.zone ?? null
    const handle = this.#handle(project, disk, token)
    const bucket = new ImportBucket(this.#client, handle)
    await bucket.make(zone === null ? null : regionOf(zone), options)
    await bucket.put('head', await zipped(headOf(imageBytesOf(disk.sizeBytes))), options)
    // last: by it is known that the handle is whole
    await bucket.put('handle', Buffer.from(JSON.stringify(handle)), options)
    return JSON.stringify(handle)
  }

  async begun(project: string, token: string, options: CallOptions): Promise<string | null> {
    const bucket = bucketOf(project, token)
    const call = { method: 'storage.objects.get', project }
    try {
      const said = await this.#client.rest('storage', call, `storage/v1/b/${bucket}/o/handle`, options, { params: { alt: 'media' } })
      return JSON.stringify(handleSchema.parse(said))
    } catch (thrown) {
      if (isAppError(thrown) && thrown.kind === 'not-found') return null
      throw thrown
    }
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

  async complete(text: string, _blocks: number, options: ActOptions): Promise<void> {
    const handle = handleOf(text)
    if ((await this.#image(handle, options)) !== null) return
    const { project, sizeBytes, bucket: name, image, isUefi, isWindows } = handle
    const bucket = new ImportBucket(this.#client, handle)
    options.onProgress?.({ note: 'waiting-for-cloud' })
    await bucket.put('tail', await tailOf(sizeBytes), options)
    const windows = Array.from({ length: Math.ceil(sizeBytes / WINDOW_BYTES) }, (_, index) => windowName(index))
    await bucket.compose(['head', ...windows, 'tail'], ARCHIVE, options)
    const features = [...(isUefi ? ['UEFI_COMPATIBLE'] : []), ...(isWindows ? ['WINDOWS'] : []), 'VIRTIO_SCSI_MULTIQUEUE']
    const body: compute_v1.Schema$Image = {
      name: image,
      rawDisk: { source: `https://storage.googleapis.com/${name}/${ARCHIVE}`, containerType: 'TAR' },
      guestOsFeatures: features.map((type) => ({ type })),
      labels: { [REQUEST_LABEL]: image },
    }
    const call = { method: 'compute.images.insert', permission: 'compute.images.create', project, changes: true }
    const begun = await this.#client.compute(call, options, (compute, how) => compute.images.insert({ project, requestBody: body }, how))
    await finished(operationOf(this.#client, begun, { project, name: image, type: null }), this.#clock, options)
    if ((await this.#image(handle, options)) !== 'READY') throw problems.notUnderstood(LABEL, 'an image that is done and not ready')
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
    const { project, image } = handle
    if ((await this.#image(handle, options)) !== null) {
      const call = { method: 'compute.images.delete', project, changes: true }
      const begun = await this.#client.compute(call, options, (compute, how) => compute.images.delete({ project, image }, how))
      await finished(operationOf(this.#client, begun, { project, name: image, type: null }), this.#clock, options)
    }
    await new ImportBucket(this.#client, handle).remove(options)
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

/** A name that nobody else has, and that the same token leads to. */
function bucketOf(project: string, token: string): string {
  return `novacron-${createHash('sha256').update(`${project} ${token}`).digest('hex').slice(0, 32)}`
}
