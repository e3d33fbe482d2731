import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { buildInput, cloneInput } from '../../../shared/contract/build.ts'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import type { ConnectionId, Host, Machine, Task, TaskId } from '../../../shared/model/index.ts'
import { createEngine, type Engine } from '../../engine/engine.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { providers } from '../../providers/registry.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Store } from '../../store/store.ts'
import type { CallContext, Handlers } from '../handlers.ts'
import { createHandlers } from './index.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ6p3tq0m5oJ2b8uUu9B0bYV7b6uT1m1q1f3k7m2n4x9 ada@home'
const DEBIAN = { pool: 'default', volume: 'debian-12-genericcloud-amd64.qcow2' }

let folder = ''
let store: Store
let engine: Engine
let handlers: Handlers

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-demo-builds-'))
  store = await openSqliteStore({ file: join(folder, 'console.db') })
  const kept = new Map<string, string>()
  engine = createEngine({
    store,
    secrets: {
      kind: 'memory',
      locked: false,
      reason: 'a test',
      unlock: async () => true,
      onUnlock: () => () => {},
      get: async (name) => kept.get(name) ?? null,
      set: async (name, value) => void kept.set(name, value),
      delete: async (name) => void kept.delete(name),
    },
    providers,
    clock: systemClock,
    log: QUIET,
    dataDirectory: folder,
    homeDirectory: folder,
    face: 'local',
    version: '0.0.0-test',
    user: 'ada',
  })
  handlers = createHandlers(engine)
  await engine.start()
})
afterEach(async () => {
  await engine.stop()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function context(): CallContext {
  return { actor: 'ada', origin: 'cli', clientId: 'test', permissions: new Set(PERMISSIONS), signal: new AbortController().signal }
}

async function until<T>(what: string, look: () => Promise<T | null | undefined | false> | T | null | undefined | false): Promise<T> {
  const deadlineMs = Date.now() + 120_000
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
    if (Date.now() > deadlineMs) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const ended = (taskId: TaskId): Promise<Task> =>
  until(`the end of ${taskId}`, async () => {
    const task = await handlers.tasks.get({ taskId }, context())
    return task.endedAtMs !== null && task
  })

/** A site a hundred times as fast as life, and a host of it. Sites outlive their links, so each test has one of its own by its seed. */
async function siteWith(config: Readonly<Record<string, number>> & { readonly seed: number }): Promise<Host> {
  const { id: workspaceId } = await handlers.workspaces.create({ name: 'Lab' }, context())
  const given = { site: 'Malmö lab', hosts: 2, machines: 40, templates: 2, latencyMs: 1, jitterMs: 0, speed: 100, ...config }
  const asked = { workspaceId, providerId: 'simulated', name: 'Malmö lab', config: given, secrets: {}, remember: false }
  const { id } = await handlers.connections.add(asked, context())
  await until('the link', () => engine.inventory.inventory.get('connection', id)?.status === 'online')
  await until('the fleet', () => machinesOf(id).length === 40)
  return until('its host', () => [...engine.inventory.inventory.all('host')].find(({ connectionId }) => connectionId === id))
}

function machinesOf(connectionId: ConnectionId): Machine[] {
  return [...engine.inventory.inventory.all('machine')].filter((machine) => machine.connectionId === connectionId)
}

function order(host: Host, more: Readonly<Record<string, unknown>> = {}) {
  const image = { kind: 'image', pool: 'default', base: DEBIAN, mode: 'copy', sizeBytes: null, format: 'qcow2' }
  return buildInput.parse({
    hostId: host.id,
    name: 'web-{nn}',
    spec: {
      os: 'debian12',
      cpu: { vcpus: 1, mode: 'host-passthrough' },
      memoryMiB: 64,
      disks: [{ source: image }],
      nics: [{ source: { kind: 'network', network: 'prod' } }],
    },
    cloudInit: { user: { name: 'ada', sshKeys: [KEY], password: 'correct horse' } },
    ...more,
  })
}

test('three from a cloud image boot and show their addresses; the best becomes a template, and that a linked clone', async () => {
  const host = await siteWith({ seed: 1 })
  const network = { kind: 'static', address: '10.46.200.20/24', gateway: '10.46.200.1', dns: ['10.46.200.1'] }
  const asked = order(host, { count: 3, cloudInit: { user: { name: 'ada', sshKeys: [KEY] }, network } })
  expect((await handlers.build.check(asked, context())).findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
  expect((await handlers.build.preview(asked, context())).xml).toContain('<name>web-01</name>')
  const { taskId, names } = await handlers.build.create(asked, context())
  expect(names).toEqual(['web-01', 'web-02', 'web-03'])
  expect(await ended(taskId)).toMatchObject({ state: 'succeeded', children: { total: 3, succeeded: 3 } })
  const built = await until('three addresses', () => {
    const machines = machinesOf(host.connectionId).filter(({ name }) => names.includes(name))
    return machines.every(({ addresses, agent }) => addresses.length === 1 && agent === 'connected') && machines
  })
  expect(built.flatMap(({ addresses }) => addresses).toSorted()).toEqual(['10.46.200.20', '10.46.200.21', '10.46.200.22'])

  const best = built.find(({ name }) => name === 'web-02')
  if (!best) throw new Error('web-02 is not there')
  const off = await handlers.machines.act({ targets: { ids: [best.id] }, action: { action: 'powerOff' } }, context())
  await ended(off.taskId)
  const made = await handlers.build.makeTemplate(
    { machineId: best.id, family: 'web', changeable: ['vcpus', 'cloudInit'], pool: null },
    context(),
  )
  expect(await ended(made.taskId)).toMatchObject({ state: 'succeeded' })
  const template = await until('the template', () => machinesOf(host.connectionId).find((machine) => machine.template?.family === 'web'))
  expect(template).toMatchObject({ name: 'web-v1', state: 'stopped', template: { version: 1, changeable: ['vcpus', 'cloudInit'] } })
  await expect(handlers.machines.act({ targets: { ids: [template.id] }, action: { action: 'start' } }, context())).rejects.toMatchObject({
    kind: 'precondition',
  })

  const clone = cloneInput.parse({ machineId: template.id, name: 'web-clone', mode: 'linked', changes: { vcpus: 2 }, start: true })
  const cloned = await handlers.build.clone(clone, context())
  expect(await ended(cloned.taskId)).toMatchObject({ state: 'succeeded' })
  expect(machinesOf(host.connectionId).find(({ name }) => name === 'web-clone')).toMatchObject({
    vcpus: 2,
    template: null,
    state: 'running',
  })
})

test('a template of the demo fleet can be cloned as it is', async () => {
  const host = await siteWith({ seed: 2 })
  const template = machinesOf(host.connectionId).find((machine) => machine.template?.family === 'debian-13-base')
  if (!template) throw new Error('no template')
  const clone = cloneInput.parse({ machineId: template.id, name: 'from-{nn}', count: 2, mode: 'linked', start: false })
  expect((await handlers.build.checkClone(clone, context())).findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
  const { taskId } = await handlers.build.clone(clone, context())
  expect(await ended(taskId)).toMatchObject({ state: 'succeeded', children: { succeeded: 2 } })
})

test('two hundred at once on a site that fails now and then: a result for each, and nothing of those that failed', async () => {
  const host = await siteWith({ seed: 3, failureRate: 0.05, speed: 1_000 })
  const pools = [...engine.inventory.inventory.all('pool')]
  const pool = pools.find(({ hostId, name }) => hostId === host.id && name === 'default')
  if (!pool) throw new Error('no pool')
  const { taskId, names } = await handlers.build.create(order(host, { count: 200, start: false }), context())
  const parent = await ended(taskId)
  const children = await handlers.tasks.list({ query: '', parentId: taskId, limit: 1_000 }, context())
  const made = children.items.filter(({ state }) => state === 'succeeded').map(({ target }) => target?.name ?? '')
  const failed = children.items.filter(({ state }) => state === 'failed')
  expect(parent.children).toMatchObject({ total: 200, succeeded: made.length, failed: failed.length })
  expect(made.length + failed.length).toBe(200)
  expect(failed.length).toBeGreaterThan(5)
  expect(failed.length).toBeLessThan(60)
  for (const { error } of failed) {
    expect(['volume.failed', 'build.define-failed']).toContain(error?.code)
    expect(error?.remote).toMatchObject({ message: expect.stringMatching(/./) })
  }
  const there = machinesOf(host.connectionId).filter(({ name }) => names.includes(name))
  expect(there.map(({ name }) => name).toSorted()).toEqual(made.toSorted())
  const volumes = await handlers.volumes.list({ poolId: pool.id }, context())
  const unused = volumes.filter(({ name, usedBy }) => name.startsWith('web-') && usedBy.length === 0)
  expect(unused.map(({ name }) => name)).toEqual([])
})
