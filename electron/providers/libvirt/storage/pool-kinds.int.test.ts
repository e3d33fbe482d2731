import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { openWire } from '../../../../e2e/bench/wire.ts'
import { type Lab, type LabHost, must, startLab } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { isAppError } from '../../../../shared/errors/index.ts'
import { type PoolSource, type PoolSpec, poolSpecSchema } from '../../../../shared/model/index.ts'
import type { ProviderPorts, StorageKeeper } from '../../provider.ts'
import { testPorts } from '../testing/ports.ts'
import { HOST_REF } from '../watch.ts'
import { dropSecret, keepSecret } from './pool-secrets.ts'
import { poolXml } from './pool-xml.ts'
import type { StorageContext } from './storage-context.ts'
import { storageOf } from './testing/lab-storage.ts'

const MIB = 1_048_576
const SECRET_UUID = '0b4c1c0e-5d7a-4e6e-9a53-6d3a5c1f7a10'

async function failureOf(call: Promise<unknown>) {
  const error: unknown = await call.then(
    () => new Error('it should have failed'),
    (thrown: unknown) => thrown,
  )
  if (!isAppError(error)) throw error
  return error
}

const SOURCES: readonly PoolSource[] = [
  { type: 'dir', path: '/srv/a & b' },
  { type: 'netfs', host: 'nas-1', exportPath: '/export/images', format: 'nfs', path: '/mnt/images' },
  { type: 'netfs', host: 'nas-1', exportPath: '/export/more', format: 'auto', path: '/mnt/more' },
  { type: 'logical', group: 'vg0', devices: ['/dev/sdb', '/dev/sdc'] },
  { type: 'disk', device: '/dev/sdd', label: 'gpt' },
  { type: 'iscsi', host: 'san-1:3261', target: 'iqn.2026-01.org.example:disk1' },
  { type: 'rbd', monitors: ['mon-1', 'mon-2:6789', 'fd00::3'], pool: 'images' },
  { type: 'zfs', pool: 'tank/images', devices: ['/dev/sde'] },
  { type: 'scsi', adapter: 'host3' },
]
const LOGINS: ReadonlySet<string> = new Set(['iscsi', 'rbd'])

