import { expect, test } from 'vitest'
import { type DrainOrderInput, drainOrderSchema } from '../../../shared/model/index.ts'
import { boot, GIB, H1, H2, H3 } from './testing/bench.ts'

/** Nobody gives up. */
const SIGNAL = new AbortController().signal

const order = (more: Partial<DrainOrderInput> = {}) => drainOrderSchema.parse({ hostId: H1, ...more })

async function planOf(bench: Awaited<ReturnType<typeof boot>>, more: Partial<DrainOrderInput> = {}) {
  const plan = await bench.service.plan(order(more), SIGNAL)
  return plan.items.map(({ name, what, toHostId, findings }) => ({
    name,
    what,
    to: toHostId,
    why: findings.filter(({ severity }) => severity === 'blocks' || severity === 'warns').map(({ reason }) => reason.code),
  }))
}

test('machines spread over the hosts by free memory, the smallest first, and each has its time', async () => {
  const bench = await boot()
  bench.movers.add('big', 'c1', { memoryKiB: 6 * GIB })
  bench.movers.add('web', 'c1')
  bench.movers.add('db', 'c1', { memoryKiB: 2 * GIB })
  expect(await planOf(bench)).toEqual([
    { name: 'web', what: 'move', to: H2, why: [] },
    { name: 'db', what: 'move', to: H3, why: [] },
    { name: 'big', what: 'move', to: H2, why: [] },
  ])
  const { totalMs } = await bench.service.plan(order(), SIGNAL)
  const aside = await bench.service.plan(order({ atOnce: 3 }), SIGNAL)
  expect(totalMs?.likely).toBeGreaterThan(aside.totalMs?.likely ?? Number.POSITIVE_INFINITY)
  expect(bench.inventory.get('host', H1)?.maintenance ?? null).toBeNull()
})

test('who fits nowhere stays, with the reason; memory is not promised twice', async () => {
  const bench = await boot()
  for (const name of ['a', 'b', 'c']) bench.movers.add(name, 'c1', { memoryKiB: 5 * GIB })
  expect(await planOf(bench)).toMatchObject([
    { name: 'a', to: H2 },
    { name: 'b', to: H3 },
    { name: 'c', what: 'stays', to: null, why: ['migration.finding.drain-no-room'] },
  ])
})

test('what blocks at every host is told, and the machine stays or is shut down as ordered', async () => {
  const bench = await boot()
  bench.movers.add('web', 'c1')
  bench.movers.needsPool.set('web', 'nvme')
  expect(await planOf(bench)).toEqual([{ name: 'web', what: 'stays', to: null, why: ['migration.finding.pool-missing'] }])
  expect(bench.movers.looks).toBe(2)
  expect(await planOf(bench, { others: 'shut-down' })).toMatchObject([{ what: 'shut-down', why: ['migration.finding.pool-missing'] }])
})

test('a host that cannot be asked is left out, and the next one is taken; with none left the reason is told', async () => {
  const bench = await boot()
  bench.movers.add('web', 'c1')
  bench.movers.silent.add('c2')
  expect(await planOf(bench)).toMatchObject([{ what: 'move', to: H3 }])
  bench.movers.silent.add('c3')
  expect(await planOf(bench)).toMatchObject([{ what: 'stays', why: ['fake.silent'] }])
})

test('a host that does not answer is asked twice, not once for each machine', async () => {
  const bench = await boot()
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) bench.movers.add(name, 'c1', { memoryKiB: GIB / 4 })
  bench.inventory.update('host', H2, { memoryFreeKiB: 64 * GIB })
  bench.movers.silent.add('c2')
  expect((await planOf(bench)).map(({ to }) => to)).toEqual(Array.from({ length: 8 }, () => H3))
  expect(bench.movers.asked.filter((host) => host === 'c2').length).toBeLessThanOrEqual(5)
})

test('who is off, busy, or to stay, is not looked at', async () => {
  const bench = await boot()
  bench.movers.add('off', 'c1', { state: 'stopped' })
  bench.movers.add('kept', 'c1')
  bench.movers.add('busy', 'c1')
  bench.movers.add('web', 'c1')
  const { tasks } = bench
  const busyWith = tasks.busyWith.bind(tasks)
  tasks.busyWith = (id) => (id === 'c1.m.busy' ? 'machine.snapshot' : busyWith(id))
  const chosen = [
    { machineId: 'c1.m.kept' as never, toHostId: null },
    { machineId: 'c1.m.web' as never, toHostId: H3 },
  ]
  expect(await planOf(bench, { order: 'name', chosen })).toEqual([
    { name: 'busy', what: 'stays', to: null, why: ['migration.finding.drain-machine-busy'] },
    { name: 'kept', what: 'stays', to: null, why: [] },
    { name: 'off', what: 'off', to: null, why: [] },
    { name: 'web', what: 'move', to: H3, why: [] },
  ])
  expect(bench.movers.looks).toBe(1)
})

test('only hosts that were named are targets, and none in maintenance', async () => {
  const bench = await boot()
  bench.movers.add('web', 'c1')
  expect(await planOf(bench, { targetHostIds: [H3] })).toMatchObject([{ to: H3 }])
  await bench.service.drain(drainOrderSchema.parse({ hostId: H2 }), { actor: 'ada', origin: 'page', reason: null }, SIGNAL)
  expect(await planOf(bench)).toMatchObject([{ to: H3 }])
  expect(await planOf(bench, { targetHostIds: [H2] })).toMatchObject([{ what: 'stays', why: ['migration.finding.drain-no-room'] }])
})

test('ten machines of 100 GiB into pools with 500 and 300 GiB free: eight go, and the others read which fit', async () => {
  const bench = await boot()
  for (let number = 10; number < 20; number += 1) {
    bench.movers.add(`vm-${number}`, 'c1', { memoryKiB: GIB / 4, diskBytes: 100 * GIB * 1_024 })
  }
  bench.inventory.update('host', H2, { memoryFreeKiB: 16 * GIB })
  bench.movers.poolFree.set('c2', 500 * GIB * 1_024).set('c3', 300 * GIB * 1_024)
  const { items } = await bench.service.plan(order(), SIGNAL)
  expect(items.map(({ toHostId }) => toHostId)).toEqual([...Array(5).fill(H2), ...Array(3).fill(H3), null, null])
  expect(items.at(-1)?.what).toBe('stays')
  expect(items.at(-1)?.findings[0]).toMatchObject({
    check: 'space',
    severity: 'blocks',
    reason: { params: { others: 'vm-10, vm-11, vm-12, vm-13, vm-14', needed: '600 GiB', free: '500 GiB', name: 'images' } },
  })
})

test('memory at a target of one’s own choice is added up as well, by what the host itself has free', async () => {
  const bench = await boot()
  const chosen = ['a', 'b', 'c'].map((ref) => {
    bench.movers.add(ref, 'c1', { memoryKiB: 3 * GIB })
    return { machineId: `c1.m.${ref}` as never, toHostId: H2 }
  })
  bench.movers.memoryFree.set('c2', 7 * GIB)
  expect(await planOf(bench, { chosen })).toMatchObject([
    { name: 'a', to: H2 },
    { name: 'b', to: H2 },
    { name: 'c', what: 'stays', why: ['migration.finding.memory-short-together'] },
  ])
})
