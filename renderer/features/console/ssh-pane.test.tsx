import { act, screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, type ConsoleLoginMessage, type LoginPrompt, type Machine } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { cloudFacts } from '../../lib/testing/region-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

beforeAll(() => {
  // jsdom draws nothing
  HTMLCanvasElement.prototype.getContext = () => null
})
afterEach(() => localStorage.clear())

const PATH = '/machines/c1.m.1/console?kind=ssh&index=0'
const PROMPT: LoginPrompt = {
  id: 'p1',
  kind: 'password',
  host: '10.0.0.5',
  port: 22,
  user: 'ada',
  name: '',
  instructions: '',
  keyPath: null,
  prompts: [{ text: 'Password', echo: false }],
  refusedBefore: false,
  secret: null,
  expiresAtMs: 0,
}
const KEY = { host: 'guest-5d3c', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc', status: 'unknown', previous: [] } as const

type Login = { readonly acceptHostKey?: object }

function engine(logIn: (input: Login) => AsyncIterable<ConsoleLoginMessage>, change: Partial<Machine> = {}): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1, { addresses: ['10.0.0.5', 'fd00::5'], ...change })),
  ])
  fake.answer('consoles.list', () => [{ kind: 'ssh', index: 0, label: 'SSH', reason: null }])
  fake.answer('consoles.logIn', logIn)
  fake.answer('consoles.answerPrompt', () => ({ done: true }))
  return fake
}

async function* letIn(): AsyncGenerator<ConsoleLoginMessage> {
  yield { type: 'opened', token: 'shell' }
}

const inputs = (fake: FakeEngine, method: string) => fake.calls.filter((call) => call.method === method).map(({ input }) => input)

/** Fills the form in and is let in. */
async function enter(fake: FakeEngine, user = 'ada') {
  renderApp(fake, PATH)
  const field = await screen.findByRole('textbox', { name: 'User' })
  await userEvent.clear(field)
  await userEvent.type(field, `${user}{Enter}`)
}

async function opened(fake: FakeEngine, count = 1) {
  await waitFor(() => expect(fake.channels).toHaveLength(count))
  act(() => fake.channels[count - 1]?.opened())
  expect(await screen.findByText('Connected')).toBeVisible()
}

test('as whom and how, then a shell of the window’s size; the choice is remembered, and no password with it', async () => {
  const fake = engine(letIn)
  renderApp(fake, PATH)
  const user = await screen.findByRole('textbox', { name: 'User' })
  await userEvent.clear(user)
  await userEvent.type(user, 'ada')
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'With' }), 'A key file')
  await userEvent.type(screen.getByRole('textbox', { name: 'Key file' }), '~/.ssh/lab')
  await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Address' }), 'fd00::5')
  const port = screen.getByRole('textbox', { name: 'Port' })
  await userEvent.clear(port)
  await userEvent.type(port, '99999{Enter}')
  expect(screen.getByText('A number from 1 to 65535.')).toBeVisible()
  expect(inputs(fake, 'consoles.logIn')).toEqual([])
  await userEvent.clear(port)
  await userEvent.type(port, '2222{Enter}')
  await opened(fake)
  expect(inputs(fake, 'consoles.logIn')).toMatchObject([
    { machineId: 'c1.m.1', user: 'ada', method: 'key', keyFile: '~/.ssh/lab', address: 'fd00::5', port: 2_222, prompts: true },
  ])
  expect(fake.channels[0]?.controls).toEqual(['{"resize":[80,24]}'])
  screen.getByRole('textbox', { name: 'SSH of web-1' }).focus()
  await userEvent.keyboard('ls')
  expect(fake.channels[0]?.typed).toBe('ls')
  await userEvent.click(screen.getByRole('button', { name: 'Other login…' }))
  expect(await screen.findByRole('textbox', { name: 'Key file' })).toHaveValue('~/.ssh/lab')
  expect(screen.getByRole('combobox', { name: 'Address' })).toHaveValue('fd00::5')
})

test('what the machine asks is answered in a dialog, by whoever may open consoles', async () => {
  const fake = engine(async function* () {
    yield { type: 'prompt', prompt: PROMPT }
    await waitFor(() => expect(inputs(fake, 'consoles.answerPrompt')).toHaveLength(1))
    yield { type: 'prompt', prompt: null }
    yield { type: 'opened', token: 'shell' }
  })
  await enter(fake)
  const dialog = await screen.findByRole('dialog', { name: 'ada@10.0.0.5 asks' })
  expect(dialog).toHaveTextContent('Used once, kept nowhere.')
  await userEvent.type(screen.getByLabelText('Password'), 'sesame{Enter}')
  await opened(fake)
  expect(inputs(fake, 'consoles.answerPrompt')).toEqual([{ promptId: 'p1', answers: ['sesame'] }])
  expect(screen.queryByRole('dialog')).toBeNull()
})

