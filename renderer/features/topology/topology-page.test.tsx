import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { network as networkNamed } from '../networks/testing/fixture.ts'
import { topology } from './testing/fixture.ts'

function engine(hosts = 2): FakeEngine {
  const numbers = Array.from({ length: hosts }, (_, at) => at + 1)
  const fake = new FakeEngine([
    put('workspace', workspace()),
    ...numbers.flatMap((number) => [put('connection', connection(number)), put('host', host(number))]),
  ])
  fake.answer('networks.topology', ({ hostIds }: { hostIds: string[] }) =>
    hostIds.map((id) => {
      const { at: _at, ...picture } = topology(id)
      return picture
    }),
  )
  fake.answer('networks.rates', () => ({ atMs: 1, rates: [{ id: 'if:bond0', rxBytesPerS: 2_048, txBytesPerS: 1_024 }] }))
  return fake
}

test('the list says for every card how it gets to the wire, and where it ends', async () => {
  renderApp(engine(), '/topology?view=list')
  const first = await screen.findByRole('region', { name: 'kvm-01' })
  const row = (await within(first).findByText('web-2')).closest('tr')
  expect(row).toHaveTextContent(
    'Network prod → Bridge br-prod → VLAN bond0.110 → Bond bond0 → Port eno1. Leaves the host by this port. → Port eno2 (down)',
  )
  expect((await within(first).findByText('nfs-1')).closest('tr')).toHaveTextContent('Ends here: isolated.')
  expect(within(first).getByText('down though in use: eno2')).toBeVisible()
})

test('a card’s way stands beside the picture with state, speed, rate and addresses, and leads on', async () => {
  const user = userEvent.setup()
  renderApp(engine(), `/topology?host=c1.h.1&node=${encodeURIComponent('nic:52:54:00:00:00:02')}`)
  const side = await screen.findByRole('complementary', { name: 'The way of web-2' })
  expect(side).toHaveTextContent('10.40.1.2')
  const bond = within(side).getByRole('button', { name: 'bond0' }).closest('li')
  expect(bond).toHaveTextContent('25 Gbit/s')
  await waitFor(() => expect(bond).toHaveTextContent('in 2 KiB/s, out 1 KiB/s'))
  expect(side).toHaveTextContent('Leaves the host by this port.')
  await user.click(within(side).getByRole('button', { name: 'prod' }))
  const network = await screen.findByRole('complementary', { name: 'The way of prod' })
  expect(network).toHaveTextContent('2 cards hang on it')
  expect(within(network).getByRole('link', { name: 'Open the network' })).toHaveAttribute('href', '/networks?host=c1.h.1&network=prod')
  await user.click(within(network).getByRole('button', { name: 'Close' }))
  expect(screen.queryByRole('complementary', { name: /The way of/ })).toBeNull()
})

test('keys move through the picture and say where they are', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/topology')
  const map = await screen.findByRole('application')
  await screen.findByText('2 hosts')
  map.focus()
  await user.keyboard('{ArrowDown}')
  expect(await screen.findByText('Host kvm-01')).toBeInTheDocument()
  await user.keyboard('{ArrowRight}')
  expect(await screen.findByText(/^Card nfs-1, connected\. Network lonely → Bridge virbr1\. Ends here: isolated/)).toBeInTheDocument()
  await user.keyboard('{Enter}')
  expect(
    await screen.findByText('The way of nfs-1 is lit: 3 stations. Ends here: isolated. Only machines of this host are reached.'),
  ).toBeInTheDocument()
  expect(await screen.findByRole('complementary', { name: 'The way of nfs-1' })).toBeVisible()
  await user.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('complementary', { name: /The way of/ })).toBeNull())
})

