import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { type Lab, type LabHost, startLab, until } from '../../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { AppError, isAppError } from '../../../../shared/errors/index.ts'
import { Recorder } from '../../conformance/index.ts'
import { CANCELLED_BY_PERSON, type ProviderConnection, type ProviderPorts, type VolumeKeeper } from '../../provider.ts'
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

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe.skipIf(!requirePeer('libvirtd').ok)('volumes of a lab host over SSH', () => {
  let lab: Lab
  let host: LabHost
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    lab = await startLab({ hosts: [{ name: 'a', inactiveDomains: 20 }], prefix: 'vo' })
    host = lab.host('a')
    ports = await testPorts()
    await host.exec('mkdir -p /srv/small && mount -t tmpfs -o size=24M none /srv/small')
    await host.virsh(['pool-create-as', 'small', 'dir', '--target', '/srv/small'])
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  async function connected(): Promise<{ connection: ProviderConnection; volumes: VolumeKeeper }> {
    const given = { host: host.address, user: 'root', keyFile: host.keyFile, useSshConfig: false }
    const connection = await libvirtProvider.connect(libvirtProvider.configSchema.parse(given), {}, ports, {
      onHostKey: () => Promise.resolve(true),
    })
    onTestFinished(() => connection.close())
    await connection.watch(new Recorder(), {})
    const { volumes } = connection
    if (!volumes) throw new Error('no volumes')
    return { connection, volumes }
  }

  /** A file in a pool's directory that libvirt does not know yet. */
  const lay = (name: string, bytes: Uint8Array) => writeFile(join(host.dir, 'lib/images', name), bytes)
  const at = (volume: string, pool = 'default') => ({ pool, volume })

  async function upload(volumes: VolumeKeeper, place: { pool: string; volume: string }, bytes: Uint8Array, offset = 0): Promise<void> {
    const writer = await volumes.upload(HOST_REF, place, offset, bytes.length, {})
    await writer.write(bytes)
    await writer.finish()
  }

  async function download(volumes: VolumeKeeper, place: { pool: string; volume: string }, offset = 0): Promise<Buffer> {
    const { channel } = await volumes.download(HOST_REF, place, offset, {})
    const pieces: Uint8Array[] = []
    for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) pieces.push(bytes)
    channel.close()
    return Buffer.concat(pieces)
  }

  test('what lies in a pool is listed with its format, base and users, a file that libvirt has not seen too', async () => {
    const { volumes } = await connected()
    const guest = await host.defineGuest({ name: 'user of it', diskMiB: 8 })
    await lay('laid.iso', Buffer.concat([Buffer.alloc(0x8000), Buffer.from('\u0001CD001\u0001'), Buffer.alloc(4_096)]))
    await volumes.create(HOST_REF, at('over.qcow2'), { kind: 'linked', from: at(`${guest.uuid}.qcow2`), capacityBytes: 16 * MIB }, {})
    const list = await volumes.list(HOST_REF, 'default', {})
    const base = `/var/lib/libvirt/images/${guest.uuid}.qcow2`
    expect(list).toContainEqual(expect.objectContaining({ path: base, format: 'qcow2', capacityBytes: 8 * MIB, usedBy: ['user of it'] }))
    expect(list).toContainEqual(expect.objectContaining({ name: 'laid.iso', format: 'iso' }))
    const over = { name: 'over.qcow2', format: 'qcow2', backingPath: base, capacityBytes: 16 * MIB, usedBy: [] }
    expect(list).toContainEqual(expect.objectContaining(over))
    expect(await volumes.find(HOST_REF, at('over.qcow2'), {})).toMatchObject({ ...over, isWhole: true })
    expect(await volumes.find(HOST_REF, at('none'), {})).toBeNull()
    expect(await failureOf(volumes.remove(HOST_REF, at(`${guest.uuid}.qcow2`), {}))).toMatchObject({
      kind: 'precondition',
      code: 'volume.in-use',
      details: { by: ['user of it'] },
    })
    await host.virsh(['undefine', guest.uuid])
    await until('the base without its machine', async () =>
      (await volumes.list(HOST_REF, 'default', {})).every(({ usedBy }) => usedBy.length === 0),
    )
    expect(await failureOf(volumes.remove(HOST_REF, at(`${guest.uuid}.qcow2`), {}))).toMatchObject({
      code: 'volume.in-use',
      details: { by: ['over.qcow2'] },
    })
    await volumes.remove(HOST_REF, at('over.qcow2'), {})
    await volumes.remove(HOST_REF, at(`${guest.uuid}.qcow2`), {})
    expect(await failureOf(volumes.remove(HOST_REF, at('over.qcow2'), {}))).toMatchObject({ kind: 'not-found', code: 'volume.not-found' })
  })

  test('a volume that somebody has just given to a machine, for its next start alone, is not deleted', async () => {
    const { volumes } = await connected()
    const guest = await host.defineGuest({ name: 'given', boots: false })
    await volumes.create(HOST_REF, at('given.img'), { kind: 'empty', format: 'raw', capacityBytes: MIB }, {})
    const path = '/var/lib/libvirt/images/given.img'
    const inUse = { kind: 'precondition', code: 'volume.in-use', details: { by: ['given'] } }
    await host.virsh(['attach-disk', guest.uuid, path, 'vdz', '--config'])
    expect(await failureOf(volumes.remove(HOST_REF, at('given.img'), {}))).toMatchObject(inUse)
    await host.virsh(['detach-disk', guest.uuid, path, '--config'])
    await guest.start()
    await host.virsh(['attach-disk', guest.uuid, path, 'vdz', '--config'])
    expect(await failureOf(volumes.remove(HOST_REF, at('given.img'), {}))).toMatchObject(inUse)
    await host.virsh(['destroy', guest.uuid])
    await host.virsh(['undefine', guest.uuid])
  })

  test('what is uploaded in two windows is what is downloaded, from any byte on', async () => {
    const { volumes } = await connected()
    const bytes = randomBytes(5 * MIB + 123)
    await volumes.create(HOST_REF, at('up.img'), { kind: 'empty', format: 'raw', capacityBytes: bytes.length }, {})
    await upload(volumes, at('up.img'), bytes.subarray(0, 3 * MIB))
    await upload(volumes, at('up.img'), bytes.subarray(3 * MIB), 3 * MIB)
    expect(sha256(await download(volumes, at('up.img')))).toBe(sha256(bytes))
    expect((await download(volumes, at('up.img'), 5 * MIB)).equals(bytes.subarray(5 * MIB))).toBe(true)
    expect((await volumes.download(HOST_REF, at('up.img'), bytes.length, {})).sizeBytes).toBe(bytes.length)
    expect(await failureOf(volumes.download(HOST_REF, at('up.img'), bytes.length + 1, {}))).toMatchObject({ code: 'volume.beyond-end' })
    expect(await failureOf(volumes.upload(HOST_REF, at('up.img'), bytes.length, 1, {}))).toMatchObject({ code: 'volume.beyond-end' })
    await volumes.remove(HOST_REF, at('up.img'), {})
  })

  test('a window that is given more or less than it was said to be fails', async () => {
    const { volumes } = await connected()
    await volumes.create(HOST_REF, at('long.img'), { kind: 'empty', format: 'raw', capacityBytes: MIB }, {})
    const other = { kind: 'invalid-input', code: 'volume.other-length' }
    const more = await volumes.upload(HOST_REF, at('long.img'), 0, 4_096, {})
    expect(await failureOf(more.write(randomBytes(4_097)))).toMatchObject(other)
    more.abort()
    const less = await volumes.upload(HOST_REF, at('long.img'), 0, 4_096, {})
    await less.write(randomBytes(4_095))
    expect(await failureOf(less.finish())).toMatchObject(other)
    less.abort()
    await volumes.remove(HOST_REF, at('long.img'), {})
  })

  test('a copy is whole, in another pool, in another format, larger, and never over what is there', async () => {
    const { volumes } = await connected()
    const bytes = randomBytes(2 * MIB)
    await lay('source.img', bytes)
    await volumes.create(
      HOST_REF,
      at('copy.qcow2', 'small'),
      { kind: 'copy', format: 'qcow2', from: at('source.img'), capacityBytes: 64 * MIB },
      {},
    )
    expect(await volumes.find(HOST_REF, at('copy.qcow2', 'small'), {})).toMatchObject({
      format: 'qcow2',
      capacityBytes: 64 * MIB,
      isWhole: true,
    })
    await volumes.create(
      HOST_REF,
      at('back.img'),
      { kind: 'copy', format: 'raw', from: at('copy.qcow2', 'small'), capacityBytes: null },
      {},
    )
    const back = await download(volumes, at('back.img'))
    expect(sha256(back.subarray(0, bytes.length))).toBe(sha256(bytes))
    expect(back.length).toBe(64 * MIB)
    const again = volumes.create(HOST_REF, at('back.img'), { kind: 'empty', format: 'raw', capacityBytes: MIB }, {})
    expect(await failureOf(again)).toMatchObject({ kind: 'conflict', code: 'volume.name-taken' })
    expect(sha256(await download(volumes, at('back.img')))).toBe(sha256(back))
    await volumes.resize(HOST_REF, at('back.img'), 80 * MIB, {})
    expect(await volumes.find(HOST_REF, at('back.img'), {})).toMatchObject({ capacityBytes: 80 * MIB })
    expect(await failureOf(volumes.resize(HOST_REF, at('back.img'), MIB, {}))).toMatchObject({ code: 'volume.cannot-shrink' })
    for (const place of [at('back.img'), at('source.img'), at('copy.qcow2', 'small')]) await volumes.remove(HOST_REF, place, {})
    expect((await host.exec('ls /srv/small /var/lib/libvirt/images')).stdout).not.toMatch(/being-made|back|copy/)
  })

  test('a file that came meanwhile and that libvirt does not know is not written over', async () => {
    const { volumes } = await connected()
    await volumes.list(HOST_REF, 'default', {})
    await lay('sudden.img', Buffer.from('mine'))
    const made = volumes.create(HOST_REF, at('sudden.img'), { kind: 'empty', format: 'qcow2', capacityBytes: MIB }, {})
    expect(await failureOf(made)).toMatchObject({ kind: 'conflict', code: 'volume.name-taken' })
    expect((await download(volumes, at('sudden.img'))).toString()).toBe('mine')
    await volumes.remove(HOST_REF, at('sudden.img'), {})
  })

  test('a pool without room says so, before a copy, in the middle of one and in the middle of an upload', async () => {
    const { volumes } = await connected()
    await lay('big.img', randomBytes(30 * MIB))
    const before = volumes.create(
      HOST_REF,
      at('big.img', 'small'),
      { kind: 'copy', format: 'raw', from: at('big.img'), capacityBytes: null },
      {},
    )
    expect(await failureOf(before)).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
    await lay('fits.img', randomBytes(20 * MIB))
    // the pool says that there is room, and the file system has not that much
    await host.exec('mount -o remount,size=64M /srv/small')
    await volumes.list(HOST_REF, 'small', {})
    await host.exec('mount -o remount,size=12M /srv/small')
    const during = volumes.create(
      HOST_REF,
      at('fits.qcow2', 'small'),
      { kind: 'copy', format: 'qcow2', from: at('fits.img'), capacityBytes: null },
      {},
    )
    expect(await failureOf(during)).toMatchObject({ kind: 'exhausted', code: 'volume.pool-full' })
    expect((await host.exec('ls /srv/small')).stdout).toBe('')
    await volumes.create(HOST_REF, at('up.img', 'small'), { kind: 'empty', format: 'raw', capacityBytes: 20 * MIB }, {})
    expect(await failureOf(upload(volumes, at('up.img', 'small'), randomBytes(20 * MIB)))).toMatchObject({ code: 'volume.pool-full' })
    await volumes.remove(HOST_REF, at('up.img', 'small'), {})
    await host.exec('mount -o remount,size=24M /srv/small')
    for (const name of ['big.img', 'fits.img']) await volumes.remove(HOST_REF, at(name), {})
  })

  test('pools that are off or not there are named', async () => {
    const { volumes } = await connected()
    expect(await failureOf(volumes.list(HOST_REF, 'nowhere', {}))).toMatchObject({ kind: 'not-found', code: 'volume.pool-not-found' })
    await host.virsh(['pool-define-as', 'off', 'dir', '--target', '/srv/off'])
    expect(await failureOf(volumes.list(HOST_REF, 'off', {}))).toMatchObject({ kind: 'precondition', code: 'volume.pool-off' })
    expect(await failureOf(volumes.find(HOST_REF, at('x', 'off'), {}))).toMatchObject({ code: 'volume.pool-off' })
  })

  test('a copy that is cancelled leaves nothing; until it is gone it is not whole', async () => {
    const { volumes } = await connected()
    await lay('huge.img', randomBytes(32 * MIB))
    // A conversion that has written something and goes no further as long as it is held: it is there for as long as the test looks.
    const held =
      '#!/bin/sh\n[ "$1" = convert ] && { for out; do :; done; head -c 8M /dev/urandom > "$out"; while [ -e /srv/host/hold ]; do sleep 0.02; done; }\n'
    await writeFile(join(host.dir, 'qemu-img'), `${held}exec /srv/host/qemu-img.real "$@"\n`, { mode: 0o755 })
    await host.exec('cp /usr/bin/qemu-img /srv/host/qemu-img.real; touch /srv/host/hold; mount --bind /srv/host/qemu-img /usr/bin/qemu-img')
    onTestFinished(async () => {
      await host.exec('rm -f /srv/host/hold; umount /usr/bin/qemu-img')
    })
    const abort = new AbortController()
    const asked: boolean[] = []
    const making = failureOf(
      volumes.create(
        HOST_REF,
        at('huge.qcow2'),
        { kind: 'copy', format: 'qcow2', from: at('huge.img'), capacityBytes: null },
        {
          signal: abort.signal,
          onProgress: ({ bytesTotal }) => {
            asked.push((bytesTotal ?? 0) >= 32 * MIB)
            abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'no more' }))
          },
        },
      ),
    )
    // Held in the middle, it is there for as long as the test looks.
    expect(await making).toMatchObject({ kind: 'cancelled' })
    expect(asked).toEqual([true])
    expect(await volumes.find(HOST_REF, at('huge.qcow2'), {})).toMatchObject({ isWhole: false })
    expect(await failureOf(volumes.remove(HOST_REF, at('huge.qcow2'), {}))).toMatchObject({ code: 'volume.unfinished' })
    expect(await failureOf(volumes.download(HOST_REF, at('huge.qcow2'), 0, {}))).toMatchObject({ code: 'volume.unfinished' })
    await host.exec('rm /srv/host/hold')
    await until('nothing left', async () => !(await host.exec('ls /var/lib/libvirt/images')).stdout.includes('huge.qcow2'))
    await volumes.remove(HOST_REF, at('huge.img'), {})
  })

  test('the rest of a copy that broke off counts as none, and the next one takes its place', async () => {
    const { volumes } = await connected()
    await lay('source.img', randomBytes(MIB))
    // What a host leaves that dies in the middle.
    await lay('half.qcow2', randomBytes(MIB))
    await lay('half.qcow2.being-made', Buffer.alloc(0))
    await volumes.list(HOST_REF, 'default', {})
    expect(await volumes.find(HOST_REF, at('half.qcow2'), {})).toBeNull()
    await volumes.create(HOST_REF, at('half.qcow2'), { kind: 'copy', format: 'qcow2', from: at('source.img'), capacityBytes: null }, {})
    expect(await volumes.find(HOST_REF, at('half.qcow2'), {})).toMatchObject({ format: 'qcow2', isWhole: true })
    expect((await host.exec('ls /var/lib/libvirt/images')).stdout).not.toContain('being-made')
    for (const name of ['half.qcow2', 'source.img']) await volumes.remove(HOST_REF, at(name), {})
  })

  test('a pool with thousands of files is listed while other calls are answered at once', async () => {
    const { connection, volumes } = await connected()
    await host.exec('mkdir -p /srv/many && cd /srv/many && for n in $(seq 10000); do echo $n > v$n; done', { timeoutMs: 60_000 })
    await host.virsh(['pool-create-as', 'many', 'dir', '--target', '/srv/many'], { timeoutMs: 60_000 })
    const waits: number[] = []
    const over = new AbortController()
    const others = (async () => {
      while (!over.signal.aborted) {
        const begun = performance.now()
        await connection.detail('00000000-0000-4000-8000-000000000001', {})
        waits.push(performance.now() - begun)
      }
    })()
    const begun = performance.now()
    const list = await volumes.list(HOST_REF, 'many', {})
    const tookMs = performance.now() - begun
    over.abort()
    await others
    expect(list.length).toBe(10_000)
    // Behind the refreshing and the reading one of them would wait for most of that time, and there would be few of them.
    expect(waits.toSorted((a, b) => b - a).findIndex((waitMs) => waitMs / tookMs < 0.5)).toBeOneOf([0, 1, 2])
    expect(waits.length).toBeGreaterThan(5)
  })
})
