import type { VolumePlace } from '../../../../shared/model/index.ts'
import { constants as c, type RpcStream } from '../../../libvirt/index.ts'
import type { SparseWriter, VolumePiece, VolumeRange } from '../../provider.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { findVolume, type VolumeContext, within } from './volume-context.ts'
import { beyondEnd, explainedVolume } from './volume-problems.ts'
import { StreamWriter, unfinished } from './volume-streams.ts'

/** A part of a volume. Holes of its file come as their length where libvirt can tell (3.4 and newer, and not of every kind of pool). */
export async function openRange(context: VolumeContext, place: VolumePlace, offset: number, length: number): Promise<VolumeRange> {
  const { vol, facts } = await findVolume(context, place)
  const { sizeBytes } = facts
  if (offset > sizeBytes) throw beyondEnd(place, sizeBytes, offset)
  const args = { vol, offset: BigInt(offset), length: BigInt(Math.min(length, sizeBytes - offset)) }
  const open = (flags: number) => context.host.openStream('storageVolDownload', { ...args, flags }, within(context))
  const { stream } = await open(c.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM)
    .catch(async (error: unknown) => {
      if (!isUnknownFlag(error)) throw error
      return await open(0)
    })
    .catch((error: unknown) => {
      throw unfinished(error, place)
    })
  if (context.work.signal.aborted) stream.abort()
  return new StreamRange(stream, place, sizeBytes)
}

/**
 * Fills a volume that was made for it. libvirt ends the file at the end of a hole when one is written (`ftruncate` in virFDStreamThreadDoWrite),
 * so that it has to be filled from its front to its end, and its length says nothing meanwhile.
 */
export async function openFill(context: VolumeContext, place: VolumePlace, offset: number, length: number): Promise<SparseWriter> {
  const { vol } = await findVolume(context, place)
  const args = { vol, offset: BigInt(offset), length: BigInt(length) }
  const open = (flags: number) => context.host.openStream('storageVolUpload', { ...args, flags }, within(context))
  try {
    const { stream } = await open(c.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM)
    if (context.work.signal.aborted) stream.abort()
    return new StreamWriter(stream, place, length)
  } catch (error) {
    if (!isUnknownFlag(error)) throw unfinished(error, place)
    const { stream } = await open(0).catch((thrown: unknown) => {
      throw unfinished(thrown, place)
    })
    return new DenseWriter(stream, place, length)
  }
}

function isUnknownFlag(error: unknown): boolean {
  const number = libvirtNumber(error)
  return number === VIR_ERR.invalidArgument || number === VIR_ERR.noSupport || number === VIR_ERR.argumentUnsupported
}

const ZEROS = new Uint8Array(262_144)

/** For a host that knows no holes: zeros are written out. */
class DenseWriter extends StreamWriter {
  override async skip(bytes: number): Promise<void> {
    for (let left = bytes; left > 0; left -= ZEROS.length) await this.write(ZEROS.subarray(0, Math.min(left, ZEROS.length)))
  }
}

class StreamRange implements VolumeRange {
  readonly sizeBytes: number
  readonly #stream: RpcStream
  readonly #place: VolumePlace
  #closed = false

  constructor(stream: RpcStream, place: VolumePlace, sizeBytes: number) {
    this.#stream = stream
    this.#place = place
    this.sizeBytes = sizeBytes
  }

  async read(): Promise<VolumePiece | null> {
    try {
      for (;;) {
        const piece = await this.#stream.read()
        if (piece?.type === 'data') return piece.bytes
        if (piece === null) {
          await this.#stream.finish()
          return null
        }
        if (piece.length > 0n) return { zeros: Number(piece.length) }
      }
    } catch (error) {
      // an aborted stream fails its reader; ours has asked for it
      if (this.#closed) return null
      throw toProblem(explainedVolume(error, this.#place))
    }
  }

  close(): void {
    this.#closed = true
    this.#stream.abort()
  }
}
