import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { newSchedule } from '../model/schedule.ts'

const NIGHTLY = {
  ...newSchedule('s1'),
  name: 'Every night',
  query: 'tag:prod',
  nextAtMs: Date.now() + 3_600_000,
  lastRun: {
    scheduleId: 's1',
    atMs: Date.now() - 3_600_000,
    machines: 12,
    failed: [{ machineId: 'c1.m.1', name: 'web-1', reason: { code: 'test.none', text: 'Its agent does not answer.' } }],
    taskId: 't7',
  },
}

function engine(schedules: readonly unknown[]): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    ...Array.from({ length: 5 }, (_, at) => put('machine', machine(at + 1, 1, { tags: at < 3 ? ['prod'] : ['test'] }))),
  ])
  fake.answer('snapshots.schedules', () => schedules)
  fake.answer('snapshots.scheduleTimes', () => ({ nextAtMs: [1, 2, 3].map((day) => Date.UTC(2026, 11, day, 2)) }))
  fake.answer('snapshots.retention', () => ({
    nextAtMs: [Date.UTC(2026, 11, 1, 2)],
    snapshots: [
      { name: null, atMs: Date.UTC(2026, 11, 1, 2), keptBy: ['last', 'days'], stays: null, freesBytes: null },
      { name: 'nightly-2', atMs: Date.UTC(2026, 10, 30, 2), keptBy: ['weeks'], stays: null, freesBytes: null },
      { name: 'nightly-1', atMs: Date.UTC(2026, 10, 29, 2), keptBy: [], stays: null, freesBytes: 1_073_741_824 },
      { name: 'nightly-0', atMs: Date.UTC(2026, 10, 28, 2), keptBy: [], stays: null, freesBytes: null },
      {
        name: 'cloned',
        atMs: Date.UTC(2026, 10, 27, 2),
        keptBy: [],
        stays: { code: 'test.stands', text: 'web-2 stands on it.' },
        freesBytes: null,
      },
    ],
  }))
  fake.answer('snapshots.putSchedule', () => ({ done: true }))
  fake.answer('snapshots.removeSchedule', () => ({ done: true }))
  return fake
}

const asked = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map(({ input }) => input)

test('what takes snapshots, when next, how it went, and of which machines not', async () => {
  renderApp(engine([NIGHTLY]), '/snapshot-schedules')
  const row = await screen.findByRole('row', { name: /Every night/ })
  expect(row).toHaveTextContent('At 02:00 every day')
  expect(row).toHaveTextContent('the last 3, one a day for 7 days, one a week for 4 weeks')
  await userEvent.click(within(row).getByRole('button', { name: '1 failed' }))
  expect(screen.getByText('Its agent does not answer.')).toBeVisible()
})

test('a new one: machines are counted while the query is typed, and its next times are told', async () => {
  const fake = engine([])
  renderApp(fake, '/snapshot-schedules')
  expect(await screen.findByRole('heading', { name: 'No schedules' })).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Add a schedule' }))
  await userEvent.type(await screen.findByLabelText('Name'), 'Weekdays')
  await userEvent.type(screen.getByRole('combobox', { name: 'Machines' }), 'tag:prod')
  expect(await screen.findByText('3 machines')).toBeVisible()
  expect(await screen.findByText(/^Next: /)).toHaveTextContent(/Dec.*Dec.*Dec/)
  await userEvent.click(screen.getByRole('checkbox', { name: 'Sat' }))
  await userEvent.click(screen.getByRole('checkbox', { name: 'Sun' }))
  expect(screen.getByText(/^In the long run up to/)).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Add it' }))
  await waitFor(() =>
    expect(asked(fake, 'snapshots.putSchedule')).toMatchObject([
      {
        schedule: {
          name: 'Weekdays',
          query: 'tag:prod',
          every: { unit: 'days', minuteOfDay: 120, weekdays: [1, 2, 3, 4, 5] },
          keep: { last: 3, days: 7, weeks: 4 },
        },
      },
    ]),
  )
})

test('what the next run keeps of a machine, by which rule, and what goes', async () => {
  const fake = engine([NIGHTLY])
  renderApp(fake, '/snapshot-schedules?edit=s1')
  const table = await screen.findByRole('table', { name: 'What the next run leaves' })
  const rows = within(table).getAllByRole('row').slice(1)
  const after = rows.map((row) =>
    within(row)
      .getAllByRole('cell')
      .slice(1)
      .map(({ textContent }) => textContent?.replace(/\s/g, ' ')),
  )
  expect(after).toEqual([
    ['the last 3, one a day for 7 days', '–'],
    ['one a week for 4 weeks', '–'],
    ['goes', '1 GiB'],
    ['goes', 'not known'],
    ['stays: web-2 stands on it.', '–'],
  ])
  await userEvent.selectOptions(screen.getByRole('combobox', { name: /^After the next run/ }), 'web-3')
  await waitFor(() => expect(asked(fake, 'snapshots.retention').at(-1)).toMatchObject({ machineId: 'c1.m.3', schedule: { id: 's1' } }))
})

test('turned off and removed', async () => {
  const fake = engine([NIGHTLY])
  renderApp(fake, '/snapshot-schedules')
  const row = await screen.findByRole('row', { name: /Every night/ })
  await userEvent.click(within(row).getByRole('button', { name: 'Turn off' }))
  await waitFor(() => expect(asked(fake, 'snapshots.putSchedule')).toMatchObject([{ schedule: { id: 's1', isEnabled: false } }]))
  await userEvent.click(within(row).getByRole('button', { name: 'Remove' }))
  await userEvent.click(await screen.findByRole('button', { name: 'Remove it' }))
  await waitFor(() => expect(asked(fake, 'snapshots.removeSchedule')).toEqual([{ scheduleId: 's1' }]))
})
