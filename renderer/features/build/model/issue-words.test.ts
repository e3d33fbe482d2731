import { expect, test } from 'vitest'
import de from '../../../../resources/locales/de.json'
import en from '../../../../resources/locales/en.json'

const schemas = import.meta.glob<string>('../../../../shared/model/{machine-spec,cloud-init,build}.ts', {
  query: '?raw',
  import: 'default',
  eager: true,
})

test('every complaint that the schemas have of their own has words in both languages', () => {
  const messages = new Set(
    Object.values(schemas).flatMap((text) =>
      [...text.matchAll(/(?:message: |, )'([a-z]+(?:-[a-z]+)+)'(?=\)| ?\}|,\s*path)/g)].map(([, message = '']) => message),
    ),
  )
  expect(messages.size).toBeGreaterThan(12)
  // a hash is never typed: the engine makes it
  messages.delete('not-a-password-hash')
  const unworded = [...messages].filter((message) => !(`build.issue.${message}` in en && `build.issue.${message}` in de))
  expect(unworded).toEqual([])
})
