import { toAppError } from '../../shared/errors/index.ts'
import { CONSOLE_FAILED, CONSOLE_WINDOW_BYTES, type ConsoleToPage, closeReason, isConsoleMessage } from '../../shared/model/index.ts'
import type { RpcPort } from '../api/serve.ts'
import type { Console } from '../host/compose.ts'
import { type ConsolePump, pumpConsole } from '../host/console-pump.ts'

interface OpenConsole {
  readonly channel: ReturnType<Console['takeConsole']>
  readonly pump: ConsolePump
  /** Bytes of the page that the machine has not taken yet. */
  pending: number
}

/** More than a page of ours ever has on its way. */
const MOST_PENDING_BYTES = 2 * CONSOLE_WINDOW_BYTES

/**
 * Takes the consoles' messages out of a page's port and couples each console with its channel; the port that comes back carries the
 * rest. A page's consoles end with the page.
 */
export function withConsoles(port: RpcPort, gone: AbortSignal, take: Console['takeConsole']): RpcPort {
  const consoles = new Map<string, OpenConsole>()
  const rpcListeners = new Set<(data: unknown) => void>()
  const post = (message: ConsoleToPage): void => {
    const send = port.postMessage.bind(port)
    send(message)
  }
  const close = (console: string, code: number, reason: string): void => {
    const open = consoles.get(console)
    if (!open) return
    consoles.delete(console)
    open.channel.close()
    post({ console, type: 'closed', code, reason })
  }
  const begin = (console: string): void => {
    if (consoles.has(console)) return
    try {
      const channel = take(console)
      const pump = pumpConsole(channel, {
        isOpen: () => consoles.has(console),
        send: async (bytes) => {
          // a copy: of a piece of a larger buffer the whole buffer would be sent
          post({ console, type: 'bytes', bytes: Uint8Array.from(bytes) })
          await port.drained()
        },
        close: (code, reason) => close(console, code, reason),
      })
      consoles.set(console, { channel, pump, pending: 0 })
      post({ console, type: 'opened' })
    } catch (thrown) {
      post({ console, type: 'closed', code: CONSOLE_FAILED, reason: closeReason(toAppError(thrown)) })
    }
  }
  const typed = (console: string, bytes: Uint8Array): void => {
    const open = consoles.get(console)
    if (!open) return
    open.pending += bytes.length
    if (open.pending > MOST_PENDING_BYTES) {
      close(console, CONSOLE_FAILED, closeReason({ kind: 'protocol', code: 'console.protocol' }))
      return
    }
    void open.pump.write(bytes).then(() => {
      open.pending -= bytes.length
      if (consoles.get(console) === open) post({ console, type: 'taken', count: bytes.length })
    })
  }
  port.onMessage.addListener((data) => {
    if (!isConsoleMessage(data)) {
      for (const listener of rpcListeners) listener(data)
      return
    }
    const { console, type, bytes, text }: { console: string; type?: unknown; bytes?: unknown; text?: unknown } = data
    if (type === 'open') begin(console)
    else if (type === 'bytes' && bytes instanceof Uint8Array) typed(console, bytes)
    else if (type === 'control' && typeof text === 'string') consoles.get(console)?.pump.control(text)
    else if (type === 'close') {
      const open = consoles.get(console)
      consoles.delete(console)
      open?.channel.close()
    }
  })
  gone.addEventListener('abort', () => {
    for (const { channel } of consoles.values()) channel.close()
    consoles.clear()
  })
  return { ...port, onMessage: { addListener: (callback) => void rpcListeners.add(callback) } }
}
