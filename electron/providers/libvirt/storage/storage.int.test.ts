import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { isAppError } from '../../../../shared/errors/index.ts'
import { type PoolSpec, poolSpecSchema } from '../../../../shared/model/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { ProviderPorts, StorageKeeper, VolumeFactsOf } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { storageOf } from './testing/lab-storage.ts'

const MIB = 1_048_576

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

async function all(facts: AsyncIterable<ReadonlyMap<string, VolumeFactsOf | null>>): Promise<Map<string, VolumeFactsOf | null>> {
  const read = new Map<string, VolumeFactsOf | null>()
  for await (const piece of facts) for (const [name, one] of piece) read.set(name, one)
  return read
}

describe.skipIf(!requirePeer('libvirtd').ok)('pools of a lab host over SSH', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a', inactiveDomains: 5 }], prefix: 'st' })
    host = lab.host('a')
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function connected() {
    const opened = await storageOf(host, ports)
    await opened.connection.watch(new Recorder(), {})
    return opened
  }

  const dirPool = (name: string, path: string, more: Partial<PoolSpec> = {}): PoolSpec =>
    poolSpecSchema.parse({ name, source: { type: 'dir', path }, build: true, ...more })
  const make = async (storage: StorageKeeper, spec: PoolSpec, uuid = randomUUID()) => {
    await storage.create(HOST_REF, { uuid, spec, user: null }, {}, {})
    return uuid
  }
  const poolInfo = async (name: string) => await host.virsh(['pool-info', name])

  test('a pool is made with its folder, runs, starts with its host, and goes with its empty folder', async () => {
    const { storage } = await connected()
    const uuid = await make(storage, dirPool('made', '/srv/made'))
    expect(await poolInfo('made')).toMatch(/State: +running\n.*\nAutostart: +yes/)
    expect(await storage.state(HOST_REF, 'made', {})).toEqual({ uuid, isActive: true, autostart: true })
    expect(await storage.definition(HOST_REF, 'made', {})).toContain('<path>/srv/made</path>')
    await storage.setAutostart(HOST_REF, 'made', false, {})
    expect(await poolInfo('made')).toMatch(/Autostart: +no/)
    await storage.stop(HOST_REF, 'made', {})
    expect(await poolInfo('made')).toMatch(/State: +inactive/)
    // once more changes nothing
    await storage.stop(HOST_REF, 'made', {})
    expect(await failureOf(storage.refresh(HOST_REF, 'made', {}))).toMatchObject({ kind: 'precondition', code: 'volume.pool-off' })
    expect(await failureOf(storage.remove(HOST_REF, 'made', true, {}))).toMatchObject({ code: 'pool.off-unseen' })
    await storage.start(HOST_REF, 'made', {})
    await host.virsh(['vol-create-as', 'made', 'v.img', '1M'])
    expect(await storage.removal(HOST_REF, 'made', {})).toEqual({ volumes: 1, allocationBytes: null, usedBy: [], reason: null })
    expect(await failureOf(storage.remove(HOST_REF, 'made', true, {}))).toMatchObject({ kind: 'precondition', code: 'pool.not-empty' })
    await host.virsh(['vol-delete', 'v.img', '--pool', 'made'])
    await storage.remove(HOST_REF, 'made', true, {})
    expect(await storage.state(HOST_REF, 'made', {})).toBeNull()
    expect((await host.exec('test -d /srv/made && echo there; true')).stdout).toBe('')
  })

  test('without its folder a pool is not made, and nothing of it stays', async () => {
    const { storage } = await connected()
    expect(await failureOf(make(storage, dirPool('none', '/srv/nowhere', { build: false })))).toMatchObject({
      kind: 'precondition',
      code: 'pool.path-missing',
      details: { path: '/srv/nowhere' },
    })
    expect(await host.virsh(['pool-list', '--all', '--name'])).not.toContain('none')
  })

  test('a name or a folder that is taken is refused, and by whom', async () => {
    const { storage } = await connected()
    expect(await failureOf(make(storage, dirPool('default', '/srv/other')))).toMatchObject({ kind: 'conflict', code: 'pool.name-taken' })
    expect(await failureOf(make(storage, dirPool('twin', '/var/lib/libvirt/images')))).toMatchObject({
      kind: 'conflict',
      code: 'pool.source-taken',
      details: { by: 'default' },
    })
    expect(await host.virsh(['pool-list', '--all', '--name'])).not.toContain('twin')
  })

  test('what an earlier attempt has begun is gone on with by its UUID', async () => {
    const { storage } = await connected()
    const uuid = randomUUID()
    const xml = `<pool type='dir'><name>half</name><uuid>${uuid}</uuid><target><path>/srv/half</path></target></pool>`
    await writeFile(join(host.dir, 'half.xml'), xml)
    await host.virsh(['pool-define', join(host.dir, 'half.xml')])
    await make(storage, dirPool('half', '/srv/half'), uuid)
    expect(await storage.state(HOST_REF, 'half', {})).toEqual({ uuid, isActive: true, autostart: true })
    await make(storage, dirPool('half', '/srv/half'), uuid)
    await storage.remove(HOST_REF, 'half', false, {})
  })

  test('a running machine keeps its pool; one that is off is named', async () => {
    const { storage } = await connected()
    await make(storage, dirPool('guests', '/srv/guests'))
    await host.virsh(['vol-create-as', 'guests', 'resident.qcow2', '8M', '--format', 'qcow2'])
    const guest = await host.defineGuest({ name: 'resident', boots: false, diskPath: '/srv/guests/resident.qcow2' })
    await until('the machine is known', async () => (await storage.removal(HOST_REF, 'guests', {})).usedBy.includes('resident'))
    expect((await storage.removal(HOST_REF, 'guests', {})).reason).toBeNull()
    await guest.start()
    expect(await storage.removal(HOST_REF, 'guests', {})).toMatchObject({ usedBy: ['resident'], reason: { code: 'pool.in-use' } })
    expect(await failureOf(storage.stop(HOST_REF, 'guests', {}))).toMatchObject({ code: 'pool.in-use', details: { by: ['resident'] } })
    expect(await failureOf(storage.remove(HOST_REF, 'guests', false, {}))).toMatchObject({ code: 'pool.in-use' })
    expect(await poolInfo('guests')).toMatch(/State: +running/)
    await host.virsh(['destroy', guest.uuid])
    await storage.stop(HOST_REF, 'guests', {})
    await storage.start(HOST_REF, 'guests', {})
  })

  test('a list has every name with its users and asks for no volume; facts come after it, a small piece first', async () => {
    const { connection, storage } = await connected()
    await make(storage, dirPool('many', '/srv/many'))
    await host.exec(
      'for n in $(seq 1 700); do truncate -s 64K /srv/many/f$n.img; done; qemu-img create -q -f qcow2 /srv/many/base.qcow2 8M',
    )
    await host.exec('cd /srv/many && qemu-img create -q -f qcow2 -b /srv/many/base.qcow2 -F qcow2 over.qcow2')
    // The list is as libvirt knows it: what was laid behind its back is seen after a refresh.
    expect(await storage.list(HOST_REF, 'many', {})).toEqual([])
    await storage.refresh(HOST_REF, 'many', {})
    const guest = await host.defineGuest({ name: 'owner', boots: false, diskPath: '/srv/many/over.qcow2' })
    await until('the machine is known', async () => (await storage.list(HOST_REF, 'many', {})).some(({ usedBy }) => usedBy.length > 0))
    const listed = await storage.list(HOST_REF, 'many', {})
    expect(listed).toHaveLength(702)
    expect(listed.find(({ name }) => name === 'over.qcow2')).toEqual({
      name: 'over.qcow2',
      path: '/srv/many/over.qcow2',
      usedBy: ['owner'],
    })
    await host.exec('rm /srv/many/f7.img')
    const sizes: number[] = []
    const names = listed.map(({ name }) => name)
    for await (const piece of storage.facts(HOST_REF, 'many', names, {})) sizes.push(piece.size)
    expect(sizes).toEqual([60, 500, 142])
    const facts = await all(storage.facts(HOST_REF, 'many', ['over.qcow2', 'f7.img', 'f8.img', 'never.img'], {}))
    expect(facts.get('over.qcow2')).toMatchObject({ format: 'qcow2', capacityBytes: 8 * MIB, backingPath: '/srv/many/base.qcow2' })
    expect(facts.get('f8.img')).toEqual({ format: 'raw', capacityBytes: 65_536, allocationBytes: 0, backingPath: null })
    expect([facts.get('f7.img'), facts.get('never.img')]).toEqual([null, null])
    await host.virsh(['undefine', guest.uuid])
    const { volumes } = connection
    await until('the machine is gone', async () => (await storage.list(HOST_REF, 'many', {})).every(({ usedBy }) => usedBy.length === 0))
    // Its own names go first; a base that something stands on stays.
    expect(await failureOf(storage.wipe(HOST_REF, { pool: 'many', volume: 'base.qcow2' }, {}))).toMatchObject({
      kind: 'precondition',
      code: 'volume.in-use',
      details: { by: ['over.qcow2'] },
    })
    await volumes?.remove(HOST_REF, { pool: 'many', volume: 'over.qcow2' }, {})
    await storage.wipe(HOST_REF, { pool: 'many', volume: 'base.qcow2' }, {})
    const info = await host.exec('qemu-img info --output=json /srv/many/base.qcow2; tr -d "\\0" </srv/many/base.qcow2 | wc -c')
    expect(info.stdout).toContain('"format": "raw"')
    expect(info.stdout.trim().endsWith('0')).toBe(true)
  })

  test('a volume that a machine names is neither wiped nor, while it runs, made larger', async () => {
    const { connection, storage } = await connected()
    const guest = await host.defineGuest({ name: 'holder', boots: false, diskMiB: 8 })
    const place = { pool: 'default', volume: `${guest.uuid}.qcow2` }
    await until('the machine is known', async () =>
      (await storage.list(HOST_REF, 'default', {})).some(({ usedBy }) => usedBy[0] === 'holder'),
    )
    expect(await failureOf(storage.wipe(HOST_REF, place, {}))).toMatchObject({ code: 'volume.in-use', details: { by: ['holder'] } })
    await connection.volumes?.resize(HOST_REF, place, 16 * MIB, {})
    await guest.start()
    const refused = await failureOf(connection.volumes?.resize(HOST_REF, place, 32 * MIB, {}) ?? Promise.resolve())
    expect(refused).toMatchObject({ kind: 'precondition', code: 'volume.in-use', details: { by: ['holder'] } })
    await host.virsh(['managedsave', guest.uuid])
    expect(await failureOf(connection.volumes?.resize(HOST_REF, place, 32 * MIB, {}) ?? Promise.resolve())).toMatchObject({
      code: 'volume.in-use',
    })
    await host.virsh(['managedsave-remove', guest.uuid])
    await connection.volumes?.resize(HOST_REF, place, 32 * MIB, {})
    expect((await connection.volumes?.find(HOST_REF, place, {}))?.capacityBytes).toBe(32 * MIB)
  })

  test('a pool with more volumes than libvirt’s protocol names says so', async () => {
    const { storage } = await connected()
    await host.exec('mkdir /srv/huge && cd /srv/huge && seq 1 16385 | xargs touch')
    await make(storage, dirPool('huge', '/srv/huge'))
    expect(await failureOf(storage.list(HOST_REF, 'huge', {}))).toMatchObject({
      kind: 'unsupported',
      code: 'pool.too-many-volumes',
      details: { pool: 'huge', count: 16_385, most: 16_384 },
    })
    await host.exec('rm /srv/huge/1')
    await storage.refresh(HOST_REF, 'huge', {})
    expect(await storage.list(HOST_REF, 'huge', {})).toHaveLength(16_384)
    await storage.remove(HOST_REF, 'huge', false, {})
  })

  test('a pool whose mount has gone: its list is what was known, a refresh switches it off and says what to do', async () => {
    const { storage } = await connected()
    await host.exec('mkdir -p /srv/mnt && mount -t tmpfs -o size=8M none /srv/mnt && mkdir /srv/mnt/pool')
    await make(storage, dirPool('mounted', '/srv/mnt/pool'))
    await host.virsh(['vol-create-as', 'mounted', 'a.img', '1M'])
    await host.exec('umount -l /srv/mnt')
    expect((await storage.list(HOST_REF, 'mounted', {})).map(({ name }) => name)).toEqual(['a.img'])
    expect((await all(storage.facts(HOST_REF, 'mounted', ['a.img'], {}))).get('a.img')).toBeNull()
    expect((await storage.orphans(HOST_REF, {})).unseen).toContainEqual(expect.objectContaining({ code: 'orphans.pool-gone' }))
    expect(await failureOf(storage.refresh(HOST_REF, 'mounted', {}))).toMatchObject({
      kind: 'precondition',
      code: 'pool.switched-off',
      details: { path: '/srv/mnt/pool' },
    })
    expect(await failureOf(storage.start(HOST_REF, 'mounted', {}))).toMatchObject({ code: 'pool.path-missing' })
    expect((await storage.orphans(HOST_REF, {})).unseen).toContainEqual(expect.objectContaining({ code: 'orphans.pool-off' }))
    await storage.remove(HOST_REF, 'mounted', false, {})
  })

  test('orphans are what nothing names: no definition that runs or is kept, no snapshot, no other volume', async () => {
    const { storage } = await connected()
    await make(storage, dirPool('or', '/srv/or'))
    const images = ['disk', 'snap', 'base', 'over', 'kernel', 'cd', 'hot', 'lone', 'linked']
    for (const name of images) await host.virsh(['vol-create-as', 'or', `${name}.qcow2`, '4M', '--format', 'qcow2'])
    await host.exec('qemu-img rebase -u -f qcow2 -b base.qcow2 -F qcow2 /srv/or/over.qcow2; mkdir /srv/or/folder; ln -s /srv/or /srv/alias')
    const guest = await host.defineGuest({ name: 'namer', boots: false, diskPath: '/srv/or/disk.qcow2' })
    // An external snapshot lays a new file over the disk: now the snapshot alone names `disk`.
    const snapshot = [
      'snapshot-create-as',
      guest.uuid,
      's1',
      '--disk-only',
      '--diskspec',
      'vda,file=/srv/or/snap.qcow2',
      '--reuse-external',
    ]
    await host.exec('qemu-img rebase -u -f qcow2 -b /srv/or/disk.qcow2 -F qcow2 /srv/or/snap.qcow2')
    await guest.start()
    await host.virsh(snapshot)
    // A CD that runs only, a disk that is kept only, a kernel, and a path by a link.
    await host.virsh(['attach-disk', guest.uuid, '/srv/or/hot.qcow2', 'vdb', '--live', '--driver', 'qemu', '--subdriver', 'qcow2'])
    await host.virsh(['attach-disk', guest.uuid, '/srv/or/cd.qcow2', 'vdc', '--config', '--driver', 'qemu', '--subdriver', 'qcow2'])
    const kernel = `<domain type='qemu'><name>booter</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type><kernel>/srv/or/kernel.qcow2</kernel></os><devices><disk type='file'><source file='/srv/alias/linked.qcow2'/><target dev='vda'/></disk></devices></domain>`
    await writeFile(join(host.dir, 'booter.xml'), kernel)
    await host.virsh(['define', join(host.dir, 'booter.xml')])
    await storage.refresh(HOST_REF, 'or', {})
    const { orphans } = await storage.orphans(HOST_REF, {})
    const inPool = orphans.filter(({ pool }) => pool === 'or')
    expect(inPool.map(({ volume }) => volume.name).sort()).toEqual(['lone.qcow2', 'over.qcow2'])
    expect(inPool.find(({ volume }) => volume.name === 'lone.qcow2')).toMatchObject({
      volume: { path: '/srv/or/lone.qcow2' },
      facts: { format: 'qcow2', capacityBytes: 4 * MIB },
    })
    expect(Math.abs((inPool[0]?.modifiedAtMs ?? 0) - Date.now())).toBeLessThan(300_000)
    await host.virsh(['destroy', guest.uuid])
  })

  test('what an image outside all pools is built on is in use; where that cannot be told, nothing is called an orphan', async () => {
    const { storage } = await connected()
    await make(storage, dirPool('far', '/srv/far'))
    for (const name of ['base', 'lone']) await host.virsh(['vol-create-as', 'far', `${name}.qcow2`, '4M', '--format', 'qcow2'])
    await host.exec('mkdir -p /srv/out && qemu-img create -q -f qcow2 -b ../far/base.qcow2 -F qcow2 /srv/out/over.qcow2')
    await host.defineGuest({ name: 'outsider', boots: false, diskPath: '/srv/out/over.qcow2' })
    const orphansIn = async () =>
      (await storage.orphans(HOST_REF, {})).orphans.filter(({ pool }) => pool === 'far').map(({ volume }) => volume.name)
    expect(await orphansIn()).toEqual(['lone.qcow2'])
    const lost = await host.defineGuest({ name: 'lost', boots: false, diskPath: '/srv/out/missing.qcow2' })
    const unseenNow = async () => (await storage.orphans(HOST_REF, {})).unseen
    const params = (image: string) => ({ image: `/srv/out/${image}.qcow2`, count: '1' })
    expect(await unseenNow()).toContainEqual(expect.objectContaining({ code: 'orphans.image-missing', params: params('missing') }))
    expect(await orphansIn()).toEqual(['lone.qcow2'])
    await host.virsh(['undefine', lost.uuid])
    await host.exec("printf 'QFI\\373%0500d' 9 > /srv/out/broken.qcow2")
    const broken = await host.defineGuest({ name: 'broken', boots: false, diskPath: '/srv/out/broken.qcow2' })
    expect(await unseenNow()).toContainEqual(expect.objectContaining({ code: 'orphans.image-unread', params: params('broken') }))
    expect(await orphansIn()).toEqual([])
    await host.virsh(['undefine', broken.uuid])
    // An overlay in a pool that is off is still read, by its path.
    await host.exec('mkdir -p /srv/dark && qemu-img create -q -f qcow2 -b /srv/far/lone.qcow2 -F qcow2 /srv/dark/over.qcow2')
    await make(storage, dirPool('dark', '/srv/dark'))
    await host.defineGuest({ name: 'dweller', boots: false, diskPath: '/srv/dark/over.qcow2' })
    await storage.stop(HOST_REF, 'dark', {})
    expect(await orphansIn()).toEqual([])
    expect(await failureOf(storage.wipe(HOST_REF, { pool: 'far', volume: 'lone.qcow2' }, {}))).toMatchObject({
      code: 'volume.in-use',
      details: { by: ['/srv/dark/over.qcow2'] },
    })
  })
})
