import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { HostId, Machine, MachineId } from '../../../shared/model/index.ts'
import type { JournalLine, MigrationFilter, NewDefinitionVersion, Store } from '../store.ts'
import { loadAll } from '../store.ts'
import { sampleAudit, sampleDefinition, sampleEvent, sampleMachine, sampleMigration, sampleTask, sampleWorkspace } from './samples.ts'
import { writeProfileTests } from './write-profile-suite.ts'

export interface StoreUnderTest {
  readonly name: string
  /** A new, empty store. */
  open(): Promise<Store>
  /** The same store after its end, as a new process finds it. */
  reopen(): Promise<Store>
  dispose(): Promise<void>
}

/** What every store must do, whatever database is behind it. */
export function storeSuite(subject: StoreUnderTest): void {
  describe(`store: ${subject.name}`, () => {
    let store: Store
    beforeEach(async () => {
      store = await subject.open()
    })
    afterEach(async () => {
      await store.close()
      await subject.dispose()
    })
    const restart = async () => {
      await store.close()
      store = await subject.reopen()
    }
    entityTests(() => store, restart)
    taskTests(() => store, restart)
    eventTests(() => store)
    auditTests(() => store, restart)
    keptTests(() => store, restart)
    definitionTests(() => store, restart)
    migrationTests(() => store, restart)
    writeProfileTests(() => store, restart)
  })
}

type Get = () => Store
type Restart = () => Promise<void>

function entityTests(store: Get, restart: Restart): void {
  test('entities: what was put last is read back, page by page, after a restart too', async () => {
    const ids = Array.from({ length: 25 }, (_, index) => `m${String(index).padStart(2, '0')}`)
    await store().entities.save(ids.map((id) => ({ op: 'put', entity: 'machine', value: sampleMachine(id) })))
    await store().entities.save([
      { op: 'put', entity: 'machine', value: sampleMachine('m03', { name: 'first' }) },
      { op: 'put', entity: 'machine', value: sampleMachine('m03', { name: 'second' }) },
      { op: 'remove', entity: 'machine', id: 'm04' },
      { op: 'put', entity: 'machine', value: sampleMachine('m05') },
      { op: 'remove', entity: 'machine', id: 'm05' },
      { op: 'remove', entity: 'machine', id: 'never-there' },
      { op: 'put', entity: 'workspace', value: sampleWorkspace('w1') },
    ])
    await restart()
    const read: Machine[] = []
    for await (const machine of loadAll(store().entities, 'machine', 7)) read.push(machine)
    expect(read.map((machine) => machine.id)).toEqual(ids.filter((id) => id !== 'm04' && id !== 'm05'))
    expect(read[3]).toEqual(sampleMachine('m03', { name: 'second' }))
    expect(await store().entities.load('workspace', { limit: 10 })).toEqual([sampleWorkspace('w1')])
    expect(await store().entities.load('host', { limit: 10 })).toEqual([])
  })

  test('entities: a batch of thousands is one', async () => {
    const many = Array.from({ length: 3_000 }, (_, index) => sampleMachine(`x${index}`))
    await store().entities.save(many.map((value) => ({ op: 'put', entity: 'machine', value })))
    await store().entities.save(many.slice(0, 2_999).map(({ id }) => ({ op: 'remove', entity: 'machine', id })))
    expect(await store().entities.load('machine', { limit: 10 })).toEqual([sampleMachine('x2999')])
  })
}

