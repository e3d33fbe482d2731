import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildInput, cloneInput } from '../../../shared/contract/build.ts'
import { PERMISSIONS, type Permission } from '../../../shared/contract/index.ts'
import type { HostId, Machine, Task, TaskId } from '../../../shared/model/index.ts'
import { createEngine, type Engine } from '../../engine/engine.ts'
import { systemClock } from '../../engine/system-clock.ts'
import { FakeSecrets } from '../../engine/testing/fake-secrets.ts'
import { providers } from '../../providers/registry.ts'
import { openSqliteStore } from '../../store/sqlite/index.ts'
import type { Store } from '../../store/store.ts'
import type { CallContext, Handlers } from '../handlers.ts'
import { createRouter } from '../router.ts'
import { createHandlers } from './index.ts'

const QUIET = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const PASSWORD = 'Korrekt-Pferd-9'

let folder = ''
let store: Store
let engine: Engine
let handlers: Handlers
let hostId: HostId

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-build-'))
  store = await openSqliteStore({ file: join(folder, 'console.db') })
  engine = createEngine({
    store,
    secrets: new FakeSecrets(),
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
  // the whole contract is bound, so that a method without a handler cannot pass
  createRouter({ handlers, audit: engine.audit, onBug: () => {} })
  await engine.start()
  const { id: workspaceId } = await handlers.workspaces.create({ name: 'Lab' }, context())
  const config = { site: 'Malmö lab', hosts: 2, machines: 40, seed: 7, latencyMs: 1, jitterMs: 0, speed: 100 }
  const asked = { workspaceId, providerId: 'simulated', name: 'Malmö lab', config, secrets: {}, remember: false }
  const { id } = await handlers.connections.add(asked, context())
  await until('the link', () => engine.inventory.inventory.get('connection', id)?.status === 'online')
  await until('the fleet', () => engine.inventory.inventory.count('machine') === 40)
  hostId = [...engine.inventory.inventory.all('host')][0]?.id as HostId
})

