import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import type { PlannedMove } from '../../../../shared/model/index.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { withoutDrawing } from '../../../lib/testing/without-drawing.ts'
import { migrateEngine } from '../wizard/testing/migrate-fixture.ts'
import { aPlan } from './testing/a-plan.ts'

beforeAll(withoutDrawing)

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const REASON = { code: 'test.away', text: 'There is no link to kvm-02 now.' }
const inMs = (ms: number): PlannedMove['when'] => ({ kind: 'at', atMs: Date.now() + ms, zone: 'Europe/Warsaw' })
const other = (id: string): PlannedMove['moves'] =>
  aPlan().moves.map((move) => ({ ...move, name: id, spec: { ...move.spec, machineId: id as typeof move.spec.machineId } }))

function engineWith(plans: readonly PlannedMove[]) {
  const fake = migrateEngine()
  fake.answer('migrations.plans', () => plans)
  fake.answer('tasks.list', () => ({ items: [], cursor: null }))
  return fake
}

async function noticesOf(plans: readonly PlannedMove[], bell: string): Promise<readonly (string | null)[]> {
  renderApp(engineWith(plans), '/tasks')
  await userEvent.setup().click(await screen.findByRole('button', { name: bell }))
  const menu = within(await screen.findByRole('menu'))
  return menu.getAllByRole('menuitem').map(({ textContent }) => textContent)
}

test('what did not begin and what cannot yet wait for somebody; what is soon is only to be known', async () => {
  const told = await noticesOf(
    [
      aPlan({ id: 'p1', when: inMs(50 * MINUTE_MS) }),
      aPlan({ id: 'p2', moves: other('m2'), when: inMs(-MINUTE_MS), tried: { atMs: Date.now(), reason: REASON } }),
      aPlan({
        id: 'p3',
        moves: other('m3'),
        state: 'missed',
        why: { code: 'test.off', text: 'This console was not running at that time.' },
      }),
      aPlan({ id: 'p4', moves: other('m4'), state: 'refused', why: { code: 'test.pool', text: 'kvm-02 has no pool vmstore.' } }),
      aPlan({ id: 'p5', moves: other('m5'), state: 'started', stayed: [{ machineId: 'm5' as never, name: 'm5', reason: REASON }] }),
    ],
    'Notifications: 4 waiting for you',
  )
  expect(told[0]).toMatch(/^Move soon: web-1 to kvm-02/)
  expect(told.slice(1)).toEqual([
    'Move held up: m2 to kvm-02There is no link to kvm-02 now.',
    'Move missed: m3 to kvm-02This console was not running at that time.',
    'Move did not begin: m4 to kvm-02kvm-02 has no pool vmstore.',
    'Move begun without some: m5 to kvm-02m5 stayed: There is no link to kvm-02 now.',
  ])
})

test('nothing of what is far off, went well, was cancelled, is long ago, or is planned anew', async () => {
  const told = await noticesOf(
    [
      aPlan({ id: 'p1', when: inMs(2 * HOUR_MS), plannedAtMs: Date.now() }),
      aPlan({ id: 'p2', state: 'missed', sinceMs: Date.now() - HOUR_MS }),
      aPlan({ id: 'p3', moves: other('m3'), state: 'started' }),
      aPlan({ id: 'p4', moves: other('m4'), state: 'cancelled' }),
      aPlan({ id: 'p5', moves: other('m5'), state: 'refused', sinceMs: Date.now() - 25 * HOUR_MS }),
    ],
    'Notifications',
  )
  expect(told).toEqual(['Nothing waits for you.'])
})

test('one leads to its plan among the planned moves', async () => {
  const user = userEvent.setup()
  renderApp(engineWith([aPlan({ state: 'missed', why: REASON }), aPlan({ id: 'p2', moves: other('m2') })]), '/fleet')
  await user.click(await screen.findByRole('button', { name: 'Notifications: 1 waiting for you' }))
  await user.click(await screen.findByRole('menuitem', { name: /^Move missed/ }))
  expect(window.location.pathname + window.location.search).toBe('/tasks?plan=plan-1')
  const table = within(await screen.findByRole('table', { name: 'Planned moves' }))
  const rows = table.getAllByRole('row')
  expect(rows.filter((row) => row.getAttribute('aria-current') === 'true')).toHaveLength(1)
  expect(rows.find((row) => row.getAttribute('aria-current') === 'true')).toHaveTextContent(/web-1.*missed/)
})
