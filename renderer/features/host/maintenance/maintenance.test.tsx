import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { PERMISSIONS } from '../../../../shared/contract/index.ts'
import type { DrainItem, DrainPlan, Host, Maintenance, MigrationFinding, Task } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'

const PATH = '/hosts/c1.h.1'
const ONE = host(1)
const TWO = host(2)
const THREE = host(3, { maintenance: 'maintenance' })

const found = (text: string, severity: MigrationFinding['severity']): MigrationFinding => ({
  id: text,
  check: 'pools',
  severity,
  reason: { code: 'x', text },
  facts: null,
  mends: [],
})

function item(number: number, change: Partial<DrainItem>): DrainItem {
  const { id: machineId, name, memoryKiB } = machine(number, 1)
  return { machineId, name, memoryKiB, what: 'move', toHostId: TWO.id, findings: [], prediction: null, ...change }
}

const PLAN: DrainPlan = {
  hostId: ONE.id,
  items: [
    item(1, {}),
    item(2, {
      what: 'stays',
      toHostId: null,
      findings: [found('An ISO is in the drive.', 'warns'), found('kvm-02 has no pool nvme.', 'blocks'), found('Same CPU.', 'passed')],
    }),
    item(3, { what: 'off', toHostId: null }),
  ],
  totalMs: { low: 12_000, likely: 20_000, high: 41_000 },
  checkedAtMs: 1,
}

const RECORD: Maintenance = {
  hostId: ONE.id,
  sinceMs: 1,
  actor: 'ada',
  reason: 'new fans',
  taskId: null,
  state: 'maintenance',
  expectedMs: null,
  going: [],
  moved: [{ machineId: machine(1, 1).id, name: 'web-1', toHostId: TWO.id, nowMachineId: machine(1, 2).id }],
  stopped: [{ machineId: machine(3, 1).id, name: 'web-3' }],
  stayed: [{ machineId: machine(2, 1).id, name: 'web-2', reason: { code: 'x', text: 'kvm-02 has no pool nvme.' } }],
}

function engine(change: Partial<Host> = {}, record: Maintenance | null = null): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    ...[1, 2, 3].map((number) => put('connection', connection(number))),
    put('host', { ...ONE, ...change }),
    put('host', TWO),
    put('host', THREE),
    put('machine', machine(2, 1)),
  ])
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  fake.answer('maintenance.list', () => (record ? [record] : []))
  fake.answer('maintenance.plan', () => PLAN)
  fake.answer('maintenance.drain', () => ({ taskId: 't1' }))
  return fake
}

function goingTo(number: number): Maintenance['going'][number] {
  return { machineId: machine(number, 1).id, name: `web-${number}`, toHostId: TWO.id, nowMachineId: machine(number, 2).id }
}

const aTask = (id: string, more: Partial<Task>): Task => ({
  id: id as Task['id'],
  parentId: null,
  revision: 1,
  kind: 'machine.migrate',
  params: {},
  target: null,
  connectionId: null,
  actor: 'ada',
  origin: 'page',
  reason: null,
  state: 'running',
  steps: [],
  progress: { fraction: 0.5, bytesDone: null, bytesTotal: null, bytesPerS: null, note: null },
  createdAtMs: 1,
  startedAtMs: 1,
  endedAtMs: null,
  error: null,
  offers: [],
  undoable: false,
  children: null,
  ...more,
})

const asked = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map(({ input }) => input)

test('before anything moves: who goes where, what stands in the way, how long it takes; then it is done once', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: 'Maintenance…' }))
  const dialog = await screen.findByRole('dialog', { name: 'Put kvm-01 into maintenance' })
  expect(await within(dialog).findByText(/1 machine moves, 1 stays and runs on, 1 is off\. All moves take 12 s–41 s\./)).toBeVisible()
  const row = within(dialog).getByRole('cell', { name: 'web-2' }).closest('tr') as HTMLElement
  expect(within(row).getByText(/kvm-02 has no pool nvme\./)).toBeVisible()
  expect(within(row).getByRole('button', { name: '+1 more' })).toBeVisible()
  await userEvent.selectOptions(within(dialog).getByLabelText('At a time'), '2')
  await userEvent.selectOptions(within(dialog).getByLabelText('Machines that cannot move'), 'Shut them down')
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'new fans')
  const begin = await within(dialog).findByRole('button', { name: 'Empty the host: 1 machine' })
  await waitFor(() => expect(begin).not.toHaveAttribute('aria-disabled', 'true'))
  await userEvent.dblClick(begin)
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  const order = { hostId: ONE.id, order: 'smallest-first', atOnce: 2, others: 'shut-down', chosen: [] }
  expect(asked(fake, 'maintenance.drain')).toMatchObject([{ order, reason: 'new fans' }])
})

test('a target of one’s own is asked about anew; hosts in maintenance are none', async () => {
  const fake = engine()
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: 'Maintenance…' }))
  await userEvent.click(await screen.findByRole('button', { name: 'web-1: kvm-02. Change' }))
  const select = screen.getByLabelText('Where web-1 goes')
  expect(select).toHaveFocus()
  expect(within(select).queryByRole('option', { name: 'kvm-03' })).toBeNull()
  await userEvent.selectOptions(select, 'Stays here')
  const chosen = [{ machineId: machine(1, 1).id, toHostId: null }]
  await waitFor(() => expect(asked(fake, 'maintenance.plan').at(-1)).toMatchObject({ order: { chosen } }))
})

