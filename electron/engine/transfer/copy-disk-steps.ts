import type { Json } from '../../../shared/errors/index.ts'
import type { ProbeAnswer } from '../../providers/provider.ts'
import { keeperOf, takenError, volumeTakeBack, weightOf } from '../build/disk-step.ts'
import type { Step, StepContext } from '../tasks/task-kind.ts'
import { linkBack } from '../volumes/link-back.ts'
import { type CopyPorts, copyMemoSchema, DiskCopier, type DiskCopy, NOTHING_COPIED } from './copy-disk.ts'

const DAY_MS = 24 * 3_600_000
/** A terabyte over a slow line takes days. */
const COPY_TIMEOUT_MS = 7 * DAY_MS
/** Of a look around a step. */
const LOOK_PATIENCE_MS = 20_000
const TAKE_BACK_PATIENCE_MS = 10 * 60_000

/**
 * One step a disk: its bytes through the console into a volume that is made for them, resumable and proven in SHA-256; taken away again when the
 * task fails. The task's connection is the source's.
 */
export function copyDiskSteps(copies: readonly DiskCopy[], ports: CopyPorts): Step[] {
  return copies.map((copy, index) => copyStep(copy, index, ports))
}

function copyStep(copy: DiskCopy, index: number, ports: CopyPorts): Step {
  const { hostRef, place, connectionId } = copy.to
  const there = async <C extends StepContext>(context: C, patienceMs: number): Promise<C> => ({
    ...context,
    link: await linkBack(ports.links, ports.clock, connectionId, patienceMs, context.signal),
  })
  const takeBack = volumeTakeBack(hostRef, place, ports.clock)
  return {
    id: `copy-${index}`,
    weight: 2 * weightOf(copy.allocationBytes),
    timeoutMs: COPY_TIMEOUT_MS,
    cancel: 'now',
    waitsForLink: true,
    async prepare(context): Promise<Json> {
      if (context.memo !== null) return context.memo
      const keeper = keeperOf(await there(context, LOOK_PATIENCE_MS))
      if (await keeper.find(hostRef, place, { signal: context.signal })) throw takenError(place)
      return { ...NOTHING_COPIED, digests: [] }
    },
    run: (context) => new DiskCopier(ports, copy, context).run(),
    probe: ({ memo }): Promise<ProbeAnswer> =>
      Promise.resolve(memo !== null && copyMemoSchema.parse(memo).isVerified ? 'done' : 'not-done'),
    takeBack: {
      ...takeBack,
      run: async (context) => await takeBack.run(await there(context, TAKE_BACK_PATIENCE_MS)),
      probe: async (context) => await takeBack.probe(await there(context, LOOK_PATIENCE_MS)),
    },
  }
}
