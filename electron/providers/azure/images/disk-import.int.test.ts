import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { requirePeer } from '../../../../e2e/lab/requires.ts'
import { failure } from '../../conformance/fixture.ts'
import type { VolumePiece } from '../../provider.ts'
import { nameFor } from './handles.ts'
import { DiskBench, firstDifference, holed, MIB, piecesOf, UPLOAD } from './testing/disk-bench.ts'

const run = promisify(execFile)
// it brings qemu-img
const libvirtd = requirePeer('libvirtd')

let bench: DiskBench

beforeAll(async () => {
  bench = await DiskBench.start()
})
afterAll(() => bench.stop())
beforeEach(() => bench.open())
afterEach(() => bench.close())

it('a disk arrives byte for byte, its zeros unsent, and a machine is made of it that starts', async () => {
  const bytes = holed()
  const before = bench.cloud.blobs.receivedBytes
  const handle = await bench.imported(bytes, 'token-a')
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  expect(bench.cloud.blobs.receivedBytes - before).toBeLessThan(6 * MIB)
  expect(bench.diskBehind(handle)).toMatchObject({ osType: 'Linux', isForUpload: false, properties: { hyperVGeneration: 'V2' } })
  expect(bench.world.blobs.isOpen(bench.diskBehind(handle)?.id ?? '')).toBe(false)

  expect(await bench.into.assembled(bench.place, 'token-vm', {})).toBeNull()
  const ref = await bench.into.assemble(bench.place, bench.machineOf([handle]), 'token-vm', {})
  expect(bench.world.machine(ref)).toMatchObject({ power: 'running', isOfDisks: true, disks: [{ lun: null, deleteOption: 'Detach' }] })
  expect(await bench.into.assembled(bench.place, 'token-vm', {})).toBe(ref)
  expect(await bench.into.assemble(bench.place, bench.machineOf([handle]), 'token-vm', {})).toBe(ref)
})

it.skipIf(!libvirtd.ok)('what lies in Azure is a fixed VHD that QEMU reads as the same disk', async () => {
  const bytes = holed()
  const handle = await bench.imported(bytes, 'token-qemu')
  const pages = bench.world.blobs.of(bench.diskBehind(handle)?.id ?? '', 0)
  const folder = await mkdtemp(join(tmpdir(), 'azure-vhd-'))
  try {
    const [vhd, raw] = [join(folder, 'disk.vhd'), join(folder, 'disk.raw')]
    await Promise.all([writeFile(vhd, pages.read(0, pages.sizeBytes)), writeFile(raw, bytes)])
    const { stdout } = await run('qemu-img', ['info', '--output=json', '-f', 'vpc', vhd])
    expect(JSON.parse(stdout)).toMatchObject({ format: 'vpc', 'virtual-size': 20 * MIB })
    expect((await run('qemu-img', ['compare', '-s', '-f', 'vpc', '-F', 'raw', vhd, raw])).stdout).toContain('identical')
  } finally {
    await rm(folder, { recursive: true })
  }
  await bench.into.discard(handle, {})
})

it('a size that is no whole MiB is rounded up with zeros', async () => {
  const bytes = Buffer.concat([holed(), randomBytes(1_000)])
  const handle = await bench.imported(bytes, 'token-odd')
  expect(bench.diskBehind(handle)?.sizeBytes).toBe(21 * MIB)
  expect(firstDifference(bench.onDisk(handle), Buffer.concat([bytes, Buffer.alloc(MIB - 1_000)]))).toBeNull()
})

it('one smaller than Azure takes is filled up', async () => {
  const handle = await bench.imported(Buffer.alloc(MIB, 3), 'token-small')
  expect(firstDifference(bench.onDisk(handle), Buffer.concat([Buffer.alloc(MIB, 3), Buffer.alloc(19 * MIB)]))).toBeNull()
})

