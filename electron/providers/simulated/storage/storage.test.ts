import { expect, test } from 'vitest'
import { poolSpecSchema } from '../../../../shared/model/index.ts'
import type { PoolDefinition, ProviderConnection, StorageKeeper, VolumeFactsOf, VolumeKeeper } from '../../provider.ts'
import { createPeer, type Peer } from '../testing/peer.ts'

const FIRST = 'kvm-gdn-001'
const SECOND = 'kvm-gdn-002'
const THIRD = 'kvm-gdn-003'
const FIFTH = 'kvm-gdn-005'

interface Parts {
  readonly peer: Peer
  readonly connection: ProviderConnection
  readonly storage: StorageKeeper
  readonly volumes: VolumeKeeper
}

async function start(): Promise<Parts> {
  const peer = createPeer({ hosts: 6, machines: 120 })
  const connection = await peer.connect()
  const { storage, volumes } = connection
  if (!storage || !volumes) throw new Error('no storage')
  return { peer, connection, storage, volumes }
}

function definition(spec: Parameters<typeof poolSpecSchema.parse>[0], uuid = 'a0000000-0000-4000-8000-000000000001'): PoolDefinition {
  return { uuid, spec: poolSpecSchema.parse(spec), user: null }
}

async function allFacts(
  storage: StorageKeeper,
  host: string,
  pool: string,
  names: readonly string[],
): Promise<Map<string, VolumeFactsOf | null>> {
  const all = new Map<string, VolumeFactsOf | null>()
  for await (const read of storage.facts(host, pool, names, {})) for (const [name, one] of read) all.set(name, one)
  return all
}

test('a pool of ten thousand: its names at once, what each is over some seconds, a few of them never', async () => {
  const { peer, storage } = await start()
  const begunMs = peer.clock.nowMs()
  const listed = await storage.list(SECOND, 'restore-points', {})
  expect(listed).toHaveLength(10_000)
  expect(peer.clock.nowMs() - begunMs).toBeLessThan(50)
  const names = listed.map(({ name }) => name)
  expect(new Set(names).size).toBe(10_000)
  const facts = await allFacts(storage, SECOND, 'restore-points', names)
  expect(peer.clock.nowMs() - begunMs).toBeGreaterThan(4_000)
  expect(facts.size).toBeGreaterThan(9_980)
  expect(facts.size).toBeLessThan(10_000)
  const paths = new Set(listed.map(({ path }) => path))
  const built = [...facts.values()].filter((one) => one !== null && one.backingPath !== null)
  expect(built.length).toBeGreaterThan(9_000)
  expect(built.every((one) => paths.has(one?.backingPath ?? ''))).toBe(true)
})

test('what is built on another, and what a machine names, is neither deleted nor wiped', async () => {
  const { storage, volumes } = await start()
  const listed = await storage.list(SECOND, 'restore-points', {})
  const owned = listed.find(({ usedBy }) => usedBy.length > 0)
  const base = listed.find(({ name }) => name.endsWith('.r00001.qcow2'))
  for (const volume of [owned?.name ?? '', base?.name ?? '']) {
    const place = { pool: 'restore-points', volume }
    await expect(volumes.remove(SECOND, place, {})).rejects.toMatchObject({ kind: 'precondition', code: 'volume.in-use' })
    await expect(storage.wipe(SECOND, place, {})).rejects.toMatchObject({ kind: 'precondition', code: 'volume.in-use' })
  }
})

test('orphans of all hosts come to 400 GB; what is off or gone is said not to have been seen', async () => {
  const { peer, storage } = await start()
  let bytes = 0
  const unseen: string[] = []
  for (const host of [FIRST, SECOND, THIRD, 'kvm-gdn-004', FIFTH]) {
    const look = await storage.orphans(host, {})
    bytes += look.orphans.filter(({ place }) => place === null).reduce((sum, { facts }) => sum + facts.allocationBytes, 0)
    unseen.push(...look.unseen.map(({ code }) => code))
    for (const { modifiedAtMs } of look.orphans) expect(modifiedAtMs).toBeLessThan(peer.clock.nowMs())
  }
  expect(bytes).toBe(400e9)
  expect(unseen.toSorted()).toEqual(['orphans.pool-gone', 'orphans.pool-off'])
})

