import { expect, test } from 'vitest'
import { CarriedBytes } from './carried-bytes.ts'

const MIB = 1_048_576

test('the second of two disks goes on where the first has ended, and its rate is that of bytes sent and read back', () => {
  const carried = new CarriedBytes([100 * MIB, 200 * MIB], 1)
  expect(carried.told({ note: 'copying', fraction: 0 }, 0)).toMatchObject({
    disk: { total: 300 * MIB, done: 100 * MIB, remaining: 200 * MIB },
    bandwidthBytesPerS: null,
  })
  expect(carried.told({ fraction: 0.5 }, 10_000)).toMatchObject({
    phase: 'copying-disks',
    disk: { done: 200 * MIB, remaining: 100 * MIB },
    bandwidthBytesPerS: 10 * MIB,
  })
})

test('one that is taken up in the middle counts its rate from there', () => {
  const carried = new CarriedBytes([100 * MIB], 0)
  carried.told({ fraction: 0.5 }, 1_000)
  expect(carried.told({ fraction: 0.75 }, 6_000)?.bandwidthBytesPerS).toBe(5 * MIB)
})

test('a word without a share says nothing', () => {
  expect(new CarriedBytes([1], 0).told({ note: 'waiting-for-link' }, 0)).toBeNull()
})
