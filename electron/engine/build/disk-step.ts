import { AppError, isAppError, type Json, toAppError } from '../../../shared/errors/index.ts'
import type { MachineId } from '../../../shared/model/index.ts'
import type { ActOptions, Clock, VolumeKeeper } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import { delay } from '../tasks/deadline.ts'
import type { Step, StepContext, TakeBack } from '../tasks/task-kind.ts'
import type { BuildPlan, DiskPlan } from './plan.ts'

const HOUR_MS = 3_600_000
/** A slow disk copies a terabyte in some hours. */
const COPY_TIMEOUT_MS = 12 * HOUR_MS
const LOOK_AGAIN_MS = 2_000
const MEBIBYTE = 1_048_576

export interface BuildPorts {
  readonly inventory: InventoryReader
  readonly clock: Clock
}

/** Makes the disk number `index`. What lies there already is somebody else's, unless an earlier attempt of the same task began it. */
export function diskStep(
  plan: Pick<BuildPlan, 'hostRef' | 'sourceId'>,
  disk: DiskPlan,
  index: number,
  { inventory, clock }: BuildPorts,
): Step {
  const { hostRef } = plan
  const { place, request } = disk
  return {
    id: `disk-${index}`,
    weight: weightOf(disk.bytes),
    timeoutMs: COPY_TIMEOUT_MS,
    cancel: 'now',
    waitsForLink: true,
    async prepare({ link, signal, memo }) {
      if (memo !== null) return AGAIN
      if (await keeperOf({ link }).find(hostRef, place, { signal })) throw takenError(place)
      return FIRST
    },
    async run({ link, signal, memo, progress }) {
      const keeper = keeperOf({ link })
      refuseStarted(plan.sourceId, inventory)
      const begun = isAgain(memo) ? await settled(keeper, hostRef, place, clock, signal) : null
      if (begun === null) await make(keeper, hostRef, disk, { signal, onProgress: progress })
      else if (request.capacityBytes !== null && begun.capacityBytes < request.capacityBytes) {
        await keeper.resize(hostRef, place, request.capacityBytes, { signal })
      }
      refuseStarted(plan.sourceId, inventory)
    },
    takeBack: volumeTakeBack(hostRef, place, clock),
    async probe({ link, signal }) {
      const found = await keeperOf({ link }).find(hostRef, place, { signal })
      const isThere = found?.isWhole && (request.capacityBytes === null || found.capacityBytes >= request.capacityBytes)
      return isThere ? 'done' : 'not-done'
    },
  }
}

function make(keeper: VolumeKeeper, hostRef: string, { place, request }: DiskPlan, options: ActOptions): Promise<void> {
  if (request.kind !== 'convert') return keeper.create(hostRef, place, request, options)
  const { path, sourceFormat, format, snapshot } = request
  return keeper.convert(hostRef, place, { from: { path }, sourceFormat, format, isOwnDisk: true, snapshot }, options)
}

/** Of {@link VolumeKeeper.remove}. */
const IN_USE = 'volume.in-use'

const FIRST: Json = { again: false }
const AGAIN: Json = { again: true }
const isAgain = (memo: Json) => (memo as { readonly again?: boolean } | null)?.again === true

/** The volume once nobody writes it any more; null: there is none. */
export async function settled(keeper: VolumeKeeper, hostRef: string, place: DiskPlan['place'], clock: Clock, signal: AbortSignal) {
  for (;;) {
    const found = await keeper.find(hostRef, place, { signal })
    if (!found || found.isWhole) return found
    await delay(clock, LOOK_AGAIN_MS, signal)
  }
}

/**
 * Removes a volume that a step has made, but never one that a machine's definition names: the keeper looks at them as they are now, where what is
 * known of a volume may still name a machine that has just left.
 */
export function volumeTakeBack(hostRef: string, place: DiskPlan['place'], clock: Clock): TakeBack {
  return {
    what: `${place.pool}/${place.volume}`,
    timeoutMs: HOUR_MS,
    async run({ link, signal }) {
      const keeper = keeperOf({ link })
      for (;;) {
        const found = await keeper.find(hostRef, place, { signal })
        try {
          // also where there seems to be none: the rest of a copy that broke off counts as none, and is in the way
          await keeper.remove(hostRef, place, { signal })
          return
        } catch (thrown) {
          if (isAppError(thrown) && thrown.kind === 'not-found') return
          // a host that still copies into it lets go of it when the copy has ended
          if (!found || found.isWhole || toAppError(thrown).code === IN_USE) throw thrown
        }
        await delay(clock, LOOK_AGAIN_MS, signal)
      }
    },
    probe: async ({ link, signal }) => ((await keeperOf({ link }).find(hostRef, place, { signal })) ? 'not-done' : 'done'),
  }
}

export const weightOf = (bytes: number) => Math.max(1, Math.round(bytes / MEBIBYTE))

/** Disks of a machine that runs change while they are copied. Throws `precondition` build.source-started. */
export function refuseStarted(sourceId: MachineId | null, inventory: InventoryReader): void {
  const source = sourceId === null ? undefined : inventory.get('machine', sourceId)
  if (!source || !isBusyState(source.state)) return
  throw new AppError({
    kind: 'precondition',
    code: 'build.source-started',
    message: `${source.name} was started while its disks were copied, so the copy may be torn. Shut it down and try again.`,
    details: { name: source.name },
  })
}

/** Whether the disks of a machine in that state may be written to. */
export function isBusyState(state: string): boolean {
  return state !== 'stopped' && state !== 'crashed' && state !== 'saved'
}

export function keeperOf({ link }: Pick<StepContext, 'link'>): VolumeKeeper {
  if (link?.volumes) return link.volumes
  throw noBuilderError()
}

export function noBuilderError(): AppError {
  return new AppError({
    kind: 'unsupported',
    code: 'build.unsupported',
    message: 'This kind of connection cannot make machines.',
  })
}

export function takenError(place: DiskPlan['place']): AppError {
  return new AppError({
    kind: 'conflict',
    code: 'build.volume-taken',
    message: `The pool ${place.pool} has a volume ${place.volume} already. Make the machine again: another name is chosen.`,
    details: { pool: place.pool, volume: place.volume },
  })
}
