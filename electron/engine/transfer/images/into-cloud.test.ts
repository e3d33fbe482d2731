import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type TaskId, transferPlanSchema } from '../../../../shared/model/index.ts'
import { aType, blocksOf } from '../testing/fake-cloud.ts'
import { TwoWorlds } from '../testing/two-worlds.ts'

/** Two windows of the copy are zeros, and some of the cloud's blocks. */
const DISK = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at >= 8_000 && at < 26_000 ? 0 : (at * 31) % 251)))

let worlds: TwoWorlds

async function fresh(): Promise<void> {
  worlds = new TwoWorlds()
  worlds.disks.files.set('default/web.img', Buffer.from(DISK))
  await worlds.engine.start()
}
beforeEach(fresh)

const only = () => {
  const [upload] = worlds.cloud.uploads.values()
  if (!upload) throw new Error('nothing was sent')
  return upload
}
const made = () => [...worlds.cloud.machines.values()]
const calls = (start: string) => worlds.cloud.calls.filter((call) => call.startsWith(start))
const steps = (task: { readonly steps: ReadonlyArray<{ readonly id: string; readonly state: string }> }) =>
  task.steps.map(({ id, state }) => `${id} ${state}`)

function gone(): AppError {
  return new AppError({ kind: 'unreachable', code: 'cloud.closed', message: 'Gone.' })
}

/** The bytes that arrived, taken before the cloud forgets them. */
function keepArrived(): { readonly bytes: Buffer[]; readonly blocks: (number | null)[] } {
  const arrived = { bytes: [] as Buffer[], blocks: [] as (number | null)[] }
  worlds.cloud.before = (call) => {
    if (call !== 'tidy') return
    arrived.bytes.push(Buffer.from(only().bytes))
    arrived.blocks.push(only().blocks)
  }
  return arrived
}

describe('a machine that goes well', () => {
  test('is sent in windows, made, seen, swept, and stays at the source', async () => {
    const arrived = keepArrived()
    const task = await worlds.after(await worlds.start({ rename: 'Shop 2' }))
    expect(task).toMatchObject({ state: 'succeeded', error: null, kind: 'machine.intoCloud' })
    expect(task.params).toMatchObject({
      from: 'kvm-01',
      to: 'north',
      as: 'shop-2',
      type: 'medium',
      copied: [{ target: 'vda', to: 'shop-2-vda', bytes: 30_000 }],
    })
    expect(steps(task)).toEqual(['look done', 'copy-0 done', 'assemble done', 'confirm done', 'sweep done'])
    expect(arrived.bytes.map((bytes) => bytes.equals(DISK))).toEqual([true])
    expect(arrived.blocks).toEqual([blocksOf(DISK)])
    expect(made()[0]?.machine).toMatchObject({
      spec: { name: 'shop-2', type: 'medium', subnetId: null, publicAddress: false },
      isUefi: false,
      disks: [{ target: 'vda', sizeBytes: 30_000 }],
    })
    expect(worlds.cloud.uploads.size).toBe(0)
    expect([...worlds.disks.files.keys()]).toEqual(['default/web.img'])
    expect(worlds.standing).toBe('off')
  })

  test('its type, zone, subnet and address are those that were chosen', async () => {
    const cloud = { type: 'large', zone: 'north-a', subnetId: 'net-1', publicAddress: true }
    await worlds.after(await worlds.start({ cloud }))
    expect(made()[0]?.machine.spec).toMatchObject(cloud)
  })

  test('a disk that is no plain bytes is made so beside itself, and the copy goes in the end', async () => {
    worlds.out = { disks: [{ ...DISK_OF, volume: 'web.qcow2', format: 'qcow2' }] }
    worlds.disks.files.set('default/web.qcow2', Buffer.from(DISK))
    const task = await worlds.after(await worlds.start())
    expect(steps(task)).toContain('flatten-0 done')
    expect(steps(task)).toContain('tidy-0 done')
    expect(worlds.disks.calls).toEqual([expect.stringMatching(/^convert default\/Web & Shop-vda-[0-9a-f]{6}\.img raw$/)])
    expect([...worlds.disks.files.keys()].toSorted()).toEqual(['default/web.img', 'default/web.qcow2'])
  })

  test('one that looks like an image of another format is what its definition says: a guest could name any file of the host in it', async () => {
    worlds.disks.format = 'qcow2'
    worlds.out = { disks: [{ ...DISK_OF, format: null }] }
    const arrived = keepArrived()
    const task = await worlds.after(await worlds.start())
    expect(steps(task)).not.toContain('flatten-0 done')
    expect(arrived.bytes.map((bytes) => bytes.equals(DISK))).toEqual([true])
  })

  test('undefined at the source once it is there', async () => {
    expect(await worlds.after(await worlds.start({ source: 'undefine' }))).toMatchObject({ state: 'succeeded' })
    expect(worlds.standing).toBe('absent')
    expect([...worlds.disks.files.keys()]).toEqual(['default/web.img'])
  })

  test('deleted at the source once the cloud says that it runs', async () => {
    const task = await worlds.after(await worlds.start({ source: 'delete' }))
    expect(steps(task).slice(-3)).toEqual(['seen done', 'retire done', 'purge-0 done'])
    expect([...worlds.disks.files.keys()]).toEqual([])
  })

  test('one that does not run there is not deleted here', async () => {
    worlds.cloud.onMade = (ref) => worlds.show(ref, 'stopped')
    const id = await worlds.start({ source: 'delete' })
    const task = await worlds.after(id, 20 * 60_000)
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.not-running', details: { state: 'stopped' } } })
    expect(worlds.standing).toBe('off')
    expect([...worlds.disks.files.keys()]).toEqual(['default/web.img'])
    expect(made()).toHaveLength(1)
  })

  test('one that was started here meanwhile is not taken away', async () => {
    worlds.cloud.onMade = (ref) => {
      worlds.show(ref, 'running')
      worlds.startHere()
    }
    const task = await worlds.after(await worlds.start({ source: 'undefine' }))
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.started-meanwhile' } })
    expect(worlds.standing).toBe('running')
  })
})

