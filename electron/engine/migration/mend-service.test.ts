import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import {
  type HardwareView,
  type HostId,
  type MachineId,
  type MigrationMend,
  migrationSpecSchema,
  type Task,
  type TaskId,
} from '../../../shared/model/index.ts'
import type { ProviderConnection } from '../../providers/provider.ts'
import type { InventoryReader } from '../ports.ts'
import { aTask } from '../testing/entities.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { MemoryValues } from '../testing/memory-values.ts'
import { setClockKind } from './mend-clock.ts'
import { MendService, type MendServiceOptions } from './mend-service.ts'

const AUTHOR = { actor: 'ada', origin: 'page', reason: null }
const SIGNAL: AbortSignal = new AbortController().signal
const TARGET = 'c2.h.b' as HostId
const MACHINE = 'c1.m.db' as MachineId
const SPEC = migrationSpecSchema.parse({ machineId: MACHINE, targetHostId: TARGET, mode: 'live' })
const POOL_XML = "<pool type='dir'><name>vmstore</name><target><path>/srv/vmstore</path></target></pool>"
const NETWORK = { mode: 'isolated', bridge: 'virbr3', domain: null, mtu: null, subnets: [], portGroups: [] }

const drive = (source: string | null, key = 'disk:sda') => ({ key, target: 'sda', source })
const view = (running: unknown, kept: unknown) => ({
  revision: 'r1',
  running: running && { disks: [running] },
  kept: kept && { disks: [kept] },
})

/** Services that note what they are asked for; a task for each, which has succeeded unless a test says otherwise. */
function bench(hardwareView: unknown = view(drive('/iso/dvd.iso'), drive('/iso/dvd.iso'))) {
  const objects = [
    ['machine', { id: MACHINE, hostId: 'c1.h.a', connectionId: 'c1', name: 'db', nativeRef: 'db' }],
    ['machine', { id: 'c1.m.web', hostId: 'c1.h.a', connectionId: 'c1', name: 'web', nativeRef: 'web' }],
    ['host', { id: 'c1.h.a', connectionId: 'c1', nativeRef: 'a', name: 'kvm-1' }],
    ['host', { id: TARGET, connectionId: 'c2', nativeRef: 'b', name: 'kvm-2' }],
    ['pool', { id: 'c1.p.v', hostId: 'c1.h.a', name: 'vmstore', autostart: true }],
    ['pool', { id: 'c2.p.o', hostId: TARGET, name: 'off', autostart: true }],
    ['network', { id: 'c1.n.p', hostId: 'c1.h.a', name: 'prod', autostart: true }],
    ['network', { id: 'c2.n.o', hostId: TARGET, name: 'off', autostart: true }],
  ] as const
  const inventory = {
    get: (entity: string, id: string) => objects.find(([kind, object]) => kind === entity && object.id === id)?.[1],
    all: (entity: string) => objects.flatMap(([kind, object]) => (kind === entity ? [object] : [])),
  } as unknown as InventoryReader
  const asked: unknown[][] = []
  const tasks = new Map<string, Task>()
  let now: { ok: boolean } = { ok: true }
  const begin = (...what: unknown[]): TaskId => {
    asked.push(what)
    const id = `t${asked.length}` as TaskId
    tasks.set(id, aTask(id, { state: 'succeeded', undoable: what[0] !== 'edit' }))
    return id
  }
  const options = {
    inventory,
    clock: new FakeClock(),
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    noted: new MemoryValues(),
    storage: {
      definition: async () => ({ xml: POOL_XML }),
      createPool: async (hostId: string, { name, source }: { name: string; source: unknown }, secret: unknown) =>
        begin('createPool', hostId, name, source, secret),
      startPool: async (id: string) => begin('startPool', id),
    },
    networks: {
      detail: async () => NETWORK,
      create: async (hostId: string, { name, mode }: { name: string; mode: string }) => ({
        taskId: begin('createNetwork', hostId, name, mode),
      }),
      start: async (id: string) => ({ taskId: begin('startNetwork', id) }),
    },
    hardware: {
      view: async () => hardwareView as HardwareView,
      preview: async () => ({ now, nextStart: { ok: true } }),
      apply: async ({ edit, when, revision }: { edit: { edit: string; device: string }; when: string; revision: string }) =>
        begin('edit', edit.edit, edit.device, when, revision),
    },
    tasks: {
      get: async (id: TaskId) => tasks.get(id) ?? null,
      submit: async ({ kind, hostId, target }: { kind: string; hostId: string; target: unknown }) => ({ id: begin(kind, hostId, target) }),
    },
  } as unknown as MendServiceOptions
  const service = new MendService(options)
  const mend = (one: MigrationMend, token?: string) => service.mend(SPEC, one, AUTHOR, SIGNAL, token)
  return {
    asked,
    tasks,
    service,
    options,
    mend,
    refuseNow: () => {
      now = { ok: false }
    },
  }
}

