import { EventEmitter } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, launchChromium } from './chromium.ts'

/** An event whose default can be prevented. */
export class StandInEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

/** Windows, as the app sees them when it quits. */
export interface Closable {
  /** false: a listener of `close` kept it open. */
  closeNow(): Promise<boolean>
}

const SECOND = 'second-'

/** Electron's `app`: life cycle, single instance, paths. What has no counterpart here is recorded in `asked`. */
export class StandInApp extends EventEmitter {
  readonly isPackaged = false
  readonly asked: Record<string, unknown> = {}
  readonly windows = new Set<Closable>()
  #name = 'Electron'
  #ready: Promise<void> | null = null
  #isReady = false
  #browser: Browser | null = null
  #quitting = false
  readonly #paths = new Map<string, string>()

  whenReady(): Promise<void> {
    this.#ready ??= this.#start()
    return this.#ready
  }

  isReady(): boolean {
    return this.#isReady
  }

  async #start(): Promise<void> {
    // never in the same turn: what must be said before is said by then
    await new Promise((resolve) => setImmediate(resolve))
    this.#browser = await launchChromium(join(this.getPath('userData'), 'chromium'))
    this.#isReady = true
    this.emit('ready', new StandInEvent(), {})
  }

  browser(): Browser {
    if (!this.#browser) throw new Error('not before the app is ready')
    return this.#browser
  }

  mustNotBeReady(what: string): void {
    if (this.#isReady) throw new Error(`${what} should be called before app is ready`)
  }

  setName(name: string): void {
    this.#name = name
  }

  getName(): string {
    return this.#name
  }

  getVersion(): string {
    return '0.0.0-stand-in'
  }

  getLocale(): string {
    return process.env['STAND_IN_LOCALE'] ?? 'en-US'
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path)
  }

  getPath(name: string): string {
    return this.#paths.get(name) ?? join(tmpdir(), 'electron-stand-in', name)
  }

  enableSandbox(): void {
    this.mustNotBeReady('app.enableSandbox')
    this.asked['sandbox'] = true
  }

  setAppUserModelId(id: string): void {
    this.asked['appUserModelId'] = id
  }

  setAsDefaultProtocolClient(scheme: string): boolean {
    this.asked['protocolClient'] = scheme
    return true
  }

  setAboutPanelOptions(options: unknown): void {
    this.asked['about'] = options
  }

  /** A file in userData, and a note to its owner: synchronous, as Electron's answer is. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData')
    mkdirSync(folder, { recursive: true })
    const lock = join(folder, 'stand-in.lock')
    const owner = Number(readIfThere(lock))
    if (owner > 0 && owner !== process.pid && isAlive(owner)) {
      writeFileSync(join(folder, `${SECOND}${process.pid}.json`), JSON.stringify({ argv: process.argv, workingDirectory: process.cwd() }))
      return false
    }
    writeFileSync(lock, String(process.pid))
    process.once('exit', () => rmSync(lock, { force: true }))
    watch(folder, { persistent: false }, () => this.#readNotes(folder))
    return true
  }

  #readNotes(folder: string): void {
    for (const name of readdirSync(folder).filter((one) => one.startsWith(SECOND))) {
      const text = readIfThere(join(folder, name))
      let note: { argv: string[]; workingDirectory: string }
      try {
        note = JSON.parse(text)
      } catch {
        continue // half written: the watcher calls again
      }
      rmSync(join(folder, name), { force: true })
      this.emit('second-instance', new StandInEvent(), note.argv, note.workingDirectory, null)
    }
  }

  quit(): void {
    if (this.#quitting) return
    const event = new StandInEvent()
    this.emit('before-quit', event)
    if (event.defaultPrevented) return
    this.#quitting = true
    void this.#closeAll()
  }

  async #closeAll(): Promise<void> {
    for (const window of this.windows) {
      if (await window.closeNow()) continue
      this.#quitting = false
      return
    }
    const event = new StandInEvent()
    this.emit('will-quit', event)
    this.#quitting = false
    if (event.defaultPrevented) return
    this.emit('quit', new StandInEvent(), 0)
    await this.exit(0)
  }

  async exit(code = 0): Promise<void> {
    await this.#browser?.close()
    process.exit(code)
  }

  /** While quitting, the last window's end is no news. */
  windowClosed(window: Closable): void {
    this.windows.delete(window)
    if (this.windows.size > 0 || this.#quitting) return
    if (this.listenerCount('window-all-closed') > 0) this.emit('window-all-closed')
    else this.quit()
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const app = new StandInApp()
