import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { shellArguments } from './arguments.ts'

test('reads the demo flag, the data folder and a deep link', () => {
  expect(shellArguments(['.', '--demo', '--data', 'here', 'novacron://open/tasks'], '/work')).toEqual({
    demo: 'all',
    dataDirectory: resolve('/work', 'here'),
    path: '/tasks',
  })
  expect(shellArguments(['--data=/else'], '/work').dataDirectory).toBe(resolve('/else'))
})

test('what stands behind a link is not the person’s own', () => {
  expect(shellArguments(['novacron://open/tasks', '--data', '/evil', '--demo'], '/work')).toEqual({
    demo: null,
    dataDirectory: null,
    path: '/tasks',
  })
})

test('a foreign link leads nowhere, and nothing is nothing', () => {
  expect(shellArguments(['NOVACRON://evil.example/x'], '/work').path).toBeNull()
  expect(shellArguments([], '/work')).toEqual({ demo: null, dataDirectory: null, path: null })
})

test('the demo may be made-up hosts alone', () => {
  expect(shellArguments(['.', '--demo=hosts'], '/work').demo).toBe('hosts')
})
