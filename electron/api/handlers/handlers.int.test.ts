import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { PERMISSIONS, type Permission } from '../../../shared/contract/index.ts'
import type { MachineId, Task, TaskId } from '../../../shared/model/index.ts'
import { createEngine, type Engine } from '../../engine/engine.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { providers } from '../../providers/registry.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Store } from '../../store/store.ts'
import type { CallContext, Handlers } from '../handlers.ts'
import { createHandlers } from './index.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

let folder = ''
let store: Store
let engine: Engine
let handlers: Handlers

async function boot(): Promise<void> {
  store = await openSqliteStore({ file: join(folder, 'console.db') })
  const unlocked = { kind: 'memory' as const, locked: false, reason: 'a test', unlock: async () => true, onUnlock: () => () => {} }
  engine = createEngine({
    store,
    secrets: { ...unlocked, get: async () => null, set: async () => {}, delete: async () => {} },
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
}

async function shutDown(): Promise<void> {
  await engine.stop()
  await store.close()
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-handlers-'))
  await boot()
})
afterEach(async () => {
  await shutDown()
  await rm(folder, { recursive: true, force: true })
})

function context(permissions: readonly Permission[] = PERMISSIONS, signal = new AbortController().signal): CallContext {
  return { actor: 'ada', origin: 'cli', clientId: 'test', permissions: new Set(permissions), signal }
}

async function until<T>(what: string, look: () => Promise<T | null | false> | T | null | false): Promise<T> {
  const deadlineMs = Date.now() + 120_000
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== false) return seen
    if (Date.now() > deadlineMs) throw new Error(`never: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const ended = (taskId: TaskId): Promise<Task> =>
  until(`the end of ${taskId}`, async () => {
    const task = await handlers.tasks.get({ taskId }, context())
    return task.endedAtMs !== null && task
  })

async function demo(machines = 40): Promise<void> {
  await handlers.connections.addDemo({ hosts: 4, machines, seed: 7, clouds: false }, context())
  await until('the demo fleet', () => engine.inventory.inventory.count('machine') === machines)
  await until('its links', () => [...engine.inventory.inventory.all('connection')].every(({ status }) => status === 'online'))
}

const page = { limit: 100 }

test('a machine is suspended, seen so, taken back, and all of it is found again after a restart', async () => {
  await demo()
  const running = [...engine.inventory.inventory.all('machine')].filter((machine) => machine.state === 'running')
  // The simulated hosts fail now and then, as real ones do: some target will do.
  let done: Task | undefined
  let machineId = '' as MachineId
  for (const machine of running.slice(0, 10)) {
    const targets = { ids: [machine.id] }
    const { taskId } = await handlers.machines.act({ targets, action: { action: 'suspend' }, reason: 'maintenance' }, context())
    const task = await ended(taskId)
    machineId = machine.id
    done = task.state === 'succeeded' ? task : undefined
    if (done) break
  }
  expect(done).toMatchObject({ kind: 'machine.suspend', undoable: true, reason: 'maintenance', actor: 'ada', origin: 'cli' })
  await until('paused', () => engine.inventory.inventory.get('machine', machineId)?.state === 'paused')
  const undo = await handlers.tasks.undo({ taskId: done?.id as TaskId }, context())
  expect(await ended(undo.taskId)).toMatchObject({ kind: 'machine.resume' })

  await shutDown()
  await boot()
  const tasks = await handlers.tasks.list({ query: 'kind:machine.suspend', machineId, ...page }, context())
  expect(tasks.items.map((task) => task.id)).toEqual([done?.id])
  const events = await handlers.events.list({ query: 'source:task', machineId, ...page }, context())
  expect(events.items.map((event) => event.taskId)).toEqual([undo.taskId, done?.id])
  expect(engine.inventory.inventory.get('machine', machineId)?.name).toBe(done?.target?.name)
})

test('a bulk by query has a result for each target, in tasks and in events', async () => {
  await demo()
  const action = { action: 'setMetadata' as const, addTags: ['bulk'] }
  const answer = await handlers.machines.act({ targets: { query: 'state:running' }, action, token: 'click' }, context())
  const twice = await handlers.machines.act({ targets: { query: 'state:running' }, action, token: 'click' }, context())
  // The simulated fleet lives on meanwhile: machines come up and go down.
  expect(answer.accepted).toBeGreaterThan(10)
  expect(twice).toEqual(answer)
  const parent = await ended(answer.taskId)
  expect(parent.children?.total).toBe(answer.accepted)
  const children = await handlers.tasks.list({ query: '', parentId: answer.taskId, limit: 1_000 }, context())
  const succeeded = children.items.filter((task) => task.state === 'succeeded').map((task) => task.target?.id)
  expect(succeeded).toHaveLength(parent.children?.succeeded ?? -1)
  expect(succeeded.length).toBeGreaterThan(0)
  await until('the tag', () => succeeded.every((id) => engine.inventory.inventory.get('machine', id ?? '')?.tags.includes('bulk')))
  const roots = await handlers.tasks.list({ query: '', ...page }, context())
  expect(roots.items.map((task) => task.id)).toEqual([answer.taskId])
})

test('some actions need more than the right to operate', async () => {
  await demo(4)
  const [machine] = engine.inventory.inventory.all('machine')
  const targets = { ids: [machine?.id as MachineId] }
  const operator = context(['machine.operate'])
  const refused = { kind: 'forbidden', code: 'auth.forbidden' }
  const gone = { diskKeys: [], withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false }
  await expect(handlers.machines.act({ targets, action: { action: 'delete', ...gone } }, operator)).rejects.toMatchObject(refused)
  await expect(handlers.machines.act({ targets, action: { action: 'rename', name: 'x' } }, operator)).rejects.toMatchObject(refused)
  await expect(handlers.machines.act({ targets, action: { action: 'start' } }, context([]))).rejects.toMatchObject(refused)
})

test('what a task does again or takes back needs the right to do it', async () => {
  await demo(4)
  const [machine] = engine.inventory.inventory.all('machine')
  const targets = { ids: [machine?.id as MachineId] }
  const { taskId } = await handlers.machines.act({ targets, action: { action: 'setMetadata', addTags: ['x'] } }, context())
  await ended(taskId)
  const mayControl = context(['task.control', 'machine.operate'])
  const refused = { kind: 'forbidden', code: 'auth.forbidden', details: { permission: 'machine.modify' } }
  await expect(handlers.tasks.undo({ taskId }, mayControl)).rejects.toMatchObject(refused)
  await expect(handlers.tasks.retry({ taskId }, mayControl)).rejects.toMatchObject(refused)
  await expect(handlers.tasks.resolve({ taskId, decision: 'probe' }, mayControl)).rejects.toMatchObject(refused)
})

test('a query that cannot be read says where', async () => {
  const bad = { kind: 'invalid-input', code: 'query.unknown-field', details: { from: 0 } }
  await expect(handlers.events.list({ query: 'nonsense:1', ...page }, context())).rejects.toMatchObject(bad)
  await expect(handlers.tasks.list({ query: 'nonsense:1', ...page }, context())).rejects.toMatchObject(bad)
  await expect(handlers.tasks.list({ query: '', limit: 1, cursor: 'nonsense' }, context())).rejects.toMatchObject({
    code: 'input.bad-cursor',
  })
  await expect(handlers.tasks.get({ taskId: 'nope' as TaskId }, context())).rejects.toMatchObject({ kind: 'not-found' })
  await expect(handlers.tasks.cancel({ taskId: 'nope' as TaskId }, context())).rejects.toMatchObject({ kind: 'not-found' })
})

test('events are followed from a number on, through pages and a query', async () => {
  for (const code of ['a', 'b', 'c']) engine.events.append({ severity: 'info', code: `test.${code}`, text: code, source: 'engine' })
  const first = await handlers.events.list({ query: 'code:test.*', limit: 2 }, context())
  const second = await handlers.events.list({ query: 'code:test.*', limit: 2, cursor: first.cursor ?? '' }, context())
  expect([...first.items, ...second.items].map((event) => event.text)).toEqual(['c', 'b', 'a'])
  const stop = new AbortController()
  const followed: string[] = []
  for await (const event of handlers.events.watch(
    { sinceId: second.items[0]?.id ?? 0, query: '-code:test.c' },
    context(PERMISSIONS, stop.signal),
  )) {
    followed.push(event.text)
    if (event.text === 'b') {
      for (const text of ['c', 'd']) engine.events.append({ severity: 'info', code: `test.${text}`, text, source: 'engine' })
    }
    if (event.text === 'd') stop.abort()
  }
  expect(followed).toEqual(['b', 'd'])
})

test('settings, views, information and the audit', async () => {
  expect(await handlers.system.info({}, context(['system.read']))).toMatchObject({
    face: 'local',
    user: 'ada',
    permissions: ['system.read'],
    secretStore: { kind: 'memory', locked: false },
    database: { state: 'ok', message: null },
  })
  await handlers.system.updateSettings({ theme: 'dark' }, context())
  await handlers.system.updateSettings({ bulkPerHost: 7 }, context())
  const view = { id: 'v1', name: 'Hot', query: 'cpu>80', columns: null, sort: null, groupBy: null, position: 1 }
  await handlers.views.save({ view }, context())
  for (const taskId of ['t1', 't2']) {
    await engine.audit.record({ actor: 'ada', origin: 'cli', method: 'tasks.cancel', input: { taskId }, outcome: 'failed', errorCode: 'x' })
  }
  await shutDown()
  await boot()
  expect(await handlers.system.settings({}, context())).toMatchObject({ theme: 'dark', bulkPerHost: 7, language: 'system' })
  expect(await handlers.views.list({}, context())).toEqual([view])
  expect(await handlers.audit.verify({}, context())).toEqual({ ok: true, records: 2, brokenAtSeq: null, reason: null })
  const newest = await handlers.audit.list({ limit: 1 }, context())
  expect(newest.items.map((record) => record.seq)).toEqual([2])
  const older = await handlers.audit.list({ limit: 5, cursor: newest.cursor ?? '' }, context())
  expect([older.items.map((record) => record.seq), older.cursor]).toEqual([[1], null])
})
