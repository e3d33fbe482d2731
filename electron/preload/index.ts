import { contextBridge, type IpcRendererEvent, ipcRenderer } from 'electron'

/** The two fixed channels; nothing else can be reached from the page. Named in electron/main/ipc.ts as well. */
const TO_ENGINE = 'novacron:to-engine'
const TO_PAGE = 'novacron:to-page'

type Incoming = { readonly kind: 'rpc'; readonly data: unknown } | { readonly kind: 'shell'; readonly event: unknown }

/** Hands on what came from the engine, of one kind only; the answer unsubscribes. The event object stays on this side. */
function listen<K extends Incoming['kind']>(kind: K, hand: (message: Extract<Incoming, { kind: K }>) => void): () => void {
  const listener = (_event: IpcRendererEvent, message: Incoming): void => {
    if (message.kind === kind) hand(message as Extract<Incoming, { kind: K }>)
  }
  ipcRenderer.on(TO_PAGE, listener)
  return () => ipcRenderer.off(TO_PAGE, listener)
}

contextBridge.exposeInMainWorld('novacron', {
  platform: process.platform,
  /** One message of the contract's protocol to the engine. */
  post: (data: unknown) => ipcRenderer.send(TO_ENGINE, data),
  /** Messages of the contract's protocol from the engine. */
  subscribe: (hand: (data: unknown) => void) => listen('rpc', (message) => hand(message.data)),
  /** What menus, the tray and deep links ask of the page: `{ type: 'navigate', path }`, `{ type: 'command', id }`. */
  onShell: (hand: (event: unknown) => void) => listen('shell', (message) => hand(message.event)),
})