describe('what breaks it off', () => {
  test('the link to the cloud, in the middle: it goes on at the window, which is told to be one again', async () => {
    let breaks = 2
    worlds.cloud.after = (call) => {
      if (call === 'write 12288' && breaks-- > 0) throw gone()
    }
    const arrived = keepArrived()
    expect(await worlds.after(await worlds.start())).toMatchObject({ state: 'succeeded' })
    expect(arrived.bytes.map((bytes) => bytes.equals(DISK))).toEqual([true])
    expect(arrived.blocks).toEqual([blocksOf(DISK)])
    expect(calls('write 0')).toEqual(['write 0'])
    expect(calls('write 8192')).toEqual(['write 8192', 'write 8192 again', 'write 8192 again'])
  })

  test('a link that is away for minutes is waited for', async () => {
    worlds.cloud.before = (call) => {
      if (call !== 'write 16384' || worlds.isCloudAway) return
      worlds.cloud.before = () => {}
      worlds.cutCloud()
      throw gone()
    }
    const id = await worlds.start()
    expect(await worlds.after(id, 5 * 60_000)).toMatchObject({ state: 'running' })
    worlds.mendCloud()
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(calls('begin')).toHaveLength(1)
  })

  test('a way that stays broken while its link looks open: a person, and nothing is thrown away', async () => {
    worlds.cloud.before = (call) => {
      if (call.startsWith('write 16384')) throw gone()
    }
    const id = await worlds.start()
    expect(await worlds.after(id, 10 * 60_000)).toMatchObject({ state: 'needs-attention', error: { kind: 'unreachable' } })
    expect(worlds.cloud.uploads.size).toBe(1)
    worlds.cloud.before = () => {}
    await worlds.engine.resolve(id, 'probe')
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(calls('begin')).toHaveLength(1)
  })

  test('credentials that expire: it waits for a person with what is there, and goes on behind it', async () => {
    worlds.cloud.before = (call) => {
      if (call.startsWith('write 16384'))
        throw new AppError({ kind: 'unauthenticated', code: 'cloud.credentials-refused', message: 'The token has expired.' })
    }
    const id = await worlds.start()
    expect(await worlds.after(id)).toMatchObject({ state: 'needs-attention', error: { code: 'cloud.credentials-refused' } })
    expect(worlds.cloud.uploads.size).toBe(1)
    worlds.cloud.before = () => {}
    await worlds.engine.resolve(id, 'probe')
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(calls('write 0')).toEqual(['write 0'])
    expect(calls('begin')).toHaveLength(1)
  })

  test('the cloud asks for fewer calls: it is asked again when it says', async () => {
    let refusals = 1
    worlds.cloud.before = (call) => {
      if (call === 'write 8192' && refusals-- > 0)
        throw new AppError({ kind: 'rate-limited', code: 'cloud.throttled', message: 'Slow down.', retryAfterMs: 30_000 })
    }
    const id = await worlds.start()
    expect(await worlds.after(id, 20_000)).toMatchObject({ state: 'running' })
    expect(await worlds.after(id, 20_000)).toMatchObject({ state: 'succeeded' })
  })

  test('a reply that was lost makes no second machine', async () => {
    let losses = 1
    worlds.cloud.after = (call) => {
      if (call.startsWith('assemble') && losses-- > 0)
        throw new AppError({ kind: 'indeterminate', code: 'cloud.reply-lost', message: 'Lost.' })
    }
    expect(await worlds.after(await worlds.start())).toMatchObject({ state: 'succeeded' })
    expect(made()).toHaveLength(1)
  })

  test('a disk that is written to meanwhile: nothing is left in the cloud', async () => {
    worlds.cloud.after = (call) => {
      if (call === 'write 28672') worlds.disks.bytes({ pool: 'default', volume: 'web.img' })[5] = 99
    }
    const task = await worlds.after(await worlds.start())
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.source-changed' } })
    expect(worlds.cloud.uploads.size).toBe(0)
    expect(made()).toEqual([])
  })

  test('the cloud makes no machine: what was sent and what was made plain are taken away, the last first', async () => {
    worlds.out = { disks: [{ ...DISK_OF, volume: 'web.qcow2', format: 'qcow2' }] }
    worlds.disks.files.set('default/web.qcow2', Buffer.from(DISK))
    worlds.cloud.before = (call) => {
      if (call.startsWith('assemble'))
        throw new AppError({ kind: 'exhausted', code: 'cloud.no-capacity', message: 'No room for a medium.' })
    }
    const task = await worlds.after(await worlds.start())
    expect(task).toMatchObject({ state: 'failed', error: { code: 'cloud.no-capacity' } })
    expect(worlds.cloud.uploads.size).toBe(0)
    expect([...worlds.disks.files.keys()].toSorted()).toEqual(['default/web.img', 'default/web.qcow2'])
  })

  test('cancelled while a window is on its way: nothing is left', async () => {
    let id: TaskId | null = null
    worlds.cloud.after = (call) => {
      if (call === 'write 8192' && id !== null) void worlds.engine.cancel(id)
    }
    id = await worlds.start()
    expect(await worlds.after(id)).toMatchObject({ state: 'cancelled' })
    expect(worlds.cloud.uploads.size).toBe(0)
    expect(made()).toEqual([])
  })

  test('a cloud that does not show for a moment what it has: zeros are written over what may lie there', async () => {
    worlds.cloud.before = (call) => {
      if (call.startsWith('write 16384')) throw gone()
    }
    const id = await worlds.start()
    await worlds.after(id, 10 * 60_000)
    // by then another system runs on the disk, shut down since, and the cloud's list is late
    const other = Buffer.from(DISK).fill(0, 0, 5_000)
    worlds.disks.files.set('default/web.img', other)
    worlds.cloud.before = () => {}
    worlds.cloud.isLate = true
    await worlds.engine.resolve(id, 'probe')
    const arrived = keepArrived()
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(arrived.bytes.map((bytes) => bytes.equals(other))).toEqual([true])
  })

  test('… and by whoever takes it up in the middle of that', async () => {
    worlds.cloud.before = (call) => {
      if (call.startsWith('write 28672')) throw gone()
    }
    const id = await worlds.start()
    await worlds.after(id, 10 * 60_000)
    const other = Buffer.from(DISK).fill(0, 16_384, 28_672)
    worlds.disks.files.set('default/web.img', other)
    worlds.cloud.isLate = true
    worlds.cloud.before = (call) => {
      if (call.startsWith('write 8192')) throw gone()
    }
    await worlds.engine.resolve(id, 'probe')
    await worlds.after(id, 10 * 60_000)
    worlds.cloud.before = () => {}
    await worlds.engine.resolve(id, 'probe')
    const arrived = keepArrived()
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(arrived.bytes.map((bytes) => bytes.equals(other))).toEqual([true])
  })

  test.each([
    ['plain bytes', 'raw'],
    ['made plain first', 'qcow2'],
  ])('a machine that ran here after its last byte was sent (%s): none is made of what is older', async (_name, format) => {
    worlds.out = { disks: [{ ...DISK_OF, format }] }
    worlds.cloud.after = (call) => {
      if (call === 'complete') worlds.disks.bytes({ pool: 'default', volume: 'web.img' })[5] = 99
    }
    const task = await worlds.after(await worlds.start({ source: 'delete' }))
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.source-changed', details: { volume: 'web.img' } } })
    expect([made(), worlds.cloud.uploads.size]).toEqual([[], 0])
    expect([...worlds.disks.files.keys()]).toEqual(['default/web.img'])
  })

  test.each(['undefine', 'delete'] as const)('a machine that ran here once more before it goes (%s): it stays', async (source) => {
    worlds.cloud.onMade = (ref) => {
      worlds.show(ref, 'running')
      worlds.disks.bytes({ pool: 'default', volume: 'web.img' })[5] = 99
    }
    const task = await worlds.after(await worlds.start({ source }))
    expect(task).toMatchObject({ state: 'failed', error: { code: 'transfer.source-written' } })
    expect([worlds.standing, ...worlds.disks.files.keys()]).toEqual(['off', 'default/web.img'])
    expect(made()).toHaveLength(1)
  })

  test('somebody deletes in the cloud what was sent: it is said, and nothing is made', async () => {
    worlds.cloud.after = (call) => {
      if (call === 'complete') worlds.cloud.uploads.clear()
    }
    expect(await worlds.after(await worlds.start())).toMatchObject({ state: 'failed', error: { code: 'transfer.import-gone' } })
    expect(made()).toEqual([])
  })
})

