import { z } from 'zod'
import { keeperOf, settled, takenError, volumeTakeBack, weightOf } from '../build/disk-step.ts'
import type { Step } from '../tasks/task-kind.ts'
import type { CopyPorts } from './copy-disk.ts'
import type { TransferTask } from './transfer-task.ts'

const DAY_MS = 24 * 3_600_000

export const flattenMemoSchema = z.object({
  again: z.boolean(),
  /** Of the disk when it was begun to be made whole; null: not known. */
  version: z.string().nullable().default(null),
})

export const flattenStepId = (index: number): string => `flatten-${index}`

/** A disk that stands on another image, or has its own way of lying in its file, as one file of its own. */
export function flattenStep(
  { sourceHostRef: hostRef }: Pick<TransferTask, 'sourceHostRef'>,
  { from, sourceFormat, place, bytes, format = 'qcow2' }: TransferTask['flattened'][number],
  index: number,
  { clock }: Pick<CopyPorts, 'clock'>,
): Step {
  return {
    id: flattenStepId(index),
    weight: weightOf(bytes),
    timeoutMs: DAY_MS,
    cancel: 'now',
    waitsForLink: true,
    async prepare({ link, signal, memo }) {
      if (memo !== null) return { ...flattenMemoSchema.parse(memo), again: true }
      if (await keeperOf({ link }).find(hostRef, place, { signal })) throw takenError(place)
      return { again: false, version: null }
    },
    async run({ link, signal, memo, progress, remember }) {
      const keeper = keeperOf({ link })
      const { again } = flattenMemoSchema.parse(memo)
      if (again && (await settled(keeper, hostRef, place, clock, signal))) return
      const { version } = await keeper.state(hostRef, from, { signal })
      await remember({ again, version })
      await keeper.convert(hostRef, place, { from, sourceFormat, format, isOwnDisk: true }, { signal, onProgress: progress })
    },
    takeBack: volumeTakeBack(hostRef, place, clock),
    probe: async ({ link, signal }) => ((await keeperOf({ link }).find(hostRef, place, { signal }))?.isWhole ? 'done' : 'not-done'),
  }
}
