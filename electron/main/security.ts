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
    spellcheck: false,
  }
}

/** What the page may have: full screen for consoles, and copying to the clipboard. Everything else is denied. */
const ALLOWED_PERMISSIONS: ReadonlySet<string> = new Set(['fullscreen', 'clipboard-sanitized-write'])

/** Documentation links that may leave for the system's browser. */
const OPENABLE_HOSTS: ReadonlySet<string> = new Set(['libvirt.org', 'github.com'])

export function isOwnPage(url: string): boolean {
  return url === PAGE_ORIGIN || url.startsWith(`${PAGE_ORIGIN}/`)
}

/** Whether a link may be handed to the system's browser. */
export function isOpenable(url: string): boolean {
  try {
    const parsed = new URL(url)
    return parsed.protocol === 'https:' && !parsed.username && !parsed.port && OPENABLE_HOSTS.has(parsed.hostname)
  } catch {
    return false
  }
}

/** Denies permissions, devices and certificates' exceptions to every page of the session. */
export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) =>
    answer(ALLOWED_PERMISSIONS.has(permission) && isOwnPage(contents.getURL())),
  )
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => ALLOWED_PERMISSIONS.has(permission) && isOwnPage(origin.replace(/\/$/, '')),
  )
  session.setDevicePermissionHandler(() => false)
}

/** Denies new windows, navigation and <webview> to every page there will ever be. */
export function lockContents(app: Pick<App, 'on'>, openExternal: (url: string) => void): void {
  app.on('web-contents-created', (_event, contents: WebContents) => {
    contents.setWindowOpenHandler(({ url }) => {
      if (isOpenable(url)) openExternal(url)
      return { action: 'deny' }
    })
    contents.on('will-navigate', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault()
    })
    contents.on('will-frame-navigate', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault()
    })
    contents.on('will-redirect', (details) => {
      if (!isOwnPage(details.url)) details.preventDefault()
    })
    contents.on('will-attach-webview', (event) => event.preventDefault())
  })
}
