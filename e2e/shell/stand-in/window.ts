import { EventEmitter } from 'node:events'
import { app, type Closable, StandInEvent } from './app.ts'
import { StandInContents } from './contents.ts'

interface Bounds {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface WindowOptions extends Partial<Bounds> {
  readonly show?: boolean
  readonly title?: string
  readonly webPreferences?: Readonly<Record<string, unknown>>
}

/** Electron's BrowserWindow. Chromium shows nothing here: place, size and focus are data; the page has the real size. */
export class BrowserWindow extends EventEmitter implements Closable {
  static readonly #all = new Set<BrowserWindow>()
  static #focused: BrowserWindow | null = null
  readonly id: number
  readonly webContents: StandInContents
  #bounds: Bounds
  #state: 'normal' | 'maximized' | 'full-screen' = 'normal'
  #minimized = false
  #visible: boolean
  #destroyed = false
  #targetId = ''

  constructor(options: WindowOptions = {}) {
    super()
    const { x = 160, y = 90, width = 800, height = 600 } = options
    this.#bounds = { x, y, width, height }
    this.#visible = options.show ?? true
    this.webContents = new StandInContents(options.webPreferences ?? {}, () => this.#createTarget())
    this.id = this.webContents.id
    this.webContents.once('dom-ready', () => this.emit('ready-to-show'))
    BrowserWindow.#all.add(this)
    app.windows.add(this)
    app.emit('browser-window-created', new StandInEvent(), this)
  }

  async #createTarget(): Promise<{ target: Awaited<ReturnType<StandInContents['ready']>>; frameId: string }> {
    const { cdp } = app.browser()
    const { width, height } = this.#bounds
    const root = cdp.session('')
    const { targetId } = await root.send('Target.createTarget', { url: 'about:blank', newWindow: true, width, height })
    this.#targetId = String(targetId)
    root.on('Target.targetDestroyed', (gone) => {
      if (gone['targetId'] === targetId) this.#gone()
    })
    await root.send('Target.setDiscoverTargets', { discover: true })
    const { sessionId } = await root.send('Target.attachToTarget', { targetId, flatten: true })
    return { target: cdp.session(String(sessionId)), frameId: String(targetId) }
  }

  static getAllWindows(): BrowserWindow[] {
    return [...BrowserWindow.#all]
  }

  static fromId(id: number): BrowserWindow | null {
    return BrowserWindow.getAllWindows().find((window) => window.id === id) ?? null
  }

  static getFocusedWindow(): BrowserWindow | null {
    return BrowserWindow.#focused
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.loadURL(url)
  }

  show(): void {
    this.#visible = true
    this.focus()
  }

  focus(): void {
    const before = BrowserWindow.#focused
    if (before === this) return
    before?.blur()
    BrowserWindow.#focused = this
    this.emit('focus')
    app.emit('browser-window-focus', new StandInEvent(), this)
  }

  blur(): void {
    if (BrowserWindow.#focused !== this) return
    BrowserWindow.#focused = null
    this.emit('blur')
    app.emit('browser-window-blur', new StandInEvent(), this)
  }

  isFocused(): boolean {
    return BrowserWindow.#focused === this
  }

  isVisible(): boolean {
    return this.#visible
  }

  setBounds(bounds: Partial<Bounds>): void {
    this.#bounds = { ...this.#bounds, ...bounds }
    this.emit('resize')
    this.emit('move')
  }

  getBounds(): Bounds {
    return this.#bounds
  }

  getNormalBounds(): Bounds {
    return this.#bounds
  }

  maximize(): void {
    this.#state = 'maximized'
    this.emit('maximize')
  }

  unmaximize(): void {
    this.#state = 'normal'
    this.emit('unmaximize')
  }

  isMaximized(): boolean {
    return this.#state === 'maximized'
  }

  setFullScreen(on: boolean): void {
    this.#state = on ? 'full-screen' : 'normal'
    this.emit(on ? 'enter-full-screen' : 'leave-full-screen')
  }

  isFullScreen(): boolean {
    return this.#state === 'full-screen'
  }

  minimize(): void {
    this.#minimized = true
    this.blur()
  }

  restore(): void {
    this.#minimized = false
  }

  isMinimized(): boolean {
    return this.#minimized
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  close(): void {
    void this.closeNow()
  }

  async closeNow(): Promise<boolean> {
    if (this.#destroyed) return true
    const event = new StandInEvent()
    this.emit('close', event)
    if (event.defaultPrevented) return false
    await this.webContents.ready()
    await app.browser().cdp.send('', 'Target.closeTarget', { targetId: this.#targetId })
    this.#gone()
    return true
  }

  #gone(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    this.blur()
    BrowserWindow.#all.delete(this)
    this.webContents.destroy()
    this.emit('closed')
    app.windowClosed(this)
  }
}
