import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'

const sources = import.meta.glob<string>(
  [
    '../../../{electron,shared}/**/*.ts',
    '!../../../**/*.test.ts',
    '!../../../**/testing/**',
    '!../../../**/conformance/**',
    '!../../../electron/cli/**',
    '!../../../electron/main/**',
  ],
  { query: '?raw', import: 'default', eager: true },
)

/** Codes of errors as sources state them: `code: 'store.io'`, `problem('timeout', 'machine.reboot-timeout', …)`. */
function errorCodes(): ReadonlySet<string> {
  const codes = new Set<string>()
  for (const text of Object.values(sources)) {
    for (const [, code = ''] of text.matchAll(/\bcode: '([a-z]+\.[a-z][a-z-]+)'/g)) codes.add(code)
    for (const [, code = ''] of text.matchAll(/\b(?:problem|refuse|invalid|throw\w*)\(\s*'[a-z-]+',\s*'([a-z]+\.[a-z][a-z-]+)'/g))
      codes.add(code)
  }
  return codes
}

/** The catalogues hold events, what wants attention, and findings with their mends under families of their own. */
const FAMILIES = ['error', 'event', 'reason', 'attention', 'finding', 'mend'] as const

test('every code in the sources has words in both languages', () => {
  const codes = errorCodes()
  expect(codes.size).toBeGreaterThan(80)
  // Queries have their own table, which a test of the query language compares.
  const unworded = [...codes].filter(
    (code) => !code.startsWith('query.') && !FAMILIES.some((family) => `${family}.${code}` in en && `${family}.${code}` in de),
  )
  expect(unworded).toEqual([])
})
