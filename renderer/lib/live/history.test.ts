import { expect, test } from 'vitest'
import { HISTORY_POINTS, MetricHistory } from './history.ts'

test('keeps the newest points only, in order', () => {
  const history = new MetricHistory()
  for (let at = 1; at <= HISTORY_POINTS + 3; at++) history.push('m', at, at)
  expect(history.read('m')).toEqual(Array.from({ length: HISTORY_POINTS }, (_, index) => index + 4))
})

test('a sample that is not newer, or says nothing, is no point', () => {
  const history = new MetricHistory()
  history.push('m', 5, 10)
  history.push('m', 5, 20)
  history.push('m', 6, null)
  expect(history.read('m')).toEqual([10])
})

test('older samples are put before what has come meanwhile', () => {
  const history = new MetricHistory()
  history.push('m', 10, 50)
  history.push('m', 11, 60)
  history.seed('m', [
    { atMs: 7, cpuPercent: 20 },
    { atMs: 8, cpuPercent: null },
    { atMs: 9, cpuPercent: 40 },
    { atMs: 10, cpuPercent: 50 },
  ])
  expect(history.read('m')).toEqual([20, 40, 50, 60])
  history.push('m', 12, 70)
  expect(history.read('m')).toEqual([20, 40, 50, 60, 70])
})