function taskTests(store: Get, restart: Restart): void {
  const line = (taskId: string, entry: JournalLine['entry']): JournalLine => ({ taskId: sampleTask(taskId).id, atMs: 7, version: 1, entry })

  test('tasks: journal and snapshot are written together and survive a restart, in order', async () => {
    await store().tasks.commit({ lines: [line('t1', { type: 'created' }), line('t2', 'x')], tasks: [sampleTask('t1'), sampleTask('t2')] })
    await store().tasks.commit({ lines: [line('t1', { type: 'ended' })], tasks: [sampleTask('t1'), sampleTask('t1', { state: 'failed' })] })
    await restart()
    expect(await store().tasks.get('t1')).toEqual(sampleTask('t1', { state: 'failed' }))
    expect(await store().tasks.get('t9')).toBeNull()
    const journal = await store().tasks.journal(['t1', 't9'])
    expect(journal.map(({ taskId, atMs, version, entry }) => ({ taskId, atMs, version, entry }))).toEqual([
      line('t1', { type: 'created' }),
      line('t1', { type: 'ended' }),
    ])
    expect(journal[0]?.seq).toBeLessThan(journal[1]?.seq ?? 0)
  })

  test('tasks: listed newest first, by parent, target and state, page by page', async () => {
    const tasks = [
      sampleTask('a', { createdAtMs: 1, state: 'succeeded' }),
      sampleTask('b', { createdAtMs: 2, state: 'needs-attention' }),
      sampleTask('c', { createdAtMs: 2, parentId: sampleTask('b').id, state: 'running' }),
      sampleTask('d', { createdAtMs: 3, target: null, state: 'cancelled' }),
    ]
    await store().tasks.commit({ lines: [], tasks })
    const ids = async (...args: Parameters<Store['tasks']['list']>) => (await store().tasks.list(...args)).map((task) => task.id)
    expect(await ids({}, { limit: 10 })).toEqual(['d', 'c', 'b', 'a'])
    expect(await ids({}, { limit: 2 })).toEqual(['d', 'c'])
    expect(await ids({}, { limit: 2, before: { createdAtMs: 2, id: 'c' } })).toEqual(['b', 'a'])
    expect(await ids({ rootsOnly: true }, { limit: 10 })).toEqual(['d', 'b', 'a'])
    expect(await ids({ parentId: 'b' }, { limit: 10 })).toEqual(['c'])
    expect(await ids({ targetId: 'm1' }, { limit: 10 })).toEqual(['c', 'b', 'a'])
    expect(await ids({ unfinishedOnly: true }, { limit: 10 })).toEqual(['c', 'b'])
  })
}

function eventTests(store: Get): void {
  test('events: listed newest first, filtered, followed and pruned', async () => {
    await store().events.append([sampleEvent(1), sampleEvent(2, { machineId: 'm2' }), sampleEvent(3, { hostId: 'h1' })])
    await store().events.append([sampleEvent(4, { taskId: 't1', connectionId: 'c2' })])
    await store().events.append([])
    const ids = async (...args: Parameters<Store['events']['list']>) => (await store().events.list(...args)).map((event) => event.id)
    expect(await ids({}, { limit: 3 })).toEqual([4, 3, 2])
    expect(await ids({}, { limit: 3, beforeId: 2 })).toEqual([1])
    expect(await ids({ machineId: 'm1' }, { limit: 9 })).toEqual([4, 3, 1])
    expect(await ids({ hostId: 'h1' }, { limit: 9 })).toEqual([3])
    expect(await ids({ connectionId: 'c2' }, { limit: 9 })).toEqual([4])
    expect(await ids({ taskId: 't1' }, { limit: 9 })).toEqual([4])
    expect((await store().events.since(2, 10)).map((event) => event.id)).toEqual([3, 4])
    expect(await store().events.lastId()).toBe(4)
    expect(await store().events.prune(3_000, 1)).toBe(1)
    expect(await store().events.prune(3_000, 10)).toBe(1)
    expect(await ids({}, { limit: 9 })).toEqual([4, 3])
    expect(await store().events.list({}, { limit: 1 })).toEqual([sampleEvent(4, { taskId: 't1', connectionId: 'c2' })])
  })

  test('events: none yet', async () => {
    expect(await store().events.lastId()).toBe(0)
    expect(await store().events.since(0, 10)).toEqual([])
  })
}

