import type { ByteChannel, Clock } from '../../provider.ts'
import type { SimulatedConfig } from '../config.ts'
import { deferred } from '../deferred.ts'
import * as problems from '../problems.ts'

export type ConsoleFaults = SimulatedConfig['faults']['consoles']

/** How often a second a slow channel gives something. */
const TICKS_A_SECOND = 10

/** A channel with the faults of the configuration. */
export function withFaults(channel: ByteChannel, { dropAfterBytes, bytesPerS }: ConsoleFaults, clock: Clock): ByteChannel {
  const dropping = dropAfterBytes === null ? channel : new DroppingChannel(channel, dropAfterBytes)
  return bytesPerS === null ? dropping : new SlowChannel(dropping, bytesPerS, clock)
}

/** Breaks when so many bytes have been read. */
class DroppingChannel implements ByteChannel {
  readonly #channel: ByteChannel
  #left: number

  constructor(channel: ByteChannel, afterBytes: number) {
    this.#channel = channel
    this.#left = afterBytes
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#left <= 0) {
      this.#channel.close()
      throw problems.consoleLost()
    }
    const bytes = await this.#channel.read()
    if (bytes === null) return null
    const given = bytes.subarray(0, this.#left)
    this.#left -= given.length
    return given
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#left <= 0 ? Promise.reject(problems.consoleLost()) : this.#channel.write(bytes)
  }

  close(): void {
    this.#channel.close()
  }
}

/** Gives a few bytes at a time, and none sooner than a thin line would. */
class SlowChannel implements ByteChannel {
  readonly #channel: ByteChannel
  readonly #clock: Clock
  readonly #bytesPerTick: number
  #rest: Uint8Array = new Uint8Array(0)
  #closed = false
  /** Ends the waiting. */
  #wake: (() => void) | null = null

  constructor(channel: ByteChannel, bytesPerS: number, clock: Clock) {
    this.#channel = channel
    this.#clock = clock
    this.#bytesPerTick = Math.max(1, Math.floor(bytesPerS / TICKS_A_SECOND))
  }

  async read(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0) {
      const more = await this.#channel.read()
      if (more === null) return null
      this.#rest = more
    }
    const { promise, resolve } = deferred<void>()
    const cancel = this.#clock.after(1_000 / TICKS_A_SECOND, resolve)
    this.#wake = resolve
    await promise
    cancel()
    if (this.#closed) return null
    const given = this.#rest.subarray(0, this.#bytesPerTick)
    this.#rest = this.#rest.subarray(given.length)
    return given
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.#channel.write(bytes)
  }

  close(): void {
    this.#closed = true
    this.#wake?.()
    this.#channel.close()
  }
}
