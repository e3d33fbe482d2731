import { type SavedView, type Settings, savedViewSchema, settingsSchema } from '../../../shared/model/index.ts'
import type { Logger } from '../../providers/provider.ts'
import type { KeyValueStore, ViewStore } from '../../store/store.ts'
import type { SettingsReader } from '../ports.ts'

const KEY = 'settings'

/** Settings of this console and its saved views. Read once at start; what no longer parses falls back to its default. */
export class SettingsService implements SettingsReader {
  readonly #store: KeyValueStore
  readonly #views: ViewStore
  readonly #log: Logger
  readonly #listeners = new Set<(settings: Settings) => void>()
  #current: Settings = settingsSchema.parse({})
  #changing: Promise<unknown> = Promise.resolve()

  constructor(store: KeyValueStore, views: ViewStore, log: Logger) {
    this.#store = store
    this.#views = views
    this.#log = log
  }

  async load(): Promise<void> {
    const kept = await this.#store.get(KEY)
    if (kept === undefined) return
    const fields = typeof kept === 'object' && kept !== null && !Array.isArray(kept) ? Object.entries(kept) : []
    let settings = this.#current
    for (const [key, value] of fields) {
      const next = settingsSchema.safeParse({ ...settings, [key]: value })
      if (next.success) settings = next.data
      else this.#log.warn('a setting does not parse and falls back to its default', { key })
    }
    this.#current = settings
  }

  current(): Settings {
    return this.#current
  }

  onChange(listener: (settings: Settings) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Changes the named fields, one call after the other. Kept before it takes effect. */
  update(patch: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Promise<Settings> {
    const changed = this.#changing.then(() => this.#update(patch))
    // Whoever asked hears of a failure; the next change must not.
    this.#changing = changed.catch(() => {})
    return changed
  }

  async #update(patch: { readonly [K in keyof Settings]?: Settings[K] | undefined }): Promise<Settings> {
    const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined))
    const next = settingsSchema.parse({ ...this.#current, ...given })
    await this.#store.set(KEY, next)
    this.#current = next
    for (const listener of this.#listeners) listener(next)
    return next
  }

  async views(): Promise<SavedView[]> {
    return [...(await this.#views.list())]
  }

  async saveView(view: SavedView): Promise<SavedView> {
    const parsed = savedViewSchema.parse(view)
    await this.#views.put(parsed)
    return parsed
  }

  async removeView(id: string): Promise<void> {
    await this.#views.remove(id)
  }
}
