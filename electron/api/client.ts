import { createORPCClient } from '@orpc/client'
import { RPCLink } from '@orpc/client/websocket'
import type { ContractRouterClient } from '@orpc/contract'
import { WebSocket } from 'ws'
import { type Contract, contract, type MethodMeta } from '../../shared/contract/index.ts'
import { AppError, fromRpcError } from '../../shared/errors/index.ts'

/** A typed client of the contract; calls reject with AppError, and so do streams while they are read. */
export type Client = ContractRouterClient<Contract>

export interface ClientConnection {
  readonly client: Client
  close(): void
}

export interface ConnectOptions {
  /** `ws://127.0.0.1:4170/ws` or `ws+unix:/path/control.sock:/ws`. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs?: number
}

/** Opens a WebSocket to a running engine: used by the command line, the tests and the benchmarks. */
export async function connectEngine(options: ConnectOptions): Promise<ClientConnection> {
  const socket = new WebSocket(options.url, { headers: { ...options.headers }, handshakeTimeout: options.timeoutMs ?? 10_000 })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve)
    socket.once('error', (cause) => {
      reject(
        new AppError({
          kind: 'unreachable',
          code: 'link.refused',
          message: `No engine answers at ${options.url}: ${cause.message}`,
          cause,
        }),
      )
    })
  })
  const link = new RPCLink({
    websocket: socket as never,
    interceptors: [
      async (call) => {
        const explained = (thrown: unknown): AppError => {
          const lost = socket.readyState !== WebSocket.OPEN && !call.signal?.aborted
          return fromRpcError(lost ? new Error('The connection to the engine was lost.') : thrown, kindOf(call.path))
        }
        try {
          const answer = await call.next()
          return isStream(answer) ? streamed(answer, explained) : answer
        } catch (thrown) {
          throw explained(thrown)
        }
      },
    ],
  })
  socket.on('error', () => {}) // what follows is a close, and pending calls are settled by it
  return { client: createORPCClient(link), close: () => socket.close() }
}

function isStream(answer: unknown): answer is AsyncIterable<unknown> {
  return typeof answer === 'object' && answer !== null && Symbol.asyncIterator in answer
}

/** Whoever stops reading ends the stream, as without it. */
async function* streamed(source: AsyncIterable<unknown>, explained: (thrown: unknown) => AppError): AsyncGenerator {
  try {
    yield* source
  } catch (thrown) {
    throw explained(thrown)
  }
}

function kindOf(path: readonly string[]): MethodMeta['kind'] {
  const domain = (contract as unknown as Record<string, Record<string, { '~orpc': { meta: MethodMeta } }>>)[path[0] ?? '']
  return domain?.[path[1] ?? '']?.['~orpc'].meta.kind ?? 'query'
}
