import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { ConnectionId, HostId, PoolId, Reason, SharedPlace } from '../../../shared/model/index.ts'
import type { HostClaims, OrphanLook, PoolFacts, ProviderConnection } from '../../providers/provider.ts'
import { aConnection } from '../testing/entities.ts'
import { putHost } from '../testing/facts.ts'
import { boot, NO_CLAIMS } from './testing/storage-bench.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const HOST = 'c1.h.h' as HostId
const POOL = 'c1.p.images' as PoolId
const never = new AbortController().signal
type Bench = ReturnType<typeof boot>

const onNas = (name: string, servers: readonly string[] = ['nas-1']): SharedPlace => ({
  kind: 'files',
  servers: [...servers],
  path: `/export/vm/${name}`,
})
const claims = (more: Partial<HostClaims>): HostClaims => ({ ...NO_CLAIMS, ...more })
const claim = (place: SharedPlace, ...by: string[]) => ({ place, by })

/** The bench's host mounts a share, and knows no machine that uses what lies there. */
function withShare(names: readonly string[]): Bench {
  const bench = boot()
  for (const name of names) {
    bench.far.addVolume(name)
    bench.far.places.set(name, onNas(name))
  }
  const orphans = names.map((name, at): OrphanLook['orphans'][number] => ({
    poolRef: 'images',
    pool: 'images',
    volume: { name, path: `/images/${name}`, usedBy: [] },
    facts: { format: 'qcow2', capacityBytes: 1_000, allocationBytes: 100 - at, backingPath: null },
    modifiedAtMs: 0,
    place: onNas(name),
  }))
  bench.far.found = { orphans, unseen: [], claims: NO_CLAIMS }
  return bench
}

interface Other {
  readonly looks: { count: number }
  /** What it answers from now on. */
  says: () => Promise<HostClaims>
  lose(): void
}

/** Another host, over a connection of its own, with these pools. */
function addHost({ inventory, far }: Bench, id: string, pools: readonly Partial<PoolFacts>[] = []): Other {
  const connectionId = id as ConnectionId
  const put = pools.map((more, at) => ({
    op: 'put' as const,
    entity: 'pool' as const,
    ref: `p${at}`,
    facts: {
      hostRef: 'h',
      name: `p${at}`,
      type: 'netfs',
      active: true,
      autostart: true,
      persistent: true,
      capacityBytes: null,
      allocationBytes: null,
      availableBytes: null,
      target: null,
      ...more,
    },
  }))
  inventory.publish('connection', aConnection(id))
  inventory.applyChanges(connectionId, [putHost('h', { name: id }), ...put], { state: 'live' })
  const other: Other = {
    looks: { count: 0 },
    says: async () => NO_CLAIMS,
    lose() {
      far.others.delete(connectionId)
      inventory.setHostsFreshness(connectionId, { state: 'stale', sinceMs: 0, reason: 'link' })
    },
  }
  const orphans = async (): Promise<OrphanLook> => {
    other.looks.count += 1
    return { orphans: [], unseen: [], claims: await other.says() }
  }
  far.others.set(connectionId, { storage: { orphans } } as unknown as ProviderConnection)
  return other
}

async function reported({ service }: Bench): Promise<{ orphans: string[]; undecided: Array<[string, string]> }> {
  const { orphans, undecided } = await service.orphans(HOST, never)
  return { orphans: orphans.map(({ name }) => name), undecided: undecided.map(({ name, reason }) => [name, reason.code]) }
}

async function removal(bench: Bench, name: string) {
  const task = await bench.ended(await bench.service.removeVolumes([{ poolId: POOL, name }], AUTHOR))
  const child = bench.far.volumes.has(name) ? 'stays' : 'gone'
  return { state: task.state, child }
}

test('what another host’s machine uses is no orphan, wherever that host has mounted it', async () => {
  const bench = withShare(['used', 'lone', 'base'])
  addHost(bench, 'c2').says = async () => claims({ shared: [claim(onNas('used'), 'web-1')] })
  addHost(bench, 'c3').says = async () => claims({ shared: [claim(onNas('base'), '/var/over.qcow2')] })
  expect(await reported(bench)).toEqual({ orphans: ['lone'], undecided: [] })
  const [first] = (await bench.service.orphans(HOST, never)).orphans
  expect(first?.shared).toEqual(onNas('lone'))
})

