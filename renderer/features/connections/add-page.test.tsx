import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { CheckMessage, CheckStep, HostKeyInfo } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, put, WORKSPACE, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const KEY: HostKeyInfo = { host: 'kvm-09', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc', status: 'unknown', previous: [] }
const CHOICE = { host: 'kvm-09', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' }

function step(id: CheckStep['id'], state: CheckStep['state'], error: CheckStep['error'] = null): CheckMessage {
  return { type: 'step', step: { id, state, detail: null, error } }
}

async function* stream(messages: readonly CheckMessage[]): AsyncIterableIterator<CheckMessage> {
  await Promise.resolve()
  yield* messages
}

const DONE: CheckMessage = { type: 'done', ok: true, machines: 3, versions: [{ name: 'libvirt', version: '11.2' }] }

function engine(known = [put('workspace', workspace()), put('connection', connection(1))]): FakeEngine {
  const fake = new FakeEngine(known)
  fake.answer('connections.providers', () => [
    {
      id: 'libvirt',
      label: 'libvirt',
      configSchema: { properties: { transport: { enum: ['ssh', 'unix'], default: 'ssh' }, host: { type: 'string', title: 'Host' } } },
      secrets: [{ name: 'password', label: 'Password', multiline: false }],
      secretTargets: ['transport', 'host'],
      discovers: true,
    },
  ])
  return fake
}

test('a new host key is looked at, trusted, and goes along when the host is added', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('connections.check', (input: { acceptHostKey?: unknown }) =>
    stream(
      input.acceptHostKey
        ? [step('reach', 'ok'), step('host-key', 'ok'), step('login', 'ok'), DONE]
        : [
            step('reach', 'ok'),
            { type: 'host-key', info: KEY },
            step('host-key', 'failed', { kind: 'precondition', code: 'ssh.host-key-unknown', message: 'not known' }),
            { type: 'done', ok: false, machines: null, versions: [] },
          ],
    ),
  )
  fake.answer('connections.add', () => connection(9))
  renderApp(fake, '/connections/add')
  await user.type(await screen.findByLabelText('Host'), 'kvm-09')
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  const dialog = await screen.findByRole('dialog', { name: 'Is this kvm-09?' })
  expect(within(dialog).getByText('SHA256:abc')).toBeVisible()
  expect(within(dialog).getByText('ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub')).toBeVisible()
  await user.click(within(dialog).getByRole('button', { name: 'Trust this key' }))
  expect(await screen.findByText('libvirt 11.2; 3 machines')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Add host' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.add')).toBe(true))
  expect(fake.calls.find((call) => call.method === 'connections.add')?.input).toMatchObject({
    workspaceId: WORKSPACE,
    name: 'kvm-09',
    config: { transport: 'ssh', host: 'kvm-09' },
    acceptHostKey: CHOICE,
  })
})

test('the first host of all: the answer comes before the stream, and the fleet is shown all the same', async () => {
  const user = userEvent.setup()
  const fake = engine([put('workspace', workspace())])
  fake.answer('connections.check', () => stream([step('reach', 'ok'), DONE]))
  fake.answer('connections.add', () => connection(1))
  renderApp(fake, '/connections/add')
  await user.type(await screen.findByLabelText('Host'), 'kvm-09')
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  await user.click(await screen.findByRole('button', { name: 'Add host' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.add')).toBe(true))
  fake.push(put('connection', connection(1)))
  expect(await screen.findByRole('combobox', { name: 'Filter machines' })).toBeVisible()
  expect(fake.calls.some((call) => call.method === 'connections.discover')).toBe(false)
})

test('a step that fails says why and how to mend it, at its place', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('connections.check', () =>
    stream([
      step('reach', 'ok'),
      step('permission', 'failed', {
        kind: 'forbidden',
        code: 'libvirt.socket-permission',
        message: 'maja may not open the socket',
        details: { remedy: 'join-libvirt-group', user: 'maja' },
      }),
      { type: 'done', ok: false, machines: null, versions: [] },
    ]),
  )
  renderApp(fake, '/connections/add')
  await user.type(await screen.findByLabelText('Host'), 'kvm-09')
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  expect(await screen.findByText('maja may not open the socket')).toBeVisible()
  expect(screen.getByText('sudo usermod -aG libvirt maja')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Check again' })).toBeEnabled()
})

test('a key trusted while a connection gets another host belongs to that one', async () => {
  const user = userEvent.setup()
  const kept = connection(1, { config: { transport: 'ssh', host: 'kvm-01' } })
  const fake = engine([put('workspace', workspace()), put('connection', kept)])
  fake.answer('connections.check', (input: { acceptHostKey?: unknown }) =>
    stream(
      input.acceptHostKey
        ? [DONE]
        : [
            { type: 'host-key', info: KEY },
            { type: 'done', ok: false, machines: null, versions: [] },
          ],
    ),
  )
  fake.answer('connections.update', () => kept)
  fake.answer('connections.acceptHostKey', () => ({ done: true }))
  renderApp(fake, '/connections/c1/edit')
  await user.clear(await screen.findByLabelText('Host'))
  await user.type(screen.getByLabelText('Host'), 'kvm-09')
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Trust this key' }))
  await user.click(await screen.findByRole('button', { name: 'Save' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.acceptHostKey')).toBe(true))
  const commands = fake.calls.map(({ method }) => method).filter((method) => /^connections\.(update|accept)/.test(method))
  expect(commands).toEqual(['connections.update', 'connections.acceptHostKey'])
})

test('another target: it is said that the password has to be typed again', async () => {
  const user = userEvent.setup()
  const kept = connection(1, { config: { transport: 'ssh', host: 'kvm-01' } })
  renderApp(engine([put('workspace', workspace()), put('connection', kept)]), '/connections/c1/edit')
  expect(await screen.findByLabelText('Password')).toHaveAccessibleDescription('Left empty: what is kept stays.')
  await user.type(screen.getByLabelText('Host'), '.example')
  expect(screen.getByLabelText('Password')).toHaveAccessibleDescription(/^Type it again/)
  await user.clear(screen.getByLabelText('Host'))
  await user.type(screen.getByLabelText('Host'), 'kvm-01')
  expect(screen.getByLabelText('Password')).toHaveAccessibleDescription('Left empty: what is kept stays.')
})

test('the way decides what is asked: there is no password for this computer', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/connections/add')
  expect(await screen.findByLabelText('Password')).toHaveAttribute('type', 'password')
  await user.selectOptions(screen.getByLabelText('Way'), 'unix')
  expect(screen.queryByLabelText('Password')).not.toBeInTheDocument()
})