function auditTests(store: Get, restart: Restart): void {
  test('audit: walked in order, the newest one and the head known after a restart', async () => {
    expect([await store().audit.last(), await store().audit.head()]).toEqual([null, null])
    await store().audit.append([1, 2, 3].map(sampleAudit))
    await restart()
    expect(await store().audit.walk(1, 1)).toEqual([sampleAudit(2)])
    expect((await store().audit.list({ limit: 2 })).map((record) => record.seq)).toEqual([3, 2])
    expect((await store().audit.list({ limit: 2, beforeSeq: 2 })).map((record) => record.seq)).toEqual([1])
    expect(await store().audit.last()).toEqual(sampleAudit(3))
    expect(await store().audit.head()).toEqual({ seq: 3, hash: 'h3' })
  })

  test('audit: a taken number is a conflict, and the whole batch is refused', async () => {
    await store().audit.append([sampleAudit(1)])
    await expect(store().audit.append([sampleAudit(2), sampleAudit(1)])).rejects.toMatchObject({
      kind: 'conflict',
      code: 'store.duplicate',
    })
    expect((await store().audit.last())?.seq).toBe(1)
  })
}

function keptTests(store: Get, restart: Restart): void {
  test('views, settings and notes are kept', async () => {
    const view = (id: string, position: number) => ({ id, name: id, query: 'a b', columns: ['name'], sort: null, groupBy: null, position })
    await store().views.put(view('v1', 2))
    await store().views.put(view('v2', 1))
    await store().views.put(view('v1', 0.5))
    await store().views.put(view('v3', 9))
    await store().views.remove('v3')
    await store().settings.set('theme', 'dark')
    await store().settings.set('theme', { deep: [1, null, 'ü'] })
    await store().metadata.set('theme', false)
    await restart()
    expect(await store().views.list()).toEqual([view('v1', 0.5), view('v2', 1)])
    expect(await store().settings.get('theme')).toEqual({ deep: [1, null, 'ü'] })
    expect(await store().metadata.get('theme')).toBe(false)
    await store().settings.remove('theme')
    expect(await store().settings.get('theme')).toBeUndefined()
  })

  test('a new store is well', () => {
    expect(store().health()).toEqual({ state: 'ok', message: null, error: null })
  })
}

function definitionTests(store: Get, restart: Restart): void {
  test('definitions: the newest of each machine are kept, with what replaced them', async () => {
    const put = (xml: string, more: Partial<NewDefinitionVersion> = {}) => store().definitions.put(sampleDefinition({ xml, ...more }), 3)
    const lost = await put('<a/>')
    const first = await put('<b/>', { edit: 'rename', actor: null })
    await put('<other/>', { machineId: 'm2' as MachineId })
    await put('<ran/>', { definition: 'running' })
    const last = await put('<c/>', { taskId: 't1' })
    await restart()
    const list = await store().definitions.list('m1', 9)
    expect(list.map(({ edit, definition }) => [edit, definition])).toEqual([
      ['setMemory', 'kept'],
      ['setMemory', 'running'],
      ['rename', 'kept'],
    ])
    expect(await store().definitions.list('m1', 1)).toHaveLength(1)
    const { machineId, xml: _, ...said } = sampleDefinition({ edit: 'rename', actor: null })
    const version = { id: first, ...said }
    expect(await store().definitions.get(machineId, first)).toEqual({ version, xml: '<b/>', after: '<c/>' })
    expect(await store().definitions.get('m1', last)).toMatchObject({ xml: '<c/>', after: null, version: { taskId: 't1' } })
    expect(await store().definitions.get('m1', lost)).toBeNull()
    expect(await store().definitions.get('m2', first)).toBeNull()
    expect(await store().definitions.get('m1', 'not-a-number')).toBeNull()
  })

  test('definitions: what a task puts again is what it has put', async () => {
    const put = (xml: string, definition: 'kept' | 'running' = 'kept') =>
      store().definitions.put(sampleDefinition({ xml, definition, taskId: 't1' }), 9)
    const id = await put('<before/>')
    expect(await put('<meanwhile/>')).toBe(id)
    expect(await put('<ran/>', 'running')).not.toBe(id)
    expect(await store().definitions.get('m1', id)).toMatchObject({ xml: '<before/>' })
    await store().definitions.remove('m1', id)
    expect((await store().definitions.list('m1', 9)).map(({ definition }) => definition)).toEqual(['running'])
  })

  test('definitions: those of a machine that moved are the other one’s, and said twice it is the same', async () => {
    const { definitions } = store()
    const first = await definitions.put(sampleDefinition({ xml: '<a/>' }), 9)
    await definitions.see('m1', '<b/>')
    await definitions.see('m2', '<old/>')
    await definitions.move('m1', 'm2')
    await definitions.move('m1', 'm2')
    expect(await definitions.list('m1', 9)).toEqual([])
    expect(await definitions.seen('m1')).toBeNull()
    expect(await definitions.get('m2', first)).toMatchObject({ xml: '<a/>' })
    expect(await definitions.seen('m2')).toBe('<b/>')
  })

  test('definitions: machines in pages, and all of one forgotten', async () => {
    const { definitions } = store()
    await definitions.put(sampleDefinition({ machineId: 'm1' as MachineId }), 9)
    await definitions.see('m1', '<a/>')
    await definitions.put(sampleDefinition({ machineId: 'm2' as MachineId }), 9)
    await definitions.see('m3', '<c/>')
    expect(await definitions.machineIds({ afterId: '', limit: 2 })).toEqual(['m1', 'm2'])
    expect(await definitions.machineIds({ afterId: 'm2', limit: 2 })).toEqual(['m3'])
    await definitions.forget('m1')
    expect(await definitions.machineIds({ afterId: '', limit: 9 })).toEqual(['m2', 'm3'])
    expect([await definitions.seen('m1'), await definitions.list('m1', 9)]).toEqual([null, []])
  })

  test('definitions: what was seen last', async () => {
    expect(await store().definitions.seen('m1')).toBeNull()
    await store().definitions.see('m1', '<a/>')
    await store().definitions.see('m1', '<b/>')
    await restart()
    expect(await store().definitions.seen('m1')).toBe('<b/>')
  })
}

