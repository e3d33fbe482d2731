import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type AwsCloud, startAwsCloud } from '../../../../e2e/lab/clouds/aws/index.ts'
import type { CloudMachineSpec } from '../../../../shared/model/index.ts'
import type { CloudLink } from '../../cloud/index.ts'
import type { DiskExport, DiskImport, ImportDisk, VolumePiece } from '../../provider.ts'
import { linkTest } from '../testing/account.ts'
import { BLOCK_BYTES, isZeros } from './blocks.ts'

const REGION = 'eu-central-1'
const MIB = 1_048_576
const GIB = 1_073_741_824
let cloud: AwsCloud
let link: CloudLink
let into: DiskImport
let out: DiskExport

beforeAll(async () => {
  cloud = await startAwsCloud({ machines: 2, regions: 1, transitionMs: 60 })
  link = await linkTest(cloud, { regions: [REGION] })
  const { images } = link.cloud
  if (!images.into || !images.out) throw new Error('both ways are there')
  into = images.into
  out = images.out
})
afterEach(() => cloud.faults.clear())
afterAll(async () => {
  await link.close()
  await cloud.stop()
})

const region = () => cloud.world.region(REGION)
const disk = (sizeBytes: number, more: Partial<ImportDisk> = {}): ImportDisk => ({
  target: 'vda',
  sizeBytes,
  isBoot: true,
  isUefi: false,
  isWindows: false,
  name: 'web-01',
  ...more,
})
const spec = (more: Partial<CloudMachineSpec> = {}): CloudMachineSpec => ({
  name: 'web-01',
  zone: null,
  type: 't3.small',
  imageId: 'none',
  subnetId: null,
  groupIds: [],
  publicAddress: false,
  keyName: null,
  sshKey: null,
  user: null,
  tags: [],
  ...more,
})

/** 20 MiB and a bit: bytes, holes, zeros that are written out, a block that is half hole, an end that is no whole block. */
function holedDisk(): Buffer {
  const bytes = Buffer.alloc(20 * MIB + 4_608)
  randomBytes(3 * MIB + 17).copy(bytes, 0)
  randomBytes(700).copy(bytes, 9 * MIB + 12_345)
  randomBytes(2 * MIB).copy(bytes, 15 * MIB - 99)
  randomBytes(4_608).copy(bytes, 20 * MIB)
  return bytes
}

/** Holes as holes, the rest in pieces of odd sizes. */
async function* piecesOf(bytes: Buffer, pieceBytes = 300_007): AsyncGenerator<VolumePiece> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    const piece = bytes.subarray(at, at + pieceBytes)
    await Promise.resolve()
    yield isZeros(piece) ? { zeros: piece.length } : piece
  }
}

async function readAll(handle: string, offset: number, length: number): Promise<{ readonly bytes: Buffer; readonly sent: number }> {
  const parts: Buffer[] = []
  let sent = 0
  for await (const piece of out.read(handle, offset, length, {})) {
    if (piece instanceof Uint8Array) sent += piece.length
    parts.push(piece instanceof Uint8Array ? Buffer.from(piece) : Buffer.alloc(piece.zeros))
  }
  return { bytes: Buffer.concat(parts), sent }
}

/** A whole disk in one window. */
async function sendAll(bytes: Buffer, token: string, more: Partial<ImportDisk> = {}): Promise<string> {
  const handle = await into.begin(REGION, disk(bytes.length, more), token, {})
  await into.complete(handle, await into.write(handle, 0, piecesOf(bytes), {}), {})
  return handle
}

const snapshotIn = (handle: string) => region().snapshots.get(handle.split('/')[1] ?? '')

