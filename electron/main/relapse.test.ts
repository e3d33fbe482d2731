import { expect, test } from 'vitest'
import { Relapse } from './relapse.ts'

test('a page that dies once is reloaded, twice within a minute asks, later reloads again', () => {
  const relapse = new Relapse()
  expect(relapse.next('crashed', 0)).toBe('reload')
  expect(relapse.next('oom', 59_000)).toBe('ask')
  expect(relapse.next('killed', 120_000)).toBe('reload')
})

test('an orderly end is nothing', () => {
  const relapse = new Relapse()
  expect(relapse.next('clean-exit', 0)).toBe('nothing')
  expect(relapse.next('crashed', 1)).toBe('reload')
})
