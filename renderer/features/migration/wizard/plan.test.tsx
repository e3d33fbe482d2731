import { fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpec } from '../../../../shared/model/index.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../../lib/testing/without-drawing.ts'
import { columnsOf } from './prediction-chart.tsx'
import { CLOCK, MACHINE, migrateEngine, POOL_MISSING, preflightOf, TARGET } from './testing/migrate-fixture.ts'

beforeAll(withoutDrawing)

const AT = (step: string, more = '') => `/migrate?m=${MACHINE}&to=${TARGET}&step=${step}${more}`
const OPEN = '&when=window+2037-06-02+02%3A30+04%3A00'
const plans = (fake: ReturnType<typeof migrateEngine>) => fake.calls.filter(({ method }) => method === 'migrations.plan')

function planEngine(...parameters: Parameters<typeof migrateEngine>) {
  const fake = migrateEngine(...parameters)
  fake.answer('migrations.plan', () => ({ planId: 'plan-1' }))
  fake.answer('migrations.plans', () => [])
  fake.answer('migrations.measured', () => [])
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  return fake
}

test('kept for later from any part, whatever blocks now: a time is asked for, and one order goes', async () => {
  const user = userEvent.setup()
  const fake = planEngine(() => [POOL_MISSING, CLOCK])
  renderApp(fake, AT('preflight'))
  expect(await screen.findByText('1 finding blocks the next step.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Save as plan' }))
  expect(await screen.findByRole('radio', { name: /^At a time/ })).toBeChecked()
  expect(screen.getByLabelText('Time')).toHaveValue('02:30')
  await user.click(screen.getByRole('radio', { name: /^In a window/ }))
  fireEvent.change(screen.getByLabelText('Day'), { target: { value: '2037-06-02' } })
  expect(new URLSearchParams(window.location.search).get('when')).toBe('window 2037-06-02 02:30 04:00')
  await user.click(screen.getByRole('button', { name: 'Next: Review' }))
  expect(await screen.findByText(/1 finding blocks the move now\./)).toBeVisible()
  await user.click(screen.getByRole('checkbox', { name: /I have read the warning/ }))
  const button = screen.getByRole('button', { name: 'Plan the move of web-1 to kvm-02' })
  fireEvent.click(button)
  fireEvent.click(button)
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  expect(plans(fake)).toHaveLength(1)
  expect(plans(fake)[0]?.input).toMatchObject({
    moves: [{ spec: { machineId: MACHINE, targetHostId: TARGET, disks: [] }, accepted: ['clock.apart'] }],
    when: { kind: 'window', fromMs: new Date(2037, 5, 2, 2, 30).getTime(), untilMs: new Date(2037, 5, 2, 4).getTime() },
    atOnce: 1,
  })
})

