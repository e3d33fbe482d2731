import { type PlannedMove, plannedMoveSchema } from '../../../../../shared/model/index.ts'
import { MACHINE, TARGET } from '../../wizard/testing/migrate-fixture.ts'

/** web-1 to kvm-02, on 2 June 2037 from 02:30 to 04:00 by the clocks here. */
export function aPlan(change: Partial<PlannedMove> = {}): PlannedMove {
  const local = (hour: number, minute = 0) => new Date(2037, 5, 2, hour, minute).getTime()
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone
  return plannedMoveSchema.parse({
    id: 'plan-1',
    moves: [{ spec: { machineId: MACHINE, targetHostId: TARGET, mode: 'live' }, name: 'web-1', to: 'kvm-02', accepted: [] }],
    when: { kind: 'window', fromMs: local(2, 30), untilMs: local(4), zone },
    atOnce: 1,
    actor: 'maja',
    origin: 'page',
    reason: null,
    plannedAtMs: Date.now(),
    state: 'planned',
    tried: null,
    sinceMs: Date.now(),
    taskId: null,
    why: null,
    stayed: [],
    ...change,
  })
}
