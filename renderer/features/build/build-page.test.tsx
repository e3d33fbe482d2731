import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { BuildFinding } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'
import { dropDraft } from './drafts.ts'
import { options, system, windows } from './testing/options.ts'

const KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGxzb21la2V5 maja@workstation'

beforeEach(dropDraft)

function engine(findings: (input: { first: number }) => readonly BuildFinding[] = () => []): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
  ])
  fake.answer('build.catalogue', () => ({ version: 1, systems: [system('debian13', { name: 'Debian 13' }), windows()] }))
  fake.answer('build.options', () => options())
  fake.answer('volumes.list', () => [
    {
      name: 'debian13.qcow2',
      path: '/p/debian13.qcow2',
      format: 'qcow2',
      capacityBytes: 3e9,
      allocationBytes: 4e8,
      backingPath: null,
      usedBy: [],
    },
    {
      name: 'web-1.qcow2',
      path: '/p/web-1.qcow2',
      format: 'qcow2',
      capacityBytes: 3e9,
      allocationBytes: 4e8,
      backingPath: null,
      usedBy: ['web-1'],
    },
    {
      name: 'debian-13.iso',
      path: '/p/debian-13.iso',
      format: 'iso',
      capacityBytes: 7e8,
      allocationBytes: 7e8,
      backingPath: null,
      usedBy: [],
    },
  ])
  fake.answer('volumes.abilities', () => ({ fetch: null, convert: null, formats: [] }))
  fake.answer('build.check', (input: { first: number }) => ({ names: ['web-01'], findings: findings(input) }))
  fake.answer('build.create', () => ({ taskId: 't1', names: ['web-01', 'web-02', 'web-03'] }))
  return fake
}

function sent(fake: FakeEngine, method: string): readonly Record<string, unknown>[] {
  return fake.calls.filter((call) => call.method === method).map((call) => call.input as Record<string, unknown>)
}

async function fillIn(user: ReturnType<typeof userEvent.setup>) {
  await user.click(await screen.findByLabelText('Name'))
  await user.paste('web-{nn}')
  await user.clear(screen.getByLabelText('How many'))
  await user.type(screen.getByLabelText('How many'), '3')
  await user.type(screen.getByLabelText('User'), 'maja')
  await user.click(screen.getByLabelText('SSH public keys'))
  await user.paste(KEY)
}

test('three machines from the catalogue’s image, with a user and a key', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/build')
  await fillIn(user)
  // the image that the catalogue knows lies in the pool already
  expect(screen.getByRole('combobox', { name: 'Cloud image' })).toHaveValue('debian13.qcow2')
  await screen.findByText('Nothing stands in the way.')
  const create = screen.getByRole('button', { name: 'Create 3 machines' })
  await user.dblClick(create)
  await waitFor(() => expect(window.location.pathname).toBe('/fleet'))
  expect(new URLSearchParams(window.location.search).get('q')).toBe('name:web-01 | name:web-02 | name:web-03')
  expect(sent(fake, 'build.create')).toEqual([
    expect.objectContaining({
      hostId: 'c1.h.1',
      name: 'web-{nn}',
      count: 3,
      token: expect.any(String),
      cloudInit: expect.objectContaining({ user: expect.objectContaining({ name: 'maja', sshKeys: [KEY] }) }),
      spec: expect.objectContaining({ os: 'debian13', memoryMiB: 2_048 }),
    }),
  ])
})

test('a button that cannot be pressed says why, and leads to the field', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/build')
  const create = await screen.findByRole('button', { name: 'Create machine' })
  await user.hover(create)
  expect(await screen.findByRole('tooltip')).toHaveTextContent('Name: Fill this in.')
  await user.click(within(screen.getByRole('complementary')).getByRole('button', { name: 'Name' }))
  expect(screen.getByLabelText('Name')).toHaveFocus()
})

test('what was typed wrong is said at its field once somebody has been there', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/build')
  const memory = await screen.findByLabelText('Memory')
  expect(memory).toHaveValue('2')
  await user.clear(memory)
  await user.type(memory, 'much')
  expect(memory).toHaveAttribute('aria-invalid', 'false')
  await user.tab()
  expect(memory).toHaveAttribute('aria-invalid', 'true')
  expect(memory).toHaveAccessibleDescription(/A number is wanted/)
  await user.clear(memory)
  await user.type(memory, '4.5')
  expect(memory).toHaveAttribute('aria-invalid', 'false')
})