test('a key that is met for the first time is shown under the machine’s name, and trusted once', async () => {
  const fake = engine(async function* ({ acceptHostKey }) {
    if (!acceptHostKey)
      throw new AppError({
        kind: 'precondition',
        code: 'console.ssh-key-unknown',
        message: 'Not known yet.',
        details: { key: { ...KEY, previous: [] } },
      })
    yield { type: 'opened', token: 'shell' }
  })
  await enter(fake)
  expect(await screen.findByRole('dialog', { name: 'Is this web-1 (10.0.0.5)?' })).toHaveTextContent('SHA256:abc')
  await userEvent.click(screen.getByRole('button', { name: 'Trust this key' }))
  await opened(fake)
  const { host: alias, port, keyType, fingerprint } = KEY
  expect(inputs(fake, 'consoles.logIn')[1]).toMatchObject({ acceptHostKey: { host: alias, port, keyType, fingerprint, replace: false } })
})

test('a changed key is refused: without a person’s word it is not tried again', async () => {
  const fake = engine(async function* () {
    yield { type: 'prompt', prompt: null }
    throw new AppError({
      kind: 'conflict',
      code: 'console.ssh-key-changed',
      message: 'The machine shows another host key than before.',
      details: {
        key: { ...KEY, status: 'changed', previous: [{ keyType: 'ssh-ed25519', fingerprint: 'SHA256:old', source: 'known_hosts:1' }] },
      },
    })
  })
  await enter(fake)
  const dialog = await screen.findByRole('dialog', { name: 'web-1 (10.0.0.5) shows another key than before' })
  expect(dialog).toHaveTextContent('SHA256:old')
  await userEvent.click(screen.getByRole('button', { name: 'Keep the former key' }))
  expect(await screen.findByRole('heading', { name: 'The console could not be opened' })).toBeVisible()
  expect(screen.getByText('The machine shows another host key than before.')).toBeVisible()
  expect(inputs(fake, 'consoles.logIn')).toHaveLength(1)
  expect(screen.getByRole('button', { name: 'Try again' })).toBeVisible()
})

test('broken off it is logged in to again, and what stood there stays; left by its own exit it waits for a word', async () => {
  const fake = engine(letIn)
  await enter(fake)
  await opened(fake)
  act(() => fake.channels[0]?.ended(CONSOLE_FAILED, 'unreachable ssh.connection-lost'))
  await opened(fake, 2)
  act(() => fake.channels[1]?.ended(CONSOLE_ENDED, 'console.ended'))
  expect(await screen.findByText('The shell was left, or the machine ended it.')).toBeVisible()
  expect(inputs(fake, 'consoles.logIn')).toHaveLength(2)
  await userEvent.click(screen.getByRole('button', { name: 'Log in again' }))
  await opened(fake, 3)
})

test('a machine of a cloud is logged in to straight: its public address first, and no word of a host', async () => {
  const fake = engine(letIn, { addresses: ['10.0.0.5', '203.0.113.7'], cloud: cloudFacts() })
  renderApp(fake, PATH)
  const address = await screen.findByRole('combobox', { name: 'Address' })
  expect(
    within(address)
      .getAllByRole('option')
      .map(({ textContent }) => textContent),
  ).toEqual(['The first that is known: 203.0.113.7', '203.0.113.7', '10.0.0.5'])
  expect(screen.getByText(/straight from the computer that runs this console/)).toBeVisible()
  expect(screen.queryByText(/connection to its host/)).toBeNull()
  await userEvent.type(screen.getByRole('textbox', { name: 'User' }), '{Enter}')
  await opened(fake)
  screen.getByRole('textbox', { name: 'SSH of web-1' }).focus()
  await userEvent.keyboard('ls')
  expect(fake.channels[0]?.typed).toBe('ls')
})

