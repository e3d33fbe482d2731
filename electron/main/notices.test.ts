import { expect, test } from 'vitest'
import { noticeFor } from './notices.ts'
import { makeTask } from './testing/task.ts'
import { wordsFor } from './words.ts'

const error = { kind: 'exhausted', code: 'host.memory-short', message: 'kvm-01 has 2 GiB free, web-01 needs 8.', details: {} }
const children = { total: 12, succeeded: 10, failed: 2, cancelled: 0, running: 0 }

test('a failure names task, machine and cause, and leads to the task', () => {
  const task = makeTask({ id: 't/1', state: 'failed', error })
  expect(noticeFor(task, wordsFor('en'))).toEqual({ title: 'Start failed: web-01', body: error.message, path: '/tasks?task=t%2F1' })
  expect(noticeFor(task, wordsFor('de'))?.title).toMatch(/fehlgeschlagen: web-01$/)
})

test('a bulk names its numbers', () => {
  const words = wordsFor('en')
  expect(noticeFor(makeTask({ state: 'partly', target: null, children }), words)?.title).toBe('Start: 2 of 12 failed')
  expect(noticeFor(makeTask({ state: 'failed', target: null, children }), words)?.title).toBe('Start failed: 12 machines')
})

test('what needs a decision is always told', () => {
  expect(noticeFor(makeTask({ state: 'needs-attention' }), wordsFor('en'))?.title).toBe('Start needs a decision: web-01')
})

test('success is told when it took long', () => {
  const words = wordsFor('en')
  expect(noticeFor(makeTask({ state: 'succeeded', endedAtMs: 10_999 }), words)).toBeNull()
  expect(noticeFor(makeTask({ state: 'succeeded', endedAtMs: 11_000 }), words)?.title).toBe('Start done: web-01')
})

test.each(['queued', 'running', 'cancelling', 'cancelled'])('%s is no news', (state) => {
  expect(noticeFor(makeTask({ state }), wordsFor('en'))).toBeNull()
})
