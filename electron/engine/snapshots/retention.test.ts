import { expect, test } from 'vitest'
import { expired, explained } from './retention.ts'

const SCHEDULE = { id: 's1', tag: 'nightly' }
/** A Monday. */
const at = (day: number, hour = 2) => new Date(2026, 5, day, hour).getTime()
const snapshot = (name: string, createdAtMs: number, more = {}) => ({ name, createdAtMs, scheduleId: 's1', tags: ['nightly'], ...more })
const names = (list: ReadonlyArray<{ readonly name: string }>) => list.map(({ name }) => name)

test('the newest stay, and besides one of each of the last days and weeks', () => {
  // 1 June 2026 is a Monday
  const daily = Array.from({ length: 28 }, (_, index) => snapshot(`d${index + 1}`, at(index + 1)))
  expect(names(expired(daily, { ...SCHEDULE, keep: { last: 2, days: 0, weeks: 0 } }))).toEqual(names(daily.slice(0, 26)))
  const kept = new Set(names(daily))
  for (const name of names(expired(daily, { ...SCHEDULE, keep: { last: 1, days: 3, weeks: 3 } }))) kept.delete(name)
  // the last three days, and the Sunday of each of the last three weeks
  expect([...kept]).toEqual(['d14', 'd21', 'd26', 'd27', 'd28'])
})

test('of a day the newest counts', () => {
  const hourly = [snapshot('a', at(1, 1)), snapshot('b', at(1, 23)), snapshot('c', at(2, 1)), snapshot('d', at(2, 5))]
  expect(names(expired(hourly, { ...SCHEDULE, keep: { last: 1, days: 2, weeks: 0 } }))).toEqual(['a', 'c'])
})

test('only its own, and only what still bears its tag', () => {
  const mixed = [
    snapshot('own', at(1)),
    snapshot('by hand', at(1), { scheduleId: null }),
    snapshot('of another', at(1), { scheduleId: 's2' }),
    snapshot('untagged', at(1), { tags: ['keep'] }),
    snapshot('newest', at(2)),
  ]
  expect(names(expired(mixed, { ...SCHEDULE, keep: { last: 1, days: 0, weeks: 0 } }))).toEqual(['own'])
})

test('each one is told by which rules it is kept, the newest first', () => {
  const daily = Array.from({ length: 9 }, (_, index) => snapshot(`d${index + 1}`, at(index + 1)))
  const told = explained(daily, { ...SCHEDULE, keep: { last: 1, days: 3, weeks: 2 } }).map(({ snapshot: { name }, keptBy }) => [
    name,
    ...keptBy,
  ])
  expect(told.filter(([, ...rules]) => rules.length > 0)).toEqual([
    ['d9', 'last', 'days', 'weeks'],
    ['d8', 'days'],
    ['d7', 'days', 'weeks'],
  ])
})
