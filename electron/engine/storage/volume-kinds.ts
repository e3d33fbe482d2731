import { z } from 'zod'
import { DISK_FORMATS, volumePlaceSchema } from '../../../shared/model/index.ts'
import type { Step, TaskKind } from '../tasks/task-kind.ts'
import { keeperOf } from '../volumes/volume-places.ts'
import { findPlaced, making, type Placed, placedSchema, type UseJudge } from '../volumes/volume-tasks.ts'
import type { FactsMemory } from './facts-memory.ts'
import { storageOf } from './storage-links.ts'

const createSchema = placedSchema.extend({ format: z.enum(DISK_FORMATS), capacityBytes: z.number().int() })
const cloneSchema = placedSchema.extend({ from: volumePlaceSchema, format: z.enum(DISK_FORMATS) })
const resizeSchema = placedSchema.extend({ capacityBytes: z.number().int() })

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** What is done to volumes besides bringing files in and deleting them. */
export function storageVolumeKinds(others: UseJudge): TaskKind[] {
  return [
    {
      kind: 'volume.create',
      steps: (json) => {
        const plan = createSchema.parse(json)
        const { hostRef, place, format, capacityBytes } = plan
        return [
          making('createVolume', plan, (keeper, options) =>
            keeper.create(hostRef, place, { kind: 'empty', format, capacityBytes }, options),
          ),
        ]
      },
    },
    {
      kind: 'volume.clone',
      steps: (json) => {
        const plan = cloneSchema.parse(json)
        const { hostRef, place, from, format } = plan
        return [
          making('cloneVolume', plan, (keeper, options) =>
            keeper.create(hostRef, place, { kind: 'copy', format, from, capacityBytes: null }, options),
          ),
        ]
      },
    },
    { kind: 'volume.resize', steps: (json) => [resizing(resizeSchema.parse(json))] },
    { kind: 'volume.wipe', steps: (json) => [wiping(placedSchema.parse(json), others)] },
  ]
}

function resizing({ hostRef, place, capacityBytes }: z.infer<typeof resizeSchema>): Step {
  return {
    id: 'resizeVolume',
    weight: 1,
    timeoutMs: HOUR_MS,
    cancel: 'never',
    run: ({ link, signal, progress: onProgress }) => keeperOf(link).resize(hostRef, place, capacityBytes, { signal, onProgress }),
    async probe(context) {
      const found = await findPlaced({ hostRef, place }, context)
      return found && found.capacityBytes >= capacityBytes ? 'done' : 'not-done'
    },
  }
}

function wiping(plan: Placed, others: UseJudge): Step {
  const { hostRef, place } = plan
  return {
    id: 'wipeVolume',
    weight: 1,
    timeoutMs: DAY_MS,
    cancel: 'never',
    async run({ link, signal, progress: onProgress }) {
      const keeper = storageOf(link)
      await others.needUnused(plan, keeper, signal)
      await keeper.wipe(hostRef, place, { signal, onProgress })
    },
    // A volume that is half overwritten looks like any other.
    probe: async (context) => ((await findPlaced({ hostRef, place }, context)) === null ? 'not-done' : 'unknown'),
  }
}

const ofPoolSchema = placedSchema.pick({ poolId: true })

/** The same kinds: when one of their tasks has ended, what was known of its pool is read anew. */
export function forgetting(kinds: readonly TaskKind[], memory: FactsMemory): TaskKind[] {
  return kinds.map((kind) => ({
    ...kind,
    ended: async (plan) => {
      memory.forget(ofPoolSchema.parse(plan).poolId)
      await kind.ended?.(plan)
    },
  }))
}
