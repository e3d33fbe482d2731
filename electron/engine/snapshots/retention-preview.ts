import type { MachineId, Retention, SnapshotOperation, SnapshotPlan, SnapshotSchedule, SnapshotTree } from '../../../shared/model/index.ts'
import { explained } from './retention.ts'
import { nextTimeMs } from './schedule-times.ts'

/** Times that are shown before somebody decides. */
const SHOWN_TIMES = 3
/** Deletions that are looked into; more go at once only after a rule has become much stricter. */
const MOST_PLANS = 12

interface Looks {
  tree(machineId: MachineId, signal: AbortSignal): Promise<SnapshotTree>
  plan(machineId: MachineId, operation: SnapshotOperation, signal: AbortSignal): Promise<SnapshotPlan>
}

export type PreviewedSchedule = Pick<SnapshotSchedule, 'id' | 'every' | 'tag' | 'keep'>

/** The next three times of a schedule, which need not be kept. */
export function nextTimes(every: SnapshotSchedule['every'], nowMs: number): number[] {
  const times: number[] = []
  for (let atMs = nowMs; times.length < SHOWN_TIMES; times.push(atMs)) atMs = nextTimeMs(every, atMs)
  return times
}

/** What the next run of a schedule would keep of a machine's snapshots, the one that it takes among them. Only reads. */
export async function previewRetention(
  looks: Looks,
  machineId: MachineId,
  schedule: PreviewedSchedule,
  nowMs: number,
  signal: AbortSignal,
): Promise<Retention> {
  const { snapshots } = await looks.tree(machineId, signal)
  const nextAtMs = nextTimes(schedule.every, nowMs)
  const [comingAtMs = nowMs] = nextAtMs
  const coming = { name: null, createdAtMs: comingAtMs, scheduleId: schedule.id, tags: [schedule.tag] }
  const rows = explained(
    [coming, ...snapshots.map(({ name, createdAtMs, scheduleId, tags }) => ({ name, createdAtMs, scheduleId, tags }))],
    schedule,
  )
  // the oldest go first
  const goes = rows.flatMap(({ snapshot: { name }, keptBy }) => (name !== null && keptBy.length === 0 ? [name] : [])).toReversed()
  const plans = new Map<string, SnapshotPlan>()
  for (const name of goes.slice(0, MOST_PLANS)) plans.set(name, await looks.plan(machineId, { operation: 'delete', name }, signal))
  return {
    nextAtMs,
    snapshots: rows.map(({ snapshot: { name, createdAtMs: atMs }, keptBy }) => {
      const plan = name === null ? undefined : plans.get(name)
      const stays = plan?.reason ?? plan?.losses[0] ?? null
      return { name, atMs, keptBy, stays, freesBytes: stays === null ? (plan?.freesBytes ?? null) : null }
    }),
  }
}
