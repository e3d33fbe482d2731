import { type Task, taskSchema } from '../../../shared/model/index.ts'

/** A task as the engine sends it, with what a test is about changed. */
export function makeTask(change: Partial<Record<keyof Task, unknown>> = {}): Task {
  return taskSchema.parse({
    id: 't1',
    parentId: null,
    revision: 1,
    kind: 'machine.start',
    params: {},
    target: { entity: 'machine', id: 'm1', name: 'web-01' },
    connectionId: null,
    actor: 'ada',
    origin: 'page',
    reason: null,
    state: 'running',
    steps: [],
    progress: { fraction: 0.42, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
    createdAtMs: 1_000,
    startedAtMs: 1_000,
    endedAtMs: null,
    error: null,
    offers: [],
    undoable: false,
    children: null,
    ...change,
  })
}
