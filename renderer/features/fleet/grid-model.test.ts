import { expect, test } from 'vitest'
import file from '../../../resources/list-prices.json' with { type: 'json' }
import type { InventoryMessage, Machine } from '../../../shared/model/index.ts'
import { parsePriceList } from '../../../shared/prices/index.ts'
import { FleetIndex, LiveStore } from '../../lib/live/index.ts'
import { cloudFacts, connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { columnsFor, FIRST_COLUMNS, layoutColumns, naturalKey, placeOf } from './columns.ts'
import { GridModel, type GridView } from './grid-model.ts'
import { compileText } from './query-text.ts'

function setUp(machines: readonly Machine[], change: Partial<GridView> & { readonly query?: string } = {}) {
  let flush = () => {}
  const store = new LiveStore({
    schedule: (run) => {
      flush = run
    },
    nowMs: () => 0,
  })
  const index = new FleetIndex(store)
  const timers: (() => void)[] = []
  const model = new GridModel({
    store,
    index,
    nowMs: () => 1_000,
    setTimer: (run) => {
      timers.push(run)
      return () => timers.splice(timers.indexOf(run), 1)
    },
  })
  const receive = (message: InventoryMessage) => {
    store.receive(message)
    flush()
  }
  model.start()
  receive({ type: 'reset', epoch: 'e', counts: {} })
  receive({
    type: 'changes',
    changes: [
      put('workspace', workspace()),
      ...[1, 2].flatMap((one) => [put('connection', connection(one)), put('host', host(one))]),
      put('connection', connection(3, { providerId: 'aws', name: 'acme' })),
      put('host', host(3, { kind: 'region', name: 'us-east-1' })),
      ...machines.map((one) => put('machine', one)),
    ],
  })
  receive({ type: 'ready', atMs: 1 })
  for (const timer of timers.splice(0)) timer()
  const { query = '', ...rest } = change
  const { matches, volatileQuery } = compileText(query)
  model.setView({
    workspaceId: 'w1',
    matches,
    volatileQuery,
    sort: { column: 'name', descending: false },
    groupBy: null,
    collapsed: new Set(),
    prices: null,
    ...rest,
  })
  return { model, receive, timers, names: () => model.snapshot.ids.map((id) => store.get('machine', id)?.name) }
}

test('names sort as people count', () => {
  const { names } = setUp([machine(10, 1), machine(9, 1), machine(1, 1)])
  expect(names()).toEqual(['web-1', 'web-9', 'web-10'])
  expect(naturalKey('Ärger-2') < naturalKey('ärger-10')).toBe(true)
})

test('absent values are last in both directions', () => {
  const machines = [machine(1, 1, { state: 'stopped' }), machine(40, 1), machine(20, 1)]
  expect(setUp(machines, { sort: { column: 'cpu', descending: true } }).names()).toEqual(['web-40', 'web-20', 'web-1'])
  expect(setUp(machines, { sort: { column: 'cpu', descending: false } }).names()).toEqual(['web-20', 'web-40', 'web-1'])
})

test('a query that cannot be read matches nothing', () => {
  expect(setUp([machine(1, 1)], { query: 'sate:running' }).names()).toEqual([])
})

test('groups have a heading with a count, and fold', () => {
  const machines = [machine(1, 1), machine(2, 2), machine(3, 2)]
  const open = setUp(machines, { groupBy: 'host' }).model.snapshot.rows
  expect(open.map((row) => (row.kind === 'group' ? `${row.value}: ${row.count}` : row.id))).toEqual([
    'kvm-01: 1',
    'c1.m.1',
    'kvm-02: 2',
    'c2.m.2',
    'c2.m.3',
  ])
  const folded = setUp(machines, { groupBy: 'host', collapsed: new Set(['group/host/kvm-02']) }).model.snapshot
  expect(folded.rows).toHaveLength(3)
  expect(folded.ids).toHaveLength(3)
})

test('computes again when a row would come, go or move, and not for samples', () => {
  const { model, receive, timers, names } = setUp([machine(1, 1), machine(2, 1)], { query: 'state:running' })
  const before = model.snapshot
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { metrics: null } }] })
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 3, patch: { notes: 'x' } }] })
  expect(timers).toHaveLength(0)
  receive({ type: 'changes', changes: [{ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 4, patch: { state: 'stopped' } }] })
  expect(timers).toHaveLength(1)
  for (const timer of timers.splice(0)) timer()
  expect(model.snapshot).not.toBe(before)
  expect(names()).toEqual(['web-2'])
})

test('columns leave in their order when there is no room, state, name and age never', () => {
  const wide = layoutColumns(FIRST_COLUMNS, 1_196)
  expect(wide.drops.size).toBe(0)
  const narrow = layoutColumns(FIRST_COLUMNS, 868)
  expect([...narrow.drops]).toEqual(['spark', 'bar', 'ip', 'system', 'second-tag'])
  expect(layoutColumns([], 300).columns.map((column) => column.id)).toEqual(['state', 'name', 'seen'])
})

const prices = parsePriceList(file)
const ofAws = (number: number, type: string | null) => machine(number, 3, { cloud: cloudFacts({ type }) })

test('sorts by list price, what has none last; without a list nothing has one', () => {
  const machines = [machine(1, 1), ofAws(2, 'm7i.xlarge'), ofAws(3, 'm7i.large'), ofAws(4, 'm99.large'), ofAws(5, null)]
  const sort = { column: 'price', descending: true } as const
  expect(setUp(machines, { sort, prices }).names()).toEqual(['web-2', 'web-3', 'web-1', 'web-4', 'web-5'])
  expect(
    setUp(machines, { sort: { ...sort, descending: false }, prices })
      .names()
      .slice(0, 2),
  ).toEqual(['web-3', 'web-2'])
  expect(setUp(machines, { sort }).names()).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5'])
})

test('stands under its region, its type or its part of the account; hosts’ machines under none', () => {
  const machines = [machine(1, 1), ofAws(2, 'm7i.large'), ofAws(3, 'm7i.large')]
  const headings = (groupBy: GridView['groupBy']) =>
    setUp(machines, { groupBy }).model.snapshot.rows.flatMap((row) => (row.kind === 'group' ? [`${row.value}: ${row.count}`] : []))
  expect(headings('region')).toEqual(['us-east-1: 2', ': 1'])
  expect(headings('type')).toEqual(['m7i.large: 2', ': 1'])
  expect(headings('host')).toEqual(['acme: us-east-1: 2', 'kvm-01: 1'])
})

test('columns of clouds are there with an account of one alone, and the price stays as long as anything', () => {
  expect(columnsFor(false).map(({ id }) => id)).not.toContain('price')
  expect(layoutColumns(['price', 'type'], 2_000).columns.map(({ id }) => id)).toEqual(['state', 'name', 'seen'])
  const chosen = [...FIRST_COLUMNS, 'type', 'zone', 'billing', 'launched'] as const
  const narrow = layoutColumns(chosen, 700, true).columns.map(({ id }) => id)
  expect(narrow).toEqual(['state', 'name', 'host', 'vcpu', 'cpu', 'memory', 'price', 'seen'])
})

test('a zone names its region', () => {
  expect(placeOf({ region: 'us-east-1', zone: 'us-east-1a' })).toBe('us-east-1a')
  expect(placeOf({ region: 'westeurope', zone: '2' })).toBe('westeurope-2')
  expect(placeOf({ region: 'westeurope', zone: null })).toBe('westeurope')
})