test('of a share that all hosts mount each knows its own machines only, and tells what they use so that the others can compare', async () => {
  const { storage } = await start()
  const shared = async (host: string) => {
    const { orphans, claims } = await storage.orphans(host, {})
    const named = claims.shared.map(({ place }) => place.path)
    return { found: orphans.flatMap(({ place }) => (place ? [place.path] : [])).toSorted(), named }
  }
  const used = '/export/iso/firmware-update-2024.iso'
  const forgotten = '/export/iso/solaris-11.4-text-x86.iso'
  const first = await shared(FIRST)
  expect(first.found).toEqual([used, forgotten])
  expect(first.named).not.toContain(used)
  const second = await shared(SECOND)
  expect(second.found).toEqual([forgotten])
  expect(second.named).toContain(used)
  const place = { kind: 'files', servers: ['nas-1'], path: forgotten }
  expect(await storage.sharedPlace(FIRST, { pool: 'iso', volume: 'solaris-11.4-text-x86.iso' }, {})).toEqual(place)
  expect(await storage.sharedPlace(FIRST, { pool: 'default', volume: 'a' }, {})).toBeNull()
})

test('a deleted orphan is gone, and one that is made is found', async () => {
  const { storage, volumes } = await start()
  await volumes.remove(FIRST, { pool: 'default', volume: 'db-legacy-01.qcow2' }, {})
  await volumes.create(FIRST, { pool: 'default', volume: 'forgotten.qcow2' }, { kind: 'empty', format: 'qcow2', capacityBytes: 1e9 }, {})
  const names = (await storage.orphans(FIRST, {})).orphans.map(({ volume }) => volume.name)
  expect(names).not.toContain('db-legacy-01.qcow2')
  expect(names).toContain('forgotten.qcow2')
})

test('a pool whose mount is gone lists what libvirt remembers, goes off when it is looked at, and does not start', async () => {
  const { storage } = await start()
  const names = (await storage.list(THIRD, 'backup', {})).map(({ name }) => name)
  expect(names).toHaveLength(26)
  expect([...(await allFacts(storage, THIRD, 'backup', names)).values()].every((one) => one === null)).toBe(true)
  await expect(storage.refresh(THIRD, 'backup', {})).rejects.toMatchObject({ code: 'pool.switched-off' })
  expect(await storage.state(THIRD, 'backup', {})).toMatchObject({ isActive: false })
  await expect(storage.start(THIRD, 'backup', {})).rejects.toMatchObject({
    code: 'pool.path-missing',
    details: { path: '/mnt/nas/backup' },
  })
})

test('a pool that is off is started and stopped again; one that running machines use stays', async () => {
  const { storage } = await start()
  await expect(storage.list(FIFTH, 'old-images', {})).rejects.toMatchObject({ code: 'volume.pool-off' })
  await storage.start(FIFTH, 'old-images', {})
  expect(await storage.list(FIFTH, 'old-images', {})).toHaveLength(8)
  await storage.setAutostart(FIFTH, 'old-images', true, {})
  expect(await storage.state(FIFTH, 'old-images', {})).toMatchObject({ isActive: true, autostart: true })
  await storage.stop(FIFTH, 'old-images', {})
  await expect(storage.stop(FIRST, 'default', {})).rejects.toMatchObject({ code: 'pool.in-use' })
  const removal = await storage.removal(FIRST, 'default', {})
  expect(removal).toMatchObject({ reason: { code: 'pool.in-use' } })
  expect(removal.usedBy.length).toBeGreaterThan(0)
})

test('a pool is made, filled, and taken away; made again it finds what was left', async () => {
  const { storage, volumes } = await start()
  const spec = { name: 'images', source: { type: 'dir', path: '/srv/images' } }
  const place = { pool: 'images', volume: 'a.qcow2' }
  await storage.create(FIRST, definition(spec), {}, {})
  await storage.create(FIRST, definition(spec), {}, {}) // gone on with
  await volumes.create(FIRST, place, { kind: 'empty', format: 'qcow2', capacityBytes: 1e9 }, {})
  await expect(storage.remove(FIRST, 'images', true, {})).rejects.toMatchObject({ code: 'pool.not-empty' })
  await storage.remove(FIRST, 'images', false, {})
  expect(await storage.state(FIRST, 'images', {})).toBeNull()
  await storage.create(FIRST, definition(spec, 'a0000000-0000-4000-8000-000000000002'), {}, {})
  expect((await storage.list(FIRST, 'images', {})).map(({ name }) => name)).toEqual(['a.qcow2'])
  expect(await storage.definition(FIRST, 'images', {})).toContain('<path>/srv/images</path>')
})

