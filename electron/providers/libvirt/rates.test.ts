import { expect, test } from 'vitest'
import { DomainStats } from '../../libvirt/index.ts'
import { countersOf, memoryUsedKiB, metricsBetween, ratePerS } from './rates.ts'

const dom = { name: 'a', uuid: '00000000-0000-4000-8000-000000000001', id: 3 }
const stats = (values: Record<string, number | bigint | string>, id = 3) => new DomainStats({ ...dom, id }, values)
const load = (cpu: bigint, read: bigint, id = 3) =>
  stats(
    {
      'cpu.time': cpu,
      'block.count': 2,
      'block.0.name': 'vda',
      'block.0.rd.bytes': read,
      'block.1.name': 'sda',
      'net.count': 1,
      'net.0.name': 'vnet0',
      'net.0.rx.bytes': 10n,
      'net.0.tx.bytes': 0n,
    },
    id,
  )

test('counters become rates over all vCPUs and devices', () => {
  const before = countersOf(load(1_000_000_000n, 1_000n), 10_000)
  const after = countersOf(load(2_000_000_000n, 5_000n), 12_000)
  expect(metricsBetween(before, after, 2, 512)).toEqual({
    atMs: 12_000,
    cpuPercent: 25,
    memoryUsedKiB: 512,
    diskReadBytesPerS: 2_000,
    diskWriteBytesPerS: null,
    netRxBytesPerS: 0,
    netTxBytesPerS: 0,
  })
})

test('a counter that went back was reset: no rate, never a negative one', () => {
  expect(ratePerS(10n, 9n, 1_000)).toBeNull()
  expect(ratePerS(undefined, 9n, 1_000)).toBeNull()
  expect(ratePerS(9n, 9n, 0)).toBeNull()
  expect(ratePerS(9n, 10n, 500)).toBe(2)
})

test('another run of the machine starts over, even if its counters are higher', () => {
  const before = countersOf(load(1n, 1n, 3), 0)
  const after = countersOf(load(9_000_000_000n, 9n, 4), 1_000)
  expect(metricsBetween(before, after, 1, null)).toMatchObject({ cpuPercent: null, diskReadBytesPerS: null, netRxBytesPerS: null })
})

test('without an earlier sample and without vCPUs nothing is made up', () => {
  const after = countersOf(load(9n, 9n), 1_000)
  expect(metricsBetween(undefined, after, 1, null).cpuPercent).toBeNull()
  expect(metricsBetween(countersOf(load(1n, 9n), 0), after, 0, null).cpuPercent).toBeNull()
})

test('more than all of it is all of it', () => {
  expect(metricsBetween(countersOf(load(0n, 0n), 0), countersOf(load(2_000_000_000n, 0n), 1_000), 1, null).cpuPercent).toBe(100)
})

test.each([
  [{ 'balloon.available': 1000n, 'balloon.usable': 600n, 'balloon.unused': 100n }, 400],
  [{ 'balloon.available': 1000n, 'balloon.unused': 100n }, 900],
  [{ 'balloon.current': 1000n, 'balloon.rss': 400n }, null],
  [{ 'balloon.available': 100n, 'balloon.usable': 600n }, null],
])('memory used of %o is %s', (values, used) => {
  expect(memoryUsedKiB(stats(values))).toBe(used)
})