test('a disk with holes goes in, becomes a machine, and comes out again, byte for byte', async () => {
  const bytes = holedDisk()
  const handle = await sendAll(bytes, 'round-disk')
  // what is nothing but zeros was not sent: of 41 blocks those with a byte in them
  const full = Array.from({ length: 41 }, (_, at) => bytes.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES)).filter(
    (block) => !isZeros(block),
  )
  expect(cloud.faults.count('PutSnapshotBlock')).toBe(full.length)
  expect(full.length).toBeLessThan(16)
  const machine = { spec: spec(), isUefi: false, isWindows: false, disks: [{ handle, target: 'vda', sizeBytes: bytes.length }] }
  const ref = await into.assemble(REGION, machine, 'round-machine', {})
  await into.tidy(handle, 'round-machine', {})
  expect(region().snapshots.size).toBe(0)
  expect([...region().images.values()].filter(({ owner }) => owner === cloud.world.account)).toEqual([])
  const [volume] = [...(cloud.world.machine(ref)?.disks.values() ?? [])]
  const exported = await out.begin(ref, volume?.volumeId ?? '', 'round-out', {})
  expect(exported.sizeBytes).toBe(GIB)
  const head = await readAll(exported.handle, 0, 64 * MIB)
  expect(head.bytes.length).toBe(64 * MIB)
  expect(head.bytes.subarray(0, bytes.length).equals(bytes)).toBe(true)
  expect(isZeros(head.bytes.subarray(bytes.length))).toBe(true)
  expect(head.sent).toBe(full.length * BLOCK_BYTES)
  // from the middle of a block to the middle of another, and beyond the end
  const middle = await readAll(exported.handle, 9 * MIB + 12_000, 7 * MIB)
  expect(middle.bytes.equals(bytes.subarray(9 * MIB + 12_000, 16 * MIB + 12_000))).toBe(true)
  expect((await readAll(exported.handle, GIB - MIB, 5 * MIB)).bytes.length).toBe(MIB)
  await out.discard(exported.handle, {})
  await out.discard(exported.handle, {})
  expect(region().snapshots.size).toBe(0)
})

test('a window that is written twice has the bytes of the last time; each block counts once', async () => {
  const handle = await into.begin(REGION, disk(4 * MIB), 'twice', {})
  const first = randomBytes(4 * MIB)
  expect(await into.write(handle, 0, piecesOf(first), {})).toBe(8)
  const second = Buffer.concat([Buffer.alloc(MIB), randomBytes(MIB), Buffer.alloc(2 * MIB)])
  // zeros have to be sent now
  const blocks = await into.write(handle, 0, piecesOf(second), { isAgain: true })
  expect(blocks).toBe(8)
  await into.complete(handle, blocks, {})
  await into.complete(handle, blocks, {})
  expect((await readAll(handle, 0, 4 * MIB)).bytes.equals(second)).toBe(true)
  await into.discard(handle, {})
})

test('a console that ends in the middle of a window: what another has in its journal is enough to go on', async () => {
  const bytes = Buffer.concat([randomBytes(2 * MIB), Buffer.alloc(MIB), randomBytes(MIB)])
  const handle = await into.begin(REGION, disk(bytes.length), 'crash', {})
  const crash = new AbortController()
  async function* broken(): AsyncGenerator<VolumePiece> {
    yield bytes.subarray(0, MIB)
    await new Promise<void>((resolve) => {
      const look = () => (snapshotIn(handle)?.blocks.size === 2 ? resolve() : setImmediate(look))
      look()
    })
    crash.abort()
    yield bytes.subarray(MIB)
  }
  await expect(into.write(handle, 0, broken(), { signal: crash.signal })).rejects.toMatchObject({ kind: 'cancelled' })
  const other = await linkTest(cloud, { regions: [REGION] })
  try {
    const again = other.cloud.images.into
    if (!again) throw new Error('it is there')
    expect(await again.begun(REGION, 'crash', {})).toBe(handle)
    const blocks = await again.write(handle, 0, piecesOf(bytes), { isAgain: true })
    expect(blocks).toBe(8)
    await again.complete(handle, blocks, {})
  } finally {
    await other.close()
  }
  expect((await readAll(handle, 0, bytes.length)).bytes.equals(bytes)).toBe(true)
  await into.discard(handle, {})
})

