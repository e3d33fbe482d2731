import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeAll, expect, test, vi } from 'vitest'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import { CONSOLE_ENDED, CONSOLE_FAILED, type Machine, type MachineConsole } from '../../../shared/model/index.ts'
import { FakeEngine } from '../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, task, workspace } from '../../lib/testing/fleet-fixture.ts'
import { cloudFacts } from '../../lib/testing/region-fixture.ts'
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

test('SPICE alone: says so, offers a VNC display, and once it is in the definition how to get it', async () => {
  const fake = engine({}, [SPICE, SERIAL])
  fake.answer('machines.act', () => ({ taskId: 't1', accepted: 1, refused: [] }))
  renderApp(fake, PATH)
  // beside a port that opens the port is taken
  expect(await screen.findByRole('radio', { name: 'Serial 1' })).toHaveAttribute('aria-checked', 'true')
  fireEvent.click(screen.getByText('Display 1'))
  expect(screen.getByText('This console cannot be opened')).toBeVisible()
  expect(screen.getByText(/This display does not speak VNC/)).toBeVisible()
  fireEvent.click(screen.getByRole('button', { name: 'Add a VNC display' }))
  const acts = () => fake.calls.filter(({ method }) => method === 'machines.act')
  await waitFor(() => expect(acts()).toHaveLength(1))
  expect(acts()).toEqual([expect.objectContaining({ input: expect.objectContaining({ action: { action: 'addDisplay' } }) })])
  const work = { kind: 'machine.addDisplay', target: { entity: 'machine', id: 'c1.m.1', name: 'web-1' } } as const
  act(() => fake.push(put('task', task(1, { ...work, state: 'running' }))))
  expect(screen.getByRole('button', { name: 'Add a VNC display' })).toHaveAttribute('aria-disabled', 'true')
  fake.answer('consoles.list', () => [
    SPICE,
    { kind: 'vnc', index: 1, label: 'VNC', reason: { code: 'console.after-start', text: 'Later.' } },
    SERIAL,
  ])
  act(() => fake.push(put('task', task(1, { ...work, state: 'succeeded', revision: 2 }))))
  expect(await screen.findByText('The new display comes with the next start')).toBeVisible()
  expect(screen.getByRole('radio', { name: 'Display 2' })).toHaveAttribute('aria-checked', 'true')
  expect(screen.getByRole('radio', { name: 'Display 1' })).toHaveAttribute('aria-disabled', 'true')
  expect(screen.getAllByText('Shut down')).toHaveLength(2)
})

test('a display that cannot be opened in a machine that is off: the display is added before it starts', async () => {
  renderApp(engine({ state: 'stopped' }, [SPICE]), PATH)
  expect(await screen.findByRole('button', { name: 'Add a VNC display' })).toBeVisible()
  expect(screen.queryByRole('heading', { name: 'web-1 is off' })).toBeNull()
})

test('without the permission to change the machine the button says so', async () => {
  const fake = engine({}, [SPICE])
  const info = { version: '0.1.0', face: 'local', platform: 'linux', nodeVersion: '24', user: 'maja', startedAtMs: 1, dataDirectory: '/' }
  const rest = { secretStore: { kind: 'memory', locked: false, reason: null }, database: { state: 'ok', message: null } }
  const permissions = PERMISSIONS.filter((permission) => permission !== 'machine.modify')
  fake.answer('system.info', () => ({ ...info, ...rest, permissions }))
  renderApp(fake, PATH)
  const add = await screen.findByRole('button', { name: 'Add a VNC display' })
  await waitFor(() => expect(add).toHaveAttribute('aria-disabled', 'true'))
  await userEvent.hover(add)
  expect(await screen.findByRole('tooltip')).toHaveTextContent('machine.modify')
})

