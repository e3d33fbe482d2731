import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { app, StandInEvent } from './app.ts'
import type { CdpSession } from './cdp.ts'
import { decode, type Encoded, encode } from './codec.ts'
import { answerRequest, session, toChromium, toElectron } from './session.ts'
import { BINDING, isolatedWorld, MAIN_WORLD, WORLD } from './worlds.ts'

export const ipcMain = new EventEmitter()

/** A frame as `senderFrame` shows it. */
export interface StandInFrame {
  readonly frameId: string
  readonly parent: StandInFrame | null
  detached: boolean
  url: string
}

interface PausedRequest {
  readonly requestId: string
  readonly resourceType: string
  readonly frameId: string
  readonly request: { readonly url: string; readonly method: string; readonly headers: Record<string, string> }
}

type OpenHandler = (details: { readonly url: string }) => { readonly action: 'deny' | 'allow' }

/** Electron's webContents over one Chromium target. Addresses are the program's own (app://…) on this side. */
export class StandInContents extends EventEmitter {
  static #lastId = 0
  readonly id = ++StandInContents.#lastId
  readonly #preferences: Readonly<Record<string, unknown>>
  readonly #attached: Promise<CdpSession>
  readonly #frames = new Map<string, StandInFrame>()
  readonly #contextFrames = new Map<number, string>()
  mainFrame: StandInFrame = { frameId: '', parent: null, detached: false, url: '' }
  #preloadContext: number | null = null
  #url = ''
  #loading = false
  #destroyed = false
  /** The program's own loads are no navigation of the page. */
  #expected = 0
  #openHandler: OpenHandler = () => ({ action: 'allow' })

