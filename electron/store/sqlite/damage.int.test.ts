import { execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import SqliteDatabase from 'better-sqlite3'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sampleEvent, sampleWorkspace } from '../conformance/samples.ts'
import type { Store } from '../store.ts'
import { openSqliteStore, openSqliteStoreInline } from './index.ts'
import { fill, middleOf, overwrite, pagesOf } from './testing/damage.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)
const PAGE_BYTES = 4_096

let folder = ''
let file = ''
let undo: Array<() => void> = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'novacron-damage-'))
  file = join(folder, 'console.db')
})
afterEach(async () => {
  for (const step of undo.toReversed()) step()
  undo = []
  await rm(folder, { recursive: true, force: true })
})

const openStore = () => openSqliteStore({ file, nowMs: NOW_MS })

async function filled(count = 400): Promise<void> {
  const store = await openStore()
  await fill(store, count)
  await store.close()
}

async function auditOf(store: Store): Promise<number[]> {
  return (await store.audit.walk(0, 10_000)).map((record) => record.seq)
}

test('a damaged cache is rebuilt; nothing of the history is lost, and the damaged file is kept', async () => {
  await filled()
  await overwrite(file, middleOf(pagesOf(file, 'cached')))
  const store = await openStore()
  expect(store.health().state).toBe('rebuilt')
  expect(store.health().message).toContain('Nothing of them is lost')
  expect(await auditOf(store)).toHaveLength(400)
  expect(await store.audit.head()).toEqual({ seq: 400, hash: 'h400' })
  expect(await store.tasks.list({}, { limit: 1_000 })).toHaveLength(400)
  expect(await store.tasks.journal(['t1', 't400'])).toHaveLength(2)
  expect(await store.events.lastId()).toBe(400)
  expect(await store.settings.get('settings')).toEqual({ theme: 'dark' })
  expect(await store.entities.load('workspace', { limit: 9 })).toEqual([sampleWorkspace('w1')])
  expect(await store.entities.load('machine', { limit: 9 })).toEqual([])
  expect(await readdir(folder)).toContain('console.db.damaged-2026-01-02T03-04-05-000Z')
  await store.close()
  const again = await openStore()
  expect(again.health().state).toBe('ok')
  expect(await again.metadata.get('salvaged')).toMatchObject({ incomplete: [] })
  await again.close()
})

test('of a damaged audit every readable record is saved, and the loss is said', async () => {
  await filled()
  const pages = pagesOf(file, 'audit')
  expect(pages.length).toBeGreaterThan(10)
  await overwrite(file, middleOf(pages))
  const store = await openStore()
  expect(store.health()).toMatchObject({ state: 'rebuilt' })
  expect(store.health().message).toContain('could not be read in: audit')
  const saved = await auditOf(store)
  expect(saved.length).toBeGreaterThan(350)
  expect(saved.length).toBeLessThan(400)
  expect([saved[0], saved.at(-1)]).toEqual([1, 400])
  expect(await store.tasks.list({}, { limit: 1_000 })).toHaveLength(400)
  await store.close()
})

test('a damaged index costs nothing', async () => {
  await filled()
  for (const page of pagesOf(file, 'tasks_by_age')) await overwrite(file, page)
  const store = await openStore()
  expect(store.health().message).toContain('Nothing of them is lost')
  expect(await store.tasks.list({}, { limit: 1_000 })).toHaveLength(400)
  await store.close()
})

test('a file that is no database at all is put aside', async () => {
  await writeFile(file, 'This is a shopping list.\n'.repeat(1_000))
  const store = await openStore()
  expect(store.health()).toMatchObject({ state: 'rebuilt' })
  await store.settings.set('a', 1)
  expect(await store.settings.get('a')).toBe(1)
  await store.close()
  const kept = (await readdir(folder)).find((name) => name.includes('damaged'))
  expect((await stat(join(folder, kept ?? ''))).size).toBe(25_000)
})

test('a file cut short in the middle keeps what is before the cut', async () => {
  await filled()
  const { size } = await stat(file)
  await truncate(file, Math.floor(size / PAGE_BYTES / 2) * PAGE_BYTES)
  const store = await openStore()
  expect(store.health().state).toBe('rebuilt')
  expect(await store.entities.load('workspace', { limit: 9 })).toEqual([sampleWorkspace('w1')])
  await store.settings.set('goes', 'on')
  await store.close()
})

test('a second process is refused in words, and gets in when the first has ended', async () => {
  const first = await openStore()
  await expect(openStore()).rejects.toMatchObject({ kind: 'conflict', code: 'store.in-use' })
  await first.settings.set('still', 'works')
  await first.close()
  const second = await openStore()
  expect(await second.settings.get('still')).toBe('works')
  await second.close()
})

