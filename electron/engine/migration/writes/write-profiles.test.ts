import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { FakeClock } from '../../testing/fake-clock.ts'
import { MemoryWriteProfiles } from '../../testing/memory-write-profiles.ts'
import { SLOT_MS } from './write-profile.ts'
import { WriteProfiles } from './write-profiles.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const MIB = 1_048_576

async function started(store = new MemoryWriteProfiles(), clock = new FakeClock()) {
  const warnings: string[] = []
  const log = { debug: () => {}, info: () => {}, warn: (text: string) => void warnings.push(text), error: () => {} }
  const profiles = new WriteProfiles({ store, clock, log })
  profiles.start()
  await clock.advance(0)
  return { profiles, store, clock, warnings }
}

/** Samples of the half-hours that are over, up to now. */
function look(profiles: WriteProfiles, id: string, clock: FakeClock, halves: number): void {
  const end = Math.floor(clock.nowMs() / SLOT_MS) * SLOT_MS
  for (let ms = end - halves * SLOT_MS; ms <= end; ms += 60_000) profiles.add(id, ms, MIB)
}
const newestOf = (profiles: WriteProfiles, id: string) => profiles.of(id)?.at(profiles.of(id)?.newest ?? -1) ?? null

test('is on the disk every two hours and at the end, one row a machine that changed', async () => {
  const { profiles, store, clock } = await started()
  look(profiles, 'm1', clock, 4)
  look(profiles, 'm2', clock, 4)
  await clock.advance(2 * HOUR_MS - 1)
  expect(store.rows.size).toBe(0)
  await clock.advance(1)
  expect([...store.rows.keys()]).toEqual(['m1', 'm2'])
  store.rows.clear()
  look(profiles, 'm2', clock, 2)
  await clock.advance(2 * HOUR_MS)
  expect([...store.rows.keys()]).toEqual(['m2'])
  look(profiles, 'm1', clock, 2)
  await profiles.stop()
  const again = await started(store, clock)
  expect([newestOf(again.profiles, 'm1'), newestOf(again.profiles, 'm2')]).toEqual([MIB, MIB])
})

test('no sample is lost to those on the disk, nor the other way round', async () => {
  const store = new MemoryWriteProfiles()
  const first = await started(store)
  look(first.profiles, 'm1', first.clock, 4)
  await first.profiles.stop()
  const again = new WriteProfiles({ store, clock: first.clock, log: { debug() {}, info() {}, warn() {}, error() {} } })
  again.start()
  again.add('m1', first.clock.nowMs(), 0)
  await first.clock.advance(0)
  expect(newestOf(again, 'm1')).toBe(MIB)
})

test('goes along with a machine, which has another id there', async () => {
  const { profiles, store, clock } = await started()
  look(profiles, 'm1', clock, 4)
  await clock.advance(2 * HOUR_MS)
  profiles.moved('m1', 'm2')
  profiles.moved('m9', 'm8')
  expect([profiles.of('m1'), newestOf(profiles, 'm2'), profiles.of('m8')]).toEqual([undefined, MIB, undefined])
  await clock.advance(2 * HOUR_MS)
  expect([...store.rows.keys()]).toEqual(['m2'])
  profiles.moved('m2', 'm1')
  await profiles.stop()
  expect([...store.rows.keys()]).toEqual(['m1'])
})

test('of a machine that has not been looked at for 14 days nothing is kept', async () => {
  const { profiles, store, clock } = await started()
  look(profiles, 'm1', clock, 4)
  await clock.advance(10 * DAY_MS)
  expect(store.rows.size).toBe(1)
  await clock.advance(5 * DAY_MS)
  expect([store.rows.size, profiles.of('m1')]).toEqual([0, undefined])
})

test('ten thousand machines, and no more', async () => {
  const { profiles, clock } = await started()
  for (let at = 0; at < 10_001; at += 1) profiles.add(`m${at}`, clock.nowMs(), 1)
  expect([profiles.of('m9999') !== undefined, profiles.of('m10000')]).toEqual([true, undefined])
})

test('what is not known is no zero', async () => {
  const { profiles, clock } = await started()
  profiles.add('m1', clock.nowMs(), null)
  profiles.measured('m1', clock.nowMs(), null)
  expect(profiles.of('m1')).toBeUndefined()
})

test('a row that does not parse is left out, and the others are there', async () => {
  const { profiles, store, clock } = await started()
  look(profiles, 'm1', clock, 4)
  await profiles.stop()
  store.rows.set('m0', { machineId: 'm0', body: { newest: 'x' } })
  const again = await started(store, clock)
  expect([newestOf(again.profiles, 'm1'), again.profiles.of('m0')]).toEqual([MIB, undefined])
  expect(again.warnings).toHaveLength(1)
})

test('a store that does not take it is tried again at the next time', async () => {
  const { profiles, store, clock, warnings } = await started()
  const save = store.save.bind(store)
  store.save = () => Promise.reject(new AppError({ kind: 'exhausted', code: 'store.disk-full', message: 'full' }))
  look(profiles, 'm1', clock, 4)
  await clock.advance(2 * HOUR_MS)
  expect([store.rows.size, warnings.length]).toEqual([0, 1])
  store.save = save
  await clock.advance(2 * HOUR_MS)
  expect([...store.rows.keys()]).toEqual(['m1'])
})
