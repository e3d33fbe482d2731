import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addTerm, hasTerm, removeTerm, toggleTerm, toggleValue } from './edit.ts'
import { formatQuery } from './format.ts'
import { parseQuery } from './parse.ts'
import { queryNode } from './testing/samples.ts'

describe('a click changes the query', () => {
  test.each([
    ['', 'state:running', 'state:running'],
    ['web', 'state:running', 'web state:running'],
    ['a | b', 'tag:x', '(a | b) tag:x'],
    ['web tag:x', 'tag:x', 'web tag:x'],
    ['web -tag:x', 'tag:x', 'web tag:x'],
    ['web tag:x', '-tag:x', 'web -tag:x'],
    ['web', 'a b', 'web a b'],
    ['web (', 'tag:x', 'web tag:x'],
    ['web', 'a | b', 'web (a | b)'],
    ['', 'tag:"a b"', 'tag:"a b"'],
  ])('%s + %s = %s', (query, term, expected) => {
    expect(addTerm(query, term)).toBe(expected)
  })

  test.each([
    ['state:running', 'state:running', ''],
    ['web state:running', 'STATE:running', 'web'],
    ['web', 'tag:x', 'web'],
    ['a | tag:x', 'tag:x', 'a | tag:x'],
    ['a b c', 'a c', 'b'],
    ['a (b | c)', 'a', 'b | c'],
  ])('%s − %s = %s', (query, term, expected) => {
    expect(removeTerm(query, term)).toBe(expected)
  })

  test.each([
    ['', 'running', 'state:running'],
    ['web state:running', 'paused', 'web state:running,paused'],
    ['state:running,paused web', 'running', 'state:paused web'],
    ['state:running web', 'running', 'web'],
    ['a | b', 'shut off', '(a | b) state:"shut off"'],
  ])('%s, %s ticked or unticked = %s', (query, value, expected) => {
    expect(toggleValue(query, 'state', value)).toBe(expected)
  })

  test('toggling twice gives the query back, in its canonical spelling', () => {
    fc.assert(
      fc.property(queryNode, (ast) => {
        const query = formatQuery(ast)
        fc.pre(!hasTerm(query, 'tag:new') && !hasTerm(query, '-tag:new'))
        const once = toggleTerm(query, 'tag:new')
        expect(hasTerm(once, 'tag:new')).toBe(true)
        expect(parseQuery(toggleTerm(once, 'tag:new'))).toEqual({ ok: true, ast })
      }),
    )
  })
})