test('a refusal is shown in the dialog, which stays', async () => {
  const fake = engine()
  fake.answer('maintenance.plan', () => {
    throw new Error('the plan broke')
  })
  renderApp(fake, PATH)
  await userEvent.click(await screen.findByRole('button', { name: 'Maintenance…' }))
  const dialog = await screen.findByRole('dialog')
  expect(await within(dialog).findByRole('alert')).toBeVisible()
  const begin = within(dialog).getByRole('button', { name: 'Put into maintenance' })
  expect(begin).toHaveAttribute('aria-disabled', 'true')
})

test('while it is emptied: each machine as it goes, and a way to stop', async () => {
  const fake = engine(
    { maintenance: 'draining' },
    {
      ...RECORD,
      state: 'draining',
      taskId: 't1' as Task['id'],
      expectedMs: { low: 60_000, likely: 70_000, high: 90_000 },
      going: [9, 2, 7].map((number) => ({ ...goingTo(number) })),
      moved: [],
      stopped: [],
      stayed: [],
    },
  )
  fake.push(
    put('task', aTask('t1', { kind: 'host.drain', children: { total: 2, succeeded: 1, failed: 0, cancelled: 0, running: 1 } })),
    put(
      'task',
      aTask('t2', {
        parentId: 't1' as Task['id'],
        target: { entity: 'machine', id: machine(9, 1).id, name: 'web-9' },
        params: { targetHostId: TWO.id },
      }),
    ),
  )
  fake.answer('tasks.cancel', () => ({ done: true }))
  renderApp(fake, PATH)
  const panel = await screen.findByRole('region', { name: 'Maintenance' })
  expect(await within(panel).findByRole('cell', { name: '→ kvm-02' })).toBeVisible()
  // the one that goes is above, and one has gone
  expect(within(panel).getByRole('heading', { name: 'Waiting (1)' }).nextElementSibling).toHaveTextContent('web-2 → kvm-02')
  expect(within(panel).getByText(/It takes longer than foretold: it was to end by .+\./)).toBeVisible()
  expect(within(panel).getByText('kvm-01 is being emptied')).toBeVisible()
  expect(within(screen.getByRole('main')).getByRole('button', { name: 'End maintenance…' })).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByRole('button', { name: 'New machine…' })).toHaveAttribute('aria-disabled', 'true')
  await userEvent.click(within(panel).getByRole('button', { name: 'Stop' }))
  expect(asked(fake, 'tasks.cancel')).toEqual([{ taskId: 't1' }])
})

test('between two tasks of one drain it is said that other hosts are looked for', async () => {
  const fake = engine({ maintenance: 'draining' }, { ...RECORD, state: 'draining', taskId: 't1' as Task['id'], stayed: [] })
  fake.push(put('task', aTask('t1', { kind: 'host.drain', state: 'partly', endedAtMs: 2 })))
  renderApp(fake, PATH)
  const panel = await screen.findByRole('region', { name: 'Maintenance' })
  expect(await within(panel).findByText(/Other hosts are looked for/)).toBeVisible()
  expect(within(panel).queryByRole('button', { name: 'Stop' })).toBeNull()
})

test('in maintenance: who went where, who stayed and why; brought back, and who cannot come is named', async () => {
  const fake = engine({ maintenance: 'maintenance' }, RECORD)
  const reason = { code: 'maintenance.machine-gone', text: '', params: { name: 'web-1' } }
  fake.answer('maintenance.leave', () => ({ taskId: 't2', left: [{ machineId: machine(1, 1).id, name: 'web-1', reason }] }))
  renderApp(fake, PATH)
  const panel = await screen.findByRole('region', { name: 'Maintenance' })
  expect(within(panel).getByText(/Reason: new fans/)).toBeVisible()
  expect(within(panel).getByRole('link', { name: 'web-2' }).closest('tr')).toHaveTextContent('kvm-02 has no pool nvme.')
  expect(within(panel).getByRole('button', { name: 'Try again…' })).toBeVisible()
  await userEvent.click(within(panel).getByRole('button', { name: 'Bring back…' }))
  const dialog = await screen.findByRole('dialog', { name: 'End the maintenance of kvm-01' })
  expect(within(dialog).getByText('web-1, now on kvm-02')).toBeVisible()
  await userEvent.click(within(dialog).getByRole('button', { name: 'Bring 2 machines back' }))
  expect(asked(fake, 'maintenance.leave')).toMatchObject([{ hostId: ONE.id, bringBack: true }])
  const left = await screen.findByRole('dialog', { name: 'Not brought back to kvm-01' })
  expect(left).toHaveTextContent('web-1 is on no host that is known now')
})

test('who may not move machines reads why, and the tree marks the host', async () => {
  const fake = engine({ maintenance: 'maintenance' }, { ...RECORD, stayed: [] })
  const permissions = PERMISSIONS.filter((one) => one !== 'machine.migrate')
  fake.answer('system.info', () => ({
    version: '0.1.0',
    face: 'local',
    platform: 'linux',
    nodeVersion: '24',
    user: 'maja',
    permissions,
    startedAtMs: 1,
    dataDirectory: '/tmp',
    secretStore: { kind: 'memory', locked: false, reason: null },
    database: { state: 'ok', message: null },
  }))
  renderApp(fake, PATH)
  expect(await screen.findByRole('button', { name: 'Bring back…' })).toHaveAttribute('aria-disabled', 'true')
  await userEvent.hover(screen.getByRole('button', { name: 'Bring back…' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('machine.migrate')
  expect(within(screen.getByRole('tree')).getAllByText('maintenance').length).toBeGreaterThan(0)
})
