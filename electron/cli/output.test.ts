import { expect, test } from 'vitest'
import { errorLine, printable, table } from './output.ts'

test.each([
  ['a title sequence', 'web\u{1b}]0;owned\u{7}', 'web\u{fffd}]0;owned\u{fffd}'],
  ['a C1 control', 'web\u{9b}2J', 'web\u{fffd}2J'],
  ['text turned around', 'gnp\u{202e}exe.png', 'gnp\u{fffd}exe.png'],
  ['letters of any script', 'überwachung-東京', 'überwachung-東京'],
])('printable: %s', (_what, text, shown) => {
  expect(printable(text)).toBe(shown)
})

test('no cell of a table and no error steers the terminal', () => {
  expect(table([['a\u{1b}[2J', '10']], ['name', 'n'], new Set([1]))).toBe('NAME    N\na\u{fffd}[2J  10')
  expect(errorLine({ kind: 'bug', code: 'x', message: 'a\u{1b}b' })).toBe('a\u{fffd}b [x]')
})
