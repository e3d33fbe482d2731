import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import listPrices from '../../../../resources/list-prices.json' with { type: 'json' }
import { AppError } from '../../../../shared/errors/index.ts'
import type { CloudResource, CloudResourceKind, Connection, Host } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, put, workspace } from '../../../lib/testing/fleet-fixture.ts'
import { account, cloudMachine, place } from '../../../lib/testing/region-fixture.ts'
import { renderApp } from '../../../lib/testing/render-app.tsx'
import { dropCloudDraft, dropDraft, useDrafts } from '../drafts.ts'

// forms of other files are kept in the same modules
beforeEach(() => {
  dropDraft()
  dropCloudDraft()
})

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5 maja@workstation'

function resource(kind: CloudResourceKind, id: string, change: Partial<CloudResource> = {}): CloudResource {
  const rest = { region: null, zone: null, state: null, sizeBytes: null, createdAtMs: null, usedBy: [], tags: [], properties: [] }
  return { kind, id, name: id, ...rest, ...change }
}

const RESOURCES: Readonly<Partial<Record<CloudResourceKind, readonly CloudResource[]>>> = {
  image: [
    resource('image', 'ami-1', { name: 'debian-13-amd64' }),
    resource('image', 'ami-2', { name: 'debian-13-arm64', properties: [{ key: 'arch', value: 'arm64' }] }),
  ],
  subnet: [resource('subnet', 'subnet-1', { zone: 'eu-central-1a', properties: [{ key: 'network', value: 'vpc-1' }] })],
  firewall: [resource('firewall', 'sg-1', { name: 'web' }), resource('firewall', 'sg-2', { name: 'ssh' })],
  key: [resource('key', 'ops')],
}

function engine(around: { account?: Partial<Connection>; place?: Partial<Host> } = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', account(1, around.account)),
    put('host', place(1, around.place)),
    put('machine', cloudMachine(1, 1)),
  ])
  fake.answer('clouds.types', () => [
    { name: 't3.small', vcpus: 2, memoryKiB: 2 * 1_048_576, arch: 'x86_64', family: 't3', gpus: 0, reason: null },
    { name: 'm7i.large', vcpus: 2, memoryKiB: 8 * 1_048_576, arch: 'x86_64', family: 'm7i', gpus: 0, reason: null },
  ])
  fake.answer('clouds.prices', () => listPrices)
  fake.answer('clouds.resources', ({ kind, search }: { kind: CloudResourceKind; search: string }) =>
    (RESOURCES[kind] ?? []).filter(({ name }) => name.includes(search)),
  )
  fake.answer('clouds.create', () => ({ taskId: 't1' }))
  fake.answer('tasks.list', () => ({ items: [], cursor: null }))
  return fake
}

const created = (fake: FakeEngine) => fake.calls.filter(({ method }) => method === 'clouds.create').map(({ input }) => input)

async function pick(user: ReturnType<typeof userEvent.setup>, label: string, text: string, option: string | RegExp) {
  await user.click(await screen.findByRole('combobox', { name: label }))
  await user.keyboard(text)
  await user.click(await screen.findByRole('option', { name: option }))
}

async function chooseType(user: ReturnType<typeof userEvent.setup>, text: string, name: RegExp) {
  await user.clear(await screen.findByRole('textbox', { name: 'Find a type' }))
  await user.type(screen.getByRole('textbox', { name: 'Find a type' }), text)
  expect(await screen.findAllByRole('radio')).toHaveLength(1)
  await user.click(screen.getByRole('radio', { name }))
}

async function fillIn(user: ReturnType<typeof userEvent.setup>) {
  await user.type(await screen.findByLabelText('Name'), 'web-9')
  await pick(user, 'Image', 'debian', /debian-13-amd64/)
  await chooseType(user, '8 gib', /^m7i\.large/)
}

test('a machine of a region: chosen by search, made once, and its task is shown', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  await user.selectOptions(screen.getByLabelText('Subnet'), 'subnet-1')
  expect(screen.getByLabelText('Zone')).toBeDisabled()
  await user.click(screen.getByLabelText(/^web/))
  await user.click(screen.getByLabelText(/^Public address/))
  await user.selectOptions(screen.getByLabelText('Key of the account'), 'ops')
  await user.click(screen.getByRole('button', { name: 'Add a tag' }))
  await user.type(screen.getByLabelText('Key of tag 1'), 'env')
  await user.type(screen.getByLabelText('Value of tag 1'), 'prod')
  expect(screen.getByText('Nothing stands in the way.')).toBeVisible()
  await user.dblClick(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() => expect(window.location.pathname + window.location.search).toBe('/tasks?task=t1'))
  expect(created(fake)).toEqual([
    {
      hostId: 'c1.h.1',
      token: expect.any(String),
      spec: {
        name: 'web-9',
        zone: null,
        type: 'm7i.large',
        imageId: 'ami-1',
        subnetId: 'subnet-1',
        groupIds: ['sg-1'],
        publicAddress: true,
        keyName: 'ops',
        sshKey: null,
        user: null,
        tags: ['env=prod'],
      },
    },
  ])
})

