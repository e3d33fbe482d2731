import { randomUUID } from 'node:crypto'
import type { WebSocket } from 'ws'
import type { Console } from './compose.ts'

/** Gives a socket its own client id and lifetime, and speaks the contract on it. */
export function acceptSocket(socket: WebSocket, console: Pick<Console, 'serving' | 'contextFor' | 'forgetClient'>, origin: string): void {
  const clientId = randomUUID()
  const gone = new AbortController()
  socket.on('error', () => socket.terminate())
  socket.on('close', () => {
    gone.abort()
    console.forgetClient(clientId)
  })
  void console.serving.attachSocket(socket, console.contextFor(origin, clientId, gone.signal))
}
