import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compileRegex } from './regex.ts'

function matches(source: string, flags: '' | 'i', text: string): boolean | string {
  const compiled = compileRegex(source, flags)
  return compiled.ok ? compiled.test(text) : compiled.fault.code
}

/** Patterns from the supported syntax. Whether a repetition without end stands inside another one is left to chance. */
const pattern: fc.Arbitrary<string> = fc.letrec<{ choice: string }>((tie) => {
  const atom = fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.constantFrom(
      'a',
      'b',
      'A',
      '-',
      ' ',
      '1',
      'ü',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '\\s',
      '\\S',
      '\\D',
      '[ab]',
      '[^a]',
      '[a-c1]',
      '[\\d-]',
      '[^\\w]',
      '\\x61',
      '\\u0062',
      '\\.',
    ),
    fc.constantFrom('^', '$', '\\b', '\\B'),
    tie('choice').map((inner) => `(${inner})`),
    tie('choice').map((inner) => `(?:${inner})`),
  )
  const quantified = fc
    .tuple(atom, fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,2}', '{0,3}', '{2,}', '*?', '+?'))
    .map(([item, quantifier]) => (/^(?:\^|\$|\\[bB])$/.test(item) ? item : item + quantifier))
  const sequence = fc.array(quantified, { maxLength: 4 }).map((items) => items.join(''))
  return { choice: fc.array(sequence, { minLength: 1, maxLength: 2 }).map((items) => items.join('|')) }
}).choice

describe('agrees with the language', () => {
  test('on any pattern that is accepted', () => {
    fc.assert(
      fc.property(
        pattern,
        fc.constantFrom('' as const, 'i' as const),
        fc.string({ unit: fc.constantFrom(...Array.from('abcAB1-ü .\n_')), maxLength: 10 }),
        (source, flags, text) => {
          const result = matches(source, flags, text)
          fc.pre(typeof result === 'boolean')
          expect(result).toBe(new RegExp(source, `u${flags}`).test(text))
        },
      ),
      { numRuns: 3000 },
    )
  })

  test.each([
    ['^web-\\d+$', '', 'web-01', true],
    ['^web-\\d+$', '', 'web-01x', false],
    ['web|db', '', 'mydb', true],
    ['(\\d{1,3}\\.){3}\\d{1,3}', '', 'at 10.0.0.1!', true],
    ['WEB', 'i', 'my web', true],
    ['[^a-z]', 'i', 'ABC', false],
    ['über', 'i', 'ÜBER', true],
    ['^.$', '', '🦊', true],
    ['\\u{1F98A}', '', '🦊', true],
    ['(?<n>a)b', '', 'ab', true],
    ['a{,2}', '', 'a{,2}', true],
    ['', '', 'x', true],
  ] as const)('/%s/%s on %s: %s', (source, flags, text, expected) => {
    expect(matches(source, flags, text)).toBe(expected)
  })
})

describe('refused', () => {
  test.each([
    ['(', 'query.regex-invalid'],
    [')', 'query.regex-invalid'],
    ['[a', 'query.regex-invalid'],
    ['[b-a]', 'query.regex-invalid'],
    ['*', 'query.regex-invalid'],
    ['a**', 'query.regex-invalid'],
    ['a{2}{3}', 'query.regex-invalid'],
    ['a{3,2}', 'query.regex-invalid'],
    ['\\', 'query.regex-invalid'],
    ['\\q', 'query.regex-invalid'],
    ['\\u12', 'query.regex-invalid'],
    ['(a)\\1', 'query.regex-unsupported'],
    ['\\p{L}', 'query.regex-unsupported'],
    ['(?=a)', 'query.regex-unsupported'],
    ['(?!a)', 'query.regex-unsupported'],
    ['(?<=a)', 'query.regex-unsupported'],
    ['(a+)+', 'query.regex-nested-quantifier'],
    ['(a*)*b', 'query.regex-nested-quantifier'],
    ['((a|b+)c)*', 'query.regex-nested-quantifier'],
    ['(a{2,})+', 'query.regex-nested-quantifier'],
    ['a{101}', 'query.regex-too-complex'],
    ['((a{50}){50}){50}', 'query.regex-too-complex'],
    [`${'('.repeat(15)}${'){99}'.repeat(15)}`, 'query.regex-too-complex'],
    ['a'.repeat(201), 'query.regex-too-long'],
  ])('%.40s', (source, code) => {
    expect(matches(source, '', '')).toBe(code)
  })

  test('any text is answered', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from('ab1()[]{}*+?|\\.^$-,dwxu:<=')), maxLength: 40 }),
        fc.string(),
        (source, text) => {
          expect(['boolean', 'string']).toContain(typeof matches(source, 'i', text))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('no pattern hangs', () => {
  // Each takes a backtracking engine minutes to years on this text.
  test.each(['(a|a)*b', '(a|aa)+$', 'a*a*a*a*a*a*a*a*b', '(a|b|ab)*c', '(a?){40}a{40}b', '(.|a)*(.|a)*(.|a)*x', '[ab]*a[ab]{60}c'])(
    '%s',
    (source) => {
      expect(matches(source, '', `${'a'.repeat(4000)}!`)).toBe(false)
    },
  )
})