test('the button says what is missing, and the check what would surprise', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/cloud-build?host=c1.h.1')
  await user.hover(await screen.findByRole('button', { name: 'Create machine' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('3 fields are not right yet. Name: Fill this in.')
  await fillIn(user)
  const side = screen.getByRole('complementary', { name: 'What will be made' })
  expect(within(side).getByText(/No key is given/)).toBeVisible()
  await user.clear(screen.getByLabelText('Name'))
  await user.type(screen.getByLabelText('Name'), 'web-1')
  expect(within(side).getByText('There is a machine named web-1 here already.')).toBeVisible()
})

test('after a lost reply the same machine is asked for with the same token, after a refusal with another', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const kinds = ['indeterminate', 'exhausted', 'exhausted'] as const
  let calls = 0
  fake.answer('clouds.create', () => {
    throw new AppError({ kind: kinds[calls++] ?? 'exhausted', code: 'cloud.quota', message: `Refused ${calls}.` })
  })
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  for (const count of [1, 2, 3]) {
    await user.click(screen.getByRole('button', { name: 'Create machine' }))
    expect(await screen.findByText(`Refused ${count}.`)).toBeVisible()
  }
  const tokens = created(fake).map((input) => (input as { token: string }).token)
  expect(tokens[0]).toBe(tokens[1])
  expect(tokens[2]).not.toBe(tokens[1])
  expect(screen.getByLabelText('Name')).toHaveValue('web-9')
})

test('an image that no search finds can be named', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await user.type(await screen.findByLabelText('Name'), 'web-9')
  await user.click(screen.getByRole('combobox', { name: 'Image' }))
  await user.keyboard('centos')
  expect(await screen.findByText(/The cloud knows none by these words|Nothing matches/)).toBeVisible()
  expect(within(screen.getByRole('listbox', { name: 'Type to search' })).queryByRole('option')).toBeNull()
  await user.keyboard('{Escape}')
  await pick(user, 'Image', 'ami-77', 'Take “ami-77” as it stands')
  await chooseType(user, 'small', /^t3\.small/)
  await user.click(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() => expect(created(fake)).toEqual([expect.objectContaining({ spec: expect.objectContaining({ imageId: 'ami-77' }) })]))
})

test('Google Cloud: a zone is needed, groups are words, and there are no keys to choose', async () => {
  const user = userEvent.setup()
  const fake = engine({ account: { providerId: 'gcp' }, place: { kind: 'project', name: 'kl-analytics' } })
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  expect(screen.queryByLabelText('Key of the account')).toBeNull()
  await user.type(screen.getByLabelText('Zone'), 'europe-west3-a')
  await user.type(screen.getByLabelText('Let in by'), 'http-server ssh')
  await user.click(screen.getByLabelText('SSH public key'))
  await user.paste(KEY)
  await user.type(screen.getByLabelText('User'), 'maja')
  await user.click(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() =>
    expect(created(fake)).toEqual([
      expect.objectContaining({
        spec: expect.objectContaining({ zone: 'europe-west3-a', groupIds: ['http-server', 'ssh'], sshKey: KEY, user: 'maja' }),
      }),
    ]),
  )
})

const ZONES = [resource('zone', 'us-central1-a'), resource('zone', 'europe-west3-b', { state: 'DOWN' }), resource('zone', 'europe-west3-a')]

/** A project, with an answer of its own for its zones. */
function project(zones: () => readonly CloudResource[]): FakeEngine {
  const fake = engine({ account: { providerId: 'gcp' }, place: { kind: 'project', name: 'kl-analytics' } })
  fake.answer('clouds.resources', ({ kind }: { kind: CloudResourceKind }) => (kind === 'zone' ? zones() : (RESOURCES[kind] ?? [])))
  return fake
}