test('throttled, reset, with lost answers, blocks arrive all the same', async () => {
  const bytes = randomBytes(8 * MIB)
  const handle = await into.begin(REGION, disk(bytes.length), 'rough', {})
  cloud.faults.add({ operation: 'PutSnapshotBlock', after: 1, times: 1, fault: { do: 'throttle' } })
  cloud.faults.add({ operation: 'PutSnapshotBlock', after: 4, times: 1, fault: { do: 'lose-reply' } })
  cloud.faults.add({ operation: 'PutSnapshotBlock', after: 6, times: 1, fault: { do: 'reset' } })
  // a snapshot that was just begun is not known everywhere
  const fresh = { do: 'error', status: 404, code: 'ResourceNotFoundException', message: 'The snapshot does not exist.' } as const
  cloud.faults.add({ operation: 'PutSnapshotBlock', after: 8, times: 2, fault: fresh })
  const blocks = await into.write(handle, 0, piecesOf(bytes), {})
  expect(blocks).toBe(16)
  await into.complete(handle, blocks, {})
  cloud.faults.add({ operation: 'GetSnapshotBlock', after: 2, times: 1, fault: { do: 'half-reply' } })
  cloud.faults.add({ operation: 'ListSnapshotBlocks', times: 1, fault: { do: 'reset' } })
  expect((await readAll(handle, 0, bytes.length)).bytes.equals(bytes)).toBe(true)
  await into.discard(handle, {})
})

test('tokens of blocks that expire while they are read are asked for anew', async () => {
  const bytes = randomBytes(2 * MIB)
  const handle = await sendAll(bytes, 'expiring')
  cloud.world.blockTokenMs = -1
  const before = cloud.faults.count('ListSnapshotBlocks')
  const reading = readAll(handle, 0, bytes.length)
  while (cloud.faults.count('ListSnapshotBlocks') === before) await new Promise<void>((resolve) => setImmediate(resolve))
  cloud.world.blockTokenMs = 60_000
  expect((await reading).bytes.equals(bytes)).toBe(true)
  expect(cloud.faults.count('ListSnapshotBlocks')).toBeGreaterThan(before + 1)
  await into.discard(handle, {})
})

test('a lost answer of the beginning leaves one snapshot, which its token finds; the same token begins nothing else', async () => {
  cloud.faults.add({ operation: 'StartSnapshot', times: 1, fault: { do: 'lose-reply' } })
  await expect(into.begin(REGION, disk(MIB), 'lost', {})).rejects.toMatchObject({ kind: 'indeterminate' })
  const handle = await into.begun(REGION, 'lost', {})
  expect(handle).not.toBeNull()
  expect(await into.begin(REGION, disk(MIB), 'lost', {})).toBe(handle)
  expect(region().snapshots.size).toBe(1)
  await into.discard(handle ?? '', {})
  expect(await into.begun(REGION, 'lost', {})).toBeNull()
  await into.discard(handle ?? '', {})
})

test('begun again after it was discarded, of the same size or another, it is a new one, and that is found', async () => {
  const first = await into.begin(REGION, disk(MIB), 'again', {})
  await into.discard(first, {})
  const second = await into.begin(REGION, disk(MIB), 'again', {})
  expect(second).not.toBe(first)
  expect(await into.begun(REGION, 'again', {})).toBe(second)
  expect(await into.write(second, 0, piecesOf(randomBytes(MIB)), {})).toBe(2)
  await into.discard(second, {})
  const larger = await into.begin(REGION, disk(2 * GIB), 'again', {})
  expect(snapshotIn(larger)?.sizeGb).toBe(2)
  await into.discard(larger, {})
})

test('an answer of the end that is lost: said again, it is done; a wrong number of blocks is refused in the cloud’s own words', async () => {
  const handle = await into.begin(REGION, disk(MIB), 'end', {})
  const blocks = await into.write(handle, 0, piecesOf(randomBytes(MIB)), {})
  await expect(into.complete(handle, blocks + 1, {})).rejects.toMatchObject({ kind: 'invalid-input', code: 'aws.refused-value' })
  cloud.faults.add({ operation: 'CompleteSnapshot', times: 1, fault: { do: 'lose-reply' } })
  await expect(into.complete(handle, blocks, {})).rejects.toMatchObject({ kind: 'indeterminate' })
  // it is sealed already and not completed yet: the cloud refuses to do it again
  await into.complete(handle, blocks, {})
  expect(cloud.faults.count('CompleteSnapshot')).toBeGreaterThan(2)
  await into.discard(handle, {})
})

