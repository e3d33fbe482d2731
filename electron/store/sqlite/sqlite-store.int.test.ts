import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StoreUnderTest, storeSuite } from '../conformance/store-suite.ts'
import type { Store } from '../store.ts'
import { openSqliteStore, openSqliteStoreInline } from './index.ts'

function subject(name: string, open: (file: string) => Promise<Store>): StoreUnderTest {
  let folder = ''
  const file = () => join(folder, 'nested', 'console.db')
  return {
    name,
    async open() {
      folder = await mkdtemp(join(tmpdir(), 'novacron-store-'))
      return await open(file())
    },
    reopen: () => open(file()),
    dispose: () => rm(folder, { recursive: true, force: true }),
  }
}

storeSuite(subject('SQLite in its own thread', (file) => openSqliteStore({ file })))
storeSuite(subject('SQLite in this thread', (file) => openSqliteStoreInline({ file, nowMs: 0 })))
