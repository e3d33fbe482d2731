import { type Machine, settingsSchema, type Task, type TaskId } from '../../../../shared/model/index.ts'
import { machineKinds, machineRequest } from '../../machines/machine-task.ts'
import type { NewEvent } from '../../ports.ts'
import { FakeClock, settle } from '../../testing/fake-clock.ts'
import { FakeHost } from '../../testing/fake-host.ts'
import { MemoryTaskStore } from '../../testing/memory-task-store.ts'
import { TaskEngine } from '../task-engine.ts'

export const AUTHOR = { actor: 'ada', origin: 'page', reason: 'a test' }

export interface Bench {
  readonly engine: TaskEngine
  readonly store: MemoryTaskStore
  readonly host: FakeHost
  readonly clock: FakeClock
  readonly shown: Map<TaskId, Task>
  readonly events: NewEvent[]
}

/** A new process over the same store and host. */
export function boot(
  bench: Partial<Pick<Bench, 'store' | 'host' | 'clock'>> = {},
  bulkPerHost = 4,
  machines: readonly Machine[] = [],
): Bench {
  const { store = new MemoryTaskStore(), host = new FakeHost(), clock = new FakeClock() } = bench
  const shown = new Map<TaskId, Task>()
  const events: NewEvent[] = []
  const machine = (id: string) => fakeMachine(id.replace('c1.m.', ''), host.states.get(id.replace('c1.m.', '')))
  const inventory = { get: (_entity: string, id: string) => machine(id), all: () => machines }
  const engine = new TaskEngine({
    store,
    clock,
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    links: host,
    sink: { putTask: (task) => shown.set(task.id, task), removeTask: (id) => shown.delete(id) },
    events: { append: (event) => events.push(event) },
    settings: { current: () => settingsSchema.parse({ bulkPerHost }), onChange: () => () => {} },
    kinds: machineKinds(inventory as never),
  })
  return { engine, store, host, clock, shown, events }
}

export function fakeMachine(ref: string, state: Machine['state'] = 'stopped'): Machine {
  const facts = { name: ref, state, autostart: false, title: null, description: null, notes: 'old', tags: ['a'] }
  return { id: `c1.m.${ref}`, nativeRef: ref, connectionId: 'c1', hostId: 'c1.h.x', ...facts } as unknown as Machine
}

export const start = (ref: string) => machineRequest(fakeMachine(ref), { action: 'start' })
export const shutdown = (ref: string) =>
  machineRequest(fakeMachine(ref, 'running'), { action: 'shutdown', method: 'auto', deadlineMs: 60_000 })

export async function ended({ engine }: Bench, id: TaskId): Promise<Task> {
  await settle(8)
  const task = await engine.get(id)
  if (!task) throw new Error('no such task')
  return task
}
