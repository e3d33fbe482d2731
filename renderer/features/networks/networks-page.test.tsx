import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { Task } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { topology } from '../topology/testing/fixture.ts'
import { detail, filter, network } from './testing/fixture.ts'

function engine(change: Parameters<typeof connection>[1] = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1, change)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
    put('network', network('default')),
    put('network', network('quiet', { active: false, forward: 'isolated', cidrs: [], autostart: false })),
  ])
  fake.answer('networks.detail', () => detail())
  fake.answer('networks.topology', () => [topology()])
  fake.answer('tasks.list', () => ({ items: [], cursor: null }))
  return fake
}

function inputs(fake: FakeEngine, method: string): readonly unknown[] {
  return fake.calls.filter((call) => call.method === method).map(({ input }) => input)
}

function networkTask(number: number, change: Partial<Task> = {}) {
  return put('task', task(number, { kind: 'network.stop', target: { entity: 'network', id: 'c1.n.default', name: 'default' }, ...change }))
}

test('a network shows what it gives, to whom, and who is attached', async () => {
  renderApp(engine(), '/networks')
  const shown = await screen.findByRole('region', { name: 'default' })
  const ports = await within(shown).findByRole('region', { name: 'Attached machines' })
  expect(within(ports).getByText('1 of 2 running')).toBeVisible()
  expect(within(ports).getByRole('link', { name: 'web-1' })).toHaveAttribute('href', '/machines/c1.m.1')
  expect(within(ports).getByRole('link', { name: 'Show the way of web-1 to the wire' })).toHaveAttribute(
    'href',
    `/topology?host=c1.h.1&node=${encodeURIComponent('nic:52:54:00:00:00:01')}`,
  )
  const leases = within(shown).getByRole('region', { name: 'DHCP leases' })
  expect(within(leases).getByText('192.168.122.77')).toBeVisible()
  expect(within(leases).getByRole('link', { name: 'web-1' })).toBeVisible()
  expect(within(within(shown).getByRole('region', { name: 'Fixed addresses' })).getByText('printer')).toBeVisible()
  expect(within(shown).getByRole('region', { name: 'Definition' })).toHaveTextContent("<forward mode='nat'/>")
  expect(within(shown).getByRole('button', { name: 'Delete…' })).toHaveAttribute('aria-disabled', 'true')
})

test('stopping names who loses it, and is only then done against them', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.stop', () => ({ taskId: 't1' }))
  renderApp(fake, '/networks')
  await user.click(await screen.findByRole('button', { name: 'Stop…' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog).toHaveTextContent('1 running machine loses this network')
  expect(within(dialog).getByText('web-1')).toBeVisible()
  await user.click(within(dialog).getByRole('button', { name: 'Cut them off and stop' }))
  await waitFor(() => expect(inputs(fake, 'networks.stop')).toEqual([{ networkId: 'c1.n.default', evenIfUsed: true }]))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  fake.push(networkTask(1))
  expect(await screen.findByText('Stop network default: under way…')).toBeVisible()
  const asked = inputs(fake, 'networks.detail').length
  const error = { kind: 'remote-failure', code: 'network.off', message: 'default is off.' } as const
  fake.push(networkTask(1, { state: 'failed', endedAtMs: 1, revision: 2, error }))
  expect(await screen.findByText('Stop network default: failed.')).toBeVisible()
  expect(screen.getByText('default is off.')).toBeVisible()
  await waitFor(() => expect(inputs(fake, 'networks.detail').length).toBeGreaterThan(asked))
})

test('a restart says who is cut off meanwhile, and is begun with that', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.detail', () => detail({ hasPending: true }))
  fake.answer('networks.restart', () => ({ taskId: 't1' }))
  renderApp(fake, '/networks')
  const [first] = await screen.findAllByRole('button', { name: 'Restart…' })
  if (first) await user.click(first)
  const dialog = await screen.findByRole('dialog')
  expect(dialog).toHaveTextContent('1 running machine is cut off for a few seconds')
  expect(within(dialog).getByText('web-1')).toBeVisible()
  expect(dialog).toHaveTextContent(
    'It comes up as it is kept, which is not what runs. If it does not come up, it runs again as it does now.',
  )
  await user.click(within(dialog).getByRole('button', { name: 'Restart and plug back in' }))
  await waitFor(() => expect(inputs(fake, 'networks.restart')).toEqual([{ networkId: 'c1.n.default', evenIfUsed: true }]))
})

