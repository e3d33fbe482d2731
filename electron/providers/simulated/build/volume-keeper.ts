import type { Volume, VolumeAbilities, VolumePlace } from '../../../../shared/model/index.ts'
import type {
  ActOptions,
  ByteChannel,
  CallOptions,
  SparseWriter,
  VolumeBytes,
  VolumeKeeper,
  VolumeRange,
  VolumeRequest,
  VolumeState,
  VolumeWriter,
} from '../../provider.ts'
import { deferred } from '../deferred.ts'
import type { World } from '../world.ts'
import type { Carrier } from './carrier.ts'
import { abilitiesOf, convertVolume, fetchVolume } from './volume-imports.ts'
import * as problems from './volume-problems.ts'
import type { StoredVolume } from './volume-store.ts'
import { createVolume, removeVolume, resizeVolume, roomFor, wholeVolume, writeVolume } from './volume-work.ts'

const PIECE_BYTES = 262_144

type Found = Volume & { readonly isWhole: boolean }

/** The volumes of a simulated site, over one link. */
export class SimulatedVolumes implements VolumeKeeper {
  readonly #world: World
  readonly #carrier: Carrier

  constructor(world: World, carrier: Carrier) {
    this.#world = world
    this.#carrier = carrier
  }

  abilities(hostRef: string, options: CallOptions): Promise<VolumeAbilities> {
    return this.#carrier.read(options, () => abilitiesOf(this.#world, hostRef))
  }

