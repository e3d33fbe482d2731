import type { ByteChannel, Clock, VolumeKeeper } from '../../providers/provider.ts'
import type { Links } from '../ports.ts'
import { type ExportPlan, exportedMachine, fileStem } from './export-plan.ts'
import { problem } from './ova-errors.ts'
import { channelOf, type OvaParts, ovaBytes, ovaSizeBytes } from './ova-stream.ts'
import { writeOvf } from './ovf-write.ts'

/** How long a package waits for somebody who takes it. */
export const WAITS_MS = 30 * 60_000
const READ_TIMEOUT_MS = 30_000

export interface Taken {
  readonly channel: ByteChannel
  readonly sizeBytes: number
  readonly fileName: string
}

interface Offer {
  readonly plan: ExportPlan
  readonly rearm: () => void
  readonly hold: () => void
  readonly taken: () => void
  readonly progress: (bytesDone: number, bytesTotal: number) => void
}

/** Packages whose disks are converted, waiting to be taken. */
export class OvaExports {
  readonly #offers = new Map<string, Offer>()
  readonly #links: Links
  readonly #clock: Clock

  constructor(links: Links, clock: Clock) {
    this.#links = links
    this.#clock = clock
  }

  /**
   * Resolves when somebody got all of it.
   * @throws AppError timeout ova.not-taken; the signal's reason
   */
  async wait(plan: ExportPlan, signal: AbortSignal, progress: Offer['progress']): Promise<void> {
    let disarm = () => {}
    try {
      await new Promise<void>((resolve, reject) => {
        const late = () =>
          reject(problem('timeout', 'ova.not-taken', 'Nobody took the package within half an hour. Export the machine again.'))
        const hold = () => disarm()
        const rearm = () => {
          disarm()
          disarm = this.#clock.after(WAITS_MS, late)
        }
        rearm()
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        this.#offers.set(plan.exportId, { plan, rearm, hold, taken: resolve, progress })
      })
    } finally {
      disarm()
      this.#offers.delete(plan.exportId)
    }
  }

  /**
   * The package from its first byte; what was not taken as a whole may be taken again.
   * @throws AppError not-found ova.not-waiting, unreachable link.not-live
   */
  async take(exportId: string, signal: AbortSignal): Promise<Taken> {
    const offer = this.#offers.get(exportId)
    if (!offer) {
      throw problem('not-found', 'ova.not-waiting', 'There is no such package now: it is still being made, or it was taken, or given up.', {
        exportId,
      })
    }
    const { plan } = offer
    const keeper = this.#keeperOf(plan)
    const options = { signal, timeoutMs: READ_TIMEOUT_MS }
    const sizes = await Promise.all(plan.disks.map(({ place }) => sizeOf(keeper, plan.hostRef, place, options)))
    const machine = exportedMachine(plan, sizes)
    const parts: OvaParts = {
      name: fileStem(plan.name),
      descriptor: writeOvf(machine),
      modifiedAtMs: plan.askedAtMs,
      files: plan.disks.map(({ place }, index) => ({
        name: machine.disks[index]?.fileName ?? '',
        sizeBytes: sizes[index] ?? 0,
        open: async () => (await this.#keeperOf(plan).download(plan.hostRef, place, 0, {})).channel,
      })),
    }
    const sizeBytes = ovaSizeBytes(parts)
    offer.hold()
    const channel = channelOf(
      counted(ovaBytes(parts), (done) => offer.progress(done, sizeBytes)),
      (isWhole) => {
        if (isWhole) offer.taken()
        else offer.rearm()
      },
    )
    return { channel, sizeBytes, fileName: `${parts.name}.ova` }
  }

  #keeperOf({ connectionId, name }: ExportPlan): VolumeKeeper {
    const keeper = this.#links.current(connectionId)?.volumes
    if (keeper) return keeper
    throw problem('unreachable', 'ova.no-link', `There is no link to the host of ${name} now. It is tried again by itself.`, { name })
  }
}

async function sizeOf(
  keeper: VolumeKeeper,
  hostRef: string,
  place: ExportPlan['disks'][number]['place'],
  options: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<number> {
  const { channel, sizeBytes } = await keeper.download(hostRef, place, 0, options)
  channel.close()
  return sizeBytes
}

async function* counted(bytes: AsyncGenerator<Uint8Array, void>, see: (bytesDone: number) => void): AsyncGenerator<Uint8Array, void> {
  let done = 0
  for await (const part of bytes) {
    done += part.length
    see(done)
    yield part
  }
}
