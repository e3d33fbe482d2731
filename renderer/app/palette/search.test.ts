import { expect, test } from 'vitest'
import { searchCommands } from './search.ts'

const command = (id: string, title: string, more: object = {}) => ({ id, title, group: 'Actions', run: () => {}, ...more })

test('all words must occur; the start of the title comes first', () => {
  const commands = [command('a', 'Restart: web-1'), command('b', 'Start: web-1'), command('c', 'Start: db-1')]
  expect(searchCommands(commands, 'start web', 9).map((one) => one.id)).toEqual(['b', 'a'])
})

test('what cannot be done comes after what can, and is not hidden', () => {
  const commands = [command('a', 'Start: a', { disabledReason: 'It runs.' }), command('b', 'Start: b')]
  expect(searchCommands(commands, 'start', 9).map((one) => one.id)).toEqual(['b', 'a'])
})
