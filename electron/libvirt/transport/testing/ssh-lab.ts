import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KnownHostsStore } from '../ssh/known-hosts-store.ts'
import { openSshSession, type SshConnectOptions } from '../ssh/ssh-connect.ts'
import type { SshSession } from '../ssh/ssh-session.ts'
import type { SshTarget } from '../ssh/ssh-target.ts'
import { makeKey, startHost, type TestHost, type TestHostOptions } from './sshd-fixture.ts'

export const SSH_PEERS = ['sshd', 'ssh', 'ssh-keygen', 'ssh-agent', 'ip', 'unshare', 'nsenter', 'openssl'] as const

/** Hosts, keys and sessions of one test file; `cleanUp` takes away what the current test made, `close` the rest. */
export class SshLab {
  readonly folder: string
  readonly #actions: (() => Promise<unknown>)[] = []

  private constructor(folder: string) {
    this.folder = folder
  }

  static async create(): Promise<SshLab> {
    return new SshLab(await mkdtemp(join(tmpdir(), 'nc-lab-')))
  }

  key(name: string, options: Parameters<typeof makeKey>[2] = {}): Promise<string> {
    return makeKey(this.folder, name, options)
  }

  publicKey(path: string): Promise<string> {
    return readFile(`${path}.pub`, 'utf8')
  }

  async host(options: TestHostOptions = {}): Promise<TestHost> {
    const host = await startHost(options)
    this.later(() => host.stop())
    return host
  }

  /** A known-hosts file with these hosts in it, or empty. */
  async knownHosts(...hosts: readonly TestHost[]): Promise<KnownHostsStore> {
    const folder = await mkdtemp(join(this.folder, 'known-'))
    const ownFile = join(folder, 'known_hosts')
    const lines = hosts.flatMap((host) =>
      host.hostKeys.map((key) => `${host.port === 22 ? host.address : `[${host.address}]:${host.port}`} ${key}\n`),
    )
    await writeFile(ownFile, lines.join(''))
    return new KnownHostsStore({ ownFile, readOnlyFiles: [] })
  }

  async connect(target: SshTarget, options: SshConnectOptions): Promise<SshSession> {
    const session = await openSshSession(target, { environment: NO_ENVIRONMENT, ...options })
    this.later(() => session.close())
    return session
  }

  later(action: () => Promise<unknown>): void {
    this.#actions.push(action)
  }

  async cleanUp(): Promise<void> {
    for (const action of this.#actions.splice(0).toReversed()) await action()
  }

  async close(): Promise<void> {
    await this.cleanUp()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** No agent and no default keys, so that only what a test names is used. */
export const NO_ENVIRONMENT = { home: '/nonexistent', user: 'root', agent: undefined }
