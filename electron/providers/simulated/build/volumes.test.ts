import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import { type ActProgress, CANCELLED_BY_PERSON, type ProviderConnection, type VolumeKeeper } from '../../provider.ts'
import { IMAGE } from '../testing/builds.ts'
import { createPeer, type Peer } from '../testing/peer.ts'
import { VolumeBytes } from './volume-bytes.ts'

const HOST = 'kvm-gdn-001'
const COPY = { kind: 'copy', format: 'qcow2', from: IMAGE, capacityBytes: null } as const
const PLACE = { pool: 'default', volume: 'new.qcow2' }

function volumesOf(connection: ProviderConnection): VolumeKeeper {
  if (!connection.volumes) throw new Error('no volumes')
  return connection.volumes
}

async function start(
  input: Parameters<typeof createPeer>[0] = {},
): Promise<{ peer: Peer; connection: ProviderConnection; volumes: VolumeKeeper }> {
  const peer = createPeer({ hosts: 2, machines: 20, ...input })
  const connection = await peer.connect()
  return { peer, connection, volumes: volumesOf(connection) }
}

function pause(peer: Peer, ms: number): Promise<void> {
  return new Promise<void>((resolve) => void peer.clock.after(ms, resolve))
}

test('the same seed has the same volumes, their bytes too', async () => {
  const lists = await Promise.all(
    [1, 2].map(async () => {
      const { volumes } = await start({ machines: 100 })
      const { channel } = await volumes.download(HOST, IMAGE, 1_000_000, {})
      const bytes = await channel.read()
      channel.close()
      return { list: await volumes.list(HOST, 'default', {}), iso: await volumes.list(HOST, 'iso', {}), bytes }
    }),
  )
  expect(lists[0]).toEqual(lists[1])
  expect(lists[0]?.list.some(({ usedBy }) => usedBy.length > 0)).toBe(true)
  expect(lists[0]?.iso.every(({ format }) => format === 'iso')).toBe(true)
})

test('a copy takes its time, tells how far it is and is not whole meanwhile', async () => {
  const { peer, volumes } = await start()
  const told: ActProgress[] = []
  const begunMs = peer.clock.nowMs()
  const made = volumes.create(HOST, PLACE, COPY, { onProgress: (progress) => told.push(progress) })
  await pause(peer, 400)
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ isWhole: false })
  await expect(volumes.create(HOST, { pool: 'default', volume: 'of-it' }, { ...COPY, from: PLACE }, {})).rejects.toMatchObject({
    code: 'volume.unfinished',
  })
  await made
  expect(peer.clock.nowMs() - begunMs).toBeGreaterThan(700)
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ isWhole: true, allocationBytes: 346e6 })
  const fractions = told.map(({ fraction = -1 }) => fraction)
  expect(fractions).toEqual(fractions.toSorted((a, b) => a - b))
  expect(fractions.at(-1)).toBe(1)
  expect(told.every(({ bytesTotal }) => bytesTotal === 346e6)).toBe(true)
})

test('a copy that a person gives up is taken away; one that nobody waits for any more goes on', async () => {
  const { peer, volumes } = await start()
  const abort = new AbortController()
  const given = volumes.create(HOST, PLACE, COPY, { signal: abort.signal })
  await pause(peer, 300)
  abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' }))
  await expect(given).rejects.toMatchObject({ kind: 'cancelled' })
  await pause(peer, 2_000)
  expect(await volumes.find(HOST, PLACE, {})).toBeNull()

  const closing = new AbortController()
  const left = volumes.create(HOST, PLACE, COPY, { signal: closing.signal })
  await pause(peer, 300)
  closing.abort(new Error('the console closes'))
  await expect(left).rejects.toMatchObject({ kind: 'cancelled' })
  await pause(peer, 2_000)
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ isWhole: true })
})

test('a link that is cut ends uploads and downloads; the copy at the host goes on', async () => {
  const { peer, volumes } = await start()
  await volumes.create(HOST, PLACE, { kind: 'empty', format: 'raw', capacityBytes: 100_000 }, {})
  const writer = await volumes.upload(HOST, PLACE, 0, 100_000, {})
  const { channel } = await volumes.download(HOST, IMAGE, 0, {})
  const copy = volumes.create(HOST, { pool: 'default', volume: 'copy' }, COPY, {})
  await writer.write(new Uint8Array(10_000).fill(7))
  await pause(peer, 300)
  peer.controls.cutLink()
  await expect(copy).rejects.toMatchObject({ kind: 'indeterminate' })
  await expect(writer.write(new Uint8Array(1))).rejects.toMatchObject({ kind: 'unreachable' })
  await expect(writer.finish()).rejects.toMatchObject({ kind: 'unreachable' })
  await expect(channel.read()).rejects.toMatchObject({ kind: 'unreachable' })
  peer.controls.restore()
  await pause(peer, 2_000)
  const again = volumesOf(await peer.connect())
  expect(await again.find(HOST, { pool: 'default', volume: 'copy' }, {})).toMatchObject({ isWhole: true })
})

