import { expect, test } from 'vitest'
import { finished, freeName, nameOfNow, tagsOf } from './draft.ts'

test('tags apart by commas or blanks, each once', () => {
  expect(tagsOf(' nightly, upgrade  nightly,,x ')).toEqual(['nightly', 'upgrade', 'x'])
})

test('a name that no snapshot has', () => {
  expect(freeName('before', [])).toBe('before')
  expect(freeName('before', [{ name: 'before' }, { name: 'before-2' }])).toBe('before-3')
})

test('the time of now as a name that a snapshot can have', () => {
  expect(nameOfNow(new Date(2026, 10, 6, 4, 5).getTime())).toBe('2026-11-06-0405')
})

test('what is not finished is not asked for', () => {
  const create = { operation: 'create', name: '', description: null, tags: [], kind: 'external', memory: false, freeze: false } as const
  expect(finished({ ...create, tags: [] })).toBeNull()
  expect(finished({ ...create, tags: [], name: '../x' })).toBeNull()
  expect(finished({ ...create, tags: [], name: 'before upgrade' })).toMatchObject({ name: 'before upgrade' })
  expect(finished({ operation: 'revert', name: 'a', keepAs: '', start: false })).toBeNull()
  expect(finished({ operation: 'revert', name: 'a', keepAs: null, start: false })).not.toBeNull()
  expect(finished({ operation: 'clone', name: 'a', as: '' })).toBeNull()
  expect(finished({ operation: 'merge', target: 'vda', top: '/a', base: '' })).toBeNull()
})
