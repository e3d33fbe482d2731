import { createHash, randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { ComputeManagementClient } from '@azure/arm-compute'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type AzureCloud, startAzureCloud } from './index.ts'

const MIB = 1024 ** 2
const POLL = { updateIntervalInMs: 20 }
const UPLOAD_BYTES = 20 * MIB + 512

let cloud: AzureCloud
let compute: ComputeManagementClient
let group: string
let location: string
let name: string
let count = 0

beforeAll(async () => {
  cloud = await startAzureCloud({ machines: 2, transitionMs: 10 })
  const credential = { getToken: async () => ({ token: cloud.tokens.issue(), expiresOnTimestamp: Date.now() + 3_600_000 }) }
  const options = { endpoint: cloud.endpoint, credentials: { scopes: [`${cloud.endpoint}/.default`] }, tlsOptions: { ca: [cloud.ca] } }
  compute = new ComputeManagementClient(credential, cloud.world.subscriptions[0] ?? '', { ...options, retryOptions: { maxRetries: 0 } })
  ;({ resourceGroup: group, location } = cloud.world.machine(cloud.world.running))
})
afterAll(() => cloud.stop())

beforeEach(async () => {
  name = `upload-${count++}`
  await compute.disks.createOrUpdate(
    group,
    name,
    { location, creationData: { createOption: 'Upload', uploadSizeBytes: UPLOAD_BYTES } },
    POLL,
  )
})

async function granted(access: 'Read' | 'Write' = 'Write', of = name): Promise<string> {
  return (await compute.disks.grantAccess(group, of, { access, durationInSeconds: 3_600 }, POLL)).accessSAS ?? ''
}

interface Answer {
  readonly status: number
  readonly code: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

function send(link: string, method: 'GET' | 'PUT', headers: Readonly<Record<string, string>>, body: Buffer | null = null): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = method === 'PUT' ? { 'content-length': String(body?.length ?? 0) } : {}
    const sent = request(link, { method, ca: cloud.ca, headers: { 'x-ms-version': '2020-10-02', ...length, ...headers } }, (answer) => {
      const { statusCode: status = 0, headers: told } = answer
      const code = told['x-ms-error-code']?.toString()
      buffer(answer).then((bytes) => resolve({ status, code, headers: told, body: bytes }), reject)
    })
    sent.on('error', reject).end(body ?? undefined)
  })
}

function put(link: string, offset: number, bytes: Buffer, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const range = `bytes=${offset}-${offset + bytes.length - 1}`
  return send(`${link}&comp=page`, 'PUT', { range, 'x-ms-page-write': 'update', ...more }, bytes)
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('base64')
}

it('a disk waits for its bytes, has a link out, and is one when that is taken back', async () => {
  const state = async () => (await compute.disks.get(group, name)).diskState
  expect(await state()).toBe('ReadyToUpload')
  const link = await granted()
  expect([await state(), new URL(link).origin === cloud.endpoint]).toEqual(['ActiveUpload', false])
  await expect(compute.disks.delete(group, name, POLL)).rejects.toMatchObject({ statusCode: 409, code: 'OperationNotAllowed' })
  await compute.disks.revokeAccess(group, name, POLL)
  expect(await state()).toBe('Unattached')
  expect(await put(link, 0, Buffer.alloc(512))).toMatchObject({ status: 403, code: 'AuthenticationFailed' })
  await expect(granted('Write')).rejects.toMatchObject({ statusCode: 409 })
})

it('pages are kept, listed and cleared', async () => {
  const link = await granted()
  const bytes = randomBytes(1_024)
  expect(await put(link, 512, bytes, { 'content-md5': md5(bytes) })).toMatchObject({ status: 201, headers: { 'content-md5': md5(bytes) } })
  await put(link, MIB, bytes)
  const list = async (marker = '') => (await send(`${link}&comp=pagelist${marker}`, 'GET', {})).body.toString('utf8')
  expect(await list()).toContain(
    '<PageRange><Start>512</Start><End>1535</End></PageRange><PageRange><Start>1048576</Start><End>1049599</End></PageRange>',
  )
  cloud.blobs.rangesAtOnce = 1
  expect(await list()).toContain('<NextMarker>1048576</NextMarker>')
  expect(await list('&marker=1048576')).toContain('<End>1049599</End></PageRange><NextMarker></NextMarker>')
  cloud.blobs.rangesAtOnce = 10_000
  await send(`${link}&comp=page`, 'PUT', { range: 'bytes=1024-1535', 'x-ms-page-write': 'clear' })
  expect(await list()).toContain('<Start>512</Start><End>1023</End>')
})

