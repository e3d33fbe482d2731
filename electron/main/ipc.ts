import type { IpcMain, IpcMainEvent, WebContents } from 'electron'
import type { RpcPort } from '../api/serve.ts'
import { PAGE_ORIGIN } from './page-files.ts'

/** The two fixed channels between a page and the engine. Named in electron/preload/index.ts as well. */
export const TO_ENGINE = 'novacron:to-engine'
export const TO_PAGE = 'novacron:to-page'

/** What the shell asks of a page. */
export type ShellEvent = { readonly type: 'navigate'; readonly path: string } | { readonly type: 'command'; readonly id: string }

export interface PageLinks {
  /** Begins to listen to a window of ours. Its port ends with each reload, and with the window. */
  adopt(contents: WebContents): void
  send(contents: WebContents, event: ShellEvent): void
}

interface Listeners {
  readonly message: Set<(data: unknown) => void>
  readonly disconnect: Set<() => void>
}

/**
 * Turns the fixed pair of channels into one port per page. A message counts only when it comes from the main frame of a
 * window we adopted and from our own origin; everything else, about:blank included, is dropped and reported.
 */
export function createPageLinks(
  ipcMain: Pick<IpcMain, 'on'>,
  attach: (port: RpcPort, contents: WebContents) => void,
  onRefused: (reason: string) => void,
): PageLinks {
  const open = new Map<number, Listeners>()
  const adopted = new Set<number>()

  ipcMain.on(TO_ENGINE, (event: IpcMainEvent, data: unknown) => {
    const refusal = refusalOf(event, adopted)
    if (refusal) return onRefused(refusal)
    const contents = event.sender
    let listeners = open.get(contents.id)
    if (!listeners) {
      listeners = { message: new Set(), disconnect: new Set() }
      open.set(contents.id, listeners)
      attach(portOf(contents, listeners), contents)
    }
    for (const listener of listeners.message) listener(data)
    return undefined
  })

  const end = (contents: WebContents): void => {
    const listeners = open.get(contents.id)
    open.delete(contents.id)
    for (const listener of listeners?.disconnect ?? []) listener()
  }

  return {
    adopt(contents) {
      const id = contents.id
      adopted.add(id)
      // a reload is a new page: what the old one asked for must not answer into the new one
      contents.on('did-start-navigation', (details) => {
        if (details.isMainFrame && !details.isSameDocument) end(contents)
      })
      contents.on('render-process-gone', () => end(contents))
      contents.on('destroyed', () => {
        adopted.delete(id)
        const listeners = open.get(id)
        open.delete(id)
        for (const listener of listeners?.disconnect ?? []) listener()
      })
    },
    send(contents, event) {
      if (!contents.isDestroyed()) contents.send(TO_PAGE, { kind: 'shell', event })
    },
  }
}

function portOf(contents: WebContents, listeners: Listeners): RpcPort {
  return {
    postMessage(data) {
      if (!contents.isDestroyed()) contents.send(TO_PAGE, { kind: 'rpc', data })
    },
    onMessage: { addListener: (callback) => void listeners.message.add(callback) },
    onDisconnect: { addListener: (callback) => void listeners.disconnect.add(callback) },
  }
}

/** Why a message is not heard; null when it is. */
export function refusalOf(event: Pick<IpcMainEvent, 'sender' | 'senderFrame'>, adopted: ReadonlySet<number>): string | null {
  if (!adopted.has(event.sender.id)) return 'not one of our windows'
  const frame = event.senderFrame
  if (!frame) return 'the frame is gone'
  if (frame !== event.sender.mainFrame) return 'not the main frame'
  let origin: string
  try {
    const url = new URL(frame.url)
    origin = `${url.protocol}//${url.host}`
  } catch {
    return 'no address'
  }
  return origin === PAGE_ORIGIN ? null : `foreign origin ${origin}`
}
