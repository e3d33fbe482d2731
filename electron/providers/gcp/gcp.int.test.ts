import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import type { CloudMachineSpec, MachineAction } from '../../../shared/model/index.ts'
import type { SeenMachine } from '../cloud/index.ts'
import type { GcpApi } from './api.ts'
import type { GcpConfig } from './config.ts'
import { openGcp } from './provider.ts'
import { type CloudOptions, configFor, PORTS, secretsFor, startAccount } from './testing/account.ts'

type Account = Awaited<ReturnType<typeof startAccount>>
const cleanups: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

async function start(options: CloudOptions = {}, more: Partial<GcpConfig> = {}): Promise<Account & { api: GcpApi }> {
  const account = await startAccount(options)
  cleanups.push(() => account.cloud.stop())
  const api = await account.openApi(more)
  cleanups.push(() => api.close())
  return { ...account, api }
}

async function refusal(call: Promise<unknown>): Promise<AppError> {
  const outcome = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!isAppError(outcome)) throw new Error('The call should have failed with an AppError')
  return outcome
}

async function look(api: GcpApi, ref: string): Promise<SeenMachine> {
  const seen = await api.machine(ref, {})
  if (!seen) throw new Error(`There is no ${ref}`)
  return seen
}

async function all(api: GcpApi, project: string): Promise<readonly SeenMachine[]> {
  const machines: SeenMachine[] = []
  for await (const page of api.machines(project, {})) machines.push(...page)
  return machines
}

/** Does it, and waits for its operation. */
async function perform(api: GcpApi, ref: string, action: MachineAction, requestId = randomUUID()): Promise<string> {
  const operation = await api.begin(action, { seen: await look(api, ref), requestId }, {})
  await expect.poll(() => operation.poll({}), { timeout: 5_000, interval: 10 }).toBe('done')
  return requestId
}

describe('machines of Google Cloud', () => {
  it('lists every machine of every zone, with what its type has', async () => {
    const { api, cloud } = await start({ machines: 300, projects: 1, pageLimit: 50 })
    const [project = ''] = cloud.world.projects
    const machines = await all(api, project)
    expect(new Set(machines.map(({ ref }) => ref))).toEqual(new Set(cloud.world.machines(project).map(({ ref }) => ref)))
    const plain = machines.find(({ ref }) => ref === cloud.world.running.ref)
    expect(plain?.facts).toMatchObject({ vcpus: 2, memoryKiB: 1_048_576, state: 'running', nativeState: 'RUNNING', hostRef: project })
    // of a type that no list has, nothing is made up
    const strange = machines.filter(({ facts }) => facts.cloud?.type === 'x9-mystery-96')
    expect(strange.length).toBeGreaterThan(0)
    expect(strange.every(({ facts }) => facts.vcpus === 0)).toBe(true)
    const labelled = machines.filter(({ facts }) => facts.tags.length === 50)
    expect(labelled.length).toBeGreaterThan(0)
    expect(labelled[0]?.facts.tags).toContain('etikett-0=wert-0-größe')
    // each type is asked for once, however many have it
    expect(cloud.faults.count('compute.machineTypes.get')).toBeLessThan(12)
  })

  it('takes no list for whole in which a zone is silent', async () => {
    const { api, cloud } = await start()
    cloud.world.unreachableZones.add('us-central1-a')
    const error = await refusal(all(api, cloud.world.running.project))
    expect(error).toMatchObject({ kind: 'unreachable', code: 'cloud.unreachable' })
  })

  it('tells another machine of the same name from the one that is gone', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    const seen = await look(api, running.ref)
    cloud.world.remove(running)
    const successor = cloud.world.addLike(running, running.body.name)
    expect(await api.machine(running.ref, {})).toBeNull()
    for (const action of ['powerOff', 'managedSave', 'reset'] as const) {
      const error = await refusal(api.begin({ action }, { seen, requestId: randomUUID() }, {}))
      expect(error).toMatchObject({ kind: 'not-found', code: 'machine.not-found' })
    }
    expect(successor.body.status).toBe('RUNNING')
    expect(cloud.world.operations.begun).toBe(0)
  })

  it('goes by names where a server knows no numbers, after a look', async () => {
    const { api, cloud } = await start()
    cloud.world.namesOnly = true
    const { running } = cloud.world
    await perform(api, running.ref, { action: 'powerOff' })
    expect(running.body.status).toBe('TERMINATED')
    await perform(api, running.ref, { action: 'start' })
    expect(running.body.status).toBe('RUNNING')
    const seen = await look(api, running.ref)
    cloud.world.remove(running)
    const successor = cloud.world.addLike(running, running.body.name)
    expect((await refusal(api.begin({ action: 'powerOff' }, { seen, requestId: randomUUID() }, {}))).kind).toBe('not-found')
    expect(successor.body.status).toBe('RUNNING')
  })

  it('reads REPAIRING as starting, with a word about it', async () => {
    const { api, cloud } = await start()
    cloud.world.change(cloud.world.running, { status: 'REPAIRING' })
    const { facts } = await look(api, cloud.world.running.ref)
    expect(facts.state).toBe('starting')
    expect(facts.attention?.code).toBe('gcp.repairing')
  })

  it('keeps start-up scripts out of rows and details', async () => {
    const { api, cloud } = await start()
    const secret = 'correct horse battery staple'
    cloud.world.change(cloud.world.running, { metadata: { items: [{ key: 'startup-script', value: `export DB_PASSWORD='${secret}'` }] } })
    const seen = await look(api, cloud.world.running.ref)
    const detail = await api.detail(seen, {})
    expect(detail.xml).toContain('startup-script')
    expect(JSON.stringify([seen, detail])).not.toContain(secret)
  })
})

