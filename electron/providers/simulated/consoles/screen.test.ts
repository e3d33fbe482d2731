import { expect, test } from 'vitest'
import { glyphOf } from './font.ts'
import { COLUMNS, ROWS, Screen } from './screen.ts'

function screenOf(...texts: readonly string[]): Screen {
  const screen = new Screen()
  for (const text of texts) screen.write(text)
  return screen
}

test('a long line goes on in the next row, and what does not fit leaves at the top', () => {
  const screen = screenOf('x'.repeat(COLUMNS), 'y')
  expect([screen.textAt(0).length, screen.textAt(1)]).toEqual([COLUMNS, 'y'])
  screen.write('\r\n'.repeat(ROWS))
  expect([screen.scrolled, screen.textAt(0)]).toEqual([2, ''])
})

test('the cursor is moved and text erased, also when a sequence comes in pieces', () => {
  const screen = screenOf('abcdef\u001b[3D\u001b', '[', 'K', '\u001b[2;5Hhere\b\bX')
  expect([screen.textAt(0), screen.textAt(1)]).toEqual(['abc', '    heXe'])
  expect(screen.cursor).toEqual({ row: 1, column: 7 })
  screen.write('\u001b[?25l\u001b[2J')
  expect([screen.cursor, screen.textAt(0), screen.textAt(1)]).toEqual([null, '', ''])
})

test('colours, and what is no sequence', () => {
  const screen = screenOf('\u001b[1;32mA\u001b[7mB\u001b[0mC\u001b]D\u001b[99999999999999999999999999999999999999E')
  expect(screen.rows[0]?.slice(0, 3).map(({ colours }) => colours)).toEqual([0x0a, 0xa0, 0x07])
  expect(screen.textAt(0)).toContain(']D')
})

test('every letter has a form of its own; letters with accents have that of the bare one', () => {
  const forms = Array.from({ length: 95 }, (_, index) => glyphOf(String.fromCodePoint(32 + index)).join())
  expect(new Set(forms).size).toBe(95)
  expect(glyphOf('ń')).toEqual(glyphOf('n'))
  expect(glyphOf('🚚')).toEqual(glyphOf('☃'))
})