test.each<[MigrationMend, unknown[]]>([
  [{ mend: 'create-pool', pool: 'vmstore' }, ['createPool', TARGET, 'vmstore', { type: 'dir', path: '/srv/vmstore' }, null]],
  [{ mend: 'start-pool', pool: 'off' }, ['startPool', 'c2.p.o']],
  [{ mend: 'create-network', network: 'prod' }, ['createNetwork', TARGET, 'prod', 'isolated']],
  [{ mend: 'start-network', network: 'off' }, ['startNetwork', 'c2.n.o']],
  [{ mend: 'set-clock', side: 'source' }, ['host.setClock', 'c1.h.a', { entity: 'host', id: 'c1.h.a', name: 'kvm-1' }]],
  [{ mend: 'set-clock', side: 'target' }, ['host.setClock', TARGET, { entity: 'host', id: TARGET, name: 'kvm-2' }]],
  [{ mend: 'eject-media', target: 'sda' }, ['edit', 'setMedia', 'disk:sda', 'both', 'r1']],
  [{ mend: 'safe-cache', target: 'sda' }, ['edit', 'changeDisk', 'disk:sda', 'both', 'r1']],
])('%o', async (one, order) => {
  const { mend, asked } = bench()
  expect(await mend(one)).toEqual({ taskId: 't1' })
  expect(asked).toEqual([order])
})

test.each([
  ['the next start has another medium', view(drive('/iso/dvd.iso'), drive('/iso/other.iso')), 'now'],
  ['the next start has none', view(drive('/iso/dvd.iso'), drive(null)), 'now'],
  ['transient', view(drive('/iso/dvd.iso'), null), 'now'],
  ['off', view(null, drive('/iso/dvd.iso')), 'next-start'],
])('a medium is taken out where it is: %s', async (_name, hardware, when) => {
  const { mend, asked } = bench(hardware)
  await mend({ mend: 'eject-media', target: 'sda' })
  expect(asked).toEqual([['edit', 'setMedia', 'disk:sda', when, 'r1']])
})

test('a cache mode that cannot change while it runs counts from the next start on', async () => {
  const { mend, asked, refuseNow } = bench()
  refuseNow()
  await mend({ mend: 'safe-cache', target: 'sda' })
  expect(asked).toEqual([['edit', 'changeDisk', 'disk:sda', 'next-start', 'r1']])
})

test.each<[MigrationMend, string]>([
  [{ mend: 'create-pool', pool: 'gone' }, 'migration.mend-gone'],
  [{ mend: 'start-pool', pool: 'vmstore' }, 'migration.mend-gone'],
  [{ mend: 'create-network', network: 'gone' }, 'migration.mend-gone'],
  [{ mend: 'start-network', network: 'prod' }, 'migration.mend-gone'],
  [{ mend: 'eject-media', target: 'sdz' }, 'migration.mend-gone'],
  [{ mend: 'safe-cache', target: 'sdz' }, 'migration.mend-gone'],
  [{ mend: 'spec', set: { postCopy: true } }, 'migration.mend-is-wish'],
  [{ mend: 'when', atMs: 1 }, 'migration.mend-is-wish'],
])('%o is refused, and nothing is begun', async (one, code) => {
  const { mend, asked, service } = bench()
  await expect(mend(one)).rejects.toMatchObject({ code })
  expect(asked).toEqual([])
  expect(await service.mended(MACHINE, TARGET)).toEqual([])
})

