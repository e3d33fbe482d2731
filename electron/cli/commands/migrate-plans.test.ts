import { describe, expect, test } from 'vitest'
import { type PlannedMove, plannedMoveSchema } from '../../../shared/model/index.ts'
import { plansTable, whenOf, whenText } from './migrate-plans.ts'

const NOW = new Date(2026, 5, 1, 12).getTime()
const local = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute).getTime()

describe('when', () => {
  test('a time is the next that clocks show, with --until a window, over midnight as well', () => {
    expect(whenOf({}, NOW)).toBeNull()
    expect(whenOf({ at: '13:00' }, NOW)).toMatchObject({ kind: 'at', atMs: local(1, 13) })
    expect(whenOf({ at: '02:30' }, NOW)).toMatchObject({ kind: 'at', atMs: local(2, 2, 30) })
    expect(whenOf({ at: '23:00', until: '1:00' }, NOW)).toMatchObject({ kind: 'window', fromMs: local(1, 23), untilMs: local(2, 1) })
    expect(whenOf({ at: '2026-06-09 02:30', until: '2026-06-09T04:00' }, NOW)).toMatchObject({
      fromMs: local(9, 2, 30),
      untilMs: local(9, 4),
    })
  })

  test.each([[{ at: 'tonight' }], [{ until: '04:00' }], [{ at: '2026-02-30 02:00' }], [{ at: '25:00' }]])('%o is refused', (flags) => {
    expect(() => whenOf(flags, NOW)).toThrow(expect.objectContaining({ kind: 'invalid-input', code: 'cli.bad-time' }))
  })

  test('is read back', () => {
    expect(whenText({ kind: 'at', atMs: local(2, 2, 30), zone: 'UTC' })).toBe('2026-06-02 02:30')
    expect(whenText({ kind: 'window', fromMs: local(2, 2, 30), untilMs: local(2, 4), zone: 'UTC' })).toBe('2026-06-02 02:30 to 04:00')
    expect(whenText({ kind: 'window', fromMs: local(2, 23), untilMs: local(3, 1), zone: 'UTC' })).toBe(
      '2026-06-02 23:00 to 2026-06-03 01:00',
    )
  })
})

test('a row each, with why it did not begin', () => {
  const plan = (change: Partial<PlannedMove>) =>
    plannedMoveSchema.parse({
      id: 'plan-1',
      moves: [{ spec: { machineId: 'c1.m.1', targetHostId: 'c2.h.1', mode: 'live' }, name: 'web\u{7}', to: 'kvm-02', accepted: [] }],
      when: { kind: 'at', atMs: local(2, 2, 30), zone: 'UTC' },
      atOnce: 1,
      actor: 'ada',
      origin: 'cli',
      reason: null,
      plannedAtMs: NOW,
      state: 'planned',
      tried: null,
      sinceMs: NOW,
      taskId: null,
      why: null,
      stayed: [],
      ...change,
    })
  const [head, first, second] = plansTable([plan({}), plan({ state: 'missed', why: { code: 'x', text: 'The console was off.' } })]).split(
    '\n',
  )
  expect(head).toMatch(/^PLAN\s+MACHINE\s+TO\s+WHEN/)
  expect(first).toMatch(/^plan-1\s+web\u{fffd}\s+kvm-02\s+2026-06-02 02:30\s+planned$/u)
  expect(second).toMatch(/missed\s+The console was off\.$/)
})
