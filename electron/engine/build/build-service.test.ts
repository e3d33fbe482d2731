import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { settle } from '../testing/fake-clock.ts'
import { AUTHOR, BuildBench, order, SIGNAL } from './testing/bench.ts'

let bench: BuildBench
beforeEach(() => {
  bench = new BuildBench()
  bench.host.addVolume('default/debian-12.qcow2', 2 * 1_073_741_824)
})

test('options add the host and its pools from the inventory', async () => {
  expect(await bench.service.options('c1.h.x' as never, SIGNAL)).toMatchObject({
    hostId: 'c1.h.x',
    hostName: 'kvm-01',
    pools: [{ name: 'default', path: '/pools' }],
  })
})

test('the common processor is asked of one host for all of them, each once', async () => {
  const ids = ['c1.h.x', 'c1.h.x'] as never
  expect(await bench.service.commonCpu(ids, SIGNAL)).toEqual({ model: 'cpu-of-x', features: [] })
})

test('a host without a builder says that it cannot', async () => {
  bench.host.builder = null
  bench.host.mend()
  await expect(bench.service.check(order(), SIGNAL)).rejects.toMatchObject({ kind: 'unsupported', code: 'build.unsupported' })
})

test('a preview is of the first machine', async () => {
  expect(await bench.service.preview(order({ count: 3 }), SIGNAL)).toMatchObject({ name: 'web-01', xml: '<name>web-01</name>' })
})

describe('create', () => {
  test('makes seed, disk and definition, and starts it', async () => {
    const { taskId, names } = await bench.service.create(order(), AUTHOR, SIGNAL)
    const task = await bench.ended(taskId)
    expect(names).toEqual(['web-01'])
    expect(task).toMatchObject({ kind: 'machine.create', state: 'succeeded', target: { entity: 'machine', name: 'web-01' } })
    expect(task.steps.map(({ id, state, weight }) => [id, state, weight])).toEqual([
      ['seed', 'done', 1],
      ['disk-0', 'done', 2_048],
      ['define', 'done', 1],
      ['start', 'done', 1],
    ])
    expect([...bench.host.files.keys()]).toEqual(['default/debian-12.qcow2', 'default/web-01-seed.iso', 'default/web-01.qcow2'])
    expect(bench.host.files.get('default/web-01.qcow2')?.capacityBytes).toBe(20 * 1_073_741_824)
    const [definition] = bench.host.defined.values()
    expect(definition).toMatchObject({
      kind: 'new',
      seed: { pool: 'default', volume: 'web-01-seed.iso' },
      disks: [{ volume: 'web-01.qcow2' }],
    })
    expect(bench.host.executed).toEqual([`start ${definition?.uuid}`])
    expect(task.target?.id).toBe(`c1.m.${definition?.uuid}`)
  })

  test('three by a pattern are one task with a child each, no two alike', async () => {
    const { taskId, names } = await bench.service.create(order({ count: 3, first: 8 }), AUTHOR, SIGNAL)
    expect(names).toEqual(['web-08', 'web-09', 'web-10'])
    expect(await bench.ended(taskId)).toMatchObject({ state: 'succeeded', children: { total: 3, succeeded: 3 } })
    const definitions = [...bench.host.defined.values()]
    expect(new Set(definitions.map(({ uuid }) => uuid)).size).toBe(3)
    expect(new Set(definitions.flatMap(({ macs }) => macs)).size).toBe(3)
  })

  test('what blocks is refused before anything is made', async () => {
    bench.addMachine('web-01', { nativeRef: 'other' })
    await expect(bench.service.create(order(), AUTHOR, SIGNAL)).rejects.toMatchObject({
      kind: 'conflict',
      code: 'build.blocked',
      details: { findings: [{ code: 'build.name-taken', field: 'name' }] },
    })
    expect(bench.host.calls).toEqual([])
  })

  test('a double click is one click', async () => {
    const [first, second] = await Promise.all([1, 2].map(() => bench.service.create(order(), AUTHOR, SIGNAL, 'click')))
    expect(first?.taskId).toBe(second?.taskId)
  })
})

