import { BrowserWindow, screen } from 'electron'
import type { PageLinks } from './ipc.ts'
import { PAGE_ORIGIN } from './page-files.ts'
import { securePreferences } from './security.ts'
import { reachableBounds, readWindowStates, type WindowState, writeWindowStates } from './window-state.ts'

export interface WindowsOptions {
  readonly preload: string
  readonly stateFile: string
  readonly links: PageLinks
  readonly icon: string | null
}

/** The console's windows: opened where they were, kept in a file while they change, any number of them. */
export class Windows {
  readonly #options: WindowsOptions
  readonly #open = new Set<BrowserWindow>()
  #saving: Promise<void> = Promise.resolve()
  /** While quitting, the closing of one window after the other must not empty the file. */
  #frozen = false

  constructor(options: WindowsOptions) {
    this.#options = options
  }

  /** Reopens the windows of last time, or a first one. `path` goes to the first. */
  async restore(path: string | null): Promise<void> {
    const states = await readWindowStates(this.#options.stateFile)
    const first: WindowState = { bounds: null, maximized: false, fullScreen: false, path: '/' }
    const wanted = states.length > 0 ? states : [first]
    for (const [index, state] of wanted.entries()) this.open(index === 0 && path ? { ...state, path } : state)
  }

  open(state: Partial<WindowState> = {}): BrowserWindow {
    const bounds = reachableBounds(
      state.bounds ?? null,
      screen.getAllDisplays().map((display) => display.workArea),
    )
    const window = new BrowserWindow({
      width: 1440,
      height: 900,
      ...bounds,
      minWidth: 800,
      minHeight: 500,
      show: false,
      title: 'NovaCron',
      backgroundColor: '#f2f3f5',
      ...(this.#options.icon && { icon: this.#options.icon }),
      webPreferences: securePreferences(this.#options.preload),
    })
    this.#open.add(window)
    this.#options.links.adopt(window.webContents)
    window.once('ready-to-show', () => window.show())
    if (state.maximized) window.maximize()
    if (state.fullScreen) window.setFullScreen(true)
    for (const change of ['resized', 'moved', 'maximize', 'unmaximize', 'enter-full-screen', 'leave-full-screen'] as const) {
      window.on(change as 'resized', () => this.save())
    }
    window.webContents.on('did-navigate-in-page', () => this.save())
    window.on('closed', () => {
      this.#open.delete(window)
      this.save()
    })
    void window.loadURL(PAGE_ORIGIN + (state.path ?? '/'))
    return window
  }

  all(): readonly BrowserWindow[] {
    return [...this.#open]
  }

  /** The window a person looks at, or any. */
  current(): BrowserWindow | null {
    return BrowserWindow.getFocusedWindow() ?? this.all().at(-1) ?? null
  }

  /** Brings the console to the front, on that view when one is named. */
  show(path: string | null): void {
    const window = this.current()
    if (!window) {
      this.open(path ? { path } : {})
      return
    }
    if (window.isMinimized()) window.restore()
    window.show()
    window.focus()
    if (path) this.#options.links.send(window.webContents, { type: 'navigate', path })
  }

  /** Writes how the windows stand. Writes follow each other, so that the last one wins. */
  save(): void {
    if (this.#frozen) return
    const states = this.all().map(stateOf)
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

function stateOf(window: BrowserWindow): WindowState {
  const url = window.webContents.getURL()
  return {
    bounds: window.getNormalBounds(),
    maximized: window.isMaximized(),
    fullScreen: window.isFullScreen(),
    path: url.startsWith(`${PAGE_ORIGIN}/`) ? url.slice(PAGE_ORIGIN.length) : '/',
  }
}
