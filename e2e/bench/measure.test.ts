import { expect, test } from 'vitest'
import { judge, median, percentile } from './measure.ts'

test('a figure is judged against its budget, upper or lower', () => {
  expect(judge({ name: 'a', value: 10, unit: 'ms', budget: 10 }).within).toBe(true)
  expect(judge({ name: 'a', value: 11, unit: 'ms', budget: 10 }).within).toBe(false)
  expect(judge({ name: 'a', value: 60, unit: 'fps', budget: 55, atLeast: true }).within).toBe(true)
  expect(judge({ name: 'a', value: 50, unit: 'fps', budget: 55, atLeast: true }).within).toBe(false)
  expect(judge({ name: 'a', value: 1e9, unit: 'ms', budget: null }).within).toBe(true)
})

test('the ratio is ours over the peer', () => {
  expect(judge({ name: 'a', value: 30, unit: 'ms', budget: 40, peer: { name: 'virsh', value: 390 } }).ratio).toBe(0.0769)
})

test('percentiles are values that occurred', () => {
  const samples = [5, 1, 4, 2, 3]
  expect(median(samples)).toBe(3)
  expect(percentile(samples, 0.95)).toBe(5)
  expect(percentile(samples, 0.2)).toBe(1)
  expect(() => percentile([], 0.5)).toThrow('no samples')
})
