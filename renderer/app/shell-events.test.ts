import { expect, test } from 'vitest'
import { readShellEvent } from './shell-events.ts'

test('a view and a command are read', () => {
  expect(readShellEvent({ type: 'navigate', path: '/tasks?task=1' })).toEqual({ type: 'navigate', path: '/tasks?task=1' })
  expect(readShellEvent({ type: 'command', id: 'palette' })).toEqual({ type: 'command', id: 'palette' })
})

test.each([null, 'navigate', {}, { type: 'navigate' }, { type: 'command', id: 1 }, { type: 'eval', code: '1' }])(
  '%o is none',
  (message) => {
    expect(readShellEvent(message)).toBeNull()
  },
)

test.each(['//elsewhere.example/', '/\\elsewhere.example', 'https://elsewhere.example/', 'javascript:alert(1)', ''])(
  'the path %s does not leave the page',
  (path) => {
    expect(readShellEvent({ type: 'navigate', path })).toBeNull()
  },
)