test('a folder that a guest is given takes all that is in it; the same path on another kind of storage is another file', async () => {
  const bench = withShare(['a', 'b'])
  addHost(bench, 'c2').says = async () => claims({ shared: [claim({ ...onNas('a'), kind: 'gluster' }, 'web-1')] })
  expect((await reported(bench)).orphans).toEqual(['a', 'b'])
  addHost(bench, 'c3').says = async () => claims({ shared: [claim({ ...onNas(''), path: '/export/vm/' }, 'web-2')] })
  expect((await reported(bench)).orphans).toEqual([])
})

test('nobody is asked about what this host has for itself', async () => {
  const bench = withShare(['a'])
  const other = addHost(bench, 'c2')
  const [orphan] = bench.far.found.orphans
  bench.far.found = { ...bench.far.found, orphans: orphan ? [{ ...orphan, place: null }] : [] }
  expect((await reported(bench)).orphans).toEqual(['a'])
  expect(other.looks.count).toBe(0)
})

test('what may be the same is not known: a server by another name, a path that leads nobody knows where', async () => {
  const bench = withShare(['renamed', 'linked', 'lone'])
  addHost(bench, 'c2').says = async () =>
    claims({ shared: [claim(onNas('renamed', ['10.0.0.9']), 'web-1')], unplaced: [{ path: '/mnt/x/linked', by: ['web-2'] }] })
  expect(await reported(bench)).toEqual({
    orphans: ['lone'],
    undecided: [
      ['renamed', 'orphans.maybe-named'],
      ['linked', 'orphans.maybe-named'],
    ],
  })
  const { undecided } = await bench.service.orphans(HOST, never)
  expect(undecided[1]?.reason.params).toEqual({ host: 'c2', path: '/mnt/x/linked', by: 'web-2' })
})

test('a host that cannot be asked and may see the pool makes it unknown, by name; one with other pools does not', async () => {
  const bench = withShare(['a'])
  addHost(bench, 'local', [{ type: 'dir', target: '/var/lib/libvirt/images', shared: null }]).lose()
  addHost(bench, 'other-export', [{ shared: { kind: 'files', servers: ['nas-1'], path: '/export/iso' } }]).lose()
  expect(await reported(bench)).toEqual({ orphans: ['a'], undecided: [] })
  const shares: Array<[string, Partial<PoolFacts>]> = [
    ['same-export', { shared: { kind: 'files', servers: ['nas-1'], path: '/export/vm' } }],
    ['larger-export', { shared: { kind: 'files', servers: ['10.0.0.9'], path: '/export' } }],
    ['same-folder', { type: 'dir', target: '/images', shared: null }],
    ['kept-long-ago', { type: 'netfs' }],
  ]
  for (const [id, pool] of shares) {
    const away = withShare(['a'])
    addHost(away, id, [pool]).lose()
    const { orphans, undecided } = await away.service.orphans(HOST, never)
    expect(orphans).toEqual([])
    expect(undecided.map(({ reason }) => reason)).toEqual([
      expect.objectContaining({ code: 'orphans.host-away', params: { hosts: id } }) as Reason,
    ])
  }
})

test('all hosts that have to be asked are counted, the first of them by name', async () => {
  const bench = withShare(['a'])
  for (const id of ['h5', 'h2', 'h4', 'h1', 'h3']) addHost(bench, id, [{ type: 'netfs' }]).lose()
  expect((await bench.service.orphans(HOST, never)).undecided[0]?.reason.params).toEqual({ hosts: 'h1, h2, h3 +2' })
})

