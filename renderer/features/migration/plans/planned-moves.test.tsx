import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { PlannedMove } from '../../../../shared/model/index.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../../lib/testing/without-drawing.ts'
import { MACHINE, migrateEngine } from '../wizard/testing/migrate-fixture.ts'
import { aPlan } from './testing/a-plan.ts'

beforeAll(withoutDrawing)

const HARDWARE = {
  machineType: 'q35',
  arch: 'x86_64',
  firmware: 'efi',
  secureBoot: false,
  cpu: { model: 'host', vcpus: 4, maxVcpus: 4, sockets: 1, cores: 4, threads: 1 },
  memoryKiB: 8_388_608,
  maxMemoryKiB: 8_388_608,
  bootOrder: ['hd'],
  devices: [],
}

function engineWith(plans: () => readonly PlannedMove[]) {
  const fake = migrateEngine()
  fake.answer('migrations.plans', () => plans())
  fake.answer('tasks.list', () => ({ items: [], cursor: null }))
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  fake.answer('machines.detail', () => ({ hardware: HARDWARE, xml: '<domain/>', inactiveXml: null, observedAtMs: Date.now() }))
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  return fake
}

test('with the tasks: what waits, and what became of the others and why', async () => {
  const why = { code: 'migration.blocked', text: 'web-2 cannot move: kvm-02 has no pool vmstore.' }
  const move = { ...aPlan().moves[0], name: 'web-2' } as PlannedMove['moves'][number]
  renderApp(
    engineWith(() => [
      aPlan({ tried: { atMs: 1, reason: { code: 'test.away', text: 'There is no link to kvm-02 now.' } } }),
      aPlan({ id: 'plan-2', moves: [move], state: 'refused', why }),
      aPlan({ id: 'plan-3', moves: [move], state: 'missed', sinceMs: Date.now() - 48 * 3_600_000 }),
    ]),
    '/tasks',
  )
  const table = within(await screen.findByRole('table', { name: 'Planned moves' }))
  expect(table.getAllByRole('row')).toHaveLength(3)
  expect(table.getAllByText(/Jun.*02:30–04:00/)).toHaveLength(2)
  expect(table.getByText('There is no link to kvm-02 now.')).toBeVisible()
  expect(table.getByText('did not begin')).toBeVisible()
  expect(table.getByText('web-2 cannot move: kvm-02 has no pool vmstore.')).toBeVisible()
  expect(table.getAllByRole('button').map(({ textContent }) => textContent)).toEqual(['Open', 'Change time', 'Cancel plan', 'Plan again'])
})

test('one is cancelled with one order, and gets another time', async () => {
  const user = userEvent.setup()
  let plan = aPlan()
  const fake = engineWith(() => [plan])
  fake.answer('migrations.changePlan', () => ({ done: true }))
  fake.answer('migrations.cancelPlan', () => ({ done: true }))
  renderApp(fake, '/tasks')
  await user.click(await screen.findByRole('button', { name: 'Change the time of the planned move of web-1' }))
  const dialog = within(await screen.findByRole('dialog'))
  expect(dialog.getByLabelText('From')).toHaveValue('02:30')
  fireEvent.change(dialog.getByLabelText('Until'), { target: { value: '' } })
  expect(dialog.getByText('There is no such time on that day. Choose another one.')).toBeVisible()
  expect(dialog.getByRole('button', { name: 'Change' })).toBeDisabled()
  fireEvent.change(dialog.getByLabelText('From'), { target: { value: '23:00' } })
  fireEvent.change(dialog.getByLabelText('Until'), { target: { value: '01:00' } })
  await user.click(dialog.getByRole('button', { name: 'Change' }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(fake.calls.find(({ method }) => method === 'migrations.changePlan')?.input).toMatchObject({
    planId: 'plan-1',
    when: { kind: 'window', fromMs: new Date(2037, 5, 2, 23).getTime(), untilMs: new Date(2037, 5, 3, 1).getTime() },
  })
  plan = aPlan({ state: 'cancelled' })
  const cancel = screen.getByRole('button', { name: 'Cancel the planned move of web-1' })
  fireEvent.click(cancel)
  fireEvent.click(cancel)
  expect(await screen.findByText('cancelled')).toBeVisible()
  expect(fake.calls.filter(({ method }) => method === 'migrations.cancelPlan')).toHaveLength(1)
})

test('one that has begun meanwhile is not cancelled, and that is said', async () => {
  const user = userEvent.setup()
  const fake = engineWith(() => [aPlan()])
  fake.answer('migrations.cancelPlan', () => {
    throw new AppError({ kind: 'precondition', code: 'migration.plan-over', message: 'This planned move has begun, or is over.' })
  })
  renderApp(fake, '/tasks')
  await user.click(await screen.findByRole('button', { name: 'Cancel the planned move of web-1' }))
  expect(await screen.findByText(/This planned move has begun, or is over/)).toBeVisible()
})

test('on the machine: that it is planned, and afterwards why it did not begin', async () => {
  const fake = engineWith(() => [aPlan()])
  const { unmount } = renderApp(fake, `/machines/${MACHINE}`)
  expect(await screen.findByText(/It is planned to move to kvm-02: .*02:30–04:00\./)).toBeVisible()
  expect(screen.getByRole('button', { name: 'Cancel the planned move of web-1' })).toBeVisible()
  unmount()
  const why = { code: 'migration.console-was-off', text: 'This console was not running at that time.' }
  renderApp(
    engineWith(() => [aPlan({ state: 'missed', why })]),
    `/machines/${MACHINE}`,
  )
  expect(await screen.findByText(/that was planned for .* was missed\./)).toBeVisible()
  expect(screen.getByText('This console was not running at that time.')).toBeVisible()
})

test('one that did not begin is planned again, as a new one, and a time is asked for', async () => {
  const fake = engineWith(() => [aPlan({ state: 'missed', why: { code: 'test.off', text: 'This console was not running.' } })])
  renderApp(fake, '/tasks')
  await userEvent.setup().click(await screen.findByRole('button', { name: 'Plan the move of web-1 again' }))
  expect(await screen.findByRole('radio', { name: /^At a time/ })).toBeChecked()
  expect(new URLSearchParams(window.location.search).has('plan')).toBe(false)
})
