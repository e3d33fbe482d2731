import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { CheckMessage, CloudPermission, Connection } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, put, WORKSPACE, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const list = { type: 'array', items: { type: 'string' } }

const PROVIDERS = [
  {
    id: 'aws',
    label: 'Amazon Web Services',
    configSchema: {
      properties: {
        login: { enum: ['keys', 'profile'], default: 'keys' },
        accessKeyId: { type: 'string' },
        profile: { type: 'string' },
        regions: list,
      },
    },
    secrets: [
      { name: 'secretAccessKey', label: 'Secret access key', multiline: false },
      { name: 'sessionToken', label: 'Session token', multiline: false },
    ],
    secretTargets: ['login', 'accessKeyId'],
    discovers: false,
  },
  {
    id: 'gcp',
    label: 'Google Cloud',
    configSchema: { properties: { login: { enum: ['key', 'adc'], default: 'key' }, projects: list } },
    secrets: [{ name: 'key', label: 'Key', multiline: true }],
    secretTargets: ['login'],
    discovers: false,
  },
]

function permission(name: string, state: CloudPermission['state'], change: Partial<CloudPermission> = {}): CheckMessage {
  return { type: 'permission', permission: { name, state, features: [], scope: null, detail: null, ...change } }
}

function step(id: 'reach' | 'login' | 'places' | 'permission'): CheckMessage {
  return { type: 'step', step: { id, state: 'ok', detail: id, error: null } }
}

const REGIONS: CheckMessage = {
  type: 'choices',
  choices: {
    field: 'regions',
    choices: [
      { value: 'eu-central-1', label: 'eu-central-1', disabledReason: null },
      { value: 'eu-west-1', label: 'eu-west-1', disabledReason: null },
      { value: 'me-south-1', label: 'me-south-1', disabledReason: 'Not enabled for this account.' },
    ],
  },
}

async function* stream(messages: readonly CheckMessage[]): AsyncIterableIterator<CheckMessage> {
  await Promise.resolve()
  yield* messages
  yield { type: 'done', ok: true, machines: 12, versions: [{ name: 'EC2', version: '2016-11-15' }] }
}

function engine(found: readonly CheckMessage[], known: Connection = connection(1)): FakeEngine {
  const fake = new FakeEngine([put('workspace', workspace()), put('connection', known)])
  fake.answer('connections.providers', () => PROVIDERS)
  fake.answer('connections.check', () => stream(found))
  fake.answer('connections.add', () => connection(9, { providerId: 'aws' }))
  return fake
}

const added = (fake: FakeEngine) => fake.calls.find((call) => call.method === 'connections.add')?.input
const checks = (fake: FakeEngine) => fake.calls.filter((call) => call.method === 'connections.check').length

test('only what the way of logging in needs is asked for, and only that is sent', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  renderApp(fake, '/connections/add?provider=aws')
  await user.type(await screen.findByLabelText('Access key ID'), 'AKIA1')
  await user.type(screen.getByLabelText('Secret access key'), 'geheim')
  expect(screen.queryByLabelText('Session token')).not.toBeInTheDocument()
  await user.clear(screen.getByLabelText('Access key ID'))
  await user.type(screen.getByLabelText('Access key ID'), 'ASIA1')
  expect(screen.getByLabelText('Session token')).toHaveAttribute('type', 'password')
  expect(screen.queryByLabelText('Profile')).not.toBeInTheDocument()
  await user.selectOptions(screen.getByLabelText('Login'), 'profile')
  expect(screen.queryByLabelText('Secret access key')).not.toBeInTheDocument()
  await user.type(screen.getByLabelText('Profile'), 'prod')
  expect(screen.getByLabelText('Name')).toHaveAttribute('placeholder', 'prod')
  await user.click(screen.getByRole('button', { name: 'Add without a check' }))
  await waitFor(() => expect(added(fake)).toMatchObject({ workspaceId: WORKSPACE, providerId: 'aws', name: 'prod', secrets: {} }))
})

