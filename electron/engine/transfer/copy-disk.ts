import { z } from 'zod'
import { toAppError } from '../../../shared/errors/index.ts'
import { type ConnectionId, connectionIdSchema, machineIdSchema, volumePlaceSchema } from '../../../shared/model/index.ts'
import type { Clock, VolumeKeeper, VolumePiece } from '../../providers/provider.ts'
import { isBusyState, keeperOf, takenError } from '../build/disk-step.ts'
import type { InventoryReader, Links } from '../ports.ts'
import { delay } from '../tasks/deadline.ts'
import type { RunContext } from '../tasks/task-kind.ts'
import { linkBack } from '../volumes/link-back.ts'
import { isLoss, orAborted } from './bounded-work.ts'
import { checksumDiffers, machineOn, sourceChanged } from './transfer-errors.ts'
import { lengthOf, openRange, openWriter, RangeDigest, runsOf } from './volume-ranges.ts'

const sideSchema = z.object({ connectionId: connectionIdSchema, hostRef: z.string(), place: volumePlaceSchema })

/** One disk's way from one host's pool to another's, through the console. */
export const diskCopySchema = z.object({
  /** Its target in the guest: `vda`. */
  target: z.string(),
  machineId: machineIdSchema,
  from: sideSchema,
  to: sideSchema,
  /** What it takes at the source, for the task's progress. */
  allocationBytes: z.number(),
})
export type DiskCopy = z.infer<typeof diskCopySchema>

/** What a copy has done so far: how much the target has for certain, and what was sent, in SHA-256 of each window. */
export const copyMemoSchema = z.object({
  isMade: z.boolean(),
  sizeBytes: z.number().nullable(),
  /** Of the source's bytes, as its host tells it: another one and the copy would be torn. */
  version: z.string().nullable(),
  windowBytes: z.number(),
  digests: z.array(z.string()),
  isVerified: z.boolean(),
})
export type CopyMemo = z.infer<typeof copyMemoSchema>

export const NOTHING_COPIED: CopyMemo = { isMade: false, sizeBytes: null, version: null, windowBytes: 0, digests: [], isVerified: false }

export interface CopyPorts {
  readonly inventory: InventoryReader
  readonly links: Links
  readonly clock: Clock
  /** How a file of this size is divided; absent: {@link windowBytesOf}. */
  readonly windowBytes?: ((sizeBytes: number) => number) | undefined
}

const MIB = 1_048_576
/** What is sent again at most when the way breaks. */
const WINDOW_BYTES = 64 * MIB
/** Of the largest files there are no more windows than this, since the digests of all of them are in each line of the journal. */
const MOST_WINDOWS = 256
const PATIENCE_MS = 15 * 60_000
const AGAIN_MS = 1_000
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
 * reads the last window back before it goes on behind it. In the end the target reads all of it back; what differs is sent once more.
 */
export class DiskCopier {
  readonly #ports: CopyPorts
  readonly #copy: DiskCopy
  readonly #context: RunContext
  #memo: CopyMemo
  #toldAtMs = 0

  constructor(ports: CopyPorts, copy: DiskCopy, context: RunContext) {
    this.#ports = ports
    this.#copy = copy
    this.#context = context
    this.#memo = copyMemoSchema.parse(context.memo)
  }

  async run(): Promise<void> {
    if (this.#memo.isVerified) return
    await this.#lasting(() => this.#make())
    await this.#lasting(() => this.#goBackToWhatIsThere())
    await this.#lasting(() => this.#sendAll())
    const differing = await this.#differing()
    for (const index of differing) await this.#lasting(() => this.#send(index, false))
    for (const index of differing) {
      const isRight = await this.#lasting(() => this.#isThere(index))
      if (!isRight) throw checksumDiffers(this.#copy.to.place, index * this.#memo.windowBytes)
    }
    await this.#remember({ isVerified: true })
    this.#tell('reading-back', this.#size)
  }

  get #size(): number {
    return this.#memo.sizeBytes ?? 0
  }

  get #windows(): number {
    return this.#memo.windowBytes === 0 ? 0 : Math.ceil(this.#size / this.#memo.windowBytes)
  }

