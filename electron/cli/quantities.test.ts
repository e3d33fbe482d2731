import { expect, test } from 'vitest'
import { bytesOf, diskSizes, placeOf, rateOf } from './quantities.ts'

test.each([
  ['20G', 21_474_836_480],
  ['20GiB', 21_474_836_480],
  ['1.5k', 1_536],
  ['512 MB', 536_870_912],
  ['4096', 4_096],
])('%s is a size', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes)
})

test.each(['', 'G', '-1G', '20X', '0', '1e9', '9999999T'])('%j is none', (text) => {
  expect(() => bytesOf(text)).toThrow(expect.objectContaining({ code: 'cli.bad-size' }))
})

test.each([
  ['200', 200e6],
  ['200M', 200e6],
  ['200 MB/s', 200e6],
  ['1.5G', 1.5e9],
  ['190MiB', 199_229_440],
])('%s is a bandwidth', (text, bytesPerS) => {
  expect(rateOf(text)).toBe(bytesPerS)
})

test.each(['', 'M', '0', '-5', '5X', 'fast', '5/s/s'])('%j is no bandwidth', (text) => {
  expect(() => rateOf(text)).toThrow(expect.objectContaining({ code: 'cli.bad-rate' }))
})

test('a volume by its pool and name', () => {
  expect(placeOf('default/debian 12.qcow2')).toEqual({ pool: 'default', volume: 'debian 12.qcow2' })
  for (const text of ['debian', '/debian', 'default/', 'a/b/c']) {
    expect(() => placeOf(text)).toThrow(expect.objectContaining({ code: 'cli.bad-volume' }))
  }
})

test('sizes by disk', () => {
  expect(diskSizes(['vda=1G', 'vdb=2G'])).toEqual({ vda: 2 ** 30, vdb: 2 ** 31 })
  expect(() => diskSizes(['vda'])).toThrow(expect.objectContaining({ code: 'cli.bad-size' }))
})
