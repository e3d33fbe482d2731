import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { Connection, Host, Machine, MachineAction, MachineId, Task, TaskId } from '../../../shared/model/index.ts'
import type { TaskAuthor, TaskRequest } from '../tasks/task-kind.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { FakeHost } from '../testing/fake-host.ts'
import { MachineService } from './machine-service.ts'

const AUTHOR: TaskAuthor = { actor: 'ada', origin: 'page', reason: null }
const SIGNAL = new AbortController().signal
const START: MachineAction = { action: 'start' }

function machine(name: string, more: Partial<Machine> = {}): Machine {
  const facts = { connectionId: 'c1', hostId: 'h1', nativeRef: name, name, state: 'stopped', persistent: true, hasManagedSave: false }
  return { ...facts, id: `c1.m.${name}`, ...more } as Machine
}

function bench(...machines: Machine[]) {
  const known = new Map(machines.map((one) => [one.id, one]))
  const connection = { id: 'c1', name: 'kvm-01', freshness: { state: 'live' }, capabilities: null } as unknown as Connection
  const host = { id: 'h1', freshness: { state: 'live' } } as unknown as Host
  const links = new FakeHost()
  const clock = new FakeClock()
  const busy = new Map<string, Pick<Task, 'kind'> & Partial<Task>>()
  const submitted: TaskRequest[][] = []
  const accept = (requests: readonly TaskRequest[]) => {
    submitted.push([...requests])
    return Promise.resolve({ id: `t${submitted.length}` as TaskId })
  }
  const service = new MachineService({
    inventory: {
      get: ((entity: string, id: string) =>
        entity === 'machine' ? known.get(id as MachineId) : entity === 'host' ? host : connection) as never,
      all: () => [],
    },
    select: (query) => machines.filter((one) => one.name.includes(query)),
    links,
    tasks: { holder: (id) => busy.get(id) as Task | undefined, submit: (request) => accept([request]), submitBulk: accept },
    clock,
  })
  return { service, submitted, busy, clock, links, connection }
}

const ids = (...names: string[]) => ({ ids: names.map((name) => `c1.m.${name}` as MachineId) })

test('one target is one task, several are a bulk, each once', async () => {
  const { service, submitted } = bench(machine('a'), machine('b'))
  expect(await service.act(ids('a', 'a'), START, AUTHOR)).toEqual({ taskId: 't1', accepted: 1, refused: [] })
  expect(await service.act(ids('a', 'b'), START, AUTHOR)).toMatchObject({ taskId: 't2', accepted: 2 })
  expect(await service.act({ query: 'b' }, START, AUTHOR)).toMatchObject({ accepted: 1 })
  expect(submitted.map((requests) => requests.map((request) => [request.kind, request.target?.name, request.hostId]))).toEqual([
    [['machine.start', 'a', 'h1']],
    [
      ['machine.start', 'a', 'h1'],
      ['machine.start', 'b', 'h1'],
    ],
    [['machine.start', 'b', 'h1']],
  ])
})

test('what does not fit is refused by name and reason, the rest goes on', async () => {
  const { service, busy } = bench(machine('a'), machine('up', { state: 'running' }), machine('held'), machine('comes'))
  busy.set('c1.m.held', { kind: 'machine.delete' })
  busy.set('c1.m.comes', { id: 't9' as TaskId, kind: 'machine.migrate', params: { from: 'kvm-07', arrivesAs: 'c1.m.comes' } })
  const answer = await service.act(ids('a', 'up', 'held', 'comes', 'gone'), START, AUTHOR)
  expect(answer.accepted).toBe(1)
  expect(answer.refused.map(({ name, reason }) => [name, reason.code])).toEqual([
    ['up', 'machine.wrong-state'],
    ['held', 'machine.busy'],
    ['comes', 'machine.arriving'],
    ['c1.m.gone', 'machine.not-found'],
  ])
  const preview = service.preview(ids('a', 'up', 'held', 'comes', 'gone'), 'start')
  expect(preview).toEqual({ fits: ['c1.m.a'], refused: answer.refused })
})

