import { expect, onTestFinished, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { Recorder } from '../conformance/index.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import type { CloudApi, NewsTarget, SeenMachine } from './api.ts'
import { CloudLink } from './link.ts'
import * as problems from './problems.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const MINUTE_MS = 60_000

/** A cloud that tells what its test has it tell. Nothing is looked at within seconds. */
async function setUp(changes: Partial<CloudApi> = {}) {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  const looks = { north: 0, south: 0 }
  const targets: NewsTarget[] = []
  let ended = false
  const plain = fakeApi(cloud)
  const api: CloudApi = {
    ...plain,
    rhythm: { ...plain.rhythm, idleMs: 30_000, toldMs: 120_000 },
    changedMachines: (placeRef, known) => {
      looks[placeRef as keyof typeof looks] += 1
      const there = [...cloud.machines.values()].map(({ seen }) => seen).filter(({ facts }) => facts.hostRef === placeRef)
      return Promise.resolve({ changed: there.filter((seen) => known.get(seen.ref)?.facts.state !== seen.facts.state), gone: [] })
    },
    news: (listener, { signal }) => {
      targets.push(listener)
      return new Promise((resolve) =>
        signal?.addEventListener('abort', () => {
          ended = true
          resolve()
        }),
      )
    },
    ...changes,
  }
  const link = new CloudLink(api, { clock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere' })
  const seen = new Recorder()
  onTestFinished(async () => {
    await link.close()
    clock.stop()
    expect(seen.problems).toEqual([])
  })
  await link.watch(seen, {})
  const [news] = targets
  if (!news) throw new Error('nobody listens')
  return {
    cloud,
    link,
    seen,
    looks,
    news,
    hasEnded: () => ended,
    pause: (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve)),
    /** Looks at the place over so many minutes. */
    looksOver: async (place: 'north' | 'south', minutes: number): Promise<number> => {
      const before = looks[place]
      await new Promise<void>((resolve) => void clock.after(minutes * MINUTE_MS, resolve))
      return looks[place] - before
    },
  }
}

const tell = (ref: string) => ({ source: 'queue', placeRef: ref.split('/')[0] ?? '', refs: [ref] })
const stopped = { state: 'stopped', nativeState: 'STOPPED' } as const

test('what is told of is looked at at once', async () => {
  const { cloud, seen, news, looks } = await setUp()
  cloud.change('north/0', stopped)
  await news.moved(tell('north/0'))
  expect(seen.machine('north/0')?.state).toBe('stopped')
  expect(seen.events.map(({ code }) => code)).toEqual(['machine.stopped'])
  cloud.machines.delete('north/1')
  await news.moved({ ...tell('north/1'), refs: ['north/1', 'north/1', 'north/never-was'] })
  expect(seen.known.machine.has('north/1')).toBe(false)
  expect(looks.north).toBe(0)
})

test('a look that was begun before another takes nothing back, however late its answer', async () => {
  const answers: Array<(seen: SeenMachine) => void> = []
  const { cloud, seen, news, pause } = await setUp({ machine: () => new Promise((resolve) => answers.push(resolve)) })
  const before = cloud.machines.get('north/0')?.seen
  const older = news.moved(tell('north/0'))
  await pause(10)
  cloud.change('north/0', stopped)
  const after = cloud.machines.get('north/0')?.seen
  if (!before || !after) throw new Error('there is one')
  const newer = news.moved(tell('north/0'))
  answers[1]?.(after)
  await newer
  answers[0]?.(before)
  await older
  expect(seen.machine('north/0')?.state).toBe('stopped')
  expect(seen.events.map(({ code }) => code)).toEqual(['machine.stopped'])
})

test('a machine that is on its way is looked at again soon, however quiet the place was', async () => {
  const { cloud, seen, news, pause } = await setUp()
  await news.moved(tell('north/2'))
  cloud.move('north/0', 'stopping', 'stopped')
  await news.moved(tell('north/0'))
  expect(seen.machine('north/0')?.state).toBe('stopping')
  await pause(1_000)
  expect(seen.machine('north/0')?.state).toBe('stopped')
})

test('a place that is told of is looked at less often; the others as ever', async () => {
  const { news, looksOver } = await setUp()
  expect(await looksOver('north', 4)).toBeGreaterThanOrEqual(7)
  await news.moved(tell('north/0'))
  const [north, south] = await Promise.all([looksOver('north', 20), looksOver('south', 20)])
  expect(north).toBeLessThan(south / 2)
  expect(north).toBeGreaterThan(0)
})

test('news that come all the time do not put off the looks', async () => {
  const { news, looks, pause } = await setUp()
  const before = looks.north
  for (let minute = 0; minute < 20; minute += 1) {
    await news.moved(tell('north/0'))
    await pause(MINUTE_MS)
  }
  expect(looks.north - before).toBeGreaterThan(3)
})

test('when a look finds what was not told, looks are as often as without news', async () => {
  const { cloud, seen, news, looksOver } = await setUp()
  await news.moved(tell('north/0'))
  cloud.change('north/0', stopped)
  expect(await looksOver('north', 3)).toBeGreaterThan(0)
  expect(seen.machine('north/0')?.state).toBe('stopped')
  expect(await looksOver('north', 4)).toBeGreaterThanOrEqual(6)
})

test('a source that is lost is named once, and its places are looked at as often as before', async () => {
  const { seen, news, looks, pause, looksOver } = await setUp()
  await news.moved(tell('north/0'))
  // a look that was put off by minutes is due again soon
  await pause(31_000)
  const before = looks.north
  const denied = problems.permissionMissing('Fake', 'queue:Read')
  news.heard('queue', denied)
  news.heard('queue', denied)
  await pause(31_000)
  expect(looks.north).toBeGreaterThan(before)
  expect(await looksOver('north', 4)).toBeGreaterThanOrEqual(6)
  expect(seen.events).toMatchObject([
    {
      severity: 'warning',
      code: 'cloud.news-lost',
      params: { source: 'queue', permission: 'queue:Read', reason: 'cloud.permission-missing' },
      machineRef: null,
    },
  ])
  news.heard('queue', new AppError({ kind: 'not-found', code: 'aws.queue-gone', message: 'Gone.' }))
  news.heard('queue', null)
  news.heard('queue', null)
  expect(seen.events.map(({ code }) => code)).toEqual(['cloud.news-lost', 'cloud.news-lost', 'cloud.news-back'])
})

test('machines that cannot be looked at now are to be told of again; those that never can are not', async () => {
  const { cloud, news, seen } = await setUp()
  cloud.change('north/0', stopped)
  cloud.down.add('north')
  await expect(news.moved(tell('north/0'))).rejects.toMatchObject({ kind: 'unreachable' })
  cloud.down.clear()
  await news.moved(tell('north/0'))
  expect(seen.machine('north/0')?.state).toBe('stopped')
})

test('news of places that are not of this account lead to no call', async () => {
  const { cloud, news, seen } = await setUp()
  cloud.down.add('elsewhere')
  await news.moved({ source: 'queue', placeRef: 'elsewhere', refs: ['elsewhere/0'] })
  expect(seen.known.machine.size).toBe(6)
})

test('listening ends with the link, and with a watch that takes the place of this one', async () => {
  const { link, seen, hasEnded } = await setUp()
  expect(hasEnded()).toBe(false)
  await link.watch(seen, {})
  expect(hasEnded()).toBe(true)
})
