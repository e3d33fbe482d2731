import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type TransferSpecInput, transferPlanSchema } from '../../../../shared/model/index.ts'
import { TwoWorlds } from '../testing/two-worlds.ts'

const ROOT = Buffer.from(Array.from({ length: 30_000 }, (_, at) => (at >= 8_000 && at < 20_000 ? 0 : (at * 31) % 251)))
const DATA = Buffer.from(Array.from({ length: 10_000 }, (_, at) => (at * 7) % 253))

let worlds: TwoWorlds

async function fresh(): Promise<void> {
  worlds = new TwoWorlds()
  worlds.cloud.disks.set('vol-1', Buffer.from(ROOT))
  worlds.cloud.disks.set('vol-2', Buffer.from(DATA))
  await worlds.engine.start()
}
beforeEach(fresh)

const start = (wish: Partial<TransferSpecInput> = {}) => worlds.start(worlds.back(wish))
const files = () => [...worlds.disks.files.keys()].toSorted()
const defined = () => [...worlds.host.defined.values()]
const calls = (begin: string) => worlds.cloud.calls.filter((call) => call.startsWith(begin))

describe('a machine that comes well', () => {
  test('all disks stand still first, each is read and read back, and the machine is defined with them', async () => {
    const task = await worlds.after(await start({ pool: 'vmstore', rename: 'app-2', network: { kind: 'bridge', name: 'br0' } }))
    expect(task).toMatchObject({ state: 'succeeded', error: null, kind: 'machine.outOfCloud', connectionId: 'c2' })
    expect(task.params).toMatchObject({
      from: 'north',
      to: 'kvm-01',
      as: 'app-2',
      copied: [{ target: 'root', to: 'vmstore/app-2.img', bytes: 30_000 }, { target: 'data' }],
    })
    expect(task.steps.map(({ id }) => id)).toEqual(['look', 'freeze-0', 'freeze-1', 'copy-0', 'copy-1', 'define', 'confirm'])
    expect(worlds.cloud.calls.slice(0, 2)).toEqual(['freeze vol-1', 'freeze vol-2'])
    expect(files()).toEqual(['vmstore/app-2-1.img', 'vmstore/app-2.img'])
    expect(worlds.disks.files.get('vmstore/app-2.img')?.equals(ROOT)).toBe(true)
    expect(worlds.disks.files.get('vmstore/app-2-1.img')?.equals(DATA)).toBe(true)
    const [machine] = defined()
    expect(machine).toMatchObject({
      kind: 'new',
      name: 'app-2',
      disks: [
        { pool: 'vmstore', volume: 'app-2.img' },
        { pool: 'vmstore', volume: 'app-2-1.img' },
      ],
      spec: {
        firmware: 'bios',
        cpu: { vcpus: 2 },
        memoryMiB: 2_048,
        disks: [{ source: { format: 'raw' }, bus: 'virtio' }, { source: { format: 'raw' } }],
        nics: [{ source: { kind: 'bridge', bridge: 'br0' }, model: 'virtio' }],
      },
    })
    // nothing is left standing still, and the machine stays where it was
    expect(worlds.cloud.frozen.size).toBe(0)
    expect(worlds.machines.has('c2.m.app')).toBe(true)
  })

  test('each disk goes where it was wished, and one that is to stay does', async () => {
    const disks = [
      { target: 'root', how: 'copy' as const, pool: 'vmstore', volume: 'root.raw' },
      { target: 'vol-2', how: 'leave' as const },
    ]
    expect(await worlds.after(await start({ disks }))).toMatchObject({ state: 'succeeded' })
    expect(files()).toEqual(['vmstore/root.raw'])
    expect(defined()[0]).toMatchObject({ disks: [{ pool: 'vmstore', volume: 'root.raw' }] })
  })

  test('one whose disk only UEFI starts is defined so', async () => {
    const disk = Buffer.alloc(30_000)
    disk.write('EFI PART', 512, 'latin1')
    disk.writeBigUInt64LE(2n, 512 + 72)
    disk.writeUInt32LE(128, 512 + 80)
    disk.writeUInt32LE(128, 512 + 84)
    disk.write('28732ac11ff8d211ba4b00a0c93ec93b', 1_024, 'hex')
    worlds.cloud.disks.set('vol-1', disk)
    await worlds.after(await start())
    expect(defined()[0]).toMatchObject({ spec: { firmware: 'uefi' } })
  })

  test('Windows gets disks and a card that it has drivers for', async () => {
    worlds.change('c2.m.app', { os: 'Microsoft Windows Server 2022' })
    await worlds.after(await start())
    expect(defined()[0]).toMatchObject({ spec: { os: 'win2k22', disks: [{ bus: 'sata' }, { bus: 'sata' }], nics: [{ model: 'e1000e' }] } })
  })
})

