import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { CLI } from '../../e2e/lab/programs.ts'
import { type Running, serveLocal } from '../coordinator/serve-local.ts'
import { openSession } from './connect.ts'

const IMAGE = 'default/debian-12-genericcloud-amd64.qcow2'
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 ada@home'

let folder: string
let running: Running
let host: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-cli-build-'))
  await mkdir(join(folder, 'assets'))
  await writeFile(join(folder, 'index.html'), '')
  await writeFile(join(folder, 'id.pub'), `# mine\n${KEY}\n`)
  running = await serveLocal({ port: 0, dataDirectory: folder, pageDirectory: folder, demo: null, print: () => {} })
  const session = await openSession(folder)
  const { client } = session
  const { id: workspaceId } = await client.workspaces.create({ name: 'Lab' })
  const config = { hosts: 1, machines: 20, seed: 1, latencyMs: 1, jitterMs: 0, speed: 100 }
  await client.connections.add({ workspaceId, providerId: 'simulated', name: 'Lab', config, secrets: {}, remember: false })
  await vi.waitUntil(async () => (await client.inventory.hosts({})).some(({ machines }) => machines === 20), { timeout: 120_000 })
  host = (await client.inventory.hosts({}))[0]?.host.name ?? ''
  await session.close()
})

afterAll(async () => {
  await running.stop()
  await rm(folder, { recursive: true, force: true })
})

async function cli(...args: readonly string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, '--data', folder, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

const machines = async (query: string) => JSON.parse((await cli('--json', 'ls', query)).out) as Array<{ machine: Record<string, unknown> }>

const common = () => ['--host', host, '--os', 'debian12', '--image', IMAGE, '--linked', '--user', 'ada', '--key', join(folder, 'id.pub')]

test('three machines from an image, with a user, a key and a pattern', async () => {
  const args = ['--name', 'web-{nn}', '--count', '3', '--memory', '256', '--cpus', '1', '--size', '8G', '--tag', 'prod']
  const checked = await cli('build', ...common(), ...args, '--check')
  expect(checked).toEqual({ code: 0, out: 'web-01\nweb-02\nweb-03\n', err: '' })
  expect((await cli('build', ...common(), ...args, '--xml')).out).toContain('<name>web-01</name>')
  expect(await machines('name~/^web-0/')).toEqual([])

  const made = await cli('build', ...common(), ...args, '--start')
  expect([made.code, made.out.split('\n').toSorted().join(' ')]).toEqual([0, ' web-01: succeeded web-02: succeeded web-03: succeeded'])
  await vi.waitUntil(async () => (await machines('name~/^web-0/ state:running tag:prod')).length === 3, { timeout: 120_000 })

  const again = await cli('build', ...common(), ...args)
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('[build.name-taken]')])
})

test('an order in a file, its host by name; flags go before it', async () => {
  const file = join(folder, 'order.yaml')
  const text = [
    `host: ${host}`,
    'name: db',
    'start: false',
    'spec:',
    '  os: debian12',
    '  cpu: {vcpus: 1, mode: host-passthrough}',
    '  memoryMiB: 512',
    '  disks: [{source: {kind: new, pool: default, sizeBytes: 1073741824, format: qcow2}}]',
    '  nics: []',
  ]
  await writeFile(file, text.join('\n'))
  expect(await cli('build', '--spec', file, '--name', 'db-1', '--memory', '256')).toMatchObject({ code: 0, out: 'db-1: succeeded\n' })
  await vi.waitUntil(async () => (await machines('name:db-1 state:stopped')).length === 1, { timeout: 120_000 })
  expect((await machines('name:db-1'))[0]?.machine).toMatchObject({ maxMemoryKiB: 262_144, vcpus: 1 })
})

test('a template of a machine, and a clone linked to it', async () => {
  const made = await cli('template', 'db-1', '--family', 'base', '--changeable', 'vcpus,cloudInit')
  expect([made.code, made.out]).toEqual([0, 'base-v1: succeeded\n'])
  await vi.waitUntil(async () => (await machines('name:base-v1')).length === 1, { timeout: 120_000 })
  const refused = await cli('clone', 'base-v1', '--linked', '--name', 'app', '--memory', '9999')
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('[build.template-fixed]')])
  expect(await cli('clone', 'base-v1', '--linked', '--name', 'app', '--cpus', '2')).toMatchObject({ code: 0, out: 'app: succeeded\n' })
  expect((await cli('start', 'base-v1')).err).toContain('[machine.is-template]')
})

test.each([
  ['no host', ['build', '--name', 'x'], 'cli.flags-missing'],
  ['a host that is not there', ['build', '--host', 'nowhere', '--name', 'x'], 'cli.no-such-host'],
  ['an unknown system', ['build', '--host', 'HOST', '--name', 'x', '--os', 'os2'], 'cli.no-such-os'],
  ['no name', ['build', '--host', 'HOST'], 'cli.bad-order'],
  ['a name that is none', ['build', '--host', 'HOST', '--name', 'a/b'], 'cli.bad-order'],
  ['a size that is none', ['build', '--host', 'HOST', '--name', 'x', '--size', 'huge'], 'cli.bad-size'],
  ['an image without its pool', ['build', '--host', 'HOST', '--name', 'x', '--image', 'debian'], 'cli.bad-volume'],
  ['a key that is not there', ['build', '--host', 'HOST', '--name', 'x', '--user', 'ada', '--key', '/nowhere.pub'], 'cli.bad-file'],
  ['a key of nobody', ['build', '--host', 'HOST', '--name', 'x', '--key', '/nowhere.pub'], 'cli.flags-missing'],
  ['a password without a terminal', ['build', '--host', 'HOST', '--name', 'x', '--user', 'ada', '--password-prompt'], 'cli.no-terminal'],
  ['a file that is no order', ['build', '--spec', CLI], 'cli.bad-file'],
  ['a machine that is not there', ['clone', 'nobody', '--name', 'x'], 'cli.no-such-machine'],
])('%s', async (_what, args, code) => {
  const answer = await cli(...args.map((arg) => (arg === 'HOST' ? host : arg)))
  expect([answer.code, answer.err]).toEqual([1, expect.stringContaining(`[${code}]`)])
})

test('a count that is no number is wrong usage', async () => {
  expect(await cli('build', '--count', 'many')).toMatchObject({ code: 2 })
})
