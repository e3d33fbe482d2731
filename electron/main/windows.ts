import { BrowserWindow, nativeTheme, screen } from 'electron'
import type { PageLinks } from './ipc.ts'
import { PAGE_ORIGIN } from './page-files.ts'
import { securePreferences } from './security.ts'
import {
  askedWindow,
  type Bounds,
  boundsOnMonitor,
  MAX_PATH,
  reachableBounds,
  readWindowStates,
  type WindowState,
  writeWindowStates,
} from './window-state.ts'

export interface WindowsOptions {
  readonly preload: string
  readonly stateFile: string
  readonly links: PageLinks
  readonly icon: string | null
}

const DEFAULT_SIZE = { width: 1440, height: 900 }
/** Of a console that shares its monitor with others. */
const CONSOLE_SIZE = { width: 1080, height: 820 }
/** A further window stands this far from the one it came from, in pixels, so that both are seen. */
const CASCADE_PX = 28
/** A window that is dragged moves many times a second: it is written down once it rests. */
const SAVE_AFTER_MS = 400
/** The page's background before its first frame, so that nothing flashes. */
const BACKGROUND = { light: '#f2f3f5', dark: '#16181b' }

/** The console's windows: opened where they were, kept in a file while they change, any number of them. */
export class Windows {
  readonly #options: WindowsOptions
  readonly #open = new Set<BrowserWindow>()
  #restoring: Promise<void> | null = null
  #timer: NodeJS.Timeout | null = null
  #saving: Promise<void> = Promise.resolve()
  /** While quitting, the closing of one window after the other must not empty the file. */
  #frozen = false

  constructor(options: WindowsOptions) {
    this.#options = options
  }

  /** Reopens the windows of last time, or a first one. `path` goes to the first. */
  async restore(path: string | null): Promise<void> {
    this.#restoring ??= this.#restore(path).finally(() => {
      this.#restoring = null
    })
    await this.#restoring
  }

  async #restore(path: string | null): Promise<void> {
    const states = await readWindowStates(this.#options.stateFile)
    if (states.length === 0) this.open(path ? { path } : {})
    for (const [index, state] of states.entries()) this.open(index === 0 && path ? { ...state, path } : state)
  }

  open(state: Partial<WindowState> = {}): BrowserWindow {
    const displays = screen.getAllDisplays().map((display) => display.workArea)
    const window = new BrowserWindow({
      ...DEFAULT_SIZE,
      ...reachableBounds(state.bounds ?? null, displays),
      minWidth: 800,
      minHeight: 500,
      show: false,
      title: 'NovaCron',
      backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
      ...(this.#options.icon && { icon: this.#options.icon }),
      webPreferences: securePreferences(this.#options.preload),
    })
    this.#open.add(window)
    this.#options.links.adopt(window.webContents)
    const appear = (): void => {
      if (window.isDestroyed() || window.isVisible()) return
      // maximising shows a window, so it waits for the first frame as well
      if (state.maximized) window.maximize()
      if (state.fullScreen) window.setFullScreen(true)
      window.show()
    }
    window.once('ready-to-show', appear)
    window.webContents.once('did-fail-load', appear)
    this.#keep(window)
    // a navigation that is denied or overtaken rejects; the window shows what is there
    window.loadURL(PAGE_ORIGIN + (state.path ?? '/')).catch(() => appear())
    return window
  }

  #keep(window: BrowserWindow): void {
    const later = (): void => this.#saveLater()
    // not `resized` and `moved`: Linux has only these
    window.on('resize', later)
    window.on('move', later)
    window.on('maximize', later)
    window.on('unmaximize', later)
    window.on('enter-full-screen', later)
    window.on('leave-full-screen', later)
    window.webContents.on('did-navigate-in-page', later)
    // the last window is remembered as it stood; of several, a closed one is gone
    window.on('close', () => {
      if (this.#open.size === 1) this.save()
    })
    window.on('closed', () => {
      this.#open.delete(window)
      if (this.#open.size > 0) this.save()
    })
  }

  /** One more, beside the one it came from and on the same view. */
  openAnother(): BrowserWindow {
    const from = this.current()
    if (!from) return this.open()
    const { bounds, path } = stateOf(from)
    return this.open({ path, bounds: { ...bounds, x: bounds.x + CASCADE_PX, y: bounds.y + CASCADE_PX } })
  }

  /** A console that a page asks a window for, on the monitor it names. */
  openConsole(asked: string): BrowserWindow {
    const { path, monitor } = askedWindow(asked)
    if (monitor === null) return this.open({ path })
    const workAreas = screen.getAllDisplays().map((display) => display.workArea)
    return this.open({ path, bounds: boundsOnMonitor(monitor, workAreas, CONSOLE_SIZE) })
  }

  all(): readonly BrowserWindow[] {
    return [...this.#open]
  }

  /** The window a person looks at, or any. */
  current(): BrowserWindow | null {
    const focused = BrowserWindow.getFocusedWindow()
    return focused && this.#open.has(focused) ? focused : (this.all().at(-1) ?? null)
  }

  /** Brings the console to the front, on that view when one is named. */
  show(path: string | null): void {
    const window = this.current()
    if (!window) {
      void this.restore(path)
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    if (path) this.#options.links.send(window.webContents, { type: 'navigate', path })
  }

  #saveLater(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.save(), SAVE_AFTER_MS)
  }

  /** Writes how the windows stand. Writes follow each other, so that the last one wins. */
  save(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    if (this.#frozen) return
    const states = this.all()
      .filter((window) => !window.isDestroyed())
      .map(stateOf)
    if (states.length === 0) return
    this.#saving = this.#saving
      .then(() => writeWindowStates(this.#options.stateFile, states))
      .catch(() => {
        // the folder may be read-only: the windows simply open in the middle next time
      })
  }

  /** The last word before quitting. */
  async freeze(): Promise<void> {
    this.save()
    this.#frozen = true
    await this.#saving
  }
}

function stateOf(window: BrowserWindow): WindowState & { readonly bounds: Bounds } {
  const url = window.webContents.getURL()
  const path = url.startsWith(`${PAGE_ORIGIN}/`) ? url.slice(PAGE_ORIGIN.length) : '/'
  return {
    bounds: window.getNormalBounds(),
    maximized: window.isMaximized(),
    fullScreen: window.isFullScreen(),
    path: path.length <= MAX_PATH ? path : '/',
  }
}
