import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { startCodeServer } from '../../electron/libvirt/transport/testing/code-server.ts'
import { type HostKeyInfo, hostKeyInfoSchema } from '../../shared/model/index.ts'
import { type Lab, type LabHost, startLab } from '../lab/lab.ts'
import { requirePeer } from '../lab/requires.ts'
import { check } from './check.ts'
import { dataOf, engineFolder, failureOf, TestEngine } from './engine.ts'
import { expectProblem } from './remedies.ts'

const libvirtd = requirePeer('libvirtd')
const PASSWORD = 'right and proper'

describe.skipIf(!libvirtd.ok)('logging in to real hosts', () => {
  let lab: Lab
  let engine: TestEngine

  beforeAll(async () => {
    lab = await startLab({
      hosts: [
        'key',
        'silent',
        'rebuilt',
        { name: 'password', password: PASSWORD, keyLogin: false },
        { name: 'asking', password: PASSWORD, keyLogin: false, keyboardInteractive: true },
      ],
    })
    const folder = await engineFolder()
    // every key is known but that of `key`, which is met for the first time
    const known = (await readFile(lab.host('key').knownHostsFile, 'utf8')).split('\n')
    const others = known.filter((line) => !line.startsWith(`${lab.host('key').address},`))
    await writeFile(join(folder, 'home/.ssh/known_hosts'), others.join('\n'))
    engine = await TestEngine.start({ folder })
  })
  afterAll(async () => {
    await engine?.stop()
    await lab?.stop()
  })

  const ssh = (host: LabHost, more: Record<string, unknown> = {}) => ({ transport: 'ssh', host: host.address, user: 'root', ...more })

  test.each(['password', 'asking'])('a wrong password at %s is named, kept from trying on, and mended by the right one', async (name) => {
    const config = ssh(lab.host(name))
    const { failed, error, states } = await check(engine, config, { secrets: { password: 'wrong' } })
    expect(failed).toBe('login')
    expect(states).toContain('socket skipped')
    expectProblem(error, 'unauthenticated', 'ssh.auth-failed')

    const { id } = await engine.add(name, config, { secrets: { password: 'wrong' } })
    const refused = await engine.status(id, 'needs-attention')
    expectProblem(refused.error, 'unauthenticated', 'ssh.auth-failed')
    expect(refused.nextAttemptAtMs).toBeNull()
    expect(JSON.stringify(refused)).not.toContain('wrong')

    await engine.client.connections.update({ connectionId: id, secrets: { password: PASSWORD }, remember: false })
    expect(await engine.status(id, 'online')).toMatchObject({ error: null })
  })

  test('a kept password is not shown to another host, which the check says', async () => {
    const { id } = await engine.add('kept', ssh(lab.host('password'), { uri: 'qemu:///session' }), { secrets: { password: PASSWORD } })
    const other = ssh(lab.host('asking'))
    const { failed, error } = await check(engine, other, { connectionId: id })
    expect(failed).toBe('login')
    expectProblem(error, 'unauthenticated', 'ssh.prompt-needed')
    expect(error?.details?.remedy).toBe('type-secrets-again')
    expect((await check(engine, other, { connectionId: id, secrets: { password: PASSWORD } })).states).toContain('login ok')
    await engine.client.connections.remove({ connectionId: id })
  })

  test('an encrypted key asks for its passphrase, and tells a wrong one from none', async () => {
    const config = ssh(lab.host('silent'), { keyFile: lab.encryptedKeyFile })
    const without = await check(engine, config)
    expect(without.failed).toBe('login')
    expectProblem(without.error, 'unauthenticated', 'ssh.key-encrypted')
    expect(without.error?.message).toContain(lab.encryptedKeyFile)
    const wrong = await check(engine, config, { secrets: { passphrase: 'not this' } })
    expectProblem(wrong.error, 'unauthenticated', 'ssh.key-passphrase-wrong')
    expect(await check(engine, config, { secrets: { passphrase: lab.encryptedKeyPassphrase } })).toMatchObject({ ok: true })
  })

  test('a password that is not kept, and a one-time code, are asked for when a person is there, and only then', async () => {
    const { socketPath } = lab.host('silent')
    const server = await startCodeServer({ password: PASSWORD, codes: ['code-two-seven', 'code-three-one'], socketPath })
    onTestFinished(() => server.close())
    const config = { transport: 'ssh', host: '127.0.0.1', port: server.port, user: 'maja', socket: socketPath }
    const { key } = await check(engine, config)
    const { id } = await engine.add('codes', config, { ...(key && { acceptHostKey: choice(key) }) })
    const waiting = await engine.status(id, 'needs-attention')
    expectProblem(waiting.error, 'unauthenticated', 'ssh.prompt-needed')
    expect(waiting.nextAttemptAtMs).toBeNull()

    const asked: string[] = []
    const answers = [PASSWORD, 'no such code', PASSWORD, 'code-two-seven']
    for await (const message of await engine.client.connections.logIn({ connectionId: id })) {
      if (message.type === 'done') asked.push(`done, ok: ${message.ok}`)
      else if (message.prompt) {
        const { id: promptId, prompts, refusedBefore } = message.prompt
        asked.push(`${prompts[0]?.text}${refusedBefore ? 'again' : ''}`)
        await engine.client.connections.answerPrompt({ promptId, answers: [answers.shift() ?? ''], remember: asked.length === 3 })
      }
    }
    expect(asked).toEqual(['Password: ', 'Code: ', 'Password: again', 'Code: ', 'done, ok: true'])
    await engine.status(id, 'online')
    const { items } = await engine.client.audit.list({})
    expect(items.map(({ method }) => method)).toEqual(expect.arrayContaining(['connections.logIn', 'connections.answerPrompt']))
    const { items: events } = await engine.client.events.list({})
    expect(JSON.stringify([items, events, engine.connection(id)])).not.toMatch(/right and proper|no such code|code-two-seven/)

    // The password is kept now, the code cannot be: a lost link asks nobody.
    const before = server.refused()
    server.dropAll()
    const again = await engine.status(id, 'needs-attention')
    expectProblem(again.error, 'unauthenticated', 'ssh.prompt-needed')
    expect(server.refused()).toBe(before + 1)
  })

  test('an unknown host key is shown with its fingerprint and refused until it is confirmed', async () => {
    const host = lab.host('key')
    const config = ssh(host, { keyFile: host.keyFile })
    const first = await check(engine, config)
    expect(first.failed).toBe('host-key')
    expect(first.key).toMatchObject({ host: host.address, port: 22, fingerprint: host.hostKeyFingerprint, status: 'unknown', previous: [] })
    expectProblem(first.error, 'precondition', 'ssh.host-key-unknown')

    const { id } = await engine.add('key', config)
    const waiting = await engine.status(id, 'needs-attention')
    expectProblem(waiting.error, 'precondition', 'ssh.host-key-unknown')
    const key = hostKeyInfoSchema.parse(waiting.error?.details?.key)
    const forged = { host: key.host, port: key.port, keyType: key.keyType, fingerprint: `SHA256:${'A'.repeat(43)}` }
    const refusal = await failureOf(engine.client.connections.acceptHostKey({ connectionId: id, key: forged, replace: false }))
    expect(refusal).toMatchObject({ kind: 'conflict', code: 'ssh.host-key-mismatch' })
    expect(engine.connection(id).status).toBe('needs-attention')

    await engine.client.connections.acceptHostKey({ connectionId: id, key: choice(key), replace: false })
    await engine.status(id, 'online')
    expect(await readFile(join(dataOf(engine.folder), 'known_hosts'), 'utf8')).toContain(host.address)
  })

  test('a changed host key cuts the host off, loses nothing, and can be pinned anew', async () => {
    const host = lab.host('rebuilt')
    const guest = await host.defineGuest({ name: 'kept', boots: false })
    const { id } = await engine.add('rebuilt', ssh(host, { keyFile: host.keyFile }))
    await engine.status(id, 'online')
    await engine.reaches(id, guest.uuid, 'stopped')

    const fingerprint = await host.changeHostKey()
    const refused = await engine.status(id, 'needs-attention')
    expectProblem(refused.error, 'conflict', 'ssh.host-key-changed')
    const key = hostKeyInfoSchema.parse(refused.error?.details?.key)
    expect(key).toMatchObject({ status: 'changed', fingerprint })
    expect(key.previous).toMatchObject([{ fingerprint: host.hostKeyFingerprint }])
    expect(engine.machine(id, guest.uuid)).toMatchObject({ name: 'kept', state: 'stopped' })
    expect(engine.hostOf(id)?.freshness.state).toBe('stale')

    const careless = await failureOf(engine.client.connections.acceptHostKey({ connectionId: id, key: choice(key), replace: false }))
    expect(careless.code).toBe('ssh.host-key-changed')
    await engine.client.connections.acceptHostKey({ connectionId: id, key: choice(key), replace: true })
    await engine.status(id, 'online')
    expect(engine.hostOf(id)?.freshness.state).toBe('live')
  })

  test('a host that says nothing is told from one that refuses', async () => {
    const silent = lab.host('silent')
    await silent.cutNetwork('silence')
    const [nobody, refused] = await Promise.all([
      check(engine, ssh(silent, { keyFile: silent.keyFile })),
      check(engine, ssh(lab.host('key'), { keyFile: silent.keyFile, port: 2222 })),
    ])
    await silent.restoreNetwork()
    expect(nobody.failed).toBe('reach')
    expectProblem(nobody.error, 'timeout', 'ssh.timeout')
    expect(refused.failed).toBe('reach')
    expectProblem(refused.error, 'unreachable', 'ssh.refused')
  })

  test('a name that does not exist, and a way that is not offered', async () => {
    const unknown = await check(engine, { transport: 'ssh', host: 'no-such-host.invalid' })
    expect(unknown.failed).toBe('reach')
    expectProblem(unknown.error, 'unreachable', 'ssh.dns-failed')
    const config = join(engine.folder, 'home/.ssh/config')
    await appendFile(config, 'Host through\n  HostName 127.0.0.1\n  ProxyCommand nc %h %p\n')
    const command = await check(engine, { transport: 'ssh', host: 'through' })
    expectProblem(command.error, 'unsupported', 'ssh.proxy-command-unsupported')
  })
})

function choice({ host, port, keyType, fingerprint }: HostKeyInfo) {
  return { host, port, keyType, fingerprint }
}
