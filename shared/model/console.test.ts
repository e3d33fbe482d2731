import { expect, test } from 'vitest'
import { closeReason, loginAddresses, readCloseReason, readConsoleControl } from './index.ts'

test('a close reason carries kind and code, and one of somebody else’s is a way that broke', () => {
  const error = { kind: 'forbidden', code: 'console.ssh-forwarding' } as const
  expect(readCloseReason(closeReason(error))).toEqual(error)
  for (const other of ['', 'Logged out.', 'console.busy', 'sometimes console.busy', 'forbidden '])
    expect(readCloseReason(other)).toEqual({ kind: 'unreachable', code: 'console.lost' })
})

test('one logs in at a public address before a private one, and by IPv4 before IPv6', () => {
  const addresses = ['fd00::5', '10.0.0.5', '2001:db8::7', '203.0.113.7']
  expect(loginAddresses({ addresses, cloud: null })).toEqual(['10.0.0.5', '203.0.113.7', 'fd00::5', '2001:db8::7'])
  const cloud = { publicAddresses: ['2001:db8::7', '203.0.113.7'] }
  expect(loginAddresses({ addresses, cloud })).toEqual(['203.0.113.7', '2001:db8::7', '10.0.0.5', 'fd00::5'])
  expect(loginAddresses({ addresses: [], cloud })).toEqual([])
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