test('a quota, a permission that is missing, a snapshot that was given up: each is told as what it is', async () => {
  const handle = await into.begin(REGION, disk(MIB), 'refused', {})
  const bytes = randomBytes(MIB)
  const write = () => into.write(handle, 0, piecesOf(bytes), {})
  const undo = cloud.faults.add({ operation: 'PutSnapshotBlock', fault: { do: 'deny' } })
  await expect(write()).rejects.toMatchObject({ kind: 'forbidden', details: { permission: 'ebs:PutSnapshotBlock' } })
  undo()
  const quota = { do: 'error', status: 402, code: 'ServiceQuotaExceededException', message: 'Too many pending snapshots.' } as const
  const raise = cloud.faults.add({ operation: 'PutSnapshotBlock', fault: quota })
  await expect(write()).rejects.toMatchObject({ kind: 'exhausted', code: 'cloud.quota' })
  raise()
  const snapshot = snapshotIn(handle)
  if (!snapshot) throw new Error('it was begun')
  snapshot.writtenAtMs -= 4 * 86_400_000
  await expect(write()).rejects.toMatchObject({ kind: 'precondition', code: 'aws.snapshot-failed' })
  await expect(into.complete(handle, 0, {})).rejects.toMatchObject({ kind: 'precondition', code: 'aws.snapshot-failed' })
  await into.discard(handle, {})
  expect(region().snapshots.size).toBe(0)
})

test('two disks make one machine, however often it is asked for, and with answers that are lost', async () => {
  const [boot, data] = [randomBytes(MIB), randomBytes(2 * MIB)]
  const handles = [await sendAll(boot, 'two-a'), await sendAll(data, 'two-b', { target: 'vdb', isBoot: false })]
  const disks = handles.map((handle, at) => ({ handle, target: at === 0 ? 'vda' : 'vdb', sizeBytes: 2 * MIB }))
  const machine = { spec: spec({ name: 'db/01 ü' }), isUefi: true, isWindows: false, disks }
  expect(await into.assembled(REGION, 'two', {})).toBeNull()
  cloud.faults.add({ operation: 'RegisterImage', times: 1, fault: { do: 'lose-reply' } })
  await expect(into.assemble(REGION, machine, 'two', {})).rejects.toMatchObject({ kind: 'indeterminate' })
  cloud.faults.add({ operation: 'RunInstances', times: 1, fault: { do: 'lose-reply' } })
  await expect(into.assemble(REGION, machine, 'two', {})).rejects.toMatchObject({ kind: 'indeterminate' })
  const ref = await into.assembled(REGION, 'two', {})
  expect(ref).not.toBeNull()
  expect(await into.assemble(REGION, machine, 'two', {})).toBe(ref)
  const made = cloud.world.machine(ref ?? '')
  expect([...region().instances.values()].filter(({ clientToken }) => clientToken === 'two').length).toBe(1)
  const own = [...region().images.values()].filter(({ owner }) => owner === cloud.world.account)
  expect(own.map(({ bootMode, arch }) => [bootMode, arch])).toEqual([['uefi', 'x86_64']])
  const volumes = [...(made?.disks ?? [])].map(([device, { volumeId, deleteOnTermination }]) => {
    const first = region().volumes.get(volumeId)?.blocks.get(0) ?? Buffer.alloc(0)
    return [device, deleteOnTermination, first.equals((device === '/dev/sda1' ? boot : data).subarray(0, BLOCK_BYTES))]
  })
  expect(volumes).toEqual([
    ['/dev/sda1', true, true],
    ['/dev/sdf', false, true],
  ])
  // the machine's own disks stay as they are
  for (const handle of handles) await into.tidy(handle, 'two', {})
  for (const handle of handles) await into.tidy(handle, 'two', {})
  expect(region().snapshots.size).toBe(0)
  expect([...(made?.disks.values() ?? [])].every(({ volumeId }) => region().volumes.has(volumeId))).toBe(true)
})

