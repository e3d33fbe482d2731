import { EventEmitter } from 'node:events'
import { expect, test } from 'vitest'
import { resumeDownloads } from './resume-downloads.ts'

class FakeItem extends EventEmitter {
  state = 'progressing'
  bytes = 0
  resumed = 0
  cancelled = 0
  getReceivedBytes = () => this.bytes
  getState = () => this.state
  canResume = () => this.state === 'interrupted'
  cancel = () => (this.cancelled += 1)
  resume() {
    this.resumed += 1
    this.state = 'progressing'
  }
  interrupt() {
    this.state = 'interrupted'
    this.emit('updated', {}, 'interrupted')
  }
}

function begun() {
  const session = new EventEmitter()
  const waiting: Array<{ delayMs: number; run: () => void }> = []
  resumeDownloads(session as never, (delayMs, run) => waiting.push({ delayMs, run }))
  const item = new FakeItem()
  session.emit('will-download', {}, item)
  return { item, waiting }
}

test('a download that broke is gone on with, later each time nothing came', () => {
  const { item, waiting } = begun()
  for (let tried = 0; tried < 8; tried += 1) {
    item.interrupt()
    waiting.at(-1)?.run()
  }
  expect(waiting.map(({ delayMs }) => delayMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  expect(item).toMatchObject({ resumed: 8, cancelled: 0 })
  item.interrupt()
  expect(item).toMatchObject({ resumed: 8, cancelled: 1 })
})

test('one that goes on between two breaks is never given up', () => {
  const { item, waiting } = begun()
  for (let tried = 0; tried < 20; tried += 1) {
    item.bytes += 1
    item.interrupt()
    waiting.at(-1)?.run()
  }
  expect(item).toMatchObject({ resumed: 20, cancelled: 0 })
  expect(new Set(waiting.map(({ delayMs }) => delayMs))).toEqual(new Set([1_000]))
})

test('what the person ended meanwhile, and what only goes on, is left alone', () => {
  const { item, waiting } = begun()
  item.emit('updated', {}, 'progressing')
  expect(waiting).toEqual([])
  item.interrupt()
  item.state = 'cancelled'
  waiting[0]?.run()
  expect(item.resumed).toBe(0)
})
