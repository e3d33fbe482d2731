import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { TaskId } from '../../../shared/model/index.ts'
import { lostReply } from '../testing/fake-host.ts'
import { AUTHOR, FakePair, machineId, progress, refused } from './testing/fake-pair.ts'

let pair: FakePair

beforeEach(async () => {
  pair = new FakePair()
  await pair.engine.start()
})

/** What runs until a test lets it go on, or a person stops it. */
function held(): { readonly reached: Promise<void>; release(): void; wait(signal?: AbortSignal): Promise<void> } {
  let release = () => {}
  let reach = () => {}
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const reached = new Promise<void>((resolve) => {
    reach = resolve
  })
  return {
    reached,
    release,
    wait: (signal) => {
      reach()
      return Promise.race([
        released,
        new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true })),
      ])
    },
  }
}

const states = (task: { readonly steps: ReadonlyArray<{ readonly id: string; readonly state: string }> }) =>
  task.steps.map(({ id, state }) => `${id} ${state}`)

describe('a move that goes well', () => {
  test('is checked, gets its volume, moves, is verified as it was, and the source is tidied up', async () => {
    pair.agentThere = true
    const task = await pair.after(await pair.start({ sourceDisks: 'delete' }))
    expect(task).toMatchObject({ state: 'succeeded', error: null, progress: { note: null } })
    expect(states(task)).toEqual(['check done', 'volume-0 done', 'move done', 'verify done', 'clean-0 done'])
    expect(pair.where()).toBe('absent running')
    expect([...pair.hosts.a.files.keys()]).toEqual([])
    expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
    expect(pair.records).toMatchObject([{ taskId: task.id, outcome: 'moved', actual: { downtimeMs: 1, passes: 1 } }])
  })

  test('its file at the source stays unless it is to be deleted', async () => {
    await pair.after(await pair.start())
    expect([...pair.hosts.a.files.keys()]).toEqual(['default/web.qcow2'])
  })

  test('it starts with its new host as it did with the old one, and what was known of it goes along, told with both ids', async () => {
    const version = { xml: '<old/>', atMs: 1, actor: null, origin: 'outside', taskId: null, edit: 'outside', definition: 'kept' as const }
    await pair.definitions.put({ machineId: machineId('a'), ...version }, 9)
    await pair.after(await pair.start())
    expect(pair.hosts.b.executed).toEqual(['setAutostart web'])
    expect(await pair.definitions.list(machineId('b'), 9)).toHaveLength(1)
    expect(pair.events.find(({ code }) => code === 'machine.moved')).toMatchObject({
      machineId: 'c2.m.web',
      params: { name: 'web', from: 'a', to: 'b', fromId: 'c1.m.web', toId: 'c2.m.web' },
    })
  })

  test('an agent that answered and does not any more is waited for, and then told of', async () => {
    pair.agentThere = false
    const id = await pair.start()
    expect(await pair.after(id, 30_000)).toMatchObject({ state: 'running' })
    expect(await pair.after(id, 40_000)).toMatchObject({ state: 'succeeded', progress: { note: 'outcome-agent-silent' } })
  })

  test('an agent that answers a little later is no matter', async () => {
    pair.agentThere = false
    const id = await pair.start()
    await pair.after(id, 30_000)
    pair.agentThere = true
    expect(await pair.after(id)).toMatchObject({ state: 'succeeded', progress: { note: null } })
  })

  test('a file that something else uses by now is left, and told of', async () => {
    pair.agentThere = true
    pair.hosts.a.disturb.set('remove default/web.qcow2', () => {
      throw new AppError({ kind: 'precondition', code: 'volume.in-use', message: 'other uses it.' })
    })
    const task = await pair.after(await pair.start({ sourceDisks: 'delete' }))
    expect(task).toMatchObject({ state: 'succeeded', progress: { note: 'outcome-source-disk-left' } })
  })

  test('a machine that a person paused stays paused, and its agent is not waited for', async () => {
    pair.put('a', 'paused')
    expect(await pair.after(await pair.start())).toMatchObject({ state: 'succeeded', progress: { note: null } })
    expect(pair.where()).toBe('absent paused')
  })

  test('one that is off moves as a definition', async () => {
    pair.put('a', 'off')
    pair.hosts.a.files.clear()
    expect(await pair.after(await pair.start())).toMatchObject({ state: 'succeeded' })
    expect(pair.where()).toBe('absent off')
  })
})

