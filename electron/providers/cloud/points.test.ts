import { expect, test } from 'vitest'
import { samplesFrom } from './points.ts'

const cpu = [
  { atMs: 300, value: 3 },
  { atMs: 200, value: 2 },
  { atMs: 100, value: 1 },
]
const received = [
  { atMs: 100, value: 10 },
  { atMs: 200, value: 20 },
]

const figures = [['cpuPercent', cpu] as const, ['netRxBytesPerS', received] as const]
const shown = (sinceMs: number | null) =>
  samplesFrom(figures, sinceMs).map(({ atMs, cpuPercent, netRxBytesPerS }) => [atMs, cpuPercent, netRxBytesPerS])

test('the newest alone has of each figure the last that is known', () => {
  expect(shown(null)).toEqual([[300, 3, 20]])
})

test('since a time: each at its own time, oldest first, whatever the order they came in', () => {
  expect(shown(0)).toEqual([
    [100, 1, 10],
    [200, 2, 20],
    [300, 3, 20],
  ])
  expect(shown(200).map(([atMs]) => atMs)).toEqual([200, 300])
  expect(shown(301)).toEqual([])
})

test('a figure that misses a time is unknown there; without any there is no sample', () => {
  const [one, , three] = received.concat({ atMs: 300, value: 30 })
  const some = [one, three].flatMap((point) => point ?? [])
  expect(
    samplesFrom(
      [
        ['cpuPercent', cpu],
        ['netTxBytesPerS', some],
      ],
      0,
    ).map(({ netTxBytesPerS }) => netTxBytesPerS),
  ).toEqual([10, null, 30])
  expect(samplesFrom([['cpuPercent', []]], null)).toEqual([])
})
