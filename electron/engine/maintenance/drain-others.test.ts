import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type DrainOrderInput, drainOrderSchema, type HostId, type Task } from '../../../shared/model/index.ts'
import { AUTHOR, type Bench, boot, GIB, H1, H2, H3, held } from './testing/bench.ts'

/** Nobody gives up. */
const SIGNAL = new AbortController().signal
const AWAY = new AppError({ kind: 'unreachable', code: 'fake.away', message: 'The target host does not answer.' })

const order = (more: Partial<DrainOrderInput> = {}) => drainOrderSchema.parse({ hostId: H1, order: 'name', ...more })
const drain = (bench: Bench, more: Partial<DrainOrderInput> = {}) => bench.service.drain(order(more), AUTHOR, SIGNAL)
const recordOf = (bench: Bench, hostId: HostId = H1) => bench.service.list().find((one) => one.hostId === hostId)
const stayedIn = (bench: Bench, hostId: HostId = H1) => recordOf(bench, hostId)?.stayed.map(({ name, reason }) => `${name} ${reason.code}`)
const whereIs = (bench: Bench) => Object.fromEntries([...bench.movers.machines].map(([ref, { at }]) => [ref, at]))
const movesOf = (bench: Bench, name: string): Task[] =>
  [...bench.inventory.all('task')].filter(({ kind, target }) => kind === 'machine.migrate' && target?.name === name)

/** What is free at the third host: it tells so itself, and counts who is there. */
function freeAtThird(bench: Bench, gib: number): void {
  bench.inventory.update('host', H3, { memoryFreeKiB: gib * GIB })
  const { machines, memoryFree } = bench.movers
  const free = () => [...machines.values()].reduce((rest, { at, memoryKiB }) => rest - (at === 'c3' ? memoryKiB : 0), gib * GIB)
  const get = memoryFree.get.bind(memoryFree)
  memoryFree.get = (key) => (key === 'c3' ? free() : get(key))
}

test('others that went first are counted just before: who finds no room any more goes elsewhere, and it is said who was first', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1')
  bench.movers.add('b', 'c1', { memoryKiB: 5 * GIB })
  bench.movers.add('other', 'c2', { memoryKiB: 3 * GIB })
  freeAtThird(bench, 8)
  bench.inventory.update('host', H2, { memoryFreeKiB: 6 * GIB })
  const moves = held(bench)
  await drain(bench)
  await bench.quiet()
  expect(recordOf(bench)?.going.map(({ name, toHostId }) => `${name} ${toHostId}`)).toEqual([`a ${H3}`, `b ${H3}`])
  await bench.moveOne('c2.m.other', H3)
  await bench.quiet()
  const [goA] = moves.waiting.splice(0)
  goA?.()
  await bench.quiet()
  expect(movesOf(bench, 'b')[0]?.error?.message).toContain(
    'With other, which go first, h3 would need 8 GiB of memory at once and has 7 GiB free',
  )
  moves.release()
  await bench.quiet()
  expect(whereIs(bench)).toMatchObject({ a: 'c3', b: 'c2' })
  expect(recordOf(bench)).toMatchObject({ state: 'maintenance', stayed: [] })
})

test('of two drains at once to one host the second is told what the first has promised, before anything has moved', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1', { memoryKiB: 3 * GIB })
  bench.movers.add('b', 'c1', { memoryKiB: 3 * GIB })
  bench.movers.add('c', 'c2', { memoryKiB: 3 * GIB })
  bench.movers.add('d', 'c2', { memoryKiB: 2 * GIB })
  freeAtThird(bench, 8)
  const moves = held(bench)
  await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  // a is under way, b waits in the queue: two of eight are left
  await drain(bench, { hostId: H2, targetHostIds: [H3], atOnce: 2 })
  expect(recordOf(bench, H2)?.stayed).toMatchObject([
    { name: 'c', reason: { code: 'migration.finding.drain-room-promised', params: { target: 'h3', others: 'a, b' } } },
  ])
  await bench.quiet()
  expect(moves.waiting).toHaveLength(2)
  moves.release()
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c3', c: 'c2', d: 'c3' })
})

