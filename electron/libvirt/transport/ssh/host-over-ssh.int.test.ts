import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openHost } from '../../host.ts'
import { describeWithPeers } from '../testing/peers.ts'
import { SSH_PEERS, SshLab } from '../testing/ssh-lab.ts'
import type { TestHost, TestHostOptions } from '../testing/sshd-fixture.ts'
import { createSshLibvirtOpener, type SshLibvirtOpener } from './libvirt-over-ssh.ts'

/** Debian has no split daemons: libvirtd plays them, by the names of their sockets. */
describeWithPeers('a host through SSH', [...SSH_PEERS, 'libvirtd', 'virt-ssh-helper', 'nc'], () => {
  let lab: SshLab
  let keyPath: string

  beforeAll(async () => {
    lab = await SshLab.create()
    keyPath = await lab.key('key')
  })
  afterEach(() => lab.cleanUp())
  afterAll(() => lab.close())

  async function connect(options: TestHostOptions): Promise<{ host: TestHost; opener: SshLibvirtOpener }> {
    const host = await lab.host({ authorizedKeys: [await lab.publicKey(keyPath)], libvirt: 'running', ...options })
    const target = { host: host.address, user: 'root', identityFiles: [keyPath] }
    const session = await lab.connect(target, { knownHosts: await lab.knownHosts(host) })
    return { host, opener: createSshLibvirtOpener(session) }
  }

  async function daemonsOf(opener: SshLibvirtOpener): Promise<string> {
    const host = await openHost({ open: opener.open.bind(opener), openQuickly: opener.openQuickly.bind(opener) })
    await host.close()
    return host.daemons
  }

  test('libvirtd alone is found without a look around', async () => {
    const { opener } = await connect({ sshd: ['ForceCommand /bin/false'] })
    expect(await daemonsOf(opener)).toBe('monolithic')
    expect(opener.route('libvirtd')).toEqual({ method: 'streamlocal', path: '/run/libvirt/libvirt-sock' })
  })

  test('virtqemud is preferred to what listens in libvirtd’s place', async () => {
    const { host, opener } = await connect({})
    await host.run('ln', '-s', 'libvirt-sock', '/run/libvirt/virtqemud-sock')
    expect(await daemonsOf(opener)).toBe('split')
    expect(opener.route('libvirtd')).toBeUndefined()
  })

  test('virtqemud alone is found where neither commands nor SFTP are allowed', async () => {
    const { host, opener } = await connect({ sshd: ['ForceCommand /bin/false'] })
    await host.run('mv', '/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock')
    expect(await daemonsOf(opener)).toBe('split')
  })
})