function migrationTests(store: Get, restart: Restart): void {
  test('migrations: newest first, by machine and by host, after a restart too', async () => {
    const back = { sourceHostId: 'c2.h.host' as HostId, targetHostId: 'c1.h.host' as HostId }
    await store().migrations.put(sampleMigration('t1'), 9)
    await store().migrations.put(sampleMigration('t2', { machineId: 'c2.m.web' as MachineId, endedAtMs: 3_000, ...back }), 9)
    await store().migrations.put(sampleMigration('t3', { machineId: 'c1.m.db' as MachineId, endedAtMs: 2_000, outcome: 'stayed' }), 9)
    await restart()
    const ids = async (filter: MigrationFilter, limit = 9) =>
      (await store().migrations.list(filter, limit)).map(({ taskId }): string => taskId)
    expect(await ids({})).toEqual(['t2', 't3', 't1'])
    expect(await ids({}, 2)).toEqual(['t2', 't3'])
    expect(await ids({ machineIds: ['c1.m.web', 'c2.m.web'] })).toEqual(['t2', 't1'])
    expect(await ids({ sourceHostId: 'c1.h.host', targetHostId: 'c2.h.host' })).toEqual(['t3', 't1'])
    expect(await ids({ machineIds: ['c1.m.db'], sourceHostId: 'c2.h.host' })).toEqual([])
    expect(await store().migrations.list({ machineIds: ['c1.m.web'] }, 1)).toEqual([sampleMigration('t1')])
  })

  test('migrations: a task has one record, and only the newest are kept', async () => {
    for (const [index, taskId] of ['t1', 't2', 't3'].entries())
      await store().migrations.put(sampleMigration(taskId, { endedAtMs: index }), 2)
    await store().migrations.put(sampleMigration('t3', { endedAtMs: 2, outcome: 'unclear' }), 2)
    expect((await store().migrations.list({}, 9)).map(({ taskId, outcome }) => [taskId, outcome])).toEqual([
      ['t3', 'unclear'],
      ['t2', 'moved'],
    ])
  })
}
