import type { IpcMain, IpcMainEvent, WebContents } from 'electron'
import type { RpcPort } from '../api/serve.ts'
import { PAGE_ORIGIN } from './page-files.ts'

/** The two fixed channels between a page and the engine. Named in electron/preload/index.ts as well. */
export const TO_ENGINE = 'novacron:to-engine'
export const TO_PAGE = 'novacron:to-page'

/** What the shell asks of a page. */
export type ShellEvent = { readonly type: 'navigate'; readonly path: string } | { readonly type: 'command'; readonly id: string }

/** Takes a page's port for as long as that page lives; `gone` aborts with a reload, a crash or the window's end. */
export type AttachPort = (port: RpcPort, gone: AbortSignal) => void

export interface PageLinks {
  /** Begins to listen to a window of ours. Its port ends with each reload, and with the window. */
  adopt(contents: WebContents): void
  /** The engine is open: pages that asked before it was are answered now, the others as they come. */
  connect(attach: AttachPort): void
  send(contents: WebContents, event: ShellEvent): void
}

/** What one loaded page asked while the engine was not open yet, at most: more is no page of ours. */
const WAITING_MESSAGES = 1_000

/** So many messages may be on their way to a page: one that hangs holds its streams up, and fills no memory. */
const UNREAD_MESSAGES = 64

interface Link {
  readonly port: RpcPort
  readonly gone: AbortController
  /** The page's side has handed on so many messages since it was loaded. */
  readonly read: (count: number) => void
  readonly messageListeners: Set<(data: unknown) => void>
  /** Until the engine is open; null once the port is attached. */
  waiting: unknown[] | null
}

/**
 * Turns the fixed pair of channels into one port per loaded page. A message counts only when it comes from the main frame of a
 * window we adopted and from our own origin; everything else, about:blank included, is dropped and reported. The window opens
 * before the engine does: what a page asks meanwhile is kept in order. A number is no message but the preload's receipt: how many
 * messages it has handed on.
 */
export function createPageLinks(ipcMain: Pick<IpcMain, 'on'>, onRefused: (reason: string) => void): PageLinks {
  const links = new Map<number, Link>()
  const adopted = new Set<number>()
  let attach: AttachPort | null = null

  const attachLink = (link: Link): void => {
    const messages = link.waiting ?? []
    link.waiting = null
    attach?.(link.port, link.gone.signal)
    for (const data of messages) hand(link, data)
  }
  const hand = (link: Link, data: unknown): void => {
    for (const listener of link.messageListeners) listener(data)
  }
  const end = (id: number): void => {
    const link = links.get(id)
    links.delete(id)
    link?.gone.abort()
  }

  ipcMain.on(TO_ENGINE, (event: IpcMainEvent, data: unknown) => {
    const refusal = refusalOf(event, adopted)
    if (refusal) {
      onRefused(refusal)
      return
    }
    let link = links.get(event.sender.id)
    if (!link) {
      link = createLink(event.sender)
      links.set(event.sender.id, link)
      if (attach) attachLink(link)
    }
    if (typeof data === 'number') link.read(data)
    else if (!link.waiting) hand(link, data)
    else if (link.waiting.length < WAITING_MESSAGES) link.waiting.push(data)
    else onRefused('too many messages before the engine was open')
  })

  return {
    adopt(contents) {
      const { id } = contents
      adopted.add(id)
      // A reload is a new page: what the old one asked for must not answer into the new one. Not `did-start-navigation`, which
      // also tells of navigations that are then denied: the page would stay and never hear of anything again.
      contents.on('did-navigate', () => end(id))
      contents.on('render-process-gone', () => end(id))
      contents.on('destroyed', () => {
        adopted.delete(id)
        end(id)
      })
    },
    connect(to) {
      attach = to
      for (const link of links.values()) attachLink(link)
    },
    send(contents, event) {
      if (contents.isDestroyed()) return
      const message = { kind: 'shell', event }
      // to a document that is not there yet nothing can be said; its preload keeps what comes before the page listens
      if (contents.isLoadingMainFrame()) contents.once('dom-ready', () => contents.send(TO_PAGE, message))
      else contents.send(TO_PAGE, message)
    },
  }
}

function createLink(contents: WebContents): Link {
  const gone = new AbortController()
  const messageListeners: Link['messageListeners'] = new Set()
  const waiters: (() => void)[] = []
  let sent = 0
  let read = 0
  const keepsUp = (): boolean => gone.signal.aborted || sent - read < UNREAD_MESSAGES
  const wake = (): void => {
    while (keepsUp()) {
      const waiter = waiters.shift()
      if (!waiter) return
      waiter()
    }
  }
  gone.signal.addEventListener('abort', wake)
  const port: RpcPort = {
    postMessage(data) {
      if (gone.signal.aborted || contents.isDestroyed()) return
      sent += 1
      contents.send(TO_PAGE, { kind: 'rpc', data })
    },
    drained: () => (keepsUp() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    onMessage: { addListener: (callback) => void messageListeners.add(callback) },
    onDisconnect: { addListener: (callback) => gone.signal.addEventListener('abort', () => callback(), { once: true }) },
  }
  const onRead = (count: number): void => {
    if (count > read && count <= sent) read = count
    wake()
  }
  return { port, gone, read: onRead, messageListeners, waiting: [] }
}

/** Why a message is not heard; null when it is. */
export function refusalOf(event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, adopted: ReadonlySet<number>): string | null {
  if (event.sender.isDestroyed()) return 'the window is gone'
  if (!adopted.has(event.sender.id)) return 'not one of our windows'
  const frame = event.senderFrame
  // the frame navigated or was removed while the message was on its way
  if (!frame || frame.detached) return 'the frame is gone'
  if (frame.parent !== null || frame !== event.sender.mainFrame) return 'not the main frame'
  let origin: string
  try {
    const url = new URL(frame.url)
    origin = `${url.protocol}//${url.host}`
  } catch {
    return 'no address'
  }
  return origin === PAGE_ORIGIN ? null : `foreign origin ${origin}`
}
