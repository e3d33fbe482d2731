import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { ConnectionId, ConsoleLoginMessage, MachineId } from '../../../shared/model/index.ts'
import type { ByteChannel, ConnectOptions, ConsoleRequest, ProviderConnection } from '../../providers/provider.ts'
import { Inventory } from '../inventory/inventory.ts'
import { channelPair, type MemoryChannel } from '../testing/channel-pair.ts'
import { aConnection, aWorkspace } from '../testing/entities.ts'
import { putHost, putMachine } from '../testing/facts.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { ConsoleService, type GuestLoginRequest } from './console-service.ts'

const MACHINE = 'c1.m.a' as MachineId
const SERIAL: ConsoleRequest = { kind: 'serial', index: 0, takeOver: false }
const text = async (channel: ByteChannel): Promise<string> => Buffer.from((await channel.read()) ?? []).toString()
const never = new AbortController().signal

function setUp() {
  const clock = new FakeClock()
  const inventory = new Inventory(clock)
  inventory.publish('workspace', aWorkspace('w1'))
  inventory.publish('connection', aConnection('c1', { name: 'kvm-01' }))
  inventory.applyChanges('c1' as ConnectionId, [putHost('h'), putMachine('a', 'h')], { state: 'live' })
  const guests: MemoryChannel[] = []
  const script: { fail: AppError | null; login?: (options: ConnectOptions) => Promise<void> } = { fail: null }
  const displays: MemoryChannel[] = []
  const asked: Array<{ readonly request: ConsoleRequest; readonly options: ConnectOptions }> = []
  const openConsole = async (_ref: string, request: ConsoleRequest, options: ConnectOptions) => {
    const { kind } = request
    asked.push({ request, options })
    if (script.fail) throw script.fail
    if (kind === 'ssh') await script.login?.(options)
    const [channel, guest] = channelPair()
    ;(kind === 'vnc' ? displays : guests).push(guest)
    return { channel, password: null }
  }
  const consoles = () => Promise.resolve([{ kind: 'ssh', index: 0, label: 'SSH', reason: null } as const])
  const links: { now: Partial<ProviderConnection> | undefined } = { now: { openConsole, consoles } }
  const service = new ConsoleService({
    inventory,
    clock,
    links: { current: () => links.now as ProviderConnection | undefined, onChange: () => () => {} },
  })
  const open = async () => service.take(await service.open(MACHINE, SERIAL, never))
  return { asked, clock, displays, guests, inventory, links, open, script, service }
}

test('a serial port is opened once, and all who look see and type the same', async () => {
  const { guests, open } = setUp()
  const first = await open()
  await guests[0]?.write(Buffer.from('login: '))
  expect(await text(first)).toBe('login: ')
  const second = await open()
  expect(guests).toHaveLength(1)
  expect(await text(second)).toBe('login: ') // what was written before it came
  await first.write(Buffer.from('root'))
  await second.write(Buffer.from('\n'))
  expect((await guests[0]?.exactly(5))?.toString()).toBe('root\n')
  await guests[0]?.write(Buffer.from('# '))
  expect([await text(first), await text(second)]).toEqual(['# ', '# '])
})

test('it is let go with the last who looked, and opened anew for the next', async () => {
  const { guests, open } = setUp()
  const [first, second] = [await open(), await open()]
  first.close()
  expect(guests[0]?.closed).toBe(false)
  second.close()
  expect(await guests[0]?.read()).toBeNull()
  await open()
  expect(guests).toHaveLength(2)
})

test('a console that breaks tells everybody why', async () => {
  const { guests, open } = setUp()
  const [first, second] = [await open(), await open()]
  const lost = new AppError({ kind: 'unreachable', code: 'link.closed', message: 'gone' })
  guests[0]?.peer?.fail(lost)
  await expect(first.read()).rejects.toBe(lost)
  await expect(second.read()).rejects.toBe(lost)
  const again = await open()
  await guests[1]?.write(Buffer.from('back'))
  expect(await text(again)).toBe('back')
})

test('a window that does not read is let go; the others and the machine do not wait for it', async () => {
  const { guests, open } = setUp()
  const [slow, quick] = [await open(), await open()]
  const block = Buffer.alloc(64 * 1024, 'x')
  for (let n = 0; n < 40; n += 1) {
    await guests[0]?.write(block)
    expect((await quick.read())?.length).toBe(block.length)
  }
  const drain = async () => {
    for (let piece = await slow.read(); piece !== null; piece = await slow.read()) expect(piece.length).toBe(block.length)
  }
  await expect(drain()).rejects.toMatchObject({ code: 'console.too-slow' })
  await quick.write(Buffer.from('y'))
  expect((await guests[0]?.exactly(1))?.toString()).toBe('y')
})

