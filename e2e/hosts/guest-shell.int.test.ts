import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../electron/api/client.ts'
import { seedImage } from '../../electron/engine/build/seed.ts'
import { hashPassword } from '../../electron/engine/build/sha512-crypt.ts'
import { type AppError, toAppError } from '../../shared/errors/index.ts'
import {
  type ConnectionId,
  cloudInitSchema,
  hostKeyInfoSchema,
  type LoginPrompt,
  type Machine,
  type MachineId,
} from '../../shared/model/index.ts'
import { type Lab, type LabGuest, type LabHost, must, run, startLab, until } from '../lab/lab.ts'
import { CLI } from '../lab/programs.ts'
import { requirePeer } from '../lab/requires.ts'
import type { ConsoleSocket } from './console-socket.ts'
import { dataOf, engineFolder, failureOf, TestEngine } from './engine.ts'

const PASSWORD = 'geheim-4711-xyzzy'
const ADDRESS_MS = 180_000
const BOOT_MS = 180_000

type LogIn = Partial<Parameters<Client['consoles']['logIn']>[0]>

/** A real guest with dropbear on the NAT network of its host: this computer has no way to it but through that host's sshd. */
describe.skipIf(!requirePeer('libvirtd').ok)('a shell inside a real machine, through its host’s one SSH connection', () => {
  let lab: Lab
  let host: LabHost
  let engine: TestEngine
  let folder: string
  let guest: LabGuest
  let machine: Machine

  beforeAll(async () => {
    lab = await startLab({ hosts: ['a', { name: 'shut', forwarding: 'none', helpers: ['nc'] }] })
    host = lab.host('a')
    folder = await engineFolder()
    const known = await Promise.all(['a', 'shut'].map((name) => readFile(lab.host(name).knownHostsFile, 'utf8')))
    await writeFile(join(folder, 'home/.ssh/known_hosts'), known.join(''))
    engine = await TestEngine.start({ folder })
    const { id } = await engine.add('a', { transport: 'ssh', host: host.address, user: 'root', keyFile: host.keyFile })
    await engine.status(id, 'online')
    const mac = '52:54:00:5e:11:01'
    const key = (await readFile(`${host.keyFile}.pub`, 'utf8')).trim()
    const user = { name: 'ada', sshKeys: [key], passwordHash: hashPassword(PASSWORD, randomBytes) }
    const seed = cloudInitSchema.parse({ hostname: 'inner', user, network: { kind: 'dhcp', mac } })
    await writeFile(join(host.dir, 'inner.iso'), seedImage(seed, { instanceId: 'inner', timeMs: 0 }).image)
    guest = await host.defineGuest({ name: 'inner', mac, network: 'default', seed: { path: '/srv/host/inner.iso', as: 'disk' } })
    await guest.start()
    await guest.waitReady(BOOT_MS)
    machine = await addressed(id, guest.uuid)
    // nor one that this computer would take for everything: nothing of the tests leaves it
    await must('ip', ['route', 'replace', 'unreachable', `${machine.addresses[0]}/32`])
  })
  afterAll(async () => {
    if (machine) await run('ip', ['route', 'del', `${machine.addresses[0]}/32`])
    await engine?.stop()
    await lab?.stop()
  })

  function addressed(id: ConnectionId, uuid: string): Promise<Machine> {
    return until(
      'its address',
      async () => {
        const found = engine.machine(id, uuid)
        // leases are looked at more often while somebody looks
        if (found) await engine.client.inventory.setInterest({ visible: [found.id], focused: null })
        return found !== undefined && found.addresses.length > 0 && found
      },
      ADDRESS_MS,
    )
  }

  interface Asked {
    readonly prompt: LoginPrompt
    readonly answer: readonly string[] | null
  }

  /** What was asked and answered, and the shell; throws what the engine says. */
  async function logIn(
    more: LogIn,
    answer: (prompt: LoginPrompt) => readonly string[] | null = () => null,
  ): Promise<{ readonly shell: ConsoleSocket; readonly asked: readonly Asked[] }> {
    const asked: Asked[] = []
    const messages = await engine.client.consoles.logIn({
      machineId: machine.id,
      user: 'ada',
      method: 'key',
      keyFile: host.keyFile,
      prompts: true,
      ...more,
    })
    for await (const message of messages) {
      if (message.type === 'opened') return { shell: engine.console(message.token), asked }
      if (!message.prompt) continue
      const given = answer(message.prompt)
      asked.push({ prompt: message.prompt, answer: given })
      await engine.client.consoles.answerPrompt({ promptId: message.prompt.id, answers: given && [...given] })
    }
    throw new Error('the login ended without a word')
  }

  const refusal = (more: LogIn): Promise<AppError> => failureOf(logIn(more))

  /** A plain guest with an address, behind another host. */
  async function reachable(behind: LabHost, name: string): Promise<MachineId> {
    const { id } = await engine.add(behind.name, { transport: 'ssh', host: behind.address, user: 'root', keyFile: behind.keyFile })
    await engine.status(id, 'online')
    const other = await behind.defineGuest({ name, network: 'default' })
    await other.start()
    return (await addressed(id, other.uuid)).id
  }

  /** Trusts the key the machine shows, as a person does who has compared it. */
  async function trust(replace: boolean): Promise<void> {
    const { details } = await refusal({})
    const { host: name, port, keyType, fingerprint } = hostKeyInfoSchema.parse(details.key)
    const { shell } = await logIn({ acceptHostKey: { host: name, port, keyType, fingerprint, replace } })
    await shell.says('$ ')
    shell.close()
  }

  test('there is no way to it from here, and its key is met for the first time', async () => {
    const address = machine.addresses[0] ?? ''
    expect(await run('ip', ['route', 'get', address])).not.toMatchObject({ code: 0 })
    expect((await engine.client.consoles.list({ machineId: machine.id })).at(-1)).toEqual({
      kind: 'ssh',
      index: 0,
      label: 'SSH',
      reason: null,
    })
    const error = await refusal({})
    expect(error).toMatchObject({ kind: 'precondition', code: 'console.ssh-key-unknown' })
    // filed under the machine, not under an address that another host's network may have as well
    expect(error.details.key).toMatchObject({ host: `guest-${guest.uuid}`, port: 22, status: 'unknown' })
    expect((await readFile(join(dataOf(folder), 'known_hosts'), 'utf8').catch(() => '')).includes(guest.uuid)).toBe(false)
  })

  test('a key once trusted is filed under the machine, and the shell has the size of the window', async () => {
    await trust(false)
    expect(await readFile(join(dataOf(folder), 'known_hosts'), 'utf8')).toMatch(new RegExp(`^guest-${guest.uuid} ssh-`, 'm'))
    const { shell, asked } = await logIn({ size: { columns: 101, rows: 33 } })
    expect(asked).toEqual([])
    await shell.says('$ ')
    await shell.send('id -un; hostname; stty size\n')
    await shell.says('ada\r\ninner\r\n33 101')
    await shell.control({ resize: [77, 22] })
    await shell.send('stty size\n')
    await shell.says('22 77')
    await shell.send('exit\n')
    expect(await shell.end()).toMatchObject({ code: 4_000 })
  })

  test('a password is asked for, a wrong one again, and it is kept nowhere', async () => {
    const { shell, asked } = await logIn({ method: 'password' }, ({ refusedBefore }) => [refusedBefore ? PASSWORD : 'wrong-one'])
    await shell.says('$ ')
    shell.close()
    expect(asked.map(({ prompt }) => [prompt.kind, prompt.user, prompt.refusedBefore, prompt.secret])).toEqual([
      ['password', 'ada', false, null],
      ['password', 'ada', true, null],
    ])
    const { shell: second } = await logIn({ method: 'password', secrets: { password: PASSWORD } })
    await second.says('$ ')
    second.close()
    const found = await must('sh', ['-c', `grep -rl ${PASSWORD} '${dataOf(folder)}' || true`])
    expect(found).toBe('')
    const { items } = await engine.client.audit.list({ limit: 50 })
    const inputs = items.filter(({ method }) => method.startsWith('consoles.')).map(({ input }) => JSON.stringify(input))
    expect(inputs.some((input) => input.includes('[secret]'))).toBe(true)
  })

  test('what stands in the way is named with what helps', async () => {
    const [address = ''] = machine.addresses
    const wrong = await failureOf(logIn({ method: 'password' }, () => ['wrong-one', 'wrong-two'].slice(0, 1)))
    expect(wrong).toMatchObject({ kind: 'unauthenticated', code: 'console.ssh-login-refused' })
    expect(await refusal({ port: 2_222 })).toMatchObject({ kind: 'unreachable', code: 'console.ssh-refused' })
    expect(await refusal({ address: '192.0.2.1' })).toMatchObject({ kind: 'invalid-input', code: 'console.unknown-address' })
    expect(await refusal({ keyFile: '/nonexistent' })).toMatchObject({ code: 'ssh.key-unreadable' })
    await host.exec(`ip route add unreachable ${address}/32`)
    expect(await refusal({})).toMatchObject({ kind: 'unreachable', code: 'console.ssh-no-route' })
    await host.exec(`ip route del unreachable ${address}/32`)
    expect(await failureOf(logIn({ prompts: false, method: 'password' }))).toMatchObject({
      kind: 'unauthenticated',
      code: 'ssh.prompt-needed',
    })
  })

  /** The command line, with that on its input, to its end. */
  async function cli(
    args: readonly string[],
    input: string,
  ): Promise<{ readonly out: string; readonly err: string; readonly code: number }> {
    const child = spawn(process.execPath, [CLI, '--data', dataOf(folder), 'console', '--ssh', 'ada@inner', '--key', host.keyFile, ...args])
    const said = { out: '', err: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      said.out += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk.toString()
    })
    child.stdin.write(input)
    const code = await new Promise<number>((resolve) => child.once('close', resolve))
    return { ...said, code }
  }

  test('on the command line it is recorded to a file of this user’s own, and to no file that is there already', async () => {
    const file = join(folder, 'session.cast')
    const done = await cli(['--record', file], 'echo typed-$((6*7))\nexit\n')
    expect(done).toMatchObject({ code: 0, err: '' })
    expect(done.out).toContain('typed-42')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const [header = '', ...events] = (await readFile(file, 'utf8')).trimEnd().split('\n')
    expect(JSON.parse(header)).toMatchObject({ version: 2, width: 80, height: 24, title: 'a/inner' })
    const parsed = events.map((line) => JSON.parse(line) as [number, string, string])
    expect(parsed.every(([, code]) => code === 'o')).toBe(true)
    expect(parsed.map(([, , data]) => data).join('')).toBe(done.out)
    expect(parsed.map(([at]) => at)).toEqual(parsed.map(([at]) => at).toSorted((a, b) => a - b))
    const again = await cli(['--record', file], '')
    expect(again).toMatchObject({ code: 1 })
    expect(again.err).toContain('[cli.record-exists]')
  })

  test('a host that is cut off ends it with a kind that another try may mend, and a new login goes on', async () => {
    const { shell } = await logIn({})
    await shell.says('$ ')
    await host.cutNetwork('reset')
    await shell.send('x')
    expect(await shell.end()).toMatchObject({ code: 4_001, reason: expect.stringMatching(/^unreachable [a-z]+\./) as string })
    await engine.status(machine.connectionId, 'offline')
    await host.restoreNetwork()
    await engine.status(machine.connectionId, 'online')
    const { shell: again } = await logIn({})
    await again.send('echo back-$((4+5))\n')
    await again.says('back-9')
    again.close()
  })

  test('a machine that shows another key is not logged in to until that key is put in the place of the former one', async () => {
    await host.virsh(['destroy', guest.uuid])
    await guest.start() // its keys are made anew with each boot
    await guest.waitReady(BOOT_MS)
    await engine.reaches(machine.connectionId, guest.uuid, 'running')
    const error = await until(
      'its SSH server',
      async () => {
        const refused = await failureOf(logIn({ secrets: { password: PASSWORD } })).catch(toAppError)
        return refused.kind !== 'unreachable' && refused.kind !== 'timeout' && refused.code !== 'console.no-address' && refused
      },
      ADDRESS_MS,
      500,
    )
    expect(error).toMatchObject({
      kind: 'conflict',
      code: 'console.ssh-key-changed',
      message: expect.stringContaining('another host key') as string,
    })
    const { host: name, port, keyType, fingerprint, previous } = hostKeyInfoSchema.parse(error.details.key)
    expect(previous).toHaveLength(1)
    const choice = { host: name, port, keyType, fingerprint }
    expect(await refusal({ acceptHostKey: choice })).toMatchObject({ code: 'console.ssh-key-changed' }) // trusting is not replacing
    const refused = await cli([], '')
    expect(refused).toMatchObject({ code: 1 })
    expect(refused.err).toContain(`--accept-host-key ${fingerprint}`)
    expect(await cli(['--accept-host-key', 'SHA256:another'], '')).toMatchObject({ code: 1 })
    const replaced = await cli(['--accept-host-key', fingerprint], 'exit\n')
    expect(replaced).toMatchObject({ code: 0, err: '' })
    const { shell } = await logIn({})
    await shell.says('$ ')
    shell.close()
  })

  test('a host of this computer itself is no detour: straight, with the same trusted key', async () => {
    const { id } = await engine.add('here', { transport: 'unix', socket: host.socketPath })
    await engine.status(id, 'online')
    const same = await addressed(id, guest.uuid)
    expect((await refusal({ machineId: same.id })).code).toBe('console.ssh-no-route')
    const [address = ''] = same.addresses
    await must('ip', ['route', 'replace', `${address}/32`, 'via', host.address])
    await host.exec('iptables -w -I FORWARD 1 -j ACCEPT')
    const { shell } = await logIn({ machineId: same.id })
    await shell.says('$ ')
    await engine.client.connections.setEnabled({ connectionId: id, enabled: false })
    expect((await shell.end()).code).not.toBe(1_000)
  })

  test('a host whose SSH server forwards nothing says so, with the line that helps', async () => {
    const error = await failureOf(logIn({ machineId: await reachable(lab.host('shut'), 'walled') }))
    expect(error).toMatchObject({
      kind: 'forbidden',
      code: 'console.ssh-forwarding',
      message: expect.stringContaining('AllowTcpForwarding yes') as string,
    })
  })

  test('a machine that is off says so, and so does one without an address', async () => {
    const other = await host.defineGuest({ name: 'mute' })
    const { connectionId } = machine
    const { id: machineId } = await engine.reaches(connectionId, other.uuid, 'stopped')
    const ssh = async () => (await engine.client.consoles.list({ machineId })).find(({ kind }) => kind === 'ssh')?.reason?.code
    expect(await ssh()).toBe('console.not-running')
    await other.start()
    await engine.reaches(connectionId, other.uuid, 'running')
    expect(await ssh()).toBe('console.no-address')
    expect(await failureOf(logIn({ machineId }))).toMatchObject({ kind: 'precondition', code: 'console.no-address' })
  })
})
