import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { Connection } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const id = (ref: string) => `c1.h.${ref}` as ReturnType<typeof host>['id']

function engine(change: Partial<Connection> = {}): FakeEngine {
  const account = connection(1, { providerId: 'aws', name: 'aws-logistics', address: 'AKIA1 @ aws', ...change })
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', account),
    put('connection', connection(2)),
    put('host', host(1, { id: id('eu-west-1'), name: 'eu-west-1', kind: 'region' })),
    put(
      'host',
      host(1, {
        id: id('us-east-1'),
        name: 'us-east-1',
        kind: 'region',
        freshness: { state: 'stale', sinceMs: Date.now() - 270_000, reason: 'cloud.throttled' },
        observedAtMs: Date.now() - 270_000,
      }),
    ),
    put('machine', machine(1, 1, { hostId: id('eu-west-1') })),
  ])
  fake.answer('clouds.budget', () => ({ usedLastMinute: 540, perMinute: 600, throttledUntilMs: Date.now() + 30_000 }))
  fake.answer('clouds.permissions', () => [{ name: 'ec2:StopInstances', state: 'missing', features: ['power'], scope: null, detail: null }])
  return fake
}

const asked = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).length

test('an account opens to its regions with their freshness, its calls, and on demand its permissions', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/connections')
  const table = await screen.findByRole('table')
  expect(within(table).getByRole('cell', { name: 'AWS' })).toBeVisible()
  expect(within(table).queryByRole('button', { name: 'Details of kvm-02' })).not.toBeInTheDocument()
  expect(asked(fake, 'clouds.budget')).toBe(0)
  const opener = within(table).getByRole('button', { name: 'Details of aws-logistics' })
  await user.click(opener)
  expect(opener).toHaveAttribute('aria-expanded', 'true')
  const regions = within(screen.getByRole('region', { name: 'Regions' }))
  const [, down] = regions.getAllByRole('listitem')
  expect(regions.getByText('1 machine')).toBeVisible()
  expect(down).toHaveTextContent(/us-east-1.*4.min ago.*asks for fewer calls/)
  expect(await screen.findByText('540 of 600 a minute')).toBeVisible()
  expect(screen.getByText(/^The cloud asks for fewer calls\. The console waits until/)).toBeVisible()
  expect(asked(fake, 'clouds.permissions')).toBe(0)
  await user.click(screen.getByRole('button', { name: 'Check the permissions' }))
  expect(await screen.findByText('ec2:StopInstances')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Check them again' })).toBeEnabled()
  await user.click(opener)
  expect(screen.queryByRole('region', { name: 'Regions' })).not.toBeInTheDocument()
})

test('an account that is not there is not asked, and shows what was known', async () => {
  const user = userEvent.setup()
  const fake = engine({ status: 'offline', freshness: { state: 'stale', sinceMs: Date.now(), reason: 'cloud.unreachable' } })
  renderApp(fake, '/connections')
  await user.click(await screen.findByRole('button', { name: 'Details of aws-logistics' }))
  expect(within(screen.getByRole('main')).getByText('eu-west-1')).toBeVisible()
  expect(screen.getByText('Nothing is asked while the account is not online.')).toBeVisible()
  // said once, of the account
  expect(screen.queryByText(/cannot be reached/)).not.toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Check the permissions' })).not.toBeInTheDocument()
  expect(asked(fake, 'clouds.budget')).toBe(0)
})

test('forgetting an account says what goes on: nothing of a host key, nothing of a password', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/connections')
  await user.click(await screen.findByRole('button', { name: 'Actions for aws-logistics' }))
  expect(screen.queryByRole('menuitem', { name: /host key/ })).not.toBeInTheDocument()
  await user.click(await screen.findByRole('menuitem', { name: 'Forget…' }))
  const dialog = await screen.findByRole('dialog')
  await waitFor(() => expect(dialog).toHaveTextContent('its machines go on running, and go on costing'))
  expect(dialog).toHaveTextContent('2 regions')
  expect(dialog).not.toHaveTextContent('passphrase')
})

test('an account that uses the login of the cloud’s own tool says how that is had anew', async () => {
  const error = { kind: 'unauthenticated', code: 'cloud.credentials-expired', message: 'expired' } as const
  renderApp(engine({ status: 'needs-attention', config: { login: 'profile', profile: 'prod' }, error }), '/connections')
  expect(await screen.findByText('aws sso login --profile prod')).toBeVisible()
  expect(screen.getByRole('button', { name: 'Copy aws sso login --profile prod' })).toBeEnabled()
  expect(screen.getByRole('button', { name: 'Try now' })).toBeEnabled()
})
