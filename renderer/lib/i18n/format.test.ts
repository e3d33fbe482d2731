import { expect, test } from 'vitest'
import { Formatter } from './format.ts'

const english = new Formatter('en')
const plain = (text: string) => text.replaceAll('\u00a0', ' ')

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [11_520_000, '3 h 12 min'],
  [7_200_000, '2 h'],
  [3_564_000_000, '41 d 6 h'],
])('a span of %i ms is %s', (spanMs, text) => {
  expect(plain(english.span(spanMs))).toBe(text)
})

test('sizes have three figures at most, in the chosen language', () => {
  expect(plain(english.bytes(44_238_000_000))).toBe('41.2 GiB')
  expect(plain(english.bytes(512))).toBe('512 B')
  expect(english.gib(8 * 1_048_576)).toBe('8')
  expect(english.gib(96 * 1_024)).toBe('0.09')
  expect(new Formatter('de').short(41.25)).toBe('41,3')
})

test('a running clock', () => {
  expect(english.clock(17_000)).toBe('0:17')
  expect(english.clock(3_804_000)).toBe('1:03:24')
})

test('money says its cents where they matter, a day is the same in every time zone', () => {
  expect(english.usd(402.3)).toBe('$402')
  expect(english.usd(1_022)).toBe('$1,022')
  expect(english.usd(3.8)).toBe('$3.80')
  expect(english.usdPerHour(0.0416)).toBe('$0.0416')
  expect(english.usdPerHour(1.2)).toBe('$1.20')
  expect(plain(new Formatter('de').usd(402))).toBe('402 $')
  expect(english.day('2026-02-09')).toBe('Feb 9, 2026')
  expect(new Formatter('de').day('2026-02-09')).toBe('09.02.2026')
})