test('a card that hangs beside its network is named and plugged back in, alone or with all', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const ports = detail().ports.map((port) => (port.isRunning ? { ...port, isPlugged: false } : port))
  fake.answer('networks.detail', () => detail({ ports }))
  fake.answer('networks.plugIn', () => {
    throw new AppError({
      kind: 'precondition',
      code: 'network.nothing-loose',
      message: 'No card of a running machine hangs beside default.',
    })
  })
  renderApp(fake, '/networks')
  expect(await screen.findByText('1 card of a running machine hangs beside this network: web-1.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Plug the card of web-1 back in' }))
  await waitFor(() => expect(inputs(fake, 'networks.plugIn')).toEqual([{ networkId: 'c1.n.default', macs: ['52:54:00:00:00:01'] }]))
  expect(await screen.findByText(/No card of a running machine hangs beside default/)).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Plug all back in' }))
  await waitFor(() => expect(inputs(fake, 'networks.plugIn')).toHaveLength(2))
  expect(inputs(fake, 'networks.plugIn')[1]).toEqual({ networkId: 'c1.n.default', macs: null })
})

test('what a failed restart has left off is shown as it ran, and started with that', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.start', () => ({ taskId: 't2' }))
  renderApp(fake, '/networks?network=default')
  await screen.findByRole('region', { name: 'default' })
  fake.push(
    put('network', network('default', { active: false, revision: 2 })),
    networkTask(1, { kind: 'network.restart', state: 'failed', endedAtMs: 1, params: { before: '<network><name>ran</name></network>' } }),
  )
  const before = await screen.findByRole('region', { name: 'What ran before' })
  expect(before).toHaveTextContent('<name>ran</name>')
  await user.click(within(before).getByRole('button', { name: 'Start with it' }))
  await waitFor(() =>
    expect(inputs(fake, 'networks.start')).toEqual([{ networkId: 'c1.n.default', definition: '<network><name>ran</name></network>' }]),
  )
})

test('a network that the address names and that is gone is told of', async () => {
  renderApp(engine(), '/networks?host=c1.h.1&network=gone')
  expect(await screen.findByText('The network you came for is not on kvm-01 any more. default is shown.')).toBeVisible()
})

test('a fixed address is added with the revision that was read; what another console changed is told and not overwritten', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.edit', () => {
    throw new AppError({ kind: 'conflict', code: 'network.changed-meanwhile', message: 'Somebody else has changed default meanwhile.' })
  })
  renderApp(fake, '/networks')
  const fixed = await screen.findByRole('region', { name: 'Fixed addresses' })
  const add = () => within(fixed).getByRole('button', { name: 'Add address' })
  expect(add()).toHaveAttribute('aria-disabled', 'true')
  await user.type(within(fixed).getByLabelText('Fixed address'), '10.9.9.9')
  expect(await within(fixed).findByText('No subnet of this network holds 10.9.9.9.')).toBeVisible()
  await user.clear(within(fixed).getByLabelText('Fixed address'))
  await user.type(within(fixed).getByLabelText('Fixed address'), '192.168.122.10')
  await user.type(within(fixed).getByLabelText('MAC of the fixed address'), '52:54:00:00:00:01{Enter}')
  await waitFor(() =>
    expect(inputs(fake, 'networks.edit')).toEqual([
      {
        networkId: 'c1.n.default',
        edit: { edit: 'addHost', host: { mac: '52:54:00:00:00:01', name: null, address: '192.168.122.10' } },
        revision: 'r1',
      },
    ]),
  )
  expect(await screen.findByText(/Somebody else has changed default meanwhile/)).toBeVisible()
  // what was typed is still there
  expect(within(fixed).getByLabelText('Fixed address')).toHaveValue('192.168.122.10')
})

test('what waits for a restart is told, and both definitions can be read', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.detail', () => detail({ hasPending: true, keptXml: '<network><name>kept</name></network>' }))
  renderApp(fake, '/networks')
  expect(await screen.findByText('Waits for a restart of the network.')).toBeVisible()
  const definition = screen.getByRole('region', { name: 'Definition' })
  expect(definition).not.toHaveTextContent('kept</name>')
  await user.click(within(definition).getByRole('radio', { name: 'Kept' }))
  expect(definition).toHaveTextContent('<name>kept</name>')
})