test('when nothing fits there is no task but a reason', async () => {
  const { service, submitted } = bench(machine('up', { state: 'running' }), machine('too', { state: 'running' }))
  await expect(service.act(ids('up'), START, AUTHOR)).rejects.toMatchObject({ kind: 'precondition', code: 'machine.wrong-state' })
  await expect(service.act(ids('up', 'too'), START, AUTHOR)).rejects.toMatchObject({ kind: 'precondition', code: 'machines.none-fits' })
  await expect(service.act(ids('gone'), START, AUTHOR)).rejects.toMatchObject({ kind: 'not-found', code: 'machine.not-found' })
  await expect(service.act({ query: 'nothing' }, START, AUTHOR)).rejects.toMatchObject({ kind: 'not-found', code: 'machines.none-match' })
  expect(submitted).toEqual([])
})

test('without a live link nothing is accepted', async () => {
  const { service, connection } = bench(machine('a'))
  Object.assign(connection, { freshness: { state: 'stale', sinceMs: 1, reason: 'x' } })
  await expect(service.act(ids('a'), START, AUTHOR)).rejects.toMatchObject({ kind: 'precondition', code: 'link.not-live' })
})

test('a double click is one click, for one person and one minute', async () => {
  const { service, submitted, clock } = bench(machine('a'))
  const [first, second] = await Promise.all([service.act(ids('a'), START, AUTHOR, 'x'), service.act(ids('a'), START, AUTHOR, 'x')])
  expect(second).toEqual(first)
  expect(submitted).toHaveLength(1)
  await service.act(ids('a'), START, { ...AUTHOR, actor: 'bob' }, 'x')
  await service.act(ids('a'), START, AUTHOR, 'y')
  await clock.advance(61_000)
  await service.act(ids('a'), START, AUTHOR, 'x')
  expect(submitted).toHaveLength(4)
})

test('a refused click is not remembered', async () => {
  const up = machine('a', { state: 'running' })
  const { service } = bench(up)
  await expect(service.act(ids('a'), START, AUTHOR, 'x')).rejects.toMatchObject({ code: 'machine.wrong-state' })
  Object.assign(up, { state: 'stopped' })
  expect(await service.act(ids('a'), START, AUTHOR, 'x')).toMatchObject({ accepted: 1 })
})

test('two machines do not get one name', async () => {
  const { service } = bench(machine('a'), machine('b'))
  await expect(service.act(ids('a', 'b'), { action: 'rename', name: 'c' }, AUTHOR)).rejects.toMatchObject({
    kind: 'invalid-input',
    code: 'machine.rename-many',
  })
})

test('a long note is kept whole in the plan and short in what is shown', async () => {
  const { service, submitted } = bench(machine('a'))
  const notes = 'n'.repeat(5_000)
  await service.act(ids('a'), { action: 'setMetadata', notes, title: undefined }, AUTHOR)
  expect(submitted[0]?.[0]?.plan).toMatchObject({ action: { action: 'setMetadata', notes } })
  expect(JSON.stringify(submitted[0]?.[0]?.params).length).toBeLessThan(300)
})

test('deletion plans say for each target what went wrong', async () => {
  const { service, links } = bench(machine('a'))
  const plans = await service.deletionPlans(['c1.m.a', 'c1.m.gone'] as MachineId[], SIGNAL)
  expect(plans.map(({ plan, error }) => [plan?.name ?? null, error === null])).toEqual([
    ['a', true],
    [null, false],
  ])
  links.cut()
  const [cut] = await service.deletionPlans(['c1.m.a'] as MachineId[], SIGNAL)
  expect(cut?.error).toContain('no link')
  await expect(service.detail('c1.m.a' as MachineId, SIGNAL)).rejects.toBeInstanceOf(AppError)
})

test('of a deletion of several each is told its own disks', async () => {
  const { service, submitted } = bench(machine('a'), machine('b'), machine('c'))
  const [a, b] = ids('a', 'b').ids
  const diskKeysOf = { [a ?? '']: ['/a.qcow2'], [b ?? '']: ['/b.qcow2'] }
  const rest = { withSnapshots: false, withNvram: false, withTpm: false, withManagedSave: false }
  await service.act(ids('a', 'b', 'c'), { action: 'delete', diskKeys: ['/a.qcow2'], diskKeysOf, ...rest }, AUTHOR)
  const actions = submitted.flat().map(({ plan }) => (plan as { action: unknown }).action)
  expect(actions).toEqual([
    { action: 'delete', diskKeys: ['/a.qcow2'], ...rest },
    { action: 'delete', diskKeys: ['/b.qcow2'], ...rest },
    { action: 'delete', diskKeys: [], ...rest },
  ])
})
