import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isConcreteName, matchPattern, matchPatterns } from './host-pattern.ts'

/** The obvious, slow meaning of a pattern, to compare with. */
function naive(text: string, pattern: string): boolean {
  const source = pattern
    .split('')
    .map((char) => (char === '*' ? '[^]*' : char === '?' ? '[^]' : char.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))
  return new RegExp(`^${source.join('')}$`).test(text)
}

const text = fc.string({ unit: fc.constantFrom('a', 'b', '.'), maxLength: 8 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '.', '*', '?'), maxLength: 8 })

test('a pattern means what its regular expression means', () => {
  fc.assert(
    fc.property(text, pattern, (one, other) => {
      expect(matchPattern(one, other)).toBe(naive(one, other))
    }),
    { numRuns: 2000 },
  )
})

test('many stars take no exponential time', () => {
  expect(matchPattern('a'.repeat(5000), `${'*a'.repeat(50)}b`)).toBe(false) // or never in a lifetime
})

test('a negated pattern outweighs the others, wherever it stands', () => {
  expect(matchPatterns('a.b', ['*', '!a.*'])).toBe('negated')
  expect(matchPatterns('a.b', ['!a.*', '*'])).toBe('negated')
  expect(matchPatterns('c.b', ['!a.*', '*'])).toBe('match')
  expect(matchPatterns('c.b', ['!a.*'])).toBe('none')
})

test('only plain names are concrete', () => {
  expect(['kvm-1', 'a*', 'a?', '!a', ''].map(isConcreteName)).toEqual([true, false, false, false, false])
})
