import { beforeEach, describe, expect, test } from 'vitest'
import { AUTHOR, FakePair } from './testing/fake-pair.ts'

let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  await pair.engine.start()
})

/** Somebody else puts a machine of the same UUID at the target: a copy that was restored, or that a transfer left there. */
function twinArrives(state: 'off' | 'running') {
  pair.put('b', state)
  pair.into = { uuidTaken: { name: 'web', isRunning: state === 'running' } }
}

describe.each(['off', 'running'] as const)('a machine of its UUID comes to the target by another way, and is %s there', (state) => {
  test('before its turn: a second try is told so as well, and neither of the two is touched', async () => {
    pair.put('a', 'off')
    const id = await pair.start()
    twinArrives(state)
    expect(await pair.after(id)).toMatchObject({ state: 'failed', error: { code: 'migration.blocked' } })
    const { id: again } = await pair.engine.retry(id, AUTHOR)
    expect(await pair.after(again, 60_000)).toMatchObject({ state: 'failed', error: { code: 'migration.blocked' } })
    expect(pair.calls).toEqual([])
    expect(pair.where()).toBe(`off ${state}`)
  })

  test.each(['off', 'running'] as const)('after the check, of one that is %s: it does not move, and neither is touched', async (own) => {
    pair.put('a', own)
    pair.hosts.a.addVolume('default/web.qcow2', 4, { bytes: Buffer.from('data') })
    const id = await pair.start()
    const stop = pair.live.follow(id, ({ phase }) => {
      if (phase === 'preparing' || phase === 'copying-disks') twinArrives(state)
    })
    const task = await pair.after(id, 60_000)
    stop()
    expect(task.steps.find((step) => step.id === 'move')?.error).toMatchObject({ kind: 'conflict', code: 'migration.twin' })
    expect(pair.calls).toEqual([])
    expect(pair.where()).toBe(`${own} ${state}`)
    const { id: again } = await pair.engine.retry(id, AUTHOR)
    expect(await pair.after(again, 60_000)).toMatchObject({ state: 'failed' })
    expect(pair.calls).toEqual([])
    expect(pair.where()).toBe(`${own} ${state}`)
  })
})
