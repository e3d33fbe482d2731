import { execFileSync } from 'node:child_process'
import { chmod, copyFile, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Machine } from '../../shared/model/index.ts'
import { type Lab, run, startLab, until } from '../lab/lab.ts'
import { COORDINATOR } from '../lab/programs.ts'
import { requirePeer } from '../lab/requires.ts'
import { makeTestDriverXml, type TestStates, testDomainName } from '../lab/test-driver.ts'
import { check } from './check.ts'
import { dataOf, engineFolder, startToEnd, TestEngine } from './engine.ts'

const libvirtd = requirePeer('libvirtd')
const mounts = requirePeer('mounts')

const undo: Array<() => unknown> = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

async function ownFolder(): Promise<string> {
  const folder = await engineFolder()
  undo.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function started(folder: string): Promise<TestEngine> {
  const engine = await TestEngine.start({ folder })
  undo.push(() => engine.stop())
  return engine
}

/** An engine that has run once on that folder, with a connection in its database. */
async function seeded(): Promise<string> {
  const folder = await ownFolder()
  const engine = await TestEngine.start({ folder })
  await engine.add('kept', { transport: 'ssh', host: '127.0.0.1', port: 1 })
  await engine.client.connections.setEnabled({ connectionId: engine.all('connection')[0]?.id as never, enabled: false })
  await engine.stop()
  return folder
}

describe('the data folder', () => {
  test('a corrupt database: the console starts, says so, and keeps the damaged file', async () => {
    const folder = await seeded()
    await writeFile(join(dataOf(folder), 'novacron.db'), Buffer.alloc(65_536, 'not a database '))
    const engine = await started(folder)
    const { database } = await engine.client.system.info({})
    expect(database.state).toBe('rebuilt')
    expect(database.message?.length).toBeGreaterThan(20)
    expect((await readdir(dataOf(folder))).some((name) => name.includes('damaged'))).toBe(true)
    expect(engine.all('workspace')).toHaveLength(1)
  })

  test.skipIf(!mounts.ok)('a read-only folder is refused in one line that names it, the cause and the way out', async () => {
    const folder = await seeded()
    const data = dataOf(folder)
    const disk = await smallDisk(folder, '32m')
    await cp(data, disk, { recursive: true, filter: (path) => !path.endsWith('.sock') })
    execFileSync('mount', ['-o', 'remount,ro', disk])
    const { code, text } = await startToEnd(folder, disk)
    // the lock that keeps a second engine away needs to write
    expect(code).toBe(1)
    expectOneLine(text, disk, 'mounted read-only', 'Mount it writable', '--data')
  })

  test.skipIf(!mounts.ok)(
    'a disk that is full at the start: refused in one line with the way out, and nothing is in the way later',
    async () => {
      const folder = await ownFolder()
      const disk = await smallDisk(folder, '3m')
      await run('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'])
      const { code, text } = await startToEnd(folder, disk)
      expect(code).toBe(1)
      expectOneLine(text, disk, 'is full', 'Free some space', '--data')
      expect(await readdir(disk)).toEqual(['filler'])
      await rm(join(disk, 'filler'))
      const engine = await TestEngine.start({ folder, data: disk })
      undo.push(() => engine.stop())
      expect((await engine.client.system.info({})).database.state).toBe('ok')
    },
  )

  test.skipIf(!mounts.ok)('a full disk: the console runs on, and says that it cannot write', async () => {
    const folder = await ownFolder()
    const disk = await smallDisk(folder, '3m')
    const engine = await TestEngine.start({ folder, data: disk })
    undo.push(() => engine.stop())
    await run('dd', ['if=/dev/zero', `of=${join(disk, 'filler')}`, 'bs=4k'])
    const added = await engine.add('unsaved', { transport: 'ssh', host: '127.0.0.1', port: 1 }).then(
      () => 'accepted',
      (thrown: unknown) => (thrown as { kind?: string }).kind,
    )
    expect(['accepted', 'exhausted', 'precondition', 'remote-failure']).toContain(added)
    await until('the trouble to be said', async () => (await engine.client.system.info({})).database.state !== 'ok', 120_000, 200)
    expect((await engine.client.system.info({})).database.message).toMatch(/full|space/i)
    await rm(join(disk, 'filler'))
    await until('the trouble over', async () => (await engine.client.system.info({})).database.state === 'ok', 120_000, 200)
  })

  test('a second engine on the same folder is refused with the first one’s pid', async () => {
    const folder = await ownFolder()
    const engine = await started(folder)
    const { code, text } = await startToEnd(folder)
    expect(code).toBe(1)
    expect(text).toMatch(/A NovaCron \(process \d+\) already uses/)
    expect(text).toContain('--data')
    expect((await engine.client.system.info({})).database.state).toBe('ok')
  })

  test('a port that is taken is named, with the way out', async () => {
    const folder = await ownFolder()
    const other = createServer()
    await new Promise<void>((resolve) => {
      other.listen(0, '127.0.0.1', resolve)
    })
    undo.push(() => other.close())
    const { port } = other.address() as { port: number }
    const result = await run(process.execPath, [COORDINATOR, 'serve', '--local', '--port', String(port), '--data', dataOf(folder)], {
      env: { HOME: join(folder, 'home') },
    })
    expect(result.code).toBe(1)
    expect(result.stderr).toContain(`Port ${port} is taken by another program`)
    expect(result.stderr).toContain('--port 0')
  })
})

