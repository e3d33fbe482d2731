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

  test('opens a shell on a terminal of its own, of the size that it is told', async () => {
    const session = await openSshSession({ host: host.address, user: 'root', identityFiles: [keyPath] }, { knownHosts, environment })
    const shell = await session.openShell({ term: 'xterm-256color', columns: 101, rows: 33 })
    let text = ''
    const says = async (wanted: string) => {
      for await (const piece of shell.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        text += piece.toString()
        if (text.includes(wanted)) return
      }
    }
    shell.write('stty size; echo $TERM\n')
    await says('33 101\r\nxterm-256color')
    shell.resize(77, 22)
    shell.write('stty size\n')
    await says('22 77')
    shell.write('exit 3\n')
    for await (const piece of shell) text += String(piece)
    expect(text).toContain('22 77')
    expect(shell.exit).toMatchObject({ code: 3 })
    shell.resize(80, 24) // nobody is there any more
    await session.close()
  })

  test('goes through an open connection, which stays open; a name of its own for the key', async () => {
    const outer = await openSshSession({ host: host.address, user: 'root', identityFiles: [keyPath] }, { knownHosts, environment })
    const target = { host: '127.0.0.1', user: 'root', identityFiles: [keyPath], hostKeyAlias: 'guest-1' }
    await expect(openSshSession(target, { knownHosts, environment, via: outer })).rejects.toMatchObject({ code: 'ssh.host-key-unknown' })
    const onHostKey = () => Promise.resolve('accept' as const)
    const inner = await openSshSession(target, { knownHosts, environment, via: outer, onHostKey, quicken: false })
    expect(await inner.exec('echo inside')).toMatchObject({ stdout: 'inside\n' })
    await inner.close()
    expect(outer.isOpen).toBe(true)
    const again = await openSshSession(target, { knownHosts, environment, via: outer })
    await outer.close()
    expect(await again.closed).toMatchObject({ code: 'ssh.connection-lost' })
  })
})