test('warnings that nobody ticked are accepted by nobody', async () => {
  const user = userEvent.setup()
  const fake = planEngine(() => [CLOCK])
  renderApp(fake, AT('review', OPEN))
  expect(await screen.findByText(/it begins only if nothing warns by then/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Plan the move of web-1 to kvm-02' }))
  await waitFor(() => expect(plans(fake)).toHaveLength(1))
  expect(plans(fake)[0]?.input).toMatchObject({ moves: [{ accepted: [] }] })
})

test('a time that is none, or has gone by, is said and holds it up; a refusal of the engine is shown', async () => {
  const user = userEvent.setup()
  const fake = planEngine()
  fake.answer('migrations.plan', () => {
    throw new AppError({ kind: 'conflict', code: 'migration.already-planned', message: 'A move of web-1 is planned already.' })
  })
  renderApp(fake, AT('when', '&when=at+2020-06-02+02%3A30'))
  const next = () => screen.getByRole('button', { name: 'Next: Review' })
  expect(await screen.findByLabelText('Day')).toBeInvalid()
  expect(screen.getAllByText('This time has gone by. Choose one that is to come.').length).toBeGreaterThan(0)
  expect(next()).toHaveAttribute('aria-disabled', 'true')
  fireEvent.change(screen.getByLabelText('Day'), { target: { value: '' } })
  expect(screen.getAllByText('There is no such time on that day. Choose another one.').length).toBeGreaterThan(0)
  fireEvent.change(screen.getByLabelText('Day'), { target: { value: '2037-06-02' } })
  await waitFor(() => expect(next()).not.toHaveAttribute('aria-disabled'))
  await user.click(screen.getByRole('button', { name: 'Save as plan' }))
  expect(await screen.findByText('A move of web-1 is planned already.')).toBeVisible()
  expect(window.location.pathname).toBe('/migrate')
})

test('of several each has its own pool and name, chosen in its row', async () => {
  const user = userEvent.setup()
  const fake = planEngine()
  fake.answer('migrations.preflight', ({ spec }: { spec: MigrationSpec }) => preflightOf(spec, []))
  fake.answer('migrations.start', () => ({ taskId: 't9', accepted: 2, refused: [] }))
  renderApp(fake, `/migrate?m=${MACHINE}&m=c1.m.2&to=${TARGET}&step=places`)
  await user.click(await screen.findByRole('button', { name: 'Storage and network of web-2' }))
  await user.selectOptions(await screen.findByLabelText('How vda goes'), 'shared')
  const name = screen.getByLabelText('Name over there')
  await user.clear(name)
  expect(screen.getByText('web-2: this cannot be a machine’s name.')).toBeVisible()
  await user.type(name, 'web-two')
  const row = screen.getByRole('button', { name: 'Storage and network of web-2' }).closest('tr')
  expect(row).toHaveTextContent('web-2kvm-01vda: Shared prodweb-two')
  await user.click(screen.getByRole('button', { name: /^Review/ }))
  const move = () => screen.getByRole('button', { name: 'Move 2 machines to kvm-02' })
  await waitFor(() => expect(move()).not.toHaveAttribute('aria-disabled'))
  await user.click(move())
  const order = fake.calls.find(({ method }) => method === 'migrations.start')?.input as { specs: MigrationSpec[] }
  expect(order.specs.map(({ machineId, disks, rename }) => ({ machineId, disks: disks.length, rename }))).toEqual([
    { machineId: MACHINE, disks: 0, rename: null },
    { machineId: 'c1.m.2', disks: 1, rename: 'web-two' },
  ])
})

test('what was measured in the last half hour is drawn, else the writes, else nothing', async () => {
  const fake = planEngine()
  const { unmount } = renderApp(fake, AT('preflight'))
  const side = within(await screen.findByRole('complementary', { name: 'Prediction' }))
  expect(await side.findByText('41–58')).toBeVisible()
  expect(side.queryByRole('img', { name: /of the last 30 minutes/ })).toBeNull()
  unmount()
  const atMs = Date.now() - 60_000
  fake.answer('inventory.recentMetrics', () => ({ samples: [{ atMs, diskWriteBytesPerS: 12e6 }] }))
  const again = renderApp(fake, AT('preflight'))
  expect(await screen.findByRole('img', { name: 'Writes to disks of the last 30 minutes' })).toBeVisible()
  expect(screen.getByText(/Nothing was measured in the last 30 minutes/)).toBeVisible()
  again.unmount()
  fake.answer('migrations.measured', () => [{ atMs, dirtyBytesPerS: 78e6, bandwidthBytesPerS: 228e6 }])
  renderApp(fake, AT('preflight'))
  expect(await screen.findByRole('img', { name: 'Bandwidth and dirty rate of the last 30 minutes' })).toBeVisible()
  expect(screen.getByText(/Dirty rate \(78.MB\/s\) stays under bandwidth \(228.MB\/s\), so the copy converges\./)).toBeVisible()
})

test('between samples that are far apart is a gap, and what was not measured is no zero', () => {
  const samples = [
    { atMs: 0, rate: 1e6 },
    { atMs: 60_000, rate: null },
    { atMs: 600_000, rate: 3e6 },
  ]
  expect(columnsOf(samples, [({ rate }) => rate])).toEqual({ times: [0, 60, 61, 600], columns: [[1, null, null, 3]] })
})
