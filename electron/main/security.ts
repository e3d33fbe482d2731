import type { App, Session, WebContents, WebPreferences } from 'electron'
import { PAGE_ORIGIN } from './page-files.ts'

/** The same for every window. Written out although most are defaults: a default may change, a promise may not. */
export function securePreferences(preload: string): WebPreferences {
  return {
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    // the spell checker would fetch its dictionaries from a server
    spellcheck: false,
  }
}

/** What the page may have: full screen for consoles, and copying to the clipboard. Everything else is denied. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['fullscreen', 'clipboard-sanitized-write'])

/** Documentation links that may leave for the system's browser. */
const OPENABLE_HOSTS: ReadonlySet<string> = new Set(['libvirt.org', 'github.com'])

/** Addresses that no page of ours ever asks for: the engine speaks to hosts, the page only to the engine. */
const FOREIGN_ADDRESSES = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']

export function isOwnPage(url: string): boolean {
  return url === PAGE_ORIGIN || url.startsWith(`${PAGE_ORIGIN}/`)
}

/** Whether a link may be handed to the system's browser. */
export function isOpenable(url: string): boolean {
  try {
    const parsed = new URL(url)
    return parsed.protocol === 'https:' && !parsed.username && !parsed.password && !parsed.port && OPENABLE_HOSTS.has(parsed.hostname)
  } catch {
    return false
  }
}

const SAVED_FROM = [`blob:${PAGE_ORIGIN}/`, `${PAGE_ORIGIN}/download/`]

/** Denies permissions, devices, the network and foreign downloads to every page of the session. */
export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(ALLOWED_PERMISSIONS.has(permission) && isOwnPage(contents.getURL())),
  )
  session.setPermissionCheckHandler((_contents, permission, origin) => ALLOWED_PERMISSIONS.has(permission) && isOwnPage(origin))
  session.setDevicePermissionHandler(() => false)
  session.webRequest.onBeforeRequest({ urls: FOREIGN_ADDRESSES }, (_details, answer) => answer({ cancel: true }))
  // what the page itself made (an export), or asked the engine for, may be saved; nothing else is fetched to the disk
  session.on('will-download', (event, item) => {
    if (!SAVED_FROM.some((start) => item.getURL().startsWith(start))) event.preventDefault()
  })
}

export interface WindowOpeners {
  /** In the system's browser. */
  readonly openExternal: (url: string) => void
  /** In a window of our own, made as all are: the page does not make it, and gets no hold of it. */
  readonly openConsole: (path: string) => void
}

/** The one screen of ours that a page may ask a window for. */
const CONSOLE_PAGE = `${PAGE_ORIGIN}/console/`

/** Denies new windows, navigation, <webview>, exceptions for certificates and passwords to every page there will ever be. */
export function lockContents(app: Pick<App, 'on'>, { openExternal, openConsole }: WindowOpeners): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(({ url }) => {
      if (isOpenable(url)) openExternal(url)
      else if (url.startsWith(CONSOLE_PAGE) && isOwnPage(contents.getURL())) openConsole(url.slice(PAGE_ORIGIN.length))
      return { action: 'deny' }
    })
    contents.on('will-navigate', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault()
    })
    // fires for the main frame as well; there are no other frames in our page
    contents.on('will-frame-navigate', (details) => {
      if (!details.isMainFrame || !isOwnPage(details.url)) details.preventDefault()
    })
    contents.on('will-redirect', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
  app.on('certificate-error', (event, _contents, _url, _error, _certificate, answer) => {
    event.preventDefault()
    answer(false)
  })
  app.on('select-client-certificate', (event) => event.preventDefault())
  app.on('login', (event) => event.preventDefault())
}
