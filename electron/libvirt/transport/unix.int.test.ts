import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authList } from './testing/libvirt-hello.ts'
import { describeWithPeers } from './testing/peers.ts'
import { startHost } from './testing/sshd-fixture.ts'
import { mapUnixError, openLocalLibvirt, openUnixSocket } from './unix.ts'

describeWithPeers('the local socket of a real libvirtd', ['libvirtd', 'sshd', 'ip', 'unshare', 'nsenter', 'openssl'], () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'nc-unix-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('answers', async () => {
    const host = await startHost({ libvirt: 'running' })
    // The host has a /run of its own: its socket is seen from here through its first process.
    const stream = await openLocalLibvirt({ socketPath: `/proc/${host.pid}/root/run/libvirt/libvirt-sock` })
    expect(await authList(stream)).toEqual([0])
    stream.destroy()
    await host.stop()
  })

  test('that is missing, or that nobody listens on', async () => {
    await expect(openUnixSocket(join(folder, 'none'))).rejects.toMatchObject({ code: 'libvirt.socket-missing', kind: 'remote-failure' })
    const path = join(folder, 'stale')
    const { stdout } = await import('node:child_process').then(({ spawnSync }) =>
      spawnSync(process.execPath, [
        '-e',
        `require('net').createServer().listen(${JSON.stringify(path)}, () => { console.log('up'); process.kill(process.pid, 'SIGKILL') })`,
      ]),
    )
    expect(stdout.toString()).toBe('up\n')
    await expect(openUnixSocket(path)).rejects.toMatchObject({ code: 'libvirt.socket-refused', details: { reason: 'ECONNREFUSED' } })
  })

  test('that we may not use: said with the owner group and what to do', async () => {
    const path = join(folder, 'closed')
    const server = createServer().listen(path)
    await chmod(path, 0o700)
    const denied = Object.assign(new Error('connect EACCES'), { code: 'EACCES' })
    expect(await mapUnixError(path, denied)).toMatchObject({
      code: 'libvirt.socket-permission',
      kind: 'forbidden',
      details: { mode: '700', command: expect.stringContaining('usermod') },
    })
    server.close()
  })

  test('a caller that has given up gets no socket', async () => {
    await expect(openUnixSocket(join(folder, 'none'), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'transport.cancelled',
    })
  })
})
