import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Connection, MachineAction } from '../../shared/model/index.ts'
import { dataOf, engineFolder, TestEngine } from '../hosts/engine.ts'
import { type AwsCloud, type AwsCloudOptions, startAwsCloud } from '../lab/clouds/aws/index.ts'
import { until } from '../lab/run.ts'

const REGIONS = ['eu-central-1', 'us-east-1']
const endings: Array<() => Promise<unknown>> = []
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end()
})

async function begin(options: AwsCloudOptions = {}): Promise<AwsCloud> {
  const cloud = await startAwsCloud({ machines: 60, regions: 2, transitionMs: 100, ...options })
  endings.push(() => cloud.stop())
  return cloud
}

async function start(folder?: string): Promise<TestEngine> {
  const engine = await TestEngine.start(folder === undefined ? {} : { folder })
  endings.push(() => engine.stop())
  return engine
}

/** The account by its key; secrets for this run only. */
async function add(engine: TestEngine, cloud: AwsCloud): Promise<Connection> {
  const { accessKeyId, secretAccessKey } = cloud.credentials
  const config = { accessKeyId, endpoint: cloud.endpoint, regions: REGIONS }
  const { id } = await engine.add('shop', config, { providerId: 'aws', secrets: { secretAccessKey } })
  return engine.status(id, 'online')
}

async function act(engine: TestEngine, ids: readonly string[], action: MachineAction) {
  const { taskId } = await engine.client.machines.act({ targets: { ids: [...ids] as never }, action })
  return engine.ended(taskId)
}

/** Every byte below a folder. */
async function contentOf(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name), 'latin1')))).join('\n')
}

test('an account shows its machines, stops many with one call, and leaves no secret behind', async () => {
  const cloud = await begin()
  const engine = await start()
  const { id } = await add(engine, cloud)
  expect(engine.machines(id).length).toBe(60)
  const hosts = engine.all('host').filter(({ connectionId }) => connectionId === id)
  expect(hosts.map(({ name, kind }) => `${kind} ${name}`).toSorted()).toEqual(REGIONS.map((name) => `region ${name}`))

  const here = engine.machines(id).filter((machine) => machine.nativeRef.startsWith('eu-central-1/'))
  const running = here.filter(({ state, cloud: facts }) => state === 'running' && facts?.purchase !== 'spot')
  const task = await act(
    engine,
    running.map((machine) => machine.id),
    { action: 'shutdown', method: 'auto', deadlineMs: 60_000 },
  )
  expect(task).toMatchObject({ state: 'succeeded', children: { succeeded: running.length, failed: 0 } })
  expect(running.every(({ nativeRef }) => cloud.world.machine(nativeRef)?.state === 'stopped')).toBe(true)
  expect(cloud.faults.count('StopInstances')).toBeLessThan(running.length / 3)
  expect(await contentOf(engine.folder)).not.toContain(cloud.credentials.secretAccessKey)
})

test('killed in the middle of a stop, it goes on after the next start and stops nothing twice', async () => {
  const cloud = await begin({ transitionMs: 4_000 })
  const folder = await engineFolder()
  await mkdir(join(folder, 'home/.aws'))
  const { accessKeyId, secretAccessKey } = cloud.credentials
  await writeFile(
    join(folder, 'home/.aws/credentials'),
    `[work]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  )
  const first = await TestEngine.start({ folder })
  const config = { login: 'profile', profile: 'work', endpoint: cloud.endpoint, regions: REGIONS }
  const { id } = await first.add('shop', config, { providerId: 'aws' })
  await first.status(id, 'online')
  const machine = first.machine(id, cloud.world.runningRef)
  const { taskId } = await first.client.machines.act({ targets: { ids: [machine?.id as never] }, action: { action: 'powerOff' } })
  await until('it is stopping', async () => cloud.world.machine(cloud.world.runningRef)?.state === 'stopping')
  await first.stop('SIGKILL')

  const second = await start(folder)
  await second.status(id, 'online')
  expect(second.machines(id).length).toBe(60)
  expect(await second.ended(taskId)).toMatchObject({ state: 'succeeded' })
  expect(cloud.world.machine(cloud.world.runningRef)?.state).toBe('stopped')
  expect(cloud.faults.count('StopInstances')).toBe(1)
  expect(await contentOf(dataOf(folder))).not.toContain(secretAccessKey)
})

test('a key that is withdrawn wants a person; nothing is tried by itself, and what was known stays', async () => {
  const cloud = await begin()
  const engine = await start()
  const { id } = await add(engine, cloud)
  const key = cloud.keys.get(cloud.credentials.accessKeyId)
  if (!key) throw new Error('no key')
  key.disabled = true
  const [machine] = engine.machines(id)
  const task = await act(engine, [machine?.id ?? ''], { action: 'setMetadata', addTags: ['seen=yes'] })
  expect(task.error).toMatchObject({ kind: 'unauthenticated', code: 'cloud.credentials-refused' })
  // sooner than by the next look
  await engine.client.connections.setEnabled({ connectionId: id, enabled: false })
  await engine.client.connections.setEnabled({ connectionId: id, enabled: true })
  const refused = await engine.status(id, 'needs-attention')
  expect(refused).toMatchObject({ error: { code: 'cloud.credentials-refused' }, nextAttemptAtMs: null })
  expect(engine.machines(id).length).toBe(60)
  key.disabled = false
  await engine.client.connections.reconnect({ connectionId: id })
  await engine.status(id, 'online')
})
