import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron'

/** The two fixed channels; nothing else can be reached from the page. Named in electron/main/ipc.ts as well. */
const TO_ENGINE = 'novacron:to-engine'
const TO_PAGE = 'novacron:to-page'

type Incoming = { readonly kind: 'rpc'; readonly data: unknown } | { readonly kind: 'shell'; readonly event: unknown }
type Hand = (data: unknown) => void

const engineListeners = new Set<Hand>()
const shellListeners = new Set<Hand>()
/** What menus and deep links asked before the page listened: a window that just opened. */
let waiting: unknown[] = []

/** Every so many messages of the engine it is told how many were handed on: it waits for a page that does not keep up. */
const RECEIPT_EVERY = 16
let handed = 0

ipcRenderer.on(TO_PAGE, (_event: IpcRendererEvent, message: Incoming) => {
  if (message.kind === 'rpc') {
    for (const hand of engineListeners) hand(message.data)
    handed += 1
    if (handed % RECEIPT_EVERY === 0) ipcRenderer.send(TO_ENGINE, handed)
  } else if (shellListeners.size > 0) for (const hand of shellListeners) hand(message.event)
  else waiting.push(message.event)
})

/** Adds a listener; the answer takes it away. The event object of the channel stays on this side. */
function listen(listeners: Set<Hand>, hand: Hand): () => void {
  // a listener of its own, so that the same function given twice is two
  const mine: Hand = (data) => hand(data)
  listeners.add(mine)
  return () => void listeners.delete(mine)
}

contextBridge.exposeInMainWorld('novacron', {
  platform: process.platform,
  /** One message to the engine: of the contract's protocol, or of a console. */
  post: (data: unknown) => ipcRenderer.send(TO_ENGINE, data),
  /** The same from the engine. */
  subscribe: (hand: Hand) => listen(engineListeners, hand),
  /** What menus, the tray and deep links ask of the page: `{ type: 'navigate', path }`, `{ type: 'command', id }`. */
  onShell: (hand: Hand) => {
    const stop = listen(shellListeners, hand)
    const early = waiting
    waiting = []
    for (const event of early) hand(event)
    return stop
  },
})
