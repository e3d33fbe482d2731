import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test } from 'vitest'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, type Machine, type MachineConsole } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../lib/testing/fleet-fixture.ts'
import { renderApp } from '../../lib/testing/render-app.tsx'

beforeAll(() => {
  // jsdom draws nothing
  HTMLCanvasElement.prototype.getContext = () => null
})

const PATH = '/machines/c1.m.1/console'
const SERIAL: MachineConsole = { kind: 'serial', index: 0, label: 'isa-serial 0', reason: null }
const SPICE: MachineConsole = { kind: 'vnc', index: 0, label: 'SPICE', reason: { code: 'console.not-vnc', text: 'No VNC.' } }
const stale = { state: 'stale', sinceMs: Date.now() - 60_000, reason: 'unreachable' } as const

function engine(change: Partial<Machine> = {}, consoles: readonly MachineConsole[] = [SERIAL]): FakeEngine {
  const fake = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1, change)),
  ])
  fake.answer('consoles.list', () => [...consoles])
  fake.answer('consoles.open', () => ({ token: `token-${fake.channels.length + 1}` }))
  return fake
}

const opens = (fake: FakeEngine) => fake.calls.filter(({ method }) => method === 'consoles.open').map(({ input }) => input)

async function openSerial(fake: FakeEngine) {
  renderApp(fake, PATH)
  await waitFor(() => expect(fake.channels).toHaveLength(1))
  act(() => fake.channels[0]?.opened())
  expect(await screen.findByText('Connected')).toBeVisible()
}

test('a serial port: opened by its token, and what is typed goes there', async () => {
  const fake = engine()
  await openSerial(fake)
  expect(fake.channels[0]?.token).toBe('token-1')
  expect(opens(fake)).toEqual([{ machineId: 'c1.m.1', kind: 'serial', index: 0, takeOver: false }])
  screen.getByRole('textbox', { name: 'Serial 1 of web-1' }).focus()
  await userEvent.keyboard('ls')
  expect(fake.channels[0]?.typed).toBe('ls')
})

test('a machine that is off can be started here, and opens by itself then', async () => {
  const fake = engine({ state: 'stopped' })
  fake.answer('machines.act', () => ({ taskId: 't1', refused: [] }))
  renderApp(fake, PATH)
  expect(await screen.findByRole('radio', { name: 'Serial 1' })).toBeVisible()
  expect(screen.getByRole('heading', { name: 'web-1 is off' })).toBeVisible()
  expect(opens(fake)).toEqual([])
  const [, start] = screen.getAllByRole('button', { name: 'Start' })
  await userEvent.click(start ?? document.body)
  expect(fake.calls.some(({ method }) => method === 'machines.act')).toBe(true)
  act(() => fake.push(put('machine', machine(1, 1, { revision: 2 }))))
  await waitFor(() => expect(fake.channels).toHaveLength(1))
})

test('SPICE alone: says so, on the display and in its place', async () => {
  const fake = engine({}, [SPICE])
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'This console cannot be opened' })).toBeVisible()
  expect(screen.getByText(/This display does not speak VNC/)).toBeVisible()
  expect(screen.getByRole('radio', { name: 'Display 1' })).toHaveAttribute('aria-disabled', 'true')
  expect(opens(fake)).toEqual([])
})

test('beside a display that cannot be opened the port is taken', async () => {
  const fake = engine({}, [SPICE, SERIAL])
  renderApp(fake, PATH)
  expect(await screen.findByRole('radio', { name: 'Serial 1' })).toHaveAttribute('aria-checked', 'true')
})

test('no console at all', async () => {
  renderApp(engine({}, []), PATH)
  expect(await screen.findByRole('heading', { name: 'web-1 has no console' })).toBeVisible()
})

test('held by somebody else: names what taking over does, and does it once asked', async () => {
  const fake = engine()
  fake.answer('consoles.open', ({ takeOver }: { takeOver: boolean }) => {
    if (!takeOver) throw new AppError({ kind: 'conflict', code: 'console.busy', message: 'busy' })
    return { token: 'mine' }
  })
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'Somebody else has this console open' })).toBeVisible()
  expect(screen.getByText(/Taking over ends that session of web-1/)).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Take it over' }))
  await waitFor(() => expect(fake.channels[0]?.token).toBe('mine'))
})