test('a display is opened by one at a time: QEMU has no room for more who wait', async () => {
  const { displays, service } = setUp()
  const request: ConsoleRequest = { kind: 'vnc', index: 0, takeOver: false }
  const opened = [1, 2, 3].map(() => service.open(MACHINE, request, never))
  for (let n = 1; n <= 3; n += 1) {
    await expect.poll(() => displays.length).toBe(n)
    await displays[n - 1]?.write(Buffer.from('RFB 003.008\n\u0001\u0001\0\0\0\0', 'latin1'))
    await displays[n - 1]?.write(Buffer.concat([Buffer.from([0, 8, 0, 8]), Buffer.alloc(16), Buffer.alloc(4)]))
    await opened[n - 1]
  }
  expect(displays).toHaveLength(3)
})

test('a token is taken once, and nobody’s console waits for ever', async () => {
  const { clock, guests, service } = setUp()
  const token = await service.open(MACHINE, SERIAL, never)
  service.take(token)
  expect(() => service.take(token)).toThrow(expect.objectContaining({ code: 'console.token-unknown' }))
  const late = await service.open(MACHINE, SERIAL, never)
  await clock.advance(30_000)
  expect(() => service.take(late)).toThrow(expect.objectContaining({ code: 'console.token-unknown' }))
  expect(guests[0]?.closed).toBe(false) // the first who looks still does
})

test('what cannot be opened says why, and can be tried again', async () => {
  const { links, open, script, guests } = setUp()
  script.fail = new AppError({ kind: 'conflict', code: 'console.busy', message: 'busy' })
  await expect(open()).rejects.toMatchObject({ code: 'console.busy' })
  script.fail = null
  await open()
  expect(guests).toHaveLength(1)
  const { now } = links
  links.now = undefined
  await expect(open()).rejects.toMatchObject({ code: 'link.not-live', kind: 'unreachable' })
  links.now = now
})

test('after a broken link the host may take our own old session for alive: that one is ended, and nobody else’s', async () => {
  const { clock, guests, links, open } = setUp()
  const asked: boolean[] = []
  const calm = links.now as ProviderConnection
  const busy: ProviderConnection['openConsole'] = (ref, request, options) => {
    asked.push(request.takeOver)
    if (!request.takeOver) return Promise.reject(new AppError({ kind: 'conflict', code: 'console.busy', message: '' }))
    return calm.openConsole(ref, request, options)
  }
  const lose = async () => {
    const viewer = await open()
    guests.at(-1)?.peer?.fail(new AppError({ kind: 'unreachable', code: 'link.closed', message: 'gone' }))
    await expect(viewer.read()).rejects.toMatchObject({ code: 'link.closed' })
  }
  await lose()
  links.now = { openConsole: busy }
  await open()
  expect(asked).toEqual([false, true])
  guests.at(-1)?.close() // by its own side: no session of ours is left there
  await expect.poll(() => open().catch(({ code }: AppError) => code)).toBe('console.busy')
  links.now = calm
  await lose()
  await clock.advance(6 * 60_000)
  links.now = { openConsole: busy }
  await expect(open()).rejects.toMatchObject({ code: 'console.busy' })
})

const LOGIN: GuestLoginRequest = { user: 'ada', port: 22, method: 'auto', secrets: {}, prompts: true, size: { columns: 80, rows: 24 } }
const KEY = { host: 'guest-a', port: 22, keyType: 'ssh-ed25519', fingerprint: 'SHA256:abc' }

function addressed(inventory: Inventory, ...addresses: readonly string[]): void {
  inventory.applyChanges('c1' as ConnectionId, [{ op: 'patch', entity: 'machine', ref: 'a', patch: { addresses: [...addresses] } }], {
    state: 'live',
  })
}

/** Reads to the end, answering what is asked. */
async function logIn(service: ConsoleService, request: GuestLoginRequest, answers: readonly string[] | null = null) {
  const told: ConsoleLoginMessage[] = []
  for await (const message of service.logIn(MACHINE, request, never)) {
    told.push(message)
    if (message.type === 'prompt' && message.prompt) service.prompts.answer(message.prompt.id, answers, true)
  }
  return told
}

test('a shell inside the machine: what it asks is asked, answered once and kept nowhere, then its channel is there', async () => {
  const { asked, inventory, script, service } = setUp()
  addressed(inventory, 'fd00::5', '10.0.0.5', '10.0.0.6')
  const question = { kind: 'password', host: '10.0.0.5', port: 22, user: 'ada', name: '', instructions: '', keyPath: null } as const
  const answers: unknown[] = []
  script.login = async ({ onPrompt }) => {
    // a provider may think that it could be kept
    answers.push(
      await onPrompt?.({ ...question, prompts: [{ text: 'Password', echo: false }], refusedBefore: false, secret: 'password' }, never),
    )
  }
  const told = await logIn(service, LOGIN, ['sesame'])
  expect(told).toEqual([
    { type: 'prompt', prompt: expect.objectContaining({ user: 'ada', secret: null }) as unknown },
    { type: 'prompt', prompt: null },
    { type: 'opened', token: expect.any(String) as unknown },
  ])
  expect(answers).toEqual([['sesame']])
  expect(asked[0]?.request.login).toEqual({ ...LOGIN, prompts: undefined, address: '10.0.0.5', keyFile: null })
  expect(asked[0]?.options.timeoutMs).toBeUndefined() // a person thinks as long as it takes
  const opened = told.at(-1)
  expect(() => service.take(opened?.type === 'opened' ? opened.token : '')).not.toThrow()
})

