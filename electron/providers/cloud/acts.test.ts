import { expect, test } from 'vitest'
import type { MachineAction } from '../../../shared/model/index.ts'
import { createRacingClock } from '../simulated/testing/racing-clock.ts'
import { CloudActs } from './acts.ts'
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
  await acts.act('north/1', DELETE, {}, new AbortController().signal)
  expect(polls).toBe(3)
  clock.stop()
})
