import { beforeEach, expect, test } from 'vitest'
import { lostReply } from '../testing/fake-host.ts'
import { FakePair } from './testing/fake-pair.ts'

let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  await pair.engine.start()
})

test('at neither host, as somebody moved it on: closed as failed, the disk that it may use over there is not deleted', async () => {
  pair.script = async () => {
    pair.put('a', 'absent')
    throw lostReply()
  }
  const id = await pair.start()
  expect(await pair.after(id, 120_000)).toMatchObject({ state: 'needs-attention', error: { code: 'migration.two-truths' } })
  await pair.engine.resolve(id, 'failed')
  expect(await pair.after(id, 300_000)).toMatchObject({
    state: 'failed',
    error: { code: 'task.left-behind', details: { left: 'default/web.qcow2, web' } },
  })
  expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
})

test('removed at the source while its disk was copied: the copy may be the last one, and stays', async () => {
  pair.put('a', 'off')
  pair.hosts.a.addVolume('default/web.qcow2', 4, { bytes: Buffer.from('data') })
  const id = await pair.start()
  const stop = pair.live.follow(id, ({ disk }) => {
    if (disk?.remaining === 0) pair.put('a', 'absent')
  })
  const task = await pair.after(id, 60_000)
  stop()
  expect(task).toMatchObject({ state: 'failed', error: { code: 'task.left-behind', details: { left: 'default/web.qcow2' } } })
  expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
})
