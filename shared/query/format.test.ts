import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatQuery, formatValue } from './format.ts'
import { parseQuery, parseTolerant } from './parse.ts'
import { queryNode, queryText, VALID_QUERIES } from './testing/samples.ts'

describe('canonical spelling', () => {
  test.each([
    ['  a   b ', 'a b'],
    ['((a|b))  c', '(a | b) c'],
    ['(a b)|c', 'a b | c'],
    ['-(a)', '-a'],
    ['-(a | b)', '-(a | b)'],
    ['"plain"', 'plain'],
    ['"a b"', '"a b"'],
    ['"-a"', '"-a"'],
    ['"state:x"', '"state:x"'],
    ['tag:"a:b"', 'tag:a:b'],
    ['tag:a, b', 'tag:a b'],
    ['tag:*', 'has:tag'],
    ['NAME:Web', 'name:Web'],
    ['name!=web', '-name=web'],
    ['cpu > 80', 'cpu>80'],
    ['name~"/x"', 'name~"/x"'],
  ])('%s → %s', (text, canonical) => {
    expect(formatQuery(parseTolerant(text).ast)).toBe(canonical)
  })

  test('reading back gives the same tree', () => {
    fc.assert(
      fc.property(queryNode, (ast) => {
        expect(parseQuery(formatQuery(ast))).toEqual({ ok: true, ast })
      }),
      { numRuns: 2000 },
    )
  })

  test('a tree survives JSON', () => {
    fc.assert(
      fc.property(queryNode, (ast) => {
        expect(JSON.parse(JSON.stringify(ast))).toEqual(ast)
      }),
    )
  })

  test('formatting what was read changes nothing the second time, for any text', () => {
    fc.assert(
      fc.property(queryText, (text) => {
        const once = formatQuery(parseTolerant(text).ast)
        expect(formatQuery(parseTolerant(once).ast)).toBe(once)
      }),
      { numRuns: 2000 },
    )
  })

  test.each(VALID_QUERIES)('%s keeps its meaning', (text) => {
    const { ast } = parseTolerant(text)
    expect(parseQuery(formatQuery(ast))).toEqual({ ok: true, ast })
  })

  test('any value is spelt so that it is read back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(parseQuery(`tag:${formatValue(value)}`)).toEqual({
          ok: true,
          ast: { kind: 'field', field: 'tag', test: { kind: 'match', op: ':', values: [{ kind: 'literal', text: value }] } },
        })
      }),
    )
  })
})
