import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { NO_ENVIRONMENT, SSH_PEERS, SshLab } from '../testing/ssh-lab.ts'
import { type TestHost, until } from '../testing/sshd-fixture.ts'
import { fingerprintSha256 } from './known-hosts.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import type { HostKeyQuestion } from './prompts.ts'
import { openSshSession } from './ssh-connect.ts'

const blobOf = (line: string) => Buffer.from(line.split(' ')[1] ?? '', 'base64')

describeWithPeers('what goes wrong between us and a real sshd', SSH_PEERS, () => {
  let lab: SshLab
  let key: string
  beforeAll(async () => {
    lab = await SshLab.create()
    key = await lab.key('key')
  })
  afterEach(() => lab.cleanUp())
  afterAll(() => lab.close())

  async function plainHost(more: Parameters<SshLab['host']>[0] = {}): Promise<TestHost> {
    return lab.host({ authorizedKeys: [await lab.publicKey(key)], ...more })
  }
  const login = (host: TestHost) => ({ host: host.address, port: host.port, user: 'root', identityFiles: [key] })

  describe('host keys', () => {
    test('one in a file that is named for the host is known', async () => {
      const host = await plainHost()
      const named = await lab.knownHosts(host)
      const target = { ...login(host), userKnownHostsFiles: [named.ownFile] }
      const session = await lab.connect(target, { knownHosts: await lab.knownHosts() })
      expect(session.hostKey.firstUse).toBe(false)
    })

    test('an unknown one is refused, with its fingerprint', async () => {
      const host = await plainHost()
      await expect(lab.connect(login(host), { knownHosts: await lab.knownHosts() })).rejects.toMatchObject({
        code: 'ssh.host-key-unknown',
        kind: 'precondition',
        details: { keyType: 'ssh-ed25519', fingerprintSha256: fingerprintSha256(blobOf(host.hostKeys[0] ?? '')) },
      })
    })

    test('one that a person accepts is written down and not asked for again', async () => {
      const host = await plainHost()
      const knownHosts = await lab.knownHosts()
      const asked: HostKeyQuestion[] = []
      const onHostKey = async (question: HostKeyQuestion) => {
        asked.push(question)
        return 'accept' as const
      }
      const first = await lab.connect(login(host), { knownHosts, onHostKey })
      expect(first.hostKey.firstUse).toBe(true)
      const second = await lab.connect(login(host), { knownHosts, onHostKey })
      expect(second.hostKey.firstUse).toBe(false)
      expect(asked).toMatchObject([{ status: 'unknown', known: [], keyType: 'ssh-ed25519' }])
    })

    test('a changed one is refused, with the old fingerprint and its line; a re-pin lets us in', async () => {
      const host = await plainHost()
      const impostor = await lab.key('impostor')
      const old = (await lab.publicKey(impostor)).split(' ').slice(0, 2).join(' ')
      const knownHosts = await lab.knownHosts()
      await writeFile(knownHosts.ownFile, `# mine\n${host.address} ${old}\n`)
      await expect(lab.connect(login(host), { knownHosts })).rejects.toMatchObject({
        code: 'ssh.host-key-changed',
        kind: 'conflict',
        details: { known: [{ fingerprintSha256: fingerprintSha256(blobOf(old)), file: knownHosts.ownFile, line: 2 }] },
      })
      const session = await lab.connect(login(host), {
        knownHosts,
        onHostKey: async ({ status }) => (status === 'changed' ? 'accept' : 'reject'),
      })
      expect(session.isOpen).toBe(true)
      await expect(lab.connect(login(host), { knownHosts })).resolves.toMatchObject({ isOpen: true })
    })

    test('a re-pin outweighs what the user file says, which stays as it is', async () => {
      const host = await plainHost()
      const old = (await lab.publicKey(await lab.key('older'))).split(' ').slice(0, 2).join(' ')
      const users = await lab.knownHosts()
      await writeFile(users.ownFile, `${host.address} ${old}\n`)
      const own = await lab.knownHosts()
      const knownHosts = new KnownHostsStore({ ownFile: own.ownFile, readOnlyFiles: [users.ownFile] })
      await expect(lab.connect(login(host), { knownHosts })).rejects.toMatchObject({
        code: 'ssh.host-key-changed',
        details: { known: [{ file: users.ownFile }] },
      })
      await lab.connect(login(host), { knownHosts, onHostKey: async () => 'accept' })
      await expect(lab.connect(login(host), { knownHosts })).resolves.toMatchObject({ isOpen: true })
    })

    test('a revoked one is refused whatever a person says', async () => {
      const host = await plainHost()
      const knownHosts = await lab.knownHosts(host)
      await writeFile(knownHosts.ownFile, `${host.address} ${host.hostKeys[0]}\n@revoked * ${host.hostKeys[0]}\n`)
      await expect(lab.connect(login(host), { knownHosts, onHostKey: async () => 'accept' })).rejects.toMatchObject({
        code: 'ssh.host-key-revoked',
        kind: 'forbidden',
      })
    })

    test('of several keys the known one is asked for', async () => {
      const host = await plainHost({ hostKeyTypes: ['ed25519', 'ecdsa', 'rsa'] })
      for (const known of host.hostKeys) {
        const knownHosts = await lab.knownHosts()
        await writeFile(knownHosts.ownFile, `${host.address} ${known}\n`)
        const session = await lab.connect(login(host), { knownHosts })
        expect(session.hostKey.keyType).toBe(known.split(' ')[0])
      }
    })
  })

  describe('reaching the host', () => {
    let server: Server | undefined
    afterEach(() => server?.close())

    async function listen(onConnection: Parameters<typeof createServer>[1]): Promise<{ host: string; port: number; user: string }> {
      server = createServer(onConnection)
      await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
      const address = server.address()
      return { host: '127.0.0.1', port: typeof address === 'object' && address ? address.port : 0, user: 'root' }
    }

    test('packets that vanish: a timeout, on time', async () => {
      const host = await plainHost()
      await host.cutLink()
      const started = performance.now()
      const error = await lab
        .connect(login(host), { knownHosts: await lab.knownHosts(host), timeoutMs: 600 })
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({ code: 'ssh.timeout', kind: 'timeout', details: { stage: 'reach' } })
      // without it the kernel would try for two minutes
      expect(performance.now() - started).toBeLessThan(30_000)
    })

    test('the host’s own time to connect is shorter than that of the whole way', async () => {
      const host = await plainHost()
      await host.cutLink()
      const started = performance.now()
      const target = { ...login(host), connectTimeoutMs: 500 }
      await expect(lab.connect(target, { knownHosts: await lab.knownHosts(host), timeoutMs: 30_000 })).rejects.toMatchObject({
        code: 'ssh.timeout',
        details: { stage: 'reach', timeoutMs: 500 },
      })
      expect(performance.now() - started).toBeLessThan(15_000)
    })

    test('a host that accepts and then says nothing: a timeout in the handshake', async () => {
      const target = await listen(() => undefined)
      await expect(lab.connect(target, { knownHosts: await lab.knownHosts(), timeoutMs: 2_000 })).rejects.toMatchObject({
        code: 'ssh.timeout',
        kind: 'timeout',
        details: { stage: 'handshake', timeoutMs: 2_000 },
      })
    })

    test('a port that refuses', async () => {
      const host = await plainHost()
      await expect(lab.connect({ ...login(host), port: 2022 }, { knownHosts: await lab.knownHosts() })).rejects.toMatchObject({
        code: 'ssh.refused',
        kind: 'unreachable',
        details: { port: 2022, reason: 'ECONNREFUSED' },
      })
    })

    test('a name that does not exist', async () => {
      await expect(
        lab.connect({ host: 'no-such-host.invalid', user: 'root' }, { knownHosts: await lab.knownHosts() }),
      ).rejects.toMatchObject({
        code: 'ssh.dns-failed',
        remedy: 'check-host-name',
      })
    })

    test('something else than an SSH server', async () => {
      const target = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))
      await expect(lab.connect(target, { knownHosts: await lab.knownHosts() })).rejects.toMatchObject({ code: 'ssh.not-ssh' })
    })

    test('a server that hangs up at once', async () => {
      const target = await listen((socket) => socket.destroy())
      await expect(lab.connect(target, { knownHosts: await lab.knownHosts() })).rejects.toMatchObject({
        code: 'ssh.handshake-lost',
        kind: 'unreachable',
      })
    })

    test('a caller that gives up, at any moment, leaves no connection', async () => {
      const host = await plainHost()
      const knownHosts = await lab.knownHosts(host)
      const outcomes = []
      for (const delayMs of [0, 5, 10, 20, 30, null]) {
        const signal = delayMs === null ? undefined : AbortSignal.timeout(delayMs)
        const attempt = openSshSession(login(host), { knownHosts, environment: NO_ENVIRONMENT, signal })
        outcomes.push(
          await attempt.then(
            (session) => session.close().then(() => 'connected'),
            (error: { code?: string }) => error.code,
          ),
        )
      }
      expect(outcomes[0]).toBe('transport.cancelled')
      expect(outcomes.at(-1)).toBe('connected')
      expect(new Set(outcomes)).toEqual(new Set(['transport.cancelled', 'connected']))
      await until('sshd has no client left', async () => !(await host.run('sh', '-c', 'ps ax || true')).includes('sshd: root'))
    })
  })

  describe('jump hosts', () => {
    async function behindTwo() {
      const outer = await plainHost()
      const inner = await plainHost({ insideOf: outer, port: 2201 })
      const innermost = await plainHost({ insideOf: outer, port: 2202 })
      const knownHosts = await lab.knownHosts(outer, inner, innermost)
      return { outer, inner, innermost, knownHosts }
    }

    test('are gone through one after another', async () => {
      const { outer, inner, innermost, knownHosts } = await behindTwo()
      const session = await lab.connect({ ...login(innermost), jumps: [login(outer), login(inner)] }, { knownHosts })
      expect((await session.exec('echo $SSH_CONNECTION')).stdout).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 2202/)
      await session.close()
      await until('the outer host is left too', async () => !(await outer.run('sh', '-c', 'ps ax || true')).includes('sshd: root'))
    })

    test('the one that refuses the login is named', async () => {
      const { outer, inner, knownHosts } = await behindTwo()
      const stranger = await lab.key('jump-stranger')
      await expect(
        lab.connect({ ...login(inner), jumps: [{ ...login(outer), identityFiles: [stranger] }] }, { knownHosts }),
      ).rejects.toMatchObject({
        code: 'ssh.jump-failed',
        kind: 'unauthenticated',
        details: { hop: `root@${outer.address}`, index: 0, hopCode: 'ssh.auth-failed' },
      })
    })

    test('one that does not reach the next, and one that forbids forwarding', async () => {
      const { outer, inner, knownHosts } = await behindTwo()
      await expect(lab.connect({ ...login(inner), port: 2299, jumps: [login(outer)] }, { knownHosts })).rejects.toMatchObject({
        code: 'ssh.jump-failed',
        kind: 'unreachable',
        details: { hopCode: 'ssh.connect-failed' },
      })
      const closed = await plainHost({ sshd: ['AllowTcpForwarding no'] })
      await expect(
        lab.connect({ ...login(inner), jumps: [login(closed)] }, { knownHosts: await lab.knownHosts(closed, inner) }),
      ).rejects.toMatchObject({ code: 'ssh.jump-failed', kind: 'forbidden', details: { hopCode: 'ssh.channel-refused' } })
    })
  })

  describe('a connection that breaks', () => {
    test('by a pulled cable: noticed by keepalives, every stream fails', async () => {
      const host = await plainHost()
      const session = await lab.connect(login(host), {
        knownHosts: await lab.knownHosts(host),
        keepAliveIntervalMs: 1_000,
        keepAliveCountMax: 3,
      })
      const stream = await session.execDuplex('cat')
      const failed = new Promise<Error>((resolve) => stream.once('error', resolve))
      await host.cutLink()
      expect(await session.closed).toMatchObject({ code: 'ssh.connection-lost', kind: 'unreachable' })
      expect(await failed).toMatchObject({ code: 'ssh.connection-lost' })
      await expect(session.exec('true')).rejects.toMatchObject({ code: 'ssh.connection-lost' })
      expect(session.isOpen).toBe(false)
    })

    test('by a killed sshd: noticed at once, also with nobody listening to the stream', async () => {
      const host = await plainHost()
      const session = await lab.connect(login(host), { knownHosts: await lab.knownHosts(host) })
      const stream = await session.execDuplex('cat')
      const running = session.exec('sleep 60')
      const outcome = running.catch((error: unknown) => error)
      await host.run('sh', '-c', `kill -9 $(ps ax -o pid,args | awk '$2 == "sshd:" && $3 ~ /^root@/ { print $1 }')`)
      expect(await session.closed).toMatchObject({ code: 'ssh.connection-lost' })
      expect(await outcome).toMatchObject({ code: 'ssh.connection-lost' })
      expect(stream.destroyed).toBe(true)
    })
  })

  describe('an open session', () => {
    test('SFTP that could not be had is tried again', async () => {
      const script = `${lab.folder}/sftp-later`
      const host = await plainHost({ sshd: [`ForceCommand ${script}`] })
      const session = await lab.connect(login(host), { knownHosts: await lab.knownHosts(host) })
      await expect(session.stat('/')).rejects.toMatchObject({ code: 'ssh.channel-refused' })
      await writeFile(script, '#!/bin/sh\nexec /usr/lib/openssh/sftp-server\n', { mode: 0o755 })
      expect(await session.stat('/')).toMatchObject({ kind: 'directory' })
    })

    test('bounds what a command may take: time and output', async () => {
      const host = await plainHost()
      const session = await lab.connect(login(host), { knownHosts: await lab.knownHosts(host) })
      await expect(session.exec('sleep 60', { timeoutMs: 200 })).rejects.toMatchObject({ code: 'ssh.timeout' })
      const result = await session.exec('head -c 3000000 /dev/zero', { maxOutputBytes: 1000 })
      expect(result).toMatchObject({ truncated: true, code: 0 })
      expect(result.stdout.length).toBe(1000)
      expect((await session.exec('cat', { stdin: 'given' })).stdout).toBe('given')
      // A command that is gone before it was given its input is no error.
      const quick = await Promise.all(Array.from({ length: 20 }, () => session.exec('exit 7', { stdin: 'x'.repeat(100_000) })))
      expect(new Set(quick.map(({ code }) => code))).toEqual(new Set([7]))
      const cancelled = session.exec('sleep 60', { signal: AbortSignal.timeout(50) })
      await expect(cancelled).rejects.toMatchObject({ code: 'transport.cancelled' })
      expect(session.isOpen).toBe(true)
    })

    test('looks at paths', async () => {
      const host = await plainHost({ users: [{ name: 'ada' }] })
      const session = await lab.connect({ ...login(host), user: 'ada' }, { knownHosts: await lab.knownHosts(host) })
      expect(await session.stat('/etc')).toMatchObject({ kind: 'directory', mode: 0o755, uid: 0 })
      expect(await session.stat('/nonexistent')).toBe('missing')
      expect(await session.stat('/root/x')).toBe('forbidden')
    })

    test('a reader that does not read stops the sender', async () => {
      const host = await plainHost()
      const session = await lab.connect(login(host), { knownHosts: await lab.knownHosts(host) })
      const stream = await session.execDuplex('yes')
      stream.once('readable', () => undefined)
      let before = -1
      await until('no more comes', async () => {
        const same = stream.bytesRead === before && before > 0
        before = stream.bytesRead
        await session.exec('true')
        return same && stream.bytesRead === before
      })
      // Our own buffer of 1 MiB, and the channel's window of 2 MiB.
      expect(stream.readableLength).toBeLessThanOrEqual(3 * 1024 * 1024)
      stream.destroy()
      expect((await session.exec('echo alive')).stdout).toBe('alive\n')
    })

    test('a writer waits for a peer that does not read', async () => {
      const host = await plainHost()
      const session = await lab.connect(login(host), { knownHosts: await lab.knownHosts(host) })
      const stream = await session.execDuplex('sleep 60')
      let accepted = 0
      const chunk = Buffer.alloc(256 * 1024)
      while (stream.write(chunk) && accepted < 200) accepted += 1
      expect(accepted).toBeLessThan(200)
      stream.destroy()
    })
  })
})