test('200 hosts all down: few attempts, one notice, nothing lost', async () => {
  const engine = await started(await ownFolder())
  const workspace = engine.all('workspace')[0]
  if (!workspace) throw new Error('no workspace')
  // nobody listens on these ports: each is refused at once
  await Promise.all(
    Array.from({ length: 200 }, (_, n) =>
      engine.add(`down-${n}`, { transport: 'ssh', host: `127.0.${n}.1`, port: 9, useSshConfig: false }),
    ),
  )
  await until(
    'the network to be called down',
    async () => (await notices(engine)).some(({ code }) => code === 'network.down'),
    120_000,
    100,
  )
  await until('nobody trying', async () => engine.all('connection').every(({ status }) => status === 'offline'))
  expect(engine.all('connection')).toHaveLength(200)
  const told = await notices(engine)
  expect(told.filter(({ code }) => code === 'network.down')).toHaveLength(1)
  expect(told.length).toBeLessThanOrEqual(6)
  const waiting = engine.all('connection').filter(({ nextAttemptAtMs }) => nextAttemptAtMs !== null)
  expect(waiting.length).toBeLessThanOrEqual(1)
})

async function notices(engine: TestEngine) {
  const { items } = await engine.client.events.list({ query: '', limit: 1_000 })
  return items.filter(({ severity }) => severity !== 'info')
}

describe.skipIf(!libvirtd.ok)('more machines than one answer of libvirt holds', () => {
  async function consoleOf(states: TestStates): Promise<{ readonly engine: TestEngine; readonly config: Record<string, unknown> }> {
    const lab: Lab = await startLab({ hosts: ['many'] })
    undo.push(() => lab.stop())
    const host = lab.host('many')
    await makeTestDriverXml(17_000, host.dir, states)
    const folder = await ownFolder()
    await copyFile(host.knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    const uri = 'test:///srv/host/test-17000.xml'
    return { engine: await started(folder), config: { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile, uri } }
  }

  test('17,000 that are alike: those that can be named are there and work, and it is said that there are more', async () => {
    const { engine, config } = await consoleOf('all-off')
    expect(await check(engine, config)).toMatchObject({ ok: true, machines: 17_000 })
    const { id } = await engine.add('many', config)
    await engine.status(id, 'online')
    await until('as many as the protocol names', async () => engine.machines(id).length === 16_384)
    const told = (await notices(engine)).filter(({ code }) => code === 'host.list-incomplete')
    expect(told).toHaveLength(1)
    expect(told[0]?.text).toContain('Move some to another host')
    expect(engine.all('pool').map(({ name }) => name)).toEqual(['default'])
    const target = engine.machines(id)[100] as Machine
    const { taskId } = await engine.client.machines.act({ targets: { ids: [target.id] }, action: { action: 'start' } })
    expect(await engine.ended(taskId)).toMatchObject({ state: 'succeeded' })
    await engine.reaches(id, target.nativeRef, 'running')
    await engine.client.connections.reconnect({ connectionId: id })
    await engine.status(id, 'online')
    expect(engine.machine(id, target.nativeRef)?.state).toBe('running')
  })

  test('17,000 domains of one host are all there', async () => {
    const { engine, config } = await consoleOf('mixed')
    const { id } = await engine.add('many', config)
    await engine.status(id, 'online')
    await until('all of them', async () => engine.machines(id).length === 17_000)
    expect(engine.machines(id).some(({ name }) => name === testDomainName(17_000))).toBe(true)
  })
})

/** What a person who starts it reads: no stack, and each of the words. */
function expectOneLine(text: string, ...words: readonly string[]): void {
  expect(text.trim().split('\n')).toHaveLength(1)
  for (const word of words) expect(text).toContain(word)
}

/** A small file system of its own, taken away after the test. */
async function smallDisk(folder: string, size: string): Promise<string> {
  const disk = join(folder, 'disk')
  await mkdir(disk)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'novacron-test', disk])
  await chmod(disk, 0o700)
  undo.push(() => execFileSync('umount', ['-l', disk]))
  return disk
}
