import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { capabilityOf, type DrainOrderInput, drainOrderSchema } from '../../../shared/model/index.ts'
import { hostFindings } from '../build/host-findings.ts'
import { putHost } from '../testing/facts.ts'
import { AUTHOR, boot, GIB, H1, H2, H3, held } from './testing/bench.ts'

/** Nobody gives up. */
const SIGNAL = new AbortController().signal

type Bench = Awaited<ReturnType<typeof boot>>

const order = (more: Partial<DrainOrderInput> = {}) => drainOrderSchema.parse({ hostId: H1, ...more })
const drain = (bench: Bench, more: Partial<DrainOrderInput> = {}, token?: string) => bench.service.drain(order(more), AUTHOR, SIGNAL, token)
const stateOf = (bench: Bench) => bench.inventory.get('host', H1)?.maintenance ?? null
const whereIs = (bench: Bench) => Object.fromEntries([...bench.movers.machines].map(([ref, { at }]) => [ref, at]))

async function withThree() {
  const bench = await boot()
  bench.movers.add('a', 'c1')
  bench.movers.add('b', 'c1', { memoryKiB: 2 * GIB })
  bench.movers.add('c', 'c1', { memoryKiB: 3 * GIB })
  return bench
}

test('a host is emptied in the order, one after the other, and is in maintenance then; who went where is known', async () => {
  const bench = await withThree()
  const { taskId } = await drain(bench)
  expect(stateOf(bench)).toBe('draining')
  await bench.quiet()
  expect(bench.movers.moved).toEqual(['a c1→c2', 'b c1→c3', 'c c1→c2'])
  expect(bench.movers.mostAtOnce).toBe(1)
  expect(stateOf(bench)).toBe('maintenance')
  expect(bench.service.list()).toMatchObject([
    {
      hostId: H1,
      actor: 'ada',
      reason: 'new fans',
      taskId: null,
      moved: [
        { machineId: 'c1.m.a', nowMachineId: 'c2.m.a', toHostId: H2 },
        { machineId: 'c1.m.b', nowMachineId: 'c3.m.b', toHostId: H3 },
        { machineId: 'c1.m.c', nowMachineId: 'c2.m.c', toHostId: H2 },
      ],
      stayed: [],
    },
  ])
  expect(await bench.tasks.get(taskId as never)).toMatchObject({
    kind: 'host.drain',
    state: 'succeeded',
    target: { entity: 'host', id: H1 },
    children: { total: 3, succeeded: 3 },
  })
  expect(bench.events.filter(({ code }) => code.startsWith('maintenance.'))).toMatchObject([{ code: 'maintenance.drained', hostId: H1 }])
})