test('without the permission nothing is asked', async () => {
  const fake = engine()
  const info = {
    version: '0.1.0',
    face: 'local',
    platform: 'linux',
    nodeVersion: '24',
    user: 'maja',
    startedAtMs: 1,
    dataDirectory: '/tmp',
  }
  const rest = { secretStore: { kind: 'memory', locked: false, reason: null }, database: { state: 'ok', message: null } }
  const permissions = PERMISSIONS.filter((permission) => permission !== 'machine.console')
  let tell: () => void = () => {}
  const told = new Promise<void>((resolve) => {
    tell = resolve
  })
  fake.answer('system.info', () => ({ ...info, ...rest, permissions }))
  fake.answer('consoles.list', async () => {
    await told
    return [SERIAL]
  })
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'You may not open consoles' })).toBeVisible()
  act(() => tell())
  expect(await screen.findByRole('radio', { name: 'Serial 1' })).toBeVisible()
  expect(opens(fake)).toEqual([])
})

test('without a link to the host: why, and that it opens by itself', async () => {
  const fake = engine()
  const error = { kind: 'unreachable', code: 'ssh.refused', message: 'Nothing listens on port 22.' } as const
  fake.push(put('connection', connection(1, { freshness: stale, status: 'offline', error, revision: 2 })))
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'No link to the host of web-1' })).toBeVisible()
  expect(screen.getAllByText(/Nothing listens on port 22/)[0]).toBeVisible()
  act(() => fake.push(put('connection', connection(1, { revision: 3 }))))
  await waitFor(() => expect(fake.channels).toHaveLength(1))
})

test('a failure: the engine’s words, and another try', async () => {
  const fake = engine()
  fake.answer('consoles.open', () => {
    throw new AppError({ kind: 'unauthenticated', code: 'console.vnc-password', message: 'The server asks for a password.' })
  })
  renderApp(fake, PATH)
  expect(await screen.findByRole('heading', { name: 'The console could not be opened' })).toBeVisible()
  expect(screen.getByText('The server asks for a password.')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
  await waitFor(() => expect(opens(fake)).toHaveLength(2))
})

test('broken off: the old text stays with its age, and keys are refused in plain sight', async () => {
  const fake = engine()
  await openSerial(fake)
  fake.answer('consoles.open', () => {
    throw new AppError({ kind: 'conflict', code: 'console.held', message: 'Held.' })
  })
  act(() => fake.channels[0]?.ended(CONSOLE_FAILED, 'exhausted console.too-slow'))
  expect(await screen.findByText(/What stands behind this was seen/)).toBeVisible()
  screen.getByRole('textbox', { name: 'Serial 1 of web-1' }).focus()
  await userEvent.keyboard('rm')
  expect(screen.getByText('Not connected: 2 keys were not sent.')).toBeVisible()
  expect(fake.channels[0]?.typed).toBe('')
})

test('an end is opened again by itself, at once', async () => {
  const fake = engine()
  await openSerial(fake)
  act(() => fake.channels[0]?.ended(CONSOLE_ENDED, 'console.ended'))
  await waitFor(() => expect(fake.channels).toHaveLength(2))
  act(() => fake.channels[1]?.opened())
  expect(await screen.findByText('Connected')).toBeVisible()
})

test('a window of its own has the console without the tree and the machine’s head', async () => {
  const fake = engine({ state: 'stopped' })
  renderApp(fake, '/console/c1.m.1?kind=serial&index=0')
  expect(await screen.findByRole('heading', { level: 1, name: 'web-1' })).toBeVisible()
  expect(screen.getByRole('heading', { name: 'web-1 is off' })).toBeVisible()
  expect(screen.queryByRole('tree')).toBeNull()
  expect(screen.getAllByRole('button', { name: 'Start' })).toHaveLength(1)
})
