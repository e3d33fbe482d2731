import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { FileSecretStore } from './file-secret-store.ts'

const silent = { debug() {}, info() {}, warn() {}, error() {} }
/** As cheap as argon2 can be: the cost itself is not tested here. */
const cost = { passes: 1, memoryKiB: 8 }
const PASSPHRASE = 'correct horse'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-secrets-'))
  path = join(folder, 'secrets.json')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const open = () => FileSecretStore.open({ path, reason: 'no keychain', log: silent, cost, nowMs: () => 7 })

async function opened(): Promise<FileSecretStore> {
  const store = await open()
  await store.unlock(PASSPHRASE)
  return store
}

type Sealed = {
  kdf: { passes: number; salt: string }
  check: { box: string }
  entries: Record<string, Record<string, { nonce: string; box: string }>>
}

async function tamper(change: (file: Sealed) => void): Promise<void> {
  const file = JSON.parse(await readFile(path, 'utf8')) as Sealed
  change(file)
  await writeFile(path, JSON.stringify(file))
}

function flip(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0)
  return bytes.toString('base64')
}

test('the first passphrase creates the file; another run opens it', async () => {
  const first = await open()
  expect(first.locked).toBe(true)
  await expect(first.set('c1', 'password', 'x')).rejects.toMatchObject({ kind: 'precondition', code: 'secrets.locked' })
  await expect(first.unlock(PASSPHRASE)).resolves.toBe(true)
  await first.set('c1', 'password', 's3cret ✓')

  const second = await open()
  expect(second.locked).toBe(true)
  await expect(second.get('c1', 'password')).rejects.toMatchObject({ code: 'secrets.locked' })
  await expect(second.get('c1', 'other')).resolves.toBeNull()
  await expect(second.unlock(PASSPHRASE)).resolves.toBe(true)
  await expect(second.get('c1', 'password')).resolves.toBe('s3cret ✓')
})

test('a wrong passphrase opens nothing and changes nothing', async () => {
  await (await opened()).set('c1', 'password', 'x')
  const before = await readFile(path)
  const store = await open()
  await expect(store.unlock('Correct horse')).resolves.toBe(false)
  expect(store.locked).toBe(true)
  await expect(store.get('c1', 'password')).rejects.toMatchObject({ code: 'secrets.locked' })
  await expect(readFile(path)).resolves.toEqual(before)
})

test('the file is for its owner alone, holds no secret in plain and leaves no other file behind', async () => {
  const store = await opened()
  await Promise.all(Array.from({ length: 20 }, (_, index) => store.set(`c${index}`, 'password', `geheim-${index}`)))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  const text = await readFile(path, 'utf8')
  expect(text).not.toContain('geheim')
  expect(text).not.toContain(Buffer.from('geheim').toString('base64').slice(0, 6))
  await expect(readdir(folder)).resolves.toEqual(['secrets.json'])
  const again = await opened()
  await expect(again.get('c19', 'password')).resolves.toBe('geheim-19')
})

test('each changed bit is noticed, and only that secret is lost', async () => {
  const store = await opened()
  await store.set('c1', 'password', 'one')
  await store.set('c2', 'password', 'two')
  await tamper((file) => {
    const entry = file.entries.c1?.password
    if (entry) entry.box = flip(entry.box)
  })
  const again = await opened()
  await expect(again.get('c1', 'password')).rejects.toMatchObject({ kind: 'precondition', code: 'secrets.damaged' })
  await expect(again.get('c2', 'password')).resolves.toBe('two')
})

test('a sealed secret cannot be passed off as that of another connection', async () => {
  const store = await opened()
  await store.set('c1', 'password', 'one')
  await store.set('c2', 'password', 'two')
  await tamper((file) => {
    const [one, two] = [file.entries.c1, file.entries.c2]
    if (one && two) file.entries = { c1: two, c2: one }
  })
  const again = await opened()
  await expect(again.get('c1', 'password')).rejects.toMatchObject({ code: 'secrets.damaged' })
})

test.each([
  ['salt', (file: Sealed) => void Object.assign(file.kdf, { salt: flip(file.kdf.salt) })],
  ['cost', (file: Sealed) => void Object.assign(file.kdf, { passes: 2 })],
  ['check', (file: Sealed) => void Object.assign(file.check, { box: flip(file.check.box) })],
])('a changed %s locks everybody out', async (_, change) => {
  await (await opened()).set('c1', 'password', 'x')
  await tamper(change)
  await expect((await open()).unlock(PASSPHRASE)).resolves.toBe(false)
})

test.each(['', '{"format":"nova', '{}', 'null'])('a file that is not ours (%j) is put aside, never overwritten', async (text) => {
  await writeFile(path, text)
  const store = await open()
  await expect(store.get('c1', 'password')).rejects.toMatchObject({ code: 'secrets.damaged' })
  await expect(store.unlock(PASSPHRASE)).resolves.toBe(true)
  await expect(readFile(`${path}.damaged-7`, 'utf8')).resolves.toBe(text)
  await store.set('c1', 'password', 'new')
  await expect(store.get('c1', 'password')).resolves.toBe('new')
})

test('a file that would take all memory is refused before it does', async () => {
  await opened()
  await tamper((file) => void Object.assign(file.kdf, { memoryKiB: 2 ** 31 }))
  await expect((await open()).get('c1', 'password')).rejects.toMatchObject({ code: 'secrets.damaged' })
})

test('forgetting works while locked, of one name or of a whole connection', async () => {
  const store = await opened()
  await store.set('c1', 'password', 'a')
  await store.set('c1', 'passphrase', 'b')
  await store.set('c2', 'password', 'c')
  const locked = await open()
  await locked.delete('c1', 'password')
  await locked.delete('c2')
  await locked.delete('c3')
  const again = await opened()
  await expect(again.get('c1', 'password')).resolves.toBeNull()
  await expect(again.get('c1', 'passphrase')).resolves.toBe('b')
  await expect(again.get('c2', 'password')).resolves.toBeNull()
})

test('listeners hear of the opening, until they go', async () => {
  const store = await open()
  const heard: string[] = []
  store.onUnlock(() => heard.push('stays'))
  store.onUnlock(() => heard.push('goes'))()
  await store.unlock(PASSPHRASE)
  expect(heard).toEqual(['stays'])
})

test('a write that fails is told and not remembered', async () => {
  const store = await opened()
  await rm(folder, { recursive: true })
  await expect(store.set('c1', 'password', 'x')).rejects.toMatchObject({ code: 'secrets.unavailable' })
  await expect(store.get('c1', 'password')).resolves.toBeNull()
})

test('of two first passphrases at the same moment one counts, and what was kept stays readable', async () => {
  const store = await open()
  const answers = await Promise.all([
    store.unlock('one').then(async (unlocked) => {
      await store.set('c1', 'password', 's3')
      return unlocked
    }),
    store.unlock('two'),
  ])
  expect(answers).toEqual([true, false])
  expect(await store.get('c1', 'password')).toBe('s3')
  const again = await open()
  expect([await again.unlock('two'), await again.unlock('one')]).toEqual([false, true])
  expect(await again.get('c1', 'password')).toBe('s3')
})
