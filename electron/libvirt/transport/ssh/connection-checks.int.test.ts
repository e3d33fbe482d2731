import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { authList } from '../testing/libvirt-hello.ts'
import { describeWithPeers } from '../testing/peers.ts'
import { NO_ENVIRONMENT, SSH_PEERS, SshLab } from '../testing/ssh-lab.ts'
import { type TestHostOptions, until } from '../testing/sshd-fixture.ts'
import { type CheckedConnection, type ConnectionCheck, type ConnectionCheckOptions, runConnectionChecks } from './connection-checks.ts'
import type { SshTarget } from './ssh-target.ts'

describeWithPeers('the check list of a connection', [...SSH_PEERS, 'libvirtd'], () => {
  let lab: SshLab
  let key: string
  beforeAll(async () => {
    lab = await SshLab.create()
    key = await lab.key('key')
  })
  afterEach(() => lab.cleanUp())
  afterAll(() => lab.close())

  async function hostWith(options: TestHostOptions) {
    const host = await lab.host({ authorizedKeys: [await lab.publicKey(key)], ...options })
    const target: SshTarget = { host: host.address, user: 'root', identityFiles: [key] }
    return { host, target, options: { knownHosts: await lab.knownHosts(host), environment: NO_ENVIRONMENT } }
  }

  async function collect(
    target: SshTarget,
    options: ConnectionCheckOptions,
  ): Promise<{ steps: ConnectionCheck[]; result: CheckedConnection | undefined }> {
    const steps: ConnectionCheck[] = []
    const checks = runConnectionChecks(target, options)
    for (;;) {
      const next = await checks.next()
      if (next.done) return { steps, result: next.value }
      steps.push(next.value)
    }
  }
  const outline = (steps: readonly ConnectionCheck[]) =>
    steps.filter(({ state }) => state !== 'running').map(({ id, state, error }) => `${id} ${error?.code ?? state}`)

  test('all is well: every step is told of, and the connection is handed over', async () => {
    const { host, target, options } = await hostWith({ libvirt: 'running' })
    const { steps, result } = await collect(target, options)
    expect(steps.map(({ id, state }) => `${id} ${state}`)).toEqual(
      ['reach', 'host-key', 'login', 'socket', 'permission'].flatMap((id) => [`${id} running`, `${id} ok`]),
    )
    expect(steps.find(({ id, state }) => id === 'reach' && state === 'ok')?.detail).toMatchObject({ address: host.address, port: 22 })
    expect(steps.find(({ id, state }) => id === 'login' && state === 'ok')?.detail).toMatchObject({
      user: 'root',
      method: 'publickey (file, ssh-ed25519)',
    })
    expect(steps.find(({ id, state }) => id === 'socket' && state === 'ok')?.detail).toEqual({
      path: '/run/libvirt/libvirt-sock',
      method: 'streamlocal',
    })
    if (result === undefined) throw new Error('no connection')
    expect(await authList(result.stream)).toEqual([0])
    await result.session.close()
  })

  test('each failure is blamed on its step, and what comes after is skipped', async () => {
    const { target, options } = await hostWith({ libvirt: 'stopped' })
    const stranger = await lab.key('stranger')
    const rest = (...ids: string[]) => ids.map((id) => `${id} skipped`)
    expect(outline((await collect({ ...target, port: 2022 }, options)).steps)).toEqual([
      'reach ssh.refused',
      ...rest('host-key', 'login', 'socket', 'permission'),
    ])
    expect(outline((await collect(target, { ...options, knownHosts: await lab.knownHosts() })).steps)).toEqual([
      'reach ok',
      'host-key ssh.host-key-unknown',
      ...rest('login', 'socket', 'permission'),
    ])
    expect(outline((await collect({ ...target, identityFiles: [stranger] }, options)).steps)).toEqual([
      'reach ok',
      'host-key ok',
      'login ssh.auth-failed',
      ...rest('socket', 'permission'),
    ])
    expect(outline((await collect(target, options)).steps)).toEqual([
      'reach ok',
      'host-key ok',
      'login ok',
      'socket libvirt.socket-missing',
      'permission skipped',
    ])
  })

  test('a user who may not use the socket: the socket is there, the permission is not', async () => {
    const { target, options } = await hostWith({ libvirt: 'running', users: [{ name: 'ada' }] })
    const { steps, result } = await collect({ ...target, user: 'ada' }, options)
    expect(result).toBeUndefined()
    expect(outline(steps)).toEqual(['reach ok', 'host-key ok', 'login ok', 'socket ok', 'permission libvirt.socket-permission'])
  })

  test('a reader that goes away leaves nothing open', async () => {
    const { host, target, options } = await hostWith({ libvirt: 'running' })
    for await (const step of runConnectionChecks(target, options)) {
      if (step.id === 'login' && step.state === 'ok') break
    }
    await until('sshd has no client left', async () => !(await host.run('ps', 'ax')).includes('sshd: root'))
    expect(await host.run('ps', 'ax')).not.toContain('sshd: root')
  })
})