describe('actions in Google Cloud', () => {
  it('does a request that comes again under its id once', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    const requestId = randomUUID()
    await api.begin({ action: 'powerOff' }, { seen, requestId }, {})
    await api.begin({ action: 'powerOff' }, { seen, requestId }, {})
    expect(cloud.world.operations.begun).toBe(1)
  })

  it('suspends, and a start brings back what was suspended', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    await perform(api, running.ref, { action: 'managedSave' })
    expect((await look(api, running.ref)).facts).toMatchObject({ state: 'saved', hasManagedSave: true, cloud: { billing: 'storage' } })
    await perform(api, running.ref, { action: 'start' })
    expect((await look(api, running.ref)).facts.state).toBe('running')
    expect(cloud.faults.count('compute.instances.resume')).toBe(1)
    expect(cloud.faults.count('compute.instances.start')).toBe(0)
  })

  it('skips the graceful shutdown for a power off only', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    await api.begin({ action: 'shutdown', method: 'auto', deadlineMs: 1_000 }, { seen, requestId: randomUUID() }, {})
    expect(cloud.queries.at(-1)?.get('noGracefulShutdown')).toBeNull()
    await api.begin({ action: 'powerOff' }, { seen, requestId: randomUUID() }, {})
    expect(cloud.queries.at(-1)?.get('noGracefulShutdown')).toBe('true')
  })

  it('takes an operation that is done with errors for a failure', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.stopped.ref)
    cloud.world.operations.failures.set('start', { code: 'ZONE_RESOURCE_POOL_EXHAUSTED', message: 'Not enough resources.' })
    const operation = await api.begin({ action: 'start' }, { seen, requestId: randomUUID() }, {})
    let error: AppError | null = null
    await expect
      .poll(() =>
        operation.poll({}).then(
          () => false,
          (thrown: AppError) => {
            error = thrown
            return true
          },
        ),
      )
      .toBe(true)
    expect(error).toMatchObject({ kind: 'exhausted', code: 'cloud.no-capacity', remote: { code: 'ZONE_RESOURCE_POOL_EXHAUSTED' } })
  })

  it('follows no link of an operation, only its name', async () => {
    const { api, cloud } = await start()
    const stranger = await listen()
    cloud.world.operations.linksTo = stranger.url
    await perform(api, cloud.world.stopped.ref, { action: 'start' })
    expect(cloud.world.stopped.body.status).toBe('RUNNING')
    expect(stranger.requests).toEqual([])
  })

  it('tells when the cloud never ends an operation', async () => {
    const { cloud, open } = await start()
    cloud.world.operations.stuck = true
    const link = await open()
    cleanups.push(() => link.close())
    const error = await refusal(link.act(cloud.world.stopped.ref, { action: 'start' }, { timeoutMs: 1_000 }))
    expect(error).toMatchObject({ kind: 'timeout', code: 'cloud.operation-never-ended' })
  })

  it('deletes with a machine the disks that are chosen, and no other', async () => {
    const { api, cloud } = await start()
    const { stopped } = cloud.world
    cloud.world.addDisk(stopped, 'data-goes', 20, false)
    cloud.world.addDisk(stopped, 'data-stays', 20, true)
    const plan = await api.deletionPlan(await look(api, stopped.ref), {})
    expect(plan.disks).toHaveLength(3)
    const keyOf = (name: string) => plan.disks.find(({ target }) => target === name)?.key ?? ''
    await perform(api, stopped.ref, { ...DELETE, diskKeys: [keyOf(stopped.body.name), keyOf('data-goes')] })
    expect(await api.machine(stopped.ref, {})).toBeNull()
    const left = [...(cloud.world.disks.get(stopped.project)?.keys() ?? [])].filter((key) => key.startsWith(`${stopped.zone}/data-`))
    expect(left).toEqual([`${stopped.zone}/data-stays`])
    expect(cloud.world.disks.get(stopped.project)?.has(`${stopped.zone}/${stopped.body.name}`)).toBe(false)
  })

  it('keeps every disk of a machine when none is chosen', async () => {
    const { api, cloud } = await start()
    const { stopped } = cloud.world
    await perform(api, stopped.ref, { ...DELETE, diskKeys: [] })
    expect(cloud.world.disks.get(stopped.project)?.get(`${stopped.zone}/${stopped.body.name}`)?.users).toEqual([])
  })

  it('refuses labels that Google Cloud does not take, before anything is sent', async () => {
    const { api, cloud } = await start()
    const seen = await look(api, cloud.world.running.ref)
    const many = Array.from({ length: 65 }, (_, index) => `label-${index}=x`)
    for (const tags of [['Env=prod'], ['env=Prod'], ['team=🚚'], ['1st=x'], [`k=${'x'.repeat(64)}`], many]) {
      const error = await refusal(api.begin({ action: 'setMetadata', tags }, { seen, requestId: randomUUID() }, {}))
      expect(error).toMatchObject({ kind: 'invalid-input', code: 'cloud.tag-refused' })
    }
    expect(cloud.faults.count('compute.instances.setLabels')).toBe(0)
  })

  it('grows, detaches and attaches disks; a snapshot and an image are recognised by their request', async () => {
    const { api, cloud } = await start()
    const { running } = cloud.world
    cloud.world.addDisk(running, 'data', 20, false)
    const disk = (await look(api, running.ref)).facts.cloud?.disks.find(({ name }) => name === 'data')
    const diskId = disk?.id ?? ''
    expect(disk).toMatchObject({ sizeBytes: 20 * 2 ** 30, boot: false })
    await perform(api, running.ref, { action: 'growDisk', diskId, sizeBytes: 30 * 2 ** 30 })
    expect((await look(api, running.ref)).facts.cloud?.disks.find(({ id }) => id === diskId)?.sizeBytes).toBe(30 * 2 ** 30)
    await perform(api, running.ref, { action: 'detachDisk', diskId })
    expect((await look(api, running.ref)).facts.cloud?.disks.some(({ id }) => id === diskId)).toBe(false)
    await perform(api, running.ref, { action: 'attachDisk', diskId })
    expect((await look(api, running.ref)).facts.cloud?.disks.some(({ id }) => id === diskId)).toBe(true)
    for (const action of [
      { action: 'snapshotDisk', diskId, name: 'before-upgrade' },
      { action: 'createImage', name: 'golden' },
    ] satisfies MachineAction[]) {
      expect(await api.outcome(action, running.ref, randomUUID(), {})).toBe('not-done')
      const requestId = await perform(api, running.ref, action)
      expect(await api.outcome(action, running.ref, requestId, {})).toBe('done')
      expect(await api.outcome(action, running.ref, randomUUID(), {})).toBe('not-done')
    }
    const snapshots = await api.resources(running.project, 'snapshot', '', {})
    expect(snapshots.map(({ name, tags }) => ({ name, tags }))).toEqual([{ name: 'before-upgrade', tags: [] }])
  })

  it('makes a machine once under its token, and finds it again', async () => {
    const { api, cloud } = await start()
    const project = cloud.world.running.project
    const token = randomUUID()
    const spec = { ...SPEC, tags: ['env=test'] }
    expect(await api.created(project, token, {})).toBeNull()
    const ref = await api.create(project, spec, token, {})
    expect(await api.created(project, token, {})).toBe(ref)
    expect((await look(api, ref)).facts).toMatchObject({ name: 'fresh', state: 'running', tags: ['env=test'] })
    await perform(api, ref, { action: 'setMetadata', tags: ['env=prod'] })
    expect((await look(api, ref)).facts.tags).toEqual(['env=prod'])
    expect(await api.created(project, token, {})).toBe(ref)
  })
})

