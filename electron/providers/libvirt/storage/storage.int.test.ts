import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { isAppError } from '../../../../shared/errors/index.ts'
import { type PoolSpec, poolSpecSchema } from '../../../../shared/model/index.ts'
import { Recorder } from '../../conformance/index.ts'
import type { ProviderConnection, ProviderPorts, StorageKeeper, VolumeFactsOf } from '../../provider.ts'
import { libvirtProvider } from '../index.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'

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

  async function connected(): Promise<{ connection: ProviderConnection; storage: StorageKeeper }> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    await connection.watch(new Recorder(), {})
    const { storage } = connection
    if (!storage) throw new Error('no storage')
    return { connection, storage }
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
})
