import { expect, test } from 'vitest'
import { keyAndValue, sameAccounts, tagOf } from './cloud.ts'

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

test('an account that was added twice is told by what both see; hosts and other regions of the same account are not', () => {
  const parts = [
    { connectionId: 'c1', nativeRef: 'eu-central-1', account: '111122223333' },
    { connectionId: 'c1', nativeRef: 'us-east-1', account: '111122223333' },
    { connectionId: 'c2', nativeRef: 'us-east-1', account: '111122223333' },
    { connectionId: 'c3', nativeRef: 'eu-west-1', account: '111122223333' },
    { connectionId: 'c4', nativeRef: 'eu-central-1', account: '999999999999' },
    { connectionId: 'c5', nativeRef: 'kvm-01', account: null },
    { connectionId: 'c6', nativeRef: 'kvm-01', account: null },
  ]
  expect(sameAccounts('c1', parts)).toEqual(['c2'])
  expect(sameAccounts('c3', parts)).toEqual([])
  expect(sameAccounts('c5', parts)).toEqual([])
})