test('killed after any write of the journal: one machine, whole, and nothing else is left', { timeout: 60_000 }, async () => {
  let isOver = false
  let writes = 0
  for (; !isOver; ) {
    writes += 1
    await fresh()
    const arrived = keepArrived()
    const { store } = worlds
    const commit = store.commit.bind(store)
    store.commit = (change) => (store.commits < writes ? commit(change) : new Promise(() => {}))
    const id = await worlds.start({ source: 'delete' })
    await worlds.clock.advance(30_000)
    void worlds.engine.stop()
    await worlds.clock.advance(1_000)
    store.commit = commit
    isOver = (await store.get(id))?.state === 'succeeded'
    await worlds.reboot()
    const task = await worlds.after(id, 120_000)
    expect(`${writes}: ${task.state} ${task.error?.message ?? ''}`).toBe(`${writes}: succeeded `)
    expect(made()).toHaveLength(1)
    expect(arrived.bytes[0]?.equals(DISK)).toBe(true)
    expect(arrived.blocks[0]).toBe(blocksOf(DISK))
    expect([worlds.cloud.uploads.size, worlds.disks.files.size, worlds.standing]).toEqual([0, 0, 'absent'])
    await worlds.engine.stop()
  }
  expect(writes).toBeGreaterThan(15)
})

