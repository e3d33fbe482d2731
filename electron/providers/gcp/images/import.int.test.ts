import { randomBytes, randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { DiskImport, ImportDisk, ImportedMachine, VolumePiece } from '../../provider.ts'
import { refusal, start } from '../testing/bench.ts'

const MIB = 1_048_576
const ZONE = 'europe-west3-a'
const SPEC: ImportedMachine['spec'] = {
  name: 'ledger-01',
  zone: ZONE,
  type: 'e2-small',
  subnetId: null,
  groupIds: [],
  publicAddress: false,
  keyName: null,
  sshKey: null,
  user: null,
  tags: [],
}

/** 72 MiB in three windows: bytes, a hole, bytes up to an end that is no whole block. */
function diskOf() {
  const bytes = Buffer.alloc(72 * MIB - 512)
  randomBytes(3 * MIB).copy(bytes, 0)
  randomBytes(MIB).copy(bytes, 40 * MIB)
  randomBytes(MIB - 512).copy(bytes, 71 * MIB)
  const disk: ImportDisk = {
    target: 'vda',
    sizeBytes: bytes.length,
    isBoot: true,
    isUefi: true,
    isWindows: false,
    name: 'ledger-01 vda',
    spot: { zone: ZONE, subnetId: null },
  }
  return { bytes, disk }
}

async function* piecesOf(window: Buffer): AsyncGenerator<VolumePiece> {
  for (let at = 0; at < window.length; at += MIB) {
    const piece = window.subarray(at, at + MIB)
    yield piece.every((byte) => byte === 0) ? { zeros: piece.length } : piece
  }
}

async function begin() {
  const { cloud, api } = await start()
  const into: DiskImport = api.images.into
  const [project = ''] = cloud.world.projects
  const token = randomUUID()
  const write = async (handle: string, bytes: Buffer, index: number) => {
    const offset = index * into.windowBytes
    await into.write(handle, offset, piecesOf(bytes.subarray(offset, offset + into.windowBytes)), {})
  }
  return { cloud, api, into, project, token, write }
}

test('a disk with holes is an image, its machine stands, and nothing stays on the way', async () => {
  const { cloud, into, project, token, write } = await begin()
  const { bytes, disk } = diskOf()
  const handle = await into.begin(project, disk, token, {})
  expect(await into.begun(project, token, {})).toBe(handle)
  expect([...cloud.world.buckets.values()].map(({ location }) => location)).toEqual(['EUROPE-WEST3'])
  // one twice, with other bytes at first, and not in their order
  await write(handle, Buffer.alloc(bytes.length, 7), 2)
  for (const index of [2, 0, 1]) await write(handle, bytes, index)
  await into.complete(handle, 0, {})
  await into.complete(handle, 0, {})
  const [[image, raw] = []] = cloud.world.rawDisks
  expect(raw?.sizeBytes).toBe(1_024 * MIB)
  expect(raw?.isEmptyBehind).toBe(false)
  expect(raw?.head.equals(bytes.subarray(0, raw.head.length))).toBe(true)
  expect(cloud.world.images.get(project)?.get(image?.split('/')[1] ?? '')).toMatchObject({
    guestOsFeatures: [{ type: 'UEFI_COMPATIBLE' }, { type: 'VIRTIO_SCSI_MULTIQUEUE' }],
  })

  const machine: ImportedMachine = {
    spec: SPEC,
    isUefi: true,
    isWindows: false,
    disks: [{ handle, target: 'vda', sizeBytes: bytes.length }],
  }
  const makeToken = randomUUID()
  const ref = await into.assemble(project, machine, makeToken, {})
  expect(await into.assemble(project, machine, makeToken, {})).toBe(ref)
  expect(await into.assembled(project, makeToken, {})).toBe(ref)
  expect(cloud.world.byRef(ref)?.body.disks).toHaveLength(1)
  await into.tidy(handle, makeToken, {})
  await into.tidy(handle, makeToken, {})
  expect(cloud.world.buckets.size).toBe(0)
  expect(cloud.world.images.get(project)?.size).toBe(0)
})

test('given up in the middle: nothing is left, and nothing of it is known', async () => {
  const { cloud, into, project, token, write } = await begin()
  const { bytes, disk } = diskOf()
  const handle = await into.begin(project, disk, token, {})
  await write(handle, bytes, 0)
  await into.discard(handle, {})
  await into.discard(handle, {})
  expect(cloud.world.buckets.size).toBe(0)
  expect(await into.begun(project, token, {})).toBeNull()
})

test('a begin whose answer is lost is begun once, by its token, and found to be gone on with or discarded', async () => {
  const { cloud, into, project, token } = await begin()
  const { disk } = diskOf()
  cloud.faults.add({ operation: 'storage.buckets.insert', times: 1, fault: { do: 'lose-reply' } })
  expect(await refusal(into.begin(project, disk, token, {}))).toMatchObject({ kind: 'indeterminate' })
  const found = await into.begun(project, token, {})
  expect(await into.begin(project, disk, token, {})).toBe(found)
  expect(cloud.world.buckets.size).toBe(1)
  await into.discard(found ?? '', {})
  expect(cloud.world.buckets.size).toBe(0)
  expect(await into.begun(project, token, {})).toBeNull()
})

async function sent() {
  const one = await begin()
  const bytes = Buffer.alloc(MIB, 7)
  const handle = await one.into.begin(one.project, { ...diskOf().disk, sizeBytes: bytes.length }, one.token, {})
  await one.write(handle, bytes, 0)
  const imageOf = () => [...(one.cloud.world.images.get(one.project)?.values() ?? [])].map(({ status }) => status)
  return { ...one, handle, imageOf }
}

test('an image that is still being made when its order’s answer was lost is waited for, and made once', async () => {
  const { cloud, into, handle, imageOf } = await sent()
  cloud.faults.add({ operation: 'compute.images.insert', times: 1, fault: { do: 'lose-reply' } })
  expect(await refusal(into.complete(handle, 0, {}))).toMatchObject({ kind: 'indeterminate' })
  expect(imageOf()).toEqual(['PENDING'])
  await into.complete(handle, 0, {})
  expect(imageOf()).toEqual(['READY'])
  expect(cloud.faults.count('compute.images.insert')).toBe(1)
})

test('an image that could not be made is told, and made anew the next time', async () => {
  const { cloud, into, handle, imageOf } = await sent()
  cloud.world.operations.failures.set('insert', { code: 'INTERNAL_ERROR', message: 'Try again.' })
  expect(await refusal(into.complete(handle, 0, {}))).toMatchObject({ remote: { code: 'INTERNAL_ERROR' } })
  expect(imageOf()).toEqual(['FAILED'])
  await into.complete(handle, 0, {})
  expect(imageOf()).toEqual(['READY'])
})

test('given up while its image is being made: it is waited for, and goes', async () => {
  const { cloud, into, handle, imageOf } = await sent()
  cloud.faults.add({ operation: 'compute.images.insert', times: 1, fault: { do: 'lose-reply' } })
  await refusal(into.complete(handle, 0, {}))
  await into.discard(handle, {})
  expect(imageOf()).toEqual([])
  expect(cloud.world.buckets.size).toBe(0)
})

test('a permission that is missing is named', async () => {
  const { cloud, into, project, token } = await begin()
  cloud.world.denied.add('storage.buckets.create')
  const refused = await refusal(into.begin(project, diskOf().disk, token, {}))
  expect(refused).toMatchObject({ kind: 'forbidden', details: { permission: 'storage.buckets.create' } })
})

test('what Google would not take is found before anything is sent', async () => {
  const { cloud, into, project } = await begin()
  const machine = { spec: SPEC, isUefi: false, isWindows: false }
  const check = async (spec: Partial<typeof SPEC> = {}) =>
    (await into.check(project, { ...machine, spec: { ...SPEC, ...spec } }, [], {})).map(({ severity, reason }) => [
      severity,
      reason.code,
      reason.params?.['permissions'],
    ])
  const there = ['passed', 'gcp.transfer-permissions-there', undefined]
  expect(await check()).toEqual([there])
  const [known] = cloud.world.machines(project)
  const taken = ['blocks', 'gcp.machine-name-taken', undefined]
  expect(await check({ name: known?.body.name ?? '', zone: known?.zone ?? '' })).toEqual([there, taken])
  cloud.world.denied.add('storage.objects.create')
  expect(await check()).toEqual([['blocks', 'gcp.transfer-permissions', 'storage.objects.create']])
  cloud.faults.add({ operation: /testIamPermissions/, fault: { do: 'deny' } })
  expect(await check()).toEqual([['unknown', 'gcp.transfer-permissions-unknown', undefined]])
  const found = await into.check(project, { ...machine, spec: { ...SPEC, name: 'Ledger 01' } }, [], {})
  expect(found).toMatchObject([{ id: 'transfer.gcp.bad-name', severity: 'blocks' }])
  expect(cloud.world.buckets.size).toBe(0)
})