test('a change whose answer is lost is indeterminate, and was made', async () => {
  const { peer, connection, volumes } = await start()
  peer.controls.dropReplies(1)
  await expect(volumes.create(HOST, PLACE, COPY, {})).rejects.toMatchObject({ kind: 'indeterminate' })
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ isWhole: true })
  expect(connection.builder).not.toBeNull()
})

test('the host downloads an image; what is not there, or another than expected, leaves nothing', async () => {
  const { volumes } = await start()
  const url = 'https://cloud.example.org/debian-12.qcow2'
  await volumes.fetch(HOST, PLACE, { url, sha256: 'ab'.repeat(32) }, {})
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ format: 'qcow2', isWhole: true })
  const other = { pool: 'default', volume: 'other.iso' }
  const fetching = (from: string, sha256: string | null = null) => volumes.fetch(HOST, other, { url: from, sha256 }, {})
  await expect(fetching('https://cloud.example.org/missing.iso')).rejects.toMatchObject({
    code: 'volume.fetch-failed',
    remote: { message: expect.stringContaining('404') },
  })
  await expect(fetching('http://nobody.invalid/a.iso')).rejects.toMatchObject({ code: 'volume.fetch-failed' })
  await expect(fetching(url, '0'.repeat(64))).rejects.toMatchObject({ kind: 'conflict', code: 'volume.checksum' })
  expect(await volumes.find(HOST, other, {})).toBeNull()
})

test('an appliance is converted, and a CD is not', async () => {
  const { volumes } = await start()
  const from = { path: '/srv/import/appliance.vmdk' }
  await volumes.convert(HOST, PLACE, { from, sourceFormat: null, format: 'qcow2' }, {})
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ format: 'qcow2', isWhole: true })
  const other = { pool: 'default', volume: 'other' }
  for (const source of [{ pool: 'iso', volume: 'virtio-win-0.1.271.iso' }, { path: '/etc/passwd' }]) {
    await expect(volumes.convert(HOST, other, { from: source, sourceFormat: null, format: 'raw' }, {})).rejects.toMatchObject({
      kind: 'invalid-input',
      code: 'volume.not-an-image',
    })
  }
})

test('an overlay is converted with what it is built on for its own machine only', async () => {
  const { volumes } = await start()
  const over = { pool: 'default', volume: 'over.qcow2' }
  await volumes.create(HOST, over, { kind: 'linked', from: IMAGE, capacityBytes: null }, {})
  const source = { from: over, sourceFormat: null, format: 'vmdk' }
  await expect(volumes.convert(HOST, PLACE, source, {})).rejects.toMatchObject({ code: 'volume.not-an-image' })
  await volumes.convert(HOST, PLACE, { ...source, isOwnDisk: true }, {})
  expect(await volumes.find(HOST, PLACE, {})).toMatchObject({ format: 'vmdk', backingPath: null, isWhole: true })
  // what comes in again with a package has to be what its manifest says, though hardly a byte is kept
  const { channel, sizeBytes } = await volumes.download(HOST, PLACE, 0, {})
  expect(sizeBytes).toBeLessThan(8 * 2 ** 20)
  expect((await channel.read())?.every((byte) => byte === 0)).toBe(true)
})

test('a pool of block devices takes raw volumes only', async () => {
  const { volumes } = await start()
  const place = { pool: 'ceph-vm', volume: 'new' }
  await expect(volumes.create(HOST, place, COPY, {})).rejects.toMatchObject({ kind: 'unsupported', code: 'volume.format-not-here' })
  await volumes.create(HOST, place, { ...COPY, format: 'raw' }, {})
  expect(await volumes.find('kvm-gdn-002', place, {})).toMatchObject({ format: 'raw', path: 'ceph-vm/new' })
})

test('of a large upload little is kept, and what is kept is true', async () => {
  const bytes = new VolumeBytes(64 * 2 ** 20, 3, false)
  const piece = Uint8Array.from({ length: 65_536 }, (_, at) => (at % 251) + 1)
  for (let offset = 0; offset < bytes.size; offset += piece.length) bytes.write(offset, piece)
  expect(bytes.read(0, piece.length)).toEqual(piece)
  expect(bytes.read(1_000_000, 500)).toEqual(bytes.read(1_000_000, 500))
  expect(bytes.read(bytes.size - 10, 100).length).toBe(10)
})
