import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import type { ExportedDisk, VolumePiece, VolumeRange } from '../../providers/provider.ts'
import { isBusyState } from '../build/disk-step.ts'
import type { InventoryReader } from '../ports.ts'
import { delay } from '../tasks/deadline.ts'
import type { RunContext } from '../tasks/task-kind.ts'
import { isLoss, orAborted, pauseAfter } from './bounded-work.ts'
import type { CopySource, CopyTarget, EndPorts, Window } from './copy-ends.ts'
import type { AnyCopy } from './copy-plans.ts'
import { endsOfCopy } from './ends-of-copy.ts'
import { checksumDiffers, machineOn, sourceChanged } from './transfer-errors.ts'
import { lengthOf, RangeDigest } from './volume-ranges.ts'

export { type DiskCopy, diskCopySchema } from './copy-plans.ts'

/** What a copy has done so far: how much the target has for certain, and what was sent, in SHA-256 of each window. */
export const copyMemoSchema = z.object({
  isMade: z.boolean(),
  sizeBytes: z.number().nullable(),
  /** Of the source's bytes, as its host tells it: another one and the copy would be torn. */
  version: z.string().nullable(),
  windowBytes: z.number(),
  digests: z.array(z.string()),
  /** Of the windows that are there, what the target wants to be told the sum of. */
  blocks: z.number().default(0),
  /** The target did not know of what it has, so that nobody can say what lies in it: all of it is written over. */
  isOverOld: z.boolean().default(false),
  /** All of it is there, and is what was sent: the source is not needed any more. */
  isWhole: z.boolean().default(false),
  isVerified: z.boolean(),
})
export type CopyMemo = z.infer<typeof copyMemoSchema>

export const NOTHING_COPIED: CopyMemo = {
  isMade: false,
  sizeBytes: null,
  version: null,
  windowBytes: 0,
  digests: [],
  blocks: 0,
  isOverOld: false,
  isWhole: false,
  isVerified: false,
}

export interface CopyPorts extends EndPorts {
  readonly inventory: InventoryReader
  /** How a file of this size is divided; absent: {@link windowBytesOf}. */
  readonly windowBytes?: ((sizeBytes: number) => number) | undefined
}

const MIB = 1_048_576
/** What is sent again at most when the way breaks. */
const WINDOW_BYTES = 64 * MIB
/** Of the largest files there are no more windows than this, since the digests of all of them are in each line of the journal. */
const MOST_WINDOWS = 256
const TELL_MS = 200
/** A way that breaks so often without one window getting through is none. */
const MOST_LOSSES = 20
/** Of a disk's time, what sending takes; the rest is reading back. */
const SENDING = 0.6

export function windowBytesOf(sizeBytes: number): number {
  return Math.max(WINDOW_BYTES, Math.ceil(sizeBytes / MOST_WINDOWS / MIB) * MIB)
}

/**
 * One run of a copy. Window by window: read here, written there, its digest in the journal once the target has it. A run after a crash or a loss
 * reads the last window back before it goes on behind it. In the end the target reads all of it back; what differs is sent once more. A target
 * that reads nothing back has proven each window when it took it.
 */
export class DiskCopier {
  readonly #ports: CopyPorts
  readonly #copy: AnyCopy
  readonly #source: CopySource
  readonly #target: CopyTarget
  readonly #context: RunContext
  #memo: CopyMemo
  /** The window that an attempt may have left half written; null: none. */
  #half: number | null
  #toldAtMs = 0

  constructor(ports: CopyPorts, copy: AnyCopy, context: RunContext, frozen: ExportedDisk | null = null) {
    this.#ports = ports
    this.#copy = copy
    const { source, target } = endsOfCopy(copy, ports, frozen)
    this.#source = source
    this.#target = target
    this.#context = context
    this.#memo = copyMemoSchema.parse(context.memo)
    this.#half = this.#memo.isMade ? this.#memo.digests.length : null
  }

