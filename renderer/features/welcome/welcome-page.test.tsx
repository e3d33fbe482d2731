import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { CheckMessage } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, put, WORKSPACE, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const candidate = (name: string, connectionId: string | null = null) => ({
  source: 'ssh-config',
  name,
  address: `root@${name}`,
  providerId: 'libvirt',
  config: { transport: 'ssh', host: name },
  connectionId,
})

async function* answers(host: unknown): AsyncIterableIterator<CheckMessage> {
  await Promise.resolve()
  const good = host === 'kvm-01'
  if (!good) {
    yield {
      type: 'step',
      step: { id: 'reach', state: 'failed', detail: null, error: { kind: 'unreachable', code: 'ssh.unreachable', message: 'no route' } },
    }
  }
  yield { type: 'done', ok: good, machines: good ? 44 : null, versions: good ? [{ name: 'libvirt', version: '11.2' }] : [] }
}

function engine(): FakeEngine {
  const fake = new FakeEngine([put('workspace', workspace())])
  fake.answer('connections.discover', () => ({
    candidates: [candidate('kvm-01'), candidate('old-nas'), candidate('kvm-02', 'c2')],
    problems: [],
  }))
  fake.answer('connections.check', ({ config }: { config: { host: string } }) => answers(config.host))
  fake.answer('connections.add', () => connection(1))
  return fake
}

test('an empty console leads to the first machines: what answers is ticked, the rest says why not', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake)
  const table = await screen.findByRole('table', { name: 'Import hosts from ~/.ssh/config' })
  expect(await within(table).findByText('libvirt 11.2, 44 machines')).toBeVisible()
  expect(within(table).getByText('cannot be reached')).toBeVisible()
  expect(within(table).getByText('already here')).toBeVisible()
  expect(within(table).getByRole('checkbox', { name: 'Select old-nas' })).toBeDisabled()
  await user.click(screen.getByRole('button', { name: 'Import 1 host' }))
  await waitFor(() => expect(fake.calls.filter((call) => call.method === 'connections.add')).toHaveLength(1))
  expect(fake.calls.find((call) => call.method === 'connections.add')?.input).toMatchObject({ workspaceId: WORKSPACE, name: 'kvm-01' })
})

test('the first host leads to the fleet, though the stream tells of it later than the answer', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake)
  await user.click(await screen.findByRole('button', { name: 'Import 1 host' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.add')).toBe(true))
  // whatever the answer leads to has happened before the stream says anything
  await act(() => new Promise((resolve) => setTimeout(resolve)))
  fake.push(put('connection', connection(1)))
  expect(await screen.findByRole('combobox', { name: 'Filter machines' })).toBeVisible()
  expect(screen.queryByRole('heading', { name: 'Connect your first machines' })).not.toBeInTheDocument()
})

test('a digit chooses: the demo fleet is opened', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('connections.addDemo', () => ({ workspaceId: WORKSPACE }))
  renderApp(fake)
  await screen.findByRole('button', { name: /Open the demo fleet/ })
  await user.keyboard('4')
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.addDemo')).toBe(true))
})

test('the clouds stand beside the hosts: each leads to the form of its accounts', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('connections.providers', () => [
    { id: 'libvirt', label: 'libvirt', configSchema: { properties: {} }, secrets: [], secretTargets: [], discovers: true },
    { id: 'gcp', label: 'Google Cloud', configSchema: { properties: {} }, secrets: [], secretTargets: [], discovers: false },
  ])
  fake.answer('clouds.policies', () => [])
  renderApp(fake)
  await screen.findByText('Add a cloud account')
  await user.keyboard('3')
  expect(screen.getByRole('button', { name: 'AWS' })).toHaveFocus()
  expect(screen.getByRole('button', { name: 'Azure' })).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Google Cloud' }))
  expect(await screen.findByRole('heading', { name: 'Add an account' })).toBeVisible()
  expect(screen.getByLabelText('Kind')).toHaveDisplayValue('Google Cloud account')
})
