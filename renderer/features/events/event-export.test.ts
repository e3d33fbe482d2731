import { expect, test } from 'vitest'
import { csvCell } from './event-export.ts'

test.each([
  ['plain', 'plain'],
  ['with, comma', '"with, comma"'],
  ['say "hi"', '"say ""hi"""'],
  ['two\nlines', '"two\nlines"'],
  ['=1+1', "'=1+1"],
  ['-rf, "x"', `"'-rf, ""x"""`],
])('the cell %s is written %s', (value, cell) => {
  expect(csvCell(value)).toBe(cell)
})