test('a zone is chosen from what the project has; one that is down says so', async () => {
  const user = userEvent.setup()
  const fake = project(() => ZONES)
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  const zone = screen.getByLabelText('Zone')
  expect(within(zone).getAllByRole('option')).toHaveLength(4)
  const [none, ...zones] = within(zone).getAllByRole('option')
  expect(none).toHaveTextContent('choose a zone')
  expect(zones.map((option) => [option.textContent, (option as HTMLOptionElement).disabled])).toEqual([
    ['europe-west3-a', false],
    ['europe-west3-b – takes no new machines, the cloud says DOWN', true],
    ['us-central1-a', false],
  ])
  await user.hover(screen.getByRole('button', { name: 'Create machine' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('Zone: Choose the zone')
  await user.selectOptions(zone, 'us-central1-a')
  await user.click(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() =>
    expect(created(fake)).toEqual([expect.objectContaining({ spec: expect.objectContaining({ zone: 'us-central1-a' }) })]),
  )
})

test('where zones cannot be read, one is typed', async () => {
  const user = userEvent.setup()
  const fake = project(() => {
    throw new AppError({
      kind: 'forbidden',
      code: 'cloud.permission-missing',
      message: 'No.',
      details: { permission: 'compute.zones.list' },
    })
  })
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  await user.type(screen.getByLabelText('Zone'), 'europe-west3-a')
  expect(screen.getByLabelText('Zone')).toHaveValue('europe-west3-a')
})

test('where there are only clouds, a new machine is one of a cloud', async () => {
  renderApp(engine(), '/build')
  await waitFor(() => expect(window.location.pathname).toBe('/cloud-build'))
  expect(await screen.findByRole('combobox', { name: 'Where' })).toHaveValue('eu-central-1')
})

test('a region is no host of hypervisors: beside one, it is not offered there', async () => {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', account(1)),
    put('host', place(1)),
    put('connection', connection(2, { freshness: { state: 'stale', sinceMs: 1, reason: 'unreachable' }, status: 'offline' })),
    put('host', host(2)),
  ])
  fake.answer('build.catalogue', () => ({ version: 1, systems: [] }))
  renderApp(fake, '/build')
  expect(await screen.findByText('No host can be reached')).toBeVisible()
  expect(fake.calls.some(({ method }) => method === 'build.options')).toBe(false)
})

test('a region that cannot be read takes no machine, and says so', async () => {
  const user = userEvent.setup()
  const fake = engine({ place: { freshness: { state: 'stale', sinceMs: 1, reason: 'cloud.timeout' } } })
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await user.hover(await screen.findByRole('button', { name: 'Create machine' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('eu-central-1 cannot be read now.')
  expect(fake.calls.some(({ method }) => method === 'clouds.types')).toBe(false)
})

test('types are compared with the chosen one and the one before, by the list prices of the region', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/cloud-build?host=c1.h.1')
  const table = await screen.findByRole('table', { name: 'Types of machines' })
  const radio = (name: RegExp) => within(table).getByRole('radio', { name })
  await waitFor(() =>
    expect(
      within(table)
        .getAllByRole('radio')
        .map(({ id }) => id),
    ).toEqual(['type-t3.small', 'type-m7i.large']),
  )
  expect(within(table).getByRole('row', { name: /m7i\.large/ })).toHaveTextContent(/\$0\.12\d+.*–$/)
  await user.click(radio(/^t3\.small/))
  expect(within(table).getByRole('row', { name: /m7i\.large/ })).toHaveTextContent(/\+\$\d+ a month list$/)
  expect(screen.queryByRole('table', { name: /chosen before/ })).not.toBeInTheDocument()
  await user.click(radio(/^m7i\.large/))
  expect(within(table).getByRole('row', { name: /t3\.small/ })).toHaveTextContent(/−\$\d+ a month list$/)
  const comparison = screen.getByRole('table', { name: 'The chosen type beside the one chosen before' })
  expect(within(comparison).getByRole('columnheader', { name: 'Before: t3.small' })).toBeVisible()
  expect(within(comparison).getByRole('row', { name: /^Memory/ })).toHaveTextContent(/2.*8/)
})

test('Enter in the search of types makes no machine', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await fillIn(user)
  await user.type(screen.getByRole('textbox', { name: 'Find a type' }), '{Enter}')
  screen.getByRole('radio', { name: /^m7i\.large/ }).focus()
  await user.keyboard('{Enter}')
  expect(created(fake)).toEqual([])
  await user.type(screen.getByLabelText('Name'), '{Enter}')
  await waitFor(() => expect(created(fake)).toHaveLength(1))
})

test('types that the chosen image does not run on are left out, and say why when asked for', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/cloud-build?host=c1.h.1')
  await pick(user, 'Image', 'arm64', /debian-13-arm64/)
  await waitFor(() => expect(screen.queryByRole('radio')).not.toBeInTheDocument())
  await user.click(screen.getByRole('checkbox', { name: 'Show the 2 that do not fit' }))
  expect(screen.getAllByText('The chosen image is for arm64.')).toHaveLength(2)
  for (const radio of screen.getAllByRole('radio')) expect(radio).toBeDisabled()
})

test('prices of Google Cloud wait for the zone', async () => {
  const user = userEvent.setup()
  const fake = engine({ account: { providerId: 'gcp' }, place: { kind: 'project', name: 'kl-analytics' } })
  fake.answer('clouds.types', () => [
    { name: 'e2-small', vcpus: 2, memoryKiB: 2 * 1_048_576, arch: 'x86_64', family: 'e2', gpus: 0, reason: null },
  ])
  renderApp(fake, '/cloud-build?host=c1.h.1')
  expect(await screen.findByText('Prices stand here once a zone is chosen.')).toBeVisible()
  await user.type(screen.getByLabelText('Zone'), 'europe-west3-a')
  expect(await screen.findByText(/^list price, /)).toBeVisible()
})

test('the form is there again as it was left, but for a private key, until it is discarded or made', async () => {
  const user = userEvent.setup()
  const fake = engine()
  let view = renderApp(fake, '/cloud-build?host=c1.h.1')
  const leave = async () => {
    view.unmount()
    view = renderApp(fake, '/cloud-build')
    await screen.findByLabelText('Name')
  }
  await fillIn(user)
  await user.click(screen.getByLabelText('SSH public key'))
  await user.paste(KEY)
  await leave()
  expect(screen.getByLabelText('Name')).toHaveValue('web-9')
  expect(screen.getByRole('combobox', { name: 'Image' })).toHaveValue('debian-13-amd64')
  expect(await screen.findByRole('radio', { name: /^m7i\.large/ })).toBeChecked()
  expect(screen.getByLabelText('SSH public key')).toHaveValue(KEY)

  await user.clear(screen.getByLabelText('SSH public key'))
  await user.paste('-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk')
  await leave()
  expect(screen.getByLabelText('SSH public key')).toHaveValue('')
  expect(JSON.stringify(useDrafts.getState())).not.toContain('PRIVATE')

  await user.click(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() => expect(window.location.pathname).toBe('/tasks'))
  await leave()
  expect(screen.getByLabelText('Name')).toHaveValue('')

  await user.type(screen.getByLabelText('Name'), 'web-10')
  await user.click(screen.getByRole('button', { name: 'Start over' }))
  expect(screen.getByLabelText('Name')).toHaveValue('')
  await leave()
  expect(screen.getByLabelText('Name')).toHaveValue('')
})

test('what may not be read says which permission is missing, and a type is named by hand', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const denied = (permission: string) => () => {
    throw new AppError({
      kind: 'forbidden',
      code: 'cloud.permission-missing',
      message: `${permission} is missing.`,
      details: { permission },
    })
  }
  fake.answer('clouds.types', denied('ec2:DescribeInstanceTypes'))
  fake.answer('clouds.resources', ({ kind }: { kind: CloudResourceKind }) =>
    kind === 'firewall' || kind === 'key' ? denied(`ec2:${kind}`)() : (RESOURCES[kind] ?? []),
  )
  renderApp(fake, '/cloud-build?host=c1.h.1')
  await user.type(await screen.findByRole('textbox', { name: 'Type' }), 't3.nano')
  expect(screen.getByRole('textbox', { name: 'Type' })).toHaveAccessibleDescription(/ec2:DescribeInstanceTypes/)
  expect(screen.getByText(/ec2:firewall/)).toBeVisible()
  expect(screen.queryByText(/No security groups are known/)).not.toBeInTheDocument()
  expect(screen.getByLabelText('Key of the account')).toHaveAccessibleDescription(/ec2:key/)
  await user.type(screen.getByLabelText('Name'), 'web-9')
  await pick(user, 'Image', 'amd64', /debian-13-amd64/)
  await user.click(screen.getByRole('button', { name: 'Create machine' }))
  await waitFor(() => expect(created(fake)).toEqual([expect.objectContaining({ spec: expect.objectContaining({ type: 't3.nano' }) })]))
})
