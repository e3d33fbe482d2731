import { act, fireEvent, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { clearSelection, setCursor } from './view-state.ts'

const STALE = { state: 'stale', sinceMs: 1, reason: 'unreachable' } as const

function engineWith(count = 3): FakeEngine {
  return new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('connection', connection(2, { freshness: STALE, status: 'offline' })),
    put('host', host(2)),
    ...Array.from({ length: count }, (_, index) => put('machine', machine(index + 1, 1))),
    put('machine', machine(90, 2, { name: 'far-1' })),
    put('machine', machine(91, 1, { name: 'db-1', state: 'stopped', tags: ['db'] })),
  ])
}

async function rowOf(name: string): Promise<HTMLElement> {
  const cell = await screen.findByText(name, { selector: '.cell-name *' })
  const row = cell.closest('[role="row"]')
  if (!(row instanceof HTMLElement)) throw new Error(`${name} has no row`)
  return row
}

beforeEach(() => {
  clearSelection()
  setCursor(null)
})

test('a change on the host changes its row, and nothing else has to happen', async () => {
  const engine = engineWith()
  renderApp(engine)
  const row = await rowOf('web-1')
  expect(within(row).getByText('Running')).toBeVisible()
  engine.push({ op: 'patch', entity: 'machine', id: 'c1.m.1', revision: 2, patch: { state: 'paused' } })
  expect(await within(row).findByText('Paused')).toBeVisible()
})

test('nobody who is on the way to another screen is led to the first steps', async () => {
  renderApp(new FakeEngine([put('workspace', workspace())]))
  // the state that says that there is no connection, and the other screen, are both still on their way
  fireEvent.click(await screen.findByRole('link', { name: 'Connections' }))
  expect(await screen.findByRole('heading', { level: 1, name: 'Connections' })).toBeVisible()
  expect(window.location.pathname).toBe('/connections')
})

test('a query typed just before another screen is chosen does not follow there', async () => {
  renderApp(engineWith())
  await rowOf('web-1')
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  fireEvent.change(screen.getByRole('combobox', { name: 'Filter machines' }), { target: { value: 'name:web-1' } })
  // the address is the other screen’s already, which is still on its way
  window.history.pushState(null, '', '/build?from=c1.m.1')
  act(() => void vi.advanceTimersByTime(1_000))
  expect(window.location.href).toMatch(/\/build\?from=c1\.m\.1$/)
})

test('a workspace without connections leads to the first steps', async () => {
  renderApp(new FakeEngine([put('workspace', workspace())]))
  await waitFor(() => expect(window.location.pathname).toBe('/welcome'))
})

test('behind a lost link the last state is told in the past tense with its age', async () => {
  renderApp(engineWith())
  const row = await rowOf('far-1')
  expect(within(row).getByText('Was running')).toBeVisible()
  expect(within(row).getByText(/link lost/)).toBeVisible()
})

test('a menu that is open when the link comes back offers what can be done now', async () => {
  const engine = engineWith()
  renderApp(engine)
  fireEvent.contextMenu(await rowOf('far-1'))
  expect(await screen.findByRole('menuitem', { name: /^Pause/ })).toHaveAttribute('aria-disabled', 'true')
  engine.push(put('connection', connection(2)))
  await waitFor(() => expect(screen.getByRole('menuitem', { name: /^Pause/ })).not.toHaveAttribute('aria-disabled', 'true'))
})

test('the bulk bar says what fits before it is pressed, and only that is sent', async () => {
  const user = userEvent.setup()
  const engine = engineWith()
  engine.answer('machines.act', () => ({ taskId: 't1', accepted: 1, refused: [] }))
  renderApp(engine)
  for (const name of ['web-1', 'db-1', 'far-1']) await user.click(within(await rowOf(name)).getByRole('checkbox'))
  const bar = screen.getByRole('region', { name: 'Selected machines' })
  expect(within(bar).getByText('3 selected')).toBeVisible()
  await user.hover(within(bar).getByRole('button', { name: /^Shut down/ }))
  expect(within(bar).getByText('1 of 3')).toBeVisible()
  await user.click(within(bar).getByRole('button', { name: /^Shut down/ }))
  await waitFor(() => expect(engine.calls.some((call) => call.method === 'machines.act')).toBe(true))
  expect(engine.calls.find((call) => call.method === 'machines.act')?.input).toMatchObject({
    targets: { ids: ['c1.m.1'] },
    action: { action: 'shutdown' },
  })
  expect(await within(await rowOf('web-1')).findByText('Queued')).toBeVisible()
})

test('an action that fits none of the selection cannot be pressed, and its reason can be reached by keyboard', async () => {
  const user = userEvent.setup()
  renderApp(engineWith())
  await user.click(within(await rowOf('web-1')).getByRole('checkbox'))
  const start = within(screen.getByRole('region', { name: 'Selected machines' })).getByRole('button', { name: 'Start' })
  expect(start).toHaveAttribute('aria-disabled', 'true')
  start.focus()
  expect(await screen.findByRole('tooltip')).toHaveTextContent('web-1 is running')
})

test('the keyboard moves, selects, and asks before what cannot be taken back', async () => {
  const user = userEvent.setup()
  const engine = engineWith()
  renderApp(engine)
  await rowOf('web-1')
  await user.keyboard('jjjx')
  expect(screen.getByText('1 selected')).toBeVisible()
  await user.click(screen.getByRole('button', { name: /Power off/ }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByText(/pulling the plug/)).toBeVisible()
  expect(engine.calls.some((call) => call.method === 'machines.act')).toBe(false)
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }))
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument()
})

test('the query narrows the rows, says how many, and names what it cannot read', async () => {
  const user = userEvent.setup()
  renderApp(engineWith())
  await rowOf('web-1')
  await user.keyboard('/')
  await user.keyboard('state:stopped')
  expect(await screen.findByText('1 of 5')).toBeVisible()
  expect(screen.queryByText('web-1', { selector: '.cell-name *' })).not.toBeInTheDocument()
  await user.keyboard('{Escape}{Escape}sate:x')
  expect(screen.getByRole('combobox', { name: 'Filter machines' })).toHaveAttribute('aria-invalid', 'true')
  expect(await screen.findByText(/There is no field “sate”/)).toBeVisible()
})

test('a lost engine leaves everything on screen and says so once', async () => {
  const engine = engineWith()
  renderApp(engine)
  const row = await rowOf('web-1')
  engine.setLink({ state: 'lost', lostAtMs: Date.now(), nextAttemptAtMs: null, locked: false })
  expect(await screen.findByRole('alert')).toHaveTextContent('The console engine has not answered since')
  expect(await within(row).findByText('Was running')).toBeVisible()
})