it('a disk of several windows', async () => {
  const bytes = Buffer.alloc(bench.into.windowBytes + 5 * MIB)
  randomBytes(1_000).copy(bytes, bench.into.windowBytes - 500)
  bytes[bytes.length - 1] = 9
  const handle = await bench.imported(bytes, 'token-windows', { isBoot: false })
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  expect(bench.diskBehind(handle)?.osType).toBeNull()
})

it('a window that is written again: the last bytes count, zeros among them', async () => {
  const handle = await bench.begin('token-again')
  await bench.send(handle, randomBytes(20 * MIB))
  const bytes = holed()
  await bench.send(handle, bytes, true)
  await bench.into.complete(handle, 0, {})
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  expect(bench.world.blobs.of(bench.diskBehind(handle)?.id ?? '', 0).ranges({ start: 17 * MIB + 256 * 1024, end: 20 * MIB - 1 })).toEqual(
    [],
  )
})

it('where pages cannot be cleared, zeros are written over them', async () => {
  const handle = await bench.begin('token-zeros')
  await bench.send(handle, randomBytes(20 * MIB))
  const refusal = { status: 400, code: 'FeatureNotSupported', message: 'Not here.' }
  bench.cloud.faults.add({ operation: 'PageBlob_ClearPages', fault: { do: 'error', ...refusal } })
  const bytes = holed()
  await bench.send(handle, bytes, true)
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
})

it('the same token means the same disk, another one of the same name another', async () => {
  const first = await bench.begin('token-twice')
  expect(await bench.begin('token-twice')).toBe(first)
  expect(await bench.into.begun(bench.place, 'token-twice', {})).toBe(first)
  expect(await bench.into.begun(bench.place, 'token-none', {})).toBeNull()
  const other = await bench.begin('token-other')
  expect(other).not.toBe(first)
  await Promise.all([first, other].map((handle) => bench.into.discard(handle, {})))
})

it('a request for the disk whose answer is lost: what it made is found', async () => {
  bench.cloud.faults.add({ operation: 'Disks_CreateOrUpdate', times: 1, fault: { do: 'lose-reply' } })
  expect((await failure(bench.begin('token-lost'), 'indeterminate')).code).toBe('cloud.reply-lost')
  // at once, while it is still being made
  const handle = await bench.into.begun(bench.place, 'token-lost', {})
  expect(handle).not.toBeNull()
  expect(await bench.begin('token-lost')).toBe(handle)
  await bench.into.discard(handle ?? '', {})
})

it('a disk that Azure could not make is told, found and discarded', async () => {
  const id = bench.spec.subnetId?.replace(/Microsoft.Network.*$/, `Microsoft.Compute/disks/${nameFor('failing', 'token-failing')}`) ?? ''
  bench.world.failNext(id, { code: 'InternalExecutionError', message: 'An internal execution error occurred.' })
  expect((await failure(bench.begin('token-failing', { name: 'failing' }), 'remote-failure')).code).toBe('cloud.failed-there')
  expect((await failure(bench.begin('token-failing', { name: 'failing' }), 'remote-failure')).message).toContain('could not be made')
  const handle = await bench.into.begun(bench.place, 'token-failing', {})
  await bench.into.discard(handle ?? '', {})
  expect(bench.world.disks.has(id.toLowerCase())).toBe(false)
})

it.each([
  ['answers lost', { do: 'lose-reply' }],
  ['connections broken off', { do: 'reset' }],
  ['a service that has too much to do', { do: 'throttle' }],
  ['a service that fails', { do: 'error', status: 500, code: 'InternalError', message: 'The server encountered an internal error.' }],
  ['bytes damaged on their way', { do: 'error', status: 400, code: 'Md5Mismatch', message: 'The MD5 value did not match.' }],
] as const)('%s: what can be repeated is', async (_, fault) => {
  bench.cloud.faults.add({ operation: UPLOAD, times: 2, fault })
  const bytes = holed()
  const handle = await bench.imported(bytes, `token-${'code' in fault ? fault.code : fault.do}`)
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  await bench.into.discard(handle, {})
})

