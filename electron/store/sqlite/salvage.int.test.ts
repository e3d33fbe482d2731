import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sampleWorkspace } from '../conformance/samples.ts'
import type { Store } from '../store.ts'
import { openSqliteStoreInline } from './index.ts'
import { fill, middleOf, overwrite, pagesOf } from './testing/damage.ts'

const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5)
const KEPT_AS = 'console.db.damaged-2026-01-02T03-04-05-000Z'
const COUNT = 300

let root = ''
/** Holds a database with history and a damaged page in its cache. */
let damaged = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'novacron-salvage-'))
  damaged = join(root, 'damaged')
  const file = join(damaged, 'console.db')
  const store = await openSqliteStoreInline({ file, nowMs: NOW_MS })
  await fill(store, COUNT)
  await store.close()
  await overwrite(file, middleOf(pagesOf(file, 'cached')))
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function copyOfDamaged(): Promise<{ folder: string; file: string }> {
  const folder = await mkdtemp(join(root, 'copy-'))
  await cp(damaged, folder, { recursive: true })
  return { folder, file: join(folder, 'console.db') }
}

/** Everything but the cache, which is worth nothing. */
async function expectHistory(store: Store): Promise<void> {
  expect(await store.audit.walk(0, 10_000)).toHaveLength(COUNT)
  expect(await store.audit.head()).toEqual({ seq: COUNT, hash: `h${COUNT}` })
  expect(await store.tasks.list({}, { limit: 1_000 })).toHaveLength(COUNT)
  expect(await store.tasks.journal(['t1', `t${COUNT}`])).toHaveLength(2)
  expect(await store.events.lastId()).toBe(COUNT)
  expect(await store.settings.get('settings')).toEqual({ theme: 'dark' })
  expect(await store.definitions.list('m1', 9)).toHaveLength(1)
  expect(await store.definitions.seen('m1')).toBe('<domain/>')
  expect(await store.migrations.list({}, 9)).toHaveLength(1)
  expect(await store.entities.load('workspace', { limit: 9 })).toEqual([sampleWorkspace('w1')])
}

/**
 * Opens the store in a process of its own that is killed before its n-th step: each change of a name and each table copied is
 * one. Answers whether it got through.
 */
function openUntil(file: string, step: number): boolean {
  const program = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    import SqliteDatabase from 'better-sqlite3'
    let left = ${step}
    const before = (owner, name) => {
      const real = owner[name]
      owner[name] = function (...args) {
        if (left-- === 0) process.kill(process.pid, 'SIGKILL')
        return real.apply(this, args)
      }
    }
    before(fs, 'renameSync')
    before(SqliteDatabase.prototype, 'transaction')
    syncBuiltinESMExports()
    const { openSqliteStoreInline } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)})
    const store = await openSqliteStoreInline({ file: ${JSON.stringify(file)}, nowMs: ${NOW_MS} })
    await store.close()`
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  })
  if (signal === 'SIGKILL') return false
  if (status !== 0) throw new Error(stderr)
  return true
}

describe('a rebuild that is interrupted', () => {
  test('at any step: the next start has everything, says so once, and leaves nothing about', async () => {
    let step = 0
    for (; ; step++) {
      const { folder, file } = await copyOfDamaged()
      if (openUntil(file, step)) break
      const store = await openSqliteStoreInline({ file, nowMs: NOW_MS })
      const { state, message } = store.health()
      expect({ step, state, kept: message?.includes(KEPT_AS) }).toEqual({ step, state: 'rebuilt', kept: true })
      await expectHistory(store)
      await store.close()
      expect((await readdir(folder)).toSorted()).toEqual(['console.db', KEPT_AS])
      const again = await openSqliteStoreInline({ file, nowMs: NOW_MS })
      expect(again.health().state).toBe('ok')
      await again.close()
      await rm(folder, { recursive: true })
    }
    // eleven tables, the new file's name, the old one's, and its place
    expect(step).toBe(14)
  })

  test('by a full disk: the damaged file stays as it is, work goes on in memory on what can be read, and the next start rebuilds', async () => {
    const { folder, file } = await copyOfDamaged()
    const store = await openSqliteStoreInline({ file, nowMs: NOW_MS, maxPages: 40 })
    expect(store.health()).toMatchObject({ state: 'failed', error: { kind: 'exhausted', code: 'store.disk-full' } })
    await expectHistory(store)
    await store.close()
    expect(await readdir(folder)).toEqual(['console.db'])
    const next = await openSqliteStoreInline({ file, nowMs: NOW_MS })
    expect(next.health().state).toBe('rebuilt')
    await expectHistory(next)
    await next.close()
  })
})

test('the write-ahead log of a damaged file never reaches the new one', async () => {
  const { folder, file } = await copyOfDamaged()
  // ended between the damaged file's new name and that of its log
  expect(openUntil(file, 13)).toBe(false)
  await writeFile(`${file}-wal`, 'pages of the damaged file')
  const store = await openSqliteStoreInline({ file, nowMs: NOW_MS })
  await expectHistory(store)
  await store.close()
  expect((await readdir(folder)).toSorted()).toEqual(['console.db', KEPT_AS, `${KEPT_AS}-wal`])
})
