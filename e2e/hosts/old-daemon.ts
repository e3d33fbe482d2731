import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FakeDaemon } from '../../electron/libvirt/testing/fake-daemon.ts'

/** A scripted libvirt daemon behind a real unix socket. */
export interface DaemonSocket {
  readonly path: string
  close(): Promise<void>
}

/** Every connection gets a daemon of its own, prepared by `script`. */
export async function listenAsDaemon(script: (daemon: FakeDaemon) => void): Promise<DaemonSocket> {
  const folder = await mkdtemp(join(tmpdir(), 'novacron-daemon-'))
  const path = join(folder, 'libvirt-sock')
  const server = createServer((socket) => {
    const daemon = new FakeDaemon()
    script(daemon)
    socket.on('error', () => daemon.stream.destroy())
    daemon.stream.on('error', () => socket.destroy())
    socket.pipe(daemon.stream).pipe(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  return {
    path,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      await rm(folder, { recursive: true, force: true })
    },
  }
}
