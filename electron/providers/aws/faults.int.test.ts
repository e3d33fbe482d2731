import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type AwsCloud, type AwsCloudOptions, startAwsCloud } from '../../../e2e/lab/clouds/aws/index.ts'
import { SSO_TOKEN } from '../../../e2e/lab/clouds/aws/keys.ts'
import { isAppError, toWireError } from '../../../shared/errors/index.ts'
import type { CheckMessage } from '../../../shared/model/index.ts'
import type { CloudLink } from '../cloud/index.ts'
import { Recorder } from '../conformance/index.ts'
import { awsProvider } from './index.ts'
import { configFor, linkTest, openTest, secretsFor, testPorts } from './testing/account.ts'

const endings: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function begin(options: AwsCloudOptions = {}): Promise<AwsCloud> {
  const cloud = await startAwsCloud({ machines: 24, regions: 2, transitionMs: 50, ...options })
  endings.push(() => cloud.stop())
  return cloud
}

async function link(cloud: AwsCloud, changes: Readonly<Record<string, unknown>> = {}, ports = testPorts()): Promise<CloudLink> {
  const opened = await linkTest(cloud, changes, ports)
  endings.push(() => opened.close())
  return opened
}

/** What a call fails with; anything that is no AppError is thrown on. */
async function failure(call: Promise<unknown>) {
  const thrown: unknown = await call.then(
    () => new Error('It should have failed'),
    (error: unknown) => error,
  )
  if (!isAppError(thrown)) throw thrown
  return thrown
}

const HOME = { regions: ['eu-central-1', 'us-east-1'] }

test.each([
  ['an unknown key', { accessKeyId: 'AKIANOBODY' }, {}, 'cloud.credentials-refused'],
  ['a wrong secret', {}, { secretAccessKey: 'correct horse battery staple!' }, 'cloud.credentials-refused'],
])('%s is told when connecting, without the secret', async (_, config, secrets, code) => {
  const cloud = await begin()
  const connecting = awsProvider.connect(configFor(cloud, config), { ...secretsFor(cloud), ...secrets }, testPorts(), {})
  const error = await failure(connecting)
  expect(error).toMatchObject({ kind: 'unauthenticated', code })
  expect(error.remote?.requestId).toMatch(/^[0-9a-f-]{36}$/)
  expect(JSON.stringify(toWireError(error))).not.toContain('correct horse')
})

test('a clock that is off is set right by the answers; where they do not say the time, that is told', async () => {
  const cloud = await begin({ clockOffsetMs: 3_600_000 })
  const { api } = await openTest(cloud, HOME)
  expect((await api.places({})).length).toBe(2)
  expect(await api.machine(cloud.world.runningRef, {})).not.toBeNull()
  const mute = await begin({ clockOffsetMs: 3_600_000, saysDate: false })
  const { api: blind } = await openTest(mute, HOME)
  const first = blind.machines('eu-central-1', {})[Symbol.asyncIterator]()
  expect(await failure(first.next())).toMatchObject({ kind: 'unauthenticated', code: 'cloud.clock-skew' })
})

test('a region that is not enabled is told as that; the others carry on', async () => {
  const cloud = await begin()
  const account = await link(cloud, { regions: ['eu-central-1', 'me-south-1'] })
  const seen = new Recorder()
  await account.watch(seen, {})
  expect(seen.unseenHosts.get('me-south-1')).toMatchObject({
    kind: 'forbidden',
    code: 'cloud.place-not-enabled',
    details: { place: 'me-south-1' },
  })
  expect(seen.unseenHosts.has('eu-central-1')).toBe(false)
  expect(seen.machine(cloud.world.runningRef)?.state).toBe('running')
})

test('left empty, the regions are those that the account has enabled', async () => {
  const { api, places } = await openTest(await begin())
  expect((await api.places({})).map(({ ref }) => ref)).toEqual(['eu-central-1', 'us-east-1', 'ap-southeast-2', 'eu-west-1'])
  const [choices] = await places.choices({})
  expect(choices?.choices.find(({ value }) => value === 'me-south-1')?.disabledReason).toMatch(/not enabled/i)
})