  constructor(preferences: Readonly<Record<string, unknown>>, attach: () => Promise<{ target: CdpSession; frameId: string }>) {
    super()
    this.#preferences = preferences
    this.#attached = attach().then(async ({ target, frameId }) => {
      this.mainFrame = { ...this.mainFrame, frameId }
      this.#frames.set(frameId, this.mainFrame)
      await this.#listen(target)
      return target
    })
    app.emit('web-contents-created', new StandInEvent(), this)
  }

  async #listen(target: CdpSession): Promise<void> {
    target.on('Runtime.executionContextCreated', ({ context }) => this.#contextCreated(context as never))
    target.on('Runtime.executionContextsCleared', () => this.#contextsGone())
    target.on('Runtime.bindingCalled', (call) => this.#received(call as never))
    target.on('Fetch.requestPaused', (paused) => void this.#answer(target, paused as never))
    target.on('Page.frameAttached', ({ frameId, parentFrameId }) => {
      const parent = this.#frames.get(String(parentFrameId)) ?? this.mainFrame
      this.#frames.set(String(frameId), { frameId: String(frameId), parent, detached: false, url: 'about:blank' })
    })
    target.on('Page.frameStartedNavigating', ({ frameId, url, navigationType }) => {
      const isMainFrame = frameId === this.mainFrame.frameId
      const isSameDocument = String(navigationType).toLowerCase().includes('samedocument')
      if (isMainFrame && !isSameDocument) this.#loading = true
      this.#say('did-start-navigation', { url: toElectron(String(url)), isMainFrame, isSameDocument })
    })
    target.on('Page.frameNavigated', ({ frame }) => this.#navigated(frame as never))
    target.on('Page.navigatedWithinDocument', ({ frameId, url }) => {
      const isMainFrame = frameId === this.mainFrame.frameId
      if (isMainFrame) this.#url = this.mainFrame.url = toElectron(String(url))
      this.emit('did-navigate-in-page', new StandInEvent(), this.#url, isMainFrame)
    })
    target.on('Page.domContentEventFired', () => {
      this.#loading = false
      this.emit('dom-ready', new StandInEvent())
    })
    target.on('Page.loadEventFired', () => this.emit('did-finish-load'))
    target.on('Page.frameStoppedLoading', ({ frameId }) => {
      if (frameId === this.mainFrame.frameId) this.#loading = false
    })
    target.on('Inspector.targetCrashed', () => {
      this.#contextsGone()
      this.emit('render-process-gone', new StandInEvent(), { reason: 'crashed', exitCode: 139 })
    })
    for (const domain of ['Page', 'Runtime', 'Inspector']) await target.send(`${domain}.enable`)
    await target.send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD })
    await target.send('Page.addScriptToEvaluateOnNewDocument', { source: MAIN_WORLD })
    const preload = this.#preferences['preload']
    if (typeof preload === 'string') {
      const source = isolatedWorld(readFileSync(preload, 'utf8'), process.platform)
      await target.send('Page.addScriptToEvaluateOnNewDocument', { source, worldName: WORLD })
    }
    await target.send('Fetch.enable', { patterns: [{ urlPattern: '*', requestStage: 'Request' }] })
  }

  #contextCreated(context: { id: number; name: string; auxData?: { frameId?: string } }): void {
    const frameId = context.auxData?.frameId ?? ''
    this.#contextFrames.set(context.id, frameId)
    if (context.name === WORLD && frameId === this.mainFrame.frameId) this.#preloadContext = context.id
  }

  #contextsGone(): void {
    this.#contextFrames.clear()
    this.#preloadContext = null
  }

  #navigated(frame: { id: string; parentId?: string; url: string }): void {
    const known = this.#frames.get(frame.id)
    if (known) known.url = toElectron(frame.url)
    if (frame.parentId !== undefined) return
    this.#url = toElectron(frame.url)
    if (this.#url !== 'about:blank') this.emit('did-navigate', new StandInEvent(), this.#url, 200, 'OK')
  }

  #received({ name, payload, executionContextId }: { name: string; payload: string; executionContextId: number }): void {
    if (name !== BINDING) return
    const said = JSON.parse(payload) as { channel: string; args: Encoded } | { open: string }
    if ('open' in said) {
      const { action } = this.#openHandler({ url: toElectron(said.open) })
      if (action !== 'deny') throw new Error('stand-in: windows are opened by the program alone')
      return
    }
    const { channel, args } = said
    const senderFrame = this.#frames.get(this.#contextFrames.get(executionContextId) ?? '') ?? null
    ipcMain.emit(channel, { sender: this, senderFrame }, ...(decode(args) as unknown[]))
  }

  #say(event: string, details: Readonly<Record<string, unknown>>): boolean {
    const said = Object.assign(new StandInEvent(), details)
    this.emit(event, said)
    return said.defaultPrevented
  }

  async #answer(target: CdpSession, { requestId, resourceType, frameId, request }: PausedRequest): Promise<void> {
    const url = toElectron(request.url)
    const fail = (errorReason: string): Promise<unknown> => target.send('Fetch.failRequest', { requestId, errorReason })
    try {
      if (resourceType === 'Document' && this.#denied(url, frameId)) return void (await fail('Aborted'))
      if (await session.defaultSession.cancels(url)) return void (await fail('BlockedByClient'))
      const answer = await answerRequest(url, request.method, request.headers)
      if (!answer) return void (await fail('NameNotResolved'))
      const body = Buffer.from(await answer.arrayBuffer()).toString('base64')
      const responseHeaders = [...answer.headers].map(([name, value]) => ({ name, value }))
      await target.send('Fetch.fulfillRequest', { requestId, responseCode: answer.status, responseHeaders, body })
    } catch (error) {
      // the page has gone on meanwhile, and with it the request
      if (!this.#destroyed) process.stderr.write(`stand-in: ${url}: ${String(error)}\n`)
    }
  }

  #denied(url: string, frameId: string): boolean {
    const isMainFrame = frameId === this.mainFrame.frameId
    if (isMainFrame && this.#expected > 0) {
      this.#expected--
      return false
    }
    if (this.#say('will-frame-navigate', { url, isMainFrame })) return true
    return isMainFrame && this.#say('will-navigate', { url, isMainFrame })
  }

  async loadURL(url: string): Promise<void> {
    const target = await this.#attached
    this.#expected++
    const { errorText } = await target.send('Page.navigate', { url: toChromium(url) })
    if (typeof errorText !== 'string' || errorText === '') return
    this.emit('did-fail-load', new StandInEvent(), -2, errorText, url, true)
    throw new Error(`${errorText} loading '${url}'`)
  }

  reload(): void {
    this.#expected++
    void this.#attached.then((target) => target.send('Page.reload'))
  }

  send(channel: string, ...args: readonly unknown[]): void {
    const json = JSON.stringify(encode(args))
    void this.#attached.then(async (target) => {
      const executionContextId = this.#preloadContext
      if (executionContextId === null) return
      await target
        .send('Runtime.callFunctionOn', {
          executionContextId,
          functionDeclaration: '(channel, json) => standInReceive(channel, json)',
          arguments: [{ value: channel }, { value: json }],
        })
        .catch(() => {
          // the document went away while the message was on its way
        })
    })
  }

  forcefullyCrashRenderer(): void {
    void this.#attached.then((target) => target.send('Page.crash').catch(() => {}))
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler
  }

  getLastWebPreferences(): Readonly<Record<string, unknown>> {
    return this.#preferences
  }

  getURL(): string {
    return this.#url
  }

  isLoadingMainFrame(): boolean {
    return this.#loading
  }

  isDestroyed(): boolean {
    return this.#destroyed
  }

  destroy(): void {
    if (this.#destroyed) return
    this.#destroyed = true
    for (const frame of this.#frames.values()) frame.detached = true
    this.emit('destroyed')
  }

  ready(): Promise<CdpSession> {
    return this.#attached
  }
}
