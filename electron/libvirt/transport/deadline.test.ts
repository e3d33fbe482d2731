import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadline } from './deadline.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test.each([1_000, 0x7fff_ffff, 0x8000_0000, 5 * 0x7fff_ffff])('%d ms are waited for in full', (timeoutMs) => {
  const deadline = new Deadline({ timeoutMs, timeoutCode: 'ssh.timeout', subject: 'waiting' })
  vi.advanceTimersByTime(timeoutMs - 1)
  expect(deadline.signal.aborted).toBe(false)
  vi.advanceTimersByTime(2)
  expect(deadline.signal.reason).toMatchObject({ code: 'ssh.timeout', details: { timeoutMs } })
})

test('without an end there is no timer', () => {
  const deadline = new Deadline({ timeoutMs: Infinity, timeoutCode: 'ssh.timeout', subject: 'waiting' })
  expect(vi.getTimerCount()).toBe(0)
  deadline.dispose()
})
