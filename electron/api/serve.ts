import { OpenAPIHandler } from '@orpc/openapi/node'
import { MessagePortHandler } from '@orpc/server/message-port'
import { BodyLimitPlugin } from '@orpc/server/node'
import { WsHandler } from '@orpc/server/ws'
import type { WebSocket } from 'ws'
import { createAnswerHandler, SharedAnswers } from './answer-codec.ts'
import { toRpcError } from './errors.ts'
import type { CallContext } from './handlers.ts'
import type { Router } from './router.ts'

/** A pair of one-way channels that behaves like a port: Electron IPC is wrapped into one. */
export interface RpcPort {
  postMessage(data: unknown): void
  readonly onMessage: { addListener(callback: (data: unknown) => void): void }
  readonly onDisconnect: { addListener(callback: () => void): void }
  /** Resolves as long as the reader keeps up, and when it is gone; streams wait for it. */
  drained(): Promise<void>
}

/** Above this a socket's reader is slow: the stream behind it waits instead of filling memory. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024

/** Of one message or request, as it comes in. */
export const MAX_BODY_BYTES = 16 * 1024 * 1024

const interceptors = [
  async (call: { next(): Promise<unknown> }): Promise<unknown> => {
    try {
      return mapStream(await call.next())
    } catch (thrown) {
      throw toRpcError(thrown)
    }
  },
]

/** Errors in the middle of a stream are worded like all others. */
function mapStream(answer: unknown): unknown {
  if (typeof answer !== 'object' || answer === null || !(Symbol.asyncIterator in answer)) return answer
  const source = answer as AsyncIterable<unknown>
  return (async function* mapped() {
    try {
      yield* source
    } catch (thrown) {
      throw toRpcError(thrown)
    }
  })()
}

/** The contract over the transports it is spoken on: ports (IPC), sockets, plain HTTP. */
export function createServing(router: Router) {
  const options = { clientInterceptors: interceptors as never }
  const shared = new SharedAnswers()
  const ports = new MessagePortHandler<CallContext>(createAnswerHandler(router, options), {
    // the one place where the protocol waits before it posts
    experimental_transfer: async (_message, port) => {
      await (port as Partial<RpcPort>).drained?.()
      return null
    },
  })
  const sockets = new WsHandler<CallContext>(createAnswerHandler(router, options, shared))
  const http = new OpenAPIHandler<CallContext>(router, { ...options, plugins: [new BodyLimitPlugin({ maxBodySize: MAX_BODY_BYTES })] })
  return {
    attachPort(port: RpcPort, context: CallContext): void {
      ports.upgrade(port, { context })
    },
    async attachSocket(socket: WebSocket, context: CallContext): Promise<void> {
      await sockets.upgrade(outgoing(socket, shared), { context })
    },
    /** Plain HTTP under `prefix`; false when no method matches. */
    http,
  }
}

export type Serving = ReturnType<typeof createServing>

/**
 * The same socket, whose `send` writes shared answers out and resolves once the far side has read enough. Such a message goes as several
 * frames (RFC 6455, 5.4), which the reader sees as one.
 */
function outgoing(socket: WebSocket, shared: SharedAnswers): Pick<WebSocket, 'addEventListener' | 'send'> {
  const send = (message: Parameters<WebSocket['send']>[0]): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve()
      // ws calls back when the bytes have left for the kernel; below the mark nobody has to wait for that
      const isSlow = socket.bufferedAmount >= HIGH_WATER_BYTES
      const sent = isSlow ? () => resolve() : undefined
      if (typeof message === 'string') {
        const pieces = shared.fill(message)
        for (const piece of pieces.slice(0, -1)) socket.send(piece, { binary: false, fin: false })
        socket.send(pieces.at(-1) ?? '', { binary: false }, sent)
      } else {
        socket.send(message, sent)
      }
      if (!isSlow) resolve()
    })
  return { addEventListener: socket.addEventListener.bind(socket), send: send as never }
}
