import { expect, test } from 'vitest'
import { type MigrationMeasure, migrationPredictionSchema } from '../../../shared/model/index.ts'
import { type PredictInput, predict } from './predict.ts'
import { MIB, sampleDisk, sampleOutgoing, sampleRecord, sampleSpec } from './testing/samples.ts'

function measure(more: Partial<MigrationMeasure> = {}): MigrationMeasure {
  return { dirtyBytesPerS: 0, bandwidthBytesPerS: 125 * MIB, notes: [], measuredAtMs: 0, ...more }
}

function inputOf(more: Partial<PredictInput> = {}): PredictInput {
  return { spec: sampleSpec(), out: sampleOutgoing(), sourceHostId: 'c1.h.1', measured: measure(), records: [], nowMs: 9, ...more }
}

/** The prediction; throws when there is none. */
function foretold(more: Partial<PredictInput> = {}) {
  const prediction = predict(inputOf(more))
  if (!prediction) throw new Error('nothing to tell')
  return prediction
}

const BUSY = { dirtied: [1, 3].map((seconds) => ({ seconds, bytes: 400 * MIB * seconds })), dirtyBytesPerS: 400 * MIB }

test('a quiet guest: what it holds, at the rate between the hosts, and what a move costs besides', () => {
  const prediction = foretold()
  expect(prediction).toMatchObject({
    madeAtMs: 9,
    memoryBytes: 512 * MIB,
    diskBytes: 0,
    converges: true,
    waysOut: [],
    bandwidthFrom: 'measured',
    learnedFrom: { pair: 0, all: 0 },
  })
  // 512 MiB at four fifths of 125 MiB/s
  expect(prediction.totalMs.likely).toBeCloseTo(2_000 + 5_120, -2)
  expect(prediction.totalMs.low).toBeLessThan(prediction.totalMs.likely)
  expect(prediction.totalMs.high).toBeGreaterThan(prediction.totalMs.likely)
  expect(prediction.dataBytes.likely).toBe(512 * MIB)
  expect(prediction.downtimeMs.likely).toBeLessThan(450)
})

test('nothing measured: assumed and said so, with a wider range; learned once the pair has shown its rate', () => {
  const blind = foretold({ measured: null })
  expect(blind).toMatchObject({ bandwidthFrom: 'assumed', dirtyBytesPerS: null })
  const seen = foretold()
  expect(blind.totalMs.high / blind.totalMs.likely).toBeGreaterThan(seen.totalMs.high / seen.totalMs.likely)
  const taught = foretold({ measured: null, records: [sampleRecord(1, { memoryBytesPerS: 50 * MIB })] })
  expect(taught).toMatchObject({ bandwidthFrom: 'learned', bandwidthBytesPerS: 50 * MIB, learnedFrom: { pair: 1, all: 1 } })
})

test('measured long ago, or a memory too small to be sampled: not known, and nothing is made of it', () => {
  const hours = 5 * 3_600_000
  expect(foretold({ nowMs: hours, measured: measure(BUSY) })).toMatchObject({
    dirtyBytesPerS: null,
    bandwidthFrom: 'assumed',
    converges: true,
  })
  const small = { memoryKiB: 98_304, residentKiB: 98_304 }
  expect(foretold({ out: sampleOutgoing(small) })).toMatchObject({ dirtyBytesPerS: null, bandwidthFrom: 'measured' })
  expect(foretold({ out: sampleOutgoing(small), measured: measure(BUSY) }).dirtyBytesPerS).toBe(400 * MIB)
})

test('a limit below the rate is what counts; above it, it changes nothing', () => {
  const limited = foretold({ spec: sampleSpec({ bandwidthBytesPerS: 10 * MIB }) })
  expect(limited).toMatchObject({ bandwidthFrom: 'limit', bandwidthBytesPerS: 10 * MIB })
  expect(limited.totalMs.likely).toBeGreaterThan(50_000)
  expect(foretold({ spec: sampleSpec({ bandwidthBytesPerS: 900 * MIB }) }).totalMs).toEqual(foretold().totalMs)
})

test('what nobody has measured is no reason to say that it never ends', () => {
  const spec = sampleSpec({ bandwidthBytesPerS: MIB })
  expect(foretold({ spec, measured: null })).toMatchObject({ converges: true, dirtyBytesPerS: null })
})

