import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import type { PoolId } from '../../../shared/model/index.ts'
import type { ByteChannel, CallOptions, Clock, VolumeBytes, VolumeState } from '../../providers/provider.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { volumeChanged } from './volume-errors.ts'
import { keeperOn, knownPool } from './volume-places.ts'

const READ_TIMEOUT_MS = 60_000
/** How long a download whose host is lost waits for it, and how often it looks. */
const PATIENCE_MS = 5 * 60_000
const LOOK_MS = 1_000

export interface DownloadPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
}

export interface DownloadPart {
  readonly offset: number
  /** Null: to the end. */
  readonly length: number | null
  /** What it has to be from the first byte of this part to the last; null: whatever it is. */
  readonly version: string | null
}

/** A volume that is saved elsewhere, in one go or in parts. */
export class DownloadFile {
  readonly #place: { readonly poolId: PoolId; readonly name: string }
  readonly #ports: DownloadPorts

  constructor(place: { readonly poolId: PoolId; readonly name: string }, ports: DownloadPorts) {
    this.#place = place
    this.#ports = ports
  }

  /** What it is now. Waits for a host that is lost. Throws AppError. */
  state(signal: AbortSignal): Promise<VolumeState> {
    return this.patiently(() => this.look(signal), signal)
  }

  look(signal: AbortSignal): Promise<VolumeState> {
    return this.#on((keeper, hostRef, volume, options) => keeper.state(hostRef, volume, options), signal)
  }

  /**
   * A part of it, which goes on by itself when the host is lost for a while. Throws AppError, here or while it is read: `conflict`
   * volume.changed when it is not, or no longer, of the wanted version; then the end of the part has not been given.
   */
  async open(part: DownloadPart, signal: AbortSignal): Promise<VolumeBytes> {
    const { offset, length, version } = part
    const opened = await this.openAt(offset, version, signal)
    const restBytes = opened.sizeBytes - offset
    const bytes = Math.min(length ?? restBytes, restBytes)
    return { ...opened, channel: new DownloadChannel(this, opened, { ...part, length: bytes }) }
  }

  /** Its bytes from there on. */
  async openAt(offset: number, version: string | null, signal: AbortSignal): Promise<VolumeBytes> {
    const opened = await this.#on((keeper, hostRef, volume, options) => keeper.download(hostRef, volume, offset, options), signal)
    try {
      // once more, as it may have been changed between that look at it and its opening
      if (version !== null && (opened.version !== version || (await this.look(signal)).version !== version)) throw this.changed()
      return opened
    } catch (thrown) {
      opened.channel.close()
      throw thrown
    }
  }

  /** Runs it until the host answers, or has been lost for too long. */
  async patiently<T>(run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { clock } = this.#ports
    const giveUpAtMs = clock.nowMs() + PATIENCE_MS
    for (;;) {
      try {
        return await run()
      } catch (thrown) {
        if (signal.aborted || !isLoss(thrown) || clock.nowMs() >= giveUpAtMs) throw thrown
        await this.#pause(signal)
        if (signal.aborted) throw thrown
      }
    }
  }

  changed(): AppError {
    return volumeChanged(this.#place.name)
  }

  async #on<T>(
    run: (
      keeper: ReturnType<typeof keeperOn>,
      hostRef: string,
      volume: { pool: string; volume: string },
      options: CallOptions,
    ) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const { inventory, links } = this.#ports
    const { poolId, name } = this.#place
    const { pool, host } = knownPool(inventory, poolId)
    const volume = { pool: pool.name, volume: name }
    return await run(keeperOn(host, inventory, links), host.nativeRef, volume, { signal, timeoutMs: READ_TIMEOUT_MS })
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#ports.clock.after(LOOK_MS, () => {
        signal.removeEventListener('abort', stop)
        resolve()
      })
      const stop = (): void => {
        cancel()
        resolve()
      }
      signal.addEventListener('abort', stop, { once: true })
    })
  }
}

/** The host did not say no: it may answer later. */
function isLoss(thrown: unknown): boolean {
  const { kind } = toAppError(thrown)
  return kind === 'unreachable' || kind === 'timeout'
}

/** A part as it is read: opened again where it broke, and only given to its end if nothing was changed meanwhile. */
class DownloadChannel implements ByteChannel {
  readonly #file: DownloadFile
  readonly #part: DownloadPart & { readonly length: number }
  readonly #closing = new AbortController()
  /** What was promised, or found when it began. */
  readonly #version: string | null
  #inner: ByteChannel
  /** What comes now is put behind what somebody has already: both have to be of one version. */
  #isJoined: boolean
  #done = 0

  constructor(file: DownloadFile, opened: VolumeBytes, part: DownloadPart & { readonly length: number }) {
    this.#file = file
    this.#part = part
    this.#inner = opened.channel
    this.#version = opened.version
    this.#isJoined = part.version !== null
  }

  async read(): Promise<Uint8Array | null> {
    try {
      return await this.#next()
    } catch (thrown) {
      // what was broken off fails; whoever reads has asked for it
      if (this.#closing.signal.aborted) return null
      throw thrown
    }
  }

  write(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    this.#closing.abort()
    this.#inner.close()
  }

  async #next(): Promise<Uint8Array | null> {
    for (;;) {
      if (this.#closing.signal.aborted) return null
      if (this.#done === this.#part.length) {
        this.#inner.close()
        return null
      }
      try {
        return await this.#piece()
      } catch (thrown) {
        if (this.#version === null || !isLoss(thrown)) throw thrown
        await this.#goOn()
      }
    }
  }

  async #piece(): Promise<Uint8Array | null> {
    const piece = await this.#inner.read()
    if (piece === null) return null
    const bytes = piece.subarray(0, this.#part.length - this.#done)
    const isLast = this.#done + bytes.length === this.#part.length
    if (isLast && this.#isJoined && (await this.#file.look(this.#closing.signal)).version !== this.#version) throw this.#file.changed()
    this.#done += bytes.length
    return bytes
  }

  async #goOn(): Promise<void> {
    this.#inner.close()
    const { signal } = this.#closing
    const open = () => this.#file.openAt(this.#part.offset + this.#done, this.#version, signal)
    const { channel } = await this.#file.patiently(open, signal)
    this.#inner = channel
    this.#isJoined = true
    if (signal.aborted) channel.close()
  }
}
