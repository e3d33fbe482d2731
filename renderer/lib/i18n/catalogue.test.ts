import { IntlMessageFormat } from 'intl-messageformat'
import { expect, test } from 'vitest'
import de from '../../../resources/locales/de.json'
import en from '../../../resources/locales/en.json'
import { Catalogue, resolveLanguage } from './catalogue.ts'

type Element = ReturnType<IntlMessageFormat['getAst']>[number]

const LITERAL = 0

/** Names of what a message wants, with the branches it goes into. */
function placeholders(elements: readonly Element[], into = new Set<string>()): Set<string> {
  for (const element of elements) {
    if ('options' in element) for (const option of Object.values(element.options)) placeholders(option.value, into)
    if ('value' in element && element.type.valueOf() !== LITERAL) into.add(element.value)
  }
  return into
}

const names = (text: string) =>
  [...placeholders(new IntlMessageFormat(text, 'en', undefined, { ignoreTag: true }).getAst())].sort().join(' ')

test('German has exactly the messages of English', () => {
  expect(Object.keys(de)).toEqual(Object.keys(en))
})

test('each message wants the same in both languages', () => {
  const german = new Map(Object.entries(de))
  const different = Object.entries(en).filter(([key, text]) => names(text) !== names(german.get(key) ?? ''))
  expect(different).toEqual([])
})

test('plurals and select words follow the language', () => {
  const german = new Catalogue('de')
  expect(german.format('fleet.machines', { count: 1, shown: '1' })).toBe('1 Maschine')
  expect(german.format('fleet.machines', { count: 1_200, shown: '1.200' })).toBe('1.200 Maschinen')
})

test('the language is the chosen one, else the first of the system that exists', () => {
  expect(resolveLanguage('de', ['en-GB'])).toBe('de')
  expect(resolveLanguage('system', ['fr-FR', 'de-AT', 'en'])).toBe('de')
  expect(resolveLanguage('system', ['fr-FR'])).toBe('en')
})