test('no console at all', async () => {
  renderApp(engine({}, []), PATH)
  expect(await screen.findByRole('heading', { name: 'web-1 has no console' })).toBeVisible()
  expect(screen.getByRole('button', { name: 'Add a VNC display' })).toBeVisible()
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
  expect(await screen.findByRole('heading', { name: 'No link to web-1' })).toBeVisible()
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

const DISPLAYS: readonly MachineConsole[] = [0, 1].map((index) => ({ kind: 'vnc', index, label: 'VNC', reason: null }))

test('every display goes into a window of its own, once; what the browser blocks is told with the way out', async () => {
  const made: string[] = []
  let allowed = 1
  const focused: string[] = []
  const open = vi.spyOn(window, 'open').mockImplementation((url, _name, features) => {
    if (made.length >= allowed) return null
    made.push(`${String(url)} ${String(features)}`)
    return { closed: false, opener: window, focus: () => focused.push(String(url)) } as unknown as Window
  })
  renderApp(engine({}, DISPLAYS), PATH)
  const button = await screen.findByRole('button', { name: 'Open every display in its own window' })
  await userEvent.click(button)
  expect(await screen.findByText(/The browser has blocked 1 of 2 windows\. Allow pop-ups for localhost/)).toBeVisible()
  allowed = 2
  await userEvent.click(button)
  await waitFor(() => expect(screen.queryByText(/has blocked/)).toBeNull())
  expect(made.map((one) => one.split(' ')[0])).toEqual(['/console/c1.m.1?kind=vnc&index=0', '/console/c1.m.1?kind=vnc&index=1'])
  expect(focused).toEqual(['/console/c1.m.1?kind=vnc&index=0'])
  open.mockRestore()
})

test('in the desktop the shell places the windows, and the page gets no hold of them', async () => {
  const asked: unknown[] = []
  const open = vi.spyOn(window, 'open').mockImplementation((...given) => {
    asked.push(given)
    return null
  })
  vi.stubGlobal('novacron', { onShell: () => () => {} })
  renderApp(engine({}, DISPLAYS), PATH)
  await userEvent.click(await screen.findByRole('button', { name: 'Open every display in its own window' }))
  await waitFor(() => expect(asked).toHaveLength(2))
  expect(asked).toEqual([0, 1].map((index) => [`/console/c1.m.1?kind=vnc&index=${index}&monitor=${index}`, '_blank', 'noopener']))
  expect(screen.queryByText(/has blocked/)).toBeNull()
  vi.unstubAllGlobals()
  open.mockRestore()
})

test('one display alone needs no such thing', async () => {
  renderApp(engine({}, [SPICE, SERIAL]), PATH)
  expect(await screen.findByRole('button', { name: 'Own window' })).toBeVisible()
  expect(screen.queryByRole('button', { name: /Open every display/ })).toBeNull()
})

test('a machine that moves to another host is followed: what stands there stays, and opens again on the other host', async () => {
  const fake = engine()
  fake.push(put('connection', connection(2)), put('host', host(2)))
  await openSerial(fake)
  const text = screen.getByRole('textbox', { name: 'Serial 1 of web-1' })
  act(() => fake.channels[0]?.received(new TextEncoder().encode('login: ')))
  // the host of old knows first: there it is off
  act(() => fake.push(put('machine', machine(1, 1, { state: 'stopped', revision: 2 }))))
  expect(await screen.findByRole('heading', { name: 'web-1 is off' })).toBeVisible()
  act(() => fake.channels[0]?.ended(CONSOLE_ENDED, 'console.ended'))
  expect(await screen.findByText(/What stands behind this was seen/)).toBeVisible()
  act(() => fake.push(put('machine', machine(1, 2))))
  await waitFor(() => expect(fake.channels).toHaveLength(2))
  expect(opens(fake).map((input) => (input as { machineId: string }).machineId)).toEqual(['c1.m.1', 'c2.m.1'])
  act(() => fake.channels[1]?.opened())
  expect(await screen.findByText('Connected')).toBeVisible()
  // the very same terminal
  expect(screen.getByRole('textbox', { name: 'Serial 1 of web-1' })).toBe(text)
  expect(screen.getAllByRole('link', { name: 'kvm-02' })[0]).toBeVisible()
})

test('a host that refuses the machine that has left it does not end the following', async () => {
  const fake = engine()
  fake.push(put('connection', connection(2)), put('host', host(2)))
  await openSerial(fake)
  fake.answer('consoles.open', ({ machineId }: { machineId: string }) => {
    if (machineId !== 'c1.m.1') return { token: 'there' }
    throw new AppError({ kind: 'not-found', code: 'machine.not-found', message: 'Gone.' })
  })
  act(() => fake.channels[0]?.ended(CONSOLE_ENDED, 'console.ended'))
  expect(await screen.findByText('Gone.')).toBeVisible()
  act(() => fake.push(put('machine', machine(1, 2)), { op: 'remove', entity: 'machine', id: 'c1.m.1', revision: 2 }))
  await waitFor(() => expect(fake.channels[1]?.token).toBe('there'))
})

test('whoever opens the console of a copy that is off stays there', async () => {
  const fake = engine({ state: 'stopped' })
  fake.push(put('connection', connection(2)), put('host', host(2)), put('machine', machine(1, 2)))
  renderApp(fake, PATH)
  expect(await screen.findByRole('radio', { name: 'Serial 1' })).toBeVisible()
  expect(screen.getByRole('heading', { name: 'web-1 is off' })).toBeVisible()
  expect(screen.getAllByRole('link', { name: 'kvm-01' })[0]).toBeVisible()
  expect(opens(fake)).toEqual([])
})

test('what a cloud kept of a serial port is read: a key is not sent, and nothing breaks by it', async () => {
  const output: MachineConsole = { kind: 'serial', index: 0, label: 'Serial output, read only', reason: null }
  const fake = engine({ cloud: cloudFacts() }, [output])
  await openSerial(fake)
  expect(screen.getByRole('radio', { name: 'Serial output' })).toBeChecked()
  const screenOfIt = screen.getByRole('textbox', { name: 'Serial output of web-1' })
  screenOfIt.focus()
  await userEvent.keyboard('reboot{Enter}')
  fireEvent.keyDown(screenOfIt, { key: 'x' })
  expect(fake.channels[0]?.typed).toBe('')
  expect(screen.getByText('Connected')).toBeVisible()
  expect(screen.getByText(/Nothing can be typed here/)).toBeVisible()
  expect(screen.queryByRole('alert')).toBeNull()
  expect(screen.getByRole('button', { name: 'Paste…' })).toHaveAttribute('aria-disabled', 'true')
})

test('an end that only came with a code is never an empty message', async () => {
  const fake = engine({ cloud: cloudFacts() })
  await openSerial(fake)
  act(() => fake.channels[0]?.ended(CONSOLE_FAILED, 'forbidden cloud.permission-missing'))
  expect(await screen.findByText('It was refused (cloud.permission-missing).')).toBeVisible()
})