describe.skipIf(!requirePeer('libvirtd').ok || !requirePeer('storage-tools').ok)('the kinds of pools', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a', network: false }], prefix: 'pk' })
    host = lab.host('a')
    ports = await testPorts()
    // A lab host has no devices but those it makes: here every loop device of the machine, to take a free one of.
    await host.exec('mkdir -p /srv/dev && mount -t devtmpfs none /srv/dev && for d in /srv/dev/loop[0-9]*; do cp -a "$d" /dev/; done')
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  const connected = () => storageOf(host, ports)

  async function make(storage: StorageKeeper, spec: Record<string, unknown>, user: string | null = null, password = ''): Promise<void> {
    const parsed: PoolSpec = poolSpecSchema.parse(spec)
    await storage.create(HOST_REF, { uuid: randomUUID(), spec: parsed, user }, { password }, {})
  }

  /** A block device of 64 MiB. */
  async function loop(name: string): Promise<string> {
    const { stdout } = await host.exec(`truncate -s 64M /srv/${name} && losetup -f --show -P /srv/${name}`)
    const device = stdout.trim()
    onTestFinished(async () => void (await host.exec(['losetup', '-d', device])))
    return device
  }

  test.each(SOURCES.map((source) => [source.type, source] as const))(
    'libvirt’s own schema takes a definition of %s',
    async (type, source) => {
      const spec = poolSpecSchema.parse({ name: `pool & ${type}`, source })
      const login = LOGINS.has(type) ? { user: "o'neil", secretUuid: SECRET_UUID } : null
      const file = join(host.dir, `${randomUUID()}.xml`)
      await writeFile(file, poolXml({ uuid: randomUUID(), spec }, login))
      await must('virt-xml-validate', [file, 'storagepool'])
      const { storage } = await connected()
      const { types } = await storage.abilities(HOST_REF, {})
      if (types[type]?.code.startsWith('pool.no-driver')) return
      // The daemon itself, where it has the driver.
      await host.virsh(['pool-define', file, '--validate'])
      expect(await storage.definition(HOST_REF, spec.name, {})).toContain(`<pool type='${type}'>`)
      await storage.remove(HOST_REF, spec.name, false, {})
      expect(await storage.state(HOST_REF, spec.name, {})).toBeNull()
    },
  )

  test('what the host cannot have is said with what would help', async () => {
    const { storage } = await connected()
    const { types, wipe } = await storage.abilities(HOST_REF, {})
    const drivers = await host.virsh(['pool-capabilities'])
    const has = async (program: string) => (await host.exec(`PATH="$PATH:/usr/sbin:/sbin" command -v ${program}`)).code === 0
    const driven = (type: string, without: object) => (drivers.includes(`type='${type}' supported='yes'`) ? null : without)
    expect(types).toMatchObject({
      dir: null,
      logical: null,
      disk: null,
      rbd: driven('rbd', { code: 'pool.no-driver-package' }),
      zfs: driven('zfs', { code: 'pool.no-driver' }),
      iscsi: (await has('iscsiadm')) ? null : { code: 'pool.no-program', params: { program: 'iscsiadm', package: 'open-iscsi' } },
    })
    expect(wipe).toBeNull()
  })

  test('a partition table is made on an empty disk and on no other unless that is said', async () => {
    const { connection, storage } = await connected()
    // The device folder that the kernel keeps, where partitions come up by themselves.
    const device = (await loop('disk.img')).replace('/dev/', '/srv/dev/')
    await host.exec(`mkfs.ext4 -q ${device}`)
    const spec = { name: 'parts', source: { type: 'disk', device, label: 'gpt' }, build: true }
    expect(await failureOf(make(storage, spec))).toMatchObject({ kind: 'conflict', code: 'pool.device-has-data' })
    expect(await storage.state(HOST_REF, 'parts', {})).toBeNull()
    expect((await host.exec(`blkid -p -o value -s TYPE ${device}`)).stdout.trim()).toBe('ext4')
    await make(storage, { ...spec, overwrite: true })
    expect((await host.exec(`parted -s ${device} print`)).stdout).toContain('Partition Table: gpt')
    const name = `${device.slice('/srv/dev/'.length)}p1`
    const wrong = connection.volumes?.create(
      HOST_REF,
      { pool: 'parts', volume: 'data' },
      { kind: 'empty', format: 'raw', capacityBytes: 8 * MIB },
      {},
    )
    expect(await failureOf(wrong ?? Promise.resolve())).toMatchObject({ code: 'volume.partition-name', details: { expected: name } })
    await connection.volumes?.create(
      HOST_REF,
      { pool: 'parts', volume: name },
      { kind: 'empty', format: 'raw', capacityBytes: 8 * MIB },
      {},
    )
    expect(await storage.list(HOST_REF, 'parts', {})).toEqual([{ name, path: `/srv/dev/${name}`, usedBy: [] }])
    // A machine that names it by a link has it all the same.
    const orphans = async () => (await storage.orphans(HOST_REF, {})).orphans.map((one) => one.volume.name)
    expect(await orphans()).toEqual([name])
    await host.exec(['ln', '-s', `/srv/dev/${name}`, '/dev/alias'])
    const xml = `<domain type='qemu'><name>linked</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os><devices><disk type='block'><driver name='qemu' type='raw'/><source dev='/dev/alias'/><target dev='vda'/></disk></devices></domain>`
    await writeFile(join(host.dir, 'linked.xml'), xml)
    await host.virsh(['define', join(host.dir, 'linked.xml')])
    expect(await orphans()).toEqual([])
    expect(await failureOf(storage.wipe(HOST_REF, { pool: 'parts', volume: name }, {}))).toMatchObject({
      code: 'volume.in-use',
      details: { by: ['linked'] },
    })
    await host.virsh(['undefine', 'linked'])
    await storage.wipe(HOST_REF, { pool: 'parts', volume: name }, {})
    expect(await failureOf(storage.remove(HOST_REF, 'parts', true, {}))).toMatchObject({ kind: 'unsupported', code: 'pool.target-stays' })
    // Its partitions stay. (libvirt 9.0 cannot delete one of a device whose name ends with a digit: it asks parted for number `p1`.)
    await storage.remove(HOST_REF, 'parts', false, {})
    expect((await host.exec(`parted -s ${device} print`)).stdout).toMatch(/^ 1 /m)
  })

  test('a volume group is made, found again and goes with its empty pool', async () => {
    const { storage } = await connected()
    const device = await loop('group.img')
    await make(storage, { name: 'group', source: { type: 'logical', group: 'vgnova', devices: [device] }, build: true })
    expect((await host.exec('vgs --noheadings -o vg_name')).stdout.trim()).toBe('vgnova')
    const found = await storage.find(HOST_REF, 'logical', null, {})
    expect(found).toEqual([{ label: `vgnova (${device})`, source: { type: 'logical', group: 'vgnova', devices: [] } }])
    const twin = { name: 'twin', source: { type: 'logical', group: 'vgnova' } }
    expect(await failureOf(make(storage, twin))).toMatchObject({ code: 'pool.source-taken', details: { by: 'group' } })
    expect(await storage.removal(HOST_REF, 'group', {})).toEqual({ volumes: 0, allocationBytes: 0, usedBy: [], reason: null })
    await storage.remove(HOST_REF, 'group', true, {})
    expect((await host.exec('vgs --noheadings -o vg_name')).stdout.trim()).toBe('')
  })

  test('a pool that cannot start leaves neither itself nor its password', async () => {
    const { storage } = await connected()
    const source = { type: 'iscsi', host: '127.0.0.1', target: 'iqn.2026-01.org.example:none' }
    const failure = await failureOf(make(storage, { name: 'san', source }, 'chap-user', 'chap-secret'))
    expect(failure).toMatchObject({ kind: 'remote-failure', code: 'pool.start-failed' })
    expect(JSON.stringify(failure)).not.toContain('chap-secret')
    expect(await storage.state(HOST_REF, 'san', {})).toBeNull()
    expect(await host.virsh(['secret-list'])).not.toContain('novacron-pool')
  })

  test('a pool’s password is a secret of its own that the host keeps and tells nobody', async () => {
    const wire = await openWire(host)
    onTestFinished(() => wire.close())
    const work = { signal: new AbortController().signal, sent: false }
    const context = { host: wire.libvirt, work } as unknown as StorageContext
    const spec = poolSpecSchema.parse({ name: 'ceph', source: { type: 'rbd', monitors: ['mon-1'], pool: 'images' } })
    const definition = { uuid: randomUUID(), spec, user: 'libvirt' }
    const login = await keepSecret(context, definition, Buffer.from('ceph-key').toString('base64'))
    if (!login) throw new Error('no login')
    // Once more, as after a crash: it is the same one.
    expect(await keepSecret(context, definition, Buffer.from('other-key').toString('base64'))).toEqual(login)
    const xml = await host.virsh(['secret-dumpxml', login.secretUuid])
    expect(xml).toContain("<secret ephemeral='no' private='yes'>")
    expect(xml).toContain(`<name>novacron-pool-${definition.uuid}</name>`)
    await expect(host.virsh(['secret-get-value', login.secretUuid])).rejects.toThrow(/secret is private/)
    // Where libvirtd keeps it, for root alone.
    const kept = await host.exec(`base64 -d /etc/libvirt/secrets/${login.secretUuid}.base64`)
    expect(kept.stdout).toBe('other-key')
    await dropSecret(context, randomUUID())
    expect(await host.virsh(['secret-list'])).toContain(login.secretUuid)
    await dropSecret(context, definition.uuid)
    expect(await host.virsh(['secret-list'])).not.toContain('novacron-pool')
  })

  test('a pool’s secret goes with the pool, and nobody else’s does', async () => {
    const wire = await openWire(host)
    onTestFinished(() => wire.close())
    const context = { host: wire.libvirt, work: { signal: new AbortController().signal, sent: false } } as unknown as StorageContext
    const source = { type: 'iscsi', host: '127.0.0.1', target: 'iqn.2026-01.org.example:kept' }
    const definition = { uuid: randomUUID(), spec: poolSpecSchema.parse({ name: 'kept', source }), user: 'chap' }
    const file = join(host.dir, 'kept.xml')
    await writeFile(file, poolXml(definition, await keepSecret(context, definition, 'chap-secret')))
    await host.virsh(['pool-define', file])
    const other = '<secret ephemeral="no" private="yes"><usage type="iscsi"><target>somebody-elses</target></usage></secret>'
    await writeFile(file, other)
    await host.virsh(['secret-define', file])
    const { storage } = await connected()
    expect(await storage.definition(HOST_REF, 'kept', {})).toContain("<auth type='chap' username='chap'>")
    await storage.remove(HOST_REF, 'kept', false, {})
    const left = await host.virsh(['secret-list'])
    expect(left).not.toContain('novacron-pool')
    expect(left).toContain('somebody-elses')
  })

  test('what nobody can look for is said so', async () => {
    const { storage } = await connected()
    expect(await failureOf(storage.find(HOST_REF, 'rbd', null, {}))).toMatchObject({ kind: 'unsupported', code: 'pool.cannot-find' })
    expect(await failureOf(storage.find(HOST_REF, 'netfs', null, {}))).toMatchObject({ code: 'pool.needs-server' })
    expect(await failureOf(storage.find(HOST_REF, 'netfs', 'nas-1', {}))).toMatchObject({ code: 'pool.find-failed' })
    const disks = await storage.find(HOST_REF, 'disk', null, {})
    expect(disks.every(({ source }) => source.type === 'disk')).toBe(true)
  })
})
