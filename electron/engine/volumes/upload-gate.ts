import { AppError, toAppError } from '../../../shared/errors/index.ts'
import type { Clock } from '../../providers/provider.ts'
import { UploadSource } from './upload-source.ts'

/** How long an upload waits for whoever sends it, or for its host. */
export const PATIENCE_MS = 30 * 60_000

/** One upload's door: whoever has bytes comes in by it, one at a time. */
export class UploadGate {
  readonly #sizeBytes: number
  readonly #clock: Clock
  #source: UploadSource | null = null
  /** How many bytes the host has for certain. */
  #confirmed = 0
  #overrun: AppError | null = null
  #changed: Array<() => void> = []

  constructor(sizeBytes: number, clock: Clock) {
    this.#sizeBytes = sizeBytes
    this.#clock = clock
  }

  /** Whether somebody is there who sends. */
  get isFed(): boolean {
    return this.#source !== null && !this.#source.isOver
  }

  /** A new way in, from what is confirmed on; the way before it ends. */
  connect(): UploadSource {
    this.#source?.end('gone')
    this.#source = new UploadSource(this.#confirmed, this.#sizeBytes, () => {
      this.#overrun = tooMuch(this.#sizeBytes)
      this.#wake()
      return this.#overrun
    })
    this.#wake()
    return this.#source
  }

  /** The task is at work, and so far. */
  confirm(bytes: number): void {
    this.#confirmed = bytes
    this.#source?.confirm(bytes)
    this.#wake()
  }

  /** The way breaks; whoever sends may come again. */
  breakOff(why: AppError): void {
    this.#source?.end(why)
    this.#source = null
  }

  /** It is over for good. */
  end(why: 'complete' | AppError): void {
    this.#source?.end(why)
    this.#source = null
    this.#wake()
  }

  /** Throws what makes all of it void: more bytes came than were announced. */
  throwIfVoid(): void {
    if (this.#overrun) throw this.#overrun
  }

  /** The way in that is open, or the next one. Throws `timeout` volume.upload-abandoned when nobody comes. */
  async source(signal: AbortSignal): Promise<UploadSource> {
    let isLate = false
    const stop = this.#clock.after(PATIENCE_MS, () => {
      isLate = true
      this.#wake()
    })
    try {
      for (;;) {
        this.throwIfVoid()
        if (this.#source && !this.#source.isOver) return this.#source
        if (isLate) throw abandoned()
        await unlessAborted(signal, (resolve) => this.#changed.push(resolve))
      }
    } finally {
      stop()
    }
  }

  #wake(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}

/** The doors of all uploads that are under way. */
export class UploadGates {
  readonly #clock: Clock
  readonly #gates = new Map<string, UploadGate>()
  /** By volume, those whose task is at work. */
  readonly #byVolume = new Map<string, UploadGate>()
  #waiting: Array<() => void> = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The door of an upload, by the id that its plan has. */
  open(uploadId: string, sizeBytes: number): UploadGate {
    const known = this.#gates.get(uploadId)
    if (known) return known
    const gate = new UploadGate(sizeBytes, this.#clock)
    this.#gates.set(uploadId, gate)
    return gate
  }

  /** Its task is at work and knows how far it is: who goes on with it finds it by its volume. */
  begin(uploadId: string, volume: string): void {
    const gate = this.#gates.get(uploadId)
    if (gate) this.#byVolume.set(volume, gate)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves with the door of a volume's upload once its task is at work, at once or later. */
  async begun(volume: string, signal: AbortSignal): Promise<UploadGate> {
    for (;;) {
      const gate = this.#byVolume.get(volume)
      if (gate) return gate
      await unlessAborted(signal, (resolve) => this.#waiting.push(resolve))
    }
  }

  close(uploadId: string, why: 'complete' | AppError): void {
    const gate = this.#gates.get(uploadId)
    if (!gate) return
    this.#gates.delete(uploadId)
    for (const [volume, known] of this.#byVolume) if (known === gate) this.#byVolume.delete(volume)
    gate.end(why)
  }
}

function unlessAborted(signal: AbortSignal, subscribe: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toAppError(signal.reason))
    if (signal.aborted) return onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    subscribe(() => {
      signal.removeEventListener('abort', onAbort)
      resolve()
    })
    return undefined
  })
}

function tooMuch(sizeBytes: number): AppError {
  return new AppError({
    kind: 'invalid-input',
    code: 'volume.upload-too-long',
    message: `More bytes came than the ${sizeBytes} that were announced: the file has changed meanwhile. Upload it again.`,
    details: { sizeBytes },
  })
}

function abandoned(): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.upload-abandoned',
    message: 'Nobody sent the rest of the file for half an hour. What had come was removed.',
    details: { expected: 'the rest of the file', actual: 'nothing', reason: 'volume.upload-abandoned' },
  })
}
