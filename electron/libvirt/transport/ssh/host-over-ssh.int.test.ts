import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openHost } from '../../host.ts'
import { authList } from '../testing/libvirt-hello.ts'
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

  const NO_FORWARDING = ['AllowStreamLocalForwarding no', 'AllowTcpForwarding no']

  test('without forwarding a host with virtqemud is not taken for a monolithic one', async () => {
    // Without awk nobody can tell that the kernel knows the socket by its other name.
    const { host, opener } = await connect({ sshd: NO_FORWARDING, hide: ['awk'] })
    await host.run('ln', '-s', 'libvirt-sock', '/run/libvirt/virtqemud-sock')
    expect(await daemonsOf(opener)).toBe('split')
    expect(opener.route('virtqemud')).toEqual({ method: 'virt-ssh-helper', path: undefined })
  })

  test('virt-ssh-helper, which would take virtqemud, is not asked for libvirtd', async () => {
    const { host, opener } = await connect({ sshd: NO_FORWARDING })
    await host.run('ln', '-s', 'nowhere', '/run/libvirt/virtqemud-sock')
    await host.run('touch', '/run/libvirt/nowhere')
    expect(await authList(await opener.open('libvirtd'))).toEqual([0])
    expect(opener.route('libvirtd')?.method).toBe('nc')
  })

  test('without forwarding a host with libvirtd alone is monolithic', async () => {
    const { opener } = await connect({ sshd: NO_FORWARDING })
    expect(await daemonsOf(opener)).toBe('monolithic')
    expect(opener.route('libvirtd')).toEqual({ method: 'virt-ssh-helper', path: undefined })
  })

  test('where forwarding works and nothing may be looked at, a daemon that cannot be had is a missing one', async () => {
    const { opener } = await connect({ sshd: ['ForceCommand /bin/false'] })
    await daemonsOf(opener)
    await expect(opener.open('virtstoraged')).rejects.toMatchObject({ code: 'libvirt.socket-missing' })
  })

  test('virtqemud alone is found where neither commands nor SFTP are allowed', async () => {
    const { host, opener } = await connect({ sshd: ['ForceCommand /bin/false'] })
    await host.run('mv', '/run/libvirt/libvirt-sock', '/run/libvirt/virtqemud-sock')
    expect(await daemonsOf(opener)).toBe('split')
  })
})
