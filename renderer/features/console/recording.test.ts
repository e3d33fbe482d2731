import { expect, test } from 'vitest'
import { Recording } from './recording.ts'

const bytesOf = (text: string) => new TextEncoder().encode(text)

function begin(more: { readonly withInput?: boolean; readonly mostBytes?: number } = {}) {
  const time = { ms: 50_000 }
  const full: number[] = []
  const recording = new Recording({
    size: { columns: 80, rows: 24 },
    title: 'web-1',
    withInput: false,
    againText: 'connected again',
    startedAtMs: 1_700_000_000_000,
    nowMs: () => time.ms,
    onFull: () => full.push(time.ms),
    ...more,
  })
  const linesOf = async (blob: Blob) => (await blob.text()).trimEnd().split('\n')
  const events = async () => (await linesOf(recording.finish())).slice(1).map((line) => JSON.parse(line) as unknown)
  return { events, full, linesOf, recording, time }
}

test('what was shown, resized and connected again, counted from the start; what was typed is not in it', async () => {
  const { events, recording, time } = begin()
  recording.shown(bytesOf('login: '))
  time.ms += 1_500
  recording.typed(bytesOf('secret'))
  recording.resized({ columns: 100, rows: 30 })
  time.ms += 500
  recording.attached()
  recording.shown(bytesOf('# '))
  expect(await events()).toEqual([
    [0, 'o', 'login: '],
    [1.5, 'r', '100x30'],
    [2, 'm', 'connected again'],
    [2, 'o', '# '],
  ])
})

test('what was typed is in it once the person has said so', async () => {
  const { events, recording } = begin({ withInput: true })
  recording.typed(bytesOf('ls\r'))
  expect(await events()).toEqual([[0, 'i', 'ls\r']])
})

test('a character cut in two by the line comes out whole', async () => {
  const { events, recording } = begin()
  const bytes = bytesOf('größe')
  recording.shown(bytes.subarray(0, 3))
  recording.shown(bytes.subarray(3))
  expect(await events()).toEqual([
    [0, 'o', 'gr'],
    [0, 'o', 'öße'],
  ])
})

test('it is never larger than it may be, says once that it is full, and what it holds by then is whole', async () => {
  const { full, linesOf, recording } = begin({ mostBytes: 2_000 })
  for (let n = 0; n < 200; n += 1) recording.shown(bytesOf(`line ${n}\r\n`))
  recording.resized({ columns: 1, rows: 1 })
  expect(full).toEqual([50_000])
  const blob = recording.finish()
  expect(blob.size).toBeLessThanOrEqual(2_000)
  expect(blob.size).toBeGreaterThan(1_900)
  const lines = await linesOf(blob)
  expect(lines.slice(1).map((line) => (JSON.parse(line) as [number, string, string])[2])).toEqual(
    Array.from({ length: lines.length - 1 }, (_, n) => `line ${n}\r\n`),
  )
})

test('nothing more is recorded once it is finished', async () => {
  const { linesOf, recording } = begin()
  recording.finish()
  recording.shown(bytesOf('late'))
  expect(await linesOf(recording.finish())).toHaveLength(1)
})
