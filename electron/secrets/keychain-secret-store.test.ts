import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type KeychainLibrary, KeychainSecretStore } from './keychain-secret-store.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A keychain in memory. `mood`: how it answers to writing. */
function library(mood: 'works' | 'hangs' | 'refuses' | 'lies') {
  const kept = new Map<string, string>()
  const seen: unknown[] = []
  class Entry {
    readonly #account: string

    constructor(service: string, account: string, options: unknown) {
      seen.push([service, options])
      this.#account = account
    }

    async getPassword(): Promise<string | null> {
      return mood === 'lies' ? 'something else' : (kept.get(this.#account) ?? null)
    }

    async setPassword(value: string): Promise<void> {
      if (mood === 'hangs') await new Promise(() => {})
      if (mood === 'refuses') throw new Error('unlock prompt was dismissed')
      kept.set(this.#account, value)
    }

    async deletePassword(): Promise<boolean> {
      return kept.delete(this.#account)
    }
  }
  const findCredentialsAsync = async () => [...kept].map(([account, password]) => ({ account, password }))
  return { kept, seen, library: { AsyncEntry: Entry, findCredentialsAsync } as unknown as KeychainLibrary }
}

test('a keychain that works is probed without leaving anything behind, pinned to the lasting one', async () => {
  const { library: working, kept, seen } = library('works')
  await expect(new KeychainSecretStore(working).probe()).resolves.toBe('works')
  expect(kept.size).toBe(0)
  expect(seen).toContainEqual(['NovaCron', { linux: { store: 'secret-service' } }])
})

test('one that asks to be unlocked is waited for a moment only, and stays the place for secrets', async () => {
  const store = new KeychainSecretStore(library('hangs').library)
  const probe = store.probe()
  await vi.advanceTimersByTimeAsync(1_500)
  await expect(probe).resolves.toBe('waits')
})

test('a write that nobody answers ends with an error that says so', async () => {
  const write = new KeychainSecretStore(library('hangs').library).set('c1', 'password', 'x')
  const [outcome] = await Promise.all([Promise.allSettled([write]), vi.advanceTimersByTimeAsync(60_000)])
  expect(outcome).toMatchObject([
    { reason: { kind: 'precondition', code: 'secrets.unavailable', message: expect.stringContaining('unlocked') } },
  ])
})

test.each(['refuses', 'lies'] as const)('one that %s is no keychain', async (mood) => {
  await expect(new KeychainSecretStore(library(mood).library).probe()).rejects.toMatchObject({ code: 'secrets.unavailable' })
})

test('a connection is forgotten with all its secrets, and no other', async () => {
  const { library: working, kept } = library('works')
  const store = new KeychainSecretStore(working)
  await store.set('c1', 'password', 'a')
  await store.set('c1', 'passphrase', 'b')
  await store.set('c10', 'password', 'c')
  await store.delete('c1')
  expect([...kept]).toEqual([['c10/password', 'c']])
  await expect(store.get('c1', 'password')).resolves.toBeNull()
})
