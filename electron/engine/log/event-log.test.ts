import { expect, test } from 'vitest'
import { type EventRecord, settingsSchema } from '../../../shared/model/index.ts'
import type { NewEvent } from '../ports.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { MemoryEventStore } from '../testing/memory-log-stores.ts'
import { EventLog } from './event-log.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const event = (code: string, more: Partial<NewEvent> = {}): NewEvent => ({ severity: 'info', code, text: code, source: 'engine', ...more })
const ids = (events: readonly EventRecord[]) => events.map(({ id }) => id)

async function boot(store = new MemoryEventStore()) {
  const clock = new FakeClock()
  const settings = { current: () => settingsSchema.parse({ eventRetentionDays: 10 }), onChange: () => () => {} }
  const log = new EventLog({ store, clock, log: QUIET, settings })
  await log.start()
  return { store, clock, log }
}

/** What a watcher has been given so far. */
function follow(log: EventLog, sinceId?: number) {
  const seen: EventRecord[] = []
  const stop = new AbortController()
  const end = (async () => {
    for await (const one of log.watch(sinceId, stop.signal)) seen.push(one)
  })()
  return { seen, stop, end }
}

test('events get their numbers at once and reach the store in batches', async () => {
  const { store, clock, log } = await boot()
  log.append(event('a'))
  log.append(event('b', { machineId: 'm1', atMs: 5 }))
  await settle()
  expect(store.events).toEqual([])
  await clock.advance(60)
  expect(ids(store.events)).toEqual([1, 2])
  expect(store.events[1]).toMatchObject({ code: 'b', machineId: 'm1', atMs: 5, hostId: null, params: {} })
})

test('numbers go on after a restart, and what came before the start is kept', async () => {
  const store = new MemoryEventStore()
  await store.append([{ ...event('old'), id: 41 } as EventRecord])
  const clock = new FakeClock()
  const log = new EventLog({ store, clock, log: QUIET, settings: { current: () => settingsSchema.parse({}), onChange: () => () => {} } })
  log.append(event('early'))
  await log.start()
  await log.stop()
  expect(ids(store.events)).toEqual([41, 42])
})

test('a watcher gets what it missed, then each as it comes, once', async () => {
  const { log, clock } = await boot()
  for (const code of ['a', 'b', 'c']) log.append(event(code))
  await clock.advance(60)
  const late = follow(log, 1)
  const now = follow(log)
  await settle(6)
  expect([ids(late.seen), ids(now.seen)]).toEqual([[2, 3], []])
  log.append(event('d'))
  await settle(6)
  expect([ids(late.seen), ids(now.seen)]).toEqual([[2, 3, 4], [4]])
  late.stop.abort()
  await log.stop()
  await Promise.all([late.end, now.end])
})

test('a watcher with a query gets what matches alone, of what it missed and of what comes', async () => {
  const { log } = await boot()
  const stop = new AbortController()
  const wanted = log.watch(0, stop.signal, ({ code }) => code === 'wanted')[Symbol.asyncIterator]()
  for (const code of ['other', 'wanted', 'other']) log.append(event(code))
  expect((await wanted.next()).value).toMatchObject({ id: 2 })
  const next = wanted.next()
  for (const code of ['other', 'wanted']) log.append(event(code))
  expect((await next).value).toMatchObject({ id: 5 })
  stop.abort()
  await wanted.return?.(undefined)
})

test('a watcher that falls behind is sent to the store and misses nothing', async () => {
  const { log } = await boot()
  const stop = new AbortController()
  const watcher = log.watch(undefined, stop.signal)[Symbol.asyncIterator]()
  const first = watcher.next()
  await settle()
  for (let index = 0; index < 5_000; index += 1) log.append(event('storm'))
  const seen = [(await first).value as EventRecord]
  while (seen.length < 5_000) seen.push((await watcher.next()).value as EventRecord)
  expect(ids(seen)).toEqual(Array.from({ length: 5_000 }, (_, index) => index + 1))
  stop.abort()
  await watcher.return?.(undefined)
})

test('lists newest first, through pages and a query', async () => {
  const { log } = await boot()
  for (let index = 1; index <= 30; index += 1)
    log.append(event(index % 3 === 0 ? 'third' : 'other', { machineId: index % 2 === 0 ? 'even' : 'odd' }))
  const first = await log.list({ limit: 4, filter: { machineId: 'even' } })
  expect([ids(first.items), first.nextBeforeId]).toEqual([[30, 28, 26, 24], 24])
  const second = await log.list({ limit: 4, filter: { machineId: 'even' }, beforeId: 24, matches: ({ code }) => code === 'third' })
  expect([ids(second.items), second.nextBeforeId]).toEqual([[18, 12, 6], null])
})

test('when the disk is full, events stay in memory, are listed, and are written when there is room', async () => {
  const { store, clock, log } = await boot()
  store.full = true
  log.append(event('a'))
  await clock.advance(60)
  log.append(event('b'))
  expect(ids((await log.list({ limit: 10 })).items)).toEqual([2, 1])
  expect(store.events).toEqual([])
  store.full = false
  await clock.advance(6_000)
  expect(ids(store.events)).toEqual([1, 2])
})

test('many at once write each event once', async () => {
  const { store, log } = await boot()
  for (let index = 0; index < 10; index += 1) log.append(event('x'))
  await Promise.all([log.flush(), log.list({ limit: 1 }), log.list({ limit: 1 }), log.flush()])
  expect(ids(store.events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
})

test('what is older than the retention is deleted', async () => {
  const { store, clock, log } = await boot()
  log.append(event('old', { atMs: clock.nowMs() - 11 * 86_400_000 }))
  log.append(event('new', { atMs: clock.nowMs() - 9 * 86_400_000 }))
  await clock.advance(61_000)
  expect(store.events.map(({ code }) => code)).toEqual(['new'])
})
