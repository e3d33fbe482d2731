import { describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { Machine, TaskId } from '../../../shared/model/index.ts'
import { machineRequest } from '../machines/machine-task.ts'
import { settle } from '../testing/fake-clock.ts'
import { lostReply } from '../testing/fake-host.ts'
import { AUTHOR, type Bench, boot, ended, fakeMachine, start } from './testing/bench.ts'

test('a link cut in the middle is waited for, then probed', async () => {
  const bench = boot()
  bench.host.script = async (host, ref, action) => {
    host.execute(ref, action)
    host.cut()
    throw lostReply()
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  expect(await ended(bench, id)).toMatchObject({ state: 'running', progress: { note: 'waiting-for-link' } })
  bench.host.mend()
  expect(await ended(bench, id)).toMatchObject({ state: 'succeeded' })
  expect(bench.host.executed).toEqual(['start web'])
})

test('a link that stays away leaves the task to be decided, which the link does when it comes back', async () => {
  const bench = boot({}, 1)
  await bench.engine.start()
  bench.host.script = async (host, ref, action) => {
    host.execute(ref, action)
    host.cut()
    throw lostReply()
  }
  const { id } = await bench.engine.submitBulk(['a', 'b'].map(start), AUTHOR)
  await settle(8)
  await bench.clock.advance(61_000)
  const [b, a] = await bench.store.list({ parentId: id }, { limit: 2 })
  expect(a).toMatchObject({ state: 'needs-attention', error: { code: 'task.awaits-link' } })
  // Its place on the host is free again, and the next one does not wait anew for the same link.
  expect(await ended(bench, b?.id as TaskId)).toMatchObject({ state: 'failed', error: { code: 'task.no-link' } })
  expect(await ended(bench, id)).toMatchObject({ state: 'needs-attention' })
  bench.host.mend()
  await settle(8)
  expect(await ended(bench, id)).toMatchObject({ state: 'partly', children: { succeeded: 1, failed: 1 } })
  expect(bench.host.executed).toEqual(['start a'])
})

test('a bulk waits for a lost link once and not once a target, and again when it is lost again', async () => {
  const bench = boot()
  await bench.engine.start()
  bench.host.cut()
  const names = Array.from({ length: 1_000 }, (_, index) => `m${index}`)
  const { id } = await bench.engine.submitBulk(names.map(start), AUTHOR)
  await bench.clock.advance(59_000)
  expect(await ended(bench, id)).toMatchObject({ state: 'running', children: { total: 1_000, failed: 0 } })
  await bench.clock.advance(1_000)
  await settle(600)
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', children: { total: 1_000, failed: 1_000 } })
  const [child] = await bench.store.list({ parentId: id }, { limit: 1 })
  expect(child?.error).toMatchObject({ kind: 'unreachable', code: 'task.no-link' })

  bench.host.mend()
  bench.host.cut()
  const again = await bench.engine.submit(start('again'), AUTHOR)
  await bench.clock.advance(59_000)
  expect(await ended(bench, again.id)).toMatchObject({ state: 'running' })
  bench.host.mend()
  await settle(8)
  expect(await ended(bench, again.id)).toMatchObject({ state: 'succeeded' })
  expect(bench.host.executed).toEqual(['start again'])
})

test('without a link nothing is begun, and it says so', async () => {
  const bench = boot()
  bench.host.cut()
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await settle(4)
  await bench.clock.advance(61_000)
  expect(await ended(bench, id)).toMatchObject({ state: 'failed', error: { kind: 'unreachable', code: 'task.no-link' } })
  expect(bench.store.story(id)).not.toContain('intent start')
})

describe('a deletion that left disks behind', () => {
  const remove = machineRequest(fakeMachine('web'), {
    action: 'delete',
    diskKeys: ['/images/web.qcow2'],
    withSnapshots: false,
    withNvram: false,
    withTpm: false,
    withManagedSave: false,
  })

  async function leftHalf(bench: Bench): Promise<{ readonly id: TaskId; readonly markers: Array<string | null | undefined> }> {
    const markers: Array<string | null | undefined> = []
    bench.host.probeAnswer = 'not-done'
    bench.host.script = async (host, ref, _action, { baseline }) => {
      markers.push(baseline?.marker)
      if (host.gone.has(ref)) return
      host.gone.add(ref)
      throw new AppError({ kind: 'remote-failure', code: 'machine.delete-partly', message: 'A disk is still there.' })
    }
    const { id } = await bench.engine.submit(remove, AUTHOR)
    expect(await ended(bench, id)).toMatchObject({ state: 'failed', error: { code: 'machine.delete-partly' } })
    return { id, markers }
  }

  test('is retried with what the attempt before remembered', async () => {
    const bench = boot()
    const { id, markers } = await leftHalf(bench)
    const again = await bench.engine.retry(id, AUTHOR)
    expect(await ended(bench, again.id)).toMatchObject({ state: 'succeeded' })
    expect(markers).toEqual([null, 'rest'])
  })

  test('is not taken up when the machine is on another host by now', async () => {
    const bench = boot({}, 4, [{ ...fakeMachine('web'), connectionId: 'c2' } as Machine])
    const { id, markers } = await leftHalf(bench)
    const again = await bench.engine.retry(id, AUTHOR)
    expect(await ended(bench, again.id)).toMatchObject({ state: 'failed', error: { kind: 'not-found' } })
    expect(markers).toEqual([null])
  })
})

test('a task left open by the last run is decided even when its link was open before it was read', async () => {
  const bench = boot()
  bench.host.script = async (host) => {
    host.cut()
    throw lostReply()
  }
  const { id } = await bench.engine.submit(start('web'), AUTHOR)
  await settle(8)
  await bench.clock.advance(60_000)
  expect(await ended(bench, id)).toMatchObject({ state: 'needs-attention', error: { code: 'task.awaits-link' } })
  await bench.engine.stop()
  bench.host.mend()
  bench.host.states.set('web', 'running')
  bench.host.probeAnswer = 'done'
  const next = boot(bench)
  await next.engine.start()
  expect(await ended(next, id)).toMatchObject({ state: 'succeeded' })
  expect(bench.host.executed).toEqual([])
})