test('a move of somebody else that was let go first is counted by the next look, and not twice once it has arrived', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1', { memoryKiB: 3 * GIB })
  bench.movers.add('b', 'c1', { memoryKiB: 3 * GIB })
  bench.movers.add('other', 'c2', { memoryKiB: 4 * GIB })
  freeAtThird(bench, 8)
  const moves = held(bench)
  await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  const other = await bench.moveOne('c2.m.other', H3)
  await bench.quiet()
  // with a and the other on their way there is one left: b is looked at when a has come
  expect(moves.waiting).toHaveLength(2)
  const [goA, goOther] = moves.waiting.splice(0)
  goA?.()
  await bench.quiet()
  expect(movesOf(bench, 'b').map(({ state, error }) => `${state} ${error?.code}`)).toEqual(['failed migration.blocked'])
  expect(movesOf(bench, 'b')[0]?.error?.message).toContain(
    'With other, which go first, h3 would need 7 GiB of memory at once and has 5 GiB free',
  )
  expect(stayedIn(bench)).toEqual(['b migration.blocked'])
  bench.movers.script = async () => {}
  goOther?.()
  await bench.quiet()
  expect(await bench.tasks.get(other.id)).toMatchObject({ state: 'succeeded' })
  await drain(bench, { targetHostIds: [H3] })
  expect(recordOf(bench)?.stayed).toMatchObject([{ name: 'b', reason: { code: 'migration.finding.memory-short' } }])
})

test('one that arrives while its host is asked what it has is not counted twice: the host is asked again', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1', { memoryKiB: 3 * GIB })
  bench.movers.add('b', 'c1', { memoryKiB: 4 * GIB })
  freeAtThird(bench, 8)
  const moves = held(bench)
  const { asked } = bench.movers
  await bench.moveOne('c1.m.a', H3)
  await bench.quiet()
  expect(moves.waiting).toHaveLength(1)
  // two looks for a, one for the plan, and then b just before it goes
  bench.movers.hold = () => asked.length === 4
  await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  moves.release()
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c1' })
  bench.movers.letGo()
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c3' })
  expect(asked).toHaveLength(5)
})

test('one that was refused because others were first is tried there once more when they have not come after all', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1')
  bench.movers.add('b', 'c1', { memoryKiB: 5 * GIB })
  bench.movers.add('z', 'c1')
  bench.movers.add('other', 'c2', { memoryKiB: 6 * GIB })
  freeAtThird(bench, 8)
  const moves = held(bench)
  await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  await bench.moveOne('c2.m.other', H3)
  await bench.quiet()
  const [goA] = moves.waiting.splice(0)
  goA?.()
  await bench.quiet()
  // b was refused, and z is under way
  expect(movesOf(bench, 'b').map(({ state }) => state)).toEqual(['failed'])
  const other = movesOf(bench, 'other')[0]
  if (!other) throw new Error('it was ordered')
  await bench.tasks.cancel(other.id)
  await bench.quiet()
  moves.release()
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c3', z: 'c3', other: 'c2' })
  expect(recordOf(bench)).toMatchObject({ state: 'maintenance', stayed: [] })
})

