import type { BuildFinding } from '../../../../shared/model/index.ts'
import { blocks, gibibytes, warns } from './finding.ts'
import { holdsFiles, type PoolRead, pathKind, type Storage } from './storage.ts'

/** What one machine takes of a pool. */
export interface Need {
  readonly pool: string
  /** Of the pool's name in the request. */
  readonly field: string
  /** At once, where a pool keeps files; a block device takes all of it. */
  readonly nowBytes: number
  /** When the guest has filled it. */
  readonly fullBytes: number
  /** Null: it is there already. */
  readonly format: string | null
}

/** Pools that are there, started, of a fitting kind, and have room for `count` machines. */
export async function checkPools(needs: readonly Need[], count: number, storage: Storage): Promise<readonly BuildFinding[]> {
  const names = [...new Set(needs.map(({ pool }) => pool))]
  if (names.length === 0) return []
  const all = await storage.all()
  return names.flatMap((name) => {
    const here = needs.filter(({ pool }) => pool === name)
    const pool = all.find(({ ref }) => ref.name === name)
    return checkPool(name, here, count, all, pool) ?? []
  })
}

function checkPool(
  name: string,
  needs: readonly Need[],
  count: number,
  all: readonly PoolRead[],
  pool: PoolRead | undefined,
): BuildFinding | null {
  const field = needs[0]?.field ?? null
  const sum = (of: (need: Need) => number) => needs.reduce((total, need) => total + of(need), 0) * count
  const full = sum(({ fullBytes }) => fullBytes)
  const mendFor = (bytes: number): BuildFinding['mend'] => {
    const other = roomiest(all, name, bytes)
    return other && field !== null ? { code: 'build.use-pool', field, value: other.ref.name } : null
  }
  const params = { pool: name }
  if (!pool) return blocks({ code: 'build.pool-missing', field, text: `The host has no pool named ${name}.`, params, mend: mendFor(full) })
  if (!pool.active) {
    const text = `The pool ${name} is off. Start it, or choose another.`
    return blocks({ code: 'build.pool-off', field, text, params, mend: mendFor(full) })
  }
  const { type } = pool
  if (pathKind(type) === null) {
    const text = `Volumes of the pool ${name} (${type}) have no path on the host, so machines cannot be given them here.`
    return blocks({ code: 'build.pool-type-unsupported', field, text, params: { ...params, type }, mend: mendFor(full) })
  }
  const qcow2 = needs.find(({ format }) => format === 'qcow2')
  if (qcow2 && !holdsFiles(type)) {
    const text = `The pool ${name} (${type}) takes no qcow2 images: choose raw, or another pool.`
    const isOneDisk = qcow2.field !== 'pool'
    const raw = { code: 'build.use-raw', field: qcow2.field.replace(/pool$/, 'format'), value: 'raw' }
    const mend = isOneDisk ? raw : mendFor(full)
    return blocks({ code: 'build.pool-takes-no-qcow2', field: qcow2.field, text, params: { ...params, type }, mend })
  }
  const now = holdsFiles(type) ? sum(({ nowBytes }) => nowBytes) : full
  const available = gibibytes(pool.availableBytes)
  if (now > pool.availableBytes) {
    const needed = gibibytes(now)
    const text = `The pool ${name} has ${available} left; ${needed} are needed.`
    return blocks({ code: 'build.pool-too-small', field, text, params: { ...params, needed, available }, mend: mendFor(now) })
  }
  if (full <= pool.availableBytes) return null
  const needed = gibibytes(full)
  const text = `The pool ${name} has ${available} left; the disks take ${needed} once they are full, and machines stop when no room is left.`
  return warns({ code: 'build.pool-overcommitted', field, text, params: { ...params, needed, available }, mend: mendFor(full) })
}

function roomiest(all: readonly PoolRead[], not: string, bytes: number): PoolRead | undefined {
  return all
    .filter(({ ref, active, type, availableBytes }) => ref.name !== not && active && holdsFiles(type) && availableBytes >= bytes)
    .toSorted((a, b) => b.availableBytes - a.availableBytes)[0]
}
