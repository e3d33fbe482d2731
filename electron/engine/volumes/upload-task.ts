import { z } from 'zod'
import { type AppError, toAppError } from '../../../shared/errors/index.ts'
import { connectionIdSchema, hostIdSchema, poolIdSchema, volumePlaceSchema } from '../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type Clock, type Logger, type ProviderConnection, type VolumeKeeper } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'
import { delay } from '../tasks/deadline.ts'
import type { RunContext, Step, TaskKind } from '../tasks/task-kind.ts'
import { linkBack } from './link-back.ts'
import { PATIENCE_MS, type UploadGate, type UploadGates } from './upload-gate.ts'
import type { UploadSource } from './upload-source.ts'
import { volumeNameTaken, wasRemoved } from './volume-errors.ts'
import { keeperOf, volumeKey } from './volume-places.ts'

export const UPLOAD_KIND = 'volume.upload'

export const uploadPlanSchema = z.object({
  poolId: poolIdSchema,
  connectionId: connectionIdSchema,
  hostId: hostIdSchema,
  hostRef: z.string(),
  place: volumePlaceSchema,
  sizeBytes: z.number().int(),
  /** Names its door, see UploadGates. */
  uploadId: z.string(),
})
export type UploadPlan = z.infer<typeof uploadPlanSchema>

/** `confirmed` null: the volume has not been made yet. */
const memoSchema = z.object({ existed: z.boolean(), confirmed: z.number().int().nullable() })

const MIB = 1_048_576
/** What the host has for certain counts in these: so much is sent again at most. Larger ones for larger files, as each begins anew. */
const WINDOW_BYTES = 64 * MIB
const LARGE_WINDOW_BYTES = 256 * MIB
const LARGE_FILE_BYTES = 2_048 * MIB
const windowBytes = (sizeBytes: number): number => (sizeBytes >= LARGE_FILE_BYTES ? LARGE_WINDOW_BYTES : WINDOW_BYTES)
const WEEK_MS = 7 * 24 * 3_600_000
const TELL_MS = 200
const AGAIN_MS = 1_000
const CLEAR_TRIES = 20
const CLEAR_LINK_MS = 60_000

export interface UploadPorts {
  readonly gates: UploadGates
  readonly links: Links
  readonly clock: Clock
  readonly log: Logger
  /** Of a file so large: after how many bytes the host is asked whether it has them for certain. */
  readonly windowBytes?: (sizeBytes: number) => number
}

/** An upload: one step that waits for its bytes, and begins where the host has them for certain. */
export function uploadKind(ports: UploadPorts): TaskKind {
  return { kind: UPLOAD_KIND, steps: (plan) => [uploadStep(ports, uploadPlanSchema.parse(plan))] }
}

function uploadStep(ports: UploadPorts, plan: UploadPlan): Step {
  return {
    id: 'upload',
    weight: 1,
    timeoutMs: WEEK_MS,
    cancel: 'now',
    async prepare({ link, signal, memo }) {
      if (memo !== null) return memo
      return { existed: (await keeperOf(link).find(plan.hostRef, plan.place, { signal })) !== null, confirmed: null }
    },
    run: (context) => new Upload(ports, plan, context).run(),
    probe: ({ memo }) => Promise.resolve(memo !== null && memoSchema.parse(memo).confirmed === plan.sizeBytes ? 'done' : 'not-done'),
  }
}

/** One run of the step. */
class Upload {
  readonly #ports: UploadPorts
  readonly #plan: UploadPlan
  readonly #context: RunContext
  readonly #gate: UploadGate
  #confirmed = 0
  #toldAtMs = 0

  constructor(ports: UploadPorts, plan: UploadPlan, context: RunContext) {
    this.#ports = ports
    this.#plan = plan
    this.#context = context
    this.#gate = ports.gates.open(plan.uploadId, plan.sizeBytes)
  }