describe('what breaks it off', () => {
  test('the link to the cloud while it is read: it goes on at the window', async () => {
    worlds.disks.onWrite = (offset) => {
      if (offset !== 8_192) return
      worlds.disks.onWrite = () => {}
      worlds.cutCloud()
    }
    const id = await start()
    expect(await worlds.after(id, 60_000)).toMatchObject({ state: 'running' })
    worlds.mendCloud()
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(worlds.disks.calls.filter((call) => call === 'fill 0 8192')).toHaveLength(2)
    expect(calls('freeze vol-1')).toHaveLength(1)
  })

  test('what stood still is deleted by somebody, and another process takes it up: two moments are not put together', async () => {
    worlds.disks.onWrite = (offset) => {
      if (offset !== 8_192) return
      worlds.disks.onWrite = () => {}
      void worlds.engine.stop()
    }
    const id = await start()
    await worlds.after(id)
    worlds.cloud.frozen.clear()
    worlds.cloud.disks.set('vol-1', Buffer.from(ROOT).fill(9, 20_000))
    await worlds.reboot()
    expect(await worlds.after(id)).toMatchObject({ state: 'failed', error: { code: 'cloud.gone' } })
    expect(calls('freeze vol-1')).toHaveLength(1)
    expect([files(), worlds.cloud.frozen.size, defined()]).toEqual([[], 0, []])
  })

  test('the host is full: volumes and what stood still are taken away', async () => {
    worlds.disks.onWrite = (offset) => {
      if (offset === 16_384) throw new AppError({ kind: 'exhausted', code: 'volume.pool-full', message: 'Full.' })
    }
    expect(await worlds.after(await start())).toMatchObject({ state: 'failed', error: { code: 'volume.pool-full' } })
    expect(files()).toEqual([])
    expect(worlds.cloud.frozen.size).toBe(0)
    expect(defined()).toEqual([])
  })

  test('a reply that was lost while a disk is made to stand still: none is left when it fails', async () => {
    let losses = 2
    worlds.cloud.after = (call) => {
      if (call === 'freeze vol-2' && losses-- > 0) throw new AppError({ kind: 'indeterminate', code: 'cloud.reply-lost', message: 'Lost.' })
    }

    expect(await worlds.after(await start())).toMatchObject({ state: 'failed' })
    expect(worlds.cloud.frozen.size).toBe(0)
    expect(files()).toEqual([])
  })

  test('the machine is started in its cloud meanwhile', async () => {
    worlds.disks.onWrite = (offset) => {
      if (offset === 16_384) worlds.change('c2.m.app', { state: 'running' })
    }
    expect(await worlds.after(await start())).toMatchObject({ state: 'failed', error: { code: 'transfer.machine-on' } })
    expect(files()).toEqual([])
    expect(worlds.cloud.frozen.size).toBe(0)
  })

  test('a disk that does not keep what it takes', async () => {
    worlds.disks.turn = (bytes, offset) => {
      if (offset < 8_192) bytes[7] = 255
      return bytes
    }
    expect(await worlds.after(await start())).toMatchObject({ state: 'failed', error: { code: 'transfer.checksum' } })
    expect(files()).toEqual([])
  })

  test('the host defines nothing: what was read goes again', async () => {
    worlds.host.disturb.set('define app', async () => {
      throw new AppError({ kind: 'conflict', code: 'build.name-taken', message: 'There is one.' })
    })
    expect(await worlds.after(await start())).toMatchObject({ state: 'failed', error: { code: 'build.name-taken' } })
    expect(files()).toEqual([])
    expect(worlds.cloud.frozen.size).toBe(0)
  })

  test('credentials that expire while it is read: a person, and then on', async () => {
    worlds.cloud.before = (call) => {
      if (call === 'thaw') throw new AppError({ kind: 'unauthenticated', code: 'cloud.credentials-refused', message: 'Expired.' })
    }
    const id = await start()
    expect(await worlds.after(id)).toMatchObject({ state: 'needs-attention', error: { code: 'cloud.credentials-refused' } })
    worlds.cloud.before = () => {}
    await worlds.engine.resolve(id, 'probe')
    expect(await worlds.after(id)).toMatchObject({ state: 'succeeded' })
    expect(worlds.cloud.frozen.size).toBe(0)
  })
})

