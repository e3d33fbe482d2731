import { expect, onTestFinished, test } from 'vitest'
import type { HostKeyInfo, LoginQuestion } from '../../../shared/model/index.ts'
import { settle } from '../../engine/testing/fake-clock.ts'
import type { ConnectOptions, ConsoleRequest, GuestLogin } from '../provider.ts'
import { createSeat, Reader } from './consoles/testing/seat.ts'
import { kernelOf } from './guest.ts'
import { createPeer } from './testing/peer.ts'

const LOGIN: GuestLogin = {
  address: '10.0.0.5',
  port: 22,
  user: 'maja',
  method: 'auto',
  keyFile: null,
  secrets: {},
  size: { columns: 100, rows: 30 },
}
const request = (login: Partial<GuestLogin> = {}): ConsoleRequest => ({
  kind: 'ssh',
  index: 0,
  takeOver: false,
  login: { ...LOGIN, ...login },
})

function setUp() {
  const seat = createSeat()
  const linux = [...seat.world.fleet.machines.values()].find((one) => one.facts.state === 'running' && kernelOf(one) !== null)
  const windows = [...seat.world.fleet.machines.values()].find((one) => one.facts.state === 'running' && kernelOf(one) === null)
  if (!linux || !windows) throw new Error('The seed gives no such machines')
  const keys: HostKeyInfo[] = []
  const questions: LoginQuestion[] = []
  const person = (...answers: ReadonlyArray<readonly string[] | null>): ConnectOptions => ({
    onHostKey: (info) => {
      keys.push(info)
      return Promise.resolve(true)
    },
    onPrompt: (question) => {
      questions.push(question)
      return Promise.resolve(answers[questions.length - 1] ?? null)
    },
  })
  const open = async (login: Partial<GuestLogin>, options: ConnectOptions, machine = linux) => {
    const opened = await seat.consoles.openSsh(machine, request(login), options, () => undefined)
    onTestFinished(() => opened.channel.close())
    return opened.channel
  }
  return { ...seat, keys, linux, open, person, questions, windows }
}

test('a first key is asked about, a password asked for until it is right, and the shell is one’s own', async () => {
  const { clock, keys, linux, open, person, questions } = setUp()
  const channel = await open({}, person(['wrong'], ['right']))
  expect(keys).toEqual([expect.objectContaining({ host: `guest-${linux.ref}`, status: 'unknown' })])
  expect(questions.map(({ kind, user, refusedBefore, secret }) => [kind, user, refusedBefore, secret])).toEqual([
    ['password', 'maja', false, null],
    ['password', 'maja', true, null],
  ])
  const reader = new Reader(channel)
  await settle()
  expect(await reader.run('whoami')).toBe('maja')
  expect(await reader.run('stty size')).toBe('30 100')
  channel.resize?.({ columns: 77, rows: 22 })
  expect(await reader.run('stty size')).toBe('22 77')
  const second = new Reader(await open({ user: 'oskar', method: 'agent' }, {}))
  await settle()
  expect(await second.run('whoami')).toBe('oskar')
  expect(reader.text).not.toContain('oskar')
  expect(keys).toHaveLength(1) // trusted by now
  await reader.type('exit\r')
  expect([reader.end, second.end, clock.pending]).toEqual([null, undefined, 0])
})

test('whoever does not trust the key, does not answer, or is wrong three times is not let in', async () => {
  const { open, person, questions, windows } = setUp()
  await expect(open({}, {})).rejects.toMatchObject({
    kind: 'precondition',
    code: 'console.ssh-key-unknown',
    details: { key: { status: 'unknown' } },
  })
  await expect(open({}, person(null))).rejects.toMatchObject({ kind: 'unauthenticated', code: 'console.ssh-login-refused' })
  questions.length = 0
  await expect(open({}, person(['wrong'], ['wrong'], ['wrong'], ['right']))).rejects.toMatchObject({ code: 'console.ssh-login-refused' })
  expect(questions).toHaveLength(3)
  await expect(open({ secrets: { password: 'right' }, method: 'password' }, {})).resolves.toBeDefined()
  await expect(open({}, person(['right']), windows)).rejects.toMatchObject({ kind: 'unreachable', code: 'console.ssh-refused' })
})

test('it ends with the machine’s life and with the link; a paused machine answers when it goes on', async () => {
  const peer = createPeer({ hosts: 3, machines: 90 })
  const link = await peer.connect()
  const ref = peer.controls.machines().find((one) => one.facts.state === 'running' && kernelOf(one) !== null)?.ref ?? ''
  const trusting: ConnectOptions = { onHostKey: () => Promise.resolve(true) }
  const enter = async () => new Reader((await link.openConsole(ref, request({ method: 'agent' }), trusting)).channel)
  const first = await enter()
  await link.act(ref, { action: 'suspend' }, {})
  await first.type('whoami\r')
  expect(first.text).not.toContain('whoami')
  await link.act(ref, { action: 'resume' }, {})
  await settle()
  expect(first.text).toContain('whoami\r\nmaja')
  await link.act(ref, { action: 'reset' }, {})
  await settle()
  expect(first.end).toBeNull()
  const second = await enter()
  peer.controls.cutLink('cable pulled')
  await settle()
  expect(second.end).toMatchObject({ kind: 'unreachable', code: 'link.lost' })
})

test('one who has given up while a question was open gets no shell', async () => {
  const peer = createPeer({ hosts: 3, machines: 90 })
  const link = await peer.connect()
  const ref = peer.controls.machines().find((one) => one.facts.state === 'running' && kernelOf(one) !== null)?.ref ?? ''
  const gone = new AbortController()
  let reply: (answers: readonly string[]) => void = () => {}
  const opening = link.openConsole(ref, request(), {
    signal: gone.signal,
    onHostKey: () => Promise.resolve(true),
    onPrompt: () =>
      new Promise((resolve) => {
        reply = resolve
      }),
  })
  await settle()
  gone.abort()
  await expect(opening).rejects.toMatchObject({ kind: 'cancelled' })
  reply(['right'])
  await settle()
  await link.close()
})
