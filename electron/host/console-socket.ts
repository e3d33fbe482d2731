import type { WebSocket } from 'ws'
import type { ByteChannel } from '../providers/provider.ts'
import { pumpConsole } from './console-pump.ts'

/**
 * Couples a console's channel with a socket: binary messages both ways, and what the page says beside them as text. A page that does not read holds the machine's side up, and a
 * machine that does not read the page's. When either is over, both are closed.
 */
export function coupleConsole(channel: ByteChannel, socket: WebSocket): void {
  const pump = pumpConsole(channel, {
    isOpen: () => socket.readyState === socket.OPEN,
    send: (bytes) => new Promise((resolve) => socket.send(bytes, { binary: true }, () => resolve())),
    close: (code, reason) => socket.close(code, reason),
  })
  socket.on('close', () => channel.close())
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    if (!isBinary) {
      pump.control(data.toString())
      return
    }
    socket.pause()
    void pump.write(data).then(() => socket.resume())
  })
}
