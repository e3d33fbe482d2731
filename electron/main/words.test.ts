import { expect, test } from 'vitest'
import de from '../../resources/locales/shell.de.json' with { type: 'json' }
import en from '../../resources/locales/shell.en.json' with { type: 'json' }
import { pagePaths } from './page-paths.ts'
import { languageFor, type ShellWord, wordsFor } from './words.ts'

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)/g)].flatMap((match) => match[1] ?? []).toSorted()

test('both languages have the same words, with the same gaps', () => {
  expect(Object.keys(de)).toEqual(Object.keys(en))
  for (const key of Object.keys(en) as ShellWord[]) {
    expect(en[key].trim()).not.toBe('')
    expect(de[key].trim()).not.toBe('')
    expect(new Set(placeholders(de[key]))).toEqual(new Set(placeholders(en[key])))
  }
})

test('numbers are counted in each language', () => {
  expect(wordsFor('en')('quit.title', { count: 1 })).toBe('1 task is still running')
  expect(wordsFor('en')('quit.title', { count: 3 })).toBe('3 tasks are still running')
  expect(wordsFor('de')('quit.title', { count: 1 })).toBe('1 Aufgabe läuft noch')
  expect(wordsFor('de')('quit.title', { count: 3 })).toBe('3 Aufgaben laufen noch')
})

test('tasks are called what the page calls them', () => {
  expect(wordsFor('en').task('machine.powerOff')).toBe('Power off')
  expect(wordsFor('de').task('machine.powerOff')).not.toBe('Power off')
  expect(wordsFor('en').task('volume.copy')).toBe('volume.copy')
})

test.each([
  ['system', 'de-AT', 'de'],
  ['system', 'de', 'de'],
  ['system', 'fr-FR', 'en'],
  ['system', 'den', 'en'],
  ['en', 'de-DE', 'en'],
  ['de', 'en-GB', 'de'],
] as const)('the setting %s on a system in %s speaks %s', (setting, locale, language) => {
  expect(languageFor(setting, locale)).toBe(language)
})

test('the shell leads where the page has its views', async () => {
  // another environment with another tsconfig: the compiler must not follow
  const file = new URL('../../renderer/lib/paths.ts', import.meta.url).href
  const { paths } = (await import(file)) as {
    paths: Record<'fleet' | 'tasks' | 'events' | 'connections' | 'addHost' | 'settings', (id?: string) => string>
  }
  expect(pagePaths.task('a b/c')).toBe(paths.tasks('a b/c'))
  const { task: _, ...fixed } = pagePaths
  expect(fixed).toEqual({
    fleet: paths.fleet(),
    tasks: paths.tasks(),
    events: paths.events(),
    connections: paths.connections(),
    addHost: paths.addHost(),
    settings: paths.settings(),
  })
})