test('a role of another account is assumed by way of one in between, and again when the session is over', async () => {
  const cloud = await begin()
  const roles = ['arn:aws:iam::123456789012:role/hub', 'arn:aws:iam::210987654321:role/customer']
  const { api, places } = await openTest(cloud, { ...HOME, roles, externalId: 'customer-7' })
  expect(await places.identity({})).toBe('arn:aws:sts::210987654321:assumed-role/customer/NovaCron')
  await api.places({})
  expect(cloud.faults.count('AssumeRole')).toBe(2)
  expect(await api.machine(cloud.world.runningRef, {})).not.toBeNull()
  expect(cloud.faults.count('AssumeRole')).toBe(2)
  cloud.keys.expireSessions()
  expect(await api.machine(cloud.world.runningRef, {})).not.toBeNull()
  expect(cloud.faults.count('AssumeRole')).toBe(4)
  const { places: wrong } = await openTest(cloud, { ...HOME, roles })
  expect(await failure(wrong.identity({}))).toMatchObject({
    kind: 'forbidden',
    code: 'cloud.permission-missing',
    details: { permission: 'sts:AssumeRole arn:aws:iam::210987654321:role/customer' },
  })
})

test('a profile of ~/.aws gives the credentials; one that is not there is told', async () => {
  const cloud = await begin()
  const homeDirectory = await mkdtemp(join(tmpdir(), 'nc-aws-'))
  endings.push(() => rm(homeDirectory, { recursive: true }))
  await mkdir(join(homeDirectory, '.aws'))
  const { accessKeyId, secretAccessKey } = cloud.credentials
  await writeFile(
    join(homeDirectory, '.aws/credentials'),
    `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  )
  await writeFile(
    join(homeDirectory, '.aws/config'),
    '[profile hub]\nsource_profile = work\nrole_arn = arn:aws:iam::123456789012:role/hub\n[profile sso]\nsso_session = gone\nsso_account_id = 123456789012\nsso_role_name = x\n[profile code]\nsource_profile = work\nrole_arn = arn:aws:iam::123456789012:role/hub\nmfa_serial = arn:aws:iam::123456789012:mfa/ada\n',
  )
  const profile = (name: string) => openTest(cloud, { login: 'profile', profile: name }, testPorts({ homeDirectory }))
  expect(await (await profile('work')).places.identity({})).toBe('arn:aws:iam::123456789012:user/operator')
  expect(await (await profile('hub')).places.identity({})).toMatch(/^arn:aws:sts::123456789012:assumed-role\/hub\//)
  for (const name of ['nowhere', 'sso']) {
    const error = await failure((await profile(name)).places.identity({}))
    expect(error).toMatchObject({ kind: 'unauthenticated', code: 'aws.no-credentials' })
    expect(error.message).not.toContain(secretAccessKey)
  }
  const asked = cloud.faults.count('AssumeRole')
  expect(await failure((await profile('code')).places.identity({}))).toMatchObject({
    kind: 'unauthenticated',
    code: 'aws.one-time-code',
    details: { profile: 'code', serial: 'arn:aws:iam::123456789012:mfa/ada' },
  })
  expect(cloud.faults.count('AssumeRole')).toBe(asked)
})

test('single sign-on of a profile gives the credentials, as long as its login is good', async () => {
  const cloud = await begin()
  const homeDirectory = await mkdtemp(join(tmpdir(), 'nc-aws-'))
  const { HOME: before } = process.env
  // the library looks for the login's token there, and nowhere else
  process.env.HOME = homeDirectory
  endings.push(() => {
    process.env.HOME = before
    return rm(homeDirectory, { recursive: true })
  })
  await mkdir(join(homeDirectory, '.aws/sso/cache'), { recursive: true })
  await writeFile(
    join(homeDirectory, '.aws/config'),
    '[sso-session work]\nsso_region = eu-central-1\nsso_start_url = https://work.awsapps.com/start\n[profile sso]\nsso_session = work\nsso_account_id = 123456789012\nsso_role_name = admin\n',
  )
  const cache = join(homeDirectory, '.aws/sso/cache', `${createHash('sha1').update('work').digest('hex')}.json`)
  const token = (accessToken: string) =>
    writeFile(cache, JSON.stringify({ accessToken, expiresAt: new Date(Date.now() + 3_600_000).toISOString() }))
  const open = () => openTest(cloud, { login: 'profile', profile: 'sso' }, testPorts({ homeDirectory }))
  await token(SSO_TOKEN)
  expect(await (await open()).places.identity({})).toBe('arn:aws:sts::123456789012:assumed-role/admin/operator')
  const restore = cloud.cut()
  // a network that fails says nothing of the login: it is tried again
  expect(await failure((await open()).places.identity({}))).toMatchObject({ kind: 'unreachable', code: 'cloud.unreachable' })
  restore()
  await token('one that was withdrawn')
  const error = await failure((await open()).places.identity({}))
  expect(error).toMatchObject({ kind: 'unauthenticated', code: 'aws.no-credentials' })
  expect(JSON.stringify(toWireError(error))).not.toContain('withdrawn')
})

test('an operation that never ends is told as that, in time', async () => {
  const cloud = await begin({ transitionMs: 3_600_000 })
  const account = await link(cloud, HOME)
  const error = await failure(account.act(cloud.world.runningRef, { action: 'powerOff' }, { timeoutMs: 10_000 }))
  expect(error).toMatchObject({ kind: 'timeout', code: 'cloud.operation-never-ended' })
})

test('throttled for a while, a change is sent again until it is taken, once', async () => {
  const cloud = await begin()
  const account = await link(cloud, HOME)
  cloud.faults.add({ operation: 'StopInstances', times: 1, fault: { do: 'throttle' } })
  await account.act(cloud.world.runningRef, { action: 'powerOff' }, {})
  expect(cloud.faults.count('StopInstances')).toBe(2)
  expect(cloud.world.machine(cloud.world.runningRef)?.state).toBe('stopped')
})

test('many at once are one call; what one of them cannot do is its own result', async () => {
  const cloud = await begin({ machines: 60, regions: 1 })
  const account = await link(cloud, { regions: ['eu-central-1'] })
  await account.watch(new Recorder(), {})
  const running = cloud.world.refs().filter((ref) => cloud.world.machine(ref)?.state === 'running')
  const spot = running.filter((ref) => cloud.world.machine(ref)?.isSpot)
  expect(spot.length).toBeGreaterThan(0)
  const plain = running.filter((ref) => !spot.includes(ref)).slice(0, 20)
  await Promise.all(plain.map((ref) => account.act(ref, { action: 'shutdown', method: 'auto', deadlineMs: 60_000 }, {})))
  expect(cloud.faults.count('StopInstances')).toBe(1)
  // of a machine that is looked at alone at last, as it may be on a slow computer
  expect(cloud.faults.count('DescribeInstanceAttribute')).toBeLessThan(plain.length / 2)
  const mixed = [...plain.map((ref) => account.act(ref, { action: 'start' }, {})), account.act(spot[0] ?? '', { action: 'powerOff' }, {})]
  const results = await Promise.allSettled(mixed)
  expect(results.slice(0, -1).every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(results.at(-1)).toMatchObject({ status: 'rejected', reason: { kind: 'unsupported', code: 'aws.unsupported' } })
  expect(cloud.faults.count('StartInstances')).toBe(1)
  const together = [plain[0], spot[1] ?? spot[0]].map((ref) => account.act(ref ?? '', { action: 'powerOff' }, {}))
  expect((await Promise.allSettled(together)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
})

test('machines that nobody would think of are all there', async () => {
  const cloud = await begin({ machines: 300, regions: 1 })
  const account = await link(cloud, { regions: ['eu-central-1'] })
  const seen = new Recorder()
  await account.watch(seen, {})
  const all = [...seen.known.machine.values()]
  expect(all.length).toBe(300)
  expect(all.filter(({ name, cloud: facts }) => name === facts?.id).length).toBeGreaterThan(0)
  expect(all.filter(({ tags }) => tags.length === 49 && tags.some((tag) => tag.includes('🚚'))).length).toBeGreaterThan(0)
  const unknown = all.filter(({ cloud: facts }) => facts?.type === 'x9z.metal-99xl')
  expect(unknown.length).toBeGreaterThan(0)
  expect(unknown.every(({ memoryKiB }) => memoryKiB === 0)).toBe(true)
  // asked for by one filter, not for each
  expect(cloud.faults.count('DescribeInstanceTypes')).toBe(1)
})

test('lists that lag behind take nothing back that was seen', async () => {
  const cloud = await begin({ staleMs: 700 })
  const account = await link(cloud, HOME)
  const seen = new Recorder()
  await account.watch(seen, {})
  await account.act(cloud.world.runningRef, { action: 'rename', name: 'new-name' }, {})
  expect(seen.machine(cloud.world.runningRef)?.name).toBe('new-name')
})

test('without a permission the machines are there all the same, and the check names it', async () => {
  const cloud = await begin()
  cloud.faults.add({
    operation: /^(DescribeVolumes|DescribeVpcs|DescribeInstanceTypes|TerminateInstances|GetMetricData)$/,
    fault: { do: 'deny' },
  })
  const account = await link(cloud, HOME)
  const seen = new Recorder()
  await account.watch(seen, {})
  expect(seen.machine(cloud.world.runningRef)).toMatchObject({ state: 'running', vcpus: 2, memoryKiB: 0 })
  const messages: CheckMessage[] = []
  for await (const message of awsProvider.check(configFor(cloud, HOME), secretsFor(cloud), testPorts(), {})) messages.push(message)
  const permissions = messages.flatMap((message) => (message.type === 'permission' ? [message.permission] : []))
  const missing = permissions.filter(({ state }) => state === 'missing').map(({ name }) => name)
  expect(missing.toSorted()).toEqual([
    'cloudwatch:GetMetricData',
    'ec2:DescribeInstanceTypes',
    'ec2:DescribeVolumes',
    'ec2:DescribeVpcs',
    'ec2:TerminateInstances',
  ])
  expect(permissions.find(({ name }) => name === 'ec2:StopInstances')?.state).toBe('granted')
  expect(messages.at(-1)).toMatchObject({ type: 'done', ok: true, machines: 24 })
  expect(cloud.world.machine(cloud.world.runningRef)?.state).toBe('running')
})

test('an endpoint that knows no dry run is not asked for anything that would do harm', async () => {
  const cloud = await begin()
  cloud.ignoresDryRuns = true
  const { api } = await openTest(cloud, HOME)
  const before = cloud.world.refs().map((ref) => cloud.world.machine(ref)?.state)
  const permissions = await api.permissions({})
  expect(permissions.find(({ name }) => name === 'ec2:TerminateInstances')?.state).toBe('unknown')
  expect(cloud.faults.count('TerminateInstances')).toBe(0)
  expect(cloud.world.refs().map((ref) => cloud.world.machine(ref)?.state)).toEqual(before)
})

test('a redirection to another server is not followed: nothing signed goes there', async () => {
  let visits = 0
  const other = createServer((_, response) => {
    visits += 1
    response.end()
  })
  const here = createServer((request, response) => {
    request.resume()
    response.writeHead(307, { Location: `http://127.0.0.1:${(other.address() as AddressInfo).port}/` }).end()
  })
  for (const server of [other, here]) {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    endings.push(() => new Promise((done) => server.close(done).closeAllConnections()))
  }
  const cloud = await begin()
  const { api } = await openTest(cloud, { ...HOME, endpoint: `http://127.0.0.1:${(here.address() as AddressInfo).port}` })
  expect(await failure(api.places({}))).toMatchObject({ kind: 'protocol', code: 'cloud.not-understood' })
  expect(visits).toBe(0)
})
