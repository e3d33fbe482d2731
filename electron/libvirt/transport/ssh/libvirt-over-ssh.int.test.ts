import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { authList } from '../testing/libvirt-hello.ts'
import { describeWithPeers } from '../testing/peers.ts'
import { makeKey, startHost, type TestHost, type TestHostOptions, until } from '../testing/sshd-fixture.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { createSshLibvirtOpener } from './libvirt-over-ssh.ts'
import { openSshSession } from './ssh-connect.ts'
import type { SshSession } from './ssh-session.ts'

const PEERS = ['sshd', 'ssh-keygen', 'ip', 'unshare', 'nsenter', 'openssl', 'libvirtd', 'virt-ssh-helper', 'nc']
const NO_FORWARDING = ['AllowStreamLocalForwarding no', 'AllowTcpForwarding no']

describeWithPeers('libvirt through SSH', PEERS, () => {
  let folder: string
  let keyPath: string
  const clean: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nc-lvssh-'))
    keyPath = await makeKey(folder, 'key')
  })
  afterEach(async () => {
    for (const action of clean.splice(0).toReversed()) await action()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  async function connect(options: TestHostOptions, user = 'root'): Promise<{ host: TestHost; session: SshSession }> {
    const host = await startHost({ authorizedKeys: [await readFile(`${keyPath}.pub`, 'utf8')], ...options })
    clean.push(() => host.stop())
    const knownHosts = new KnownHostsStore({ ownFile: join(host.folder, 'client_known_hosts'), readOnlyFiles: [] })
    const session = await openSshSession(
      { host: host.address, user, identityFiles: [keyPath] },
      { knownHosts, environment: { home: '/nonexistent', user: 'root', agent: undefined }, onHostKey: async () => 'accept' },
    )
    clean.push(() => session.close())
    return { host, session }
  }

  test('streamlocal forwarding reaches libvirtd, and the way is remembered', async () => {
    const { session } = await connect({ libvirt: 'running' })
    const opener = createSshLibvirtOpener(session)
    const first = await opener.open()
    expect(await authList(first)).toEqual([0])
    expect(opener.route()).toEqual({ method: 'streamlocal', path: '/run/libvirt/libvirt-sock' })
    const second = await opener.open()
    expect(await authList(second)).toEqual([0])
  })

  test('the read-only socket is another one', async () => {
    const { session } = await connect({ libvirt: 'running' })
    const opener = createSshLibvirtOpener(session, { readOnly: true })
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()?.path).toBe('/run/libvirt/libvirt-sock-ro')
  })

  test('without forwarding virt-ssh-helper stands in', async () => {
    const { session } = await connect({ libvirt: 'running', sshd: NO_FORWARDING })
    const opener = createSshLibvirtOpener(session)
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()).toEqual({ method: 'virt-ssh-helper', path: undefined })
  })

  test('without forwarding and virt-ssh-helper nc stands in', async () => {
    const { session } = await connect({ libvirt: 'running', sshd: NO_FORWARDING, hide: ['virt-ssh-helper'] })
    const opener = createSshLibvirtOpener(session)
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()).toEqual({ method: 'nc', path: '/run/libvirt/libvirt-sock' })
  })

  test('a socket in an unusual place goes by nc, never by virt-ssh-helper', async () => {
    const { session } = await connect({ libvirt: 'running', sshd: NO_FORWARDING })
    const opener = createSshLibvirtOpener(session, { socketPath: '/run/libvirt/libvirt-sock' })
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()?.method).toBe('nc')
  })

  test('without forwarding and helpers the error says so', async () => {
    const { session } = await connect({ libvirt: 'running', sshd: NO_FORWARDING, hide: ['virt-ssh-helper', 'nc', 'nc.openbsd', 'netcat'] })
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({
      code: 'ssh.forwarding-forbidden',
      kind: 'forbidden',
      details: { virtSshHelper: false, nc: false, path: '/run/libvirt/libvirt-sock' },
    })
  })

  test('neither forwarding nor commands: SFTP tells that the socket is there', async () => {
    const { session } = await connect({ libvirt: 'running', sshd: [...NO_FORWARDING, 'ForceCommand internal-sftp'] })
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({
      code: 'ssh.forwarding-forbidden',
      details: { execForbidden: true },
    })
  })

  test('a host without libvirt', async () => {
    const { session } = await connect({ hide: ['libvirtd', 'virtqemud', 'virtproxyd'] })
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({ code: 'libvirt.not-installed', remedy: 'install-libvirt' })
  })

  test('libvirt that is installed but not running', async () => {
    const { session } = await connect({ libvirt: 'stopped' })
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({ code: 'libvirt.socket-missing', remedy: 'start-libvirt' })
  })

  test('a socket that nobody listens on any more', async () => {
    const { host, session } = await connect({ libvirt: 'running' })
    await host.run('sh', '-c', 'kill -9 $(cat /run/libvirtd.pid)')
    await until(
      'libvirtd has let go of its socket',
      async () => !/ 00010000 .*libvirt-sock$/m.test(await host.run('cat', '/proc/net/unix')),
    )
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({ code: 'libvirt.socket-refused' })
  })

  test('where the split daemons run, virtqemud is talked to; another daemon by its own socket', async () => {
    const { host, session } = await connect({ libvirt: 'running' })
    await host.run('ln', '-s', 'libvirt-sock', '/run/libvirt/virtqemud-sock')
    const opener = createSshLibvirtOpener(session)
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()?.path).toBe('/run/libvirt/virtqemud-sock')
    await expect(opener.open('virtstoraged')).rejects.toMatchObject({
      code: 'libvirt.socket-missing',
      details: { sockets: [{ path: '/run/libvirt/virtstoraged-sock' }, {}] },
    })
    await host.run('ln', '-s', 'libvirt-sock', '/run/libvirt/virtstoraged-sock')
    expect(await authList(await opener.open('virtstoraged'))).toEqual([0])
  })

  test("a user's own libvirt is started by virt-ssh-helper, and found by its socket afterwards", async () => {
    const { session } = await connect({ libvirt: 'stopped', users: [{ name: 'ada' }] }, 'ada')
    const opener = createSshLibvirtOpener(session, { scope: 'session' })
    expect(await authList(await opener.open())).toEqual([0])
    expect(opener.route()).toEqual({ method: 'virt-ssh-helper', path: undefined })
    const again = createSshLibvirtOpener(session, { scope: 'session' })
    expect(await authList(await again.open())).toEqual([0])
    expect(again.route()).toEqual({ method: 'streamlocal', path: '/home/ada/.cache/libvirt/libvirt-sock' })
  })

  test('a helper that cannot reach the daemon: its stream fails with the reason, and the way is forgotten', async () => {
    const { host, session } = await connect({ libvirt: 'running', sshd: NO_FORWARDING })
    const opener = createSshLibvirtOpener(session)
    await authList(await opener.open())
    await host.run('sh', '-c', 'kill -9 $(cat /run/libvirtd.pid)')
    await until(
      'libvirtd has let go of its socket',
      async () => !/ 00010000 .*libvirt-sock$/m.test(await host.run('cat', '/proc/net/unix')),
    )
    // The remembered way is taken without another look: what it leads to shows in the stream.
    await expect(authList(await opener.open())).rejects.toMatchObject({
      code: 'libvirt.socket-refused',
      details: { method: 'virt-ssh-helper', stderr: expect.stringContaining('libvirt-sock') },
    })
    expect(opener.route()).toBeUndefined()
    await expect(opener.open()).rejects.toMatchObject({ code: 'libvirt.socket-refused' })
  })

  test('a user outside the group libvirt', async () => {
    const { session } = await connect({ libvirt: 'running', users: [{ name: 'ada' }] }, 'ada')
    await expect(createSshLibvirtOpener(session).open()).rejects.toMatchObject({
      code: 'libvirt.socket-permission',
      kind: 'forbidden',
      remedy: 'join-libvirt-group',
      details: { user: 'ada', group: 'libvirt', mode: '770', command: 'sudo usermod -aG libvirt ada' },
    })
  })

  test('a user in the group libvirt', async () => {
    const { session } = await connect({ libvirt: 'running', users: [{ name: 'ada', groups: ['libvirt'] }] }, 'ada')
    expect(await authList(await createSshLibvirtOpener(session).open())).toEqual([0])
  })
})
