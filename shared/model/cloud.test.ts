import { expect, test } from 'vitest'
import { keyAndValue, tagOf } from './cloud.ts'

test.each([
  ['env', 'prod', 'env=prod'],
  ['protected', '', 'protected'],
  ['url', 'https://a?b=c', 'url=https://a?b=c'],
  ['etikett 🚚', 'wert 🚚', 'etikett 🚚=wert 🚚'],
])('the tag %s = %s is written %s, and read again', (key, value, tag) => {
  expect(tagOf(key, value)).toBe(tag)
  expect(keyAndValue(tag)).toEqual({ key, value })
})

test('a text that begins with = is a key alone', () => {
  expect(keyAndValue('=x')).toEqual({ key: '=x', value: '' })
})
