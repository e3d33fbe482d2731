import { execFile, spawn } from 'node:child_process'
import { chmod, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { NO_ENVIRONMENT, SSH_PEERS, SshLab } from '../testing/ssh-lab.ts'
import { type TestHost, until } from '../testing/sshd-fixture.ts'
import type { SshPrompt } from './prompts.ts'

const run = promisify(execFile)
const occurrences = (text: string, part: string) => text.split(part).length - 1

describeWithPeers('logging in to a real sshd', SSH_PEERS, () => {
  let lab: SshLab
  beforeAll(async () => {
    lab = await SshLab.create()
  })
  afterEach(() => lab.cleanUp())
  afterAll(() => lab.close())

  /** A host that takes the given keys, and a way to log in to it. */
  async function hostFor(keys: readonly string[], more: Parameters<SshLab['host']>[0] = {}) {
    const host = await lab.host({ authorizedKeys: await Promise.all(keys.map((key) => lab.publicKey(key))), ...more })
    const knownHosts = await lab.knownHosts(host)
    return { host, target: { host: host.address, user: 'root' }, knownHosts }
  }

  describe('with keys', () => {
    test.each([
      ['ed25519', {}],
      ['ecdsa', {}],
      ['rsa', {}],
      ['rsa', { format: 'PEM' as const }],
      ['rsa', { format: 'PKCS8' as const }],
      ['ecdsa', { format: 'PKCS8' as const }],
      ['rsa', { format: 'PEM' as const, passphrase: 'open sesame' }],
      ['rsa', { format: 'PKCS8' as const, passphrase: 'open sesame' }],
      ['ed25519', { passphrase: 'open sesame' }],
    ])('%s %o', async (type, options) => {
      const key = await lab.key(`key-${type}-${JSON.stringify(options).replaceAll(/\W/g, '')}`, { type, ...options })
      const { target, knownHosts } = await hostFor([key])
      const session = await lab.connect({ ...target, identityFiles: [key] }, { knownHosts, secrets: { passphrase: 'open sesame' } })
      expect(session.loginMethod).toMatch(/^publickey \(file, /)
    })

    test('an encrypted key without passphrase', async () => {
      const key = await lab.key('locked', { passphrase: 'open sesame' })
      const { target, knownHosts } = await hostFor([key])
      await expect(lab.connect({ ...target, identityFiles: [key] }, { knownHosts })).rejects.toMatchObject({
        code: 'ssh.key-encrypted',
        kind: 'unauthenticated',
        remedy: 'give-passphrase',
        details: { path: key, offered: ['publickey'] },
      })
    })

    test('a wrong passphrase', async () => {
      const key = await lab.key('locked2', { passphrase: 'open sesame' })
      const { target, knownHosts } = await hostFor([key])
      await expect(
        lab.connect({ ...target, identityFiles: [key] }, { knownHosts, secrets: { passphrase: 'open barley' } }),
      ).rejects.toMatchObject({
        code: 'ssh.key-passphrase-wrong',
        details: { path: key },
      })
    })

    test('the passphrase is asked for only if the server wants the key, and again if it was wrong', async () => {
      const unwanted = await lab.key('unwanted', { passphrase: 'x' })
      const wanted = await lab.key('wanted', { passphrase: 'open sesame' })
      const { target, knownHosts } = await hostFor([wanted])
      const asked: SshPrompt[] = []
      const session = await lab.connect(
        { ...target, identityFiles: [unwanted, wanted] },
        {
          knownHosts,
          onPrompt: async (prompt) => {
            asked.push(prompt)
            return [asked.length === 1 ? 'typo' : 'open sesame']
          },
        },
      )
      expect(session.isOpen).toBe(true)
      expect(asked).toMatchObject([
        { kind: 'passphrase', keyPath: wanted, refusedBefore: false },
        { kind: 'passphrase', keyPath: wanted, refusedBefore: true },
      ])
    })

    test('a key that does not exist, and one that others may read', async () => {
      const { target, knownHosts } = await hostFor([])
      await expect(lab.connect({ ...target, identityFiles: ['/nonexistent/key'] }, { knownHosts })).rejects.toMatchObject({
        code: 'ssh.key-unreadable',
        details: { path: '/nonexistent/key', reason: 'missing' },
      })
      const open = await lab.key('open')
      await chmod(open, 0o644)
      await expect(lab.connect({ ...target, identityFiles: [open] }, { knownHosts })).rejects.toMatchObject({
        code: 'ssh.key-unreadable',
        details: { reason: 'permissions-too-open' },
      })
    })

    test('a key that the server does not know', async () => {
      const key = await lab.key('stranger')
      const { target, knownHosts } = await hostFor([])
      await expect(lab.connect({ ...target, identityFiles: [key] }, { knownHosts })).rejects.toMatchObject({
        code: 'ssh.auth-failed',
        details: { user: 'root', offered: ['publickey'], attempts: [{ method: 'publickey', outcome: 'key-not-wanted' }] },
      })
    })
  })

  describe('with a password', () => {
    const users = [{ name: 'ada', password: 'Engine 1843' }]
    let host: TestHost
    async function passwordHost(sshd: readonly string[]) {
      host = await lab.host({ users, sshd })
      return { target: { host: host.address, user: 'ada' }, knownHosts: await lab.knownHosts(host) }
    }

    test('that is stored', async () => {
      const { target, knownHosts } = await passwordHost(['PasswordAuthentication yes'])
      const session = await lab.connect(target, { knownHosts, secrets: { password: 'Engine 1843' } })
      expect(session.loginMethod).toBe('password')
      expect((await session.exec('id -un')).stdout).toBe('ada\n')
    })

    test('that is wrong: sent once, never again', async () => {
      const { target, knownHosts } = await passwordHost(['PasswordAuthentication yes'])
      const asked: SshPrompt[] = []
      const options = {
        knownHosts,
        secrets: { password: 'wrong' },
        onPrompt: async (prompt: SshPrompt) => {
          asked.push(prompt)
          return ['wrong']
        },
      }
      await expect(lab.connect(target, options)).rejects.toMatchObject({
        code: 'ssh.auth-failed',
        details: { attempts: [{ method: 'password', outcome: 'refused' }] },
      })
      expect(asked.length).toBeGreaterThan(0)
      expect(asked.every((prompt) => prompt.refusedBefore)).toBe(true)
      await until('the refusal is logged', async () => (await host.log()).includes('Failed password'))
      expect(occurrences(await host.log(), 'Failed password')).toBe(1)
    })

    test('by keyboard-interactive through PAM, stored or asked for', async () => {
      const { target, knownHosts } = await passwordHost(['UsePAM yes', 'KbdInteractiveAuthentication yes'])
      const stored = await lab.connect(target, { knownHosts, secrets: { password: 'Engine 1843' } })
      expect(stored.loginMethod).toBe('keyboard-interactive')
      const asked: SshPrompt[] = []
      const onPrompt = async (prompt: SshPrompt) => {
        asked.push(prompt)
        return ['Engine 1843']
      }
      const interactive = await lab.connect(target, { knownHosts, onPrompt })
      expect(interactive.loginMethod).toBe('keyboard-interactive')
      expect(asked).toMatchObject([
        { kind: 'keyboard-interactive', user: 'ada', prompts: [{ text: expect.stringContaining('Password'), echo: false }] },
      ])
    })

    test('keyboard-interactive that nobody answers', async () => {
      const { target, knownHosts } = await passwordHost(['UsePAM yes', 'KbdInteractiveAuthentication yes'])
      await expect(lab.connect(target, { knownHosts, onPrompt: async () => null })).rejects.toMatchObject({
        code: 'ssh.auth-failed',
        details: { attempts: [{ method: 'keyboard-interactive', outcome: 'declined' }] },
      })
    })

    test('asked for longer than the server waits: the question is withdrawn', async () => {
      const { target, knownHosts } = await passwordHost(['PasswordAuthentication yes', 'LoginGraceTime 8'])
      let withdrawn = false
      const onPrompt = (_prompt: SshPrompt, signal: AbortSignal) =>
        new Promise<null>((resolve) => {
          signal.addEventListener('abort', () => {
            withdrawn = true
            resolve(null)
          })
        })
      await expect(lab.connect(target, { knownHosts, onPrompt })).rejects.toMatchObject({
        code: 'ssh.connection-lost',
        details: { phase: 'login' },
      })
      expect(withdrawn).toBe(true)
    })

    test('after a key, where the server wants both', async () => {
      const key = await lab.key('both')
      host = await lab.host({
        users,
        authorizedKeys: [await lab.publicKey(key)],
        sshd: ['PasswordAuthentication yes', 'AuthenticationMethods publickey,password'],
      })
      const target = { host: host.address, user: 'ada', identityFiles: [key] }
      const session = await lab.connect(target, { knownHosts: await lab.knownHosts(host), secrets: { password: 'Engine 1843' } })
      expect(session.loginMethod).toBe('password')
    })
  })

  describe('with an agent', () => {
    async function agentWith(...keys: readonly string[]) {
      const address = join(lab.folder, `agent-${Math.random().toString(36).slice(2)}`)
      const agent = spawn('ssh-agent', ['-D', '-a', address], { stdio: 'ignore' })
      lab.later(async () => agent.kill('SIGTERM'))
      const add = (key: string) => run('ssh-add', ['-q', key], { env: { ...process.env, SSH_AUTH_SOCK: address } })
      await until('the agent answers', () =>
        run('ssh-add', ['-l'], { env: { ...process.env, SSH_AUTH_SOCK: address } }).then(
          () => true,
          (error: { code?: number }) => error.code === 1,
        ),
      )
      for (const key of keys) await add(key)
      return { ...NO_ENVIRONMENT, agent: address }
    }

    test.each(['ed25519', 'rsa', 'ecdsa'])('an %s key', async (type) => {
      const key = await lab.key(`agent-${type}`, { type })
      const { target, knownHosts } = await hostFor([key])
      const session = await lab.connect(target, { knownHosts, environment: await agentWith(key) })
      expect(session.loginMethod).toMatch(/^publickey \(agent, /)
    })

    test('of many keys the configured one goes first; IdentitiesOnly keeps the others back', async () => {
      const keys = await Promise.all(['a', 'b', 'c', 'd'].map((name) => lab.key(`many-${name}`)))
      const [wanted = ''] = keys.slice(-1)
      const { host, target, knownHosts } = await hostFor([wanted], { sshd: ['MaxAuthTries 2', 'LogLevel VERBOSE'] })
      const environment = await agentWith(...keys)
      await expect(lab.connect(target, { knownHosts, environment })).rejects.toMatchObject({
        code: 'ssh.too-many-keys',
        remedy: 'choose-one-key',
      })
      const session = await lab.connect({ ...target, identityFiles: [wanted], identitiesOnly: true }, { knownHosts, environment })
      expect(session.loginMethod).toMatch(/^publickey \(agent, /)
      await until('logged', async () => (await host.log()).includes('Accepted publickey'))
    })

    test.each(['a public key', 'a private key of which the public part alone is there'])(
      'IdentityFile names %s: the agent signs, with IdentitiesOnly as well',
      async (what) => {
        const [wanted, other] = [await lab.key(`held-${what.length}`), await lab.key(`other-${what.length}`)]
        const environment = await agentWith(other, wanted)
        await rm(wanted)
        const { target, knownHosts } = await hostFor([wanted], { sshd: ['MaxAuthTries 2'] })
        const identityFiles = [what === 'a public key' ? `${wanted}.pub` : wanted]
        const session = await lab.connect({ ...target, identityFiles, identitiesOnly: true }, { knownHosts, environment })
        expect(session.loginMethod).toMatch(/^publickey \(agent, /)
        await expect(lab.connect({ ...target, identityFiles, identitiesOnly: true }, { knownHosts })).rejects.toMatchObject({
          code: 'ssh.key-unreadable',
          details: { path: identityFiles[0], reason: 'not-in-agent' },
        })
      },
    )

    test('a key that others may read is the agent’s to use all the same', async () => {
      const key = await lab.key('open-held')
      const environment = await agentWith(key)
      await chmod(key, 0o644)
      const { target, knownHosts } = await hostFor([key])
      const session = await lab.connect({ ...target, identityFiles: [key], identitiesOnly: true }, { knownHosts, environment })
      expect(session.loginMethod).toMatch(/^publickey \(agent, /)
    })

    test('an agent that is not there is no obstacle, and is named if the login fails', async () => {
      const key = await lab.key('noagent')
      const { target, knownHosts } = await hostFor([key])
      const environment = { ...NO_ENVIRONMENT, agent: '/nonexistent/agent' }
      const session = await lab.connect({ ...target, identityFiles: [key] }, { knownHosts, environment })
      expect(session.isOpen).toBe(true)
      await expect(lab.connect(target, { knownHosts, environment })).rejects.toMatchObject({
        code: 'ssh.auth-failed',
        details: { agentProblem: expect.stringContaining('/nonexistent/agent') },
      })
    })
  })
})
