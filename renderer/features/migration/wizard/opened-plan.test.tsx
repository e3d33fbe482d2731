import { fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { MigrationSpec, PlannedMove } from '../../../../shared/model/index.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../../lib/testing/without-drawing.ts'
import { aPlan } from '../plans/testing/a-plan.ts'
import { CLOCK, finding, MACHINE, migrateEngine, preflightOf, TARGET } from './testing/migrate-fixture.ts'

beforeAll(withoutDrawing)

const saves = (fake: ReturnType<typeof migrateEngine>) => fake.calls.filter(({ method }) => method === 'migrations.changePlan')
const chosenWhen = () => new URLSearchParams(window.location.search).get('when')

function engineWith(plans: () => readonly PlannedMove[], ...parameters: Parameters<typeof migrateEngine>) {
  const fake = migrateEngine(...parameters)
  fake.answer('migrations.plans', () => plans())
  fake.answer('migrations.changePlan', () => ({ done: true }))
  fake.answer('migrations.measured', () => [])
  fake.answer('inventory.recentMetrics', () => ({ samples: [] }))
  fake.answer('tasks.list', () => ({ items: [], cursor: null }))
  return fake
}

async function open() {
  await userEvent.setup().click(await screen.findByRole('button', { name: 'Open the planned move of web-1' }))
  await screen.findByRole('heading', { name: 'Review' })
}

test('opened again: every part as it was saved, changed, and saved over with one order', async () => {
  const user = userEvent.setup()
  const saved = aPlan({ revision: 2, moves: aPlan().moves.map((one) => ({ ...one, accepted: ['clock.apart'] })) })
  const fake = engineWith(
    () => [saved],
    () => [CLOCK],
  )
  renderApp(fake, '/tasks')
  await open()
  expect(await screen.findByText(/^Planned by maja for .*02:30–04:00\.$/)).toBeVisible()
  // what was read when it was saved needs not be read again
  expect(await screen.findByRole('checkbox', { name: /I have read the warning/ })).toBeChecked()
  await user.click(screen.getByRole('button', { name: /^When/ }))
  expect(screen.getByRole('radio', { name: /^In a window/ })).toBeChecked()
  expect(screen.getByRole('radio', { name: /^Now/ })).toBeDisabled()
  expect(screen.getByText(/To move it now, cancel the plan/)).toBeVisible()
  fireEvent.change(screen.getByLabelText('Until'), { target: { value: '05:00' } })
  await user.click(screen.getByRole('button', { name: /^How/ }))
  await user.click(await screen.findByRole('checkbox', { name: /^Auto-converge/ }))
  await user.click(screen.getByRole('button', { name: /^Review/ }))
  const save = screen.getAllByRole('button', { name: 'Save the plan' })
  expect(save).toHaveLength(1)
  await waitFor(() => expect(save[0]).not.toHaveAttribute('aria-disabled'))
  for (const button of save) {
    fireEvent.click(button)
    fireEvent.click(button)
  }
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  expect(saves(fake)).toHaveLength(1)
  expect(saves(fake)[0]?.input).toMatchObject({
    planId: 'plan-1',
    revision: 2,
    moves: [{ spec: { machineId: MACHINE, targetHostId: TARGET, autoConverge: true }, accepted: ['clock.apart'] }],
    when: { kind: 'window', untilMs: new Date(2037, 5, 2, 5).getTime() },
  })
  expect(fake.calls.some(({ method }) => method === 'migrations.plan' || method === 'migrations.start')).toBe(false)
})

test('with a warning that nobody has read it asks again', async () => {
  const fake = engineWith(
    () => [aPlan()],
    () => [CLOCK],
  )
  renderApp(fake, '/tasks')
  await open()
  expect(await screen.findByRole('checkbox', { name: /I have read the warning/ })).not.toBeChecked()
})

test('changed by somebody else meanwhile: told, held up, and either is taken', async () => {
  const user = userEvent.setup()
  let saved = aPlan({ revision: 0 })
  const fake = engineWith(() => [saved])
  const { unmount } = renderApp(fake, '/tasks')
  await open()
  const address = window.location.pathname + window.location.search
  unmount()
  saved = aPlan({
    revision: 1,
    actor: 'bea',
    when: { ...saved.when, kind: 'at', atMs: new Date(2037, 5, 3, 1).getTime() } as PlannedMove['when'],
  })
  const again = renderApp(fake, address)
  expect(await screen.findByText(/^bea has changed this plan meanwhile: .*01:00\.$/)).toBeVisible()
  expect(await screen.findByText('The plan was changed meanwhile. Choose above what counts.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Save the plan' })).toHaveAttribute('aria-disabled', 'true')
  await user.click(screen.getByRole('button', { name: 'Show what it says now' }))
  await waitFor(() => expect(chosenWhen()).toBe('at 2037-06-03 01:00'))
  again.unmount()
  renderApp(fake, address)
  await user.click(await screen.findByRole('button', { name: 'Go on with mine' }))
  expect(chosenWhen()).toBe('window 2037-06-02 02:30 04:00')
  await waitFor(() => expect(screen.getByRole('button', { name: 'Save the plan' })).not.toHaveAttribute('aria-disabled'))
  await user.click(screen.getByRole('button', { name: 'Save the plan' }))
  await waitFor(() => expect(saves(fake)).toHaveLength(1))
  expect(saves(fake)[0]?.input).toMatchObject({ revision: 1 })
})