test('while it moves its record at the target is held as well, also by the next console, and let go at its end', async () => {
  pair.agentThere = true
  const going = held()
  pair.script = (_ref, _from, { signal }) => going.wait(signal)
  const id = await pair.start()
  await going.reached
  const ends = () => [machineId('a'), machineId('b')].map((each) => pair.engine.holder(each)?.id)
  expect(ends()).toEqual([id, id])
  expect(pair.engine.current(id)?.params).toMatchObject({ from: 'a', arrivesAs: 'c2.m.web' })
  await pair.engine.stop()
  await pair.reboot()
  expect(ends()).toEqual([id, id])
  pair.script = null
  expect(await pair.after(id, 20_000)).toMatchObject({ state: 'succeeded' })
  expect(ends()).toEqual([undefined, undefined])
})

describe('a move that fails', () => {
  test('the hosts’ own words are told, and the volume is taken away again', async () => {
    pair.script = async () => {
      throw refused()
    }
    const task = await pair.after(await pair.start())
    expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.failed', message: expect.stringContaining('no room') } })
    expect(states(task)).toEqual(['check done', 'volume-0 undone', 'move failed', 'verify pending'])
    expect(pair.where()).toBe('running absent')
    expect([...pair.hosts.b.files.keys()]).toEqual([])
  })

  test('what has changed since it was planned stops it before anything is made', async () => {
    const id = await pair.start()
    pair.put('a', 'off')
    expect(await pair.after(id)).toMatchObject({ state: 'failed', error: { code: 'migration.state-changed' } })
    expect(pair.hosts.b.calls).toEqual([])
  })

  test('the target is away when its volume is to be taken away: it is told what is left', async () => {
    pair.script = async () => {
      pair.hosts.b.cut()
      throw refused()
    }
    const task = await pair.after(await pair.start(), 200_000)
    expect(task).toMatchObject({
      state: 'failed',
      error: { code: 'task.left-behind', details: { left: 'default/web.qcow2', firstCode: 'migration.failed' } },
    })
    expect(pair.where()).toBe('running absent')
  })

  test('at the target it is not as it was: told, and nothing is taken away', async () => {
    pair.script = async () => {
      pair.put('b', 'off')
      pair.put('a', 'absent')
    }
    const task = await pair.after(await pair.start(), 20_000)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'migration.not-verified', details: { state: 'off' } } })
    expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
  })

  test('tried again once it is as it was, it is verified: it does not move a second time', async () => {
    pair.agentThere = true
    pair.script = async () => {
      pair.put('b', 'off')
      pair.put('a', 'absent')
    }
    const failed = await pair.after(await pair.start({ sourceDisks: 'delete' }), 20_000)
    pair.put('b', 'running')
    const { id } = await pair.engine.retry(failed.id, AUTHOR)
    expect(await pair.after(id, 20_000)).toMatchObject({ state: 'succeeded', error: null })
    expect(pair.calls).toEqual(['move web a→b'])
    expect([...pair.hosts.a.files.keys()]).toEqual([])
  })

  test('its definition was not kept over there', async () => {
    pair.script = async () => {
      pair.standings.set('b web', { state: 'running', isPersistent: false })
      pair.put('a', 'absent')
    }
    expect(await pair.after(await pair.start(), 20_000)).toMatchObject({ state: 'failed', error: { code: 'migration.not-kept' } })
  })
})

