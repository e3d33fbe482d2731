import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { CONSOLE_ENDED, CONSOLE_FAILED } from '../../shared/model/index.ts'
import { saveChannel } from './save-channel.ts'

let folder: string
let server: WebSocketServer
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-save-'))
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
})
afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true })
})

function serve(run: (peer: WebSocket) => void): WebSocket {
  server.on('connection', run)
  const { port } = server.address() as { port: number }
  return new WebSocket(`ws://127.0.0.1:${port}`)
}

const PIECE = Buffer.alloc(1_000_000, 7)

test('a file is there under its name once it is whole', async () => {
  const socket = serve((peer) => {
    for (let sent = 0; sent < 8; sent++) peer.send(PIECE)
    peer.close(CONSOLE_ENDED, 'console.ended')
  })
  const seen: number[] = []
  await saveChannel(socket, join(folder, 'web.ova'), 8_000_000, (done) => seen.push(done))
  expect(await readdir(folder)).toEqual(['web.ova'])
  expect((await readFile(join(folder, 'web.ova'))).length).toBe(8_000_000)
  expect(seen.at(-1)).toBe(8_000_000)
})

test.each([
  ['fails', CONSOLE_FAILED, 2_000_000],
  ['ends too soon', CONSOLE_ENDED, 2_000_001],
])('one whose way %s leaves nothing', async (_how, code, sizeBytes) => {
  const socket = serve((peer) => {
    peer.send(PIECE)
    peer.send(PIECE)
    peer.close(code, 'libvirt.connection-lost')
  })
  await expect(saveChannel(socket, join(folder, 'web.ova'), sizeBytes, () => {})).rejects.toMatchObject({
    code: 'cli.broke-off',
    details: { done: 2_000_000 },
  })
  expect(await readdir(folder)).toEqual([])
})

test('a folder that is not there says so', async () => {
  const socket = serve((peer) => peer.send(PIECE))
  await expect(saveChannel(socket, join(folder, 'no', 'web.ova'), 1, () => {})).rejects.toMatchObject({ code: 'ENOENT' })
})
