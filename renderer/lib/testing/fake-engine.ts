import type { ClientContext, ClientOptions } from '@orpc/client'
import { PERMISSIONS } from '../../../shared/contract/index.ts'
import { AppError } from '../../../shared/errors/index.ts'
import type { Change, InventoryMessage, SavedView } from '../../../shared/model/index.ts'
import { type EngineLink, type EngineLinkState, LocalChannel } from '../api/index.ts'

type Method = (input: never) => unknown

/** An engine behind the page's own link, for tests: answers what it is told to and records what it was asked. */
export class FakeEngine {
  readonly calls: { readonly method: string; readonly input: unknown }[] = []
  /** Those that were opened, in their order. */
  readonly channels: FakeChannel[] = []
  readonly link: EngineLink
  readonly #methods = new Map<string, Method>()
  readonly #watchers = new Set<Queue<InventoryMessage>>()
  readonly #linkListeners = new Set<() => void>()
  #state: EngineLinkState = { state: 'open', lostAtMs: null, nextAttemptAtMs: null, locked: false }
  #changes: Change[]

  constructor(changes: readonly Change[]) {
    this.#changes = [...changes]
    const views: SavedView[] = []
    this.answer('system.info', () => ({
      version: '0.1.0',
      face: 'local',
      platform: 'linux',
      nodeVersion: '24',
      user: 'maja',
      permissions: [...PERMISSIONS],
      startedAtMs: 1,
      dataDirectory: '/tmp',
      secretStore: { kind: 'memory', locked: false, reason: null },
      database: { state: 'ok', message: null },
    }))
    this.answer('system.settings', () => ({ theme: 'light', language: 'en', density: 'compact' }))
    this.answer('views.list', () => views)
    this.answer('views.save', ({ view }: { view: SavedView }) => {
      views.push(view)
      return view
    })
    this.answer('inventory.setInterest', () => ({ done: true }))
    this.link = {
      call: (path, input, options) => this.#call(path.join('.'), input, options),
      state: () => this.#state,
      subscribe: (listener) => {
        this.#linkListeners.add(listener)
        return () => this.#linkListeners.delete(listener)
      },
      retryNow: () => {},
      channel: (token) => {
        const channel = new FakeChannel(token)
        this.channels.push(channel)
        return channel
      },
      close: () => {},
    }
  }

  answer(method: string, run: (input: never) => unknown): void {
    this.#methods.set(method, run)
  }

  /** Pushes changes to everybody who watches. */
  push(...changes: readonly Change[]): void {
    this.#changes.push(...changes)
    for (const watcher of this.#watchers) watcher.push({ type: 'changes', changes: [...changes] })
  }

  setLink(state: EngineLinkState): void {
    this.#state = state
    if (state.state === 'lost') for (const watcher of this.#watchers) watcher.end()
    for (const listener of this.#linkListeners) listener()
  }

  async #call(method: string, input: unknown, options: ClientOptions<ClientContext>): Promise<unknown> {
    this.calls.push({ method, input })
    if (method === 'inventory.watch') return this.#watch(options.signal)
    const run = this.#methods.get(method)
    if (!run) throw new AppError({ kind: 'unsupported', code: 'fake.no-answer', message: `The fake has no answer to ${method}.` })
    return run(input as never)
  }

  #watch(signal: AbortSignal | undefined): AsyncIterableIterator<InventoryMessage> {
    const queue = new Queue<InventoryMessage>()
    this.#watchers.add(queue)
    signal?.addEventListener('abort', () => queue.end())
    queue.push({ type: 'reset', epoch: '1', counts: {} })
    queue.push({ type: 'changes', changes: this.#changes })
    queue.push({ type: 'ready', atMs: Date.now() })
    return queue.iterate()
  }
}

/** The page's end of a console; the test is the machine. */
export class FakeChannel extends LocalChannel {
  readonly token: string
  /** What the page said beside its bytes. */
  readonly controls: readonly string[]
  readonly #sent: Uint8Array[] = []

  constructor(token: string) {
    const sent: Uint8Array[] = []
    const controls: string[] = []
    super({ send: (bytes) => sent.push(bytes.slice()), control: (text) => controls.push(text), close: () => {} })
    this.token = token
    this.#sent = sent
    this.controls = controls
  }

  /** What the page wrote, as text. */
  get typed(): string {
    return this.#sent.map((bytes) => new TextDecoder('latin1').decode(bytes)).join('')
  }

  write(text: string): void {
    this.received(new TextEncoder().encode(text))
  }
}

class Queue<T> {
  readonly #items: T[] = []
  #wake: (() => void) | null = null
  #ended = false

  push(item: T): void {
    this.#items.push(item)
    this.#wake?.()
  }

  end(): void {
    this.#ended = true
    this.#wake?.()
  }

  async *iterate(): AsyncIterableIterator<T> {
    while (true) {
      const item = this.#items.shift()
      if (item !== undefined) yield item
      else if (this.#ended) return
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve
        })
    }
  }
}
