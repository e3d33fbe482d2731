import { createHash } from 'node:crypto'
import { AppError } from '../../../../shared/errors/index.ts'
import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { VolumeKeeper, VolumePiece } from '../../../providers/provider.ts'

const PIECE_BYTES = 3_000

/** Volumes in memory that are read and written by parts. Tests read, turn and break them. */
export class MemoryKeeper {
  readonly files = new Map<string, Buffer>()
  /** Names machines that use it. */
  readonly usedBy = new Map<string, string[]>()
  /** What was written and skipped, such as `write 0 4096`. */
  readonly calls: string[] = []
  /** What its files look like to the host. */
  format = 'raw'
  /** Called before each window that is written; what it throws breaks it off. */
  onWrite: (offset: number) => void = () => {}
  /** What the disk does to bytes that it takes. */
  turn: (bytes: Buffer, offset: number) => Buffer = (bytes) => bytes

  get keeper(): VolumeKeeper {
    const unused = () => Promise.reject(new Error('not scripted'))
    return {
      abilities: async () => ({ fetch: null, convert: null, formats: [] }),
      list: unused,
      find: async (_host, place) => this.#find(place),
      create: async (_host, place, request) => {
        if (this.files.has(pathOf(place))) throw new AppError({ kind: 'conflict', code: 'volume.name-taken', message: 'It is there.' })
        this.files.set(pathOf(place), Buffer.alloc(request.capacityBytes ?? 0))
      },
      resize: unused,
      remove: async (_host, place) => void this.files.delete(pathOf(place)),
      state: async (_host, place) => this.#state(place),
      download: unused,
      upload: async (_host, place, offset, length) => this.#writer(place, offset, length, 'upload'),
      fillRange: async (_host, place, offset, length) => this.#writer(place, offset, length, 'fill'),
      readRange: async (_host, place, offset, length) => this.#range(place, offset, length),
      fetch: unused,
      // its bytes stay what they are: only tests know formats
      convert: async (_host, place, { from, format }) => {
        this.calls.push(`convert ${pathOf(place)} ${format}`)
        if ('pool' in from) this.files.set(pathOf(place), Buffer.from(this.bytes(from)))
      },
    }
  }

  bytes(place: VolumePlace): Buffer {
    const file = this.files.get(pathOf(place))
    if (file) return file
    throw new AppError({ kind: 'not-found', code: 'volume.not-found', message: 'There is none.' })
  }

  #find(place: VolumePlace) {
    const file = this.files.get(pathOf(place))
    if (!file) return null
    const usedBy = this.usedBy.get(pathOf(place)) ?? []
    const { length } = file
    return {
      name: place.volume,
      path: '/x',
      format: this.format,
      capacityBytes: length,
      allocationBytes: length,
      backingPath: null,
      usedBy,
      isWhole: true,
    }
  }

  #state(place: VolumePlace) {
    const file = this.bytes(place)
    return { sizeBytes: file.length, version: createHash('sha256').update(file).digest('hex'), modifiedAtMs: null }
  }

  #range(place: VolumePlace, offset: number, length: number) {
    const file = this.bytes(place)
    let rest: Buffer | null = file.subarray(offset, offset + length)
    return {
      sizeBytes: file.length,
      read: async (): Promise<VolumePiece | null> => {
        if (!rest || rest.length === 0) return null
        const piece = rest.subarray(0, PIECE_BYTES)
        rest = rest.subarray(PIECE_BYTES)
        return piece.every((byte) => byte === 0) ? { zeros: piece.length } : piece
      },
      close: () => {
        rest = null
      },
    }
  }

  #writer(place: VolumePlace, offset: number, length: number, how: 'fill' | 'upload') {
    this.onWrite(offset)
    this.calls.push(`${how} ${offset} ${length}`)
    const file = this.bytes(place)
    let at = offset
    return {
      write: async (bytes: Uint8Array) => {
        this.turn(Buffer.from(bytes), at).copy(file, at)
        at += bytes.length
      },
      // as a host with holes does: what lies there stays
      skip: async (bytes: number) => {
        if (how === 'upload') file.fill(0, at, at + bytes)
        at += bytes
      },
      finish: async () => {},
      abort: () => {},
    }
  }
}

function pathOf({ pool, volume }: VolumePlace): string {
  return `${pool}/${volume}`
}