test('regions are picked from what the check found; a part of it needs no other check, another one does', async () => {
  const user = userEvent.setup()
  const fake = engine([step('reach'), step('login'), REGIONS, step('places'), step('permission')])
  renderApp(fake, '/connections/add?provider=aws')
  const field = await screen.findByLabelText('Regions')
  expect(screen.getByText('All that the account has enabled')).toBeVisible()
  expect(screen.queryByText('Host key')).not.toBeInTheDocument()
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  const group = await screen.findByRole('group', { name: 'Regions' })
  expect(within(group).getByLabelText(/^me-south-1/)).toBeDisabled()
  expect(within(group).getByLabelText(/^me-south-1/)).toHaveAccessibleDescription('Not enabled for this account.')
  expect(await screen.findByText('12 machines found.')).toBeVisible()
  await user.type(field, 'west')
  expect(within(group).queryByLabelText('eu-central-1')).not.toBeInTheDocument()
  await user.keyboard('{Enter}')
  expect(within(group).getByLabelText('eu-west-1')).toBeChecked()
  expect(within(group).getByLabelText('eu-central-1')).not.toBeChecked()
  // narrower than what was checked: it can be added at once, though the number of machines is no longer that one
  expect(screen.getByRole('button', { name: 'Add account' })).toBeEnabled()
  expect(screen.queryByText(/12 machines/)).not.toBeInTheDocument()
  await user.type(field, 'xx-north-9')
  await user.click(within(group).getByRole('button', { name: 'Add “xx-north-9”' }))
  expect(screen.getByText('2 chosen')).toBeVisible()
  // nobody has looked there yet
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  await user.click(await screen.findByRole('button', { name: 'Add account' }))
  await waitFor(() => expect(added(fake)).toMatchObject({ name: 'AWS', config: { login: 'keys', regions: ['eu-west-1', 'xx-north-9'] } }))
  expect(checks(fake)).toBe(2)
})

test('without a check a region is typed by hand, one or several', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  renderApp(fake, '/connections/add?provider=aws')
  await user.type(await screen.findByLabelText('Regions'), 'eu-west-1, eu-west-2')
  await user.click(screen.getByRole('button', { name: 'Add without a check' }))
  await waitFor(() => expect(added(fake)).toMatchObject({ config: { regions: ['eu-west-1', 'eu-west-2'] } }))
})

test('what is missing stands first with what it takes away, and hinders nothing', async () => {
  const user = userEvent.setup()
  const fake = engine([
    permission('ec2:DescribeInstances', 'granted', { features: ['inventory'] }),
    permission('ec2:DescribeTags', 'granted', { features: ['tags'] }),
    permission('ec2:StopInstances', 'missing', { features: ['power'], detail: 'explicit deny' }),
    permission('ssm:SendCommand', 'unknown', { features: ['run-command'] }),
  ])
  renderApp(fake, '/connections/add?provider=aws')
  await user.click(await screen.findByRole('button', { name: 'Check the connection' }))
  const section = await screen.findByRole('region', { name: 'Permissions' })
  expect(within(section).getByText('1 permission is missing.')).toBeVisible()
  expect(section).toHaveTextContent('Will not work: start, stop and restart.')
  expect(within(section).getByText('ec2:StopInstances')).toBeVisible()
  expect(within(section).getByText('explicit deny')).not.toBeVisible()
  await user.click(within(section).getByText('What the cloud says'))
  expect(within(section).getByText('explicit deny')).toBeVisible()
  expect(screen.getByText('It answers. Some permissions are missing: see on the right.')).toBeVisible()
  expect(within(section).getByText('ec2:DescribeTags')).not.toBeVisible()
  await user.click(within(section).getByText('2 are granted'))
  expect(within(section).getByText('ec2:DescribeTags')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Add account' }))
  await waitFor(() => expect(added(fake)).toBeDefined())
})

test('the policy is there to copy before there is any login', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  fake.answer('clouds.policies', () => [
    { id: 'read', format: 'json', text: '{"read":1}' },
    { id: 'operate', format: 'json', text: '{"operate":1}' },
  ])
  renderApp(fake, '/connections/add?provider=aws')
  await user.type(await screen.findByLabelText('Regions'), 'eu-west-1{Enter}')
  await user.click(screen.getByRole('button', { name: 'Minimal policy to copy' }))
  const text = await screen.findByRole('textbox', { name: 'Minimal policy' })
  await waitFor(() => expect(text).toHaveValue('{"read":1}'))
  expect(text).toHaveAttribute('readonly')
  await user.click(screen.getByRole('radio', { name: 'Look and act' }))
  expect(text).toHaveValue('{"operate":1}')
  await user.click(screen.getByRole('button', { name: 'Copy Minimal policy' }))
  expect(await navigator.clipboard.readText()).toBe('{"operate":1}')
  expect(fake.calls.find((call) => call.method === 'clouds.policies')?.input).toMatchObject({ config: { regions: ['eu-west-1'] } })
})