const DELETE = { action: 'delete', withSnapshots: true, withNvram: true, withTpm: true, withManagedSave: true } as const
const SPEC: CloudMachineSpec = {
  name: 'fresh',
  zone: 'europe-west1-b',
  type: 'e2-small',
  imageId: 'projects/debian-cloud/global/images/debian-12-bookworm-v20261110',
  subnetId: null,
  groupIds: ['http-server'],
  publicAddress: true,
  keyName: null,
  sshKey: null,
  user: null,
  tags: [],
}

/** A server that nobody should ever ask. */
async function listen(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    response.end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => new Promise<void>((resolve) => server.close(() => resolve())))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests }
}

describe('what goes wrong in Google Cloud', () => {
  it('tells a rate from a missing permission, which have the same status', async () => {
    const { api, cloud } = await start()
    const { project } = cloud.world.running
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'throttle', retryAfterS: 7 }, times: 1 })
    expect(await refusal(all(api, project))).toMatchObject({ kind: 'rate-limited', retryAfterMs: 7_000 })
    const { api: other, cloud: another } = await start()
    another.world.denied.add('compute.instances.list')
    const error = await refusal(all(other, project))
    expect(error).toMatchObject({ kind: 'forbidden', code: 'cloud.permission-missing', details: { permission: 'compute.instances.list' } })
    expect(error.remote).toMatchObject({ httpStatus: 403, code: 'forbidden' })
  })

  it('says which API is switched off, and how to switch it on', async () => {
    const { api, cloud } = await start()
    const [here = '', other = ''] = cloud.world.projects
    cloud.world.apiOff.add(other)
    expect(await refusal(all(api, other))).toMatchObject({ kind: 'forbidden', code: 'gcp.api-off', details: { project: other } })
    expect((await all(api, here)).length).toBeGreaterThan(0)
  })

  it('gets a new token when one ends early, once', async () => {
    const { api, cloud } = await start()
    await api.places({})
    cloud.tokens.expireAll()
    expect((await all(api, cloud.world.running.project)).length).toBeGreaterThan(0)
    expect(cloud.faults.count('oauth2.token')).toBe(2)
    cloud.faults.add({ operation: 'compute.instances.aggregatedList', fault: { do: 'revoke' } })
    expect(await refusal(all(api, cloud.world.running.project))).toMatchObject({
      kind: 'unauthenticated',
      code: 'cloud.credentials-refused',
    })
    expect(cloud.faults.count('oauth2.token')).toBe(3)
  })

  it('asks for one token, however many calls wait for it', async () => {
    const { api, cloud } = await start()
    await Promise.all(cloud.world.projects.map((project) => all(api, project)))
    expect(cloud.faults.count('oauth2.token')).toBe(1)
  })

  it('blames the clock when the clock is off, and the key when it is not', async () => {
    const { cloud } = await start()
    const clock = { ...PORTS.clock, nowMs: () => Date.now() - 3_600_000 * 24 }
    const { api } = await openGcp(configFor(cloud), secretsFor(cloud), { ...PORTS, clock })
    expect(await refusal(api.places({}))).toMatchObject({ kind: 'unauthenticated', code: 'cloud.clock-skew' })
    cloud.tokens.revokeAll()
    const { api: second } = await openGcp(configFor(cloud), secretsFor(cloud), PORTS)
    expect(await refusal(second.places({}))).toMatchObject({ kind: 'unauthenticated', code: 'cloud.credentials-refused' })
  })

  it('sends the assertion where the configuration says, not where the key file says', async () => {
    const { cloud } = await start()
    const stranger = await listen()
    const key = JSON.stringify({ ...cloud.key, token_uri: `${stranger.url}token` })
    const { api } = await openGcp(configFor(cloud), { key }, PORTS)
    expect((await api.places({})).map(({ ref }) => ref)).toEqual(cloud.world.projects)
    expect(stranger.requests).toEqual([])
  })

  it('follows no redirect, with its token or without', async () => {
    const stranger = await listen()
    const { api, cloud } = await start()
    cloud.redirectTo(stranger.url)
    expect((await refusal(all(api, cloud.world.running.project))).kind).toBe('unreachable')
    expect(stranger.requests).toEqual([])
  })

  it('says nothing of a key that cannot be read but that', async () => {
    const { cloud } = await start()
    const secret = 'correct horse battery staple'
    for (const key of [
      secret,
      '{"type":"service_account"}',
      JSON.stringify({ ...cloud.key, private_key: secret }),
      '{"type":"external_account"}',
    ]) {
      const error = await refusal(openGcp(configFor(cloud), { key }, PORTS))
      expect(error).toMatchObject({ kind: 'invalid-input', code: 'gcp.key-not-usable' })
      expect(JSON.stringify([error.message, error.details, error.remote, String(error.cause)])).not.toContain(secret)
    }
  })

  it('lists projects, and lets the key name its own', async () => {
    const { cloud } = await start({}, {})
    const { api } = await openGcp(configFor(cloud, { projects: [] }), secretsFor(cloud), PORTS)
    expect((await api.places({})).map(({ ref }) => ref)).toEqual([cloud.key.project_id])
  })

  it('tells what it lacks, and what it could not find out', async () => {
    const { api, cloud } = await start({ projects: 1 })
    cloud.world.denied.add('compute.instances.delete')
    const permissions = await api.permissions({})
    expect(permissions.filter(({ state }) => state === 'missing').map(({ name }) => name)).toEqual(['compute.instances.delete'])
    cloud.faults.add({ operation: /testIamPermissions/, fault: { do: 'deny' } })
    expect((await api.permissions({})).every(({ state }) => state === 'unknown')).toBe(true)
  })
})