it('a link whose grant got no answer is asked for again', async () => {
  const handle = await bench.begin('token-grant')
  bench.cloud.faults.add({ operation: 'Disks_GrantAccess', times: 2, fault: { do: 'lose-reply' } })
  const bytes = holed()
  await bench.send(handle, bytes)
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  await bench.into.discard(handle, {})
})

it('an end of access that got no answer is said again, and so can all of it be, at the same time', async () => {
  const handle = await bench.begin('token-end')
  const bytes = holed()
  await bench.send(handle, bytes)
  bench.cloud.faults.add({ operation: 'Disks_RevokeAccess', times: 1, fault: { do: 'lose-reply' } })
  await Promise.all([bench.into.complete(handle, 0, {}), bench.into.complete(handle, 0, {})])
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  expect(bench.diskBehind(handle)?.isForUpload).toBe(false)
  await bench.into.discard(handle, {})
})

it('access that ran out just before it was ended: it is not waited for for ever, and said again it is ended', async () => {
  const handle = await bench.begin('token-ran-out')
  await bench.send(handle, holed())
  const { blobs } = bench.world
  const isOpen = blobs.isOpen.bind(blobs)
  blobs.isOpen = () => false
  await failure(bench.into.complete(handle, 0, {}), 'timeout').finally(() => (blobs.isOpen = isOpen))
  await bench.into.complete(handle, 0, {})
  expect(bench.diskBehind(handle)?.isForUpload).toBe(false)
})

it('links that run out in the middle are asked for anew, without a second disk or a lost byte', async () => {
  const bytes = holed()
  const handle = await bench.into.begin(bench.place, bench.diskOf(bytes.length), 'token-expiry', {})
  const granted = bench.cloud.faults.count('Disks_GrantAccess')
  async function* withExpiry(): AsyncGenerator<VolumePiece> {
    for await (const piece of piecesOf(bytes)) {
      yield piece
      if (bench.cloud.faults.count('Disks_GrantAccess') === granted + 1) bench.world.blobs.expire()
    }
  }
  await bench.into.write(handle, 0, withExpiry(), {})
  await bench.into.complete(handle, 0, {})
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  expect(bench.cloud.faults.count('Disks_GrantAccess')).toBeGreaterThan(granted + 1)
})

it('a console that crashed goes on where it was, with a link of its own', async () => {
  const bytes = Buffer.concat([randomBytes(bench.into.windowBytes / 16), Buffer.alloc((bench.into.windowBytes / 16) * 15), holed()])
  const handle = await bench.into.begin(bench.place, bench.diskOf(bytes.length), 'token-crash', {})
  await bench.into.write(handle, 0, piecesOf(bytes.subarray(0, bench.into.windowBytes)), {})
  await bench.link.close()
  await bench.connect()
  const second = bytes.subarray(bench.into.windowBytes)
  await bench.into.write(handle, bench.into.windowBytes, piecesOf(second), { isAgain: true })
  await bench.into.complete(handle, 0, {})
  await bench.into.complete(handle, 0, {})
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
})

it('a machine of two disks, and no more can be discarded of it', async () => {
  const handles = [
    await bench.imported(holed(), 'token-boot'),
    await bench.imported(Buffer.alloc(20 * MIB, 5), 'token-data', { isBoot: false, name: 'data' }),
  ]
  const ref = await bench.into.assemble(bench.place, bench.machineOf(handles), 'token-two', {})
  expect(bench.world.machine(ref).disks.map(({ disk, lun }) => [disk.name, lun])).toEqual(
    handles.map((handle, index) => [bench.diskBehind(handle)?.name, index === 0 ? null : 0]),
  )
  for (const handle of handles) await bench.into.discard(handle, {})
  for (const handle of handles) await bench.into.tidy(handle, 'token-two', {})
  for (const handle of handles) await bench.into.tidy(handle, 'token-two', {})
  bench.world.remove(ref)
  // off the machine it is somebody's disk, and not one on the way
  for (const handle of handles) await bench.into.discard(handle, {})
  expect(handles.map((handle) => bench.diskBehind(handle)?.owner)).toEqual([null, null])
})

