import { expect, test } from 'vitest'
import { jsonPieces } from './json-pieces.ts'

const roles = (line: string) => jsonPieces(line).map(({ text, role }) => `${role} ${text}`)

test('keys, texts, numbers and words; what stands between them stays', () => {
  expect(roles('  "Name": "a \\"b\\": c", "n": -1.5e3, "on": true')).toEqual([
    'text   ',
    'attribute "Name":',
    'text  ',
    'value "a \\"b\\": c"',
    'text , ',
    'attribute "n":',
    'text  ',
    'value -1.5e3',
    'text , ',
    'attribute "on":',
    'text  ',
    'value true',
  ])
})

test('nothing of a line is lost, whatever it is', () => {
  for (const line of ['', '}', '"open', '  [ 1, "x" ]', '\\"'])
    expect(
      jsonPieces(line)
        .map(({ text }) => text)
        .join(''),
    ).toBe(line)
})
