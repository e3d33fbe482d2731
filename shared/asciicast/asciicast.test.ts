import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Asciicast } from './asciicast.ts'

const create = () =>
  new Asciicast({
    size: { columns: 80, rows: 24 },
    startedAtMs: 1_700_000_000_900,
    title: 'web-1',
    createDecoder: () => new TextDecoder(),
  })
const bytesOf = (text: string) => new TextEncoder().encode(text)
const events = (text: string) =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as [number, string, string])

test('the header is one line and says version, size, when and what', () => {
  const header = create().header()
  expect(header.endsWith('\n') && header.indexOf('\n') === header.length - 1).toBe(true)
  expect(JSON.parse(header)).toEqual({
    version: 2,
    width: 80,
    height: 24,
    timestamp: 1_700_000_000,
    title: 'web-1',
    env: { TERM: 'xterm-256color' },
  })
})

test('events: seconds, a code, the data; times never go back', () => {
  const cast = create()
  const text =
    cast.output(1_234, bytesOf('$ ls\r\n\u001b[1m')) +
    cast.input(2_000, bytesOf('ls\r')) +
    cast.resize(1_500, { columns: 120, rows: 40 }) +
    cast.marker(3_000.4, 'connected again')
  expect(events(text)).toEqual([
    [1.234, 'o', '$ ls\r\n\u001b[1m'],
    [2, 'i', 'ls\r'],
    [2, 'r', '120x40'],
    [3, 'm', 'connected again'],
  ])
})

test('a character that comes in two pieces is written in one, and the piece that never gets its rest is not lost', () => {
  const cast = create()
  const [first, ...rest] = bytesOf('é')
  expect(cast.output(0, Uint8Array.of(first ?? 0))).toBe('')
  expect(events(cast.output(10, Uint8Array.from([...rest, 0x21])))).toEqual([[0.01, 'o', 'é!']])
  expect(cast.output(20, Uint8Array.of(0xe2, 0x82))).toBe('')
  expect(events(cast.end(30))).toEqual([[0.03, 'o', '\ufffd']])
})

test('a marker ends what was cut off: after a new connection its rest does not come', () => {
  const cast = create()
  cast.output(0, Uint8Array.of(0xe2, 0x82))
  expect(events(cast.marker(1, 'again')).map(([, code, data]) => code + data)).toEqual(['o\ufffd', 'magain'])
  expect(events(cast.output(2, bytesOf('ok')))).toEqual([[0.002, 'o', 'ok']])
})

test('however the text is cut, it is the same text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), fc.array(fc.nat(40)), (text, cuts) => {
      const cast = create()
      const bytes = bytesOf(text)
      let written = ''
      let at = 0
      for (const length of cuts) {
        written += cast.output(at, bytes.subarray(at, at + length))
        at += length
      }
      written += cast.output(at, bytes.subarray(at)) + cast.end(at)
      const shown = events(written).map(([, code, data]) => (code === 'o' ? data : ''))
      expect(shown.join('')).toBe(new TextDecoder().decode(bytes))
    }),
  )
})