  async run(): Promise<void> {
    if (this.#memo.isVerified) return
    // what a run before has let go cannot be read any more
    if (!this.#memo.isWhole) await this.#bring()
    await this.#lasting(() => this.#source.release(this.#memo.version, this.#context.signal))
    await this.#remember({ isVerified: true })
    this.#tell('reading-back', this.#size)
  }

  async #bring(): Promise<void> {
    const { signal, progress } = this.#context
    await this.#lasting(() => this.#make())
    await this.#lasting(() => this.#goBackToWhatIsThere())
    await this.#lasting(() => this.#sendAll())
    await this.#lasting(() => this.#target.complete(this.#memo.blocks, { signal, onProgress: progress }))
    await this.#readBack()
    await this.#remember({ isWhole: true })
  }

  get #size(): number {
    return this.#memo.sizeBytes ?? 0
  }

  get #windows(): number {
    return this.#memo.windowBytes === 0 ? 0 : Math.ceil(this.#size / this.#memo.windowBytes)
  }

  async #make(): Promise<void> {
    const { signal } = this.#context
    this.#refuseRunning()
    const isThere = await this.#target.isThere(signal)
    // somebody has deleted it, or the target does not show it yet
    if (!isThere && this.#memo.isMade) {
      await this.#remember({ ...NOTHING_COPIED, isOverOld: true })
    }
    const { sizeBytes, version } = await this.#source.state(signal)
    if (isThere && this.#memo.sizeBytes !== null) this.#refuseOther(sizeBytes, version)
    if (this.#memo.isMade) return
    const granule = await this.#target.granuleBytes(signal)
    const windowBytes = Math.ceil((this.#ports.windowBytes ?? windowBytesOf)(sizeBytes) / granule) * granule
    // an earlier run may have made it and not lived to say so; `prepare` has seen that nobody else's was there
    const isOurs = isThere && this.#memo.sizeBytes !== null
    await this.#remember({ sizeBytes, version, windowBytes })
    if (!isOurs) await this.#target.make(sizeBytes, signal)
    await this.#remember({ isMade: true })
  }

  #refuseOther(sizeBytes: number, version: string | null): void {
    const isOther = version !== null && this.#memo.version !== null && version !== this.#memo.version
    if (isOther || sizeBytes !== this.#size) throw sourceChanged(this.#source.place)
  }

  /** The journal says what was there. The last window of it is read back; one that is another now is sent again, and the one before is looked at. */
  async #goBackToWhatIsThere(): Promise<void> {
    if (!this.#target.readBack) return
    while (this.#memo.digests.length > 0 && !(await this.#isThere(this.#memo.digests.length - 1))) {
      await this.#remember({ digests: this.#memo.digests.slice(0, -1) })
    }
  }

  async #sendAll(): Promise<void> {
    while (this.#memo.digests.length < this.#windows) {
      const { digest, blocks } = await this.#send(this.#memo.digests.length, true)
      await this.#remember({ digests: [...this.#memo.digests, digest], blocks: this.#memo.blocks + blocks })
    }
    const { sizeBytes, version } = await this.#source.state(this.#context.signal)
    this.#refuseOther(sizeBytes, version)
  }

  /** Answers the digest of what was sent, and what the target wants to be told of it in the end. */
  async #send(index: number, isNext: boolean): Promise<{ readonly digest: string; readonly blocks: number }> {
    const { signal } = this.#context
    this.#refuseRunning()
    const { offset, length } = this.#window(index)
    const window: Window = { offset, length, isNext, isAgain: this.#memo.isOverOld || this.#half === index }
    const digest = new RangeDigest()
    const range = await this.#source.read(offset, length, signal)
    this.#half = index
    let sent = 0
    // what the source says of its end is told as it is, and not in the words of the target that had to break off
    const broke: { readonly thrown: unknown }[] = []
    const pieces = this.#piecesOf(range, 'copying', offset)
    async function* passedOn(): AsyncGenerator<VolumePiece> {
      try {
        for await (const piece of pieces) {
          await digest.add(piece)
          sent += lengthOf(piece)
          yield piece
        }
      } catch (thrown) {
        broke.push({ thrown })
        throw thrown
      }
    }
    try {
      const blocks = await orAborted(this.#target.write(window, passedOn(), signal), signal)
      if (sent !== length) throw sourceChanged(this.#source.place)
      this.#half = null
      this.#refuseRunning()
      return { digest: digest.end(), blocks }
    } catch (thrown) {
      throw toAppError(broke[0]?.thrown ?? thrown)
    } finally {
      range.close()
    }
  }

  /** What the target reads back is compared; what differs is sent once more, with its zeros. */
  async #readBack(): Promise<void> {
    if (!this.#target.readBack) return
    const differing: number[] = []
    for (let index = 0; index < this.#windows; index += 1) {
      if (!(await this.#lasting(() => this.#isThere(index)))) differing.push(index)
    }
    for (const index of differing) await this.#lasting(() => this.#send(index, false))
    for (const index of differing) {
      const isRight = await this.#lasting(() => this.#isThere(index))
      if (!isRight) throw checksumDiffers(this.#target.place, index * this.#memo.windowBytes)
    }
  }

  async #isThere(index: number): Promise<boolean> {
    const { offset, length } = this.#window(index)
    const range = (await this.#target.readBack?.(offset, length, this.#context.signal)) ?? null
    if (range === null) return false
    const digest = new RangeDigest()
    let read = 0
    try {
      for await (const piece of this.#piecesOf(range, 'reading-back', offset)) {
        await digest.add(piece)
        read += lengthOf(piece)
      }
      return read === length && digest.end() === this.#memo.digests[index]
    } finally {
      range.close()
    }
  }

  /** Piece by piece, told of as they are taken; ended by the task's signal even where the way hangs. */
  async *#piecesOf(range: VolumeRange, note: 'copying' | 'reading-back', offset: number): AsyncGenerator<VolumePiece> {
    const { signal } = this.#context
    const giveUp = () => range.close()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      let bytes = 0
      for (;;) {
        const piece = await range.read()
        signal.throwIfAborted()
        if (piece === null) return
        yield piece
        bytes += lengthOf(piece)
        this.#tell(note, offset + bytes)
      }
    } finally {
      signal.removeEventListener('abort', giveUp)
    }
  }

  #window(index: number): { readonly offset: number; readonly length: number } {
    const { windowBytes } = this.#memo
    const offset = index * windowBytes
    return { offset, length: Math.min(windowBytes, this.#size - offset) }
  }

  /** Does it again when the way to one of the ends breaks, once there is one: what the journal has is not done again. */
  async #lasting<T>(work: () => Promise<T>): Promise<T> {
    let losses = 0
    let had = this.#memo.digests.length
    for (;;) {
      try {
        return await work()
      } catch (thrown) {
        const error = toAppError(thrown)
        const { signal } = this.#context
        if (this.#memo.digests.length > had) losses = 0
        had = this.#memo.digests.length
        losses += 1
        if (signal.aborted || !isLoss(error) || losses >= MOST_LOSSES) throw error
        await delay(this.#ports.clock, pauseAfter(error, losses), signal)
      }
    }
  }

  #refuseRunning(): void {
    const machine = this.#ports.inventory.get('machine', this.#copy.machineId)
    if (machine && isBusyState(machine.state)) throw machineOn(machine.name, machine.state)
  }

  async #remember(more: Partial<CopyMemo>): Promise<void> {
    this.#memo = { ...this.#memo, ...more }
    await this.#context.remember(this.#memo)
  }

  #tell(note: 'copying' | 'reading-back', bytesDone: number): void {
    const nowMs = this.#ports.clock.nowMs()
    if (bytesDone < this.#size && nowMs - this.#toldAtMs < TELL_MS) return
    this.#toldAtMs = nowMs
    const share = this.#size === 0 ? 1 : bytesDone / this.#size
    const sending = this.#target.readBack ? SENDING : 1
    const isSent = this.#memo.digests.length >= this.#windows
    const fraction = note === 'copying' ? share * sending : isSent ? sending + share * (1 - sending) : share * sending
    this.#context.progress({ note, fraction, bytesDone, bytesTotal: this.#size })
  }
}
