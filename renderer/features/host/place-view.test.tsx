import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { CloudResource, Host } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { account, cloudFacts, cloudMachine, place } from '../../lib/testing/region-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const PATH = '/hosts/c1.h.1'

function disk(id: string, change: Partial<CloudResource> = {}): CloudResource {
  const rest = { region: 'eu-central-1', zone: 'eu-central-1b', createdAtMs: 1, tags: ['env=prod'] }
  return { kind: 'disk', id, name: id, state: 'available', sizeBytes: 8 * 1_073_741_824, usedBy: [], properties: [], ...rest, ...change }
}

function engine(change: Partial<Host> = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', account(1)),
    put('host', place(1, change)),
    put('machine', { ...cloudMachine(1, 1), id: 'c1.m.eu-central-1%2Fi-1' }),
    put('machine', {
      ...cloudMachine(2, 1, { state: 'stopped', cloud: cloudFacts({ billing: 'compute' }) }),
      id: 'c1.m.eu-central-1%2Fi-2',
    }),
  ])
  fake.answer('events.list', () => ({ items: [], cursor: null }))
  return fake
}

test('a region: its machines with types and zones, how many in which state, what costs for nothing', async () => {
  renderApp(engine(), PATH)
  expect(await screen.findByRole('heading', { level: 1, name: 'eu-central-1' })).toBeVisible()
  const row = (await screen.findByRole('link', { name: 'web-1' })).closest('tr')
  expect(within(row as HTMLElement).getByText('m7i.large')).toBeVisible()
  const states = screen.getByRole('region', { name: 'Machines by state' })
  expect(within(states).getByText('1 machine is off and costs as if running.')).toBeVisible()
  expect(within(states).getByRole('link', { name: 'Show' })).toHaveAttribute(
    'href',
    `/fleet?q=${encodeURIComponent('host:eu-central-1 state:stopped billing:compute')}`,
  )
  const main = screen.getByRole('main')
  for (const text of ['Storage pools', 'Versions', 'Load', 'Topology']) expect(within(main).queryByText(text)).toBeNull()
})

test('one that cannot be read says why in words, and since when', async () => {
  const stale = { state: 'stale', sinceMs: Date.now() - 60_000, reason: 'cloud.timeout' } as const
  renderApp(engine({ freshness: stale }), PATH)
  const banner = await screen.findByRole('alert')
  expect(banner).toHaveTextContent(/^Not readable since/)
  expect(banner).toHaveTextContent('eu-central-1 did not answer in time; it may be down.')
  expect(screen.getByRole('button', { name: 'New machine…' })).toHaveAttribute('aria-disabled', 'true')
})

test('a reason that has no words of its own is shown by its code', async () => {
  renderApp(engine({ freshness: { state: 'stale', sinceMs: 1, reason: 'aws.odd' } }), PATH)
  expect(await screen.findByRole('alert')).toHaveTextContent('AWS does not answer for eu-central-1 (aws.odd).')
})

test('disks: who uses them, which cost unused, and what is native to each', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('clouds.resources', () => [
    disk('vol-used', { usedBy: ['eu-central-1/i-1'], state: 'in-use' }),
    disk('vol-free', { properties: [{ key: 'iops', value: '3000' }] }),
  ])
  renderApp(fake, `${PATH}?tab=disks`)
  expect(await screen.findByRole('link', { name: 'web-1' })).toHaveAttribute('href', '/machines/c1.m.eu-central-1%252Fi-1')
  expect(screen.getByText('not used, costs go on')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'vol-free' }))
  expect(screen.getByText('iops')).toBeVisible()
  expect(screen.getByText('3000')).toBeVisible()
  await user.click(screen.getByLabelText('Only unused (1)'))
  expect(screen.queryByText('vol-used')).toBeNull()
  await user.click(screen.getByLabelText('Only unused (1)'))
  await user.type(screen.getByRole('searchbox', { name: 'Search in: Disks' }), 'nowhere')
  expect(await screen.findByText('Nothing matches “nowhere”')).toBeVisible()
  // the page searches in what it has: the cloud was asked once
  expect(fake.calls.filter(({ method }) => method === 'clouds.resources').map(({ input }) => input)).toEqual([
    { hostId: 'c1.h.1', kind: 'disk', search: '' },
  ])
})

test('images are searched by the cloud itself', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('clouds.resources', ({ search }: { search: string }) =>
    search === 'debian' ? [disk('ami-9', { kind: 'image', name: 'debian-13-amd64' })] : [],
  )
  renderApp(fake, `${PATH}?tab=images`)
  expect(await screen.findByText('Images: none in eu-central-1')).toBeVisible()
  await user.type(screen.getByRole('searchbox', { name: 'Search in: Images' }), 'debian')
  expect(await screen.findByRole('button', { name: 'debian-13-amd64' })).toBeVisible()
})

test('networks and subnets stand on one tab, and one that cannot be read takes nothing from the other', async () => {
  const user = userEvent.setup()
  const fake = engine()
  let refused = true
  fake.answer('clouds.resources', ({ kind }: { kind: string }) => {
    if (kind === 'subnet' && refused) {
      throw new AppError({
        kind: 'forbidden',
        code: 'cloud.permission-missing',
        message: 'AWS does not allow this: ec2:DescribeSubnets is missing.',
      })
    }
    return [disk(`${kind}-1`, { kind: kind as 'network' })]
  })
  renderApp(fake, `${PATH}?tab=networks`)
  expect(await screen.findByRole('button', { name: 'network-1' })).toBeVisible()
  expect(await screen.findByText(/ec2:DescribeSubnets is missing/)).toBeVisible()
  refused = false
  await user.click(screen.getByRole('button', { name: 'Try now' }))
  expect(await screen.findByRole('button', { name: 'subnet-1' })).toBeVisible()
})

test('a new machine is made from here, and from the palette', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('clouds.types', () => [])
  fake.answer('clouds.resources', () => [])
  renderApp(fake, PATH)
  await user.click(await screen.findByRole('button', { name: 'New machine…' }))
  await waitFor(() => expect(window.location.pathname + window.location.search).toBe('/cloud-build?host=c1.h.1'))
})
