import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type AppError, isAppError } from '../../../shared/errors/index.ts'
import type { MachineAction } from '../../../shared/model/index.ts'
import type { Operation, SeenMachine } from '../cloud/index.ts'
import { Recorder } from '../conformance/recorder.ts'
import type { GcpApi } from './api.ts'
import { all, atEnd, look, refusal, start, stranger } from './testing/bench.ts'

const STOP = 'compute.instances.stop'
const BATCH = 'compute.batch'
const MANY = 40
const POWER_OFF: MachineAction = { action: 'powerOff' }

/** A cloud of one project, and so many of its running machines. */
async function crowd(count = MANY) {
  const around = await start({ machines: 120, projects: 1 })
  const { api, cloud } = around
  const machines = await all(api, cloud.world.running.project)
  const chosen = machines.filter(({ facts }) => facts.state === 'running').slice(0, count)
  expect(chosen).toHaveLength(count)
  return { ...around, chosen }
}

type Result = Operation | AppError

/** Asks for it of all in one moment; each has its own result. */
async function askAll(
  api: GcpApi,
  machines: readonly SeenMachine[],
  action = POWER_OFF,
  requestIds = machines.map(() => randomUUID()),
): Promise<readonly Result[]> {
  return await Promise.all(
    machines.map((seen, index) =>
      api.begin(action, { seen, requestId: requestIds[index] ?? '' }, {}).catch((thrown: unknown) => {
        if (isAppError(thrown)) return thrown
        throw thrown
      }),
    ),
  )
}

const codesOf = (results: readonly Result[]) => [...new Set(results.map((one) => (isAppError(one) ? one.code : 'begun')))]

