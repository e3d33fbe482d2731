import { expect, test } from 'vitest'
import type { HostId } from '../../../shared/model/index.ts'
import { learn } from './predict-learn.ts'
import { MIB, sampleRecord } from './testing/samples.ts'

const PUPIL = { machineName: 'web', sourceHostId: 'c1.h.1', targetHostId: 'c2.h.1', copiesDisks: false, isMeasured: true }
const many = <T>(count: number, make: (n: number) => T) => Array.from({ length: count }, (_, n) => make(n))

test('nothing is known: what is assumed, with a wide range, wider when nothing was measured', () => {
  const first = learn([], PUPIL)
  expect(first).toMatchObject({ memoryShare: 1, memoryBytesPerS: null, from: { pair: 0, all: 0 } })
  expect(first.spread.total.high).toBeGreaterThan(1.3)
  expect(learn([], { ...PUPIL, isMeasured: false }).spread.total.high).toBeGreaterThan(first.spread.total.high)
})

test('share of memory, rate, fixed costs and switch-over come from what was counted', () => {
  const actual = { totalMs: 7_000, downtimeMs: 330, dataBytes: 256 * MIB, memoryBytesPerS: 64 * MIB }
  const learned = learn(
    many(5, (n) => sampleRecord(n, actual)),
    PUPIL,
  )
  expect(learned).toMatchObject({
    memoryShare: 0.5,
    linkShare: 0.64,
    memoryBytesPerS: 64 * MIB,
    fixedMs: 3_000,
    switchMs: 80,
    from: { pair: 5, all: 5 },
  })
})

test('one strange move changes nothing, and ones that stayed teach nothing', () => {
  const records = [
    ...many(6, (n) => sampleRecord(n)),
    sampleRecord(7, { totalMs: 900_000, downtimeMs: 90_000, dataBytes: 4_000 * MIB }),
    ...many(9, (n) => sampleRecord(10 + n, { dataBytes: 1 }, { outcome: 'stayed' })),
  ]
  expect(learn(records, PUPIL)).toMatchObject({ memoryShare: 1, fixedMs: 2_000, switchMs: 120, from: { pair: 7, all: 7 } })
})

test('the same pair, whichever way, before other hosts; others where there is nothing else', () => {
  const elsewhere = { sourceHostId: 'c8.h.1' as HostId, targetHostId: 'c9.h.1' as HostId }
  const others = many(20, (n) => sampleRecord(n, { totalMs: 30_000 }, elsewhere))
  expect(learn(others, PUPIL)).toMatchObject({ memoryBytesPerS: null, from: { pair: 0, all: 20 } })
  expect(learn(others, PUPIL).fixedMs).toBeGreaterThan(20_000)
  const back = { sourceHostId: 'c2.h.1' as HostId, targetHostId: 'c1.h.1' as HostId }
  const own = many(3, (n) => sampleRecord(100 + n, { totalMs: 6_120 }, back))
  expect(learn([...others, ...own], PUPIL)).toMatchObject({ fixedMs: 1_000, from: { pair: 3, all: 23 } })
})

test('what is known of the machine itself counts more than what its neighbours sent', () => {
  const neighbours = many(8, (n) => sampleRecord(n, { dataBytes: 480 * MIB }, { machineName: `other-${n}` }))
  const own = many(2, (n) => sampleRecord(20 + n, { dataBytes: 128 * MIB }))
  expect(learn([...neighbours, ...own], PUPIL).memoryShare).toBe(0.25)
})

test('what it costs to copy disks is learned from moves that did', () => {
  const without = many(6, (n) => sampleRecord(n, {}, { machineName: `other-${n}` }))
  const copied = many(3, (n) => sampleRecord(10 + n, { totalMs: 9_120 }, { machineName: `disk-${n}` }, { diskBytes: MIB }))
  expect(learn([...without, ...copied], PUPIL).fixedMs).toBe(2_000)
  expect(learn([...without, ...copied], { ...PUPIL, copiesDisks: true }).fixedMs).toBe(4_000)
})

test('a limited move teaches nothing of the rate', () => {
  const limited = many(5, (n) => sampleRecord(n, { memoryBytesPerS: MIB }, {}, { bandwidthFrom: 'limit' }))
  expect(learn(limited, PUPIL).memoryBytesPerS).toBeNull()
})

test('the range is what earlier predictions were off by', () => {
  const near = learn(
    many(20, (n) => sampleRecord(n, { totalMs: 7_120 + (n % 2 === 0 ? 200 : -200) })),
    PUPIL,
  )
  expect(near.spread.total.low).toBeGreaterThan(0.94)
  expect(near.spread.total.high).toBeLessThan(1.06)
  const far = learn(
    many(20, (n) => sampleRecord(n, { totalMs: n % 2 === 0 ? 15_000 : 3_500, downtimeMs: n % 2 === 0 ? 900 : 100 })),
    PUPIL,
  )
  expect(far.spread.total.high).toBeGreaterThan(2)
  expect(far.spread.total.low).toBeLessThan(0.6)
  expect(far.spread.downtimeMs).toEqual({ low: -270, high: 530 })
})