test('a finding blocks, and its mend goes into the form and is checked again', async () => {
  const user = userEvent.setup()
  const taken: BuildFinding = {
    code: 'build.name-taken',
    severity: 'blocks',
    field: 'name',
    text: 'Taken.',
    params: { names: 'web-01' },
    mend: { code: 'build.next-number', field: 'first', value: 4 },
  }
  const fake = engine(({ first }) => (first === 4 ? [] : [taken]))
  renderApp(fake, '/build')
  await fillIn(user)
  const side = screen.getByRole('complementary')
  await user.click(await within(side).findByRole('button', { name: 'Begin at number 4' }))
  await within(side).findByText('Nothing stands in the way.')
  expect(within(side).getByText('web-06')).toBeVisible()
  expect(sent(fake, 'build.check').at(-1)).toMatchObject({ first: 4 })
})

test('an answer that comes too late for its question is not shown', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const late: ((answer: unknown) => void)[] = []
  fake.answer('build.check', () => new Promise((resolve) => late.push(resolve)))
  renderApp(fake, '/build')
  await fillIn(user)
  await waitFor(() => expect(late).not.toHaveLength(0))
  await user.type(screen.getByLabelText('Packages'), 'nginx')
  await waitFor(() => expect(JSON.stringify(sent(fake, 'build.check').at(-1))).toContain('nginx'))
  late.at(-1)?.({ names: [], findings: [] })
  await screen.findByText('Nothing stands in the way.')
  late[0]?.({ names: [], findings: [{ code: 'x.y', severity: 'blocks', field: null, text: 'Of the past.', params: {}, mend: null }] })
  await new Promise((resolve) => setTimeout(resolve))
  expect(screen.queryByText('Of the past.')).toBeNull()
})

test('an error keeps the form; the password is in no check and in no draft', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('build.create', () => {
    throw new AppError({ kind: 'conflict', code: 'build.name-taken', message: 'The host has a machine named web-02 already.' })
  })
  const { unmount } = renderApp(fake, '/build')
  await fillIn(user)
  await user.type(screen.getByLabelText('Password'), 'open sesame')
  await screen.findByText('Nothing stands in the way.')
  await user.click(screen.getByRole('button', { name: 'Create 3 machines' }))
  expect(await screen.findByText('The host has a machine named web-02 already.')).toBeVisible()
  expect(screen.getByLabelText('Name')).toHaveValue('web-{nn}')
  expect(screen.getByLabelText('Password')).toHaveValue('open sesame')
  expect(JSON.stringify(sent(fake, 'build.check'))).not.toContain('open sesame')
  expect(sent(fake, 'build.create')[0]).toMatchObject({ cloudInit: { user: { password: 'open sesame' } } })
  unmount()
  renderApp(engine(), '/build')
  expect(await screen.findByLabelText('Name')).toHaveValue('web-{nn}')
  expect(screen.getByLabelText('Password')).toHaveValue('')
})

test('another system brings its needs, an ISO its drive', async () => {
  const user = userEvent.setup()
  const fake = engine()
  renderApp(fake, '/build')
  await user.click(await screen.findByRole('combobox', { name: 'Operating system' }))
  await user.type(screen.getByRole('combobox', { name: 'Operating system' }), 'windows{Enter}')
  expect(screen.getByLabelText('Memory')).toHaveValue('8')
  expect(screen.getByLabelText('TPM 2.0')).toBeChecked()
  expect(screen.getByRole('option', { name: /^UEFI with Secure Boot – / })).toBeDisabled()
  await user.click(screen.getByRole('radio', { name: /^Installation ISO/ }))
  const iso = screen.getByRole('combobox', { name: 'Installation ISO' })
  await user.click(iso)
  expect(screen.getAllByRole('option', { name: /\.(iso|qcow2)/ }).map((one) => one.textContent)).toEqual([
    expect.stringContaining('debian-13.iso'),
  ])
  await user.keyboard('{Enter}')
  await user.type(screen.getByLabelText('Name'), 'desk')
  await waitFor(() =>
    expect(sent(fake, 'build.check').at(-1)).toMatchObject({
      cloudInit: null,
      spec: { media: [{ pool: 'default', volume: 'debian-13.iso' }], boot: ['disk', 'cdrom'], disks: [{ bus: 'sata' }], tpm: true },
    }),
  )
})

test('the definition is shown with what differs, and with what the hypervisor says against it', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('build.preview', () => ({
    name: 'web-01',
    xml: '<domain>\n  <memory>2</memory>\n</domain>\n',
    baseXml: '<domain>\n  <memory>1</memory>\n</domain>\n',
    complaint: { code: 'libvirt.xml-error', text: 'unsupported configuration' },
  }))
  renderApp(fake, '/build')
  await fillIn(user)
  await user.click(screen.getByRole('button', { name: 'Show definition' }))
  expect(await screen.findByText(/unsupported configuration/)).toBeVisible()
  expect(screen.getByText('2 lines differ from the host’s defaults')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Back to the form' }))
  expect(screen.getByLabelText('Name')).toHaveValue('web-{nn}')
})

