import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithPeers } from '../testing/peers.ts'
import { makeKey, startHost, type TestHost } from '../testing/sshd-fixture.ts'
import { KnownHostsStore } from './known-hosts-store.ts'
import { openSshSession } from './ssh-connect.ts'

describeWithPeers('an SSH session with a real sshd', ['sshd', 'ssh-keygen', 'ip', 'unshare', 'nsenter', 'openssl', 'libvirtd'], () => {
  let folder: string
  let host: TestHost
  let keyPath: string
  let knownHosts: KnownHostsStore
  const environment = { home: '/nonexistent', user: 'root', agent: undefined }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nc-ssh-'))
    keyPath = await makeKey(folder, 'key')
    host = await startHost({ authorizedKeys: [await readFile(`${keyPath}.pub`, 'utf8')], libvirt: 'running' })
    const ownFile = join(folder, 'known_hosts')
    await writeFile(ownFile, host.hostKeys.map((key) => `${host.address} ${key}\n`).join(''))
    knownHosts = new KnownHostsStore({ ownFile, readOnlyFiles: [] })
  })
  afterAll(async () => {
    await host?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('logs in with a key and runs a command', async () => {
    const session = await openSshSession({ host: host.address, user: 'root', identityFiles: [keyPath] }, { knownHosts, environment })
    const result = await session.exec('echo "hello $USER"; echo oops >&2; exit 3')
    expect(result).toMatchObject({ stdout: 'hello root\n', stderr: 'oops\n', code: 3, truncated: false })
    await session.close()
    expect(await session.closed).toBeUndefined()
  })

  test('reaches the socket of libvirtd', async () => {
    const session = await openSshSession({ host: host.address, user: 'root', identityFiles: [keyPath] }, { knownHosts, environment })
    const stream = await session.openUnixSocket('/run/libvirt/libvirt-sock')
    // AUTH_LIST: length 28, program 0x20008086, version 1, procedure 66, call, serial 1, ok.
    const call = Buffer.alloc(28)
    for (const [index, word] of [28, 0x20008086, 1, 66, 0, 1, 0].entries()) call.writeUInt32BE(word, index * 4)
    stream.write(call)
    const answer = await new Promise<Buffer>((resolve) => stream.once('data', resolve))
    expect(answer.readUInt32BE(12)).toBe(66)
    expect(answer.readUInt32BE(16)).toBe(1)
    await session.close()
    expect(stream.destroyed).toBe(true)
  })
})