afterAll(async () => {
  await engine.stop()
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

function context(permissions: readonly Permission[] = PERMISSIONS): CallContext {
  return { actor: 'ada', origin: 'cli', clientId: 'test', permissions: new Set(permissions), signal: new AbortController().signal }
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

async function order(name: string, count: number) {
  const { defaults, pools } = await handlers.build.options({ hostId }, context())
  const pool = pools.find(({ active, type }) => active && type === 'dir') ?? pools[0]
  if (!pool) throw new Error('no pool')
  const image = (await handlers.volumes.list({ poolId: pool.id }, context())).find(({ name: file }) => file.includes('debian-12'))
  if (!image) throw new Error('no image')
  const base = { pool: pool.name, volume: image.name }
  const source = { kind: 'image' as const, pool: pool.name, base, mode: 'linked' as const, sizeBytes: null, format: 'qcow2' as const }
  return buildInput.parse({
    hostId,
    name,
    count,
    spec: { ...defaults, os: 'debian12', disks: [{ source }] },
    cloudInit: { user: { name: 'ada', sshKeys: [], password: PASSWORD } },
  })
}

const named = (name: string): Machine | undefined => [...engine.inventory.inventory.all('machine')].find((machine) => machine.name === name)

test('the password of three machines is in neither journal, tasks nor audit', async () => {
  const input = await order('api-{nn}', 3)
  const { findings, names } = await handlers.build.check(input, context())
  expect(names).toEqual(['api-01', 'api-02', 'api-03'])
  expect(findings.filter(({ severity }) => severity === 'blocks')).toEqual([])
  const { taskId } = await handlers.build.create({ ...input, reason: 'more load' }, context())
  const task = await ended(taskId)
  const results = await handlers.tasks.list({ query: '', parentId: taskId, limit: 10 }, context())
  expect(results.items).toHaveLength(3)
  expect(task).toMatchObject({ state: 'succeeded', reason: 'more load', children: { succeeded: 3 } })
  for (const { target } of results.items) await until(`${target?.name}`, () => named(target?.name ?? '')?.id === target?.id)
  // as the router does it for every command
  await engine.audit.record({ actor: 'ada', origin: 'cli', method: 'build.create', input, outcome: 'ok', errorCode: null })
  const kept = JSON.stringify([
    await store.tasks.journal(results.items.map(({ id }) => id)),
    results.items,
    (await handlers.audit.list({ limit: 100 }, context())).items,
  ])
  expect(['build.create', 'api-03-seed.iso', PASSWORD, '$6$'].map((text) => kept.includes(text))).toEqual([true, true, false, false])
})

test('whoever may not make machines may not have one made again', async () => {
  const input = await order('api-{nn}', 1)
  // a pool that is not there: it is refused before anything is made
  const spec = { ...input.spec, disks: input.spec.disks.map((disk) => ({ ...disk, source: { ...disk.source, pool: 'nowhere' } })) }
  await expect(handlers.build.create({ ...input, spec }, context())).rejects.toMatchObject({ code: 'build.blocked' })
  const { items } = await handlers.tasks.list({ query: 'kind:machine.create', limit: 1 }, context())
  const [task] = items
  if (!task) throw new Error('no task')
  await expect(handlers.tasks.retry({ taskId: task.id }, context(['task.control']))).rejects.toMatchObject({
    code: 'auth.forbidden',
    details: { permission: 'machine.create' },
  })
})

test('a template of a machine, and a machine linked to it', async () => {
  const off = await anyToLinkTo()
  const made = await handlers.build.makeTemplate({ machineId: off.id, family: 'base', changeable: ['vcpus'], pool: null }, context())
  expect(made).toMatchObject({ names: ['base-v1'], version: 1 })
  expect(stateOf(await ended(made.taskId))).toEqual(['machine.makeTemplate', 'succeeded'])
  const template = await until('the template', () => named('base-v1') ?? null)
  expect(template.template).toEqual({ family: 'base', version: 1, changeable: ['vcpus'] })
  const start = handlers.machines.act({ targets: { ids: [template.id] }, action: { action: 'start' } }, context())
  await expect(start).rejects.toMatchObject({ code: 'machine.is-template' })

  const linked = cloneInput.parse({ machineId: template.id, name: 'from-base', mode: 'linked' })
  expect((await handlers.build.previewClone(linked, context())).xml).toContain('from-base')
  const refused = handlers.build.clone({ ...linked, changes: { memoryMiB: 65_536 } }, context())
  await expect(refused).rejects.toMatchObject({ details: { findings: [{ code: 'build.template-fixed' }] } })
  const { taskId } = await handlers.build.clone({ ...linked, changes: { vcpus: 3 } }, context())
  expect(stateOf(await ended(taskId))).toEqual(['machine.clone', 'succeeded'])
  expect((await until('the clone', () => named('from-base') ?? null)).vcpus).toBe(3)
})

/** One that is off and whose disks are files. */
async function anyToLinkTo(): Promise<Machine> {
  for (const machine of engine.inventory.inventory.all('machine')) {
    if (machine.hostId !== hostId || machine.state !== 'stopped') continue
    const { disks } = await handlers.build.cloneSource({ machineId: machine.id }, context())
    if (disks.every(({ linkReason }) => linkReason === null)) return machine
  }
  throw new Error('no machine of the host is off')
}

const stateOf = ({ kind, state, error }: Task) => [kind, error?.code ?? state]

test('user-data is judged with its place', async () => {
  expect(await handlers.build.checkUserData({ userData: '#cloud-config\nhostnam: web\n' }, context())).toEqual({
    kind: 'cloud-config',
    problem: null,
    unknownKeys: [{ key: 'hostnam', line: 2, column: 1 }],
  })
  expect(await handlers.build.checkUserData({ userData: '#cloud-config\na: [\n' }, context())).toMatchObject({
    kind: null,
    problem: { line: 3 },
  })
})
