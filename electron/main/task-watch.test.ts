import { expect, test } from 'vitest'
import type { InventoryMessage, Task } from '../../shared/model/index.ts'
import { TaskWatch } from './task-watch.ts'
import { makeTask } from './testing/task.ts'

function put(task: Task): InventoryMessage {
  return { type: 'changes', changes: [{ op: 'put', entity: 'task', id: task.id, revision: task.revision, value: task }] } as never
}

function patch(id: string, change: Partial<Task>): InventoryMessage {
  return { type: 'changes', changes: [{ op: 'patch', entity: 'task', id, revision: 2, patch: change }] } as never
}

const READY = { type: 'ready' } as InventoryMessage
const RESET = { type: 'reset' } as InventoryMessage

function ready(...tasks: readonly Task[]): TaskWatch {
  const watch = new TaskWatch()
  watch.take(RESET)
  for (const task of tasks) watch.take(put(task))
  watch.take(READY)
  return watch
}

test('what ran before is known, oldest first, and nothing old is news', () => {
  const watch = new TaskWatch()
  watch.take(RESET)
  watch.take(put(makeTask({ id: 'b', createdAtMs: 2_000 })))
  expect(watch.take(put(makeTask({ id: 'old', state: 'failed' })))?.ended).toEqual([])
  watch.take(put(makeTask({ id: 'a', createdAtMs: 1_000, state: 'queued' })))
  const news = watch.take(READY)
  expect(news?.running.map(({ id }) => id)).toEqual(['a', 'b'])
  expect(news?.ended).toEqual([])
})

test('an end is told once', () => {
  const watch = ready(makeTask())
  expect(watch.take(patch('t1', { state: 'failed' }))).toMatchObject({ running: [], ended: [{ id: 't1', state: 'failed' }] })
  expect(watch.take(patch('t1', { undoable: true }))?.ended).toEqual([])
})

test('a task that came and ended between two messages is told', () => {
  expect(ready().take(put(makeTask({ state: 'succeeded' })))?.ended).toHaveLength(1)
})

test('the children of a bulk are its own business', () => {
  const watch = ready(makeTask({ id: 'bulk' }))
  expect(watch.take(put(makeTask({ id: 'child', parentId: 'bulk' })))?.running.map(({ id }) => id)).toEqual(['bulk'])
  expect(watch.take(patch('child', { state: 'failed' }))?.ended).toEqual([])
})

test('a removed task runs no more; other entities say nothing', () => {
  const watch = ready(makeTask())
  expect(watch.take({ type: 'changes', changes: [{ op: 'remove', entity: 'machine', id: 'm', revision: 1 }] } as never)).toBeNull()
  expect(watch.take({ type: 'changes', changes: [{ op: 'remove', entity: 'task', id: 't1', revision: 3 }] } as never)).toEqual({
    running: [],
    ended: [],
  })
})

test('a stream that begins anew tells nothing twice', () => {
  const watch = ready(makeTask())
  watch.take(RESET)
  expect(watch.take(put(makeTask({ state: 'failed' })))?.ended).toEqual([])
  expect(watch.take(READY)).toEqual({ running: [], ended: [] })
})
