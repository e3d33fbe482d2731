import { randomBytes } from 'node:crypto'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { constants, type LibvirtHost, openHost, type StoragePoolRef, type StorageVolRef } from './index.ts'
import { rejection } from './testing/fake-client.ts'
import { describeWithLibvirtd, type PrivateLibvirtd, startPrivateLibvirtd } from './testing/private-libvirtd.ts'

const MIB = 1_048_576

describeWithLibvirtd('volumes through a real storage driver', () => {
  let daemon: PrivateLibvirtd
  let host: LibvirtHost
  let pool: StoragePoolRef

  beforeAll(async () => {
    daemon = await startPrivateLibvirtd()
    const path = join(daemon.folder, 'pool')
    mkdirSync(path)
    if (process.getuid?.() === 0) chownSync(path, 65_534, 65_534)
    host = await openHost({ uri: 'qemu:///session', daemons: 'monolithic', open: () => daemon.open() })
    const xml = `<pool type='dir'><name>streams</name><target><path>${path}</path></target></pool>`
    pool = (await host.call('storagePoolCreateXml', { xml })).pool
  })

  afterAll(async () => {
    await host.close()
    await daemon.stop()
  })

  async function createVolume(name: string, bytes: number): Promise<StorageVolRef> {
    const xml = `<volume><name>${name}</name><capacity>${bytes}</capacity><allocation>0</allocation><target><format type='raw'/></target></volume>`
    return (await host.call('storageVolCreateXml', { pool, xml })).vol
  }

  async function download(vol: StorageVolRef): Promise<Buffer> {
    const { stream } = await host.openStream('storageVolDownload', { vol, offset: 0n, length: 0n })
    const chunks: Buffer[] = []
    for await (const bytes of stream.bytes()) chunks.push(bytes)
    await stream.finish()
    return Buffer.concat(chunks)
  }

  test('what is uploaded is what is downloaded', async () => {
    const bytes = randomBytes(24 * MIB + 4_096)
    const vol = await createVolume('plain.img', bytes.length)
    const { stream } = await host.openStream('storageVolUpload', { vol, offset: 0n, length: BigInt(bytes.length) })
    await stream.write(bytes)
    await stream.finish()
    expect((await download(vol)).equals(bytes)).toBe(true)
    // The shared one, the one for long changes such as making a volume, and at most one stream's that is being closed.
    expect(host.stats.connections).toBeLessThanOrEqual(3)
  })

  test('holes are sent as holes, both ways', async () => {
    const size = 32 * MIB
    const vol = await createVolume('sparse.img', size)
    const data = randomBytes(MIB)
    const upload = await host.openStream('storageVolUpload', {
      vol,
      offset: 0n,
      length: BigInt(size),
      flags: constants.VIR_STORAGE_VOL_UPLOAD_SPARSE_STREAM,
    })
    await upload.stream.writeHole(BigInt(8 * MIB))
    await upload.stream.write(data)
    await upload.stream.writeHole(BigInt(size - 9 * MIB))
    await upload.stream.finish()
    const before = host.stats.bytesRead
    const flags = constants.VIR_STORAGE_VOL_DOWNLOAD_SPARSE_STREAM
    const { stream } = await host.openStream('storageVolDownload', { vol, offset: 0n, length: 0n, flags })
    const pieces: string[] = []
    const chunks: Buffer[] = []
    for await (const piece of stream) {
      if (piece.type === 'data') chunks.push(piece.bytes)
      else pieces.push(`${piece.length / BigInt(MIB)} MiB`)
    }
    expect(pieces).toEqual(['8 MiB', '23 MiB'])
    expect(Buffer.concat(chunks).equals(data)).toBe(true)
    await stream.finish()
    expect(host.stats.bytesRead - before).toBeLessThan(2 * MIB)
  })

  test('an upload that does not fit fails with the daemon’s words', async () => {
    const vol = await createVolume('small.img', MIB)
    const { stream } = await host.openStream('storageVolUpload', { vol, offset: 0n, length: BigInt(4_096) })
    const failure = await rejection(
      (async () => {
        await stream.write(randomBytes(MIB))
        await stream.finish()
      })(),
    )
    expect(failure).toMatchObject({ name: 'LibvirtError', sent: true })
  })

  test('a download that is broken off leaves the daemon usable', async () => {
    const vol = await createVolume('broken.img', 64 * MIB)
    const { stream } = await host.openStream('storageVolDownload', { vol, offset: 0n, length: 0n }, { dedicated: false })
    expect((await stream.read())?.type).toBe('data')
    stream.abort()
    expect((await host.call('storageVolGetInfo', { vol })).capacity).toBe(BigInt(64 * MIB))
    expect(host.closeReason).toBeUndefined()
  })
})