  async #make(): Promise<void> {
    const { to } = this.#copy
    const { signal } = this.#context
    const target = await this.#keeper(to.connectionId)
    const found = await target.find(to.hostRef, to.place, { signal })
    // a machine has been given it: whosever it was, it is written to no more
    if (found && found.usedBy.length > 0) throw takenError(to.place)
    // of an attempt that was taken back nothing is there
    if (!found && this.#memo.isMade) await this.#remember(NOTHING_COPIED)
    const { sizeBytes, version } = await this.#sourceState()
    if (found && this.#memo.sizeBytes !== null) this.#refuseOther(sizeBytes, version)
    if (this.#memo.isMade) return
    const windowBytes = (this.#ports.windowBytes ?? windowBytesOf)(sizeBytes)
    // an earlier run may have made it and not lived to say so; `prepare` has seen that nobody else's was there
    const isOurs = found !== null && this.#memo.sizeBytes !== null
    await this.#remember({ sizeBytes, version, windowBytes })
    // raw, whatever it is: what its bytes are is seen by the host once they are there
    if (!isOurs) await target.create(to.hostRef, to.place, { kind: 'empty', format: 'raw', capacityBytes: sizeBytes }, { signal })
    await this.#remember({ isMade: true })
  }

  async #sourceState(): Promise<{ readonly sizeBytes: number; readonly version: string | null }> {
    const { from } = this.#copy
    const { signal } = this.#context
    return await (await this.#keeper(from.connectionId)).state(from.hostRef, from.place, { signal })
  }

  #refuseOther(sizeBytes: number, version: string | null): void {
    const isOther = version !== null && this.#memo.version !== null && version !== this.#memo.version
    if (isOther || sizeBytes !== this.#size) throw sourceChanged(this.#copy.from.place)
  }

  /** The journal says what was there. The last window of it is read back; one that is another now is sent again, and the one before is looked at. */
  async #goBackToWhatIsThere(): Promise<void> {
    while (this.#memo.digests.length > 0 && !(await this.#isThere(this.#memo.digests.length - 1))) {
      await this.#remember({ digests: this.#memo.digests.slice(0, -1) })
    }
  }

  async #sendAll(): Promise<void> {
    while (this.#memo.digests.length < this.#windows) {
      const digest = await this.#send(this.#memo.digests.length, true)
      await this.#remember({ digests: [...this.#memo.digests, digest] })
    }
    const { sizeBytes, version } = await this.#sourceState()
    this.#refuseOther(sizeBytes, version)
  }

  /** Answers the digest of what was sent. */
  async #send(index: number, isFresh: boolean): Promise<string> {
    const { from, to } = this.#copy
    const { signal } = this.#context
    this.#refuseRunning()
    const { offset, length } = this.#window(index)
    const source = await this.#keeper(from.connectionId)
    const target = await this.#keeper(to.connectionId)
    const digest = new RangeDigest()
    const range = await openRange(source, from.hostRef, from.place, offset, length, { signal })
    try {
      const writer = await openWriter(target, to.hostRef, to.place, { offset, length, isFresh }, { signal })
      try {
        const sent = await this.#eachPiece(range, 'copying', offset, async (piece) => {
          for (const run of runsOf(piece)) await (run instanceof Uint8Array ? writer.write(run) : writer.skip(run.zeros))
          await digest.add(piece)
        })
        if (sent !== length) throw sourceChanged(from.place)
        await orAborted(writer.finish(), signal)
      } finally {
        writer.abort()
      }
    } finally {
      range.close()
    }
    this.#refuseRunning()
    return digest.end()
  }

  /** Windows of which the target reads back something else than was sent. */
  async #differing(): Promise<readonly number[]> {
    const differing: number[] = []
    for (let index = 0; index < this.#windows; index += 1) {
      if (!(await this.#lasting(() => this.#isThere(index)))) differing.push(index)
    }
    return differing
  }

  async #isThere(index: number): Promise<boolean> {
    const { to } = this.#copy
    const { offset, length } = this.#window(index)
    const target = await this.#keeper(to.connectionId)
    const range = await openRange(target, to.hostRef, to.place, offset, length, { signal: this.#context.signal }).catch(
      (thrown: unknown) => {
        if (toAppError(thrown).code === 'volume.beyond-end') return null
        throw thrown
      },
    )
    if (range === null) return false
    const digest = new RangeDigest()
    try {
      const read = await this.#eachPiece(range, 'reading-back', offset, (piece) => digest.add(piece))
      return read === length && digest.end() === this.#memo.digests[index]
    } finally {
      range.close()
    }
  }

  async #eachPiece(
    range: { read(): Promise<VolumePiece | null>; close(): void },
    note: 'copying' | 'reading-back',
    offset: number,
    take: (piece: VolumePiece) => Promise<void>,
  ): Promise<number> {
    const { signal } = this.#context
    const giveUp = () => range.close()
    signal.addEventListener('abort', giveUp, { once: true })
    try {
      let bytes = 0
      for (;;) {
        const piece = await range.read()
        signal.throwIfAborted()
        if (piece === null) return bytes
        await orAborted(take(piece), signal)
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

  /** Does it again when the way to one of the hosts breaks, once there is one: what the journal has is not done again. */
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
        await delay(this.#ports.clock, AGAIN_MS, signal)
      }
    }
  }

  async #keeper(connectionId: ConnectionId): Promise<VolumeKeeper> {
    const { links, clock } = this.#ports
    return keeperOf({ link: await linkBack(links, clock, connectionId, PATIENCE_MS, this.#context.signal) })
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
    const isSent = this.#memo.digests.length >= this.#windows
    const fraction = note === 'copying' ? share * SENDING : isSent ? SENDING + share * (1 - SENDING) : share * SENDING
    this.#context.progress({ note, fraction, bytesDone, bytesTotal: this.#size })
  }
}