describe('a reply that was lost', () => {
  test.each([
    ['it had moved', 'absent running', 'succeeded', 'absent running', []],
    ['the source was not told', 'left-paused running', 'succeeded', 'absent running', ['give-up web at a']],
    ['the target did not let it run', 'absent left-paused', 'succeeded', 'absent running', ['run web at b']],
    ['nobody was told: it goes once more', 'left-paused absent', 'succeeded', 'absent running', ['run web at a', 'move web a→b']],
    ['it had stayed: it goes once more', 'running absent', 'succeeded', 'absent running', ['move web a→b']],
    ['a definition was left at the target', 'running off', 'succeeded', 'absent running', ['give-up web at b', 'move web a→b']],
  ])('%s', async (_name, left, state, where, calls) => {
    let isFirst = true
    pair.script = async (_ref, _from, _options, go) => {
      if (!isFirst) return go()
      isFirst = false
      const [here = 'absent', there = 'absent'] = left.split(' ') as Array<'absent'>
      pair.put('a', here)
      pair.put('b', there)
      throw lostReply()
    }
    const task = await pair.after(await pair.start(), 150_000)
    expect(task.state).toBe(state)
    expect(pair.where()).toBe(where)
    expect(pair.calls.slice(1)).toEqual(calls)
  })

  test('what is being received for nobody is given up after a while, and the machine runs on', async () => {
    pair.script = async (_ref, _from, _options, go) => {
      if (pair.calls.filter((call) => call.startsWith('move')).length > 1) return go()
      pair.put('a', 'left-paused')
      pair.put('b', 'incoming')
      throw lostReply()
    }
    await pair.after(await pair.start(), 180_000)
    expect(pair.calls.slice(1)).toEqual(['give-up web at b', 'run web at a', 'move web a→b'])
    expect(pair.where()).toBe('absent running')
  })

  test('it runs at both: a person has to look, both are named, and nothing is touched', async () => {
    pair.script = async () => {
      pair.put('b', 'running')
      throw lostReply()
    }
    const id = await pair.start()
    const task = await pair.after(id, 120_000)
    expect(task).toMatchObject({
      state: 'needs-attention',
      error: { code: 'migration.two-truths', details: { source: 'running', target: 'running' } },
    })
    expect(pair.calls).toEqual(['move web a→b'])
    pair.put('a', 'absent')
    await pair.engine.resolve(id, 'probe')
    expect(await pair.after(id, 90_000)).toMatchObject({ state: 'succeeded' })
  })

  test('closed as failed while it is at the target: its disk there is not taken away', async () => {
    pair.script = async () => {
      pair.put('b', 'running')
      throw lostReply()
    }
    const id = await pair.start()
    await pair.after(id, 120_000)
    await pair.engine.resolve(id, 'failed')
    expect(await pair.after(id, 300_000)).toMatchObject({ state: 'failed', error: { code: 'task.left-behind' } })
    expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
  })

  test('the target cannot be asked: it is waited for, with the machine left alone', async () => {
    pair.script = async () => {
      pair.put('a', 'left-paused')
      pair.put('b', 'running')
      pair.hosts.b.cut()
      throw lostReply()
    }
    const id = await pair.start()
    expect(await pair.after(id, 600_000)).toMatchObject({ state: 'running', progress: { note: 'waiting-for-link' } })
    expect(pair.calls).toEqual(['move web a→b'])
    pair.hosts.b.mend()
    expect(await pair.after(id, 90_000)).toMatchObject({ state: 'succeeded' })
    expect(pair.where()).toBe('absent running')
  })

  test('a move that its hosts go on with by themselves is followed to its end', async () => {
    pair.script = async () => {
      pair.put('a', 'outgoing')
      pair.put('b', 'incoming')
      throw lostReply()
    }
    pair.following = async () => {
      pair.put('a', 'absent')
      pair.put('b', 'running')
    }
    expect(await pair.after(await pair.start(), 150_000)).toMatchObject({ state: 'succeeded' })
    expect(pair.calls).toEqual(['move web a→b'])
  })
})

