import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ConnectionId, HostId, PoolId, Task, TaskId, VolumeListMessage } from '../../shared/model/index.ts'
import { type Lab, type LabHost, run, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { dataOf, engineFolder, failureOf, TestEngine } from './engine.ts'

const MIB = 1_048_576
const MANY = 1_000

describe.skipIf(!requirePeer('libvirtd').ok)('pools of a host', () => {
  let lab: Lab
  let host: LabHost
  let folder: string
  let engine: TestEngine
  let connectionId: ConnectionId

  beforeAll(async () => {
    lab = await startLab({
      hosts: [
        { name: 'a', network: false },
        { name: 'b', network: false },
      ],
      prefix: 'hs',
    })
    host = lab.host('a')
    folder = await engineFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
    connectionId = await connect(host)
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  async function connect({ name, address, keyFile }: LabHost): Promise<ConnectionId> {
    const { id } = await engine.add(name, { transport: 'ssh', host: address, user: 'root', keyFile }, { remember: true })
    await engine.status(id, 'online')
    await until('the host', async () => engine.hostOf(id))
    return id
  }
  const hostId = (): HostId => {
    const known = engine.hostOf(connectionId)
    if (!known) throw new Error('no host')
    return known.id
  }
  const poolOf = async (name: string): Promise<PoolId> =>
    (await until(`the pool ${name}`, async () => engine.all('pool').find((pool) => pool.name === name && pool.active))).id
  const done = async (begun: Promise<{ taskId: TaskId }>, timeoutMs?: number): Promise<Task> =>
    await engine.ended((await begun).taskId, timeoutMs)
  const succeeded = async (begun: Promise<{ taskId: TaskId }>): Promise<void> => {
    expect(await done(begun)).toMatchObject({ state: 'succeeded', error: null })
  }
  const dirPool = (name: string) => ({ name, source: { type: 'dir' as const, path: `/srv/${name}` }, build: true })
  async function make(name: string): Promise<PoolId> {
    await succeeded(engine.client.storage.createPool({ hostId: hostId(), spec: dirPool(name) }))
    return await poolOf(name)
  }
  async function watched(poolId: PoolId): Promise<VolumeListMessage[]> {
    const messages: VolumeListMessage[] = []
    for await (const message of await engine.client.storage.watchVolumes({ poolId })) messages.push(message)
    return messages
  }
  const namesOf = (messages: readonly VolumeListMessage[]) =>
    messages.flatMap((message) => (message.type === 'rows' ? message.rows.map(({ name }) => name) : []))

  test('a pool has the id that its task said, shows what a refresh finds, and goes', async () => {
    const begun = await engine.client.storage.createPool({ hostId: hostId(), spec: dirPool('work') })
    const task = await engine.ended(begun.taskId)
    expect(task).toMatchObject({ kind: 'pool.create', state: 'succeeded' })
    const poolId = await poolOf('work')
    expect(task.target).toEqual({ entity: 'pool', id: poolId, name: 'work' })
    await host.exec('truncate -s 1M /srv/work/behind.img')
    expect(namesOf(await watched(poolId))).toEqual([])
    await succeeded(engine.client.storage.refreshPool({ poolId }))
    const messages = await watched(poolId)
    expect(messages.map(({ type }) => type)).toEqual(['rows', 'facts', 'complete'])
    expect(messages[1]).toMatchObject({ facts: [{ name: 'behind.img', facts: { format: 'raw', capacityBytes: MIB } }] })
    expect((await engine.client.storage.definition({ poolId })).xml).toContain('/srv/work')
    await succeeded(engine.client.storage.setPoolAutostart({ poolId, autostart: false }))
    await until('autostart off', async () => engine.get('pool', poolId)?.autostart === false)
    await succeeded(engine.client.storage.stopPool({ poolId }))
    await until('the pool off', async () => engine.get('pool', poolId)?.active === false)
    expect(await failureOf(watched(poolId))).toMatchObject({ kind: 'precondition', code: 'volume.pool-off' })
    await succeeded(engine.client.storage.startPool({ poolId }))
    expect(await failureOf(engine.client.storage.createPool({ hostId: hostId(), spec: dirPool('work') }))).toMatchObject({
      code: 'pool.name-taken',
    })
    expect(await done(engine.client.storage.removePool({ poolId, deleteTarget: true }))).toMatchObject({
      state: 'failed',
      error: { code: 'pool.not-empty' },
    })
    await succeeded(engine.client.storage.removePool({ poolId }))
    await until('no pool', async () => engine.get('pool', poolId) === undefined)
    expect((await host.exec('ls /srv/work')).stdout).toBe('behind.img\n')
  })

  test('a password of a pool is in nothing that the console keeps', async () => {
    const secret = { user: 'chap', password: 'Tr0ub4dor-and-3' }
    const source = { type: 'iscsi' as const, host: '127.0.0.1', target: 'iqn.2026-01.org.example:none' }
    const ask = () => engine.client.storage.createPool({ hostId: hostId(), spec: { name: 'san', source }, secret })
    // Where it is to wait for its task is sealed here, as on any computer without a keychain.
    expect(await failureOf(ask())).toMatchObject({ kind: 'precondition', code: 'secrets.locked' })
    await engine.client.system.unlockSecrets({ passphrase: 'a passphrase of the tests' })
    const task = await done(ask())
    expect(task).toMatchObject({ state: 'failed', error: { code: 'pool.start-failed' } })
    expect(JSON.stringify(task)).not.toContain(secret.password)
    expect((await run('grep', ['-rlaF', secret.password, dataOf(folder)])).stdout).toBe('')
    expect((await host.virsh(['secret-list'])).trim()).toBe('')
  })

  test('volumes are made, copied into another format, made larger and wiped; a full pool and a running machine refuse', async () => {
    const poolId = await make('vols')
    await host.exec('mkdir -p /srv/small && mount -t tmpfs -o size=4M none /srv/small')
    const small = await make('small')
    const { storage } = engine.client
    await succeeded(storage.createVolume({ poolId, name: 'a.qcow2', format: 'qcow2', capacityBytes: 16 * MIB }))
    expect(await failureOf(storage.createVolume({ poolId, name: 'a.qcow2', format: 'raw', capacityBytes: MIB }))).toMatchObject({
      kind: 'conflict',
      code: 'volume.name-taken',
    })
    await host.exec('qemu-io -f qcow2 -c "write -P 7 0 8M" /srv/vols/a.qcow2')
    await succeeded(storage.refreshPool({ poolId }))
    await succeeded(storage.cloneVolume({ poolId, name: 'a.qcow2', to: { poolId, name: 'b.img' }, format: 'raw' }))
    const compared = await host.exec('qemu-img compare -f qcow2 -F raw /srv/vols/a.qcow2 /srv/vols/b.img')
    expect(compared).toMatchObject({ code: 0, stdout: 'Images are identical.\n' })
    const copy = storage.cloneVolume({ poolId, name: 'a.qcow2', to: { poolId: small, name: 'c.qcow2' }, format: 'qcow2' })
    expect(await done(copy)).toMatchObject({ state: 'failed', error: { kind: 'exhausted', code: 'volume.pool-full' } })
    await succeeded(storage.resizeVolume({ poolId, name: 'a.qcow2', capacityBytes: 32 * MIB }))
    expect((await host.exec('qemu-img info --output=json /srv/vols/a.qcow2')).stdout).toContain(`"virtual-size": ${32 * MIB}`)
    const guest = await host.defineGuest({ name: 'runner', boots: false, diskPath: '/srv/vols/a.qcow2' })
    await guest.start()
    await engine.reaches(connectionId, guest.uuid, 'running')
    await until('its owner', async () => {
      const [rows] = await watched(poolId)
      const row = rows?.type === 'rows' ? rows.rows.find(({ name }) => name === 'a.qcow2') : undefined
      return row?.owners[0]?.machineId === engine.machine(connectionId, guest.uuid)?.id
    })
    for (const refused of [
      await failureOf(storage.resizeVolume({ poolId, name: 'a.qcow2', capacityBytes: 64 * MIB })),
      await failureOf(storage.wipeVolume({ poolId, name: 'a.qcow2' })),
    ]) {
      expect(refused).toMatchObject({ kind: 'precondition', code: 'volume.in-use', details: { by: ['runner'] } })
    }
    expect(await failureOf(storage.stopPool({ poolId }))).toMatchObject({ code: 'pool.in-use', details: { machines: 'runner' } })
    expect(await failureOf(storage.removePool({ poolId }))).toMatchObject({ code: 'pool.in-use' })
    await succeeded(storage.wipeVolume({ poolId, name: 'b.img' }))
    expect((await host.exec('cmp -n 16777216 /srv/vols/b.img /dev/zero')).code).toBe(0)
    const report = await storage.orphans({ hostId: hostId() })
    expect(report.orphans.filter(({ poolId: id }) => id === poolId).map(({ name }) => name)).toEqual(['b.img'])
    await host.virsh(['destroy', guest.uuid])
  })

  test('two hosts on one share: what the other one’s machine uses is no orphan and is not deleted; while it is away, nobody knows', async () => {
    const b = lab.host('b')
    const vm = '/srv/host/shared/vm'
    await host.exec(`mkdir -p ${vm}`)
    // No NFS server here: a mount that is the folder which both hosts of the lab have. libvirt, and all of ours, see a pool of type netfs.
    const stub =
      '#!/bin/sh\nfor word; do case $word in /mnt/*) at=$word ;; esac; done\nexec /srv/host/mount.real --bind /srv/host/shared/vm "$at"\n'
    for (const each of [host, b]) {
      await writeFile(join(each.dir, 'mount.stub'), stub, { mode: 0o755 })
      await each.exec('cp /usr/bin/mount /srv/host/mount.real && /srv/host/mount.real --bind /srv/host/mount.stub /usr/bin/mount')
      const at = `/mnt/${each.name}`
      await each.exec(`mkdir -p ${at}`)
      // Each has its own name for it, and its own place.
      const source = ['--source-host', 'nas-1', '--source-path', '/export/vm', '--source-format', 'nfs']
      await each.virsh(['pool-define-as', `share-${each.name}`, 'netfs', ...source, '--target', at])
    }
    for (const name of ['used', 'base', 'later', 'lone', 'keeps']) await host.exec(`qemu-img create -q -f qcow2 ${vm}/${name}.qcow2 4M`)
    await Promise.all([host.virsh(['pool-start', 'share-a']), b.virsh(['pool-start', 'share-b'])])
    const bId = await connect(b)
    const poolId = await poolOf('share-a')
    const { storage } = engine.client
    const define = async (name: string, diskPath: string) => {
      const guest = await b.defineGuest({ name, boots: false, diskPath })
      await until(name, async () => engine.machine(bId, guest.uuid))
    }
    await define('keeper', '/mnt/b/used.qcow2')
    // An overlay on the other host's own disk.
    await b.exec('qemu-img create -q -f qcow2 -b /mnt/b/base.qcow2 -F qcow2 /var/lib/libvirt/images/over.qcow2')
    await define('overlaid', '/var/lib/libvirt/images/over.qcow2')
    const look = async () => {
      const { orphans, undecided } = await storage.orphans({ hostId: hostId() })
      const here = ({ poolId: id }: { poolId: PoolId }) => id === poolId
      return { orphans: orphans.filter(here).map(({ name }) => name), undecided: undecided.filter(here) }
    }
    expect((await storage.orphans({ hostId: hostId() })).orphans.find(({ name }) => name === 'lone.qcow2')?.shared).toEqual({
      kind: 'files',
      servers: ['nas-1'],
      path: '/export/vm/lone.qcow2',
    })
    const before = await look()
    expect(before.undecided).toEqual([])
    expect(before.orphans.toSorted()).toEqual(['keeps.qcow2', 'later.qcow2', 'lone.qcow2'])
    // Taken by the other host after the report.
    await define('late', '/mnt/b/later.qcow2')
    const volumes = ['used', 'base', 'later', 'lone'].map((name) => ({ poolId, name: `${name}.qcow2` }))
    expect(await done(storage.removeVolumes({ volumes }))).toMatchObject({ state: 'partly', children: { succeeded: 1, failed: 3 } })
    expect((await b.exec('ls /mnt/b')).stdout).toBe('base.qcow2\nkeeps.qcow2\nlater.qcow2\nused.qcow2\n')
    const one = await storage.wipeVolume({ poolId, name: 'later.qcow2' })
    expect(await engine.ended(one.taskId)).toMatchObject({
      state: 'failed',
      error: { kind: 'precondition', code: 'volume.in-use', details: { by: ['late'] } },
    })
    await b.stopSshd()
    await engine.status(bId, 'offline')
    const away = await look()
    expect(away.orphans).toEqual([])
    expect(away.undecided).toHaveLength(4)
    for (const { reason } of away.undecided) expect(reason).toMatchObject({ code: 'orphans.host-away' })
    const refused = await storage.removeVolumes({ volumes: [{ poolId, name: 'keeps.qcow2' }] })
    expect(await engine.ended(refused.taskId)).toMatchObject({ state: 'failed' })
    expect((await host.exec('ls /mnt/a')).stdout).toContain('keeps.qcow2')
    await b.startSshd()
    await engine.status(bId, 'online')
    expect((await look()).orphans).toEqual(['keeps.qcow2'])
    await succeeded(storage.removeVolumes({ volumes: [{ poolId, name: 'keeps.qcow2' }] }))
    expect((await b.exec('ls /mnt/b')).stdout).toBe('base.qcow2\nlater.qcow2\nused.qcow2\n')
    await engine.client.connections.remove({ connectionId: bId })
  })

  test('a thousand volumes are deleted, also when the console dies in the middle; the one that is in use stays', async () => {
    await host.exec(`mkdir -p /srv/heap && cd /srv/heap && for n in $(seq 1 ${MANY}); do echo v$n.img; done | xargs truncate -s 64K`)
    const poolId = await make('heap')
    const guest = await host.defineGuest({ name: 'keeper', boots: false, diskPath: '/srv/heap/v500.img' })
    await until('the machine', async () => engine.machine(connectionId, guest.uuid))
    const left = async () => Number((await host.exec('ls /srv/heap | wc -l')).stdout)
    const volumes = Array.from({ length: MANY }, (_, index) => ({ poolId, name: `v${index + 1}.img` }))
    const { taskId } = await engine.client.storage.removeVolumes({ volumes })
    await until('the first hundred gone', async () => (await left()) < MANY - 100)
    await engine.stop('SIGKILL')
    expect(await left()).toBeGreaterThan(1)
    engine = await TestEngine.start({ folder })
    await engine.status(connectionId, 'online')
    const task = await engine.ended(taskId)
    expect(task).toMatchObject({ state: 'partly', children: { total: MANY, succeeded: MANY - 1, failed: 1 } })
    expect((await host.exec('ls /srv/heap')).stdout).toBe('v500.img\n')
  })
})
