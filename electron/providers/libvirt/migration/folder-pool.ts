import { escapeXml } from '../../../xml/index.ts'
import type { OpenFolder } from '../../provider.ts'
import { change, within } from '../act-context.ts'
import { toProblem } from '../problems.ts'
import { readPools } from '../surroundings.ts'
import { HOST_REF } from '../watch.ts'
import type { MigrationContext } from './migration-context.ts'

/** Of pools that are there for a moment, before the folder's own name. */
const OWN = 'novacron-'

/**
 * libvirt has no volumes for what it keeps beside a machine's disks, but any folder can be a pool: one that is nowhere kept, makes nothing and
 * changes no rights. Two pools over one folder it refuses, so that whoever comes second uses the first one's.
 */
export class FolderPools {
  readonly #users = new Map<string, number>()
  /** Who looks for a pool is not to find one that is just going, nor to make one that somebody else is making. */
  #turn: Promise<unknown> = Promise.resolve()

  open(context: MigrationContext, folder: string): Promise<{ readonly pool: string; readonly isOwn: boolean }> {
    return this.#inTurn(() => this.#open(context, folder))
  }

  /** The last one takes it away. */
  close(context: MigrationContext, pool: string): Promise<void> {
    return this.#inTurn(() => this.#close(context, pool))
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(run)
    this.#turn = done.catch(() => {})
    return done
  }

  async #open(context: MigrationContext, folder: string): Promise<{ readonly pool: string; readonly isOwn: boolean }> {
    const path = folder.replace(/\/+$/, '')
    const pools = await readPools(context.host, HOST_REF, within(context))
    const over = [...pools.values()].find(({ active, target }) => active && target?.replace(/\/+$/, '') === path)
    const pool =
      over?.name ?? freeName(`${OWN}${path.slice(path.lastIndexOf('/') + 1)}`, new Set([...pools.values()].map(({ name }) => name)))
    if (!over) {
      const xml = `<pool type='dir'><name>${escapeXml(pool)}</name><target><path>${escapeXml(path)}</path></target></pool>`
      await change(context, 'storagePoolCreateXml', { xml, flags: 0 })
    }
    // left by a console that was killed it is ours as well
    const isOwn = pool.startsWith(OWN)
    if (isOwn) this.#users.set(pool, (this.#users.get(pool) ?? 0) + 1)
    return { pool, isOwn }
  }

  async #close(context: MigrationContext, pool: string): Promise<void> {
    const left = (this.#users.get(pool) ?? 1) - 1
    if (left > 0) {
      this.#users.set(pool, left)
      return
    }
    this.#users.delete(pool)
    const { pool: found } = await context.host.call('storagePoolLookupByName', { name: pool }, within(context))
    await change(context, 'storagePoolDestroy', { pool: found })
  }
}

/** Two folders may have the same name. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let number = 2, name = wanted; ; number += 1) {
    if (!taken.has(name)) return name
    name = `${wanted}-${number}`
  }
}

/** Closed once, whatever comes of it. */
export function opened(pool: string, log: MigrationContext['log'], close: (() => Promise<void>) | null): OpenFolder {
  return {
    pool,
    close: async () => {
      await close?.().catch((error: unknown) => log.warn('a pool over a folder was not taken away', { pool, code: toProblem(error).code }))
    },
  }
}
