import type { WebSocket } from 'ws'
import { toAppError } from '../../shared/errors/index.ts'
import type { ByteChannel } from '../providers/provider.ts'

/** Close codes of our own (RFC 6455, 7.4.2: 4000 to 4999); the reason is an error's code. */
export const CONSOLE_ENDED = 4_000
export const CONSOLE_FAILED = 4_001

/**
 * Couples a console's channel with a socket: binary messages both ways. A page that does not read holds the machine's side up, and a
 * machine that does not read the page's. Resolves when either is over, with both closed.
 */
export async function coupleConsole(channel: ByteChannel, socket: WebSocket): Promise<void> {
  socket.on('close', () => channel.close())
  let writing = Promise.resolve()
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) return
    socket.pause()
    writing = writing
      .then(() => channel.write(data))
      .then(() => socket.resume())
      .catch((thrown: unknown) => end(socket, thrown))
  })
  try {
    for (let bytes = await channel.read(); bytes !== null; bytes = await channel.read()) {
      if (socket.readyState !== socket.OPEN) break
      await sent(socket, bytes)
    }
    socket.close(CONSOLE_ENDED, 'console.ended')
  } catch (thrown) {
    end(socket, thrown)
  } finally {
    channel.close()
  }
}

function end(socket: WebSocket, thrown: unknown): void {
  socket.close(CONSOLE_FAILED, toAppError(thrown).code)
}

function sent(socket: WebSocket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve) => socket.send(bytes, { binary: true }, () => resolve()))
}
