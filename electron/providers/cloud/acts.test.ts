import { expect, test } from 'vitest'
import type { MachineAction } from '../../../shared/model/index.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import { CloudActs } from './acts.ts'
import type { SeenMachine } from './api.ts'
import { CloudLink } from './link.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const DELETE: MachineAction = {
  action: 'delete',
  diskKeys: [],
  withSnapshots: true,
  withNvram: true,
  withTpm: true,
  withManagedSave: true,
}

test('a machine that is gone before its deletion says that it is done is deleted', async () => {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  let polls = 0
  const api = {
    ...fakeApi(cloud),
    begin: () => {
      cloud.machines.delete('north/1')
      return Promise.resolve({ poll: () => Promise.resolve(++polls < 3 ? ('running' as const) : ('done' as const)) })
    },
  }
  const acts = new CloudActs({ api, clock, known: () => undefined, onSeen: () => undefined })
  await acts.act('north/1', DELETE, {}, new AbortController().signal, () => undefined)
  expect(polls).toBe(3)
  clock.stop()
})

test('what was taken on and does not end is told as that; what may not even have left is a lost reply', async () => {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  const never = { poll: () => Promise.resolve('running' as const) }
  const silent = () => undefined
  const ports = { clock, log: { debug: silent, info: silent, warn: silent, error: silent }, dataDirectory: '', homeDirectory: '' }
  const slow = new CloudLink({ ...fakeApi(cloud), begin: () => Promise.resolve(never) }, ports)
  const lost = new CloudLink({ ...fakeApi(cloud), begin: () => new Promise(() => undefined) }, ports)
  const failing = (link: CloudLink) => link.act('north/0', { action: 'powerOff' }, { timeoutMs: 3_000 }).catch((error: unknown) => error)
  expect(await failing(slow)).toMatchObject({ kind: 'timeout', code: 'cloud.operation-never-ended', details: { name: 'web-north-0' } })
  expect(await failing(lost)).toMatchObject({ kind: 'indeterminate', code: 'cloud.reply-lost' })
  await slow.close()
  await lost.close()
  clock.stop()
})

test('a machine that was made is seen at once, and until it runs; that it cannot be looked at fails nothing', async () => {
  const clock = createRacingClock()
  const cloud = new FakeCloud(clock)
  const kept = cloud.machines.get('north/0')
  cloud.machines.delete('north/0')
  const heard: string[] = []
  const onSeen = (ref: string, seen: SeenMachine | null) => void heard.push(`${ref} ${seen?.facts.state ?? 'gone'}`)
  const acts = new CloudActs({ api: fakeApi(cloud), clock, known: () => undefined, onSeen })
  const { signal } = new AbortController()
  clock.after(120, () => {
    if (kept) cloud.machines.set('north/0', kept)
    cloud.move('north/0', 'starting', 'running')
  })
  await acts.showMade('north/0', signal)
  expect(heard[0]).toBe('north/0 starting')
  expect(heard.at(-1)).toBe('north/0 running')
  expect(heard).not.toContain('north/0 gone')

  cloud.cut = true
  heard.length = 0
  await acts.showMade('north/0', signal)
  expect(heard).toEqual([])
  clock.stop()
})
