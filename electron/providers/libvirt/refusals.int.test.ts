import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Lab, startLab } from '../../../e2e/lab/lab.ts'
import { requirePeer } from '../../../e2e/lab/requires.ts'
import type { CheckMessage, CheckStep } from '../../../shared/model/index.ts'
import type { ProviderPorts } from '../provider.ts'
import { libvirtProvider } from './index.ts'
import { testPorts } from './testing/ports.ts'

const trusting = { onHostKey: () => Promise.resolve(true) }
const polkit = requirePeer('polkitd')

describe.skipIf(!requirePeer('libvirtd').ok)('hosts that do not let us in', () => {
  let lab: Lab
  let ports: ProviderPorts & { dispose(): Promise<void> }

  beforeAll(async () => {
    const hosts = [
      { name: 'nolibvirt', libvirt: false },
      { name: 'nogroup', operatorInGroup: false },
      { name: 'noforward', forwarding: 'none', helpers: ['nc'] },
      { name: 'polkit', auth: polkit.ok ? 'polkit' : 'none', operatorInGroup: false },
    ] as const
    lab = await startLab({ hosts, prefix: 'rf' })
    ports = await testPorts()
  })
  afterAll(async () => {
    await lab.stop()
    await ports.dispose()
  })

  function configOf(name: string, user: string, more: Record<string, unknown> = {}) {
    const host = lab.host(name)
    return libvirtProvider.configSchema.parse({ host: host.address, user, keyFile: host.keyFile, useSshConfig: false, ...more })
  }

  /** How each step ended, and the failed one. */
  async function checked(
    name: string,
    user: string,
  ): Promise<{ states: Record<string, string>; failed: CheckStep | undefined; last: CheckMessage }> {
    const steps = new Map<string, CheckStep>()
    let last: CheckMessage | undefined
    for await (const message of libvirtProvider.check(configOf(name, user), {}, ports, trusting)) {
      if (message.type === 'step') steps.set(message.step.id, message.step)
      last = message
    }
    if (last === undefined) throw new Error('the check said nothing')
    const states = Object.fromEntries([...steps].map(([id, { state }]) => [id, state]))
    return { states, failed: [...steps.values()].find(({ state }) => state === 'failed'), last }
  }

  const wayIn = { reach: 'ok', 'host-key': 'ok', login: 'ok' }

  test('no libvirt there', async () => {
    const { states, failed, last } = await checked('nolibvirt', 'root')
    expect(states).toEqual({ ...wayIn, socket: 'failed', permission: 'skipped', versions: 'skipped' })
    expect(failed?.error).toMatchObject({ kind: 'remote-failure', code: 'libvirt.socket-missing', details: { remedy: 'start-libvirt' } })
    expect(last).toEqual({ type: 'done', ok: false, machines: null, versions: [] })
  })

  test('a user who may not use the socket', async () => {
    const { states, failed } = await checked('nogroup', 'operator')
    expect(states).toEqual({ ...wayIn, socket: 'ok', permission: 'failed', versions: 'skipped' })
    expect(failed?.error).toMatchObject({ kind: 'forbidden', code: 'libvirt.socket-permission', details: { remedy: 'join-libvirt-group' } })
  })

  test.skipIf(!polkit.ok)('polkit refuses', async () => {
    const { states, failed } = await checked('polkit', 'operator')
    expect(states).toEqual({ ...wayIn, socket: 'ok', permission: 'failed', versions: 'skipped' })
    expect(failed?.error).toMatchObject({ kind: 'unauthenticated', code: 'libvirt.polkit-refused', remote: { procedure: 'authPolkit' } })
  })

  test('an sshd without forwarding is passed through nc', async () => {
    const { states, last } = await checked('noforward', 'root')
    expect(states).toEqual({ ...wayIn, socket: 'ok', permission: 'ok', versions: 'ok' })
    expect(last).toMatchObject({ type: 'done', ok: true, machines: 0 })
  })

  test('an encrypted key needs its passphrase', async () => {
    const config = configOf('noforward', 'root', { keyFile: lab.encryptedKeyFile })
    const attempt = (passphrase: string) => libvirtProvider.connect(config, { passphrase }, ports, trusting)
    await expect(attempt('')).rejects.toMatchObject({ kind: 'unauthenticated', code: 'ssh.key-encrypted' })
    await expect(attempt('wrong')).rejects.toMatchObject({ kind: 'unauthenticated', code: 'ssh.key-passphrase-wrong' })
    const connection = await attempt(lab.encryptedKeyPassphrase)
    await connection.close()
    expect(await connection.closed).toBeNull()
  })

  test('nobody listens', async () => {
    const config = libvirtProvider.configSchema.parse({ host: '127.0.0.1', port: 9, user: 'root', useSshConfig: false })
    await expect(libvirtProvider.connect(config, {}, ports, trusting)).rejects.toMatchObject({ kind: 'unreachable', code: 'ssh.refused' })
  })
})
