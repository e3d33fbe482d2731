import { mkdir, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { AppError } from '../../../shared/errors/index.ts'
import type { HostKeyInfo, LoginQuestion } from '../../../shared/model/index.ts'
import { describeWithPeers } from '../../libvirt/transport/testing/peers.ts'
import { SSH_PEERS, SshLab } from '../../libvirt/transport/testing/ssh-lab.ts'
import { type TestHost, until } from '../../libvirt/transport/testing/sshd-fixture.ts'
import { testPorts } from '../libvirt/testing/ports.ts'
import type { ByteChannel, ConnectOptions, GuestLogin, ProviderPorts } from '../provider.ts'
import { openGuestShell } from '../ssh/index.ts'
import { CloudLink } from './link.ts'
import { FakeCloud, fakeApi } from './testing/fake-cloud.ts'

const REF = 'north/0'
const PASSWORD = 'right and proper'
const SSHD = ['PasswordAuthentication yes']
const USERS = [{ name: 'ada', password: PASSWORD }]

const failureOf = (promise: Promise<unknown>): Promise<AppError> =>
  promise.then(
    () => Promise.reject(new Error('it did not fail')),
    (error: unknown) => error as AppError,
  )

/** Reads on until the text is there, or the end. */
async function reads(channel: ByteChannel, wanted: string | RegExp): Promise<string> {
  let text = ''
  const has = () => (typeof wanted === 'string' ? text.includes(wanted) : wanted.test(text))
  while (!has()) {
    const bytes = await channel.read()
    if (bytes === null) throw new Error(`it ended after ${JSON.stringify(text)}`)
    text += Buffer.from(bytes).toString()
  }
  return text
}

async function restOf(channel: ByteChannel): Promise<null> {
  const bytes = await channel.read()
  return bytes === null ? null : restOf(channel)
}

describeWithPeers('a shell inside a machine of a cloud, by a real sshd', SSH_PEERS, () => {
  let lab: SshLab
  let host: TestHost
  let ports: ProviderPorts & { dispose(): Promise<void> }
  let cloud: FakeCloud
  let link: CloudLink

  beforeAll(async () => {
    lab = await SshLab.create()
  })
  beforeEach(async () => {
    host = await lab.host({ sshd: SSHD, users: USERS })
    ports = await testPorts()
    await mkdir(ports.homeDirectory, { recursive: true })
    cloud = new FakeCloud(ports.clock)
    cloud.change(REF, { addresses: [host.address] })
    link = new CloudLink(fakeApi(cloud), ports)
  })
  afterEach(async () => {
    await link.close()
    await ports.dispose()
    await lab.cleanUp()
  })
  afterAll(() => lab.close())

  const login = (change: Partial<GuestLogin> = {}): GuestLogin => ({
    address: host.address,
    port: host.port,
    user: 'ada',
    method: 'password',
    keyFile: null,
    secrets: { password: PASSWORD },
    size: { columns: 101, rows: 33 },
    ...change,
  })

  async function open(change: Partial<GuestLogin> = {}, options: ConnectOptions = {}): Promise<ByteChannel> {
    const { channel } = await link.openConsole(REF, { kind: 'ssh', index: 0, takeOver: false, login: login(change) }, options)
    return channel
  }

  /** A person who has compared the key, and answers in this order. */
  function person(answers: readonly string[] = []) {
    const left = [...answers]
    const keys: HostKeyInfo[] = []
    const asked: LoginQuestion[] = []
    const options: ConnectOptions = {
      onHostKey: async (info) => {
        keys.push(info)
        return true
      },
      onPrompt: async (question) => {
        asked.push(question)
        const answer = left.shift()
        return answer === undefined ? null : [answer]
      },
    }
    return { keys, asked, options }
  }

  const knownHosts = () => readFile(join(ports.dataDirectory, 'known_hosts'), 'utf8').catch(() => '')

  test('its key is asked about once and filed under the machine; what is typed is echoed, and the terminal has the window’s size', async () => {
    expect(await link.consoles(REF, {})).toContainEqual({ kind: 'ssh', index: 0, label: 'SSH', reason: null })
    const refused = await failureOf(open())
    expect(refused).toMatchObject({
      kind: 'precondition',
      code: 'console.ssh-key-unknown',
      details: { key: { host: `guest-${REF}`, port: 22, status: 'unknown' } },
    })
    expect(await knownHosts()).toBe('')
    const { keys, options } = person()
    const shell = await open({}, options)
    await reads(shell, '$ ')
    expect(keys).toMatchObject([{ host: `guest-${REF}`, status: 'unknown', previous: [] }])
    expect(await knownHosts()).toBe(`guest-${REF} ${host.hostKeys[0] ?? ''}\n`)
    await shell.write(Buffer.from('id -un; stty size; echo con""sole\n'))
    expect(await reads(shell, 'console\r\n')).toMatch(/echo con""sole\r\n[\s\S]*ada\r\n33 101\r\n/)
    shell.resize?.({ columns: 77, rows: 22 })
    await shell.write(Buffer.from('stty size\n'))
    await reads(shell, '22 77')
    await shell.write(Buffer.from('exit\n'))
    expect(await restOf(shell)).toBeNull()
    const again = await open()
    await reads(again, '$ ')
    again.close()
    expect(await restOf(again)).toBeNull()
  })

  test('another key at its address is refused before anything is said, until it is put in the place of the former', async () => {
    await open({}, person().options).then((shell) => shell.close())
    const other = await lab.host({ sshd: SSHD, users: USERS })
    cloud.change(REF, { addresses: [other.address] })
    const { asked, options } = person()
    const refused = await failureOf(open({ address: other.address }, { ...options, onHostKey: () => Promise.resolve(false) }))
    expect(refused).toMatchObject({
      kind: 'conflict',
      code: 'console.ssh-key-changed',
      details: { key: { host: `guest-${REF}`, status: 'changed', previous: [{ keyType: 'ssh-ed25519' }] } },
    })
    expect(asked).toEqual([])
    expect(await other.log()).not.toMatch(/password for ada/)
    const shell = await open({ address: other.address }, options)
    await reads(shell, '$ ')
    shell.close()
    expect(await knownHosts()).toBe(`guest-${REF} ${other.hostKeys[0] ?? ''}\n`)
  })

  test('a wrong password is unauthenticated, and one that is asked for can be typed anew', async () => {
    const wrong = person(Array<string>(20).fill('no'))
    expect(await failureOf(open({ secrets: {} }, wrong.options))).toMatchObject({
      kind: 'unauthenticated',
      code: 'console.ssh-login-refused',
      details: { user: 'ada' },
    })
    expect(await failureOf(open({ secrets: { password: 'no' } }))).toMatchObject({ kind: 'unauthenticated' })
    const { asked, options } = person(['no', PASSWORD])
    const shell = await open({ secrets: {} }, options)
    await reads(shell, '$ ')
    shell.close()
    expect(asked.map(({ kind, user, refusedBefore }) => [kind, user, refusedBefore])).toEqual([
      ['password', 'ada', false],
      ['password', 'ada', true],
    ])
    expect(await failureOf(open({ secrets: {} }))).toMatchObject({ kind: 'unauthenticated', code: 'ssh.prompt-needed' })
  })

  test('a key lets in, its passphrase asked for; so does what the machine asks in its own words', async () => {
    const key = await lab.key('cloud-locked', { passphrase: 'open sesame' })
    const keyed = await lab.host({ users: USERS, authorizedKeys: [await lab.publicKey(key)] })
    const { asked, options } = person(['open sesame'])
    const shell = await open({ address: keyed.address, method: 'key', keyFile: key, secrets: {} }, options)
    await reads(shell, '$ ')
    shell.close()
    expect(asked).toMatchObject([{ kind: 'passphrase', keyPath: key }])
    const pam = await lab.host({ users: USERS, sshd: ['UsePAM yes', 'KbdInteractiveAuthentication yes'] })
    const inWords = person([PASSWORD])
    const other = await open({ address: pam.address, method: 'auto', secrets: {} }, inWords.options)
    await reads(other, '$ ')
    other.close()
    expect(inWords.asked).toMatchObject([{ kind: 'keyboard-interactive', user: 'ada' }])
  })

  test('a shell whose machine goes away ends with that, and one whose account is closed ends with it', async () => {
    const { options } = person()
    const shell = await open({}, options)
    await reads(shell, '$ ')
    const ended = failureOf(restOf(shell))
    await host.run('sh', '-c', 'kill -KILL $(ps -o pid= -C sshd,sshd-session)')
    expect(await ended).toMatchObject({ kind: 'unreachable', code: 'ssh.connection-lost' })
    expect(await failureOf(open())).toMatchObject({ kind: 'unreachable', code: 'console.ssh-refused' })
    const other = await lab.host({ sshd: SSHD, users: USERS })
    const second = await open({ address: other.address }, options)
    await reads(second, '$ ')
    const over = restOf(second).catch((error: AppError) => error.kind)
    await link.close()
    expect([null, 'unreachable', 'cancelled']).toContain(await over)
  })

  test('what stands in the way speaks of this computer and the machine, and of no host between them', async () => {
    expect(await failureOf(open({ port: 2 }))).toMatchObject({ kind: 'unreachable', code: 'console.ssh-refused' })
    // nobody's own address: on no network is it even tried
    const unreachable = await failureOf(open({ address: '224.0.0.1' }))
    expect(unreachable).toMatchObject({ kind: 'unreachable', code: 'console.ssh-unreachable' })
    const mute = createServer((socket) => socket.on('error', () => undefined).resume())
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve))
    lab.later(() => new Promise((resolve) => mute.close(resolve)))
    const address = mute.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const way = { via: null, from: 'here', guests: new Set<never>() } as const
    const silent = await failureOf(openGuestShell(way, REF, login({ address: '127.0.0.1', port }), ports, { timeoutMs: 2_000 }))
    expect(silent).toMatchObject({ kind: 'timeout', code: 'console.ssh-silent' })
    for (const { message } of [unreachable, silent]) expect(message).not.toMatch(/\bhost\b/)
  })

  test('a login that is given up leaves nothing behind', async () => {
    const stop = new AbortController()
    const waits = open(
      { secrets: {} },
      {
        ...person().options,
        onPrompt: () =>
          new Promise((resolve) => {
            stop.signal.addEventListener('abort', () => resolve(null))
            stop.abort()
          }),
        signal: stop.signal,
      },
    )
    expect(await failureOf(waits)).toMatchObject({ kind: 'cancelled' })
    expect(await host.log()).toContain('Server listening')
    const servers = async () => (await host.run('ps', '-o', 'pid=', '-C', 'sshd,sshd-session')).trim().split('\n')
    await until('sshd has no login under way', async () => (await servers()).length === 1)
  })
})