test('a name or a source that is taken, a device that holds data, a folder that is missing: refused, and nothing is left', async () => {
  const { storage } = await start()
  const refused = async (spec: Parameters<typeof definition>[0], code: string) => {
    await expect(storage.create(FIRST, definition(spec), {}, {})).rejects.toMatchObject({ code })
  }
  await refused({ name: 'default', source: { type: 'dir', path: '/srv' } }, 'pool.name-taken')
  await refused({ name: 'other', source: { type: 'dir', path: '/var/lib/libvirt/images/' } }, 'pool.source-taken')
  await refused({ name: 'other', source: { type: 'disk', device: '/dev/sdc' }, build: true }, 'pool.device-has-data')
  await refused({ name: 'other', source: { type: 'dir', path: '/srv/nothing' } }, 'pool.path-missing')
  await refused({ name: 'other', source: { type: 'netfs', host: 'nas.invalid', exportPath: '/vm', path: '/mnt/vm' } }, 'pool.start-failed')
  expect(await storage.state(FIRST, 'other', {})).toBeNull()
  await storage.create(
    FIRST,
    definition({ name: 'other', source: { type: 'disk', device: '/dev/sdc' }, build: true, overwrite: true }),
    {},
    {},
  )
  expect(await storage.state(FIRST, 'other', {})).toMatchObject({ isActive: true, autostart: true })
})

test('a host finds what it could make a pool of', async () => {
  const { storage } = await start()
  expect(await storage.find(FIRST, 'netfs', 'nas-1', {})).toHaveLength(3)
  await expect(storage.find(FIRST, 'netfs', null, {})).rejects.toMatchObject({ code: 'pool.needs-server' })
  await expect(storage.find(FIRST, 'iscsi', 'san.invalid', {})).rejects.toMatchObject({ code: 'pool.find-failed' })
  await expect(storage.find(FIRST, 'dir', null, {})).rejects.toMatchObject({ code: 'pool.cannot-find' })
  for (const type of ['disk', 'logical', 'scsi'] as const) expect((await storage.find(FIRST, type, null, {})).length).toBeGreaterThan(0)
  const { types } = await storage.abilities('kvm-gdn-004', {})
  // it has pools of these
  expect(types).toMatchObject({ zfs: null, iscsi: null, dir: null, rbd: null })
})

test('a wiped volume is raw and of zeros', async () => {
  const { storage, volumes } = await start()
  const place = { pool: 'default', volume: 'ubuntu-20.04-test.qcow2' }
  await storage.wipe(FIRST, place, {})
  expect(await volumes.find(FIRST, place, {})).toMatchObject({ format: 'raw', isWhole: true })
  const { channel } = await volumes.download(FIRST, place, 0, {})
  expect((await channel.read())?.every((byte) => byte === 0)).toBe(true)
})

test('whoever watches is told of pools that come, change and go', async () => {
  const { connection, storage } = await start()
  const told: string[] = []
  const nothing = () => undefined
  const changes = (batch: ReadonlyArray<{ readonly op: string; readonly entity: string; readonly ref?: string }>) => {
    for (const { op, entity, ref } of batch) if (entity === 'pool' && ref === `${FIRST}/images`) told.push(op)
  }
  await connection.watch({ changes, metrics: nothing, event: nothing, confirmed: nothing, unseen: nothing }, {})
  await storage.create(FIRST, definition({ name: 'images', source: { type: 'dir', path: '/srv/images' } }), {}, {})
  await storage.stop(FIRST, 'images', {})
  await storage.remove(FIRST, 'images', false, {})
  expect(told).toEqual(['put', 'patch', 'remove'])
})