test('a machine whose address nobody knows says so, and opens once one is known', async () => {
  const fake = engine(letIn, { addresses: [] })
  const reason = { code: 'console.no-address', text: 'No address of the machine is known.' }
  fake.answer('consoles.list', () => [{ kind: 'ssh', index: 0, label: 'SSH', reason }])
  renderApp(fake, PATH)
  expect(await screen.findByText(/No address of the machine is known/)).toBeVisible()
  fake.answer('consoles.list', () => [{ kind: 'ssh', index: 0, label: 'SSH', reason: null }])
  act(() => fake.push(put('machine', machine(1, 1, { addresses: ['10.0.0.5'], revision: 2 }))))
  expect(await screen.findByRole('heading', { name: 'Log in to web-1 by SSH' })).toBeVisible()
})

test('a recording says what is in it before it begins, that it goes on, and is saved when it is stopped', async () => {
  const saved: Blob[] = []
  URL.createObjectURL = (blob) => {
    saved.push(blob as Blob)
    return 'blob:saved'
  }
  URL.revokeObjectURL = () => {}
  const names: string[] = []
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
    names.push(this.download)
  })
  const fake = engine(letIn)
  await enter(fake)
  await opened(fake)
  act(() => fake.channels[0]?.write('before'))
  await userEvent.click(screen.getByRole('button', { name: 'Record…' }))
  const dialog = screen.getByRole('dialog', { name: 'Record this console' })
  expect(dialog).toHaveTextContent('A password is in it only if the machine echoes it.')
  expect(screen.getByRole('checkbox', { name: /Also record what is typed/ })).not.toBeChecked()
  await userEvent.click(screen.getByRole('button', { name: 'Start recording' }))
  expect(screen.getByText(/^Recording \d\d:\d\d$/)).toBeVisible()
  act(() => fake.channels[0]?.write('after'))
  screen.getByRole('textbox', { name: 'SSH of web-1' }).focus()
  await userEvent.keyboard('x')
  act(() => fake.channels[0]?.ended(CONSOLE_FAILED, 'unreachable ssh.connection-lost'))
  await opened(fake, 2)
  await userEvent.click(screen.getByRole('button', { name: 'Stop and save' }))
  expect(names).toEqual([expect.stringMatching(/^web-1 \d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.cast$/)])
  const lines =
    (await saved[0]?.text())
      ?.trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown) ?? []
  expect(lines[0]).toMatchObject({ version: 2, width: 80, height: 24, title: 'web-1' })
  expect(lines.slice(1).map((line) => (line as readonly unknown[]).slice(1))).toEqual([
    ['o', 'after'],
    ['m', 'connected again'],
  ])
  expect(screen.getByRole('button', { name: 'Record…' })).toBeVisible()
  click.mockRestore()
})

function cloudEngine(providerId: string, image: string | null): FakeEngine {
  const cloud = cloudFacts({ image: image === null ? null : { id: 'i', name: image } })
  const fake = engine(letIn, { cloud, os: 'Linux/UNIX' })
  fake.push(put('connection', connection(1, { providerId })))
  return fake
}

test.each([
  ['aws', 'debian-13-amd64', 'admin', 'The usual one of this image.'],
  ['aws', null, '', /^Whom the image lets in is not known/],
  ['azure', 'debian-13', 'azureuser', /^Azure’s usual one/],
  ['gcp', null, '', /^Whom a key of the metadata names/],
])('a machine of %s from %s is entered as “%s”, and it says why', async (providerId, image, user, why) => {
  renderApp(cloudEngine(providerId, image), PATH)
  expect(await screen.findByRole('textbox', { name: 'User' })).toHaveValue(user)
  expect(screen.getByRole('textbox', { name: 'User' })).toHaveAccessibleDescription(why)
})

test('who is named for one machine of a cloud is for others of it, and for none of a host', async () => {
  const gcp = renderApp(cloudEngine('gcp', null), PATH)
  await userEvent.type(await screen.findByRole('textbox', { name: 'User' }), 'maja{Enter}')
  gcp.unmount()
  const other = cloudEngine('gcp', null)
  other.push(put('machine', machine(2, 1, { addresses: ['10.0.0.6'], cloud: cloudFacts({ image: null }) })))
  const second = renderApp(other, '/machines/c1.m.2/console?kind=ssh&index=0')
  expect(await screen.findByRole('textbox', { name: 'User' })).toHaveValue('maja')
  second.unmount()
  const hosts = engine(letIn)
  hosts.push(put('machine', machine(2, 1, { addresses: ['10.0.0.6'] })))
  renderApp(hosts, '/machines/c1.m.2/console?kind=ssh&index=0')
  expect(await screen.findByRole('textbox', { name: 'User' })).toHaveValue('root')
})
