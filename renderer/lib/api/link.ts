import type { ClientContext, ClientLink, ClientOptions } from '@orpc/client'
import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import { createDesktopChannels, type EngineChannel, openSocketChannel } from './channel.ts'
import { engineUnreachable } from './errors.ts'

/** Where the link to the console's own engine stands. Nothing here speaks about hosts. */
export interface EngineLinkState {
  readonly state: 'connecting' | 'open' | 'lost'
  /** Unix milliseconds of the loss; null while it was never lost. */
  readonly lostAtMs: number | null
  readonly nextAttemptAtMs: number | null
  /** The engine is there but no longer knows this page: it wants a new login. */
  readonly locked: boolean
}

/** One engine behind any transport. `call` is oRPC's; the rest lets the page say where it stands. */
export interface EngineLink extends ClientLink<ClientContext> {
  readonly state: () => EngineLinkState
  readonly subscribe: (listener: () => void) => () => void
  /** Try now instead of at the next attempt. */
  readonly retryNow: () => void
  /** The bytes of a console that `consoles.open` has just opened under that token; to be asked for once. */
  readonly channel: (token: string) => EngineChannel
  readonly close: () => void
}

/** What the preload script exposes: messages over one fixed pair of channels. */
export interface DesktopBridge {
  readonly post: (message: unknown) => void
  readonly subscribe: (listener: (message: unknown) => void) => () => void
  /** What menus, the tray and deep links ask of the page. */
  readonly onShell: (listener: (event: unknown) => void) => () => void
  readonly platform: string
}

declare global {
  interface Window {
    readonly novacron?: DesktopBridge
  }
}

/** The page stands in a window of the desktop program, and not in a browser's. */
export function isDesktop(): boolean {
  return window.novacron !== undefined
}

const OPEN: EngineLinkState = { state: 'open', lostAtMs: null, nextAttemptAtMs: null, locked: false }

/** The engine in the same program: there is nothing to reconnect, the window goes when it goes. */
export function createDesktopLink(bridge: DesktopBridge): EngineLink {
  const channels = createDesktopChannels((message) => bridge.post(message))
  const link = new PortLink({
    port: {
      addEventListener: (type: string, listener: unknown) => {
        if (type !== 'message' || typeof listener !== 'function') return
        bridge.subscribe((message) => {
          if (!channels.take(message)) listener({ data: message })
        })
      },
      postMessage: (message: unknown) => bridge.post(message),
    },
  })
  return {
    call: (path, input, options) => link.call(path, input, options),
    state: () => OPEN,
    subscribe: () => () => {},
    retryNow: () => {},
    channel: channels.open,
    close: () => {},
  }
}

export interface SocketLinkOptions {
  readonly open: () => WebSocket
  readonly channel: (token: string) => EngineChannel
  readonly nowMs: () => number
  readonly random: () => number
  readonly setTimer: (run: () => void, delayMs: number) => () => void
  /** Whether the engine answers but refuses this page: asked after an attempt that never opened. */
  readonly isLocked: () => Promise<boolean>
}

const FIRST_RETRY_MS = 300
const LONGEST_RETRY_MS = 8_000

/** How long to wait before the n-th retry, counted from 0: full jitter under a doubling cap. */
export function retryDelayMs(attempt: number, random: number): number {
  const cap = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(attempt, 10))
  return Math.round(FIRST_RETRY_MS / 2 + random * (cap - FIRST_RETRY_MS / 2))
}

/** A WebSocket that comes back by itself. A call made while it is down fails at once; one made while it opens waits for it. */
export function createSocketLink(options: SocketLinkOptions): EngineLink {
  const listeners = new Set<() => void>()
  let current: { readonly socket: WebSocket; readonly link: SocketLink<ClientContext> } | null = null
  let state: EngineLinkState = { state: 'connecting', lostAtMs: null, nextAttemptAtMs: null, locked: false }
  let attempt = 0
  let stopTimer: (() => void) | null = null
  let closed = false

  function become(next: EngineLinkState) {
    state = next
    for (const listener of listeners) listener()
  }

  function connect() {
    stopTimer = null
    if (closed) return
    const socket = options.open()
    const mine = { socket, link: new SocketLink<ClientContext>({ websocket: socket }) }
    current = mine
    let opened = false
    socket.addEventListener('open', () => {
      opened = true
      attempt = 0
      become(OPEN)
    })
    socket.addEventListener('close', () => {
      if (current !== mine || closed) return
      current = null
      const delayMs = retryDelayMs(attempt++, options.random())
      const nowMs = options.nowMs()
      become({ state: 'lost', lostAtMs: state.lostAtMs ?? nowMs, nextAttemptAtMs: nowMs + delayMs, locked: state.locked })
      if (!opened) {
        void options.isLocked().then((locked) => {
          if (state.state === 'lost' && state.locked !== locked) become({ ...state, locked })
        })
      }
      stopTimer = options.setTimer(connect, delayMs)
    })
  }

  connect()
  return {
    call: (path: readonly string[], input: unknown, callOptions: ClientOptions<ClientContext>) => {
      const target = current
      if (!target || target.socket.readyState > 1) return Promise.reject(engineUnreachable())
      return target.link.call(path, input, callOptions)
    },
    state: () => state,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    retryNow: () => {
      if (!stopTimer) return
      stopTimer()
      connect()
    },
    channel: options.channel,
    close: () => {
      closed = true
      stopTimer?.()
      current?.socket.close()
    },
  }
}

/** The transport that fits where this page runs: the desktop's bridge, else a WebSocket to the origin it came from. */
export function openEngineLink(): EngineLink {
  if (window.novacron) return createDesktopLink(window.novacron)
  return createSocketLink({
    open: () => new WebSocket(new URL('/ws', window.location.href.replace(/^http/, 'ws'))),
    channel: (token) => openSocketChannel(token, window.location.href),
    nowMs: () => Date.now(),
    random: () => Math.random(),
    isLocked: async () => {
      try {
        return (await fetch('/', { cache: 'no-store' })).status === 401
      } catch {
        // Nobody answers at all: that is not a refusal.
        return false
      }
    },
    setTimer: (run, delayMs) => {
      const timer = setTimeout(run, delayMs)
      return () => clearTimeout(timer)
    },
  })
}
