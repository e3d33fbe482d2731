import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { TaskId } from '../../../shared/model/index.ts'
import { machineRequest } from '../machines/machine-task.ts'
import { FakeClock, settle } from '../testing/fake-clock.ts'
import { FakeHost, lostReply } from '../testing/fake-host.ts'
import { foldJournal } from './journal.ts'
import { AUTHOR, boot, ended, fakeMachine, shutdown, start } from './testing/bench.ts'

test('a task journals its intent before the host is asked, and its end after', async () => {
  const bench = boot()
  let atRun: string[] = []
  bench.host.script = async (host, ref, action) => {
    atRun = bench.store.story([...bench.store.tasks.keys()][0] ?? '')
    host.execute(ref, action)
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  const task = await ended(bench, id)
  expect(atRun).toEqual(['created', 'started', 'intent start'])
  expect(bench.store.story(id)).toEqual(['created', 'started', 'intent start', 'step-done start', 'ended succeeded'])
  expect(task).toMatchObject({ state: 'succeeded', undoable: true, actor: 'ada', reason: 'a test', progress: { fraction: 1 } })
  expect(bench.shown.get(id)?.state).toBe('succeeded')
  expect(bench.events.map((event) => event.code)).toEqual(['task.succeeded'])
})

test('a recorded journal replays to the task it was written by', async () => {
  const bench = boot()
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  const task = await ended(bench, id)
  const replayed = foldJournal(await bench.store.journal([id]))
  expect({ ...replayed?.task, revision: 0, progress: 0 }).toEqual({ ...task, revision: 0, progress: 0 })
})

test('a lost reply is probed: done is done, and nothing is sent twice', async () => {
  const bench = boot()
  bench.host.script = async (host, ref, action) => {
    host.execute(ref, action)
    throw lostReply()
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  expect(await ended(bench, id)).toMatchObject({ state: 'succeeded' })
  expect(bench.host.executed).toEqual(['start web'])
})

test('a lost reply that did not arrive is sent once more, and no oftener', async () => {
  const bench = boot()
  let sent = 0
  bench.host.script = async () => {
    sent += 1
    throw lostReply()
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', error: { code: 'fake.lost-reply' }, offers: ['retry'] })
  expect(sent).toBe(2)
})

test('when nobody can tell it needs a person, who decides', async () => {
  const bench = boot()
  bench.host.script = async () => {
    throw lostReply()
  }
  bench.host.probeAnswer = 'unknown'
  const first = await bench.engine.submit(start('web'), AUTHOR)
  expect(await ended(bench, first.id)).toMatchObject({ state: 'needs-attention', error: { code: 'task.outcome-unknown' } })
  expect(bench.engine.busyWith('c1.m.web')).toBe('machine.start')
  await expect(bench.engine.cancel(first.id)).rejects.toMatchObject({ code: 'task.needs-decision' })
  await bench.engine.resolve(first.id, 'done')
  expect(await ended(bench, first.id)).toMatchObject({ state: 'succeeded' })
  expect(bench.engine.busyWith('c1.m.web')).toBeUndefined()

  const second = await bench.engine.submit(start('db'), AUTHOR)
  await ended(bench, second.id)
  await bench.engine.resolve(second.id, 'failed')
  expect(await ended(bench, second.id)).toMatchObject({ state: 'failed' })

  const third = await bench.engine.submit(start('app'), AUTHOR)
  await ended(bench, third.id)
  bench.host.probeAnswer = 'done'
  await bench.engine.resolve(third.id, 'probe')
  expect(await ended(bench, third.id)).toMatchObject({ state: 'succeeded' })
})

test('a guest that ignores its shutdown: the task fails with the offer to power off, and never does it by itself', async () => {
  const bench = boot()
  bench.host.states.set('web', 'running')
  bench.host.script = async () => {
    throw new AppError({ kind: 'timeout', code: 'fake.guest-did-not-stop', message: 'The guest did not go down in time.' })
  }
  const { id } = await bench.engine.submit(shutdown('web'), AUTHOR)
  expect(await ended(bench, id)).toMatchObject({
    state: 'failed',
    offers: ['powerOff', 'retry'],
    error: { code: 'fake.guest-did-not-stop' },
  })
  expect(bench.host.executed).toEqual([])
})

test('a call that never returns ends at its deadline', async () => {
  const bench = boot()
  bench.host.script = () => new Promise(() => {})
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await settle(4)
  await bench.clock.advance(121_000)
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', error: { kind: 'timeout', code: 'task.step-timeout' } })
})

test('cancel is a request: a waiting shutdown stops, a start that was sent does not', async () => {
  const bench = boot()
  bench.host.states.set('web', 'running')
  bench.host.script = (_host, _ref, action, { signal }) =>
    new Promise((_resolve, reject) => {
      if (action.action === 'shutdown') signal?.addEventListener('abort', () => reject(signal.reason))
    })
  const stopping = await bench.engine.submit(shutdown('web'), AUTHOR)
  const starting = await bench.engine.submit(start('db'), AUTHOR)
  await settle(4)
  await bench.engine.cancel(stopping.id)
  expect(await ended(bench, stopping.id)).toMatchObject({ state: 'cancelled', error: { kind: 'cancelled' }, offers: ['retry'] })
  await expect(bench.engine.cancel(starting.id)).rejects.toMatchObject({ kind: 'precondition', code: 'task.cannot-cancel' })
  await expect(bench.engine.cancel(stopping.id)).rejects.toMatchObject({ code: 'task.ended' })
})

test('two tasks never hold one machine', async () => {
  const bench = boot()
  bench.host.script = () => new Promise(() => {})
  await bench.engine.submit(start('web'), AUTHOR)
  await expect(bench.engine.submit(shutdown('web'), AUTHOR)).rejects.toMatchObject({ kind: 'conflict', code: 'task.target-busy' })
  await expect(bench.engine.submitBulk([start('a'), start('a')], AUTHOR)).rejects.toMatchObject({ code: 'task.target-busy' })
  expect(bench.engine.busyWith('c1.m.a')).toBeUndefined()
})

test('a bulk runs so many at a time on a host and has a result for each', async () => {
  const bench = boot({}, 3)
  bench.host.script = async (host, ref, action) => {
    await settle(1)
    if (ref === 'm7') throw new AppError({ kind: 'remote-failure', code: 'fake.no-memory', message: 'Not enough memory.' })
    host.execute(ref, action)
  }
  const names = Array.from({ length: 20 }, (_, index) => `m${index}`)
  const { id } = await bench.engine.submitBulk(names.map(start), AUTHOR)
  await settle(200)
  const parent = await ended(bench, id)
  expect(parent).toMatchObject({ state: 'partly', error: { code: 'task.some-failed' }, offers: ['retry'], undoable: true })
  expect(parent.children).toEqual({ total: 20, succeeded: 19, failed: 1, cancelled: 0, running: 0 })
  expect(bench.host.mostAtOnce).toBe(3)
  const children = await bench.store.list({ parentId: id }, { limit: 50 })
  expect(children.filter((child) => child.state === 'failed').map((child) => child.target?.name)).toEqual(['m7'])
  expect(bench.host.executed).toHaveLength(19)
})

test('the failed part of a bulk is retried alone, looking first', async () => {
  const bench = boot()
  let broken = true
  bench.host.script = async (host, ref, action) => {
    if (broken && ref !== 'a') throw new AppError({ kind: 'remote-failure', code: 'fake.broken', message: 'No.' })
    host.execute(ref, action)
  }
  const first = await bench.engine.submitBulk(['a', 'b', 'c'].map(start), AUTHOR)
  await settle(30)
  expect(await ended(bench, first.id)).toMatchObject({ state: 'partly' })
  broken = false
  // Somebody else has started b in the meantime.
  bench.host.states.set('b', 'running')
  const second = await bench.engine.retry(first.id, AUTHOR)
  await settle(30)
  expect(await ended(bench, second.id)).toMatchObject({ state: 'succeeded', children: { total: 2, succeeded: 2 } })
  expect(bench.host.executed).toEqual(['start a', 'start c'])
  await expect(bench.engine.retry(second.id, AUTHOR)).rejects.toMatchObject({ code: 'task.nothing-to-retry' })
})

test('cancelling a bulk stops what waits and lets what was sent end', async () => {
  const bench = boot({}, 2)
  const release: Array<() => void> = []
  bench.host.script = async (host, ref, action) => {
    await new Promise<void>((resolve) => release.push(resolve))
    host.execute(ref, action)
  }
  const { id } = await bench.engine.submitBulk(['a', 'b', 'c', 'd'].map(start), AUTHOR)
  await settle(8)
  await bench.engine.cancel(id)
  for (const go of release) go()
  await settle(20)
  expect(await ended(bench, id)).toMatchObject({ state: 'partly', children: { succeeded: 2, cancelled: 2, failed: 0 } })
})

test('undo takes back what was done, target by target, and only once', async () => {
  const bench = boot()
  for (const ref of ['a', 'b']) bench.host.states.set(ref, 'running')
  const suspend = (ref: string) => machineRequest(fakeMachine(ref, 'running'), { action: 'suspend' })
  const first = await bench.engine.submitBulk(['a', 'b'].map(suspend), AUTHOR)
  await settle(20)
  expect(await ended(bench, first.id)).toMatchObject({ state: 'succeeded', undoable: true })
  const undo = await bench.engine.undo(first.id, AUTHOR)
  await settle(20)
  expect(await ended(bench, undo.id)).toMatchObject({ kind: 'machine.resume', state: 'succeeded' })
  expect(bench.host.executed).toEqual(['suspend a', 'suspend b', 'resume a', 'resume b'])
  expect(await ended(bench, first.id)).toMatchObject({ undoable: false })
  await expect(bench.engine.undo(first.id, AUTHOR)).rejects.toMatchObject({ code: 'task.not-undoable' })
})

test('progress is shown at a bearable pace, with bytes and a rate', async () => {
  const bench = boot()
  bench.host.script = async (host, ref, action, { onProgress }) => {
    for (let second = 0; second < 4; second += 1) {
      onProgress?.({ bytesDone: second * 1_000, bytesTotal: 4_000, note: 'saving' })
      await new Promise<void>((resolve) => bench.clock.after(1_000, resolve))
    }
    host.execute(ref, action)
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await settle(4)
  await bench.clock.advance(3_300)
  expect(bench.shown.get(id)?.progress).toEqual({ fraction: 0.75, bytesDone: 3_000, bytesTotal: 4_000, bytesPerS: 1_000, note: 'saving' })
})

test('when the disk takes no intent, the host is not asked', async () => {
  const bench = boot()
  bench.store.refuse = ({ lines }) => lines.some((line) => (line.entry as { type: string }).type === 'intent')
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await settle(4)
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', error: { kind: 'exhausted', code: 'store.disk-full' } })
  expect(bench.host.executed).toEqual([])
  bench.store.refuse = () => false
  await bench.clock.advance(6_000)
  expect(bench.store.tasks.get(id)?.state).toBe('failed')
})

test('when the disk takes no new task, there is none', async () => {
  const bench = boot()
  bench.store.refuse = () => true
  await expect(bench.engine.submit(start('web'), AUTHOR)).rejects.toMatchObject({ code: 'store.disk-full' })
  expect(bench.engine.busyWith('c1.m.web')).toBeUndefined()
  expect(bench.shown.size).toBe(0)
})

test('after a restart a sent step is probed and a waiting one begins', async () => {
  const before = boot({}, 1)
  before.host.script = async (host, ref, action) => {
    host.execute(ref, action)
    await new Promise(() => {})
  }
  const { id } = await before.engine.submitBulk(['a', 'b', 'c'].map(start), AUTHOR)
  await settle(8)
  expect(before.host.executed).toEqual(['start a'])
  before.host.script = null
  const after = boot(before, 1)
  await after.engine.start()
  await settle(40)
  expect(await ended(after, id)).toMatchObject({ state: 'succeeded', children: { succeeded: 3 } })
  expect(after.host.executed).toEqual(['start a', 'start b', 'start c'])
})

test('what was interrupted long ago is not carried out without asking', async () => {
  const before = boot()
  before.host.script = () => new Promise(() => {})
  const sent = await before.engine.submit(start('sent'), AUTHOR)
  await settle(4)
  before.host.cut()
  const waiting = await before.engine.submit(start('waiting'), AUTHOR)
  await settle(4)
  const clock = new FakeClock(before.clock.nowMs() + 3_600_000)
  const after = boot({ store: before.store, host: new FakeHost(), clock })
  await after.engine.start()
  expect(await ended(after, sent.id)).toMatchObject({ state: 'needs-attention', error: { code: 'task.interrupted-long-ago' } })
  expect(await ended(after, waiting.id)).toMatchObject({
    state: 'cancelled',
    error: { code: 'task.interrupted-long-ago' },
    offers: ['retry'],
  })
  expect(after.host.executed).toEqual([])
})

test('a journal of a later release is left alone', async () => {
  const before = boot()
  before.host.script = () => new Promise(() => {})
  const { id } = await before.engine.submit(start('web'), AUTHOR)
  await settle(4)
  for (const line of before.store.lines) Object.assign(line, { version: 99 })
  const after = boot(before)
  await after.engine.start()
  expect(await ended(after, id)).toMatchObject({ state: 'running' })
  expect(after.engine.busyWith('c1.m.web')).toBeUndefined()
})

test('a large bulk whose creation was cut short is not carried out at the next start', async () => {
  const before = boot()
  before.host.script = () => new Promise(() => {})
  before.store.refuse = ({ lines }) => before.store.lines.length > 100 && lines.length > 0
  const names = Array.from({ length: 450 }, (_, index) => `m${index}`)
  await expect(before.engine.submitBulk(names.map(start), AUTHOR)).rejects.toMatchObject({ code: 'store.disk-full' })
  expect(before.engine.busyWith('c1.m.m0')).toBeUndefined()
  expect(before.engine.busyWith('c1.m.m449')).toBeUndefined()
  const [parent] = await before.store.list({ rootsOnly: true }, { limit: 1 })
  expect(parent).toMatchObject({ state: 'queued', children: { total: 450 } })

  const after = boot({ store: before.store, host: new FakeHost() })
  before.store.refuse = () => false
  await after.engine.start()
  await settle(20)
  expect(await ended(after, parent?.id as TaskId)).toMatchObject({ state: 'cancelled', children: { cancelled: 450, succeeded: 0 } })
  expect(after.host.executed).toEqual([])
})

test('asked again the moment an undo has ended, nothing is taken back twice', async () => {
  const bench = boot()
  bench.host.states.set('web', 'stopped')
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await ended(bench, id)
  await bench.engine.undo(id, AUTHOR)
  while (bench.engine.busyWith('c1.m.web')) await Promise.resolve()
  await expect(bench.engine.undo(id, AUTHOR)).rejects.toMatchObject({ code: 'task.not-undoable' })
  await settle(8)
  expect(bench.host.executed).toEqual(['start web', 'shutdown web'])
})

test('what an undo took back is on the disk before the engine ends', async () => {
  const bench = boot()
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await ended(bench, id)
  await bench.engine.undo(id, AUTHOR)
  while (bench.engine.busyWith('c1.m.web')) await Promise.resolve()
  await bench.engine.stop()
  expect(bench.store.tasks.get(id)?.undoable).toBe(false)
})
