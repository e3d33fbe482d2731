import { expect, onTestFinished, test } from 'vitest'
import { Recorder } from '../conformance/index.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import type { CloudApi } from './api.ts'
import { CloudLink } from './link.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const SILENT = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function setUp(places: readonly string[] = ['north', 'south'], each = 3) {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock, places, each)
  const link = new CloudLink(fakeApi(cloud), { clock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere' })
  const seen = new Recorder()
  onTestFinished(async () => {
    await link.close()
    clock.stop()
    expect(seen.problems).toEqual([])
  })
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  return { clock, cloud, link, seen, pause }
}

test('a place that cannot be read at the start is told, and the others are there', async () => {
  const { cloud, link, seen } = setUp()
  cloud.down.add('south')
  await link.watch(seen, {})
  expect([...seen.known.machine.values()].map(({ hostRef }) => hostRef)).toEqual(['north', 'north', 'north'])
  expect(seen.unseenHosts.get('south')).toMatchObject({ kind: 'unreachable' })
  // nothing is said of its machines: what a cache knows of them stays
  expect(seen.complete.has('machine south')).toBe(false)
})

test('when no place can be read, watching fails with why', async () => {
  const { cloud, link, seen } = setUp()
  for (const place of cloud.places) cloud.down.add(place)
  await expect(link.watch(seen, {})).rejects.toMatchObject({ kind: 'unreachable' })
})

test('a look in which nothing has changed tells nothing but that it was looked', async () => {
  const { cloud, link, seen, pause } = setUp()
  await link.watch(seen, {})
  const { changeCount } = seen
  const lists = cloud.lists
  await pause(2_000)
  expect(cloud.lists).toBeGreaterThan(lists + 2)
  expect(seen.changeCount).toBe(changeCount)
  expect(seen.events).toEqual([])
})

test('one that fails now and then is not given up', async () => {
  const { cloud, link, seen, pause } = setUp()
  await link.watch(seen, {})
  cloud.halvesNextList = true
  await pause(3_000)
  expect(cloud.halvesNextList).toBe(false)
  expect(seen.unseenHosts.size).toBe(0)
  expect(seen.known.machine.size).toBe(6)
})

test('a machine that is there twice as often as it moves is told with each state once', async () => {
  const { cloud, link, seen, pause } = setUp()
  await link.watch(seen, {})
  cloud.move('north/1', 'starting', 'running')
  await pause(2_000)
  expect(seen.events.map(({ code, machineRef }) => [code, machineRef])).toEqual([['machine.started', 'north/1']])
  expect(seen.machine('north/1')?.state).toBe('running')
})

test('a list that was begun before an action does not take back what the action did', async () => {
  const { cloud, link, seen, pause } = setUp(['north'], 9)
  await link.watch(seen, {})
  cloud.latencyMs = 120
  const refresh = link.refresh({})
  await pause(130)
  await link.act('north/0', { action: 'rename', name: 'newer' }, {})
  cloud.latencyMs = 1
  await refresh
  expect(seen.machine('north/0')?.name).toBe('newer')
})

test('nobody looks: nothing is sampled', async () => {
  const { link, seen, pause } = setUp()
  await link.watch(seen, {})
  await pause(5_000)
  expect(seen.samples).toEqual([])
  link.setInterest({ visibleRefs: new Set(['north/0', 'north/1']), focusedRef: 'south/0' })
  await pause(2_500)
  expect(new Set(seen.samples.map(({ ref }) => ref))).toEqual(new Set(['north/0', 'south/0']))
  // at most as often as the cloud renews them
  expect(seen.samples.filter(({ ref }) => ref === 'north/0').length).toBeLessThanOrEqual(3)
})

test('a refresh that fails is not the end of watching', async () => {
  const { cloud, link, seen, pause } = setUp()
  await link.watch(seen, {})
  for (const place of cloud.places) cloud.down.add(place)
  await expect(link.refresh({})).rejects.toMatchObject({ kind: 'unreachable' })
  cloud.down.clear()
  const before = new Map(seen.confirmations)
  await pause(5_000)
  for (const [place, atMs] of seen.confirmations) expect(atMs).toBeGreaterThan(before.get(place) ?? 0)
})

test('where the cloud can tell what changed, whole lists are read now and then alone', async () => {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  let asked = 0
  const api: CloudApi = {
    ...fakeApi(cloud),
    changedMachines: (placeRef, known) => {
      asked += 1
      const there = [...cloud.machines.values()].map(({ seen }) => seen).filter(({ facts }) => facts.hostRef === placeRef)
      const changed = there.filter((seen) => known.get(seen.ref)?.facts.state !== seen.facts.state)
      return Promise.resolve({ changed, gone: [...known.refs()].filter((ref) => !cloud.machines.has(ref)) })
    },
  }
  const link = new CloudLink(api, { clock, log: SILENT, dataDirectory: '/nowhere', homeDirectory: '/nowhere' })
  const seen = new Recorder()
  onTestFinished(async () => {
    await link.close()
    clock.stop()
  })
  const pause = (ms: number) => new Promise<void>((resolve) => void clock.after(ms, resolve))
  await link.watch(seen, {})
  const { lists } = cloud
  cloud.move('north/1', 'starting', 'running')
  cloud.machines.delete('south/2')
  await pause(3_000)
  expect(seen.machine('north/1')?.state).toBe('running')
  expect(seen.known.machine.has('south/2')).toBe(false)
  expect(asked).toBeGreaterThan(5)
  expect(cloud.lists).toBe(lists)
  await pause(310_000)
  expect(cloud.lists).toBeGreaterThan(lists)
  expect(cloud.lists).toBeLessThanOrEqual(lists + 4)
})
