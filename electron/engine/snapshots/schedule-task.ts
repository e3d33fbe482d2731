import { z } from 'zod'
import { isAppError } from '../../../shared/errors/index.ts'
import { type SnapshotSchedule, snapshotOperationSchema, snapshotScheduleSchema } from '../../../shared/model/index.ts'
import type { SnapshotKeeper } from '../../providers/provider.ts'
import type { DefinitionHistory } from '../hardware/definition-history.ts'
import type { RunContext, Step, TaskKind, TaskRequest } from '../tasks/task-kind.ts'
import { expired } from './retention.ts'
import { keeperOf, redefining, snapshotStep, snapshotTargetSchema, type TargetMachine, targetOf } from './snapshot-task.ts'

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
export function scheduledKind(history?: DefinitionHistory): TaskKind {
  return {
    kind: SCHEDULED_KIND,
    steps: (json) => {
      const plan = planSchema.parse(json)
      return [createStep(plan, history), pruneStep(plan, history)]
    },
  }
}

function createStep({ ref, machineId, name, kind, freeze, tag, scheduleId }: Plan, history: DefinitionHistory | undefined): Step {
  const operation = snapshotOperationSchema.parse({ operation: 'create', name, kind, freeze, tags: [tag] })
  if (operation.operation !== 'create') throw new TypeError('not reached: it was parsed as one')
  // nothing is lost by one more snapshot, whatever the tree is by now
  const terms = async ({ link, signal }: Pick<RunContext, 'link' | 'signal'>) => {
    const { revision } = await keeperOf(link).tree(ref, { signal })
    return { revision, acceptsLosses: false, scheduleId }
  }
  return snapshotStep({ ref, machineId }, operation, terms, history)
}

function pruneStep(plan: Plan, history: DefinitionHistory | undefined): Step {
  const { ref, scheduleId: id, tag, keep } = plan
  return {
    id: 'pruneSnapshots',
    weight: 1,
    timeoutMs: DAY_MS,
    cancel: 'now',
    keepsOthers: true,
    run: async (context) => await prune(plan, context, history),
    async probe({ link, signal }) {
      const { snapshots } = await keeperOf(link).tree(ref, { signal })
      return expired(snapshots, { id, tag, keep }).length === 0 ? 'done' : 'not-done'
    },
  }
}

/** One after the other, each by a plan of its own: what cannot go without a loss stays, and the next run tries again. */
async function prune(plan: Plan, context: RunContext, history: DefinitionHistory | undefined): Promise<void> {
  const { ref, machineId, scheduleId: id, tag, keep } = plan
  const { link, signal, progress: onProgress } = context
  const keeper = keeperOf(link)
  const { snapshots } = await keeper.tree(ref, { signal })
  for (const { name } of expired(snapshots, { id, tag, keep })) {
    const operation = { operation: 'delete', name } as const
    const { revision } = await keeper.tree(ref, { signal })
    if (!(await goesWithoutLoss(keeper, ref, operation, signal))) continue
    try {
      const act = () => keeper.act(ref, operation, revision, { signal, onProgress, acceptsLosses: false })
      await redefining(history, { ref, machineId }, operation, context, act)
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
