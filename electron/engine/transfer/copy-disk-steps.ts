import type { AppError, Json } from '../../../shared/errors/index.ts'
import type { ConnectionId } from '../../../shared/model/index.ts'
import type { ExportedDisk, ProbeAnswer, ProviderConnection } from '../../providers/provider.ts'
import { keeperOf, takenError, volumeTakeBack, weightOf } from '../build/disk-step.ts'
import type { Step, StepContext, TakeBack } from '../tasks/task-kind.ts'
import { linkBack } from '../volumes/link-back.ts'
import { freezeStepId, frozenMemoSchema, importsOf, NOT_FROZEN } from './copy-cloud-ends.ts'
import { type CopyPorts, copyMemoSchema, DiskCopier, NOTHING_COPIED } from './copy-disk.ts'
import type { AnyCopy, ImportedEnd, VolumeEnd } from './copy-plans.ts'

const DAY_MS = 24 * 3_600_000
/** A terabyte over a slow line takes days. */
const COPY_TIMEOUT_MS = 7 * DAY_MS
/** Of a look around a step. */
const LOOK_PATIENCE_MS = 20_000
const TAKE_BACK_PATIENCE_MS = 10 * 60_000

/**
 * One step a disk: its bytes through the console into what is made for them, resumable and proven in SHA-256 or by the cloud's own checksum; taken
 * away again when the task fails. The task's connection is the source's.
 */
export function copyDiskSteps(copies: readonly AnyCopy[], ports: CopyPorts): Step[] {
  return copies.map((copy, index) => copyStep(copy, index, ports))
}

export const copyStepId = (index: number): string => `copy-${index}`

interface Made {
  /** Throws when somebody else has it already. */
  readonly refuseTaken: (context: StepContext) => Promise<void>
  readonly takeBack: TakeBack
}

function copyStep(copy: AnyCopy, index: number, ports: CopyPorts): Step {
  const { from, to } = copy
  const made = 'place' in to ? volumeAt(to, ports) : importAt(to, ports)
  const isOfCloud = !('place' in from && 'place' in to)
  return {
    id: copyStepId(index),
    weight: 2 * weightOf(copy.allocationBytes),
    timeoutMs: COPY_TIMEOUT_MS,
    cancel: 'now',
    waitsForLink: true,
    async prepare(context): Promise<Json> {
      if (context.memo !== null) return context.memo
      await made.refuseTaken(context)
      return { ...NOTHING_COPIED, digests: [] }
    },
    run: (context) => new DiskCopier(ports, copy, context, frozenIn(context.memos.get(freezeStepId(index)))).run(),
    probe: ({ memo }): Promise<ProbeAnswer> =>
      Promise.resolve(memo !== null && copyMemoSchema.parse(memo).isVerified ? 'done' : 'not-done'),
    takeBack: made.takeBack,
    // it has been tried for minutes: what is there by then is not thrown away for a line that is down
    ...(isOfCloud && { puzzles: (error: AppError) => error.kind === 'unreachable' || isAccountAway(error) }),
  }
}

/** What stands still of a disk of a cloud, from the step that asked for it. */
function frozenIn(memo: Json | undefined): ExportedDisk | null {
  const { handle, sizeBytes } = frozenMemoSchema.parse(memo ?? NOT_FROZEN)
  return handle === null || sizeBytes === null ? null : { handle, sizeBytes }
}

/** Credentials that have expired are a person's to renew: what is there by then stays, and it goes on behind it. */
export function isAccountAway({ kind, code }: AppError): boolean {
  return kind === 'unauthenticated' || code === 'volume.no-link'
}

/** With the link of another connection than the task's. */
export function atLink({ links, clock }: Pick<CopyPorts, 'links' | 'clock'>, connectionId: ConnectionId) {
  return async <C extends StepContext>(context: C, patienceMs: number): Promise<C & { readonly link: ProviderConnection }> => ({
    ...context,
    link: await linkBack(links, clock, connectionId, patienceMs, context.signal),
  })
}

function volumeAt({ hostRef, place, connectionId }: VolumeEnd, ports: CopyPorts): Made {
  const there = atLink(ports, connectionId)
  const takeBack = volumeTakeBack(hostRef, place, ports.clock)
  return {
    async refuseTaken(context) {
      const keeper = keeperOf(await there(context, LOOK_PATIENCE_MS))
      if (await keeper.find(hostRef, place, { signal: context.signal })) throw takenError(place)
    },
    takeBack: {
      ...takeBack,
      run: async (context) => await takeBack.run(await there(context, TAKE_BACK_PATIENCE_MS)),
      probe: async (context) => await takeBack.probe(await there(context, LOOK_PATIENCE_MS)),
    },
  }
}

/** What the cloud took is found by its token, which nobody else has. */
function importAt({ connectionId, placeRef, token, disk }: ImportedEnd, ports: CopyPorts): Made {
  const there = atLink(ports, connectionId)
  return {
    refuseTaken: () => Promise.resolve(),
    takeBack: {
      what: disk.name,
      timeoutMs: 60 * 60_000,
      async run(context) {
        const { signal } = context
        const imports = importsOf((await there(context, TAKE_BACK_PATIENCE_MS)).link)
        const handle = await imports.begun(placeRef, token, { signal })
        if (handle !== null) await imports.discard(handle, { signal })
      },
      async probe(context) {
        const imports = importsOf((await there(context, LOOK_PATIENCE_MS)).link)
        return (await imports.begun(placeRef, token, { signal: context.signal })) === null ? 'done' : 'not-done'
      },
    },
  }
}