test('so does a connection that has never told of its hosts, a host that fails to answer, and one that cannot see all of its own', async () => {
  const unread: Reason = { code: 'orphans.machine-unread', text: 'db cannot be read.' }
  const cases: Array<[(bench: Bench) => void, string]> = [
    [({ inventory }) => inventory.publish('connection', aConnection('new')), 'orphans.host-away'],
    [
      (bench) => {
        addHost(bench, 'c2').says = () => Promise.reject(new AppError({ kind: 'timeout', code: 'libvirt.timeout', message: 'late' }))
      },
      'orphans.host-unread',
    ],
    [
      (bench) => {
        addHost(bench, 'c2').says = async () => claims({ blind: [unread] })
      },
      'orphans.host-unread',
    ],
  ]
  for (const [set, code] of cases) {
    const bench = withShare(['a'])
    set(bench)
    expect(await reported(bench)).toEqual({ orphans: [], undecided: [['a', code]] })
  }
})

test('hosts are looked through once for reports that follow each other; a failed look is none', async () => {
  const bench = withShare(['a'])
  const other = addHost(bench, 'c2')
  await reported(bench)
  await reported(bench)
  expect(other.looks.count).toBe(1)
  await bench.clock.advance(5 * 60_000 + 1)
  other.says = () => Promise.reject(new AppError({ kind: 'timeout', code: 'libvirt.timeout', message: 'late' }))
  expect((await reported(bench)).undecided).toHaveLength(1)
  other.says = async () => NO_CLAIMS
  expect((await reported(bench)).orphans).toEqual(['a'])
  expect(other.looks.count).toBe(3)
})

test('who asked and gives up does not wait, and takes the answer from nobody else', async () => {
  const bench = withShare(['a'])
  let answer: (said: HostClaims) => void = () => {}
  addHost(bench, 'c2').says = () =>
    new Promise((resolve) => {
      answer = resolve
    })
  const stop = new AbortController()
  const gaveUp = bench.service.orphans(HOST, stop.signal)
  const waits = bench.service.orphans(HOST, never)
  await bench.clock.advance(0)
  stop.abort(new AppError({ kind: 'cancelled', code: 'cancelled', message: 'enough' }))
  await expect(gaveUp).rejects.toMatchObject({ kind: 'cancelled' })
  answer(claims({ shared: [claim(onNas('a'), 'web-1')] }))
  expect((await waits).orphans).toEqual([])
})

test('a deletion asks the other hosts once more, and leaves what is used there by now', async () => {
  const bench = withShare(['a', 'b', 'c'])
  const other = addHost(bench, 'c2', [{ shared: { kind: 'files', servers: ['nas-1'], path: '/export/vm' } }])
  expect((await reported(bench)).orphans).toEqual(['a', 'b', 'c'])
  // Somebody takes it a moment later.
  other.says = async () => claims({ shared: [claim(onNas('a'), 'web-1')] })
  const taskId = await bench.service.removeVolumes(
    ['a', 'b'].map((name) => ({ poolId: POOL, name })),
    AUTHOR,
  )
  expect(await bench.ended(taskId)).toMatchObject({ state: 'partly', children: { succeeded: 1, failed: 1 } })
  expect([...bench.far.volumes.keys()]).toEqual(['a', 'c'])
  expect(other.looks.count).toBe(2)
  other.lose()
  expect(await removal(bench, 'c')).toEqual({ state: 'failed', child: 'stays' })
  expect(bench.far.calls).toEqual(['remove b'])
})

test('the refusal names the machine and its host, or the host that has to be asked', async () => {
  const bench = withShare(['a'])
  const other = addHost(bench, 'c2', [{ shared: { kind: 'files', servers: ['nas-1'], path: '/export/vm' } }])
  other.says = async () => claims({ shared: [claim(onNas('a'), 'web-1')] })
  const place = { poolId: POOL, name: 'a' }
  expect((await bench.ended(await bench.service.wipeVolume(place, AUTHOR, never))).error).toMatchObject({
    kind: 'precondition',
    code: 'volume.in-use',
    details: { by: ['web-1'], reason: 'web-1 on c2 uses it.' },
  })
  other.lose()
  expect((await bench.ended(await bench.service.wipeVolume(place, AUTHOR, never))).error).toMatchObject({
    kind: 'precondition',
    code: 'volume.use-unknown',
    details: { volume: 'a', hosts: 'c2', actual: 'orphans.host-away' },
  })
  expect(bench.far.calls).toEqual([])
})
