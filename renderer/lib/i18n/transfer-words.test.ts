import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'

const sources = import.meta.glob<string>(['../../../electron/engine/transfer/**/*.ts', '!../../../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** `say('code', 'Text with {fields}')`: the code, and the text as the engine says it. */
function said(): ReadonlyMap<string, string> {
  const all = Object.values(sources).flatMap((text) => [...text.matchAll(/\bsay\(\s*'([^']+)',\s*'([^']*)'/g)])
  return new Map(all.map(([, code = '', text = '']) => [code, text]))
}

const fieldsOf = (text: string | undefined) =>
  [...new Set([...(text?.matchAll(/\{(\w+)\}/g) ?? [])].map(([, name = '']) => name))].toSorted((a, b) => a.localeCompare(b))

test('what plans of moves between worlds say has words in both languages, with the same fields', () => {
  const words = said()
  expect(words.size).toBeGreaterThan(80)
  for (const [code, text] of words) {
    const key = `reason.transfer.${code}` as keyof typeof en
    expect([code, en[key]]).toEqual([code, text])
    expect([code, fieldsOf(de[key])]).toEqual([code, fieldsOf(text)])
  }
})
