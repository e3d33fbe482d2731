import { expect, test } from 'vitest'
import type { ConnectionId } from '../../../shared/model/index.ts'
import { compileQuery, MACHINE_FIELDS, parseQuery } from '../../../shared/query/index.ts'
import { aConnection, aWorkspace } from '../testing/entities.ts'
import { putHost, putMachine } from '../testing/facts.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { Inventory } from './inventory.ts'
import { narrow } from './narrowing.ts'

const STATES = ['running', 'stopped', 'paused', 'stopped'] as const
const TAGS = [['prod', 'web'], ['Prod'], [], ['größe'], ['test', 'web']] as const

function fleet(): Inventory {
  const inventory = new Inventory(new FakeClock(1_000))
  inventory.publish('workspace', aWorkspace('w1'))
  for (const id of ['c1', 'c2']) {
    inventory.publish('connection', aConnection(id, { name: `Site ${id}` }))
    inventory.applyChanges(
      id as ConnectionId,
      [
        ...['kvm-1', 'kvm-2', 'old'].map((name) => putHost(name, { name })),
        ...Array.from({ length: 40 }, (_, n) =>
          putMachine(`m${n}`, ['kvm-1', 'kvm-2', 'old'][n % 3] ?? 'old', {
            name: `vm-${n}`,
            state: STATES[n % STATES.length] ?? 'stopped',
            tags: [...(TAGS[n % TAGS.length] ?? [])],
          }),
        ),
      ],
      { state: 'live' },
    )
  }
  return inventory
}

function astOf(query: string) {
  const parsed = parseQuery(query, MACHINE_FIELDS)
  if (!parsed.ok) throw new Error(parsed.error.code)
  return parsed.ast
}

const QUERIES = [
  'state:running',
  'state:paused,running name:vm-1*',
  'tag:prod',
  'tag:PROD,test -state:running',
  'tag:groesse',
  'tag:größe',
  'tag=web',
  'tag~we',
  'tag:w* state:off',
  'tag:""',
  'has:tag',
  'tag~/^pr/i',
  'host:kvm-*',
  'host:old tag:web',
  'host:""',
  'connection:"site c1"',
  'connection:*c2 host:kvm-1 vm',
  '-tag:prod',
  'tag:prod | state:paused',
  '(tag:prod | tag:test) state:running',
  'tag:nobody',
  '',
]

test.each(QUERIES)('%s: what is left of what an index gives is what a walk over all machines finds', (query) => {
  const inventory = fleet()
  const ast = astOf(query)
  const context = {
    nowMs: 1_000,
    host: (id: string) => inventory.get('host', id),
    connection: (id: string) => inventory.get('connection', id),
    network: () => undefined,
  }
  const all = [...inventory.all('machine')]
  const walked = all.filter((machine) => compileQuery(ast, MACHINE_FIELDS)(machine, context)).map(({ id }) => id)
  const narrowed = narrow(ast, inventory)
  const rest = compileQuery(narrowed?.rest ?? ast, MACHINE_FIELDS)
  const found = all
    .filter((machine) => (narrowed?.sets.every((ids) => ids.has(machine.id)) ?? true) && rest(machine, context))
    .map(({ id }) => id)
  expect(found).toEqual(walked)
})

test('the smallest index comes first, and only what no index knows is left', () => {
  const inventory = fleet()
  const narrowed = narrow(astOf('state:running tag:test cpu>5'), inventory)
  expect(narrowed?.sets.map((ids) => ids.size)).toEqual([16, 20])
  expect(narrowed?.rest).toMatchObject({ kind: 'field', field: 'cpu' })
  expect(narrow(astOf('tag:nobody state:paused'), inventory)).toMatchObject({ sets: [new Set(), {}], rest: { kind: 'all' } })
  expect(narrow(astOf('vm'), inventory)).toBeNull()
  expect(narrow(astOf('tag:prod | tag:test'), inventory)).toBeNull()
})