describe('secrets', () => {
  const withPassword = order({ cloudInit: { user: { name: 'ada', password: 'Geheim-7' } } })

  test('a password is in the seed as a hash, and nowhere else', async () => {
    const { taskId } = await bench.service.create(withPassword, AUTHOR, SIGNAL)
    await bench.ended(taskId)
    const seed = Buffer.from(bench.host.files.get('default/web-01-seed.iso')?.bytes ?? []).toString('latin1')
    expect(seed).toMatch(/hashed_passwd: "\$6\$/)
    const kept = JSON.stringify([...bench.store.tasks.values(), ...(await bench.store.journal([taskId]))])
    expect(kept).not.toContain('Geheim-7')
    expect(kept).not.toContain('$6$')
    expect(bench.keychain.names()).toEqual([])
  })

  test('a sealed store refuses the order, and nothing is left', async () => {
    bench.keychain.locked = true
    await expect(bench.service.create(withPassword, AUTHOR, SIGNAL)).rejects.toMatchObject({ code: 'secrets.locked' })
    expect(bench.store.tasks.size).toBe(0)
  })

  test('a retry without the password, which went with the first attempt, fails at once with what to do', async () => {
    bench.host.disturb.set('define web-01', async () => {
      throw new AppError({ kind: 'remote-failure', code: 'fake.refused', message: 'No.' })
    })
    const { taskId } = await bench.service.create(withPassword, AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'fake.refused' } })
    expect(bench.keychain.names()).toEqual([])
    bench.host.calls.length = 0
    const again = await bench.tasks.retry(taskId, AUTHOR)
    expect(await bench.ended(again.id)).toMatchObject({ state: 'failed', error: { code: 'build.seed-lost' } })
    expect(bench.host.calls.filter((call) => !call.startsWith('remove'))).toEqual([])
  })

  test('a retry of what holds no secret makes it anew', async () => {
    bench.host.disturb.set('define web-01', async () => {
      throw new AppError({ kind: 'remote-failure', code: 'fake.refused', message: 'No.' })
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await bench.ended(taskId)
    bench.host.disturb.clear()
    const again = await bench.tasks.retry(taskId, AUTHOR)
    expect(await bench.ended(again.id)).toMatchObject({ state: 'succeeded' })
  })
})

describe('a build that fails or is cancelled', () => {
  const full = () => {
    throw new AppError({ kind: 'exhausted', code: 'volume.pool-full', message: 'The pool is full.', remote: { code: 38 } })
  }

  test('leaves nothing behind: neither disks nor seed nor definition', async () => {
    bench.host.script = async (host, ref, action) => {
      if (action.action === 'start') throw new AppError({ kind: 'remote-failure', code: 'fake.no-kvm', message: 'Could not access KVM.' })
      host.execute(ref, action)
    }
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    const task = await bench.ended(taskId)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'fake.no-kvm' } })
    expect(task.steps.map(({ id, state }) => `${id} ${state}`)).toEqual(['seed undone', 'disk-0 undone', 'define undone', 'start failed'])
    expect([...bench.host.files.keys()]).toEqual(['default/debian-12.qcow2'])
    expect(bench.host.defined.size).toBe(0)
  })

  test('a full pool in the middle of several: each says for itself, and only the good ones stay', async () => {
    bench.host.disturb.set('create default/web-02.qcow2', full)
    const { taskId } = await bench.service.create(order({ count: 3 }), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'partly', children: { succeeded: 2, failed: 1 } })
    expect([...bench.host.defined.values()].map(({ name }) => name).toSorted()).toEqual(['web-01', 'web-03'])
    expect([...bench.host.files.keys()].filter((path) => path.includes('web-02'))).toEqual([])
  })

  test('a name taken meanwhile is a conflict with the host’s own words, and the other machine stays as it is', async () => {
    bench.host.disturb.set('define web-01', async () => {
      bench.host.defined.set('other', { name: 'web-01', disks: [], seed: null } as never)
      return 'go-on'
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({
      state: 'failed',
      error: { kind: 'conflict', code: 'build.name-taken', remote: { code: 9 } },
    })
    expect([...bench.host.defined.keys()]).toEqual(['other'])
    expect([...bench.host.files.keys()]).toEqual(['default/debian-12.qcow2'])
  })

  test('a volume taken meanwhile is not touched', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async () => {
      bench.host.addVolume('default/web-01.qcow2', 77)
      return 'go-on'
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.name-taken' } })
    expect(bench.host.files.get('default/web-01.qcow2')?.capacityBytes).toBe(77)
  })

  test('a volume that a machine has come to use stays, and the task says so', async () => {
    bench.host.disturb.set('define web-01', async () => {
      bench.host.defined.set('other', { name: 'thief', disks: [{ pool: 'default', volume: 'web-01.qcow2' }], seed: null } as never)
      return full()
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({
      state: 'failed',
      error: { code: 'task.left-behind', details: { left: 'default/web-01.qcow2', firstCode: 'volume.pool-full' } },
    })
    expect([...bench.host.files.keys()]).toContain('default/web-01.qcow2')
  })

  test('a volume whose user has left without that being known yet is taken away', async () => {
    bench.host.disturb.set('define web-01', () => {
      bench.host.addVolume('default/web-01.qcow2', 1_048_576, { gone: ['web-01'] })
      return full()
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'failed', error: { code: 'volume.pool-full' } })
    expect([...bench.host.files.keys()]).not.toContain('default/web-01.qcow2')
  })

  test('disks that were there before stay', async () => {
    bench.host.addVolume('default/data.img')
    bench.host.disturb.set('define web-01', full)
    const disks = [{ source: { kind: 'existing' as const, pool: 'default', volume: 'data.img' } }]
    const { taskId } = await bench.service.create(order({ spec: { ...order().spec, disks } }), AUTHOR, SIGNAL)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'failed' })
    expect([...bench.host.files.keys()]).toContain('default/data.img')
  })

  test('cancelled in the middle of a copy', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async (_place, { signal }) => {
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason), { once: true }))
      return 'done'
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await settle(8)
    await bench.tasks.cancel(taskId)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'cancelled' })
    expect(bench.keychain.names()).toEqual([])
  })
})

