import { z } from 'zod'
import { isAppError } from '../../../shared/errors/index.ts'
import { type SnapshotSchedule, snapshotOperationSchema, snapshotScheduleSchema } from '../../../shared/model/index.ts'
import type { SnapshotKeeper } from '../../providers/provider.ts'
import type { RunContext, Step, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { expired } from './retention.ts'
import { keeperOf, snapshotStep, snapshotTargetSchema, type TargetMachine, targetOf } from './snapshot-task.ts'

export const SCHEDULED_KIND = 'machine.scheduledSnapshot'

const planSchema = snapshotTargetSchema.extend({
  scheduleId: z.string(),
  name: z.string(),
  ...snapshotScheduleSchema.pick({ kind: true, freeze: true, tag: true, keep: true }).shape,
})
type Plan = z.infer<typeof planSchema>

const DAY_MS = 24 * 3_600_000

export function scheduledRequest(machine: TargetMachine, schedule: SnapshotSchedule, atMs: number): TaskRequest {
  const { id: scheduleId, kind, freeze, tag, keep } = schedule
  const stem = tag.replaceAll(/[^\p{L}\p{N}_-]/gu, '-').replace(/^-+/, '')
  const name = `${stem === '' ? 'snapshot' : stem}-${stampOf(atMs)}`
  return {
    kind: SCHEDULED_KIND,
    plan: { ...targetOf(machine), scheduleId, name, kind, freeze, tag, keep },
    params: { schedule: schedule.name, name, kind, freeze },
    target: { entity: 'machine', id: machine.id, name: machine.name },
    connectionId: machine.connectionId,
    hostId: machine.hostId,
  }
}

/** `20260102-0415`, in this computer's own time zone. */
function stampOf(atMs: number): string {
  const at = new Date(atMs)
  const two = (value: number) => String(value).padStart(2, '0')
  return `${at.getFullYear()}${two(at.getMonth() + 1)}${two(at.getDate())}-${two(at.getHours())}${two(at.getMinutes())}`
}

/** A snapshot by the clock, and after it the end of those that are not kept any longer. */
export function scheduledKind(): TaskKind {
  return {
    kind: SCHEDULED_KIND,
    steps: (json) => {
      const plan = planSchema.parse(json)
      return [createStep(plan), pruneStep(plan)]
    },
  }
}

function createStep({ ref, name, kind, freeze, tag, scheduleId }: Plan): Step {
  const operation = snapshotOperationSchema.parse({ operation: 'create', name, kind, freeze, tags: [tag] })
  if (operation.operation !== 'create') throw new TypeError('not reached: it was parsed as one')
  // nothing is lost by one more snapshot, whatever the tree is by now
  return snapshotStep(ref, operation, async ({ link, signal }) => {
    const { revision } = await keeperOf(link).tree(ref, { signal })
    return { revision, acceptsLosses: false, scheduleId }
  })
}

function pruneStep(plan: Plan): Step {
  const { ref, scheduleId: id, tag, keep } = plan
  return {
    id: 'pruneSnapshots',
    weight: 1,
    timeoutMs: DAY_MS,
    cancel: 'now',
    keepsOthers: true,
    run: async (context) => await prune(plan, context),
    async probe({ link, signal }) {
      const { snapshots } = await keeperOf(link).tree(ref, { signal })
      return expired(snapshots, { id, tag, keep }).length === 0 ? 'done' : 'not-done'
    },
  }
}

/** One after the other, each by a plan of its own: what cannot go without a loss stays, and the next run tries again. */
async function prune({ ref, scheduleId: id, tag, keep }: Plan, { link, signal, progress: onProgress }: RunContext): Promise<void> {
  const keeper = keeperOf(link)
  const { snapshots } = await keeper.tree(ref, { signal })
  for (const { name } of expired(snapshots, { id, tag, keep })) {
    const operation = { operation: 'delete', name } as const
    const { revision } = await keeper.tree(ref, { signal })
    if (!(await goesWithoutLoss(keeper, ref, operation, signal))) continue
    try {
      await keeper.act(ref, operation, revision, { signal, onProgress, acceptsLosses: false })
    } catch (thrown) {
      // refused a moment later after all, or somebody was quicker: it is left as it is
      if (!isAppError(thrown) || (thrown.kind !== 'precondition' && thrown.kind !== 'conflict')) throw thrown
    }
  }
}

async function goesWithoutLoss(
  keeper: SnapshotKeeper,
  ref: string,
  operation: { readonly operation: 'delete'; readonly name: string },
  signal: AbortSignal,
): Promise<boolean> {
  const { reason, losses } = await keeper.plan(ref, operation, { signal })
  return reason === null && losses.length === 0
}
