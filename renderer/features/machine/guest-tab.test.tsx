import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { GuestInfo, Machine } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const SILENT: GuestInfo = {
  agent: 'disconnected',
  hostname: null,
  os: null,
  timezone: null,
  clockOffsetMs: null,
  users: null,
  filesystems: null,
  interfaces: null,
  unread: [],
  observedAtMs: Date.now(),
}
const TOLD: GuestInfo = {
  ...SILENT,
  agent: 'connected',
  hostname: 'web-1',
  os: { name: 'Debian GNU/Linux 12', id: 'debian', version: '12', kernel: '6.1.0-18', architecture: 'x86_64' },
  clockOffsetMs: -90_000,
  users: [],
  filesystems: [{ mountpoint: '/', device: 'vda1', type: 'ext4', totalBytes: 10_737_418_240, usedBytes: 10_200_547_328, disks: ['vda'] }],
  interfaces: [{ name: 'ens3', mac: '52:54:00:12:34:56', addresses: [{ address: '10.0.0.7', prefix: 24 }] }],
  unread: ['timezone'],
}

function open(info: GuestInfo, change: Partial<Machine> = {}): FakeEngine {
  const one = machine(1, 1, change)
  const fake = new FakeEngine([put('workspace', workspace()), put('connection', connection(1)), put('host', host(1)), put('machine', one)])
  fake.answer('guest.info', () => info)
  renderApp(fake, `/machines/${one.id}?tab=guest`)
  return fake
}

test('what the agent tells stands there; a clock that is off can be set', async () => {
  const user = userEvent.setup()
  const fake = open(TOLD)
  expect(await screen.findByText('Debian GNU/Linux 12')).toBeVisible()
  expect(screen.getByText('10.0.0.7/24')).toBeVisible()
  expect(screen.getByText(/95\s%/)).toBeVisible()
  expect(screen.getByText('Nobody is logged in.')).toBeVisible()
  fake.answer('guest.setTime', () => ({ done: true }))
  await user.click(screen.getByRole('button', { name: 'Set it to the host’s' }))
  expect(await screen.findByText('The clock was set.')).toBeVisible()
})

test('without an agent it says how to install one in this very system', async () => {
  open(SILENT, { os: 'Rocky Linux 9' })
  expect(await screen.findByText(/No agent answers in/)).toBeVisible()
  expect(screen.getByText(/dnf install -y qemu-guest-agent/)).toBeVisible()
  expect(screen.queryByText(/apt install/)).not.toBeInTheDocument()
})

test('a machine without a channel is told what to add, and one that is off to be started', async () => {
  open({ ...SILENT, agent: 'none' })
  expect(await screen.findByText(/virt-xml .* --add-device --channel/)).toBeVisible()
})

test('a machine that is off is not asked', async () => {
  const fake = open(TOLD, { state: 'stopped' })
  expect(await screen.findByText(/is not running/)).toBeVisible()
  expect(fake.calls.some(({ method }) => method === 'guest.info')).toBe(false)
})

test('a password is sent once, and what the guest says against it is shown in the dialog', async () => {
  const user = userEvent.setup()
  const fake = open(TOLD)
  fake.answer('guest.setPassword', () => {
    throw Object.assign(new Error('refused'), { kind: 'remote-failure' })
  })
  await user.click(await screen.findByRole('button', { name: 'Set a password…' }))
  const dialog = await screen.findByRole('dialog')
  await user.clear(within(dialog).getByLabelText('User'))
  await user.type(within(dialog).getByLabelText('User'), 'maja')
  await user.type(within(dialog).getByLabelText('New password'), 'hunter2')
  await user.click(within(dialog).getByRole('button', { name: 'Set the password' }))
  await waitFor(() => expect(fake.calls.filter(({ method }) => method === 'guest.setPassword')).toHaveLength(1))
  expect(fake.calls.find(({ method }) => method === 'guest.setPassword')?.input).toMatchObject({ user: 'maja', password: 'hunter2' })
  expect(await within(dialog).findByRole('alert')).toBeVisible()
  fake.answer('guest.setPassword', () => ({ done: true }))
  await user.click(within(dialog).getByRole('button', { name: 'Set the password' }))
  expect(await screen.findByText('The password of maja was set.')).toBeVisible()
})
