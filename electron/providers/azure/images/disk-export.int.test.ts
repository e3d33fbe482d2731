import { randomBytes } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { failure } from '../../conformance/fixture.ts'
import type { VolumePiece } from '../../provider.ts'
import { idOf } from '../ids.ts'
import { nameFor } from './handles.ts'
import { DiskBench, firstDifference, holed, joined, MIB } from './testing/disk-bench.ts'

let bench: DiskBench

beforeAll(async () => {
  bench = await DiskBench.start()
})
afterAll(() => bench.stop())
beforeEach(() => bench.open())
afterEach(() => bench.close())

it('a disk is read byte for byte, its holes as zeros, whatever is written to it meanwhile', async () => {
  const bytes = holed()
  const { ref, diskId } = await bench.machineWith(bytes, 'out-a')
  bench.cloud.blobs.rangesAtOnce = 1
  const frozen = await bench.out.begin(ref, diskId, 'frozen-a', {})
  expect(frozen.sizeBytes).toBe(20 * MIB)
  bench.world.blobs.of(diskId, 0).write(0, randomBytes(MIB))
  let zeros = 0
  async function* counted(): AsyncGenerator<VolumePiece> {
    for (let at = 0; at < frozen.sizeBytes; at += 7 * MIB) {
      for await (const piece of bench.out.read(frozen.handle, at, 7 * MIB, {})) {
        if (!(piece instanceof Uint8Array)) zeros += piece.zeros
        yield piece
      }
    }
  }
  expect(firstDifference(await joined(counted()), bytes)).toBeNull()
  expect(zeros).toBeGreaterThan(12 * MIB)
  bench.cloud.blobs.rangesAtOnce = 10_000
  expect(await bench.out.begin(ref, diskId, 'frozen-a', {})).toEqual(frozen)
  expect([...bench.world.snapshots.values()].filter(({ tags }) => Object.values(tags).includes('frozen-a'))).toHaveLength(1)
  await bench.out.discard(frozen.handle, {})
  await bench.out.discard(frozen.handle, {})
  expect([...bench.world.snapshots.values()]).toEqual([])
})

it('parts that begin and end anywhere, and beyond the end nothing', async () => {
  const bytes = holed()
  const { ref, diskId } = await bench.machineWith(bytes, 'out-parts')
  const { handle } = await bench.out.begin(ref, diskId, 'frozen-parts', {})
  const part = (offset: number, length: number) => joined(bench.out.read(handle, offset, length, {}))
  expect(firstDifference(await part(1_001, 5_000), bytes.subarray(1_001, 6_001))).toBeNull()
  expect(firstDifference(await part(20 * MIB - 10, MIB), bytes.subarray(20 * MIB - 10))).toBeNull()
  expect(firstDifference(await part(20 * MIB, MIB), Buffer.alloc(0))).toBeNull()
  await bench.out.discard(handle, {})
})

it('bytes that were damaged on their way are read again, and refused when they always are', async () => {
  const bytes = holed()
  const { ref, diskId } = await bench.machineWith(bytes, 'out-damaged')
  const { handle, sizeBytes } = await bench.out.begin(ref, diskId, 'frozen-damaged', {})
  bench.cloud.blobs.damaged = 2
  expect(firstDifference(await joined(bench.out.read(handle, 0, sizeBytes, {})), bytes)).toBeNull()
  bench.cloud.blobs.damaged = Number.POSITIVE_INFINITY
  const always = joined(bench.out.read(handle, 0, sizeBytes, {}))
  expect((await failure(always, 'remote-failure')).code).toBe('azure.bytes-damaged')
  await bench.out.discard(handle, {})
})

it('links that run out between two parts', async () => {
  const bytes = holed()
  const { ref, diskId } = await bench.machineWith(bytes, 'out-expiry')
  const { handle, sizeBytes } = await bench.out.begin(ref, diskId, 'frozen-expiry', {})
  async function* expiring(): AsyncGenerator<VolumePiece> {
    for await (const piece of bench.out.read(handle, 0, sizeBytes, {})) {
      yield piece
      bench.world.blobs.expire()
    }
  }
  expect(firstDifference(await joined(expiring()), bytes)).toBeNull()
  await bench.out.discard(handle, {})
})

it('a copy that becomes another one is not mixed with what it was', async () => {
  const { ref, diskId } = await bench.machineWith(holed(), 'out-changed')
  const { handle, sizeBytes } = await bench.out.begin(ref, diskId, 'frozen-changed', {})
  const [snapshot] = [...bench.world.snapshots.keys()]
  async function read(): Promise<void> {
    for await (const _ of bench.out.read(handle, 0, sizeBytes, {})) bench.world.blobs.of(snapshot ?? '', 0).write(0, randomBytes(512))
  }
  expect((await failure(read(), 'conflict')).code).toBe('azure.disk-changed')
  await bench.out.discard(handle, {})
})

it('a copy is as open to the network as its disk, and no more', async () => {
  const { ref, diskId } = await bench.machineWith(holed(), 'out-private')
  const closed = { networkAccessPolicy: 'AllowAll', publicNetworkAccess: 'Disabled' }
  Object.assign(bench.world.disks.get(diskId.toLowerCase()) ?? {}, { properties: closed })
  const { handle } = await bench.out.begin(ref, diskId, 'frozen-private', {})
  expect([...bench.world.snapshots.values()].map(({ properties }) => properties)).toEqual([closed])
  await bench.out.discard(handle, {})
})

it('a snapshot that Azure could not make is taken away at once, as nobody could discard it', async () => {
  const { ref, diskId } = await bench.machineWith(holed(), 'out-failing')
  const id = diskId.replace(/disks\/.*$/, `snapshots/${nameFor(idOf(diskId).name, 'frozen-failing')}`)
  bench.world.failNext(id, { code: 'InternalExecutionError', message: 'An internal execution error occurred.' })
  expect((await failure(bench.out.begin(ref, diskId, 'frozen-failing', {}), 'remote-failure')).code).toBe('cloud.failed-there')
  await expect.poll(() => bench.world.snapshots.size).toBe(0)
})

it('a disk that is gone, and a handle that is none', async () => {
  const { ref, diskId } = await bench.machineWith(holed(), 'out-gone')
  expect((await failure(bench.out.begin(ref, `${diskId}-none`, 'frozen-gone', {}), 'not-found')).code).toBe('azure.not-found')
  expect((await failure(bench.out.discard('{"snapshot":1}', {}), 'invalid-input')).code).toBe('azure.not-an-id')
  expect((await failure(bench.into.discard('rubbish', {}), 'invalid-input')).code).toBe('azure.not-an-id')
})
