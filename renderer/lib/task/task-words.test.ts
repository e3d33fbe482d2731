import { expect, test } from 'vitest'
import type { Task } from '../../../shared/model/index.ts'
import { leftMs } from './task-words.ts'

const task = (note: string | null) =>
  ({
    kind: 'machine.migrate',
    state: 'running',
    params: {},
    progress: { fraction: 0.5, bytesDone: 500, bytesTotal: 1_000, bytesPerS: 100, note },
  }) as unknown as Task

test('what is left at the rate of now', () => {
  expect(leftMs(task(null))).toBe(5_000)
})

test.each(['post-copy-broken', 'post-copy-resumes', 'waiting-for-link'])('nobody knows while it stands still: %s', (note) => {
  expect(leftMs(task(note))).toBeNull()
})
