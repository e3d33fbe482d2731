import { AppError, type ErrorKind, isAppError } from '../errors/index.ts'
import { CONSOLE_ENDED, readCloseReason, UPLOAD_AHEAD_BYTES, UPLOAD_PIECE_BYTES, uploadWordSchema } from '../model/index.ts'

/** One way for bytes, opened by its token. */
export interface UploadWay {
  send(bytes: Uint8Array<ArrayBuffer>): void
  close(): void
}

export interface UploadEars {
  readonly onOpen: () => void
  /** A message of the other side, as text. */
  readonly onWord: (text: string) => void
  /** With the code and the reason of a WebSocket's end. */
  readonly onClosed: (code: number, reason: string) => void
}

export interface UploadProgress {
  /** `waiting`: for the host, or for the next try. */
  readonly state: 'sending' | 'waiting'
  readonly sentBytes: number
  /** The host has these for certain. */
  readonly confirmedBytes: number
}

export interface UploadSenderOptions {
  readonly sizeBytes: number
  /** Exactly these bytes of the file; fewer only where it ends. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>
  readonly open: (token: string, ears: UploadEars) => UploadWay
  /** `volumes.resumeUpload`. */
  readonly resume: () => Promise<{ readonly token: string; readonly offset: number }>
  readonly setTimer: (run: () => void, delayMs: number) => () => void
  readonly random: () => number
  readonly onProgress: (progress: UploadProgress) => void
}

/** The longest wait before each try to go on; the first is made at once. */
const WAITS_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000]
/** Kinds of trouble that pass by themselves. Asking to go on twice does no harm: an answer that was lost is asked for again. */
const PASSING: ReadonlySet<ErrorKind> = new Set<ErrorKind>(['unreachable', 'timeout', 'rate-limited', 'cancelled', 'indeterminate'])
const OVER = 'volume.upload-over'

type Ending = { readonly isComplete: true } | { readonly isComplete: false; readonly reason: string }

/**
 * Sends a file to an upload and goes on by itself where its way breaks, from what the host has for certain. Throws AppError when the upload is
 * over without it, or the file cannot be read.
 */
export class UploadSender {
  readonly #options: UploadSenderOptions
  #confirmed = 0
  #sent = 0
  #cancelled = false
  #stop: (() => void) | null = null

  constructor(options: UploadSenderOptions) {
    this.#options = options
  }

  /** Resolves when the host has all of it. */
  async run(token: string, offset = 0): Promise<void> {
    let way = { token, offset }
    let reason = ''
    for (let failures = -1; ; ) {
      const before = this.#confirmed
      const ending = await this.#sendBy(way.token, way.offset)
      if (ending.isComplete) return
      this.#throwIfCancelled()
      reason = ending.reason
      failures = this.#confirmed > before ? 0 : failures + 1
      const next = await this.#resume(reason, failures)
      if (next === null) return
      way = next
    }
  }

  /** Ends it here; what becomes of the task is the caller's. `run` rejects with kind cancelled. */
  cancel(): void {
    this.#cancelled = true
    this.#stop?.()
  }

  #sendBy(token: string, offset: number): Promise<Ending> {
    const { sizeBytes, open } = this.#options
    this.#sent = offset
    this.#confirmed = Math.max(this.#confirmed, offset)
    return new Promise((resolve, reject) => {
      let isOver = false
      const flow = { isOpen: false, isReading: false, taken: offset }
      const end = (settle: () => void) => {
        if (isOver) return
        isOver = true
        this.#stop = null
        settle()
      }
      const way = open(token, {
        onOpen: () => {
          flow.isOpen = true
          void pump()
        },
        onWord: (text) => {
          const word = uploadWordSchema.safeParse(parsed(text))
          if (!word.success) return
          if ('confirmed' in word.data) this.#confirmed = Math.max(this.#confirmed, word.data.confirmed)
          else flow.taken = Math.max(flow.taken, word.data.taken)
          this.#tell('sending')
          void pump()
        },
        onClosed: (code, reason) =>
          end(() => resolve(code === CONSOLE_ENDED && this.#confirmed >= sizeBytes ? { isComplete: true } : { isComplete: false, reason })),
      })
      const pump = async () => {
        if (flow.isReading || !flow.isOpen) return
        flow.isReading = true
        try {
          await this.#pieces(
            way,
            () => isOver,
            () => flow.taken,
          )
        } catch (thrown) {
          end(() => reject(unreadable(thrown)))
          way.close()
        } finally {
          flow.isReading = false
        }
      }
      this.#stop = () => {
        way.close()
        end(() => reject(cancelled()))
      }
      if (this.#cancelled) this.#stop()
    })
  }