test('only to addresses that the machine is known to have; without one it says so, in the list as well', async () => {
  const { asked, inventory, service } = setUp()
  expect(await service.list(MACHINE, never)).toMatchObject([{ kind: 'ssh', reason: { code: 'console.no-address' } }])
  await expect(logIn(service, LOGIN)).rejects.toMatchObject({ kind: 'precondition', code: 'console.no-address' })
  addressed(inventory, '10.0.0.5', 'fd00::5')
  expect(await service.list(MACHINE, never)).toMatchObject([{ kind: 'ssh', reason: null }])
  await expect(logIn(service, { ...LOGIN, address: '10.9.9.9' })).rejects.toMatchObject({ code: 'console.unknown-address' })
  await logIn(service, { ...LOGIN, address: 'fd00::5' })
  expect(asked.map(({ request }) => request.login?.address)).toEqual(['fd00::5'])
})

test('a host key is trusted when it is the very one that was confirmed, and replaced only on that wish', async () => {
  const { inventory, script, service } = setUp()
  addressed(inventory, '10.0.0.5')
  const verdicts: unknown[] = []
  script.login = async ({ onHostKey }) => {
    for (const status of ['unknown', 'changed'] as const) verdicts.push(await onHostKey?.({ ...KEY, status, previous: [] }))
  }
  await logIn(service, LOGIN)
  await logIn(service, { ...LOGIN, acceptHostKey: { ...KEY, replace: false } })
  await logIn(service, { ...LOGIN, acceptHostKey: { ...KEY, replace: true } })
  await logIn(service, { ...LOGIN, acceptHostKey: { ...KEY, fingerprint: 'SHA256:other', replace: true } })
  expect(verdicts).toEqual([false, false, true, false, true, true, false, false])
})

test('without a person there nothing is asked, and a shell for somebody who has left is closed', async () => {
  const { asked, clock, guests, inventory, service } = setUp()
  addressed(inventory, '10.0.0.5')
  await logIn(service, { ...LOGIN, prompts: false })
  expect(asked[0]?.options.onPrompt).toBeUndefined()
  await clock.advance(30_000) // nobody came for it
  expect(await guests[0]?.read()).toBeNull()
})
/** A console that is left open for a day: what is left of each link that broke, and of all that was written. */
test('a thousand broken links and a hundred thousand pieces leave nothing behind', async () => {
  const { clock, displays, guests, open, service } = setUp()
  const collect = garbageCollector()
  const gone: WeakRef<MemoryChannel>[] = []
  const piece = Buffer.alloc(1_024, 'x')
  const lost = new AppError({ kind: 'unreachable', code: 'link.closed', message: 'gone' })
  const follow = async (viewer: ByteChannel): Promise<number> => {
    let bytes = 0
    for (let read = await viewer.read().catch(() => null); read !== null; read = await viewer.read().catch(() => null)) bytes += read.length
    return bytes
  }
  for (let n = 0; n < 1_000; n += 1) {
    const [viewer, other] = [await open(), await open()]
    const followed = [follow(viewer), follow(other)]
    const [guest] = guests.splice(0)
    for (let written = 0; written < 100; written += 1) await guest?.write(piece)
    guest?.peer?.fail(lost)
    expect(await Promise.all(followed)).toEqual([102_400, 102_400])
    if (guest) gone.push(new WeakRef(guest))
    const display = service.open(MACHINE, { kind: 'vnc', index: 0, takeOver: false }, never)
    await expect.poll(() => displays.length, { interval: 0 }).toBe(1)
    const [screen] = displays.splice(0)
    await screen?.write(Buffer.from('RFB 003.008\n\u0001\u0001\0\0\0\0', 'latin1'))
    await screen?.write(Buffer.concat([Buffer.from([0, 8, 0, 8]), Buffer.alloc(20)]))
    service.take(await display).close()
    if (screen) gone.push(new WeakRef(screen))
  }
  expect(clock.pending).toBe(0)
  await new Promise((resolve) => setTimeout(resolve, 0))
  collect()
  // the last ones may still be in a register
  expect(gone.filter((each) => each.deref() !== undefined).length).toBeLessThanOrEqual(4)
})

/** Node's own, without a flag of the command line. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