describe('taken up by another process', () => {
  test('a disk that was whole is not made again, and the rest follows', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async () => {
      bench.host.addVolume('default/web-01.qcow2', 20 * 1_073_741_824)
      return new Promise(() => {})
    })
    const { taskId } = await bench.service.create(order({ cloudInit: { user: { name: 'ada', password: 'x' } } }), AUTHOR, SIGNAL)
    await settle(8)
    await bench.tasks.stop()
    const next = new BuildBench(bench)
    await next.tasks.start()
    expect(await next.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(bench.host.calls.filter((call) => call.startsWith('create default/web-01.qcow2'))).toHaveLength(1)
    expect(next.keychain.names()).toEqual([])
  })

  test('a disk that the host still writes is waited for', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async () => {
      bench.host.addVolume('default/web-01.qcow2', 20 * 1_073_741_824, { isWhole: false })
      return new Promise(() => {})
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await settle(8)
    await bench.tasks.stop()
    const next = new BuildBench(bench)
    await next.tasks.start()
    await settle(8)
    const file = bench.host.files.get('default/web-01.qcow2')
    if (file) file.isWhole = true
    await bench.clock.advance(3_000)
    expect(await next.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(bench.host.calls.filter((call) => call.startsWith('create default/web-01.qcow2'))).toHaveLength(1)
  })

  test('the rest of a copy that broke off, closed as failed much later, is cleared away though it counts as none', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async () => {
      bench.host.addVolume('default/web-01.qcow2', 77, { isRest: true })
      return new Promise(() => {})
    })
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await settle(12)
    await bench.tasks.stop()
    bench.clock.sleep(3_600_000)
    const next = new BuildBench(bench)
    await next.tasks.start()
    expect(await next.ended(taskId)).toMatchObject({ state: 'needs-attention', error: { code: 'task.interrupted-long-ago' } })
    await next.tasks.resolve(taskId, 'failed')
    expect(await next.ended(taskId)).toMatchObject({ state: 'failed' })
    expect([...bench.host.files.keys()]).toEqual(['default/debian-12.qcow2'])
  })

  test('a seed whose upload was not finished is written again', async () => {
    bench.host.disturb.set('upload default/web-01-seed.iso', () => new Promise(() => {}))
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await settle(12)
    await bench.tasks.stop()
    bench.host.disturb.clear()
    const next = new BuildBench(bench)
    await next.tasks.start()
    expect(await next.ended(taskId)).toMatchObject({ state: 'succeeded' })
    expect(bench.host.files.get('default/web-01-seed.iso')?.bytes.length).toBeGreaterThan(30_000)
  })
})

