import { expect, test } from 'vitest'
import { attentionOf, machineStateOf, nativeStateText, stateAfter } from './states.ts'

test.each([
  [1, 1, false, 'running', 'running (booted)'],
  [2, 0, false, 'running', 'idle (unknown)'],
  [3, 1, false, 'paused', 'paused (user)'],
  [3, 2, false, 'migrating', 'paused (migrating)'],
  [3, 5, false, 'paused', 'paused (I/O error)'],
  [3, 8, false, 'stopping', 'paused (shutting down)'],
  [3, 10, false, 'crashed', 'paused (crashed)'],
  [3, 11, false, 'starting', 'paused (starting up)'],
  [4, 1, false, 'stopping', 'in shutdown (user)'],
  [5, 2, false, 'stopped', 'shut off (destroyed)'],
  [5, 5, true, 'saved', 'shut off (saved)'],
  [5, 3, false, 'crashed', 'shut off (crashed)'],
  [6, 1, false, 'crashed', 'crashed (panicked)'],
  [7, 0, false, 'suspended', 'pmsuspended (unknown)'],
  [1, 1, true, 'running', 'running (booted)'],
  [0, 0, false, 'unknown', 'no state (unknown)'],
  [42, 7, false, 'unknown', 'state 42 (7)'],
  [1, 99, false, 'running', 'running (reason 99)'],
] as const)('state %i, reason %i, saved %s is %s', (state, reason, saved, normalised, text) => {
  expect(machineStateOf({ state, reason }, saved)).toBe(normalised)
  expect(nativeStateText({ state, reason })).toBe(text)
})

test('what wants an eye is said', () => {
  expect(attentionOf({ state: 3, reason: 5 })?.code).toBe('machine.paused-io-error')
  for (const torn of [
    { state: 3, reason: 13 },
    { state: 1, reason: 11 },
  ])
    expect(attentionOf(torn)?.code).toBe('machine.postcopy-failed')
  expect(attentionOf({ state: 5, reason: 3 })?.code).toBe('machine.crashed')
  expect(attentionOf({ state: 3, reason: 1 })).toBeNull()
  expect(attentionOf({ state: 5, reason: 1 })).toBeNull()
})

test('a lifecycle event tells the state it leads to', () => {
  expect(stateAfter(2, 0)).toEqual({ state: 1, reason: 1 })
  expect(stateAfter(3, 2)).toEqual({ state: 3, reason: 5 })
  expect(stateAfter(5, 4)).toEqual({ state: 5, reason: 5 })
  expect(stateAfter(5, 99)).toEqual({ state: 5, reason: 0 })
  expect(stateAfter(0, 0)).toBeNull()
})
