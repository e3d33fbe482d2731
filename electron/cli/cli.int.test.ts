import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { CLI } from '../../e2e/lab/programs.ts'
import { type Running, serveLocal } from '../coordinator/serve-local.ts'
import { openSession } from './connect.ts'

let dataDirectory: string
let running: Running

beforeAll(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'novacron-cli-'))
  await mkdir(join(dataDirectory, 'assets'))
  await writeFile(join(dataDirectory, 'index.html'), '')
  running = await serveLocal({ port: 0, dataDirectory, pageDirectory: dataDirectory, demo: null, print: () => {} })
  const session = await openSession(dataDirectory)
  const { id: workspaceId } = await session.client.workspaces.create({ name: 'Lab' })
  // unlike the demo's sites: no action fails there by chance, and nothing changes by itself
  const config = { hosts: 200, machines: 10_000, seed: 1, latencyMs: 2, jitterMs: 1 }
  await session.client.connections.add({ workspaceId, providerId: 'simulated', name: 'Lab', config, secrets: {}, remember: false })
  await session.close()
  await vi.waitUntil(async () => (await json<unknown[]>('ls')).length === 10_000, { timeout: 120_000, interval: 500 })
})

afterAll(async () => {
  await running.stop()
  await rm(dataDirectory, { recursive: true, force: true })
})

function start(args: readonly string[], data = dataDirectory): ChildProcess {
  return spawn(process.execPath, [CLI, '--data', data, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

const cli = (...args: readonly string[]) => ended(start(args))

async function ended(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let out = ''
  let err = ''
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString()
  })
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, out, err }
}

async function json<T>(...args: readonly string[]): Promise<T> {
  const { out, err } = await cli('--json', ...args)
  if (!out) throw new Error(err)
  return JSON.parse(out) as T
}

interface Row {
  readonly machine: { readonly id: string; readonly name: string; readonly state: string; readonly tags: readonly string[] }
  readonly hostName: string
}

test('ls answers a query, as a table and as JSON', async () => {
  const rows = await json<Row[]>('ls', 'state:running tag:prod')
  expect(rows.length).toBeGreaterThan(0)
  expect(rows.every(({ machine }) => machine.state === 'running' && machine.tags.includes('prod'))).toBe(true)
  const { out, code } = await cli('ls', `name:${rows[0]?.machine.name}`)
  expect(code).toBe(0)
  expect(out).toMatch(/^STATE +NAME/)
})

test('login-link prints a link that lets one browser in', async () => {
  const { out, code } = await cli('login-link')
  expect(code).toBe(0)
  const visit = () => fetch(out.trim(), { redirect: 'manual' })
  expect((await visit()).headers.get('set-cookie')).toBeTruthy()
  expect((await visit()).headers.get('set-cookie')).toBeNull()
})

test('hosts lists each host with its counts', async () => {
  const hosts = await json<Array<{ machines: number }>>('hosts')
  expect(hosts).toHaveLength(200)
  expect(hosts.reduce((sum, { machines }) => sum + machines, 0)).toBe(10_000)
})

test('suspend and resume one machine, named by host and name, and find the tasks', async () => {
  const [row] = await json<Row[]>('ls', 'state:running tag:prod')
  if (!row) throw new Error('no running machine')
  const name = `${row.hostName}/${row.machine.name}`
  expect(await cli('suspend', name)).toMatchObject({ code: 0, out: `${row.machine.name}: succeeded\n` })
  expect((await json<Row[]>('ls', 'state:paused')).map(({ machine }) => machine.id)).toContain(row.machine.id)
  expect(await cli('resume', row.machine.id)).toMatchObject({ code: 0 })
  const tasks = await json<Array<{ kind: string; state: string; origin: string }>>('tasks')
  expect(tasks.slice(0, 2)).toMatchObject([
    { kind: 'machine.resume', state: 'succeeded', origin: 'cli' },
    { kind: 'machine.suspend', state: 'succeeded', origin: 'cli' },
  ])
  expect((await json<{ ok: boolean }>('audit')).ok).toBe(true)
})

test('what cannot be taken back needs --yes when nobody can be asked', async () => {
  const [row] = await json<Row[]>('ls', 'state:running tag:prod')
  const refused = await cli('power-off', row?.machine.id ?? '')
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('--yes')
})

test('an action that does not fit says why and ends with 1', async () => {
  const [row] = await json<Row[]>('ls', 'state:stopped')
  const refused = await cli('suspend', row?.machine.id ?? '')
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('[machine.wrong-state]')
})

test.each([
  ['an unknown machine', ['start', 'no such machine'], 1, 'cli.no-such-machine'],
  ['a query with a fault', ['ls', 'cpu>>'], 1, 'query.'],
  ['an unknown command', ['fly'], 2, 'unknown command'],
  ['a move to nowhere in particular', ['migrate', 'web'], 2, '--to'],
  ['a move to an unknown host', ['migrate', 'web', '--to', 'no such host'], 1, 'cli.no-such-host'],
])('%s', async (_name, args, code, text) => {
  const answer = await cli(...args)
  expect(answer.code).toBe(code)
  expect(answer.err).toContain(text)
})

