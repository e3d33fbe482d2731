import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'

const sources = import.meta.glob<string>('../../../electron/providers/azure/images/*finding*.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

/** Codes of findings, and the sentences of the files: a text may stand in a variable of its own. */
function said(): { readonly codes: readonly string[]; readonly texts: ReadonlySet<string> } {
  const all = Object.values(sources).join('\n')
  const codes = [...all.matchAll(/'(?:blocks|warns|passed|unknown)',\s*'([a-z-]+)'/g)].map(([, code = '']) => code)
  return { codes, texts: new Set([...all.matchAll(/'([^'\n]+)'/g)].map(([, text = '']) => text)) }
}

const fieldsOf = (text: string) => [...new Set(text.match(/\{\w+\}/g) ?? [])].toSorted((a, b) => a.localeCompare(b))

test('what is found about disks for Azure and out of it has words in both languages, with the same fields', () => {
  const { codes, texts } = said()
  expect(codes.length).toBeGreaterThan(20)
  for (const code of codes) {
    const key = `reason.azure.${code}` as keyof typeof en
    expect([code, texts.has(en[key])]).toEqual([code, true])
    expect([code, fieldsOf(de[key])]).toEqual([code, fieldsOf(en[key])])
  }
})