test('begun, or gone: told and held up; what is chosen can be a new one', async () => {
  const user = userEvent.setup()
  let plans = [aPlan()]
  const fake = engineWith(() => plans)
  const { unmount } = renderApp(fake, '/tasks')
  await open()
  const address = window.location.pathname + window.location.search
  unmount()
  plans = [aPlan({ state: 'started', taskId: 't9' as PlannedMove['taskId'] })]
  const again = renderApp(fake, address)
  expect(await screen.findByText('This planned move is no longer waiting: begun.')).toBeVisible()
  expect(screen.getByRole('link', { name: 'Task' })).toHaveAttribute('href', '/tasks?task=t9')
  expect(await screen.findByText('The plan has begun or is over. It cannot be saved over.')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Save the plan' })).toHaveAttribute('aria-disabled', 'true')
  again.unmount()
  plans = []
  renderApp(fake, address)
  await user.click(await screen.findByRole('button', { name: 'Make it a new plan' }))
  expect(await screen.findByRole('button', { name: 'Plan the move of web-1 to kvm-02' })).toBeVisible()
})

test('a save that comes too late is told in the words of the engine', async () => {
  const user = userEvent.setup()
  const fake = engineWith(() => [aPlan()])
  fake.answer('migrations.changePlan', () => {
    throw new AppError({ kind: 'conflict', code: 'migration.plan-changed', message: 'This planned move was changed meanwhile.' })
  })
  renderApp(fake, '/tasks')
  await open()
  const save = screen.getByRole('button', { name: 'Save the plan' })
  await waitFor(() => expect(save).not.toHaveAttribute('aria-disabled'))
  await user.click(save)
  expect(await screen.findByText('This planned move was changed meanwhile.')).toBeVisible()
  expect(window.location.pathname).toBe('/migrate')
})

test('one that a wizard cannot show is not opened, and says why', async () => {
  const moves = [...aPlan().moves, ...aPlan().moves.map((one) => ({ ...one, spec: { ...one.spec, mode: 'paused' as const } }))]
  renderApp(
    engineWith(() => [aPlan({ moves })]),
    '/tasks',
  )
  expect(await screen.findByRole('button', { name: 'Open the planned move of 2 machines' })).toHaveAttribute('aria-disabled', 'true')
})

const untilMs = new Date(2037, 5, 2, 3, 30).getTime()
const PEAK = finding('write-peak', 'warns', 'Write peak at 02:00. Moving then takes about 2 min longer.', {
  check: 'write-peak',
  mends: [{ label: { code: 'test.plan-for', text: 'Plan for 03:30', params: {} }, mend: { mend: 'when', atMs: untilMs } }],
})

test('a write peak: told where the time is chosen, and its mend sets the end of it', async () => {
  const user = userEvent.setup()
  const fake = engineWith(() => [])
  const asked: Array<number | undefined> = []
  fake.answer('migrations.preflight', ({ spec, beginsAtMs }: { readonly spec: MigrationSpec; readonly beginsAtMs?: number }) => {
    asked.push(beginsAtMs)
    return preflightOf(spec, beginsAtMs !== undefined && beginsAtMs < untilMs ? [PEAK] : [])
  })
  renderApp(fake, `/migrate?m=${MACHINE}&to=${TARGET}&step=when&when=window+2037-06-02+02%3A30+04%3A00`)
  expect(await screen.findByText('Write peak at 02:00.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Plan for 03:30' }))
  await waitFor(() => expect(chosenWhen()).toBe('window 2037-06-02 03:30 04:00'))
  await waitFor(() => expect(screen.queryByText('Write peak at 02:00.')).toBeNull())
  await waitFor(() => expect(asked).toEqual([new Date(2037, 5, 2, 2, 30).getTime(), untilMs]))
})

test('a write peak among the findings leads to When, and can be taken back', async () => {
  const user = userEvent.setup()
  const fake = engineWith(
    () => [],
    () => [PEAK],
  )
  renderApp(fake, `/migrate?m=${MACHINE}&to=${TARGET}&step=preflight`)
  await user.click(await screen.findByRole('button', { name: 'Plan for 03:30' }))
  expect(await screen.findByRole('radio', { name: /^At a time/ })).toBeChecked()
  expect(chosenWhen()).toBe('at 2037-06-02 03:30')
})