test('a machine that ends at once is none: that is told in AWS’s own words, and nothing is left of it', async () => {
  const handle = await sendAll(randomBytes(MIB), 'ends')
  const machine = { spec: spec(), isUefi: false, isWindows: false, disks: [{ handle, target: 'vda', sizeBytes: MIB }] }
  cloud.faults.add({ operation: 'RunInstances', times: 1, fault: { do: 'lose-reply' } })
  await expect(into.assemble(REGION, machine, 'ends-machine', {})).rejects.toMatchObject({ kind: 'indeterminate' })
  cloud.world.setState((await into.assembled(REGION, 'ends-machine', {})) ?? '', 'terminated', 'spot')
  expect(await into.assembled(REGION, 'ends-machine', {})).toBeNull()
  await expect(into.assemble(REGION, machine, 'ends-machine', {})).rejects.toMatchObject({
    kind: 'remote-failure',
    code: 'aws.ended-at-launch',
    details: { said: 'Server.SpotInstanceTermination: Instance terminated due to spot price' },
  })
  await into.discard(handle, {})
  expect(region().snapshots.size).toBe(0)
})

test('discarded after its image was made nothing is left; an image of somebody else’s keeps its snapshot', async () => {
  const handle = await sendAll(randomBytes(MIB), 'dropped')
  const machine = {
    spec: spec({ type: 'nowhere.large' }),
    isUefi: false,
    isWindows: false,
    disks: [{ handle, target: 'vda', sizeBytes: MIB }],
  }
  await expect(into.assemble(REGION, machine, 'dropped-machine', {})).rejects.toMatchObject({ kind: 'invalid-input' })
  const snapshotId = handle.split('/')[1] ?? ''
  const foreign = region().addImage({
    name: 'mine',
    owner: cloud.world.account,
    platform: null,
    disks: [{ device: '/dev/xvda', snapshotId, sizeGb: 1, deleteOnTermination: true }],
  })
  await expect(into.discard(handle, {})).rejects.toMatchObject({ kind: 'conflict', code: 'aws.in-use' })
  expect([...region().images.values()].filter(({ owner }) => owner === cloud.world.account)).toEqual([foreign])
  region().images.delete(foreign.id)
  await into.discard(handle, {})
  expect(region().snapshots.size).toBe(0)
})

test('an answer of the copy that is lost: with the same token it is that copy', async () => {
  const ref = cloud.world.runningRef
  const [root] = [...(cloud.world.machine(ref)?.disks.values() ?? [])]
  cloud.faults.add({ operation: 'CreateSnapshot', times: 1, fault: { do: 'lose-reply' } })
  await expect(out.begin(ref, root?.volumeId ?? '', 'out-lost', {})).rejects.toMatchObject({ kind: 'indeterminate' })
  const { handle } = await out.begin(ref, root?.volumeId ?? '', 'out-lost', {})
  expect(region().snapshots.size).toBe(1)
  // never written: nothing but zeros, and nothing is fetched
  const all = await readAll(handle, 0, 4 * MIB)
  expect([all.sent, all.bytes.length]).toEqual([0, 4 * MIB])
  // one that AWS gave up is of no use to anybody
  Object.assign(snapshotIn(handle) ?? {}, { completesAtMs: null, timeoutMs: 0 })
  const another = await out.begin(ref, root?.volumeId ?? '', 'out-lost', {})
  expect(another.handle).not.toBe(handle)
  expect(region().snapshots.size).toBe(1)
  await out.discard(another.handle, {})
})

test('a copy of which the list did not yet know when it was asked for again is taken away with the other', async () => {
  const ref = cloud.world.runningRef
  const [root] = [...(cloud.world.machine(ref)?.disks.values() ?? [])]
  const { handle } = await out.begin(ref, root?.volumeId ?? '', 'twin-out', {})
  const made = snapshotIn(handle)
  if (!made) throw new Error('it is there')
  const also = (id: string, more: Partial<typeof made> = {}) => region().snapshots.set(id, { ...made, id, ...more })
  also('snap-0twin')
  also('snap-0other', { tags: new Map([...made.tags, ['novacron:request', 'another']]) })
  also('snap-0copy', { volumeId: 'vol-ffffffff' })
  await out.discard(handle, {})
  expect([...region().snapshots.keys()]).toEqual(['snap-0other', 'snap-0copy'])
  region().snapshots.clear()
})
