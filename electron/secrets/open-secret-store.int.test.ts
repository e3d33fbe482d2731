import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { requirePeer } from '../../e2e/lab/requires.ts'
import { openSecretStore } from './open-secret-store.ts'

const run = promisify(execFile)
const SCENARIO = join(import.meta.dirname, 'testing', 'keychain-scenario.ts')
const UNLOCKED = 'printf %s test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; exec "$@"'
const keyring = requirePeer('keyring')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const LOCKED = 'gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1; exec "$@"'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-secrets-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** A session bus and a home of its own, so that nobody's real keychain is touched. */
async function inSession(keychain: string | null): Promise<unknown> {
  const program = [process.execPath, SCENARIO, folder]
  const env = { PATH: process.env.PATH ?? '', HOME: folder, XDG_DATA_HOME: join(folder, 'data'), XDG_RUNTIME_DIR: folder }
  const inside = keychain === null ? program : ['bash', '-c', keychain, 'keyring', ...program]
  const { stdout } = await run('dbus-run-session', ['--', ...inside], { env, timeout: 240_000 })
  return JSON.parse(stdout)
}

test.skipIf(!keyring.ok)('the real Secret Service keeps, gives back and forgets', async () => {
  await expect(inSession(UNLOCKED)).resolves.toEqual({ kind: 'keychain', same: true, missing: null, gone: [null, null], others: 'other' })
  await expect(readdir(folder)).resolves.not.toContain('secrets.json')
})

test.skipIf(!keyring.ok)('a session without a Secret Service falls back to the sealed file and says why', async () => {
  await expect(inSession(null)).resolves.toEqual({ kind: 'file', reason: expect.stringContaining('no usable keychain') })
})

test.skipIf(!keyring.ok)('a keychain that nobody can unlock here is no place for secrets', async () => {
  await expect(inSession(LOCKED)).resolves.toEqual({ kind: 'file', reason: expect.stringContaining('no usable keychain') })
})

test('a keychain that is switched off is left alone', async () => {
  const store = await openSecretStore({ dataDirectory: folder, log: silent, keychain: false })
  expect({ kind: store.kind, locked: store.locked, reason: store.reason }).toEqual({
    kind: 'file',
    locked: true,
    reason: expect.stringContaining('switched off'),
  })
})

test('without a place for the file memory is used, with the reason', async () => {
  const store = await openSecretStore({ dataDirectory: join(folder, 'missing'), log: silent, keychain: false })
  expect(store.kind).toBe('memory')
  expect(store.reason).toContain('ENOENT')
  await store.set('c1', 'password', 'x')
  await expect(store.get('c1', 'password')).resolves.toBe('x')
})
