import type { MigrationLive, MoveParams, Task } from '../../../shared/model/index.ts'
import { host, task } from './fleet-fixture.ts'

type Step = Task['steps'][number]

const between = (low: number, high: number) => ({ low, likely: (low + high) / 2, high })

/** What the task of a move says of it: from the first to the second host of the fleet, with a disk that is copied. */
export function moveParams(change: Partial<MoveParams> = {}): MoveParams {
  return {
    mode: 'live',
    control: 'client',
    sourceHostId: host(1).id,
    targetHostId: host(2).id,
    from: 'kvm-01',
    to: 'kvm-02',
    copied: 1,
    bandwidthBytesPerS: null,
    maxDowntimeMs: null,
    prediction: {
      madeAtMs: 1,
      totalMs: between(41_000, 58_000),
      downtimeMs: between(90, 240),
      dataBytes: between(9_000_000_000, 10_000_000_000),
      memoryBytes: 8_000_000_000,
      diskBytes: 1_300_000_000,
      passes: 3,
      converges: true,
      dirtyBytesPerS: 78_000_000,
      bandwidthBytesPerS: 228_000_000,
      bandwidthFrom: 'measured',
      learnedFrom: { pair: 7, all: 30 },
    },
    ...change,
  }
}

/** The steps of a move, in the states given. */
export function moveSteps(states: Readonly<Record<string, Step['state']>>): Step[] {
  return Object.entries(states).map(([id, state], index) => ({
    id,
    state,
    startedAtMs: state === 'pending' ? null : index * 1_000,
    endedAtMs: state === 'pending' || state === 'running' ? null : (index + 1) * 1_000,
    weight: 1,
    cancel: id === 'verify' ? 'never' : 'now',
    error: null,
  }))
}

/** The task that moves web-1, which copies its memory now. */
export function moveTask(change: Partial<Task> = {}): Task {
  return task(7, {
    kind: 'machine.migrate',
    params: JSON.parse(JSON.stringify(moveParams())),
    target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' },
    connectionId: 'c1',
    steps: moveSteps({ check: 'done', 'volume-0': 'done', move: 'running', verify: 'pending' }),
    progress: { fraction: 0.62, bytesDone: 5_800, bytesTotal: 9_400, bytesPerS: 212_000_000, note: 'copying-memory' },
    ...change,
  })
}

/** As the engine tells it, on the way. */
export function moveLive(change: Partial<MigrationLive> = {}): MigrationLive {
  const atMs = Date.now()
  return {
    taskId: moveTask().id,
    machineId: 'c1.m.1' as MigrationLive['machineId'],
    atMs,
    startedAtMs: atMs - 20_000,
    phase: 'copying-memory',
    memory: { total: 8 * 1_073_741_824, done: 5 * 1_073_741_824, remaining: 3 * 1_073_741_824 },
    disk: null,
    iteration: 2,
    dirtyBytesPerS: 78_000_000,
    bandwidthBytesPerS: 212_000_000,
    throttlePercent: null,
    expectedEndAtMs: atMs + 17 * 60_000,
    can: { bandwidth: null, downtime: null, postCopy: null },
    ...change,
  }
}
