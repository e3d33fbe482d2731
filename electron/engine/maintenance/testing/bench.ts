import { type ConnectionId, type HostId, isClosedHost, migrationSpecSchema, settingsSchema } from '../../../../shared/model/index.ts'
import type { KeyValueStore } from '../../../store/store.ts'
import { DefinitionHistory } from '../../hardware/definition-history.ts'
import { Inventory } from '../../inventory/inventory.ts'
import { machineKinds } from '../../machines/machine-task.ts'
import { LiveMoves } from '../../migration/live-moves.ts'
import { moveKind } from '../../migration/move-kind.ts'
import { moveRequest } from '../../migration/move-plan.ts'
import { OnTheWay } from '../../migration/on-the-way.ts'
import { lookBefore, type PreflightPorts } from '../../migration/preflight.ts'
import type { NewEvent } from '../../ports.ts'
import { TaskEngine } from '../../tasks/task-engine.ts'
import { TaskHistory } from '../../tasks/task-history.ts'
import { aConnection, aWorkspace } from '../../testing/entities.ts'
import { putHost } from '../../testing/facts.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { MemoryDefinitionStore } from '../../testing/memory-definition-store.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { MaintenanceBook } from '../maintenance-book.ts'
import { MaintenanceService } from '../maintenance-service.ts'
import { MaintenanceSettling } from '../settling.ts'
import { FakeMovers } from './fake-movers.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: 'new fans' }
export const H1 = 'c1.h.h1' as HostId
export const H2 = 'c2.h.h2' as HostId
export const H3 = 'c3.h.h3' as HostId
export const GIB = 1_048_576

export class MemoryValues implements KeyValueStore {
  readonly values = new Map<string, unknown>()
  get: KeyValueStore['get'] = async (key) => this.values.get(key) as Awaited<ReturnType<KeyValueStore['get']>>
  set: KeyValueStore['set'] = async (key, value) => {
    this.values.set(key, structuredClone(value))
  }
  remove: KeyValueStore['remove'] = async (key) => {
    this.values.delete(key)
  }
}

interface Before {
  readonly clock: FakeClock
  readonly movers: FakeMovers
  readonly store: MemoryTaskStore
  readonly kept: MemoryValues
}

/** Three hosts with 8 GiB free each, and the engine's part for their maintenance; given what was before, another process over the same. */
export async function boot(before?: Before) {
  const { clock, movers, store, kept } = before ?? {
    clock: new FakeClock(),
    movers: new FakeMovers(),
    store: new MemoryTaskStore(),
    kept: new MemoryValues(),
  }
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  for (const id of ['c1', 'c2', 'c3']) {
    inventory.publish('connection', aConnection(id, { freshness: { state: 'live' }, status: 'online' }))
    const hosts = [putHost(`h${id.slice(1)}`, { memoryFreeKiB: 8 * GIB })]
    inventory.applyChanges(id as ConnectionId, hosts, { state: 'live' })
  }
  movers.tell(inventory)
  const events: NewEvent[] = []
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const sink = { append: (event: NewEvent) => events.push(event) }
  const book = new MaintenanceBook({ kept, inventory, log })
  const live = new LiveMoves(clock)
  const onTheWay = new OnTheWay({ inventory, live })
  const ports: PreflightPorts = {
    inventory,
    links: movers,
    clock,
    busyWith: (id) => tasks.busyWith(id),
    isInMaintenance: (id) => isClosedHost(inventory.get('host', id)),
    measured: () => null,
    records: async () => [],
    onTheWay,
    writesOf: () => undefined,
  }
  const history = new DefinitionHistory({ store: new MemoryDefinitionStore(), clock, log })
  const tasks: TaskEngine = new TaskEngine({
    store,
    clock,
    log,
    links: movers,
    sink: inventory,
    events: sink,
    settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} },
    kinds: [
      ...machineKinds(inventory),
      moveKind({ ...ports, onTheWay, writes: { moved: () => {} }, live, events: sink, history, record: async () => {} }),
    ],
    atOnce: (hostId) => book.atOnce(hostId),
  })
  const past = new TaskHistory(store, (id) => tasks.current(id), inventory, clock)
  const look = (...[wish, signal]: [Parameters<typeof lookBefore>[1], AbortSignal]) => lookBefore(ports, wish, signal)
  const service = new MaintenanceService({ inventory, links: movers, clock, book, events: sink, onTheWay, look, tasks })
  const settling = new MaintenanceSettling({
    book,
    inventory,
    events: sink,
    log,
    task: (id) => tasks.get(id),
    children: (id) => past.all(id),
    goOn: (...order) => service.goOn(...order),
  })
  await book.start()
  await tasks.start()
  await settling.start()
  const stop = async () => {
    await tasks.stop()
    await settling.stop()
    await book.stop()
  }
  /** Until everything that was begun has come to its end, with the time that waiting takes. */
  const quiet = async () => {
    for (let rounds = 0; rounds < 40; rounds += 1) {
      await clock.advance(500)
      await settle(12)
    }
  }
  /** By somebody's own hand. */
  const moveOne = async (machineId: string, targetHostId: HostId) => {
    const spec = migrationSpecSchema.parse({ machineId, targetHostId, mode: 'live' })
    return await tasks.submit(moveRequest(await lookBefore(ports, spec, new AbortController().signal), true), AUTHOR)
  }
  return { moveOne, clock, movers, store, kept, inventory, events, book, tasks, service, stop, quiet }
}

export type Bench = Awaited<ReturnType<typeof boot>>

/** Moves that wait until they are let go. */
export function held({ movers }: Pick<Bench, 'movers'>) {
  const waiting: Array<() => void> = []
  movers.script = (_ref, _from, _to, signal) =>
    new Promise((resolve, reject) => {
      waiting.push(resolve)
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
  return {
    waiting,
    release: () => {
      movers.script = async () => {}
      for (const go of waiting.splice(0)) go()
    },
  }
}