describe('before', () => {
  const found = async (wish: Parameters<TwoWorlds['plan']>[0] = {}) =>
    (await worlds.plan(wish)).ways[0]?.findings
      .filter(({ severity }) => severity !== 'passed')
      .map(({ id, severity }) => `${severity} ${id}`)

  test('the plan is a task, with steps, sizes and costs; the run-book by hand can still be had', async () => {
    const plan = await worlds.plan()
    expect(transferPlanSchema.parse(plan)).toEqual(plan)
    const [way] = plan.ways
    expect(way).toMatchObject({ way: 'image-import', done: 'task', obstacle: null })
    expect(way?.steps.map(({ id, by, bytes }) => [id, by, bytes])).toEqual([
      ['check', 'console', null],
      ['send-vda', 'console', 30_000],
      ['assemble', 'console', null],
      ['verify', 'console', null],
      ['sweep', 'console', null],
    ])
    expect(way?.costs.map(({ what }) => what.code)).toContain('transfer.cost.snapshots')
    const { markdown } = await worlds.service.runBook(worlds.spec(), 'image-import', new AbortController().signal)
    expect(markdown).toContain('aws ec2 import-image')
  })

  test('what cannot be seen is said to be unknown, and that it stays is warned of', async () => {
    expect(await found()).toEqual(['unknown transfer.drivers', 'unknown transfer.guest-access', 'warns transfer.kept'])
    await expect(worlds.start({}, undefined, false)).rejects.toMatchObject({ code: 'transfer.warned' })
  })

  test.each([
    ['one that is on', () => (worlds.out = { isRunning: true }), {}, 'blocks transfer.on'],
    ['a disk larger than the cloud takes', () => (worlds.cloud.mostBytes = 20_000), {}, 'blocks transfer.disk-too-large:vda'],
    ['a type that there is none of', () => {}, { cloud: { type: 'huge' } }, 'blocks transfer.type-unknown'],
    ['a type of another architecture', () => {}, { cloud: { type: 'arm' } }, 'blocks transfer.type-arch'],
    ['a type that is too small', () => {}, { cloud: { type: 'small' } }, 'warns transfer.type-small'],
    ['no type that is large enough', () => (worlds.cloud.types = [aType('small', 1, 1)]), {}, 'blocks transfer.no-type'],
    ['a disk in no pool', () => (worlds.out = { disks: [{ ...DISK_OF, pool: null, volume: null }] }), {}, 'blocks transfer.in-no-pool:vda'],
    [
      'a disk that others use',
      () => (worlds.out = { disks: [DISK_OF, { ...DISK_OF, target: 'vdb', isShareable: true }] }),
      {},
      'warns transfer.left-out:vdb',
    ],
    ['no disk that goes along', () => {}, { disks: [{ target: 'vda', how: 'leave' as const }] }, 'blocks transfer.no-disks'],
    ['a disk that is not there', () => (worlds.out = { disks: [{ ...DISK_OF, volume: 'absent' }] }), {}, 'blocks transfer.in-no-pool:vda'],
    [
      'no room for plain copies',
      () => {
        worlds.out = { disks: [{ ...DISK_OF, format: 'qcow2' }] }
        worlds.roomBytes = 20_000
      },
      {},
      'blocks transfer.no-room:default',
    ],
  ])('%s', async (_name, change, wish, expected) => {
    change()
    expect(await found(wish)).toContain(expected)
    await expect(worlds.start(wish, undefined, false)).rejects.toMatchObject({ code: REFUSALS[expected.split(' ')[0] ?? ''] })
  })

  test('what the cloud itself says counts, once more when the task begins', async () => {
    const id = await worlds.start()
    worlds.cloud.findings = [
      { id: 'aws.encrypted', check: 'options', severity: 'blocks', reason: { code: 'x', text: 'No key.' }, facts: null, mends: [] },
    ]
    expect(await worlds.after(id)).toMatchObject({ state: 'failed', error: { code: 'transfer.blocked' } })
    expect(worlds.cloud.calls).toEqual([])
  })

  test('a double click is one task, and a second one of the same machine is refused', async () => {
    const [first, second] = await Promise.all([worlds.start({}, 'click'), worlds.start({}, 'click')])
    expect(second).toBe(first)
    await expect(worlds.start()).rejects.toMatchObject({ kind: 'conflict', code: 'migration.busy' })
  })

  test('to a part of an account whose link is away it is a run-book, and says why', async () => {
    worlds.cutCloud()
    expect(await found()).toContain('unknown transfer.link-away')
    await expect(worlds.start()).rejects.toMatchObject({ kind: 'unreachable', code: 'link.not-live' })
  })
})

const REFUSALS: Readonly<Record<string, string>> = { blocks: 'transfer.blocked', warns: 'transfer.warned' }

const DISK_OF = {
  target: 'vda',
  device: 'disk' as const,
  type: 'file',
  path: '/images/web.img',
  pool: 'default',
  volume: 'web.img' as string | null,
  format: 'raw',
  capacityBytes: 30_000,
  allocationBytes: 20_000,
  isReadOnly: false,
  isShareable: false,
  cache: null,
  backing: [],
}
