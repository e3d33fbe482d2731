import { describe, expect, test } from 'vitest'
import { choiceOf, NOW, readWhen, tonight, type WhenChoice, whenOf, writeWhen } from './when.ts'

const local = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute).getTime()
const choice = (change: Partial<WhenChoice>): WhenChoice => ({
  kind: 'window',
  date: '2026-06-02',
  time: '02:30',
  until: '04:00',
  ...change,
})

describe('what stands in the fields', () => {
  test('becomes instants; a window that ends earlier in the day ends on the next', () => {
    expect(whenOf(NOW)).toBeNull()
    expect(whenOf(choice({ kind: 'at' }))).toMatchObject({ kind: 'at', atMs: local(2, 2, 30) })
    expect(whenOf(choice({}))).toMatchObject({ kind: 'window', fromMs: local(2, 2, 30), untilMs: local(2, 4) })
    expect(whenOf(choice({ time: '23:00', until: '01:00' }))).toMatchObject({ fromMs: local(2, 23), untilMs: local(3, 1) })
  })

  test.each([{ date: '' }, { time: '' }, { until: '' }, { date: '2026-02-30' }])('%o is no time', (change) => {
    expect(whenOf(choice(change))).toBeNull()
  })

  test('comes back as it was, from the engine and from the address', () => {
    for (const one of [choice({}), choice({ time: '23:00', until: '01:00' })]) {
      const when = whenOf(one)
      expect(when && choiceOf(when)).toEqual(one)
      expect(readWhen(writeWhen(one))).toEqual(one)
    }
    expect(readWhen(writeWhen(NOW))).toEqual(NOW)
    expect(readWhen('soon')).toEqual(NOW)
  })
})

test('what is proposed is the coming night', () => {
  expect(tonight('window', local(1, 12))).toEqual(choice({}))
  expect(tonight('at', local(2, 2))).toMatchObject({ date: '2026-06-02', time: '02:30' })
})