it('refuses as the service does', async () => {
  const link = await granted()
  const bytes = randomBytes(512)
  expect(await put(link, 0, bytes, { 'content-md5': md5(randomBytes(512)) })).toMatchObject({ status: 400, code: 'Md5Mismatch' })
  expect(await put(link, 100, bytes)).toMatchObject({ status: 416, code: 'InvalidPageRange' })
  expect(await put(link, UPLOAD_BYTES, bytes)).toMatchObject({ status: 416, code: 'InvalidPageRange' })
  expect(await put(link, 0, Buffer.alloc(4 * MIB + 512))).toMatchObject({ status: 413, code: 'RequestBodyTooLarge' })
  expect(await put(link, 0, bytes, { range: 'bytes=0-1023' })).toMatchObject({ status: 400, code: 'InvalidHeaderValue' })
  expect(await put(link, 0, bytes, { 'if-match': '"another"' })).toMatchObject({ status: 400, code: 'InvalidHeaderValue' })
  expect(await send(link, 'GET', { range: 'bytes=0-511' })).toMatchObject({ status: 403, code: 'AuthorizationPermissionMismatch' })
  expect(await put(link.replace(/sig=..../, 'sig=AAAA'), 0, bytes)).toMatchObject({ status: 403, code: 'AuthenticationFailed' })
  expect(cloud.leaks()).toBe(0)
  expect(await put(link, 0, bytes, { authorization: `Bearer ${cloud.tokens.issue()}` })).toMatchObject({ status: 403 })
  expect(cloud.leaks()).toBe(1)
  cloud.world.blobs.expire()
  expect(await put(link, 0, bytes)).toMatchObject({ status: 403, code: 'AuthenticationFailed' })
  expect(await put(await granted(), 0, bytes)).toMatchObject({ status: 201 })
})

it('a snapshot is read as it was, with the MD5 of what is read, and not deleted under a reader', async () => {
  const disk = cloud.world.machine(cloud.world.running).disks[0]?.disk
  if (!disk) throw new Error('every machine has a disk')
  const bytes = randomBytes(512)
  cloud.world.blobs.of(disk.id, disk.sizeGiB * 1024 ** 3).write(512, bytes)
  await expect(granted('Read', disk.name)).rejects.toMatchObject({ statusCode: 409, code: 'OperationNotAllowed' })
  const creationData = { createOption: 'Copy', sourceResourceId: disk.id } as const
  const { diskSizeBytes = 0 } = await compute.snapshots.createOrUpdate(group, 'snap', { location, incremental: true, creationData }, POLL)
  const { accessSAS = '' } = await compute.snapshots.grantAccess(group, 'snap', { access: 'Read', durationInSeconds: 60 }, POLL)
  cloud.world.blobs.of(disk.id, 0).write(512, randomBytes(512))
  const read = await send(accessSAS, 'GET', { range: 'bytes=512-1023', 'x-ms-range-get-content-md5': 'true' })
  expect(read).toMatchObject({
    status: 206,
    headers: { 'content-md5': md5(bytes), 'content-range': `bytes 512-1023/${diskSizeBytes + 512}` },
  })
  expect(read.body.equals(bytes)).toBe(true)
  expect(await send(accessSAS, 'GET', { range: `bytes=${diskSizeBytes + 512}-${diskSizeBytes + 1_023}` })).toMatchObject({
    status: 416,
    code: 'InvalidRange',
  })
  const tooLong = { range: `bytes=0-${4 * MIB}`, 'x-ms-range-get-content-md5': 'true' }
  expect(await send(accessSAS, 'GET', tooLong)).toMatchObject({ status: 400, code: 'OutOfRangeInput' })
  await expect(compute.snapshots.delete(group, 'snap', POLL)).rejects.toMatchObject({ statusCode: 409 })
  await compute.snapshots.revokeAccess(group, 'snap', POLL)
  await compute.snapshots.delete(group, 'snap', POLL)
})

it('a disk that is no VHD makes no machine', async () => {
  await granted()
  await compute.disks.revokeAccess(group, name, POLL)
  const { id = '' } = await compute.disks.get(group, name)
  const vm = {
    location,
    hardwareProfile: { vmSize: 'Standard_B2s' },
    storageProfile: { osDisk: { createOption: 'Attach', osType: 'Linux', managedDisk: { id } } } as const,
    networkProfile: { networkInterfaces: [] },
  }
  await expect(compute.virtualMachines.createOrUpdate(group, 'none', vm, POLL)).rejects.toMatchObject({
    statusCode: 400,
    code: 'InvalidVhd',
  })
})

it('sizes that are no VHD of whole MiB are refused', async () => {
  for (const uploadSizeBytes of [20 * MIB, MIB + 512, 20 * MIB + 1_024]) {
    const disk = { location, creationData: { createOption: 'Upload', uploadSizeBytes } as const }
    await expect(compute.disks.createOrUpdate(group, 'odd', disk, POLL)).rejects.toMatchObject({
      statusCode: 400,
      code: 'InvalidParameter',
    })
  }
})