describe('cancelled', () => {
  test('while it is checked: nothing was made', async () => {
    const id = await pair.start()
    await pair.engine.cancel(id)
    expect(await pair.after(id)).toMatchObject({ state: 'cancelled' })
    expect(pair.calls).toEqual([])
    expect([...pair.hosts.b.files.keys()]).toEqual([])
  })

  test('while its volume is made: that is taken away', async () => {
    const making = held()
    pair.hosts.b.disturb.set('create default/web.qcow2', async (_place, { signal }) => {
      await making.wait(signal)
      return 'go-on'
    })
    const id = await pair.start()
    await making.reached
    await pair.engine.cancel(id)
    expect(await pair.after(id)).toMatchObject({ state: 'cancelled' })
    expect([...pair.hosts.b.files.keys()]).toEqual([])
    expect(pair.where()).toBe('running absent')
  })

  test('while it moves: nothing is taken away before the hosts have ended it, and it runs on', async () => {
    const moving = held()
    const ending = held()
    pair.script = async (_ref, _from, { signal }) => {
      pair.put('a', 'outgoing')
      pair.put('b', 'incoming')
      await moving.wait(signal).catch(() => undefined)
      await ending.wait()
      pair.put('a', 'running')
      pair.put('b', 'absent')
      throw new AppError({ kind: 'cancelled', code: 'migration.cancelled', message: 'Cancelled.' })
    }
    const id = await pair.start()
    await moving.reached
    await pair.engine.cancel(id)
    await ending.reached
    expect(await pair.after(id, 60_000)).toMatchObject({ state: 'cancelling' })
    expect([...pair.hosts.b.files.keys()]).toEqual(['default/web.qcow2'])
    ending.release()
    expect(await pair.after(id, 60_000)).toMatchObject({ state: 'cancelled' })
    expect([...pair.hosts.b.files.keys()]).toEqual([])
    expect(pair.where()).toBe('running absent')
  })

  test('too late: it has moved, so the task goes on to its end', async () => {
    const moving = held()
    pair.script = async (_ref, _from, { signal }, go) => {
      await moving.wait(signal).catch(() => undefined)
      go()
    }
    const id = await pair.start({ sourceDisks: 'delete' })
    await moving.reached
    await pair.engine.cancel(id)
    expect(await pair.after(id, 90_000)).toMatchObject({ state: 'succeeded' })
    expect(pair.where()).toBe('absent running')
  })

  test('once it has moved, a cancel is refused', async () => {
    pair.agentThere = false
    const id = await pair.start()
    await pair.after(id, 10_000)
    await expect(pair.engine.cancel(id)).rejects.toMatchObject({ code: 'task.cannot-cancel' })
  })
})

