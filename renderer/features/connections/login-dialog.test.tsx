import { screen, waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { CheckMessage, LoginMessage, LoginPrompt } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

const CODE: LoginPrompt = {
  id: 'p2',
  expiresAtMs: 1,
  kind: 'keyboard-interactive',
  host: 'kvm-01',
  port: 22,
  user: 'maja',
  name: 'Second factor',
  instructions: 'Look at your token.',
  keyPath: null,
  prompts: [{ text: 'Code: ', echo: true }],
  refusedBefore: false,
  secret: null,
}
const PASSWORD: LoginPrompt = {
  ...CODE,
  id: 'p1',
  name: '',
  instructions: '',
  prompts: [{ text: 'Password: ', echo: false }],
  secret: 'password',
}
const WAITS = {
  kind: 'unauthenticated',
  code: 'ssh.prompt-needed',
  message: 'kvm-01 waits for a code.',
  details: { remedy: 'log-in' },
} as const

/** An attempt in the test's hand: what it tells, and what it was answered. */
class Attempt<T> {
  readonly #messages: T[] = []
  #wake: () => void = () => {}

  tell(...messages: readonly T[]): void {
    this.#messages.push(...messages)
    this.#wake()
  }

  async *read(): AsyncIterableIterator<T> {
    for (;;) {
      const [next] = this.#messages.splice(0, 1)
      if (next !== undefined) yield next
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}

function engine(): FakeEngine {
  const waiting = connection(1, { status: 'needs-attention', error: WAITS, freshness: { state: 'never' } })
  const fake = new FakeEngine([put('workspace', workspace()), put('connection', waiting)])
  fake.answer('connections.answerPrompt', () => ({ done: true }))
  return fake
}

const answers = (fake: FakeEngine) => fake.calls.filter(({ method }) => method === 'connections.answerPrompt').map(({ input }) => input)

async function opened(fake: FakeEngine) {
  const user = userEvent.setup()
  const attempt = new Attempt<LoginMessage>()
  fake.answer('connections.logIn', () => attempt.read())
  renderApp(fake, '/connections')
  expect(await screen.findByText('kvm-01 waits for a code.')).toBeVisible()
  await user.click(screen.getByRole('button', { name: 'Log in…' }))
  return { user, attempt }
}

test('what a host asks is shown in its words, masked unless it may be seen, answered once, and the dialog goes on', async () => {
  const fake = engine()
  const { user, attempt } = await opened(fake)
  attempt.tell({ type: 'prompt', prompt: PASSWORD })
  const first = within(await screen.findByRole('dialog', { name: 'maja@kvm-01 asks' }))
  expect(first.getByLabelText('Password')).toHaveAttribute('type', 'password')
  expect(first.getByLabelText('Password')).toHaveFocus()
  await user.click(first.getByRole('checkbox', { name: 'Remember the password' }))
  await user.type(first.getByLabelText('Password'), 'hunter2{Enter}')
  attempt.tell({ type: 'prompt', prompt: null }, { type: 'prompt', prompt: CODE })
  expect(await screen.findByLabelText('Code')).toHaveAttribute('type', 'text')
  const second = within(screen.getByRole('dialog', { name: 'maja@kvm-01 asks' }))
  expect(second.getByText('Look at your token.')).toBeVisible()
  expect(second.queryByRole('checkbox')).not.toBeInTheDocument()
  await user.type(second.getByLabelText('Code'), '271828')
  await user.click(second.getByRole('button', { name: 'Log in' }))
  await waitFor(() => expect(answers(fake)).toHaveLength(2))
  expect(answers(fake)).toEqual([
    { promptId: 'p1', answers: ['hunter2'], remember: true },
    { promptId: 'p2', answers: ['271828'], remember: false },
  ])
  attempt.tell({ type: 'prompt', prompt: null }, { type: 'done', ok: true, error: null })
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
})

test('a wrong code is said to be wrong, and asked for again with an empty field', async () => {
  const { user, attempt } = await opened(engine())
  attempt.tell({ type: 'prompt', prompt: CODE })
  await user.type(await screen.findByLabelText('Code'), '000000{Enter}')
  attempt.tell({ type: 'prompt', prompt: null }, { type: 'prompt', prompt: { ...CODE, id: 'p3', refusedBefore: true } })
  expect(await screen.findByRole('alert')).toHaveTextContent('That was not accepted. Try again.')
  expect(screen.getByLabelText('Code')).toHaveValue('')
})

test('Esc refuses and closes', async () => {
  const fake = engine()
  const { user, attempt } = await opened(fake)
  attempt.tell({ type: 'prompt', prompt: CODE })
  await screen.findByLabelText('Code')
  await user.keyboard('{Escape}')
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument())
  expect(answers(fake)).toEqual([{ promptId: 'p2', answers: null }])
})

test('an attempt that failed says why and can be made again', async () => {
  const fake = engine()
  const { user, attempt } = await opened(fake)
  attempt.tell({ type: 'done', ok: false, error: { kind: 'unreachable', code: 'ssh.unreachable', message: 'away' } })
  const dialog = within(await screen.findByRole('dialog', { name: /^Could not log in to/ }))
  await user.click(dialog.getByRole('button', { name: 'Try again' }))
  expect(await screen.findByText('Asking the host.')).toBeVisible()
  expect(fake.calls.filter(({ method }) => method === 'connections.logIn')).toHaveLength(2)
})

test('a check asks at the step that waits, and a password that is to be remembered is kept with the host that is added', async () => {
  const user = userEvent.setup()
  const fake = engine()
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
  const attempt = new Attempt<CheckMessage>()
  fake.answer('connections.check', () => attempt.read())
  fake.answer('connections.add', () => connection(9))
  renderApp(fake, '/connections/add')
  await user.type(await screen.findByLabelText('Host'), 'kvm-01')
  await user.click(screen.getByRole('button', { name: 'Check the connection' }))
  const step = { id: 'login', state: 'running', detail: null, error: null } as const
  attempt.tell({ type: 'step', step }, { type: 'step', step, prompt: PASSWORD })
  const dialog = within(await screen.findByRole('dialog', { name: 'maja@kvm-01 asks' }))
  expect(screen.getByText('waits for your answer')).toBeInTheDocument()
  await user.click(dialog.getByRole('checkbox', { name: 'Remember the password' }))
  await user.type(dialog.getByLabelText('Password'), 'hunter2{Enter}')
  attempt.tell({ type: 'step', step, prompt: null }, { type: 'done', ok: true, machines: 0, versions: [] })
  await user.click(await screen.findByRole('button', { name: 'Add host' }))
  await waitFor(() => expect(fake.calls.some(({ method }) => method === 'connections.add')).toBe(true))
  expect(fake.calls.find(({ method }) => method === 'connections.check')?.input).toMatchObject({ prompts: true })
  expect(fake.calls.find(({ method }) => method === 'connections.add')?.input).toMatchObject({
    secrets: { password: 'hunter2' },
    remember: true,
  })
})
