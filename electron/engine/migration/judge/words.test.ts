import { expect, test } from 'vitest'
import de from '../../../../resources/locales/de.json' with { type: 'json' }
import en from '../../../../resources/locales/en.json' with { type: 'json' }
import { MIGRATION_CHECKS } from '../../../../shared/model/index.ts'
import { aCase } from '../testing/a-case.ts'
import { CHECKS } from './checks.ts'
import { judged } from './judge.ts'
import { FINDING_WORDS, MEND_WORDS, sizeText, spanText } from './words.ts'

const WORDS = [
  ...Object.entries(FINDING_WORDS).map(([code, words]) => [`reason.migration.finding.${code}`, words] as const),
  ...Object.entries(MEND_WORDS).map(([code, words]) => [`reason.migration.mend.${code}`, words] as const),
]

test.each(WORDS)('%s is worded the same in the catalogue, and in German with the same parameters', (key, words) => {
  const params = (text: string) => [...new Set(text.match(/\{\w+\}/g))].sort()
  expect((en as Record<string, string>)[key]).toBe(words)
  expect(params((de as Record<string, string>)[key] ?? '')).toEqual(params(words))
})

test('every check of the list is looked at, in its order', () => {
  expect(CHECKS.map(([check]) => check)).toEqual(MIGRATION_CHECKS)
})

test('of a move that nothing speaks against all is said to be right, each once', () => {
  const findings = judged(CHECKS, aCase())
  expect(findings.filter(({ severity }) => severity !== 'passed')).toEqual([])
  expect(new Set(findings.map(({ check }) => check)).size).toBe(MIGRATION_CHECKS.length)
  expect(new Set(findings.map(({ id }) => id)).size).toBe(findings.length)
  expect(findings.filter(({ reason }) => reason.text.includes('{'))).toEqual([])
})

test('sizes and spans as a person says them', () => {
  expect([0, 1_536, 85_899_345_920, 1_610_612_736].map(sizeText)).toEqual(['0 B', '1.5 KiB', '80 GiB', '1.5 GiB'])
  expect([5, 1_840, -3_600_000, 240_000].map(spanText)).toEqual(['0 s', '1.8 s', '1 h', '4 min'])
})
