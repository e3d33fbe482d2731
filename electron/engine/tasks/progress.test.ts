import { expect, test } from 'vitest'
import type { Task } from '../../../shared/model/index.ts'
import { lastingNote } from './progress.ts'
import { AUTHOR, boot, ended, start } from './testing/bench.ts'

test('of what has succeeded the note about its outcome stays, and no other', async () => {
  const bench = boot()
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  const task = await ended(bench, id)
  const noted = (note: string | null): Task => ({ ...task, progress: { ...task.progress, note } })
  expect(task.progress.note).toBeNull()
  expect(lastingNote(noted('outcome-windows-password'), 'succeeded')).toBe('outcome-windows-password')
  expect(lastingNote(noted('outcome-windows-password'), 'failed')).toBeNull()
  expect(lastingNote(noted('waiting-for-cloud'), 'succeeded')).toBeNull()
  expect(lastingNote(noted(null), 'succeeded')).toBeNull()
})
