import { type ConnectionId, type Machine, settingsSchema } from '../../../../shared/model/index.ts'
import type { ProviderConnection } from '../../../providers/provider.ts'
import type { KeyValueStore } from '../../../store/store.ts'
import { Inventory } from '../../inventory/inventory.ts'
import type { NewEvent } from '../../ports.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { aConnection, aWorkspace } from '../../testing/entities.ts'
import { putHost, putMachine } from '../../testing/facts.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { MemoryValues } from '../../testing/memory-values.ts'
import { ScheduleService } from '../schedule-service.ts'
import { scheduledKind } from '../schedule-task.ts'
import { SnapshotService } from '../snapshot-service.ts'
import { snapshotKind } from '../snapshot-task.ts'
import { FakeKeeper } from './fake-keeper.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
export const WEB = 'c1.m.web' as Machine['id']

interface Before {
  readonly clock?: FakeClock
  readonly keeper?: FakeKeeper
  readonly store?: MemoryTaskStore
  readonly kept?: KeyValueStore
  readonly noted?: KeyValueStore
}

/** An engine's part for snapshots, over a host in memory; given what was before, another process over the same. */
export function boot(before: Before = {}) {
  const { clock = new FakeClock(), keeper = new FakeKeeper(), store = new MemoryTaskStore() } = before
  const { kept = new MemoryValues(), noted = new MemoryValues() } = before
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1', { freshness: { state: 'live' }, status: 'online' }))
  inventory.applyChanges('c1' as ConnectionId, [putHost('h'), putMachine('web', 'h'), putMachine('db', 'h')], { state: 'live' })
  keeper.nowMs = () => clock.nowMs()
  const link = { snapshots: keeper } as unknown as ProviderConnection
  const links = { current: () => link, onChange: () => () => {} }
  const events: NewEvent[] = []
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const sink = { append: (event: NewEvent) => events.push(event) }
  const tasks = new TaskEngine({
    store,
    clock,
    log,
    links,
    sink: inventory,
    events: sink,
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: [snapshotKind(), scheduledKind()],
  })
  const cloned: string[] = []
  const service = new SnapshotService({
    inventory,
    links,
    clock,
    tasks,
    cloneFrom: async (_id, { as }) => {
      cloned.push(as)
      return 't-clone' as never
    },
  })
  const schedules = new ScheduleService({
    inventory,
    select: (query) => [...inventory.all('machine')].filter(({ name }) => query === 'all' || query === name),
    tasks,
    history: store,
    kept,
    noted,
    events: sink,
    clock,
    log,
  })
  return { clock, keeper, store, kept, noted, inventory, tasks, service, schedules, events, cloned }
}
