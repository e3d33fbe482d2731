import { open } from 'node:fs/promises'
import SqliteDatabase from 'better-sqlite3'
import {
  sampleAudit,
  sampleDefinition,
  sampleEvent,
  sampleMachine,
  sampleMigration,
  sampleTask,
  sampleWorkspace,
} from '../../conformance/samples.ts'
import type { Store } from '../../store.ts'

const PAGE_BYTES = 4_096

/** History enough to fill many pages, `count` of each kind. */
export async function fill(store: Store, count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, index) => index + 1)
  await store.entities.save([{ op: 'put', entity: 'workspace', value: sampleWorkspace('w1') }])
  await store.entities.save(all.map((index) => ({ op: 'put', entity: 'machine', value: sampleMachine(`m${index}`) })))
  await store.audit.append(all.map(sampleAudit))
  await store.events.append(all.map((index) => sampleEvent(index)))
  const tasks = all.map((index) => sampleTask(`t${index}`, { createdAtMs: index, state: 'succeeded' }))
  await store.tasks.commit({ lines: tasks.map((task) => ({ taskId: task.id, atMs: 1, version: 1, entry: { n: task.id } })), tasks })
  await store.definitions.put(sampleDefinition(), 9)
  await store.definitions.see('m1', '<domain/>')
  await store.migrations.put(sampleMigration('t1'), 9)
  await store.settings.set('settings', { theme: 'dark' })
}

/** The pages that a table or index lives on, from its root to its leaves. */
export function pagesOf(file: string, name: string): number[] {
  const handle = new SqliteDatabase(file)
  const rows = handle.prepare('select pageno from dbstat where name = ? order by pageno').all(name) as Array<{ pageno: number }>
  handle.close()
  return rows.map((row) => row.pageno)
}

/** Puts nonsense in the place of a page. */
export async function overwrite(file: string, page: number): Promise<void> {
  const handle = await open(file, 'r+')
  await handle.write(Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES)
  await handle.close()
}

/** Of a list of pages, one that others have to be reached through or beside. */
export function middleOf(pages: readonly number[]): number {
  return pages[Math.floor(pages.length / 2)] ?? 0
}
