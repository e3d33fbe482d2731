import { expect, test } from 'vitest'
import { type MoveTake, migrationSpecSchema } from '../../../shared/model/index.ts'
import type { Session } from '../connect.ts'
import { type MigrateFlags, migrate } from './migrate.ts'

const GIB = 1_073_741_824
const NAMES = ['a', 'b', 'c']
const FLAGS: MigrateFlags & { readonly json: boolean } = {
  to: 'kvm-2',
  mode: 'live',
  disk: [],
  nic: [],
  deleteSourceDisks: false,
  peer: false,
  tunnelled: false,
  postCopy: false,
  autoConverge: false,
  compress: false,
  measure: false,
  check: false,
  watch: false,
  yes: false,
  wait: false,
  json: false,
}

/** Three machines that take so much of the target's 10 GiB of memory each, at once and when they have grown. */
function bench(now: number, most: number) {
  const said: string[] = []
  const started: unknown[] = []
  const planned: unknown[] = []
  const takes: MoveTake[] = [{ what: 'memory', name: null, now: now * GIB, most: most * GIB, free: 10 * GIB }]
  const end = { hostId: 'c2.h.1', name: 'kvm-2', memoryFreeKiB: null }
  const rows = NAMES.map((name) => ({ machine: { id: `c1.m.${name}`, name }, hostName: 'kvm-1' }))
  const client = {
    inventory: {
      hosts: async () => [{ host: { id: 'c2.h.1', name: 'kvm-2' } }],
      machines: async () => ({ items: rows, cursor: null }),
    },
    migrations: {
      preflight: async ({ spec }: { readonly spec: object }) => ({
        spec: migrationSpecSchema.parse(spec),
        findings: [],
        prediction: null,
        takes,
        target: end,
        source: end,
      }),
      start: async (input: unknown) => {
        started.push(input)
        return { taskId: 't1', accepted: 3, refused: [] }
      },
      plan: async (input: unknown) => {
        planned.push(input)
        return { planId: 'plan-1' }
      },
    },
  }
  const io = { print: (line: string) => void said.push(line), complain: (line: string) => void said.push(line), interactive: false }
  const session = { client, fresh: false } as unknown as Session
  const run = (more: Partial<MigrateFlags> = {}) => migrate(session, NAMES, { ...FLAGS, ...more }, io)
  return { run, said, started, planned }
}

test('what fits one by one and not together is said before anything moves, and that one stays', async () => {
  const { run, said, started } = bench(4, 4)
  expect(await run({ check: true })).toBe(3)
  expect(said.join('\n')).toContain('With kvm-1/a, kvm-1/b, which go first, kvm-2 would need 12 GiB of memory')
  await run({ yes: true })
  expect(started).toMatchObject([{ specs: [{ machineId: 'c1.m.a' }, { machineId: 'c1.m.b' }] }])
})

test('what is tight together is asked about, and where nobody can be asked --yes accepts it', async () => {
  const { run, said, started } = bench(1, 4)
  expect(await run()).toBe(1)
  expect(started).toEqual([])
  expect(said.join('\n')).toContain('add --yes')
  expect(await run({ yes: true })).toBe(0)
  expect(started).toMatchObject([{ acceptsWarnings: true }])
})

test('planned, it is among what was read: at its time it does not stop that machine', async () => {
  const { run, planned } = bench(1, 4)
  expect(await run({ yes: true, at: '2999-01-01 02:30' })).toBe(0)
  expect(planned).toMatchObject([{ moves: [{ accepted: [] }, { accepted: [] }, { accepted: ['memory-tight-together'] }] }])
})

test('where nothing warned nobody has accepted anything: what warns from then on stops it', async () => {
  const { run, started } = bench(1, 1)
  expect(await run()).toBe(0)
  expect(started).toMatchObject([{ acceptsWarnings: { 'c1.m.a': [], 'c1.m.b': [], 'c1.m.c': [] } }])
})