test('killed after any write of the journal: one machine, its bytes, and nothing that stands still', { timeout: 60_000 }, async () => {
  let isOver = false
  let writes = 0
  for (; !isOver; ) {
    writes += 1
    await fresh()
    const { store } = worlds
    const commit = store.commit.bind(store)
    store.commit = (change) => (store.commits < writes ? commit(change) : new Promise(() => {}))
    const id = await start()
    await worlds.clock.advance(30_000)
    void worlds.engine.stop()
    await worlds.clock.advance(1_000)
    store.commit = commit
    isOver = (await store.get(id))?.state === 'succeeded'
    await worlds.reboot()
    const task = await worlds.after(id, 120_000)
    expect(`${writes}: ${task.state} ${task.error?.message ?? ''}`).toBe(`${writes}: succeeded `)
    expect(defined()).toHaveLength(1)
    expect(files()).toEqual(['default/app-1.img', 'default/app.img'])
    expect(worlds.disks.files.get('default/app.img')?.equals(ROOT)).toBe(true)
    expect(worlds.disks.files.get('default/app-1.img')?.equals(DATA)).toBe(true)
    expect(worlds.cloud.frozen.size).toBe(0)
    await worlds.engine.stop()
  }
  expect(writes).toBeGreaterThan(15)
})

describe('before', () => {
  const found = async (wish: Partial<TransferSpecInput> = {}) =>
    (await worlds.plan(worlds.back(wish))).ways[0]?.findings
      .filter(({ severity }) => severity !== 'passed')
      .map(({ id, severity }) => `${severity} ${id}`)

  test('the plan is a task, with what the traffic is charged for', async () => {
    const made = await worlds.plan(worlds.back())
    expect(transferPlanSchema.parse(made)).toEqual(made)
    const [way] = made.ways
    expect(way).toMatchObject({ way: 'image-export', done: 'task', obstacle: null })
    expect(way?.steps.map(({ id }) => id)).toEqual([
      'check',
      'freeze-vol-1',
      'freeze-vol-2',
      'copy-vol-1',
      'copy-vol-2',
      'define',
      'verify',
    ])
    expect(way?.costs.map(({ what }) => [what.code, what.params?.size])).toEqual([
      ['transfer.cost.egress', '1'],
      ['transfer.cost.frozen', '1'],
    ])
    expect(await found()).toEqual(['warns transfer.kept', 'unknown transfer.drivers'])
  })

  test.each([
    ['one that is on', () => worlds.change('c2.m.app', { state: 'running' }), {}, 'blocks transfer.on'],
    ['to be deleted in the cloud', () => {}, { source: 'delete' as const }, 'blocks transfer.cloud-keeps'],
    ['its boot disk to stay', () => {}, { disks: [{ target: 'root', how: 'leave' as const }] }, 'blocks transfer.boot-left'],
    [
      'a volume that is there',
      () => worlds.disks.files.set('vmstore/x.raw', Buffer.alloc(1)),
      { disks: [{ target: 'root', how: 'copy' as const, pool: 'vmstore', volume: 'x.raw' }] },
      'blocks transfer.volume-taken:vmstore/x.raw',
    ],
    [
      'what the host says of such a machine',
      () =>
        worlds.host.findings.push({ code: 'build.name-taken', severity: 'blocks', field: 'name', text: 'Taken.', params: {}, mend: null }),
      {},
      'blocks build.name-taken:name',
    ],
  ])('%s', async (_name, change, wish, expected) => {
    change()
    expect(await found(wish)).toContain(expected)
    await expect(start(wish)).rejects.toMatchObject({ code: 'transfer.blocked' })
  })

  test('a machine of another architecture', async () => {
    const cloud = worlds.machines.get('c2.m.app')?.cloud
    worlds.change('c2.m.app', { cloud: cloud ? { ...cloud, arch: 'arm64' } : null })
    expect(await found()).toContain('blocks transfer.arch')
  })
})
