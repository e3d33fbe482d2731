import { expect, test } from 'vitest'
import { type SnapshotSchedule, snapshotScheduleSchema } from '../../../shared/model/index.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { boot } from './testing/bench.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
/** 1 June 2026 is a Monday. */
const at = (day: number, hour = 0, minute = 0) => new Date(2026, 5, day, hour, minute).getTime()
const NIGHTLY: SnapshotSchedule = snapshotScheduleSchema.parse({
  id: 's1',
  name: 'Nightly',
  isEnabled: true,
  query: 'web',
  every: { unit: 'days', minuteOfDay: 120, weekdays: [1, 2, 3, 4, 5, 6, 7] },
  kind: 'external',
  freeze: false,
  tag: 'nightly',
  keep: { last: 2, days: 0, weeks: 0 },
})

async function started(nowMs = at(1)) {
  const bench = boot({ clock: new FakeClock(nowMs) })
  await bench.schedules.start()
  await bench.schedules.put(NIGHTLY)
  return bench
}

async function pass(bench: Awaited<ReturnType<typeof started>>, ms: number): Promise<void> {
  await bench.clock.advance(ms)
  await settle(12)
}

test('at its time each machine that fits gets one, with its tag and its schedule, and only so many stay', async () => {
  const bench = await started()
  expect(await bench.schedules.list()).toMatchObject([{ id: 's1', nextAtMs: at(1, 2), lastRun: null }])
  await pass(bench, 2 * HOUR_MS)
  expect(bench.keeper.snapshots).toMatchObject([{ name: 'nightly-20260601-0200', tags: ['nightly'], scheduleId: 's1', kind: 'external' }])
  for (let day = 0; day < 3; day += 1) await pass(bench, 24 * HOUR_MS)
  expect(bench.keeper.snapshots.map(({ name }) => name)).toEqual(['nightly-20260603-0200', 'nightly-20260604-0200'])
  expect(await bench.schedules.list()).toMatchObject([
    { nextAtMs: at(5, 2), lastRun: { scheduleId: 's1', atMs: at(4, 2), machines: 1, failed: [] } },
  ])
  expect(bench.events.filter(({ code }) => code.startsWith('snapshots.'))).toEqual([])
  await bench.schedules.stop()
})

test('one whose end would lose something, or is refused, stays', async () => {
  const bench = await started()
  bench.keeper.planOf = (operation) =>
    operation.operation === 'delete' && operation.name.includes('0601') ? { losses: [{ code: 'snapshot.loss-since', text: 'lost' }] } : {}
  for (let day = 0; day < 5; day += 1) await pass(bench, 24 * HOUR_MS)
  expect(bench.keeper.snapshots.map(({ name }) => name)).toEqual([
    'nightly-20260601-0200',
    'nightly-20260604-0200',
    'nightly-20260605-0200',
  ])
  await bench.schedules.stop()
})

test('what was missed while the console was off is told, and not made up for', async () => {
  const before = await started()
  await before.schedules.stop()
  const clock = new FakeClock(at(4, 9))
  const bench = boot({ ...before, clock, keeper: before.keeper })
  await bench.schedules.start()
  await settle(8)
  expect(bench.keeper.snapshots).toEqual([])
  expect(bench.events).toMatchObject([{ code: 'snapshots.schedule-missed', params: { count: 4, lastMs: at(4, 2) } }])
  await bench.clock.advance(17 * HOUR_MS)
  await settle(12)
  expect(bench.keeper.snapshots.map(({ name }) => name)).toEqual(['nightly-20260605-0200'])
  await bench.schedules.stop()
})

test('a machine that cannot be had is named with its reason, and the others get theirs', async () => {
  const bench = await started()
  await bench.schedules.put({ ...NIGHTLY, query: 'all' })
  bench.inventory.update('machine', 'c1.m.db', { template: { family: 'db', version: 1, changeable: [] } })
  await pass(bench, 2 * HOUR_MS)
  expect(await bench.schedules.list()).toMatchObject([
    { lastRun: { machines: 2, failed: [{ machineId: 'c1.m.db', name: 'db', reason: { code: 'snapshot.of-template' } }] } },
  ])
  expect(bench.keeper.snapshots).toHaveLength(1)
  expect(bench.events).toContainEqual(expect.objectContaining({ code: 'snapshots.schedule-failed', severity: 'warning' }))
  await bench.schedules.stop()
})

test('failures of its tasks are told with the run', async () => {
  const bench = await started()
  bench.keeper.onAct = () => {
    throw new TypeError('the host broke')
  }
  await pass(bench, 2 * HOUR_MS)
  const [shown] = await bench.schedules.list()
  expect(shown?.lastRun?.failed).toMatchObject([{ machineId: 'c1.m.web', name: 'web' }])
  await bench.schedules.stop()
})

test('one that is off, or another than it was, misses nothing; one that is removed is unknown', async () => {
  const bench = await started()
  await bench.schedules.put({ ...NIGHTLY, isEnabled: false })
  await pass(bench, 48 * HOUR_MS)
  expect(await bench.schedules.list()).toMatchObject([{ nextAtMs: null, lastRun: null }])
  await bench.schedules.put(NIGHTLY)
  await pass(bench, MINUTE_MS)
  expect(bench.events).toEqual([])
  expect(bench.keeper.snapshots).toEqual([])
  await bench.schedules.remove('s1')
  expect(await bench.schedules.list()).toEqual([])
  await expect(bench.schedules.remove('s1')).rejects.toMatchObject({ kind: 'not-found', code: 'snapshot.schedule-unknown' })
  await bench.schedules.stop()
})
