import type { KeyValueStore } from '../../store/store.ts'

/** Keys and values, as a process after this one would find them. */
export class MemoryValues implements KeyValueStore {
  readonly #values = new Map<string, unknown>()
  get: KeyValueStore['get'] = async (key) => this.#values.get(key) as Awaited<ReturnType<KeyValueStore['get']>>
  set: KeyValueStore['set'] = async (key, value) => {
    this.#values.set(key, structuredClone(value))
  }
  remove: KeyValueStore['remove'] = async (key) => {
    this.#values.delete(key)
  }
}