describe('the console is killed', () => {
  test('after any write of the journal: the next one ends what it began, and the machine runs once', async () => {
    let ends = 0
    let writes = 0
    while (ends < 2) {
      writes += 1
      pair = new FakePair()
      pair.agentThere = true
      await pair.engine.start()
      const id = await pair.killedAfter(writes, { sourceDisks: 'delete' })
      if ((await pair.store.get(id))?.state === 'succeeded') ends += 1
      await pair.reboot()
      const task = await pair.after(id, 180_000)
      expect(`${writes}: ${task.state} ${pair.where()}`).toBe(`${writes}: succeeded absent running`)
      expect(pair.calls.filter((call) => call.startsWith('move'))).toHaveLength(1)
      expect([...pair.hosts.a.files.keys()]).toEqual([])
      await pair.engine.stop()
    }
    expect(writes).toBeGreaterThan(8)
  })

  test('in the middle of the move, which its hosts end: it is taken up where it is', async () => {
    const moving = held()
    pair.script = async (_ref, _from, { signal }) => {
      pair.put('a', 'outgoing')
      pair.put('b', 'incoming')
      await moving.wait(signal)
    }
    const id = await pair.start()
    await moving.reached
    await pair.engine.stop()
    pair.put('a', 'left-paused')
    pair.put('b', 'running')
    await pair.reboot()
    expect(await pair.after(id, 120_000)).toMatchObject({ state: 'succeeded' })
    expect(pair.calls).toEqual(['move web a→b', 'give-up web at a'])
  })

  test('the target stays away, and the time of day is set back meanwhile: it is waited for no longer than that', async () => {
    const id = await pair.start()
    pair.hosts.b.cut()
    await pair.after(id, 10_000)
    pair.clock.setBack(3_600_000)
    expect(await pair.after(id, 25_000)).toMatchObject({ state: 'failed', error: { code: 'link.not-live' } })
  })

  test('before anything moved, and the link to the target opens last: it is waited for', async () => {
    const moving = held()
    pair.script = (_ref, _from, { signal }) => moving.wait(signal)
    const id = await pair.start()
    await moving.reached
    await pair.engine.stop()
    pair.script = null
    pair.hosts.b.cut()
    await pair.reboot()
    expect(await pair.after(id, 5_000)).toMatchObject({ state: 'running' })
    pair.hosts.b.mend()
    expect(await pair.after(id, 120_000)).toMatchObject({ state: 'succeeded', error: null })
    expect(pair.where()).toBe('absent running')
  })
})

describe('taken back', () => {
  test('a move that succeeded is moved back, with a new file where the old one was kept', async () => {
    pair.agentThere = true
    const there = await pair.after(await pair.start())
    expect(there).toMatchObject({ state: 'succeeded', undoable: true })
    const { id } = await pair.engine.undo(there.id, AUTHOR)
    const back = await pair.after(id, 90_000)
    expect(back).toMatchObject({ state: 'succeeded', target: { id: 'c2.m.web' }, undoable: true, error: null })
    expect(pair.where()).toBe('running absent')
    const files = [...pair.hosts.a.files.keys()].filter((path) => path !== 'default/web.qcow2')
    expect(files).toEqual([expect.stringMatching(/^default\/web-\w{8}\.qcow2$/)])
    expect(await pair.engine.get(there.id)).toMatchObject({ undoable: false })
  })

  test('with the old file deleted, it goes back under its name', async () => {
    pair.agentThere = true
    const there = await pair.after(await pair.start({ sourceDisks: 'delete' }))
    const { id } = await pair.engine.undo(there.id, AUTHOR)
    await pair.after(id, 90_000)
    expect([[...pair.hosts.a.files.keys()], [...pair.hosts.b.files.keys()]]).toEqual([['default/web.qcow2'], []])
  })
})

describe('shown as it goes', () => {
  test('phases in their order, and its last word to whoever comes late, for an hour', async () => {
    pair.agentThere = true
    pair.script = async (_ref, _from, { onMove }, go) => {
      onMove?.(progress('copying-memory', 40))
      go()
    }
    const id = await pair.start({ sourceDisks: 'delete' })
    const phases: string[] = []
    pair.live.follow(id, ({ phase }) => phases.push(phase))
    await pair.after(id)
    expect(phases).toEqual(['checking', 'preparing', 'copying-memory', 'verifying', 'cleaning'])
    expect(await lastOf(id)).toMatchObject({ phase: 'done', memory: { done: 40 }, can: { bandwidth: { code: 'migration.has-ended' } } })
    await pair.clock.advance(3_600_000)
    expect(await lastOf(id)).toBeUndefined()
  })

  test('one that failed was rolled back', async () => {
    pair.script = async () => {
      throw refused()
    }
    const id = await pair.start()
    await pair.after(id)
    expect(await lastOf(id)).toMatchObject({ phase: 'rolled-back', expectedEndAtMs: expect.any(Number) })
  })

  async function lastOf(id: TaskId) {
    let last: unknown
    for await (const live of pair.service.watch(id, new AbortController().signal)) last = live
    return last
  }
})