test('the host itself becomes unreachable midway: what has gone has gone, the rest is named, and goes when it is back', async () => {
  const bench = await boot()
  for (const ref of ['a', 'b', 'c']) bench.movers.add(ref, 'c1')
  const moves = held(bench)
  await drain(bench)
  await bench.quiet()
  bench.movers.away.add('c1')
  bench.inventory.update('host', H1, { freshness: { state: 'stale', sinceMs: bench.clock.nowMs(), reason: 'link.closed' } })
  moves.release()
  for (let rounds = 0; rounds < 4; rounds += 1) await bench.quiet()
  expect(recordOf(bench)).toMatchObject({ state: 'maintenance', moved: [{ name: 'a' }] })
  expect(stayedIn(bench)?.toSorted()).toEqual(['b task.no-link', 'c task.no-link'])
  bench.movers.away.delete('c1')
  bench.inventory.update('host', H1, { freshness: { state: 'live' } })
  await drain(bench)
  await bench.quiet()
  expect(recordOf(bench)).toMatchObject({ stayed: [], moved: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
})

test('two hosts are drained toward each other: the one that comes second takes nothing any more, and each who stays is told', async () => {
  const bench = await boot()
  bench.movers.add('a', 'c1')
  bench.movers.add('b', 'c1')
  bench.movers.add('x', 'c2')
  await drain(bench, { hostId: H3 })
  const moves = held(bench)
  await drain(bench)
  await bench.quiet()
  await drain(bench, { hostId: H2 })
  moves.release()
  await bench.quiet()
  // a was under way to H2 when that was closed
  expect(whereIs(bench)).toEqual({ a: 'c2', b: 'c1', x: 'c2' })
  expect(recordOf(bench)).toMatchObject({ state: 'maintenance', stayed: [{ name: 'b', reason: { code: 'migration.blocked' } }] })
  expect(stayedIn(bench, H2)).toEqual(['x migration.finding.drain-no-room', 'a maintenance.machine-came'])
})

test('one more try of all that failed keeps to the limit of the order, whatever the settings say', async () => {
  const bench = await boot()
  for (const ref of ['a', 'b', 'c']) bench.movers.add(ref, 'c1')
  bench.movers.script = async () => {
    throw AWAY
  }
  const { taskId } = await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  expect(stayedIn(bench)).toHaveLength(3)
  const moves = held(bench)
  bench.movers.mostAtOnce = 0
  await bench.tasks.retry(taskId as never, AUTHOR)
  await bench.quiet()
  expect(moves.waiting).toHaveLength(1)
  moves.release()
  await bench.quiet()
  expect(bench.movers.mostAtOnce).toBe(1)
  expect(stayedIn(bench)).toEqual([])
})

test('a drain that has been at it for long goes on after a restart; one that was left alone for long does not', async () => {
  const first = await boot()
  for (const ref of ['a', 'b', 'c', 'd']) first.movers.add(ref, 'c1')
  const moves = held(first)
  await drain(first)
  for (let rounds = 0; rounds < 2; rounds += 1) {
    await first.quiet()
    await first.clock.advance(12 * 60_000)
    moves.waiting.splice(0)[0]?.()
    await first.quiet()
  }
  await first.stop()
  const second = await boot(first)
  await second.quiet()
  expect(second.movers.moved.map((move) => move.slice(0, 1))).toEqual(['a', 'b', 'c', 'c'])
  expect(movesOf(second, 'd')).toMatchObject([{ endedAtMs: null, error: null }])
  await second.stop()
  await second.clock.advance(3_600_000)
  second.movers.script = async () => {}
  const third = await boot(second)
  await third.quiet()
  expect(whereIs(third)).toMatchObject({ a: 'c2', b: 'c3', d: 'c1' })
  // whether the third has gone its host has to tell; the fourth was not begun
  expect(movesOf(third, 'd')).toMatchObject([{ state: 'cancelled', error: { code: 'task.interrupted-long-ago' } }])
})

/** Something else takes up `a` after it was looked at. */
function busyFromNow(bench: Bench): { over: () => void } {
  const { tasks } = bench
  const busyWith = tasks.busyWith.bind(tasks)
  let isBusy = true
  tasks.busyWith = (id) => (isBusy && id.endsWith('.m.a') ? 'machine.snapshot' : busyWith(id))
  return {
    over: () => {
      isBusy = false
    },
  }
}

test('one that other work takes up between plan and order does not stop the others, and is tried again when they have gone', async () => {
  const bench = await boot()
  for (const ref of ['a', 'b']) bench.movers.add(ref, 'c1')
  const moves = held(bench)
  bench.movers.hold = () => bench.movers.asked.length > 1
  const drained = drain(bench)
  await bench.quiet()
  const work = busyFromNow(bench)
  bench.movers.letGo()
  await drained
  await bench.quiet()
  expect(recordOf(bench)).toMatchObject({
    going: [{ name: 'b' }],
    stayed: [{ name: 'a', reason: { code: 'migration.finding.drain-machine-busy', params: { task: 'machine.snapshot' } } }],
  })
  work.over()
  moves.release()
  await bench.quiet()
  expect(bench.movers.moved.map((move) => move.slice(0, 1))).toEqual(['b', 'a'])
  expect(recordOf(bench)).toMatchObject({ state: 'maintenance', stayed: [], moved: [{ name: 'b' }, { name: 'a' }] })
})

test('on the way back as well: the others come, and it is told of', async () => {
  const bench = await boot()
  for (const ref of ['a', 'b']) bench.movers.add(ref, 'c1')
  await drain(bench, { targetHostIds: [H3] })
  await bench.quiet()
  const asked = bench.movers.asked.length
  bench.movers.hold = () => bench.movers.asked.length > asked + 1
  const back = bench.service.leave(H1, true, AUTHOR, SIGNAL)
  await bench.quiet()
  busyFromNow(bench)
  bench.movers.letGo()
  expect((await back).left).toMatchObject([{ name: 'a', reason: { code: 'maintenance.machine-busy' } }])
  await bench.quiet()
  expect(whereIs(bench)).toEqual({ a: 'c3', b: 'c1' })
  expect(bench.service.list()).toEqual([])
})
