import { afterEach, expect, test, vi } from 'vitest'
import type { Task } from '../../../shared/model/index.ts'
import type { Client } from '../../api/client.ts'
import { aTask } from '../../engine/testing/entities.ts'
import { ProgressLine } from '../progress-line.ts'
import { untilReady } from './export.ts'

afterEach(() => void vi.useRealTimers())

/** What comes of a task that is seen like this, one look after the other. */
async function readyAfter(looks: readonly Partial<Task>[]): Promise<{ readonly task: Task; readonly asked: number }> {
  vi.useFakeTimers()
  let asked = 0
  const get = () => Promise.resolve(aTask('t1', { state: 'running', ...looks[Math.min(asked++, looks.length - 1)] }))
  const client = { tasks: { get } } as unknown as Pick<Client, 'tasks'>
  const line = new ProgressLine('', { print() {}, complain() {} } as never)
  const done = untilReady(client, aTask('t1').id, line)
  await vi.advanceTimersByTimeAsync(10_000)
  return { task: await done, asked }
}

const { progress } = aTask('t1')
const handsOver = { steps: [{ ...aTask('t1').steps[0], id: 'hand-over', state: 'running' }] } as unknown as Partial<Task>
const offered = { ...handsOver, progress: { ...progress, note: 'waiting-for-download' } }

test('a package is asked for once it is offered, not when its step has begun', async () => {
  const { task, asked } = await readyAfter([{}, handsOver, handsOver, offered])
  expect(task.progress.note).toBe('waiting-for-download')
  expect(asked).toBe(4)
})

test.each(['failed', 'cancelled', 'needs-attention'] as const)('one that never will be is not waited for: %s', async (state) => {
  expect((await readyAfter([{}, { state }])).task.state).toBe(state)
})