test('it writes faster than is copied: said beforehand, with the ways that would help', () => {
  const prediction = foretold({ measured: measure(BUSY) })
  expect(prediction.converges).toBe(false)
  expect(prediction.dirtyBytesPerS).toBe(400 * MIB)
  const ways = prediction.waysOut.map(({ label, set }) => [label.code, set])
  expect(ways).toContainEqual(['migration.mend.auto-converge', { autoConverge: true }])
  expect(ways).toContainEqual(['migration.mend.post-copy', { postCopy: true, tunnelled: false, parallel: 0 }])
  expect(ways.at(-1)).toEqual(['migration.mend.paused', { mode: 'paused', postCopy: false, autoConverge: false }])
  for (const { set } of prediction.waysOut) {
    expect(foretold({ measured: measure(BUSY), spec: sampleSpec(set as object) }).converges).toBe(true)
  }
})

test('a limit that is the reason is the first way out, and one that is not there is none', () => {
  const slow = { bytes: 20 * MIB, dirtyBytesPerS: 20 * MIB }
  const spec = sampleSpec({ bandwidthBytesPerS: 5 * MIB })
  const { converges, waysOut } = foretold({ spec, measured: measure(slow) })
  expect(converges).toBe(false)
  expect(waysOut[0]).toMatchObject({ label: { code: 'migration.mend.more-bandwidth' }, set: { bandwidthBytesPerS: null } })
  const codes = foretold({ measured: measure(BUSY) }).waysOut.map(({ label }) => label.code)
  expect(codes).not.toContain('migration.mend.more-bandwidth')
})

test('paused: all of it is downtime, and what it would write does not matter', () => {
  const prediction = foretold({ spec: sampleSpec({ mode: 'paused' }), measured: measure(BUSY) })
  expect(prediction).toMatchObject({ converges: true, passes: 1 })
  expect(prediction.downtimeMs.likely).toBeGreaterThan(5_000)
  expect(prediction.dataBytes.likely).toBe(512 * MIB)
})

test('disks are copied as far as they are allocated, and what is written meanwhile once more', () => {
  const out = sampleOutgoing({ disks: [sampleDisk(), sampleDisk({ target: 'vdb', allocationBytes: 900 * MIB })] })
  const spec = sampleSpec({ disks: [{ target: 'vda', how: 'copy' }] })
  const prediction = foretold({ spec, out })
  expect(prediction.diskBytes).toBe(200 * MIB)
  expect(prediction.dataBytes.likely).toBe(712 * MIB)
  const writing = foretold({ spec, out, diskWriteBytesPerS: 60 * MIB })
  expect(writing.totalMs.likely).toBeGreaterThan(prediction.totalMs.likely + 1_000)
})

test('off: nothing to tell without disks, no downtime with them', () => {
  const off = sampleOutgoing({ isRunning: false, residentKiB: null })
  expect(predict(inputOf({ out: off, spec: sampleSpec({ mode: 'cold' }) }))).toBeNull()
  const spec = sampleSpec({ mode: 'cold', disks: [{ target: 'vda', how: 'copy' }] })
  const prediction = foretold({ spec, out: { ...off, disks: [sampleDisk()] } })
  expect(prediction).toMatchObject({ memoryBytes: 0, passes: 0, converges: true, downtimeMs: { likely: 0 } })
})

test('several connections get nearer to what the link gives, never beyond it', () => {
  const slow = Array.from({ length: 5 }, (_, n) => sampleRecord(n, { memoryBytesPerS: 30 * MIB }))
  const one = foretold({ records: slow })
  const four = foretold({ records: slow, spec: sampleSpec({ parallel: 4 }) })
  expect(four.bandwidthBytesPerS).toBeGreaterThan(2 * (one.bandwidthBytesPerS ?? 0))
  expect(four.bandwidthBytesPerS).toBeLessThanOrEqual(125 * MIB)
})

test('the next prediction is nearer to what the last ones were', () => {
  const actual = { totalMs: 4_000, downtimeMs: 90, dataBytes: 100 * MIB, memoryBytesPerS: 80 * MIB }
  const history: ReturnType<typeof sampleRecord>[] = []
  for (let n = 0; n < 6; n += 1) history.push(sampleRecord(n, actual, {}, foretold({ records: history })))
  const last = foretold({ records: history })
  expect(Math.abs(last.totalMs.likely / 4_000 - 1)).toBeLessThan(0.1)
  expect(Math.abs(last.dataBytes.likely / (100 * MIB) - 1)).toBeLessThan(0.1)
  expect(Math.abs(last.downtimeMs.likely - 90)).toBeLessThan(60)
})

test.each([0, 1, null, 1e15])(
  'whatever was measured, it is foretold in numbers: %s bytes a second between the hosts',
  (bandwidthBytesPerS) => {
    for (const dirtyBytesPerS of [0, null, 5e9]) {
      const said = JSON.parse(JSON.stringify(foretold({ measured: measure({ bandwidthBytesPerS, dirtyBytesPerS }) })))
      expect(migrationPredictionSchema.safeParse(said).error).toBeUndefined()
    }
  },
)