test('a drive that is empty by now has nothing to eject', async () => {
  const { mend } = bench(view(drive(null), drive(null)))
  await expect(mend({ mend: 'eject-media', target: 'sda' })).rejects.toMatchObject({
    code: 'migration.mend-gone',
    details: { name: 'sda', host: 'db' },
  })
})

test('a double click is one click', async () => {
  const { mend, asked } = bench()
  expect(await Promise.all([mend({ mend: 'start-pool', pool: 'off' }, 'x'), mend({ mend: 'start-pool', pool: 'off' }, 'x')])).toEqual([
    { taskId: 't1' },
    { taskId: 't1' },
  ])
  expect(asked).toHaveLength(1)
})

test('what was mended is remembered while it stands: the newest first, the host’s for every machine that is to go there', async () => {
  const { mend, service, tasks } = bench()
  await mend({ mend: 'start-pool', pool: 'off' })
  await mend({ mend: 'eject-media', target: 'sda' })
  await mend({ mend: 'start-network', network: 'off' })
  const mended = async (machineId = MACHINE, hostId = TARGET) =>
    (await service.mended(machineId, hostId)).map(({ taskId, undoable }) => [taskId, undoable])
  expect(await mended()).toEqual([
    ['t3', true],
    ['t2', false],
    ['t1', true],
  ])
  expect(await mended('c1.m.web' as MachineId)).toEqual([
    ['t3', true],
    ['t1', true],
  ])
  expect(await mended(MACHINE, 'c1.h.a' as HostId)).toEqual([])
  tasks.set('t1', aTask('t1', { state: 'succeeded', undoable: false }))
  tasks.set('t3', aTask('t3', { state: 'failed' }))
  expect(await mended()).toEqual([['t2', false]])
})

test('what was mended outlives the console; notes that do not parse are left out', async () => {
  const { mend, options } = bench()
  await mend({ mend: 'start-pool', pool: 'off' })
  await mend({ mend: 'eject-media', target: 'sda' })
  const next = new MendService(options)
  await next.start()
  expect(await next.mended(MACHINE, TARGET)).toMatchObject([
    { taskId: 't2', mend: { mend: 'eject-media', target: 'sda' }, actor: 'ada', undoable: false },
    { taskId: 't1', mend: { mend: 'start-pool', pool: 'off' }, actor: 'ada', undoable: true },
  ])
  await options.noted.set('migration.mended', [{ taskId: 7 }])
  const last = new MendService(options)
  await last.start()
  expect(await last.mended(MACHINE, TARGET)).toEqual([])
})

test('a note that cannot be written does not undo the mend', async () => {
  const { mend, options, asked } = bench()
  options.noted.set = () => Promise.reject(new AppError({ kind: 'exhausted', code: 'store.disk-full', message: 'Full.' }))
  expect(await mend({ mend: 'start-pool', pool: 'off' })).toEqual({ taskId: 't1' })
  expect(asked).toHaveLength(1)
})

test('a clock is set by the host’s own service, and what it says is what is told', async () => {
  const [step] = setClockKind().steps({ connectionId: 'c2', hostId: TARGET, hostRef: 'b' })
  const set: string[] = []
  const setClock = async (ref: string) => {
    set.push(ref)
    throw new AppError({ kind: 'precondition', code: 'migration.no-time-service', message: 'None.' })
  }
  const context = { signal: SIGNAL, memo: null, progress: () => {} }
  const run = (link: unknown) => step?.run({ ...context, link: link as ProviderConnection } as never)
  await expect(run({ migration: { setClock } })).rejects.toMatchObject({ code: 'migration.no-time-service' })
  expect(set).toEqual(['b'])
  await expect(run({ migration: null })).rejects.toMatchObject({ code: 'migration.unsupported' })
})
