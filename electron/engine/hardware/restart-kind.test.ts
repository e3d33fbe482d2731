import { expect, test } from 'vitest'
import type { Machine } from '../../../shared/model/index.ts'
import { restartKind, restartRequest } from './restart-kind.ts'

const MACHINE = { id: 'c1.m.a', nativeRef: 'a', connectionId: 'c1', hostId: 'h1', name: 'a' } as Machine

function stepsOf(force: boolean) {
  const { kind, plan, params } = restartRequest(MACHINE, force)
  const restart = restartKind({ get: () => undefined, all: () => [] })
  expect(kind).toBe(restart.kind)
  expect(params).toEqual({ force })
  return restart.steps(plan)
}

test('off by the guest, then on again: two steps of one task, which a new process builds in the same way', () => {
  expect(stepsOf(false).map(({ id }) => id)).toEqual(['shutdown', 'start'])
  expect(stepsOf(true).map(({ id }) => id)).toEqual(['powerOff', 'start'])
})

test('a guest that ignores it is left running, and the way to power it off is offered', () => {
  const [off] = stepsOf(false)
  expect(off?.offers?.({ kind: 'timeout' } as never)).toEqual(['powerOff'])
  expect(off?.timeoutMs).toBeGreaterThan(120_000)
})

test('it is not taken back: the machine would be off', () => {
  expect(stepsOf(false).map((step) => step.undo?.(null))).toEqual([null, null])
})
