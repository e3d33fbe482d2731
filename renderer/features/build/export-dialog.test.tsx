import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, test, vi } from 'vitest'
import { AppError, toWireError } from '../../../shared/errors/index.ts'
import type { Machine, Task } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { useExportRequest } from './export-request.ts'

afterEach(() => {
  sessionStorage.clear()
  useExportRequest.setState({ machineId: null, asked: {} })
  vi.restoreAllMocks()
})

function engine(state: Machine['state']): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1, { state })),
  ])
  fake.answer('ova.export', () => ({ taskId: 't7', exportId: 'e1', leftOut: ['vdb'] }))
  fake.answer('ova.download', () => ({ token: 'tok', sizeBytes: 12, fileName: 'web 1.ova' }))
  return fake
}

const HAND_OVER: Task['steps'][number] = {
  id: 'hand-over',
  state: 'running',
  startedAtMs: 1,
  endedAtMs: null,
  weight: 1,
  cancel: 'now',
  error: null,
}

async function openMenu(user: ReturnType<typeof userEvent.setup>) {
  await user.click(await screen.findByRole('button', { name: 'More actions' }))
}

test('the package is asked for, and saved by the browser once it waits', async () => {
  const saved: string[] = []
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function click(this: HTMLAnchorElement) {
    saved.push(this.getAttribute('href') ?? '')
  })
  const user = userEvent.setup()
  const fake = engine('stopped')
  renderApp(fake, '/machines/c1.m.1?tab=tasks')
  await openMenu(user)
  await user.click(screen.getByRole('menuitem', { name: 'Export…' }))
  await user.click(await screen.findByRole('button', { name: 'Make the package' }))
  expect(await screen.findByText(/vdb/)).toBeVisible()
  expect(fake.calls.find((call) => call.method === 'ova.export')?.input).toMatchObject({ machineId: 'c1.m.1', pool: null })
  expect(saved).toEqual([])
  const progress = { fraction: 0.5, bytesDone: null, bytesTotal: null, bytesPerS: null, note: 'waiting-for-download' }
  fake.push(put('task', task(7, { kind: 'machine.export', steps: [HAND_OVER], progress })))
  await waitFor(() => expect(saved).toEqual(['/download/tok/web%201.ova?size=12']))
  fake.push(put('task', task(7, { kind: 'machine.export', state: 'succeeded', revision: 2 })))
  expect(await screen.findByText('The package was saved as a whole.')).toBeVisible()
})

test('a machine that runs cannot be exported, and the entry says so', async () => {
  const user = userEvent.setup()
  renderApp(engine('running'), '/machines/c1.m.1?tab=tasks')
  await openMenu(user)
  expect(screen.getByRole('menuitem', { name: /^Export…/ })).toHaveTextContent('web-1 must be off')
})

const EXPORTING = task(7, {
  kind: 'machine.export',
  target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' },
  params: { exportId: 'e1', leftOut: ['vdb'] },
  steps: [HAND_OVER],
  progress: { fraction: 0.5, bytesDone: null, bytesTotal: null, bytesPerS: null, note: 'waiting-for-download' },
})

test('what this tab asked for is saved also after its page was loaded anew', async () => {
  sessionStorage.setItem('novacron.exports', 't7')
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {})
  const fake = engine('stopped')
  fake.push(put('task', EXPORTING))
  renderApp(fake, '/fleet')
  await waitFor(() => expect(click).toHaveBeenCalledTimes(1))
  expect(fake.calls.filter(({ method }) => method === 'ova.download')).toEqual([{ method: 'ova.download', input: { exportId: 'e1' } }])
  expect(fake.calls.some(({ method }) => method === 'ova.export')).toBe(false)
})

test('what was asked for elsewhere is offered, and not saved by itself', async () => {
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {})
  const user = userEvent.setup()
  const fake = engine('stopped')
  fake.push(put('task', EXPORTING))
  renderApp(fake, '/machines/c1.m.1?tab=tasks')
  await openMenu(user)
  await user.click(screen.getByRole('menuitem', { name: 'Export…' }))
  expect(await screen.findByText(/asked for elsewhere/)).toBeVisible()
  expect(screen.getByText(/vdb/)).toBeVisible()
  expect(fake.calls.some(({ method }) => method === 'ova.download')).toBe(false)
  click.mockClear() // of the menu's own links
  await user.click(screen.getByRole('button', { name: 'Save it' }))
  await waitFor(() => expect(click).toHaveBeenCalledTimes(1))
})

test('one that failed says why, and is asked for again from there', async () => {
  const user = userEvent.setup()
  const fake = engine('stopped')
  renderApp(fake, '/machines/c1.m.1?tab=tasks')
  await openMenu(user)
  await user.click(screen.getByRole('menuitem', { name: 'Export…' }))
  await user.dblClick(await screen.findByRole('button', { name: 'Make the package' }))
  expect(fake.calls.filter(({ method }) => method === 'ova.export')).toHaveLength(1)
  const error = new AppError({ kind: 'timeout', code: 'ova.not-taken', message: 'Nobody took the package within half an hour.' })
  fake.push(put('task', task(7, { kind: 'machine.export', state: 'failed', revision: 2, error: toWireError(error) })))
  expect(await within(screen.getByRole('dialog')).findByText(/Nobody took the package within half an hour/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Export again…' }))
  expect(await screen.findByRole('button', { name: 'Make the package' })).toBeEnabled()
})