describe('many at once in Google Cloud', () => {
  it('go as one call, each with its own request id and its own share of the budget', async () => {
    const { api, cloud, chosen } = await crowd()
    const before = api.budget.view().usedLastMinute
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.batches.sizes).toEqual([MANY])
    expect(cloud.faults.count(STOP)).toBe(MANY)
    expect(new Set(cloud.queries.map((query) => query.get('requestId'))).size).toBe(MANY)
    expect(cloud.queries.every((query) => query.get('noGracefulShutdown') === 'true')).toBe(true)
    expect(api.budget.view().usedLastMinute - before).toBe(MANY)
    expect(cloud.faults.count('oauth2.token')).toBe(1)
  })

  it('are asked after together as well', async () => {
    const { api, cloud, chosen } = await crowd(30)
    const operations = (await askAll(api, chosen)).filter((one): one is Operation => !isAppError(one))
    const statuses = () => new Set(cloud.world.machines(chosen[0]?.facts.hostRef ?? '').map(({ body }) => body.status))
    await expect.poll(statuses, { interval: 10 }).not.toContain('STOPPING')
    expect(new Set(await Promise.all(operations.map((one) => one.poll({}))))).toEqual(new Set(['done']))
    const looked = await Promise.all(chosen.map(({ ref }) => look(api, ref)))
    expect(new Set(looked.map(({ facts }) => facts.state))).toEqual(new Set(['stopped']))
    expect(cloud.batches.sizes).toEqual([30, 30, 30])
  })

  it('through a link all are done, begun with one call', async () => {
    const { cloud, open, chosen } = await crowd(20)
    const link = await open()
    atEnd(() => link.close())
    await link.watch(new Recorder(), {})
    const before = cloud.batches.sizes.length
    await Promise.all(chosen.map(({ ref }) => link.act(ref, POWER_OFF, {})))
    expect(cloud.batches.sizes[before]).toBe(chosen.length)
    expect(cloud.faults.count(STOP)).toBe(chosen.length)
    const ids = new Set(chosen.map(({ facts }) => facts.cloud?.id))
    const statuses = cloud.world.machines(cloud.world.running.project).flatMap(({ body }) => (ids.has(body.id) ? body.status : []))
    expect(new Set(statuses)).toEqual(new Set(['TERMINATED']))
  })

  it('one alone goes as it is', async () => {
    const { api, cloud, chosen } = await crowd(1)
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.faults.count(BATCH)).toBe(0)
    expect(cloud.faults.count(STOP)).toBe(1)
  })

  it('what differs goes together, what is of another project does not', async () => {
    const { api, cloud } = await start({ machines: 80, projects: 2 })
    const [here = [], there = []] = await Promise.all(cloud.world.projects.map((project) => all(api, project)))
    const some = [...here.slice(0, 10), ...there.slice(0, 5)]
    await Promise.all(
      some.map((seen) =>
        api.begin({ action: seen.facts.state === 'stopped' ? 'start' : 'powerOff' }, { seen, requestId: randomUUID() }, {}),
      ),
    )
    expect(cloud.batches.sizes.toSorted((a, b) => a - b)).toEqual([5, 10])
  })

  it('a hundred are the most for one call', async () => {
    const { api, cloud } = await start({ machines: 110, projects: 1 })
    const machines = await all(api, cloud.world.running.project)
    await Promise.all(machines.map((seen) => api.machine(seen.ref, {})))
    expect(cloud.batches.sizes[0]).toBe(100)
    expect(cloud.faults.count('compute.instances.get')).toBe(machines.length)
  })

  it('one that is not allowed fails alone', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.faults.add({ operation: STOP, after: 7, times: 1, fault: { do: 'deny' } })
    const results = await askAll(api, chosen)
    expect(results.filter(isAppError)).toMatchObject([
      { kind: 'forbidden', code: 'cloud.permission-missing', details: { permission: STOP } },
    ])
    expect(isAppError(results[7])).toBe(true)
    expect(cloud.batches.sizes).toEqual([MANY])
    expect(cloud.world.operations.begun).toBe(MANY - 1)
  })

  it('some that come too fast wait for as long as they are told, the others are begun', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.faults.add({ operation: STOP, after: 30, times: 10, fault: { do: 'throttle', retryAfterS: 9 } })
    const results = await askAll(api, chosen)
    const late = results.filter(isAppError)
    expect(late).toHaveLength(10)
    expect(late.every(({ kind, retryAfterMs }) => kind === 'rate-limited' && retryAfterMs === 9_000)).toBe(true)
    expect(results.slice(30).every(isAppError)).toBe(true)
    expect(api.budget.view().throttledUntilMs).toBeGreaterThan(Date.now())
    // halved once, not ten times
    expect(api.budget.view().perMinute).toBe(api.budget.perMinute / 2)
  })

  it('answers in another order find their machines', async () => {
    const { api, cloud, chosen } = await crowd(12)
    cloud.batches.manner = 'reversed'
    cloud.world.denied.add('compute.instances.suspend')
    const results = await Promise.all(
      chosen.map((seen, index) =>
        api.begin({ action: index < 3 ? 'managedSave' : 'powerOff' }, { seen, requestId: randomUUID() }, {}).then(
          () => 'begun',
          (thrown: AppError) => thrown.code,
        ),
      ),
    )
    expect(results.slice(0, 3)).toEqual(['cloud.permission-missing', 'cloud.permission-missing', 'cloud.permission-missing'])
    expect(new Set(results.slice(3))).toEqual(new Set(['begun']))
  })

  it.each(['absent', 'plain'] as const)('go one by one where the batch is %s, and it is not asked for again', async (manner) => {
    const { api, cloud, chosen } = await crowd()
    cloud.batches.manner = manner
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.faults.count(STOP)).toBe(MANY)
    expect(cloud.world.operations.begun).toBe(MANY)
    await Promise.all(chosen.map(({ ref }) => look(api, ref)))
    expect(cloud.faults.count(BATCH)).toBe(1)
    expect(cloud.batches.sizes).toEqual([])
  })

  it.each([400, 405, 501])('go one by one where the batch is refused with %s', async (status) => {
    const { api, cloud, chosen } = await crowd(5)
    cloud.faults.add({ operation: BATCH, fault: { do: 'error', status, code: 'badRequest', message: 'No batch here' } })
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.faults.count(STOP)).toBe(5)
  })

  it('a refusal of the whole is one of each, and the next batch is tried', async () => {
    const { api, cloud, chosen } = await crowd(6)
    cloud.faults.add({ operation: BATCH, times: 1, fault: { do: 'deny' } })
    expect(codesOf(await askAll(api, chosen))).toEqual(['cloud.permission-missing'])
    expect(cloud.faults.count(STOP)).toBe(0)
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.batches.sizes).toEqual([6])
  })

  it('a server that fails leaves open what became of each', async () => {
    const { api, cloud, chosen } = await crowd(6)
    cloud.faults.add({ operation: BATCH, times: 1, fault: { do: 'error', status: 503, code: 'backendError', message: 'Try later' } })
    expect(codesOf(await askAll(api, chosen))).toEqual(['cloud.reply-lost'])
  })

  it.each([
    ['lose-reply', 'done'],
    ['half-reply', 'done'],
    ['reset', 'not-done'],
  ] as const)('with a connection that breaks (%s) each is open, and found out to be %s', async (what, found) => {
    const { cloud, open, chosen } = await crowd(15)
    const link = await open()
    atEnd(() => link.close())
    const refs = chosen.map(({ ref }) => ref)
    const baselines = await Promise.all(refs.map(async (ref) => ({ ref, baseline: await link.baseline(ref, POWER_OFF, {}) })))
    cloud.faults.add({ operation: STOP, times: 1, fault: { do: what } })
    const errors = await Promise.all(baselines.map(({ ref, baseline }) => refusal(link.act(ref, POWER_OFF, { baseline }))))
    expect(new Set(errors.map(({ kind, code }) => `${kind} ${code}`))).toEqual(new Set(['indeterminate cloud.reply-lost']))
    const probed = await Promise.all(baselines.map(({ ref, baseline }) => link.probe(ref, POWER_OFF, baseline, {})))
    expect(new Set(probed)).toEqual(new Set([found]))
  })

  it('an answer that makes no sense leaves each open', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.batches.manner = 'garbled'
    expect(codesOf(await askAll(api, chosen))).toEqual(['cloud.reply-lost'])
    expect(cloud.world.operations.begun).toBe(MANY)
  })

  it('a repetition under the same ids begins nothing twice', async () => {
    const { api, cloud, chosen } = await crowd()
    const requestIds = chosen.map(() => randomUUID())
    cloud.faults.add({ operation: BATCH, times: 1, fault: { do: 'lose-reply' } })
    expect(codesOf(await askAll(api, chosen, POWER_OFF, requestIds))).toEqual(['cloud.reply-lost'])
    expect(codesOf(await askAll(api, chosen, POWER_OFF, requestIds))).toEqual(['begun'])
    expect(cloud.world.operations.begun).toBe(MANY)
  })

  it('of an answer that breaks off only what is missing is open', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.batches.manner = 'short'
    const results = await askAll(api, chosen)
    expect(results.filter(isAppError)).toMatchObject([{ kind: 'indeterminate', code: 'cloud.reply-lost' }])
    expect(isAppError(results.at(-1))).toBe(true)
    expect(cloud.world.operations.begun).toBe(MANY)
  })

  it('a token that ended early is renewed once, for all of them', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.tokens.expireAll()
    expect(codesOf(await askAll(api, chosen))).toEqual(['begun'])
    expect(cloud.batches.sizes).toEqual([MANY, MANY])
    expect(cloud.faults.count('oauth2.token')).toBe(2)
  })

  it('who leaves does not take the others along', async () => {
    const { api, cloud, chosen } = await crowd()
    cloud.faults.add({ operation: BATCH, times: 1, fault: { do: 'delay', ms: 100 } })
    const leaving = new AbortController()
    const looks = chosen.map(({ ref }, index) => api.machine(ref, index === 0 ? { signal: leaving.signal } : {}))
    await expect.poll(() => cloud.faults.count(BATCH), { interval: 5 }).toBe(1)
    leaving.abort()
    const [first, ...others] = looks
    expect(await refusal(first ?? Promise.resolve())).toMatchObject({ kind: 'cancelled' })
    expect((await Promise.all(others)).every((seen) => seen?.facts.state === 'running')).toBe(true)
  })

  it('follow no answer that sends elsewhere', async () => {
    const { api, cloud, chosen } = await crowd(5)
    const foreign = await stranger()
    cloud.redirectTo(foreign.url)
    expect(codesOf(await askAll(api, chosen))).toEqual(['cloud.reply-lost'])
    expect(foreign.requests).toEqual([])
  })
})