test('a private key taken by mistake is refused', async () => {
  const user = userEvent.setup()
  renderApp(engine(), '/build')
  await user.type(await screen.findByLabelText('User'), 'maja')
  const file = new File(['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n'], 'id_ed25519')
  await user.upload(screen.getByLabelText(/^Add from a file/, { selector: 'input' }), file)
  expect(await screen.findByText(/id_ed25519 is a private key/)).toBeVisible()
  await user.upload(screen.getByLabelText(/^Add from a file/, { selector: 'input' }), new File([`${KEY}\n`], 'id_ed25519.pub'))
  expect(await screen.findByLabelText('SSH public keys')).toHaveValue(KEY)
})

test('own user-data is judged while it is written, and each mark leads to its place', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('build.checkUserData', ({ userData }: { userData: string }) =>
    userData.includes('\t')
      ? { kind: null, problem: { line: 2, column: 1, reason: 'tab-as-indent', text: 'Tabs.' }, unknownKeys: [] }
      : { kind: 'cloud-config', problem: null, unknownKeys: [{ key: 'pakages', line: 2, column: 1 }] },
  )
  renderApp(fake, '/build')
  await user.click(await screen.findByRole('radio', { name: /^Own user-data/ }))
  const editor = screen.getByLabelText<HTMLTextAreaElement>('user-data')
  await user.click(editor)
  await user.paste('#cloud-config\n\tpackages: []')
  await user.click(await screen.findByRole('button', { name: /^Line 2, column 1: A tab cannot indent/ }))
  expect(editor).toHaveFocus()
  expect(editor.selectionStart).toBe('#cloud-config\n'.length)
  await user.clear(editor)
  await user.paste('#cloud-config\npakages: []')
  expect(await screen.findByRole('button', { name: /cloud-init does not know “pakages”/ })).toBeVisible()
})

test('the host downloads an image while the form is filled in, and it is chosen once it is there', async () => {
  const user = userEvent.setup()
  const fake = engine()
  const there: unknown[] = []
  fake.answer('volumes.list', () => [...there])
  fake.answer('volumes.fetch', () => ({ taskId: 't7' }))
  renderApp(fake, '/build')
  await user.click(await screen.findByRole('button', { name: 'Have the host download it to default' }))
  await waitFor(() => expect(sent(fake, 'volumes.fetch')).toHaveLength(1))
  expect(sent(fake, 'volumes.fetch')[0]).toMatchObject({
    poolId: 'c1.p.1',
    name: 'debian13.qcow2',
    url: 'https://images.example.org/debian13.qcow2',
  })
  fake.push(put('task', task(7, { kind: 'volume.fetch', state: 'running' })))
  await waitFor(() => expect(screen.getByRole('progressbar', { name: 'Downloaded' })).toHaveAttribute('aria-valuenow', '40'))
  there.push({
    name: 'debian13.qcow2',
    path: '/p/d',
    format: 'qcow2',
    capacityBytes: 3e9,
    allocationBytes: 4e8,
    backingPath: null,
    usedBy: [],
  })
  fake.push(put('task', task(7, { kind: 'volume.fetch', state: 'succeeded', revision: 2 })))
  await waitFor(() => expect(screen.getByRole('combobox', { name: 'Cloud image' })).toHaveValue('debian13.qcow2'))
})

test('a download that fails says why, in the form', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.answer('volumes.list', () => [])
  fake.answer('volumes.fetch', () => ({ taskId: 't7' }))
  renderApp(fake, '/build')
  await user.click(await screen.findByRole('button', { name: 'Have the host download it to default' }))
  const error = { kind: 'exhausted', code: 'volume.pool-full', message: 'The pool default is full.' } as const
  fake.push(put('task', task(7, { kind: 'volume.fetch', state: 'failed', error })))
  expect(await screen.findByText('The pool default is full.')).toBeVisible()
})

test('a host that does not answer leaves the form as it is', async () => {
  const user = userEvent.setup()
  const fake = engine()
  fake.push(put('connection', connection(2)), put('host', host(2)))
  fake.answer('build.options', ({ hostId }: { hostId: string }) => {
    if (hostId === 'c1.h.1') return options()
    throw new AppError({ kind: 'unreachable', code: 'link.not-live', message: 'There is no link to kvm-02 now.' })
  })
  renderApp(fake, '/build?host=c1.h.1')
  await fillIn(user)
  await user.click(screen.getByRole('combobox', { name: 'Host' }))
  await user.type(screen.getByRole('combobox', { name: 'Host' }), 'kvm-02{Enter}')
  expect(await screen.findByText('There is no link to kvm-02 now.')).toBeVisible()
  expect(screen.getByLabelText('Name')).toHaveValue('web-{nn}')
  await user.hover(screen.getByRole('button', { name: 'Create 3 machines' }))
  expect(await screen.findByRole('tooltip')).toHaveTextContent('has not answered yet')
})