  list(hostRef: string, pool: string, options: CallOptions): Promise<readonly Volume[]> {
    const { volumes } = this.#world
    return this.#carrier.read(options, () => {
      const users = volumes.users(hostRef, pool)
      return volumes.list(hostRef, pool).map((each) => volumes.describe(hostRef, pool, each, users.get(each.name) ?? []))
    })
  }

  find(hostRef: string, place: VolumePlace, options: CallOptions): Promise<Found | null> {
    const { volumes } = this.#world
    return this.#carrier.read(options, () => {
      const volume = volumes.find(hostRef, place)
      if (!volume) return null
      const usedBy = volumes.usersOf(hostRef, place)
      return { ...volumes.describe(hostRef, place.pool, volume, usedBy), isWhole: volume.isWhole }
    })
  }

  create(hostRef: string, place: VolumePlace, request: VolumeRequest, options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.create', options, (work) => createVolume(this.#world, hostRef, place, request, work))
  }

  resize(hostRef: string, place: VolumePlace, capacityBytes: number, options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.resize', options, () => resizeVolume(this.#world, hostRef, place, capacityBytes))
  }

  remove(hostRef: string, place: VolumePlace, options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.remove', options, () => removeVolume(this.#world, hostRef, place))
  }

  async upload(hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<VolumeWriter> {
    await this.#carrier.read(options, () => {
      const volume = wholeVolume(this.#world, hostRef, place)
      const { size } = volume.bytes
      if (offset + length > size) throw problems.beyondEnd(place, size, offset + length)
      // one of the fleet's own is derived anew each time, until it is taken over
      this.#world.volumes.put(hostRef, place.pool, volume)
    })
    return new Writer(this.#world, this.#carrier, { hostRef, place, offset, length })
  }

  state(hostRef: string, place: VolumePlace, options: CallOptions): Promise<VolumeState> {
    return this.#carrier.read(options, () => stateOf(wholeVolume(this.#world, hostRef, place)))
  }

  async download(hostRef: string, place: VolumePlace, offset: number, options: CallOptions): Promise<VolumeBytes> {
    const volume = await this.#carrier.read(options, () => {
      const found = wholeVolume(this.#world, hostRef, place)
      if (offset > found.bytes.size) throw problems.beyondEnd(place, found.bytes.size, offset)
      return found
    })
    return { channel: readerOf(volume, offset, this.#carrier), ...stateOf(volume) }
  }

  async readRange(hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<VolumeRange> {
    const volume = await this.#carrier.read(options, () => {
      const found = wholeVolume(this.#world, hostRef, place)
      if (offset > found.bytes.size) throw problems.beyondEnd(place, found.bytes.size, offset)
      return found
    })
    return rangeOf(volume, offset, length, this.#carrier)
  }

  async fillRange(hostRef: string, place: VolumePlace, offset: number, length: number, options: CallOptions): Promise<SparseWriter> {
    await this.upload(hostRef, place, offset, length, options)
    return new Filler(this.#world, this.#carrier, { hostRef, place, offset, length })
  }

  fetch(hostRef: string, place: VolumePlace, source: Parameters<VolumeKeeper['fetch']>[2], options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.fetch', options, (work) => fetchVolume(this.#world, hostRef, place, source, work))
  }

  convert(hostRef: string, place: VolumePlace, source: Parameters<VolumeKeeper['convert']>[2], options: ActOptions): Promise<void> {
    return this.#carrier.command('volume.convert', options, (work) => convertVolume(this.#world, hostRef, place, source, work))
  }
}

interface Window {
  readonly hostRef: string
  readonly place: VolumePlace
  readonly offset: number
  readonly length: number
}

class Writer implements VolumeWriter {
  readonly #world: World
  readonly #carrier: Carrier
  readonly #window: Window
  #written = 0
  #isOver = false

  /** Of what it takes altogether. */
  get length(): number {
    return this.#window.length
  }

  constructor(world: World, carrier: Carrier, window: Window) {
    this.#world = world
    this.#carrier = carrier
    this.#window = window
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#now(() => this.#take(bytes.length, (at) => writeVolume(this.#world, this.#window.hostRef, this.#window.place, at, bytes)))
  }

  /** Zeros, which take the room of what the fleet is said to have there. */
  skip(bytes: number): Promise<void> {
    return this.#now(() => this.#take(bytes, (at) => roomFor(this.#world, this.#window.hostRef, this.#window.place, at + bytes)))
  }

  #take(bytes: number, put: (at: number) => void): void {
    const { place, offset, length } = this.#window
    const after = this.#written + bytes
    if (this.#isOver || after > length) throw problems.beyondEnd(place, offset + length, offset + after)
    put(offset + this.#written)
    this.#written = after
  }

  finish(): Promise<void> {
    const { hostRef, place } = this.#window
    this.#isOver = true
    return this.#carrier.command('volume.upload', {}, () => look(this.#world, hostRef, place))
  }

  abort(): void {
    this.#isOver = true
  }

  async #now(run: () => void): Promise<void> {
    const end = this.#carrier.end()
    if (end) throw end
    await Promise.resolve()
    run()
  }
}

/** A window goes as fast as a gigabit line takes it, so that a copy can be looked at while it goes on. */
const FILL_BYTES_PER_S = 110_000_000

class Filler implements SparseWriter {
  readonly #world: World
  readonly #writer: Writer

  constructor(world: World, carrier: Carrier, window: Window) {
    this.#world = world
    this.#writer = new Writer(world, carrier, window)
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#writer.write(bytes)
  }

  skip(bytes: number): Promise<void> {
    return this.#writer.skip(bytes)
  }

  async finish(): Promise<void> {
    const { promise, resolve } = deferred<void>()
    this.#world.later((this.#writer.length / FILL_BYTES_PER_S) * 1_000, resolve)
    await promise
    await this.#writer.finish()
  }

  abort(): void {
    this.#writer.abort()
  }
}

/** What has been written may have made another kind of volume of it. */
function look(world: World, hostRef: string, place: VolumePlace): void {
  const volume = wholeVolume(world, hostRef, place)
  const { bytes } = volume
  const { format, capacityBytes } = bytes
  world.volumes.put(hostRef, place.pool, { ...volume, bytes, format, capacityBytes, hasSystem: format !== 'iso' })
}

function stateOf({ bytes }: StoredVolume): VolumeState {
  return { sizeBytes: bytes.size, version: bytes.version, modifiedAtMs: null }
}

function readerOf(volume: StoredVolume, from: number, carrier: Carrier): ByteChannel {
  let offset = from
  let isClosed = false
  const read = async (): Promise<Uint8Array | null> => {
    await Promise.resolve()
    const end = carrier.end()
    if (end && !isClosed) throw end
    const piece = isClosed ? null : volume.bytes.read(offset, PIECE_BYTES)
    if (!piece || piece.length === 0) return null
    offset += piece.length
    return piece
  }
  return {
    read,
    write: () => Promise.resolve(),
    close: () => {
      isClosed = true
    },
  }
}

function rangeOf({ bytes }: StoredVolume, from: number, length: number, carrier: Carrier): VolumeRange {
  let at = from
  let isClosed = false
  return {
    sizeBytes: bytes.size,
    async read() {
      await Promise.resolve()
      const end = carrier.end()
      if (end && !isClosed) throw end
      const piece = isClosed ? null : bytes.piece(at, from + length - at)
      if (piece !== null) at += piece instanceof Uint8Array ? piece.length : piece.zeros
      return piece
    },
    close() {
      isClosed = true
    },
  }
}
