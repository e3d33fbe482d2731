import { mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Connection, ConnectionId, Machine, TaskId, TransferSpecInput } from '../../shared/model/index.ts'
import { done as doneAt, IMAGES, imageOf, noise, untilCopying } from '../hosts/carried.ts'
import { dataOf, failureOf, TestEngine } from '../hosts/engine.ts'
import { folderKnowing, sshConfig } from '../hosts/lab-links.ts'
import { type AwsCloud, startAwsCloud } from '../lab/clouds/aws/index.ts'
import { type AzureCloud, startAzureCloud } from '../lab/clouds/azure/index.ts'
import { type GcpCloud, startGcpCloud } from '../lab/clouds/gcp/index.ts'
import { type Lab, type LabGuest, type LabHost, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'

const MIB = 1_048_576
const REGION = 'eu-central-1'
/** Of EBS. */
const BLOCK_BYTES = 524_288

describe.skipIf(!requirePeer('libvirtd').ok)('machines that are off, between a host and clouds', () => {
  let lab: Lab
  let a: LabHost
  let cloud: AwsCloud
  let azure: AzureCloud | undefined
  let gcp: GcpCloud | undefined
  let folder: string
  let engine: TestEngine
  let host: Connection
  let account: Connection

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a'], prefix: 'ct' })
    a = lab.host('a')
    await done('mkdir -p /srv/back && virsh pool-define-as back dir --target /srv/back && virsh pool-start back')
    cloud = await startAwsCloud({ machines: 2, regions: 1, transitionMs: 100 })
    folder = await folderKnowing(a)
    await mkdir(join(folder, 'home/.aws'))
    const { accessKeyId, secretAccessKey } = cloud.credentials
    await writeFile(
      join(folder, 'home/.aws/credentials'),
      `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    )
    engine = await TestEngine.start({ folder })
    host = await engine.add('a', sshConfig(a), { remember: true })
    const config = { login: 'profile', profile: 'work', endpoint: cloud.endpoint, regions: [REGION] }
    account = await engine.add('shop', config, { providerId: 'aws' })
    await online()
  })
  afterAll(async () => {
    await engine?.stop()
    await cloud?.stop()
    await azure?.stop()
    await gcp?.stop()
    await lab?.stop()
  })

  async function online(): Promise<void> {
    for (const { id } of [host, account]) await engine.status(id, 'online')
  }

  async function restart(): Promise<void> {
    await engine.stop('SIGKILL')
    engine = await TestEngine.start({ folder })
    await online()
  }

  const done = (command: string) => doneAt(a, command)

  /** A machine whose disk holds `dataMiB` of noise between holes. */
  async function machineWith(name: string, dataMiB: number): Promise<LabGuest> {
    const guest = await a.defineGuest({ name, boots: false, diskMiB: 16 })
    await noise(a, imageOf(guest), dataMiB)
    return guest
  }

  async function known(connectionId: ConnectionId, ref: string): Promise<Machine> {
    return await until(`the machine ${ref}`, async () => engine.machine(connectionId, ref))
  }

  function hostOf(connectionId: ConnectionId) {
    const found = engine.all('host').find((one) => one.connectionId === connectionId)
    if (!found) throw new Error('not known yet')
    return found.id
  }

  async function intoCloud({ uuid }: LabGuest, more: Partial<TransferSpecInput> = {}): Promise<TransferSpecInput> {
    return { machineId: (await known(host.id, uuid)).id, targetHostId: hostOf(account.id), ...more }
  }

  async function start(spec: TransferSpecInput): Promise<TaskId> {
    return (await engine.client.transfers.start({ spec, acceptsWarnings: true })).taskId
  }

  const copying = (taskId: TaskId, moreThan: number) => untilCopying(engine, taskId, moreThan)

  /** The one that is called so in the account. */
  async function inCloud(name: string): Promise<Machine> {
    return await until(`${name} in the account`, async () => engine.machines(account.id).find((machine) => machine.name === name))
  }

  const own = () => {
    const { images, snapshots } = cloud.world.region(REGION)
    return { images: [...images.values()].filter(({ owner }) => owner === cloud.world.account).length, snapshots: snapshots.size }
  }

  test('a disk goes in and comes back, byte for byte, the console killed in the middle of each way', async () => {
    const guest = await machineWith('archive', 64)
    const spec = await intoCloud(guest, { rename: 'Archive 2' })
    const [way] = (await engine.client.transfers.plan({ spec })).ways
    expect(way).toMatchObject({ way: 'image-import', done: 'task', obstacle: null })
    expect(way?.findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    expect(way?.steps.map(({ id }) => id.replace(guest.uuid, 'UUID'))).toEqual([
      'check',
      'plain-UUID.qcow2',
      'send-vda',
      'assemble',
      'verify',
      'sweep',
      'tidy',
    ])
    const slow = cloud.faults.add({ operation: /^(?:Put|Get)SnapshotBlock$/, fault: { do: 'delay', ms: 1_000 } })
    const taskId = await start(spec)
    await copying(taskId, 70 * MIB)
    await restart()
    expect(await engine.ended(taskId, 120_000)).toMatchObject({ state: 'succeeded', error: null })
    // what the cloud had by then was not sent again: all there is, and one window at most
    const sent = cloud.faults.count('PutSnapshotBlock')
    expect(sent).toBeGreaterThanOrEqual((64 * MIB) / BLOCK_BYTES)
    expect(sent).toBeLessThanOrEqual((128 * MIB) / BLOCK_BYTES)
    expect(own()).toEqual({ images: 0, snapshots: 0 })
    expect(await done(`ls ${IMAGES}`)).not.toMatch(/archive/)
    expect(await a.virsh(['domstate', guest.uuid])).toContain('shut off')

    const there = await inCloud('archive-2')
    const { taskId: stopping } = await engine.client.machines.act({
      targets: { ids: [there.id] },
      action: { action: 'shutdown', method: 'auto', deadlineMs: 60_000 },
    })
    expect(await engine.ended(stopping)).toMatchObject({ state: 'succeeded' })
    await engine.reaches(account.id, there.nativeRef, 'stopped')
    const back = { machineId: there.id, targetHostId: hostOf(host.id), pool: 'back', rename: 'archive-3' }
    const [wayBack] = (await engine.client.transfers.plan({ spec: back })).ways
    expect(wayBack).toMatchObject({ way: 'image-export', done: 'task', obstacle: null })
    expect(wayBack?.findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
    const returning = await start(back)
    await copying(returning, 70 * MIB)
    await restart()
    slow()
    expect(await engine.ended(returning, 120_000)).toMatchObject({ state: 'succeeded', error: null })
    expect(await done(`qemu-img compare -f qcow2 -F raw ${imageOf(guest)} /srv/back/archive-3.img`)).toContain('Images are identical')
    // holes came as holes
    expect(Number(await done('stat -c %b /srv/back/archive-3.img')) * 512).toBeLessThan(68 * MIB)
    const xml = await a.virsh(['dumpxml', 'archive-3'])
    expect(xml).toMatch(/<driver name='qemu' type='raw'/)
    expect(xml).toContain('/srv/back/archive-3.img')
    expect(await a.virsh(['domstate', 'archive-3'])).toContain('shut off')
    expect(own()).toEqual({ images: 0, snapshots: 0 })
    expect(cloud.world.machine(there.nativeRef)?.state).toBe('stopped')
  })

  test('the way to the cloud breaks, and its key expires: it goes on with what is there', async () => {
    const guest = await machineWith('patient', 64)
    const slow = cloud.faults.add({ operation: 'PutSnapshotBlock', fault: { do: 'delay', ms: 1_000 } })
    const before = cloud.faults.count('PutSnapshotBlock')
    const taskId = await start(await intoCloud(guest, { source: 'undefine' }))
    await copying(taskId, 70 * MIB)
    const mend = cloud.cut()
    await until('the link is missed', async () => engine.connection(account.id).status !== 'online')
    mend()
    await copying(taskId, 100 * MIB)
    const key = cloud.keys.get(cloud.credentials.accessKeyId)
    if (!key) throw new Error('no key')
    key.disabled = true
    expect(await engine.ended(taskId)).toMatchObject({ state: 'needs-attention', error: { kind: 'unauthenticated' } })
    key.disabled = false
    slow()
    await engine.client.connections.reconnect({ connectionId: account.id })
    await engine.status(account.id, 'online')
    await engine.client.tasks.resolve({ taskId, decision: 'probe' })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    expect(cloud.faults.count('PutSnapshotBlock') - before).toBeLessThan((64 * 3 * MIB) / BLOCK_BYTES)
    await inCloud('patient')
    expect(own()).toEqual({ images: 0, snapshots: 0 })
    // undefined here, and its disk kept
    expect((await failureOf(a.virsh(['domstate', guest.uuid]))).message).toMatch(/failed to get domain|Domain not found/i)
    await done(`ls ${imageOf(guest)}`)
  })

  test('cancelled in the middle: nothing is left in the cloud or on the host', async () => {
    const guest = await machineWith('shy', 64)
    const slow = cloud.faults.add({ operation: 'PutSnapshotBlock', fault: { do: 'delay', ms: 1_000 } })
    const taskId = await start(await intoCloud(guest))
    await copying(taskId, 70 * MIB)
    await engine.client.tasks.cancel({ taskId })
    slow()
    expect(await engine.ended(taskId)).toMatchObject({ state: 'cancelled' })
    expect(own()).toEqual({ images: 0, snapshots: 0 })
    expect(await done(`ls ${IMAGES}`)).not.toContain('shy')
  })

  test('into Azure and back the same', async () => {
    azure = await startAzureCloud({ machines: 2, transitionMs: 50 })
    await writeFile(join(folder, 'ca.pem'), azure.ca)
    const { endpoint, tenantId, clientId, clientSecret } = azure
    const config = { login: 'secret', tenantId, clientId, endpoint, authorityHost: endpoint, caFile: join(folder, 'ca.pem') }
    const { id } = await engine.add('prod', config, { providerId: 'azure', secrets: { clientSecret } })
    await engine.status(id, 'online')
    const hostId = hostOf(id)
    const [subnet] = await engine.client.clouds.resources({ hostId, kind: 'subnet', search: '' })
    const guest = await machineWith('blue', 8)
    const machineId = (await known(host.id, guest.uuid)).id
    const cloudWish = { subnetId: subnet?.id ?? null }
    const taskId = await start({ machineId, targetHostId: hostId, cloud: cloudWish })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    const there = await until('blue in the account', async () => engine.machines(id).find(({ name }) => name === 'blue'))
    const stopping = await engine.client.machines.act({ targets: { ids: [there.id] }, action: { action: 'deallocate' } })
    expect(await engine.ended(stopping.taskId)).toMatchObject({ state: 'succeeded' })
    await engine.reaches(id, there.nativeRef, 'stopped')
    const returning = await start({ machineId: there.id, targetHostId: hostOf(host.id), pool: 'back', rename: 'blue-2' })
    expect(await engine.ended(returning, 90_000)).toMatchObject({ state: 'succeeded', error: null })
    expect(await done(`qemu-img compare -f qcow2 -F raw ${imageOf(guest)} /srv/back/blue-2.img`)).toContain('Images are identical')
    expect(await a.virsh(['domstate', 'blue-2'])).toContain('shut off')
  })

  test('into Google Cloud, whose own reading of the archive gives the same disk', async () => {
    gcp = await startGcpCloud({ machines: 2, projects: 1, transitionMs: 50 })
    const { endpoint, tokenEndpoint, world, key } = gcp
    const [project = ''] = world.projects
    const services = { monitoringEndpoint: endpoint, resourceManagerEndpoint: endpoint, storageEndpoint: endpoint }
    const config = { login: 'key', projects: project, endpoint, tokenEndpoint, ...services }
    const { id } = await engine.add('lab', config, { providerId: 'gcp', secrets: { key: JSON.stringify(key) } })
    await engine.status(id, 'online')
    const guest = await machineWith('amber', 8)
    const spec = { machineId: (await known(host.id, guest.uuid)).id, targetHostId: hostOf(id) }
    const refused = await failureOf(engine.client.transfers.start({ spec, acceptsWarnings: true }))
    expect(refused).toMatchObject({ code: 'transfer.blocked' })
    expect(refused.message).toContain('zone')
    const taskId = await start({ ...spec, cloud: { zone: 'europe-west3-a' } })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded', error: null })
    await until('amber in the project', async () => engine.machines(id).find(({ name }) => name === 'amber'))
    const raw = join(folder, 'amber.raw')
    const [disk] = world.rawDisks.values()
    await writeFile(raw, disk?.head ?? '')
    await truncate(raw, disk?.sizeBytes)
    expect(disk?.isEmptyBehind).toBe(true)
    // the archive is of whole GiB
    expect(await done(`qemu-img resize -q ${imageOf(guest)} 1G && qemu-img compare -f qcow2 -F raw ${imageOf(guest)} ${raw}`)).toContain(
      'Images are identical',
    )
    expect([world.buckets.size, world.images.get(project)?.size]).toEqual([0, 0])
  })

  test('one that runs in the cloud is refused, and why', async () => {
    const running = await known(account.id, cloud.world.runningRef)
    const spec = { machineId: running.id, targetHostId: hostOf(host.id) }
    const refusal = await failureOf(engine.client.transfers.start({ spec, acceptsWarnings: true }))
    expect(refusal).toMatchObject({ kind: 'precondition', code: 'transfer.blocked' })
    expect(refusal.message).toContain('Stop it first')
  })

  test('no secret of the account is kept', async () => {
    const kept = (await readdir(dataOf(folder), { withFileTypes: true })).filter((entry) => entry.isFile()).map(({ name }) => name)
    expect(kept.join(' ')).toMatch(/\.(db|sqlite)/)
    const telling = await Promise.all(
      kept.map(async (name) => ((await readFile(join(dataOf(folder), name))).includes(cloud.credentials.secretAccessKey) ? [name] : [])),
    )
    expect(telling.flat()).toEqual([])
  })
})
