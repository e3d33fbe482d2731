import { expect, test } from 'vitest'
import type { JournalLine } from '../../store/store.ts'
import recorded from './fixtures/journal-v1.json' with { type: 'json' }
import { foldJournal, JOURNAL_VERSION, parseEntry, type TaskRecord, undoRequests } from './journal.ts'

/** The journals of version 1 as a console wrote them; never recorded anew. A later version adds a file of its own. */
const LINES = recorded as unknown as JournalLine[]

function replay(): TaskRecord[] {
  const ids = [...new Set(LINES.map((line) => line.taskId))]
  return ids.map((id) => foldJournal(LINES.filter((line) => line.taskId === id))).filter((record) => record !== null)
}

test('recorded journals of version 1 replay to the tasks they were', () => {
  expect(
    replay().map(({ task }) => [task.kind, task.target?.name ?? null, task.state, task.undoable, task.steps.map((step) => step.state)]),
  ).toEqual([
    ['machine.start', null, 'partly', true, []],
    ['machine.start', 'web', 'succeeded', true, ['done']],
    ['machine.start', 'db', 'failed', false, ['failed']],
    ['machine.setMetadata', 'web', 'succeeded', true, ['done']],
    ['machine.shutdown', 'app', 'failed', false, ['unknown']],
    ['machine.suspend', 'cut', 'running', false, ['running']],
  ])
})

test('a replay knows who, why, when, the raw error and the way back', () => {
  const [, web, db, metadata, app] = replay()
  expect(web?.task).toMatchObject({ actor: 'ada', origin: 'page', reason: 'Wartung', connectionId: 'c1' })
  const [step] = web?.task.steps ?? []
  expect((step?.endedAtMs ?? 0) - (step?.startedAtMs ?? 0)).toBe(700)
  expect(db?.task).toMatchObject({ error: { code: 'fake.no-memory', remote: { number: 38 } }, offers: ['retry'] })
  expect(metadata && undoRequests(metadata)).toMatchObject([
    { kind: 'machine.setMetadata', plan: { action: { notes: 'old', tags: ['a'] } } },
  ])
  expect(app?.task.error?.code).toBe('task.outcome-unknown')
})

test('an entry of an unknown version or shape is refused in words', () => {
  expect(() => parseEntry(JOURNAL_VERSION + 1, { type: 'started' })).toThrow(/cannot read/)
  expect(() => parseEntry(JOURNAL_VERSION, { type: 'dreamt' })).toThrow(/cannot read/)
  expect(foldJournal([])).toBeNull()
})
