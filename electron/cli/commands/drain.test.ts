import { expect, test } from 'vitest'
import type { DrainItem, DrainPlan, Maintenance } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import type { Io } from './act.ts'
import { type DrainOptions, drainHost, planText, returnHost } from './drain.ts'

const item = (name: string, more: Partial<DrainItem>): DrainItem => ({
  machineId: `c1.m.${name}` as DrainItem['machineId'],
  name,
  memoryKiB: 1_048_576,
  what: 'move',
  toHostId: null,
  findings: [],
  prediction: null,
  ...more,
})
const NO_ROOM = {
  id: 'x',
  check: 'maintenance' as const,
  severity: 'blocks' as const,
  reason: { code: 'x', text: 'No room\u{1b}[2J.' },
  facts: null,
  mends: [],
}
const PLAN: DrainPlan = {
  hostId: 'c1.h.a' as DrainPlan['hostId'],
  items: [item('web', { toHostId: 'c2.h.b' as DrainItem['toHostId'] }), item('big', { what: 'stays', findings: [NO_ROOM] })],
  totalMs: { low: 4_000, likely: 6_000, high: 9_000 },
  checkedAtMs: 0,
}
const STAYS = { hostId: PLAN.hostId, state: 'maintenance' as const, taskId: null, stayed: [{}] }
const OPTIONS: DrainOptions = {
  to: [],
  order: 'name',
  atOnce: 2,
  shutDownOthers: false,
  check: false,
  yes: true,
  wait: true,
  json: false,
  reason: 'new fans',
}

/** What the console tells of the host, each time it is asked; the last stays. */
function setup(records: Array<Pick<Maintenance, 'hostId' | 'state' | 'taskId'> & { readonly stayed: readonly object[] }> = [STAYS]) {
  const asked: Array<[string, unknown]> = []
  const said: string[] = []
  const answering =
    <T>(what: string, answer: T) =>
    async (input: unknown): Promise<T> => {
      asked.push([what, input])
      return answer
    }
  const task = { id: 't1', state: 'succeeded', children: { total: 1, succeeded: 1, failed: 0 } }
  const client = {
    inventory: { hosts: async () => ['a', 'b'].map((name) => ({ host: { id: `c${name === 'a' ? 1 : 2}.h.${name}`, name } })) },
    maintenance: {
      plan: answering('plan', PLAN),
      drain: answering('drain', { taskId: 't1' }),
      list: async () => (records.length > 1 ? [records.shift()] : records),
      leave: answering('leave', { taskId: null, left: [{ machineId: 'm', name: 'web', reason: { code: 'gone', text: 'It is gone.' } }] }),
    },
    tasks: { get: async () => task, list: async () => ({ items: [{ ...task, children: null, target: { name: 'web' } }], cursor: null }) },
  }
  const io: Io = { print: (line) => said.push(line), complain: (line) => said.push(line), interactive: false }
  return { asked, said, io, session: { client, fresh: false } as unknown as Session }
}

test('the plan is shown, then carried out; machines that stay make it partly done', async () => {
  const { asked, said, io, session } = setup()
  expect(await drainHost(session, 'a', { ...OPTIONS, to: ['b'] }, io)).toBe(3)
  const order = { hostId: 'c1.h.a', targetHostIds: ['c2.h.b'], order: 'name', atOnce: 2, others: 'leave' }
  expect(asked).toMatchObject([
    ['plan', { order }],
    ['drain', { order, reason: 'new fans' }],
  ])
  expect(said.join('\n')).toContain('web: succeeded')
})

test('a drain that goes on with other hosts is followed to its end, and only who stays in the end counts', async () => {
  const draining = { ...STAYS, state: 'draining' as const, stayed: [] }
  const [first, second] = ['t1', 't2'].map((id) => ({ ...draining, taskId: id as Maintenance['taskId'] }))
  if (!first || !second) throw new Error('two of them')
  const { said, io, session } = setup([first, second, second, { ...STAYS, stayed: [] }])
  expect(await drainHost(session, 'a', OPTIONS, io)).toBe(0)
  expect(said.filter((line) => line === 'web: succeeded')).toHaveLength(2)
  expect(said).toContain('Those that failed are tried with other hosts.')
})

test('a check asks for the plan alone, and says by its code that somebody would stay', async () => {
  const { asked, said, io, session } = setup()
  expect(await drainHost(session, 'a', { ...OPTIONS, check: true }, io)).toBe(1)
  expect(asked.map(([what]) => what)).toEqual(['plan'])
  expect(said.join('\n')).toMatch(/web +1\.0 +moves +b/)
})

test('with nobody to ask it needs a yes, and without a console it must wait', async () => {
  const { asked, said, io, session } = setup()
  expect(await drainHost(session, 'a', { ...OPTIONS, yes: false }, io)).toBe(1)
  expect(said.at(-1)).toContain('--yes')
  await expect(drainHost({ ...session, fresh: true }, 'a', { ...OPTIONS, wait: false }, io)).rejects.toMatchObject({
    code: 'cli.nobody-finishes',
  })
  await expect(drainHost(session, 'nobody', OPTIONS, io)).rejects.toMatchObject({ code: 'cli.no-such-host' })
  expect(asked.filter(([what]) => what === 'drain')).toEqual([])
})

test('the way back names who does not come', async () => {
  const { asked, said, io, session } = setup()
  expect(await returnHost(session, 'a', { machines: true, wait: true, json: false, reason: undefined }, io)).toBe(3)
  expect(asked).toMatchObject([['leave', { hostId: 'c1.h.a', bringBack: true }]])
  expect(said).toEqual(['web is not brought back: It is gone. [gone]', 'a is in use again.'])
})

test('what hosts say cannot steer the terminal', () => {
  const text = planText(PLAN, (id) => id)
  expect(text).toContain('No room')
  expect(text).not.toContain('\u{1b}')
  expect(text.split('\n').at(-1)).toBe('All moves: 4–9 s.')
})