test('events --follow prints what happens while it runs', async () => {
  const follower = start(['--json', 'events', '--follow', '-n', '1'])
  let out = ''
  follower.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  try {
    await expect.poll(() => out.length).toBeGreaterThan(0)
    const [row] = await json<Row[]>('ls', 'state:running tag:test')
    await cli('suspend', row?.machine.id ?? '')
    await expect.poll(() => out).toContain(`"machineId":"${row?.machine.id}"`)
  } finally {
    follower.kill()
  }
})

test('events QUERY --follow begins at the newest and prints what matches alone', async () => {
  const [wanted, other] = await json<Row[]>('ls', 'state:running tag:test -tag:prod')
  await cli('suspend', other?.machine.id ?? '')
  const follower = start(['--json', 'events', '--follow', `machine:${wanted?.machine.id}`])
  let out = ''
  follower.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString()
  })
  try {
    // whether it follows yet cannot be seen: each round leaves another event of either machine
    await expect
      .poll(async () => {
        await cli('resume', other?.machine.id ?? '')
        for (const name of ['suspend', 'resume']) await cli(name, wanted?.machine.id ?? '')
        await cli('suspend', other?.machine.id ?? '')
        return out
      })
      .not.toBe('')
  } finally {
    follower.kill()
  }
  const machines = out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { machineId: string | null }).machineId)
  expect(new Set(machines)).toEqual(new Set([wanted?.machine.id]))
})

test('--no-wait leaves the task to the running engine', async () => {
  const [row] = await json<Row[]>('ls', 'state:running tag:prod')
  const { code, out } = await cli('suspend', '--no-wait', row?.machine.id ?? '')
  expect(code).toBe(0)
  await expect
    .poll(async () => (await json<Array<{ id: string; state: string }>>('tasks')).find(({ id }) => id === out.trim())?.state)
    .toBe('succeeded')
})

test('migrate --check says what stops it, as a table and as JSON', async () => {
  const [row] = await json<Row[]>('ls', 'state:running tag:prod')
  if (!row) throw new Error('no running machine')
  const name = `${row.hostName}/${row.machine.name}`
  const check = await cli('migrate', name, '--to', row.hostName, '--check')
  expect(check.code).toBe(1)
  expect(check.out).toMatch(/^BLOCKS +same-host/m)
  const [found] = await json<Array<{ findings: unknown[] }>>('migrate', name, '--to', row.hostName, '--check')
  expect(found?.findings).toContainEqual(expect.objectContaining({ check: 'same-host', severity: 'blocks' }))
})

test('migrate --at plans, and migrate plans lists, changes and cancels', async () => {
  const [row] = await json<Row[]>('ls', 'state:running tag:prod')
  if (!row) throw new Error('no running machine')
  const order = ['migrate', `${row.hostName}/${row.machine.name}`, '--to', row.hostName, '--yes']
  const planned = await cli(...order, '--at', '2037-03-28 02:30', '--until', '2037-03-28 04:00')
  expect(planned).toMatchObject({ code: 0, out: expect.stringMatching(/^plan-\S+\n$/) as string })
  const id = planned.out.trim()
  expect((await cli(...order, '--at', '2037-04-08 02:30')).err).toContain('[migration.already-planned]')
  expect((await cli(...order, '--at', '2020-04-08 02:30')).err).toContain('[migration.plan-past]')
  expect((await cli('migrate', 'plans', id, '--at', '2037-03-30 05:00')).code).toBe(0)
  expect((await cli('migrate', 'plans')).out).toMatch(new RegExp(`^${id} +${row.machine.name} .* 2037-03-30 05:00 +planned$`, 'm'))
  expect((await cli('migrate', 'plans', id, '--cancel')).code).toBe(0)
  expect((await cli('migrate', 'plans')).out).toBe('')
  expect(await json('migrate', 'plans', '--all')).toMatchObject([{ id, state: 'cancelled', origin: 'cli' }])
})

describe('without a running engine', () => {
  let alone = ''
  beforeAll(async () => {
    alone = await mkdtemp(join(tmpdir(), 'novacron-alone-'))
  })
  afterAll(() => rm(alone, { recursive: true, force: true }))

  test('one is started for the command and ends with it', async () => {
    const { code, out } = await ended(start(['--json', 'ls'], alone))
    expect({ code, out: out.trim() }).toEqual({ code: 0, out: '[]' })
    await expect(rm(join(alone, 'endpoint.json'))).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('--no-wait is refused, as the task would end with the command, and the ways out are named', async () => {
    const { code, err } = await ended(start(['suspend', '--no-wait', '-q', 'name:*'], alone))
    expect(code).toBe(1)
    for (const words of ['[cli.nobody-finishes]', 'Leave out --no-wait', 'start NovaCron first']) expect(err).toContain(words)
  })
})
