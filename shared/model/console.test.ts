import { expect, test } from 'vitest'
import { closeReason, readCloseReason, readConsoleControl } from './index.ts'

test('a close reason carries kind and code, and one of somebody else’s is a way that broke', () => {
  const error = { kind: 'forbidden', code: 'console.ssh-forwarding' } as const
  expect(readCloseReason(closeReason(error))).toEqual(error)
  for (const other of ['', 'Logged out.', 'console.busy', 'sometimes console.busy', 'forbidden '])
    expect(readCloseReason(other)).toEqual({ kind: 'unreachable', code: 'console.lost' })
})

test('what is said beside the bytes is a size, in bounds, or nothing', () => {
  expect(readConsoleControl('{"resize":[80,24]}')).toEqual({ resize: [80, 24] })
  for (const text of [
    '',
    '{',
    'null',
    '{"resize":[80]}',
    '{"resize":[0,24]}',
    '{"resize":[80.5,24]}',
    '{"resize":[80,1e9]}',
    ' '.repeat(2_000),
  ])
    expect(readConsoleControl(text)).toBeNull()
})
