import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { RpcStream } from '../../../libvirt/index.ts'
import type { ByteChannel, VolumeBytes, VolumeState, VolumeWriter } from '../../provider.ts'
import { libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import { findVolume, type VolumeContext, within } from './volume-context.ts'
import { beyondEnd, explainedVolume, otherLength, volumeUnfinished } from './volume-problems.ts'

/** Bulk: each of the two goes over a connection of its own, which ends with it, so that calls are not held up. */

export async function openUpload(context: VolumeContext, place: VolumePlace, offset: number, length: number): Promise<VolumeWriter> {
  const { vol, facts } = await findVolume(context, place)
  if (offset + length > facts.sizeBytes) throw beyondEnd(place, facts.sizeBytes, offset + length)
  const args = { vol, offset: BigInt(offset), length: BigInt(length), flags: 0 }
  const { stream } = await context.host.openStream('storageVolUpload', args, within(context)).catch((error: unknown) => {
    throw unfinished(error, place)
  })
  // whoever asked has gone meanwhile
  if (context.work.signal.aborted) stream.abort()
  return new StreamWriter(stream, place, length)
}

export async function stateOf(context: VolumeContext, place: VolumePlace): Promise<VolumeState> {
  const { sizeBytes, version, modifiedAtMs } = (await findVolume(context, place)).facts
  return { sizeBytes, version, modifiedAtMs }
}

export async function openDownload(context: VolumeContext, place: VolumePlace, offset: number): Promise<VolumeBytes> {
  const { vol, facts } = await findVolume(context, place)
  const { sizeBytes, version, modifiedAtMs } = facts
  if (offset > sizeBytes) throw beyondEnd(place, sizeBytes, offset)
  const args = { vol, offset: BigInt(offset), length: BigInt(sizeBytes - offset), flags: 0 }
  const { stream } = await context.host.openStream('storageVolDownload', args, within(context)).catch((error: unknown) => {
    throw unfinished(error, place)
  })
  if (context.work.signal.aborted) stream.abort()
  return { channel: new VolumeChannel(stream, place), sizeBytes, version, modifiedAtMs }
}

function unfinished(error: unknown, place: VolumePlace): unknown {
  return libvirtNumber(error) === VIR_ERR.operationInvalid ? volumeUnfinished(place, error) : error
}

class StreamWriter implements VolumeWriter {
  readonly #stream: RpcStream
  readonly #place: VolumePlace
  readonly #length: number
  #written = 0

  constructor(stream: RpcStream, place: VolumePlace, length: number) {
    this.#stream = stream
    this.#place = place
    this.#length = length
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#written += bytes.length
    if (this.#written > this.#length) throw otherLength(this.#place, this.#length, this.#written)
    await this.#stream.write(bytes).catch((error: unknown) => {
      throw toProblem(explainedVolume(error, this.#place))
    })
  }

  async finish(): Promise<void> {
    if (this.#written !== this.#length) throw otherLength(this.#place, this.#length, this.#written)
    // A busy disk may take minutes to write what it has taken: a dead link is noticed by keepalive.
    await this.#stream.finish().catch((error: unknown) => {
      throw toProblem(explainedVolume(error, this.#place))
    })
  }

  abort(): void {
    this.#stream.abort()
  }
}

/** A download as a channel that only reads. */
class VolumeChannel implements ByteChannel {
  readonly #stream: RpcStream
  readonly #place: VolumePlace
  #closed = false

  constructor(stream: RpcStream, place: VolumePlace) {
    this.#stream = stream
    this.#place = place
  }

  async read(): Promise<Uint8Array | null> {
    try {
      for (;;) {
        const piece = await this.#stream.read()
        if (piece?.type === 'data') return piece.bytes
        if (piece === null) {
          await this.#stream.finish()
          return null
        }
      }
    } catch (error) {
      // an aborted stream fails its reader; ours has asked for it
      if (this.#closed) return null
      throw toProblem(explainedVolume(error, this.#place))
    }
  }

  write(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    this.#closed = true
    this.#stream.abort()
  }
}