it('a zone is the disk’s as well as the machine’s', async () => {
  bench.spec = { ...bench.spec, zone: '2' }
  const handle = await bench.imported(holed(), 'token-zone', { spot: bench.spec })
  const ref = await bench.into.assemble(bench.place, bench.machineOf([handle]), 'token-zoned', {})
  expect([bench.diskBehind(handle)?.zone, bench.world.machine(ref).zone]).toEqual(['2', '2'])
})

it('a disk in the middle of its upload is discarded, and nothing is left', async () => {
  const disks = bench.world.disks.size
  const handle = await bench.begin('token-away')
  await bench.send(handle, holed())
  await bench.into.discard(handle, {})
  await bench.into.discard(handle, {})
  expect([bench.world.disks.size, bench.diskBehind(handle)]).toEqual([disks, undefined])
  expect(await bench.into.begun(bench.place, 'token-away', {})).toBeNull()
  expect((await failure(bench.into.complete(handle, 0, {}), 'not-found')).code).toBe('azure.not-found')
})

it('a machine is not made of a disk that is not whole', async () => {
  const handle = await bench.begin('token-early')
  await bench.send(handle, holed())
  const nics = bench.world.nics.size
  expect((await failure(bench.into.assemble(bench.place, bench.machineOf([handle]), 'token-too-early', {}), 'remote-failure')).code).toBe(
    'cloud.failed-there',
  )
  expect(await bench.into.assembled(bench.place, 'token-too-early', {})).toBeNull()
  await expect.poll(() => bench.world.nics.size).toBe(nics)
  await bench.into.discard(handle, {})
})

it('pieces that end in an error leave a window that can be written again', async () => {
  const handle = await bench.begin('token-torn')
  async function* torn(): AsyncGenerator<VolumePiece> {
    yield randomBytes(9 * MIB)
    throw new Error('the host is gone')
  }
  await expect(bench.into.write(handle, 0, torn(), {})).rejects.toThrow('the host is gone')
  const bytes = holed()
  await bench.send(handle, bytes, true)
  expect(firstDifference(bench.onDisk(handle), bytes)).toBeNull()
  await bench.into.discard(handle, {})
})

it('who waits for the same link as somebody who gives up gets one all the same', async () => {
  const handle = await bench.begin('token-shared')
  const granted = bench.cloud.faults.count('Disks_GrantAccess')
  bench.cloud.faults.add({ operation: 'Disks_GrantAccess', times: 1, fault: { do: 'hang' } })
  const person = new AbortController()
  const first = bench.into.write(handle, 0, piecesOf(holed()), { signal: person.signal })
  await expect.poll(() => bench.cloud.faults.count('Disks_GrantAccess')).toBe(granted + 1)
  const bytes = Buffer.alloc(MIB, 4)
  let isWaiting = false
  async function* told(): AsyncGenerator<VolumePiece> {
    yield* piecesOf(bytes)
    isWaiting = true
  }
  const second = bench.into.write(handle, 0, told(), {})
  await expect.poll(() => isWaiting).toBe(true)
  person.abort()
  expect((await failure(first, 'cancelled')).code).toBe('cancelled')
  await second
  expect(firstDifference(bench.onDisk(handle).subarray(0, MIB), bytes)).toBeNull()
  await bench.into.discard(handle, {})
})

it('a cancel ends a window at once', async () => {
  const handle = await bench.begin('token-cancel')
  bench.cloud.faults.add({ operation: UPLOAD, fault: { do: 'hang' } })
  const person = new AbortController()
  const written = bench.into.write(handle, 0, piecesOf(holed()), { signal: person.signal })
  await expect.poll(() => bench.cloud.faults.count(UPLOAD)).toBeGreaterThan(0)
  person.abort()
  expect((await failure(written, 'cancelled')).code).toBe('cancelled')
  bench.cloud.faults.clear()
  await bench.into.discard(handle, {})
})