test('a card that hangs beside its bridge is plugged back in from here, and the picture is read again', async () => {
  const user = userEvent.setup()
  const fake = engine(1)
  const { at, ...picture } = topology()
  const nodes = picture.nodes.map((each, place) =>
    place === at['nic:52:54:00:00:00:05'] ? { ...each, isUp: false, detail: 'unplugged', beside: 'net:prod' } : each,
  )
  fake.answer('networks.topology', () => [{ ...picture, nodes }])
  fake.answer('networks.plugIn', () => ({ taskId: 't1' }))
  fake.push(put('network', networkNamed('prod')))
  renderApp(fake, `/topology?host=c1.h.1&node=${encodeURIComponent('nic:52:54:00:00:00:05')}`)
  const side = await screen.findByRole('complementary', { name: 'The way of loose-1' })
  expect(side).toHaveTextContent('Ends here: the card hangs beside its bridge')
  await user.click(within(side).getByRole('button', { name: 'Plug the card of loose-1 back in' }))
  const calls = (method: string) => fake.calls.filter((call) => call.method === method)
  await waitFor(() => expect(calls('networks.plugIn')).toMatchObject([{ input: { networkId: 'c1.n.prod', macs: ['52:54:00:00:00:05'] } }]))
  const asked = calls('networks.topology').length
  fake.push(put('task', task(1, { kind: 'network.plugIn', state: 'succeeded', endedAtMs: 1 })))
  await waitFor(() => expect(calls('networks.topology').length).toBeGreaterThan(asked))
})

test('what the address names and is gone is told of, and the rest can be shown', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/topology?host=c1.h.1&node=if%3Agone')
  expect(await screen.findByText('What you came for is not on kvm-01 any more.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Show all' }))
  await waitFor(() => expect(screen.queryByText('What you came for is not on kvm-01 any more.')).toBeNull())
})

test('of a host without a link it says from when the picture is, before all that was wrong then', async () => {
  const fake = engine(2)
  const unseen = [{ code: 'topology.not-live', text: 'No link.', params: { host: 'kvm-01' } }]
  fake.answer('networks.topology', () => [
    { ...topology('c1.h.1', { unseen, observedAtMs: Date.UTC(2026, 0, 2, 12) }) },
    { hostId: 'c2.h.1', nodes: [], edges: [], unseen, observedAtMs: 0 },
  ])
  renderApp(fake, '/topology?view=list')
  expect(await screen.findByText(/^no link now, as seen .*2026/)).toBeVisible()
  expect(screen.queryByText('down though in use: eno2')).toBeNull()
})

test('a search leaves the hosts in which something was found', async () => {
  const user = userEvent.setup()
  renderApp(engine(3), '/topology?view=list')
  await screen.findByText('3 hosts')
  await user.type(screen.getByRole('searchbox'), 'kvm-02 web-10')
  await waitFor(() => expect(screen.queryByRole('region', { name: 'kvm-01' })).toBeNull())
  const found = screen.getByRole('region', { name: 'kvm-02' })
  expect(within(found).getByText('web-10')).toBeVisible()
  expect(within(found).queryByText('nfs-1')).toBeNull()
  await user.clear(screen.getByRole('searchbox'))
  await user.type(screen.getByRole('searchbox'), 'nobody')
  expect(await screen.findByText('Nothing matches “nobody”')).toBeVisible()
})

test('what cannot be read says why and can be tried again', async () => {
  const user = userEvent.setup()
  const fake = engine(1)
  const answer = topology()
  let isLost = true
  fake.answer('networks.topology', () => {
    if (isLost) throw new AppError({ kind: 'unreachable', code: 'link.lost', message: 'The link is lost.' })
    return [answer]
  })
  renderApp(fake, '/topology?view=list')
  expect(await screen.findByText(/The link is lost/)).toBeVisible()
  isLost = false
  await user.click(screen.getByRole('button', { name: 'Try now' }))
  expect(await screen.findByText('web-2')).toBeVisible()
  await waitFor(() => expect(screen.queryByText(/The link is lost/)).toBeNull())
})