test('a read-only disk: what is there can be read, work goes on in memory, and it is said', async () => {
  await filled(20)
  const mount = join(folder, 'mount')
  await mkdir(mount)
  makeReadOnly(mount)
  const store = await openSqliteStore({ file: join(mount, 'console.db'), nowMs: NOW_MS })
  expect(store.health()).toMatchObject({ state: 'read-only', error: { kind: 'precondition', code: 'store.read-only' } })
  expect(store.health().message).toContain('lost when it ends')
  expect(await store.entities.load('machine', { limit: 100 })).toHaveLength(20)
  await store.settings.set('theme', 'light')
  expect(await store.settings.get('theme')).toBe('light')
  expect(store.health().state).toBe('read-only')
  await store.close()
})

/** A copy of the folder's database on a file system that takes no writes. Root sees through file modes, not through mounts. */
function makeReadOnly(mount: string): void {
  if (process.getuid?.() === 0) {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'novacron-test', mount])
    undo.push(() => execFileSync('umount', [mount]))
    execFileSync('cp', [file, mount])
    execFileSync('mount', ['-o', 'remount,ro', mount])
    return
  }
  execFileSync('cp', [file, mount])
  execFileSync('chmod', ['-R', 'a-w', mount])
  undo.push(() => execFileSync('chmod', ['-R', 'u+w', mount]))
}

test('a folder that cannot be made: the console still works, from memory, and says so', async () => {
  await writeFile(join(folder, 'not-a-folder'), '')
  const store = await openSqliteStore({ file: join(folder, 'not-a-folder', 'console.db'), nowMs: NOW_MS })
  expect(store.health()).toMatchObject({ state: 'failed', error: { code: 'store.cannot-open' } })
  await store.settings.set('theme', 'light')
  expect(await store.settings.get('theme')).toBe('light')
  await store.close()
})

test('a full disk refuses writes in words, loses nothing, and is over when there is room', async () => {
  const store = await openSqliteStore({ file, nowMs: NOW_MS, maxPages: 60 })
  const told: string[] = []
  store.onHealth((health) => told.push(`${health.state} ${health.error?.code ?? ''}`.trim()))
  const chunk = (from: number) => Array.from({ length: 100 }, (_, index) => sampleEvent(from + index))
  let written = 0
  const fillUp = async () => {
    for (let from = 1; from < 10_000; from += 100) {
      await store.events.append(chunk(from))
      written += 100
    }
  }
  await expect(fillUp()).rejects.toMatchObject({ kind: 'exhausted', code: 'store.disk-full' })
  expect(written).toBeGreaterThan(0)
  expect(await store.events.lastId()).toBe(written)
  expect(store.health()).toMatchObject({ state: 'failed', error: { code: 'store.disk-full' } })
  expect(await store.events.prune(Number.MAX_SAFE_INTEGER, 10_000)).toBe(written)
  await store.settings.set('room', 'again')
  expect(store.health()).toEqual({ state: 'ok', message: null, error: null })
  expect(told).toEqual(['failed store.disk-full', 'ok'])
  await store.close()
})

test('a database of a later release is refused and not touched', async () => {
  await filled(3)
  const handle = new SqliteDatabase(file)
  handle.prepare("insert into kysely_migration (name, timestamp) values ('9999-the-future', '2030')").run()
  handle.close()
  await expect(openStore()).rejects.toMatchObject({ kind: 'precondition', code: 'store.newer-version' })
  const after = new SqliteDatabase(file)
  expect(after.prepare('select count(*) as n from audit').get()).toEqual({ n: 3 })
  after.close()
})

test('a process that ends without closing loses nothing that was confirmed', async () => {
  const program = `
    import { openSqliteStoreInline } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const store = await openSqliteStoreInline({ file: ${JSON.stringify(file)}, nowMs: 0 })
    await store.settings.set('confirmed', true)
    process.kill(process.pid, 'SIGKILL')`
  expect(() => execFileSync(process.execPath, ['--input-type=module', '-e', program])).toThrow()
  const store = await openSqliteStoreInline({ file, nowMs: 0 })
  expect(store.health().state).toBe('ok')
  expect(await store.settings.get('confirmed')).toBe(true)
  await store.close()
})

test('the database is readable by its owner alone, in whatever folder it lies and whoever made it', async () => {
  await chmod(folder, 0o755)
  await writeFile(file, '', { mode: 0o644 })
  const store = await openStore()
  await store.settings.set('settings', { theme: 'dark' })
  const modes = await Promise.all((await readdir(folder)).map(async (name) => [name, (await stat(join(folder, name))).mode & 0o777]))
  expect(modes.map(([, mode]) => mode)).toEqual(modes.map(() => 0o600))
  await store.close()
})
