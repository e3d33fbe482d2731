import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, type LabHost, OPERATOR, startLab, until } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { check } from './check.ts'
import { engineFolder, TestEngine } from './engine.ts'
import { listenAsDaemon } from './old-daemon.ts'
import { expectProblem } from './remedies.ts'

const libvirtd = requirePeer('libvirtd')
const polkitd = requirePeer('polkitd')

describe.skipIf(!libvirtd.ok)('getting from the login to libvirt', () => {
  let lab: Lab
  let engine: TestEngine

  beforeAll(async () => {
    lab = await startLab({
      hosts: [
        'plain',
        { name: 'helper', forwarding: 'none', helpers: ['virt-ssh-helper'] },
        { name: 'netcat', forwarding: 'none', helpers: ['nc'] },
        { name: 'walled', forwarding: 'none', helpers: [] },
        { name: 'bare', libvirt: false },
        { name: 'outsider', operatorInGroup: false },
        ...(polkitd.ok ? [{ name: 'polkit', auth: 'polkit' as const, operatorInGroup: false }] : []),
      ],
    })
    const folder = await engineFolder()
    await copyFile(lab.host('plain').knownHostsFile, join(folder, 'home/.ssh/known_hosts'))
    engine = await TestEngine.start({ folder })
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const ssh = (host: LabHost, user = 'root') => ({ transport: 'ssh', host: host.address, user, keyFile: host.keyFile })

  test.each(['plain', 'helper', 'netcat'])('%s is reached, whatever its sshd allows, and its machines are there', async (name) => {
    const host = lab.host(name)
    const guest = await host.defineGuest({ name: `on-${name}`, boots: false })
    expect(await check(engine, ssh(host))).toMatchObject({ ok: true, machines: 1 })
    const { id } = await engine.add(name, ssh(host))
    await engine.status(id, 'online')
    expect(engine.machine(id, guest.uuid)).toMatchObject({ name: `on-${name}`, state: 'stopped' })
  })

  test('where forwarding is forbidden and no helper is there, it says so', async () => {
    const { failed, error } = await check(engine, ssh(lab.host('walled')))
    expect(failed).toBe('socket')
    expectProblem(error, 'forbidden', 'ssh.forwarding-forbidden')
    const { id } = await engine.add('walled', ssh(lab.host('walled')))
    expectProblem((await engine.status(id, 'needs-attention')).error, 'forbidden', 'ssh.forwarding-forbidden')
  })

  test('a host whose libvirt does not run', async () => {
    const bare = await check(engine, ssh(lab.host('bare')))
    expect(bare.failed).toBe('socket')
    expect(bare.states).toContain('login ok')
    expectProblem(bare.error, 'remote-failure', 'libvirt.socket-missing')
  })

  test('a user who may not reach the socket', async () => {
    const { failed, error } = await check(engine, ssh(lab.host('outsider'), OPERATOR.name))
    expect(failed).toBe('permission')
    expectProblem(error, 'forbidden', 'libvirt.socket-permission')
  })

  test.skipIf(!polkitd.ok)('a user whom polkit refuses', async () => {
    const host = lab.host('polkit')
    const { failed, error } = await check(engine, ssh(host, OPERATOR.name))
    expect(failed).toBe('permission')
    expectProblem(error, 'unauthenticated', 'libvirt.polkit-refused')
    const { id } = await engine.add('polkit', ssh(host, OPERATOR.name))
    expect((await engine.status(id, 'needs-attention')).error?.code).toBe(error?.code)
    expect(await check(engine, ssh(host))).toMatchObject({ ok: true })
  })

  test('a libvirt older than 5.0 is named with its version', async () => {
    const daemon = await listenAsDaemon((fake) => fake.on('connectGetLibVersion', () => ({ libVer: 4_010_000n })))
    const { failed, error } = await check(engine, { transport: 'unix', socket: daemon.path })
    expect(failed).toBe('versions')
    expectProblem(error, 'unsupported', 'libvirt.too-old')
    expect(error?.details).toMatchObject({ actual: '4.10.0', expected: '5.0.0 or later' })
    await daemon.close()
  })

  test('libvirtd that stops is an offline host whose machines stay, and it comes back by itself', async () => {
    const host = lab.host('plain')
    const connection = engine.all('connection').find((each) => each.name === 'plain')
    if (!connection) throw new Error('added above')
    const before = engine.machines(connection.id)
    await host.stopDaemon()
    // tried again and again while the daemon is away, however long that takes
    await until('a try that met no daemon', async () => {
      const now = engine.get('connection', connection.id)
      return now?.status === 'offline' && now.error?.code.startsWith('libvirt.socket-')
    })
    expect(engine.machines(connection.id)).toHaveLength(before.length)
    expect(engine.hostOf(connection.id)?.freshness.state).toBe('stale')
    await host.startDaemon()
    await engine.status(connection.id, 'online')
    expect(engine.hostOf(connection.id)?.freshness.state).toBe('live')
  })
})