  async #pieces(way: UploadWay, isOver: () => boolean, taken: () => number): Promise<void> {
    const { sizeBytes, read } = this.#options
    while (!isOver() && this.#sent < sizeBytes && this.#sent - taken() < UPLOAD_AHEAD_BYTES) {
      const length = Math.min(UPLOAD_PIECE_BYTES, sizeBytes - this.#sent)
      const bytes = await read(this.#sent, length)
      if (isOver()) return
      if (bytes.length !== length) throw tooShort(sizeBytes, this.#sent + bytes.length)
      way.send(bytes)
      this.#sent += length
      this.#tell('sending')
    }
  }

  /** Null: it is complete after all. */
  async #resume(reason: string, failures: number): Promise<{ readonly token: string; readonly offset: number } | null> {
    for (let tries = failures; ; tries++) {
      this.#tell('waiting')
      await this.#wait(tries)
      try {
        return await this.#options.resume()
      } catch (thrown) {
        this.#throwIfCancelled()
        if (!isAppError(thrown)) throw thrown
        if (thrown.code === OVER) {
          if (thrown.details.actual === 'succeeded') return null
          throw brokenOff(reason, thrown) ?? thrown
        }
        if (!PASSING.has(thrown.kind)) throw thrown
      }
    }
  }

  async #wait(tries: number): Promise<void> {
    const longest = WAITS_MS[Math.min(tries, WAITS_MS.length - 1)] ?? 0
    if (longest > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.setTimer(resolve, longest * (0.5 + this.#options.random() / 2))
        this.#stop = () => {
          cancel()
          resolve()
        }
      })
      this.#stop = null
    }
    this.#throwIfCancelled()
  }

  #throwIfCancelled(): void {
    if (this.#cancelled) throw cancelled()
  }

  #tell(state: UploadProgress['state']): void {
    this.#options.onProgress({ state, sentBytes: this.#sent, confirmedBytes: this.#confirmed })
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function cancelled(): AppError {
  return new AppError({ kind: 'cancelled', code: 'cancelled', message: 'Cancelled.' })
}

function unreadable(thrown: unknown): AppError {
  if (isAppError(thrown)) return thrown
  const reason = thrown instanceof Error ? thrown.message : String(thrown)
  return new AppError({
    kind: 'precondition',
    code: 'volume.file-unreadable',
    message: `The file cannot be read (${reason}). Choose it again.`,
    details: { expected: 'a file that can be read', actual: reason, reason },
    cause: thrown,
  })
}

function tooShort(sizeBytes: number, actualBytes: number): AppError {
  return new AppError({
    kind: 'precondition',
    code: 'volume.file-changed',
    message: `The file has ${actualBytes} bytes now instead of ${sizeBytes}. Choose it again.`,
    details: { expected: `${sizeBytes} bytes`, actual: `${actualBytes} bytes`, reason: 'volume.file-changed', sizeBytes, actualBytes },
  })
}

/** The channel's last word may say more than that the upload is over. */
function brokenOff(reason: string, cause: AppError): AppError | null {
  const { kind, code } = readCloseReason(reason)
  if (!code.startsWith('volume.')) return null
  return new AppError({ kind, code, message: 'The upload has failed. The task says why.', details: cause.details, cause })
}
