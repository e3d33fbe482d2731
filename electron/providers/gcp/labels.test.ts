import { expect, test } from 'vitest'
import { labelsOfTags, REQUEST_LABEL, tagsOfLabels } from './labels.ts'

test('labels are tags, and tags labels', () => {
  const labels = { env: 'prod', 'http-server': '', größe: '東京' }
  expect(tagsOfLabels(labels)).toEqual(['env=prod', 'http-server', 'größe=東京'])
  expect(labelsOfTags(tagsOfLabels(labels))).toEqual(labels)
  expect(tagsOfLabels(null)).toEqual([])
})

test('what this console marks its own work with is no tag', () => {
  expect(tagsOfLabels({ [REQUEST_LABEL]: '0', env: 'dev' })).toEqual(['env=dev'])
})

test.each([
  ['an upper-case key', 'Env=prod'],
  ['an upper-case value', 'env=Prod'],
  ['a digit in front of the key', '1st=x'],
  ['a space', 'a b=c'],
  ['an emoji', 'team=🚚'],
  ['a long key', `k${'x'.repeat(63)}=1`],
  ['a long value', `k=${'x'.repeat(64)}`],
])('%s is refused with the tag and the rule', (_what, tag) => {
  expect(() => labelsOfTags([tag])).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'cloud.tag-refused', details: { tag } }))
})

test('64 labels fit, 65 do not; 63 characters fit', () => {
  const many = Array.from({ length: 65 }, (_, index) => `label-${index}=${'v'.repeat(63)}`)
  expect(Object.keys(labelsOfTags(many.slice(0, 64)))).toHaveLength(64)
  expect(() => labelsOfTags(many)).toThrow(expect.objectContaining({ code: 'cloud.tag-refused' }))
})
