import {
  CONSOLE_PIECE_BYTES,
  CONSOLE_WINDOW_BYTES,
  type ConsoleToEngine,
  type ConsoleToPage,
  isConsoleMessage,
} from '../../../shared/model/index.ts'

/** Bytes both ways, shaped like the WebSocket that noVNC takes. Messages are ArrayBuffers. */
export interface EngineChannel {
  binaryType: BinaryType
  readonly protocol: string
  /** As a WebSocket's: 0 connecting, 1 open, 2 closing, 3 closed. */
  readonly readyState: number
  onopen: ((event: Event) => void) | null
  onmessage: ((event: MessageEvent) => void) | null
  onerror: ((event: Event) => void) | null
  onclose: ((event: CloseEvent) => void) | null
  /** Bytes for the machine; a text is a ConsoleControl for the engine. */
  send(data: Uint8Array<ArrayBuffer> | string): void
  close(): void
  addEventListener<K extends keyof WebSocketEventMap>(type: K, listener: (event: WebSocketEventMap[K]) => void): void
}

export const CHANNEL_OPEN = 1
const CLOSED = 3

export interface ChannelWay {
  readonly send: (bytes: Uint8Array<ArrayBuffer>) => void
  readonly control: (text: string) => void
  /** The page has had enough. */
  readonly close: () => void
}

/** A channel over any way there is, such as Electron's IPC. */
export class LocalChannel implements EngineChannel {
  binaryType: BinaryType = 'arraybuffer'
  readonly protocol = ''
  readyState = 0
  onopen: EngineChannel['onopen'] = null
  onmessage: EngineChannel['onmessage'] = null
  onerror: EngineChannel['onerror'] = null
  onclose: EngineChannel['onclose'] = null
  readonly #way: ChannelWay
  readonly #events = new EventTarget()

  constructor(way: ChannelWay) {
    this.#way = way
  }

  addEventListener<K extends keyof WebSocketEventMap>(type: K, listener: (event: WebSocketEventMap[K]) => void): void {
    this.#events.addEventListener(type, listener as EventListener)
  }

  // Properties of its own, as are the rest: noVNC takes nothing for a channel that inherits them from further up.
  readonly send = (data: Uint8Array<ArrayBuffer> | string): void => {
    if (this.readyState !== CHANNEL_OPEN) return
    if (typeof data === 'string') this.#way.control(data)
    else this.#way.send(data)
  }

  readonly close = (): void => {
    if (this.readyState === CLOSED) return
    this.#way.close()
    this.ended(1_000, '')
  }

  opened(): void {
    this.readyState = CHANNEL_OPEN
    const event = new Event('open')
    this.#events.dispatchEvent(event)
    this.onopen?.(event)
  }

  received(bytes: Uint8Array): void {
    if (this.readyState !== CHANNEL_OPEN) return
    const event = new MessageEvent('message', { data: Uint8Array.from(bytes).buffer })
    this.#events.dispatchEvent(event)
    this.onmessage?.(event)
  }

  ended(code: number, reason: string): void {
    if (this.readyState === CLOSED) return
    this.readyState = CLOSED
    const event = new CloseEvent('close', { code, reason, wasClean: true })
    this.#events.dispatchEvent(event)
    this.onclose?.(event)
  }
}

/** In browsers: a socket of its own to the origin the page came from. */
export function openSocketChannel(token: string, href: string): EngineChannel {
  const socket = new WebSocket(new URL(`/console/${encodeURIComponent(token)}`, href.replace(/^http/, 'ws')))
  socket.binaryType = 'arraybuffer'
  return socket
}

export interface DesktopChannels {
  readonly open: (token: string) => EngineChannel
  /** Hands on a message of the bridge; false: it is none of a console's. */
  readonly take: (message: unknown) => boolean
}

/** On the desktop: messages beside the contract's. No more than a window of bytes is under way, the rest waits here. */
export function createDesktopChannels(post: (message: ConsoleToEngine) => void): DesktopChannels {
  const open = new Map<string, (message: ConsoleToPage) => void>()
  return {
    open: (token) => {
      const waiting: Uint8Array<ArrayBuffer>[] = []
      let underWay = 0
      const flush = () => {
        while (underWay < CONSOLE_WINDOW_BYTES) {
          const bytes = waiting.shift()
          if (!bytes) return
          underWay += bytes.length
          post({ console: token, type: 'bytes', bytes })
        }
      }
      const channel = new LocalChannel({
        send: (bytes) => {
          // copies: noVNC fills its buffer again as soon as this returns
          for (let at = 0; at < bytes.length; at += CONSOLE_PIECE_BYTES) waiting.push(bytes.slice(at, at + CONSOLE_PIECE_BYTES))
          flush()
        },
        control: (text) => post({ console: token, type: 'control', text }),
        close: () => {
          open.delete(token)
          post({ console: token, type: 'close' })
        },
      })
      open.set(token, (message) => {
        if (message.type === 'opened') channel.opened()
        else if (message.type === 'bytes') channel.received(message.bytes)
        else if (message.type === 'taken') {
          underWay -= message.count
          flush()
        } else {
          open.delete(token)
          channel.ended(message.code, message.reason)
        }
      })
      post({ console: token, type: 'open' })
      return channel
    },
    take: (message) => {
      if (!isConsoleMessage(message)) return false
      open.get(message.console)?.(message as ConsoleToPage)
      return true
    },
  }
}