test('a key comes out of its file, and says whose it is', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  const { container } = renderApp(fake, '/connections/add?provider=gcp')
  const key = await screen.findByLabelText('Key file (JSON)')
  const picker = container.querySelector<HTMLInputElement>('input[type=file]')
  if (!picker) throw new Error('no file picker')
  await user.upload(picker, new File(['\0\x01'], 'key.pfx'))
  expect(await screen.findByText(/^This file is no text/)).toBeVisible()
  const text = JSON.stringify({ type: 'service_account', client_email: 'nova@lab.example', project_id: 'lab', private_key: 'none' })
  await user.upload(picker, new File([text], 'key.json', { type: 'application/json' }))
  expect(await screen.findByText('nova@lab.example, project lab')).toBeVisible()
  expect(key).toHaveValue(text)
  expect(screen.getByLabelText('Name')).toHaveAttribute('placeholder', 'lab')
  await user.selectOptions(screen.getByLabelText('Login'), 'adc')
  expect(screen.queryByLabelText('Key file (JSON)')).not.toBeInTheDocument()
  expect(screen.getByText('All that can be found')).toBeVisible()
})

test('what the engine says of one entry stands under its list', async () => {
  const user = userEvent.setup()
  const fake = engine([])
  fake.answer('connections.add', () => {
    const issues = [{ path: 'regions.1', message: 'Write regions as eu-central-1' }]
    throw new AppError({ kind: 'invalid-input', code: 'connection.bad-config', message: 'bad', details: { issues } })
  })
  renderApp(fake, '/connections/add?provider=aws')
  await user.click(await screen.findByRole('button', { name: 'Add without a check' }))
  expect(await screen.findByLabelText('Regions')).toHaveAccessibleDescription(/Write regions as eu-central-1\./)
})

test('an account that is changed keeps its secret, and can be asked for all regions again', async () => {
  const user = userEvent.setup()
  const kept = connection(1, { providerId: 'aws', config: { login: 'keys', accessKeyId: 'AKIA1', regions: ['eu-west-1'] } })
  const fake = engine([], kept)
  fake.answer('connections.update', () => kept)
  renderApp(fake, '/connections/c1/edit')
  expect(await screen.findByLabelText('Secret access key')).toHaveAccessibleDescription('Left empty: what is kept stays.')
  expect(screen.getByLabelText('eu-west-1')).toBeChecked()
  await user.click(screen.getByRole('button', { name: 'Clear the choice' }))
  await user.click(screen.getByRole('button', { name: 'Save without a check' }))
  await waitFor(() => expect(fake.calls.some((call) => call.method === 'connections.update')).toBe(true))
  const sent = fake.calls.find((call) => call.method === 'connections.update')?.input
  expect(sent).toMatchObject({ config: { login: 'keys', accessKeyId: 'AKIA1' } })
  expect(sent).not.toHaveProperty('secrets')
  expect(sent).not.toHaveProperty('config.regions')
})
