import { z } from 'zod'
import type { VolumePlace } from '../../../shared/model/index.ts'
import type {
  ActOptions,
  DiskExport,
  DiskImport,
  ExportedDisk,
  ProviderConnection,
  VolumePiece,
  VolumeRange,
} from '../../providers/provider.ts'
import type { CopySource, CopyTarget, LinkOf, Window } from './copy-ends.ts'
import type { ExportedEnd, ImportedEnd } from './copy-plans.ts'
import { cut } from './pieces.ts'
import { importGone, noImagesHere } from './transfer-errors.ts'

/** Throws `unsupported` transfer.no-images. */
export function importsOf({ cloud }: ProviderConnection): DiskImport {
  if (cloud?.images.into) return cloud.images.into
  throw noImagesHere()
}

/** Throws `unsupported` transfer.no-images. */
export function exportsOf({ cloud }: ProviderConnection): DiskExport {
  if (cloud?.images.out) return cloud.images.out
  throw noImagesHere()
}

/** What a cloud takes a disk's bytes into. It reads nothing back: it proves each window by a checksum when it takes it. */
export class ImportTarget implements CopyTarget {
  readonly place: VolumePlace
  readonly #end: ImportedEnd
  readonly #link: LinkOf
  #handle: string | null = null

  constructor(end: ImportedEnd, link: LinkOf) {
    this.place = { pool: end.placeRef, volume: end.disk.name }
    this.#end = end
    this.#link = link
  }

  async granuleBytes(signal: AbortSignal): Promise<number> {
    return (await this.#imports(signal)).windowBytes
  }

  async isThere(signal: AbortSignal): Promise<boolean> {
    const { placeRef, token } = this.#end
    this.#handle = await (await this.#imports(signal)).begun(placeRef, token, { signal })
    return this.#handle !== null
  }

  async make(sizeBytes: number, signal: AbortSignal): Promise<void> {
    const { placeRef, token, disk } = this.#end
    this.#handle = await (await this.#imports(signal)).begin(placeRef, { ...disk, sizeBytes }, token, { signal })
  }

  async write({ offset, isAgain }: Window, pieces: AsyncIterable<VolumePiece>, signal: AbortSignal): Promise<number> {
    const imports = await this.#imports(signal)
    const handle = await this.#known(signal)
    let blocks = 0
    let at = offset
    for await (const part of cut(pieces, imports.windowBytes)) {
      blocks += await imports.write(handle, at, part, { signal, isAgain })
      at += imports.windowBytes
    }
    return blocks
  }

  async complete(blocks: number, options: ActOptions & { readonly signal: AbortSignal }): Promise<void> {
    const handle = await this.#known(options.signal)
    await (await this.#imports(options.signal)).complete(handle, blocks, options)
  }

  async #known(signal: AbortSignal): Promise<string> {
    if (this.#handle === null) await this.isThere(signal)
    if (this.#handle === null) throw importGone(this.#end.disk.name)
    return this.#handle
  }

  async #imports(signal: AbortSignal): Promise<DiskImport> {
    return importsOf(await this.#link(signal))
  }
}

/** What is remembered of a disk that was asked to stand still, as far as it is known. */
export const frozenMemoSchema = z.object({
  isAsked: z.boolean(),
  handle: z.string().nullable(),
  sizeBytes: z.number().nullable().default(null),
})
export const NOT_FROZEN: z.infer<typeof frozenMemoSchema> = { isAsked: false, handle: null, sizeBytes: null }
export const freezeStepId = (index: number): string => `freeze-${index}`

/** A disk of a cloud that stands still to be read. */
export class ExportedSource implements CopySource {
  readonly place: VolumePlace
  readonly #end: ExportedEnd
  readonly #link: LinkOf
  #disk: ExportedDisk | null

  /** `frozen`: what stands still. Were it asked for anew after somebody deleted it, it would be one of a later moment. */
  constructor(end: ExportedEnd, link: LinkOf, frozen: ExportedDisk | null) {
    this.place = { pool: end.machineRef, volume: end.name }
    this.#end = end
    this.#link = link
    this.#disk = frozen
  }

  /** What stands still never changes. */
  async state(signal: AbortSignal) {
    const { sizeBytes, handle } = await this.#stood(signal)
    return { sizeBytes, version: handle }
  }

  async read(offset: number, length: number, signal: AbortSignal): Promise<VolumeRange> {
    const { handle, sizeBytes } = await this.#stood(signal)
    const ending = new AbortController()
    const reading = AbortSignal.any([signal, ending.signal])
    const bytes = exportsOf(await this.#link(signal)).read(handle, offset, length, { signal: reading })
    const pieces = bytes[Symbol.asyncIterator]()
    return {
      sizeBytes,
      async read() {
        const next = await pieces.next()
        return next.done ? null : next.value
      },
      close: () => ending.abort(),
    }
  }

  async release(version: string | null, signal: AbortSignal): Promise<void> {
    const handle = version ?? (await this.#stood(signal)).handle
    await exportsOf(await this.#link(signal)).discard(handle, { signal })
  }

  async #stood(signal: AbortSignal): Promise<ExportedDisk> {
    const { machineRef, diskId, token } = this.#end
    this.#disk ??= await exportsOf(await this.#link(signal)).begin(machineRef, diskId, token, { signal })
    return this.#disk
  }
}