describe('figures and the rest', () => {
  it('reads the latest figures of the machines that are asked about', async () => {
    const { api, cloud } = await start()
    const { running, stopped } = cloud.world
    const samples = await api.metrics([running.ref, stopped.ref], {})
    expect(samples.map(({ ref }) => ref)).toEqual([running.ref])
    const metrics = samples[0]?.metrics
    expect(metrics?.cpuPercent).toBeGreaterThan(0)
    expect(metrics?.cpuPercent).toBeLessThanOrEqual(100)
    expect(metrics?.netRxBytesPerS).toBeGreaterThan(0)
    expect(Date.now() - (metrics?.atMs ?? 0)).toBeLessThan(300_000)
  })

  it('knows networks, images of the makers, disks and who uses them', async () => {
    const { api, cloud } = await start({ projects: 1 })
    const { project, ref, body } = cloud.world.running
    await all(api, project)
    expect((await api.networks(project, {})).map(({ facts }) => ({ name: facts.name, cidrs: facts.cidrs }))).toEqual([
      { name: 'default', cidrs: ['10.132.0.0/20'] },
    ])
    const images = await api.resources(project, 'image', 'debian', {})
    expect(images.map(({ id }) => id)).toContain('projects/debian-cloud/global/images/debian-12-bookworm-v20261110')
    const disks = await api.resources(project, 'disk', '', {})
    expect(disks.find(({ name }) => name === body.name)?.usedBy).toEqual([ref])
    expect((await api.resources(project, 'firewall', '', {}))[0]?.properties).toContainEqual({ key: 'allow', value: 'tcp:22' })
    expect(await api.resources(project, 'key', '', {})).toEqual([])
    expect(await api.serialOutput(ref, {})).toContain('login:')
    expect((await api.screenshot(ref, {})).base64.length).toBeGreaterThan(20)
    expect((await refusal(api.runCommand())).kind).toBe('unsupported')
  })

  it('says which types a machine cannot have', async () => {
    const { api, cloud } = await start()
    const types = await api.machineTypes(cloud.world.running.project, cloud.world.running.ref, {})
    const reasonOf = (name: string) => types.find((type) => type.name === name)?.reason
    expect(reasonOf('e2-micro')).toMatch(/already/)
    expect(reasonOf('t2a-standard-4')).toMatch(/x86_64/)
    expect(reasonOf('n2-standard-4')).toBeNull()
  })
})