test('as many at once as the order says', async () => {
  const bench = await withThree()
  const moves = held(bench)
  await drain(bench, { atOnce: 2 })
  await bench.quiet()
  expect(bench.movers.moved).toHaveLength(2)
  const [record] = bench.service.list()
  expect(record?.going.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(record?.expectedMs?.likely).toBeGreaterThan(0)
  moves.release()
  await bench.quiet()
  expect(bench.service.list()[0]).toMatchObject({ expectedMs: null, going: [] })
  expect(bench.movers.mostAtOnce).toBe(2)
  expect(whereIs(bench)).toEqual({ a: 'c2', b: 'c3', c: 'c2' })
})

test('nothing is started or made on it meanwhile, and with it in use again it may be', async () => {
  const bench = await boot()
  bench.movers.add('off', 'c1', { state: 'stopped' })
  expect(await drain(bench)).toEqual({ taskId: null })
  const start = () => {
    const machine = bench.inventory.get('machine', 'c1.m.off')
    const host = bench.inventory.get('host', H1)
    if (!machine || !host) throw new Error('not known')
    return { act: capabilityOf('start', machine, { connection: bench.inventory.get('connection', 'c1'), host }), make: hostFindings(host) }
  }
  expect(start()).toMatchObject({
    act: { ok: false, reason: { code: 'host.in-maintenance' } },
    make: [{ code: 'build.host-in-maintenance', severity: 'blocks' }],
  })
  expect(await bench.service.leave(H1, false, AUTHOR, SIGNAL)).toEqual({ taskId: null, left: [] })
  expect(start()).toEqual({ act: { ok: true }, make: [] })
  await expect(bench.service.leave(H1, false, AUTHOR, SIGNAL)).rejects.toMatchObject({ code: 'maintenance.not-there' })
})

test('one that fails does not stop the others, and it is said who stayed; once more takes only those', async () => {
  const bench = await withThree()
  const refuse = async (ref: string) => {
    if (ref === 'b') throw new AppError({ kind: 'remote-failure', code: 'fake.broke', message: 'unable to connect to server' })
  }
  bench.movers.script = refuse
  await drain(bench)
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c2', b: 'c1', c: 'c2' })
  expect(bench.service.list()).toMatchObject([
    {
      state: 'maintenance',
      stayed: [{ machineId: 'c1.m.b', name: 'b', reason: { code: 'fake.broke', text: 'unable to connect to server' } }],
    },
  ])
  expect(bench.events.at(-1)).toMatchObject({ code: 'maintenance.partly-drained', severity: 'warning', params: { machines: 'b' } })
  bench.movers.script = async () => {}
  await drain(bench)
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c2', b: 'c2', c: 'c2' })
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', stayed: [], moved: [{ name: 'a' }, { name: 'c' }, { name: 'b' }] }])
})

test('each is looked at once more just before it goes', async () => {
  const bench = await withThree()
  const moves = held(bench)
  await drain(bench)
  await bench.quiet()
  bench.movers.needsPool.set('b', 'nvme')
  moves.release()
  await bench.quiet()
  expect(bench.movers.moved).toEqual(['a c1→c2', 'c c1→c2'])
  expect(bench.service.list()).toMatchObject([{ stayed: [{ name: 'b', reason: { code: 'migration.blocked' } }] }])
})

test('cancelled in the middle, the rest stays where it is and the host stays closed', async () => {
  const bench = await withThree()
  const moves = held(bench)
  const { taskId } = await drain(bench)
  await bench.quiet()
  await bench.tasks.cancel(taskId as never)
  await bench.quiet()
  expect(moves.waiting).toHaveLength(1)
  expect(whereIs(bench)).toEqual({ a: 'c1', b: 'c1', c: 'c1' })
  expect(stateOf(bench)).toBe('maintenance')
  expect(
    bench.service
      .list()[0]
      ?.stayed.map(({ name }) => name)
      .toSorted(),
  ).toEqual(['a', 'b', 'c'])
})

test('brought back from where they are now; who is gone is named, who was shut down starts', async () => {
  const bench = await withThree()
  bench.movers.needsPool.set('b', 'nvme')
  await drain(bench, { others: 'shut-down' })
  await bench.quiet()
  expect(bench.movers.acted).toEqual(['shutdown b'])
  expect(bench.service.list()).toMatchObject([{ stopped: [{ machineId: 'c1.m.b' }], moved: [{ name: 'a' }, { name: 'c' }], stayed: [] }])
  bench.movers.go('a', 'c3')
  bench.movers.remove('c')
  const { taskId, left } = await bench.service.leave(H1, true, AUTHOR, SIGNAL)
  expect(left).toMatchObject([{ name: 'c', reason: { code: 'maintenance.machine-gone' } }])
  expect(stateOf(bench)).toBe('returning')
  await bench.quiet()
  expect(bench.movers.moved.at(-1)).toBe('a c3→c1')
  expect(bench.movers.acted.at(-1)).toBe('start b')
  expect(whereIs(bench)).toEqual({ a: 'c1', b: 'c1' })
  expect(await bench.tasks.get(taskId as never)).toMatchObject({ kind: 'host.return', state: 'succeeded' })
  expect(bench.service.list()).toEqual([])
  expect(stateOf(bench)).toBeNull()
  expect(bench.events.map(({ code }) => code).filter((code) => code.startsWith('maintenance.'))).toEqual([
    'maintenance.drained',
    'maintenance.machine-not-back',
    'maintenance.over',
  ])
})

test('the console ends in the middle of a drain: the next one goes on and knows in the end who went where', async () => {
  const first = await withThree()
  held(first)
  await drain(first)
  await first.quiet()
  await first.stop()
  first.movers.script = async () => {}
  first.movers.moved.length = 0
  const bench = await boot(first)
  expect(stateOf(bench)).toBe('draining')
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c2', b: 'c3', c: 'c2' })
  expect(bench.movers.mostAtOnce).toBe(1)
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', moved: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] }])
  await bench.stop()
  const third = await boot(bench)
  expect(stateOf(third)).toBe('maintenance')
  await third.service.leave(H1, true, AUTHOR, SIGNAL)
  await third.stop()
  const fourth = await boot(third)
  await fourth.quiet()
  expect(whereIs(fourth)).toEqual({ a: 'c1', b: 'c1', c: 'c1' })
  expect(fourth.service.list()).toEqual([])
})

test('the console ends before anything went: the host is in maintenance, and nothing has moved', async () => {
  const first = await withThree()
  first.store.refuse = () => true
  await expect(drain(first)).rejects.toMatchObject({ code: 'store.disk-full' })
  expect(stateOf(first)).toBeNull()
  first.store.refuse = () => false
  const record = {
    hostId: H1,
    sinceMs: 1,
    actor: 'ada',
    reason: null,
    taskId: null,
    state: 'draining' as const,
    moved: [],
    stopped: [],
    stayed: [],
  }
  await first.book.put({ ...record, order: order(), expectedMs: null, going: [], stopping: [], tried: [] })
  await first.stop()
  const bench = await boot(first)
  expect(stateOf(bench)).toBe('maintenance')
  expect(whereIs(bench)).toEqual({ a: 'c1', b: 'c1', c: 'c1' })
})

test('a double click is one drain; a second one while it runs, and an end of it, are refused', async () => {
  const bench = await withThree()
  const moves = held(bench)
  const [one, two] = await Promise.all([drain(bench, {}, 'x'), drain(bench, {}, 'x')])
  expect(one).toEqual(two)
  await expect(drain(bench)).rejects.toMatchObject({ code: 'maintenance.busy' })
  await expect(bench.service.leave(H1, true, AUTHOR, SIGNAL)).rejects.toMatchObject({ code: 'maintenance.busy' })
  moves.release()
  await bench.quiet()
  expect(bench.movers.moved).toHaveLength(3)
})

test('a region of a cloud and a host that is gone have no maintenance', async () => {
  const bench = await boot()
  bench.inventory.update('host', H1, { kind: 'region' })
  await expect(drain(bench)).rejects.toMatchObject({ code: 'maintenance.not-a-host' })
  await expect(drain(bench, { hostId: 'c9.h.x' })).rejects.toMatchObject({ code: 'host.not-found' })
  expect(bench.service.list()).toEqual([])
})

test('one more try of a single machine counts, as if it had gone at once', async () => {
  const bench = await withThree()
  bench.movers.script = async (ref) => {
    if (ref === 'b') throw new AppError({ kind: 'remote-failure', code: 'fake.broke', message: 'no' })
  }
  const { taskId } = await drain(bench)
  await bench.quiet()
  bench.movers.script = async () => {}
  await bench.tasks.retry(taskId as never, AUTHOR)
  await bench.quiet()
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', stayed: [], moved: [{ name: 'a' }, { name: 'c' }, { name: 'b' }] }])
})

test('a host that comes back as a new object is marked again', async () => {
  const bench = await boot()
  await drain(bench)
  bench.inventory.applyChanges('c1' as never, [{ op: 'remove', entity: 'host', ref: 'h1' }], { state: 'live' })
  bench.inventory.applyChanges('c1' as never, [putHost('h1')], { state: 'live' })
  expect(stateOf(bench)).toBe('maintenance')
})

const AWAY = new AppError({ kind: 'unreachable', code: 'fake.away', message: 'The target host does not answer.' })
const tasksOf = (bench: Bench, kind: string) =>
  [...bench.inventory.all('task')].filter((task) => task.parentId === null && task.kind === kind)

test('a target that is gone midway: what was to go there goes on to another one, and nothing goes twice', async () => {
  const bench = await withThree()
  bench.movers.script = async (_ref, _from, to) => {
    if (to === 'c2') throw AWAY
  }
  await drain(bench)
  await bench.quiet()
  expect(bench.movers.moved).toEqual(['a c1→c2', 'b c1→c3', 'c c1→c2', 'a c1→c3', 'c c1→c3'])
  expect(bench.movers.mostAtOnce).toBe(1)
  expect(tasksOf(bench, 'host.drain').map(({ state }) => state)).toEqual(expect.arrayContaining(['partly', 'succeeded']))
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', taskId: null, stayed: [] }])
  expect(bench.service.list()[0]?.moved.map(({ name, toHostId }) => `${name} ${toHostId}`)).toEqual([`b ${H3}`, `a ${H3}`, `c ${H3}`])
  expect(bench.events.filter(({ code }) => code.startsWith('maintenance.')).map(({ code }) => code)).toEqual(['maintenance.drained'])
})

test('a target that is put into maintenance midway takes no more; those that were to go there go elsewhere', async () => {
  const bench = await withThree()
  const moves = held(bench)
  await drain(bench)
  await bench.quiet()
  await drain(bench, { hostId: H2 })
  moves.release()
  await bench.quiet()
  expect(bench.movers.moved).toEqual(['a c1→c2', 'b c1→c3', 'c c1→c3'])
  // it was on its way when its target was closed
  expect(bench.service.list().find(({ hostId }) => hostId === H2)).toMatchObject({
    state: 'maintenance',
    stayed: [{ machineId: 'c2.m.a', reason: { code: 'maintenance.machine-came' } }],
  })
  await drain(bench, { hostId: H2 })
  await bench.quiet()
  expect(bench.movers.moved.at(-1)).toBe('a c2→c3')
  expect(bench.service.list().find(({ hostId }) => hostId === H2)).toMatchObject({ stayed: [], moved: [{ name: 'a' }] })
})

test('with no other host it stays with the reason of its own move; a target of one’s own choice is not replaced', async () => {
  const bench = await withThree()
  bench.movers.script = async (_ref, _from, to) => {
    if (to === 'c2') throw AWAY
  }
  await drain(bench, { targetHostIds: [H2], atOnce: 3 })
  await bench.quiet()
  expect(bench.service.list()[0]?.stayed.map(({ reason }) => reason.code)).toEqual(['fake.away', 'fake.away', 'fake.away'])
  const chosen = [{ machineId: 'c1.m.b' as never, toHostId: H2 }]
  await drain(bench, { chosen })
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c1', c: 'c3' })
  expect(bench.service.list()[0]?.stayed).toMatchObject([{ name: 'b', reason: { code: 'fake.away' } }])
})

test('one that fails everywhere is tried with four hosts at most, each once', async () => {
  const bench = await withThree()
  bench.movers.script = async (ref) => {
    if (ref === 'a') throw AWAY
  }
  await drain(bench)
  await bench.quiet()
  expect(bench.movers.moved.filter((move) => move.startsWith('a '))).toEqual(['a c1→c2', 'a c1→c3'])
  expect(bench.service.list()[0]).toMatchObject({ state: 'maintenance', stayed: [{ name: 'a', reason: { code: 'fake.away' } }] })
})

test('a target without a link is waited for by the first that goes there, not by each of them', async () => {
  const bench = await withThree()
  bench.movers.add('d', 'c1', { memoryKiB: 4 * GIB })
  bench.inventory.update('host', H2, { memoryFreeKiB: 64 * GIB })
  bench.movers.script = async (ref) => {
    if (ref !== 'b') return
    bench.movers.away.add('c2')
    bench.inventory.update('host', H2, { freshness: { state: 'stale', sinceMs: bench.clock.nowMs(), reason: 'link.closed' } })
    throw AWAY
  }
  await drain(bench, { targetHostIds: [H2] })
  await bench.quiet()
  expect(stateOf(bench)).toBe('draining')
  await bench.quiet()
  expect(stateOf(bench)).toBe('maintenance')
  const stayed = bench.service.list()[0]?.stayed.map(({ name, reason }) => `${name} ${reason.code}`)
  expect(stayed?.toSorted()).toEqual(['b fake.away', 'c link.not-live', 'd link.not-live'])
})

test('stopped by a person, it does not go on with other hosts', async () => {
  const bench = await withThree()
  const moves = held(bench)
  const { taskId } = await drain(bench)
  await bench.quiet()
  bench.movers.script = async () => {
    throw AWAY
  }
  await bench.tasks.cancel(taskId as never)
  await bench.quiet()
  expect(moves.waiting).toHaveLength(1)
  expect(tasksOf(bench, 'host.drain')).toHaveLength(1)
  expect(stateOf(bench)).toBe('maintenance')
})

test('the console ends while other hosts are looked for: the next one goes on', async () => {
  const first = await withThree()
  first.movers.script = async (_ref, _from, to) => {
    if (to === 'c2') throw AWAY
  }
  const plans = first.movers.asked.length
  await drain(first)
  // until the first task has ended and its machines are looked at anew
  first.movers.hold = () => first.movers.asked.length > plans + 6
  await first.quiet()
  expect(stateOf(first)).toBe('draining')
  const stopped = first.stop()
  first.movers.letGo()
  await stopped
  const bench = await boot(first)
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c3', c: 'c3' })
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', stayed: [] }])
})

test('who runs there is told as it is: one that was started meanwhile, and not one that was switched off', async () => {
  const bench = await withThree()
  bench.movers.needsPool.set('b', 'nvme')
  await drain(bench)
  await bench.quiet()
  expect(bench.service.list()[0]?.stayed).toMatchObject([{ name: 'b' }])
  bench.movers.add('new', 'c1')
  bench.movers.add('b', 'c1', { state: 'stopped' })
  expect(bench.service.list()[0]?.stayed).toMatchObject([{ name: 'new', reason: { code: 'maintenance.machine-came' } }])
})

test('a host that is not back yet gets nothing back, and nothing is forgotten', async () => {
  const bench = await withThree()
  await drain(bench)
  await bench.quiet()
  bench.movers.away.add('c1')
  await expect(bench.service.leave(H1, true, AUTHOR, SIGNAL)).rejects.toMatchObject({ kind: 'unreachable', code: 'link.not-live' })
  expect(bench.service.list()).toMatchObject([{ state: 'maintenance', moved: [{}, {}, {}] }])
})

test('those that were shut down start first, with those before that start with their host; each that cannot is told by itself', async () => {
  const bench = await boot()
  for (const ref of ['a', 'b', 'c', 'd', 'e']) bench.movers.add(ref, 'c1', { autostart: ref === 'c' })
  for (const ref of ['b', 'c', 'd', 'e']) bench.movers.needsPool.set(ref, 'nvme')
  await drain(bench, { others: 'shut-down' })
  await bench.quiet()
  expect(bench.service.list()[0]).toMatchObject({ moved: [{ name: 'a' }], stopped: [{}, {}, {}, {}] })
  bench.movers.go('d', 'c3')
  bench.movers.remove('e')
  bench.movers.acted.length = 0
  const { left } = await bench.service.leave(H1, true, AUTHOR, SIGNAL)
  expect(left).toMatchObject([
    { name: 'd', reason: { code: 'maintenance.machine-elsewhere' } },
    { name: 'e', reason: { code: 'maintenance.machine-gone' } },
  ])
  await bench.quiet()
  expect(bench.movers.acted).toEqual(['start c', 'start b'])
  expect(whereIs(bench)).toEqual({ a: 'c1', b: 'c1', c: 'c1', d: 'c3' })
  const notBack = bench.events.filter(({ code }) => code === 'maintenance.machine-not-back')
  expect(notBack.map(({ objectName }) => objectName)).toEqual(['d', 'e'])
})

test('what they take together counts on the way back as well', async () => {
  const bench = await withThree()
  await drain(bench)
  await bench.quiet()
  bench.movers.memoryFree.set('c1', 4 * GIB)
  const { left } = await bench.service.leave(H1, true, AUTHOR, SIGNAL)
  expect(left).toMatchObject([{ name: 'c', reason: { code: 'migration.finding.memory-short-together', params: { others: 'a, b' } } }])
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c1', b: 'c1', c: 'c2' })
})