test('a new network has a free subnet, says what machines get, and is made by its mode', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.create', () => ({ taskId: 't1' }))
  renderApp(fake, '/networks')
  await user.click(await screen.findByRole('button', { name: 'New network…' }))
  const dialog = await screen.findByRole('dialog')
  expect(within(dialog).getByLabelText('Host’s address and subnet')).toHaveValue('192.168.100.1/24')
  const gets = within(dialog).getByRole('region', { name: 'What a machine gets' })
  expect(gets).toHaveTextContent('One of 127 addresses, 192.168.100.128 to 192.168.100.254')
  await user.click(within(dialog).getByRole('radio', { name: /^isolated/ }))
  expect(gets).toHaveTextContent('no gateway')
  const subnet = within(dialog).getByLabelText('Host’s address and subnet')
  await user.clear(subnet)
  await user.type(subnet, '192.168.122.5/24')
  await user.click(within(dialog).getByRole('button', { name: 'Create and start' }))
  expect(within(dialog).getByText('Overlaps 192.168.122.1/24, which is in use on this host.')).toBeVisible()
  expect(inputs(fake, 'networks.create')).toEqual([])
  await user.clear(subnet)
  await user.type(subnet, '10.5.0.1/24')
  await user.clear(within(dialog).getByLabelText('Name'))
  await user.type(within(dialog).getByLabelText('Name'), 'lab')
  await user.click(within(dialog).getByRole('button', { name: 'Create and start' }))
  await waitFor(() => expect(inputs(fake, 'networks.create')).toHaveLength(1))
  expect(inputs(fake, 'networks.create')[0]).toMatchObject({
    hostId: 'c1.h.1',
    spec: {
      name: 'lab',
      mode: 'isolated',
      subnets: [{ address: '10.5.0.1', prefix: 24, dhcp: { start: '10.5.0.128', end: '10.5.0.254' } }],
    },
  })
  // it stays open until the network is there
  expect(screen.getByRole('dialog')).toBeVisible()
  fake.push(put('network', network('lab')), networkTask(1, { kind: 'network.create', state: 'succeeded', endedAtMs: 1 }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  expect(await screen.findByRole('region', { name: 'lab' })).toBeVisible()
})

test('a filter that something uses is not deleted, and one is defined over the text that was read', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('networks.filters', () => [filter('clean-traffic', { usedBy: ['web-1'] }), filter('mine')])
  fake.answer('networks.putFilter', () => ({ taskId: 't1' }))
  fake.answer('networks.removeFilter', () => ({ taskId: 't2' }))
  renderApp(fake, '/networks?tab=filters')
  await user.click(await screen.findByRole('button', { name: 'clean-traffic' }))
  expect(screen.getByRole('button', { name: 'Delete…' })).toHaveAttribute('aria-disabled', 'true')
  await user.click(screen.getByRole('button', { name: 'Edit XML…' }))
  const dialog = await screen.findByRole('dialog')
  expect(dialog).toHaveTextContent('It changes at once for 1 machine.')
  const text = within(dialog).getByRole('textbox')
  await user.clear(text)
  await user.type(text, "<filter name='clean-traffic' chain='root'/>")
  await user.click(within(dialog).getByRole('button', { name: 'Define' }))
  await waitFor(() =>
    expect(inputs(fake, 'networks.putFilter')).toEqual([
      { hostId: 'c1.h.1', xml: "<filter name='clean-traffic' chain='root'/>", expected: "<filter name='clean-traffic'/>" },
    ]),
  )
  // it stays open until the host has taken it
  expect(screen.getByRole('dialog')).toBeVisible()
  fake.push(networkTask(1, { kind: 'network.putFilter', state: 'succeeded', endedAtMs: 1 }))
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
  await user.click(screen.getByRole('button', { name: 'mine' }))
  await user.click(screen.getByRole('button', { name: 'Delete…' }))
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete filter' }))
  await waitFor(() => expect(inputs(fake, 'networks.removeFilter')).toEqual([{ hostId: 'c1.h.1', name: 'mine' }]))
})

test('without a link nothing can be changed, and what is known stays on screen', async () => {
  const fake = engine({ freshness: { state: 'stale', sinceMs: 1, reason: 'link' }, status: 'offline' })
  renderApp(fake, '/networks')
  expect(await screen.findByRole('button', { name: 'quiet' })).toBeVisible()
  expect(screen.getByText(/There is no link to kvm-01 now/)).toBeVisible()
  expect(screen.getByRole('button', { name: 'New network…' })).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getByRole('button', { name: 'Stop…' })).toHaveAttribute('aria-disabled', 'true')
  expect(inputs(fake, 'networks.detail')).toEqual([])
})

test('without any host it says what networks are for', async () => {
  renderApp(new FakeEngine([put('workspace', workspace())]), '/networks')
  expect(await screen.findByText('No host with networks')).toBeVisible()
})