describe('a link that is lost', () => {
  beforeEach(() => bench.tasks.start())

  const unreachable = () => {
    bench.host.cut()
    throw new AppError({ kind: 'unreachable', code: 'libvirt.keepalive-timeout', message: 'the host stopped answering' })
  }

  test.each(['create default/web-01.qcow2', 'upload default/web-01-seed.iso', 'define web-01'])(
    'at %s: the build goes on when it is back',
    async (call) => {
      bench.host.disturb.set(call, async () => unreachable())
      const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
      await settle(12)
      await bench.clock.advance(2 * 60_000)
      expect(await bench.ended(taskId)).toMatchObject({ state: 'needs-attention', error: { code: 'task.awaits-link' } })
      bench.host.disturb.clear()
      bench.host.mend()
      expect(await bench.ended(taskId)).toMatchObject({ state: 'succeeded' })
      expect(bench.host.calls.filter((one) => one === call).length).toBeGreaterThan(1)
    },
  )

  test('before the first step: it begins when the link is back, but not an hour later without being asked', async () => {
    bench.host.disturb.set('create default/web-01.qcow2', async () => unreachable())
    const { taskId } = await bench.service.create(order({ count: 3 }), AUTHOR, SIGNAL)
    await settle(12)
    await bench.clock.advance(2 * 60_000)
    await bench.ended(taskId)
    bench.host.disturb.clear()
    bench.host.mend()
    await settle(40)
    await bench.clock.advance(5_000)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'succeeded', children: { succeeded: 3 } })

    bench.host.disturb.set('create default/late-1.qcow2', async () => unreachable())
    const late = await bench.service.create(order({ name: 'late-{n}', count: 3 }), AUTHOR, SIGNAL)
    await settle(12)
    await bench.clock.advance(60 * 60_000)
    bench.host.disturb.clear()
    bench.host.mend()
    expect(await bench.ended(late.taskId)).toMatchObject({ state: 'needs-attention', children: { succeeded: 0 } })
    expect([...bench.host.defined.values()].filter(({ name }) => name.startsWith('late'))).toEqual([])
  })

  test('cancelled while it waits: it takes back once the link is there', async () => {
    bench.host.disturb.set('define web-01', async () => unreachable())
    const { taskId } = await bench.service.create(order(), AUTHOR, SIGNAL)
    await settle(12)
    await bench.tasks.cancel(taskId)
    await bench.clock.advance(2 * 60_000)
    bench.host.disturb.clear()
    bench.host.mend()
    await bench.clock.advance(5_000)
    expect(await bench.ended(taskId)).toMatchObject({ state: 'cancelled' })
    expect([...bench.host.files.keys()]).toEqual(['default/debian-12.qcow2'])
    expect(bench.host.defined.size).toBe(0)
  })
})
