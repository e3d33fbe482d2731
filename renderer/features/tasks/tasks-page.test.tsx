import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { Task } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

function engineWith(...tasks: readonly Task[]): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
    ...tasks.map((one) => put('task', one)),
  ])
  fake.answer('tasks.list', () => ({ items: tasks, cursor: null }))
  fake.answer('tasks.get', ({ taskId }: { taskId: string }) => tasks.find((one) => one.id === taskId))
  return fake
}

const FAILED = task(1, {
  kind: 'machine.shutdown',
  state: 'failed',
  target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' },
  endedAtMs: Date.now(),
  offers: ['powerOff', 'retry'],
  error: { kind: 'timeout', code: 'machine.shutdown-timeout', message: 'web-1 did not shut down within 180 s.', remote: { number: 86 } },
})

test('a failed task says why in words and in full, and offers what comes next', async () => {
  const user = userEvent.setup()
  const fake = engineWith(FAILED)
  fake.answer('tasks.retry', () => ({ taskId: 't1' }))
  renderApp(fake, '/tasks?task=t1')
  const detail = await screen.findByRole('complementary', { name: 'Shut down web-1' })
  expect(within(detail).getByText('web-1 did not shut down within 180 s.')).toBeVisible()
  await user.click(within(detail).getByText('What the other side said'))
  expect(within(detail).getByText(/"number": 86/)).toBeVisible()
  expect(within(detail).getByRole('button', { name: /^Power off/ })).toBeEnabled()
  await user.click(within(detail).getByRole('button', { name: 'Try again' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'tasks.retry')).toBe(true))
})

test('a machine of Windows that was made says how to come to a password', async () => {
  const progress = { fraction: 1, bytesDone: null, bytesTotal: null, bytesPerS: null, note: 'outcome-windows-password' }
  const target = { entity: 'host', id: 'c1.h.1', name: 'win-1' } as const
  renderApp(engineWith(task(5, { kind: 'cloud.create', state: 'succeeded', endedAtMs: Date.now(), target, progress })), '/tasks?task=t5')
  const detail = await screen.findByRole('complementary', { name: /win-1/ })
  expect(await within(detail).findByText(/set your own with Azure’s “Reset password”/)).toBeVisible()
})

test('an unknown outcome is decided by a person: look again, done, not done', async () => {
  const user = userEvent.setup()
  const fake = engineWith(task(2, { state: 'needs-attention', target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' } }))
  fake.answer('tasks.resolve', () => ({ done: true }))
  renderApp(fake, '/tasks/t2')
  await user.click(await screen.findByRole('button', { name: 'It was done' }))
  await waitFor(() => expect(fake.calls.find((call) => call.method === 'tasks.resolve')?.input).toEqual({ taskId: 't2', decision: 'done' }))
})

test('the items of a bulk: what failed is shown first', async () => {
  const parent = task(3, {
    state: 'partly',
    endedAtMs: Date.now(),
    children: { total: 2, succeeded: 1, failed: 1, cancelled: 0, running: 0 },
  })
  const child = (number: number, state: Task['state'], error: Task['error'] = null): Task =>
    task(number, { parentId: parent.id, state, error, target: { entity: 'machine', id: `c1.m.${number}`, name: `web-${number}` } })
  const error = {
    kind: 'precondition',
    code: 'aws.unsupported',
    message: 'AWS cannot do this.',
    remote: { code: 'UnsupportedOperation' },
  } as const
  renderApp(engineWith(parent, child(4, 'succeeded'), child(5, 'failed', error)), '/tasks?task=t3')
  expect(await screen.findByText('1 done, 1 failed, of 2')).toBeVisible()
  expect(screen.getByRole('link', { name: 'web-5' })).toBeVisible()
  expect(screen.getByText('AWS cannot do this.')).toHaveTextContent('AWS cannot do this. UnsupportedOperation')
  expect(screen.queryByRole('link', { name: 'web-4' })).not.toBeInTheDocument()
})

test('the items of a bulk that runs tell their results as they come', async () => {
  const parent = (succeeded: number) =>
    task(3, { revision: succeeded + 1, children: { total: 2, succeeded, failed: 0, cancelled: 0, running: 2 - succeeded } })
  const child = (state: Task['state'], revision: number): Task =>
    task(4, { revision, parentId: parent(0).id, state, target: { entity: 'machine', id: 'c1.m.4', name: 'web-4' } })
  const fake = engineWith(parent(0), child('running', 1))
  renderApp(fake, '/tasks?task=t3')
  const row = async () => (await screen.findByRole('link', { name: 'web-4' })).closest('li')
  expect(await row()).toHaveTextContent('Running')
  fake.answer('tasks.list', () => ({ items: [child('succeeded', 2)], cursor: null }))
  // what has ended leaves the stream
  fake.push({ op: 'remove', entity: 'task', id: 't4', revision: 2 }, put('task', parent(1)))
  await waitFor(async () => expect(await row()).toHaveTextContent('Done'))
})
