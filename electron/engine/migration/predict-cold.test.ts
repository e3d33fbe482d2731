import { describe, expect, test } from 'vitest'
import { predict } from './predict.ts'
import { MIB, sampleDisk, sampleOutgoing, sampleRecord, sampleSpec } from './testing/samples.ts'

const OUT = sampleOutgoing({ isRunning: false, residentKiB: null, disks: [sampleDisk()] })
const SPEC = sampleSpec({ mode: 'cold', disks: [{ target: 'vda', how: 'copy' }] })
const BASE = { spec: SPEC, out: OUT, sourceHostId: 'c1.h.1', measured: null, records: [], nowMs: 10, isCarried: true }

/** A cold move of 200 MiB that took `totalMs`. */
function moved(n: number, totalMs: number) {
  const { predicted, ...record } = sampleRecord(n, { totalMs, downtimeMs: null, dataBytes: null }, { mode: 'cold' })
  if (!predicted?.model) throw new Error('no model')
  return { ...record, predicted: { ...predicted, diskBytes: 200 * MIB, model: { ...predicted.model, diskBytes: 200 * MIB } } }
}

describe('a move of a machine that is off, through the console', () => {
  test('its bytes over a rate that is assumed, in a wide range; nothing stands still', () => {
    expect(predict(BASE)).toMatchObject({
      totalMs: { low: expect.closeTo(2_333, 0), likely: 6_000, high: 16_000 },
      downtimeMs: { low: 0, likely: 0, high: 0 },
      dataBytes: { low: 200 * MIB, likely: 200 * MIB, high: 200 * MIB },
      bandwidthFrom: 'assumed',
      passes: 0,
      converges: true,
      learnedFrom: { pair: 0, all: 0 },
    })
  })

  test('what was measured is sent once and read back once', () => {
    const measured = { dirtyBytesPerS: null, bandwidthBytesPerS: 40 * MIB, through: 'console' as const, notes: [], measuredAtMs: 0 }
    expect(predict({ ...BASE, measured })).toMatchObject({ totalMs: { likely: 12_000 }, bandwidthFrom: 'measured' })
  })

  test('of a disk that stands on another, up to all that it can hold', () => {
    const disks = [sampleDisk({ backing: ['/pool/base.qcow2'] })]
    expect(predict({ ...BASE, out: { ...OUT, disks } })?.dataBytes).toEqual({ low: 200 * MIB, likely: 612 * MIB, high: 1_024 * MIB })
  })

  test('earlier moves of the pair tell more than what was measured; one strange one spoils nothing', () => {
    const measured = { dirtyBytesPerS: null, bandwidthBytesPerS: 400 * MIB, through: 'console' as const, notes: [], measuredAtMs: 0 }
    const records = [moved(1, 22_000), moved(2, 22_000), moved(3, 600_000)]
    expect(predict({ ...BASE, measured, records })).toMatchObject({
      totalMs: { likely: 22_000 },
      bandwidthBytesPerS: 10 * MIB,
      bandwidthFrom: 'learned',
      learnedFrom: { pair: 3, all: 3 },
    })
  })

  test('nor do they teach anything of moves that run', () => {
    const live = { ...BASE, out: sampleOutgoing(), spec: sampleSpec(), isCarried: false }
    expect(predict({ ...live, records: [moved(1, 90_000)] })).toEqual(predict(live))
  })

  test('shared disks are not sent: there is nothing to foretell', () => {
    const spec = sampleSpec({ mode: 'cold', disks: [{ target: 'vda', how: 'shared' }] })
    expect(predict({ ...BASE, spec })).toBeNull()
  })
})