  async run(): Promise<void> {
    const { gates } = this.#ports
    const { poolId, place, uploadId } = this.#plan
    try {
      await this.#make()
      this.#gate.confirm(this.#confirmed)
      gates.begin(uploadId, volumeKey(poolId, place))
      while (this.#confirmed < this.#plan.sizeBytes) await this.#oneWindow()
      this.#gate.throwIfVoid()
      gates.close(uploadId, 'complete')
    } catch (thrown) {
      const error = toAppError(thrown)
      gates.close(uploadId, error)
      if (this.#isToGo(error)) await this.#clear(error)
      throw error
    }
  }

  /** Makes the volume, unless an earlier attempt has: then it goes on with what is there. */
  async #make(): Promise<void> {
    const { hostRef, place, sizeBytes } = this.#plan
    const { signal } = this.#context
    const memo = memoSchema.parse(this.#context.memo)
    const keeper = await this.#keeper()
    const found = await keeper.find(hostRef, place, { signal })
    const isOurs = found !== null && !memo.existed && (memo.confirmed !== null || found.capacityBytes === sizeBytes)
    if (found && !isOurs) throw volumeNameTaken(place)
    if (!found) await keeper.create(hostRef, place, { kind: 'empty', format: 'raw', capacityBytes: sizeBytes }, { signal })
    this.#confirmed = found ? (memo.confirmed ?? 0) : 0
    await this.#context.remember({ existed: false, confirmed: this.#confirmed })
  }

  /** Comes back when one more window is with the host, or when its way, or that of the bytes, has broken. */
  async #oneWindow(): Promise<void> {
    const { signal } = this.#context
    if (!this.#gate.isFed) this.#tell('waiting-for-upload')
    const source = await this.#gate.source(signal)
    const keeper = await this.#keeper()
    try {
      await this.#send(keeper, source)
    } catch (thrown) {
      const error = toAppError(thrown)
      if (signal.aborted || !isLoss(error)) throw error
      this.#gate.breakOff(error)
      await delay(this.#ports.clock, AGAIN_MS, signal)
    }
  }

  async #send(keeper: VolumeKeeper, source: UploadSource): Promise<void> {
    const { hostRef, place, sizeBytes } = this.#plan
    const { signal } = this.#context
    // What was confirmed while it came in need not be sent again.
    if (!(await skip(source, this.#confirmed - source.offset, signal))) return
    const window = (this.#ports.windowBytes ?? windowBytes)(sizeBytes)
    while (this.#confirmed < sizeBytes) {
      const length = Math.min(window, sizeBytes - this.#confirmed)
      const writer = await keeper.upload(hostRef, place, this.#confirmed, length, { signal })
      try {
        for (let written = 0; written < length; ) {
          const bytes = await source.take(length - written, signal)
          this.#gate.throwIfVoid()
          if (bytes === null) return
          await orAborted(writer.write(bytes), signal)
          written += bytes.length
          this.#tell('uploading', written)
        }
        await orAborted(writer.finish(), signal)
      } finally {
        writer.abort()
      }
      this.#confirmed += length
      await this.#context.remember({ existed: false, confirmed: this.#confirmed })
      this.#gate.confirm(this.#confirmed)
      this.#tell('uploading')
    }
  }

  async #keeper(): Promise<VolumeKeeper> {
    const { links, clock } = this.#ports
    const { connectionId } = this.#plan
    if (!links.current(connectionId)) this.#tell('waiting-for-link')
    return keeperOf(await linkBack(links, clock, connectionId, PATIENCE_MS, this.#context.signal))
  }

  #tell(note: string, written = 0): void {
    const nowMs = this.#ports.clock.nowMs()
    if (written > 0 && nowMs - this.#toldAtMs < TELL_MS) return
    this.#toldAtMs = nowMs
    this.#context.progress({ note, bytesDone: this.#confirmed + written, bytesTotal: this.#plan.sizeBytes })
  }

  /** A pool that was switched off can be switched on, and a console that closes opens again: what has come is kept for that. */
  #isToGo(error: AppError): boolean {
    const { signal } = this.#context
    if (signal.aborted) return isByPerson(signal.reason)
    return !['volume.pool-off', 'volume.name-taken'].includes(error.code) && error.kind !== 'unreachable'
  }

  /** Takes the half volume away; without a link, as soon as there is one. */
  async #clear(why: AppError): Promise<void> {
    const { links, clock, log } = this.#ports
    const { connectionId, hostRef, place } = this.#plan
    const never = new AbortController().signal
    try {
      const link = await linkBack(links, clock, connectionId, CLEAR_LINK_MS, never)
      await removeHalf(link, clock, hostRef, place)
      await this.#context.remember({ existed: false, confirmed: null })
    } catch (thrown) {
      log.warn('a half volume is left', { ...place, code: toAppError(thrown).code, after: why.code })
    }
  }
}

/** The host may still be busy with the stream that was broken off. */
async function removeHalf(link: ProviderConnection, clock: Clock, hostRef: string, place: UploadPlan['place']): Promise<void> {
  const never = new AbortController().signal
  for (let tries = 1; ; tries++) {
    try {
      await keeperOf(link).remove(hostRef, place, {})
      return
    } catch (thrown) {
      if (wasRemoved(thrown)) return
      if (tries >= CLEAR_TRIES) throw thrown
      await delay(clock, AGAIN_MS, never)
    }
  }
}

/** Whether all of them came. */
async function skip(source: UploadSource, bytes: number, signal: AbortSignal): Promise<boolean> {
  for (let left = bytes; left > 0; ) {
    const piece = await source.take(left, signal)
    if (piece === null) return false
    left -= piece.length
  }
  return true
}

function isByPerson(reason: unknown): boolean {
  return toAppError(reason).code === CANCELLED_BY_PERSON
}

/** The way to the host broke, and not the upload. */
function isLoss({ kind }: AppError): boolean {
  return kind === 'unreachable' || kind === 'indeterminate' || kind === 'timeout'
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(toAppError(signal.reason))
    signal.addEventListener('abort', onAbort, { once: true })
    const end = () => signal.removeEventListener('abort', onAbort)
    work.then(
      (value) => {
        end()
        resolve(value)
      },
      (thrown: unknown) => {
        end()
        reject(toAppError(thrown))
      },
    )
  })
}
