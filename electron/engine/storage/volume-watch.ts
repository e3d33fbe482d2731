import type { PoolId, VolumeListMessage } from '../../../shared/model/index.ts'
import type { Clock, StorageKeeper } from '../../providers/provider.ts'
import type { FactsMemory } from './facts-memory.ts'
import type { Owner } from './storage-links.ts'

const LIST_MS = 60_000
/** Rows of one message: whoever else is served waits for no more than its writing. */
const PIECE = 500

export interface VolumeWatchPorts {
  readonly keeper: StorageKeeper
  readonly hostRef: string
  readonly poolId: PoolId
  readonly pool: string
  readonly owners: (names: readonly string[]) => Owner[]
  readonly memory: FactsMemory
  readonly clock: Clock
}

/**
 * The volumes of a pool: their names at once, what is remembered of them with it, then what each is, those of `first` before the others. Ends
 * when all are read, or with the signal. Throws what the keeper does: `precondition` volume.pool-off, `not-found` volume.pool-not-found.
 */
export async function* watchVolumes(
  { keeper, hostRef, poolId, pool, owners, memory, clock }: VolumeWatchPorts,
  first: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<VolumeListMessage> {
  const listed = await keeper.list(hostRef, pool, { signal, timeoutMs: LIST_MS })
  const names = inOrder(
    listed.map(({ name }) => name),
    first,
  )
  const known = memory.known(poolId, names)
  const total = listed.length
  const observedAtMs = clock.nowMs()
  for (let offset = 0; offset === 0 || offset < total; offset += PIECE) {
    const rows = listed
      .slice(offset, offset + PIECE)
      .map(({ name, path, usedBy }) => ({ name, path, owners: owners(usedBy), facts: known.get(name) ?? null }))
    yield { type: 'rows', rows, offset, total, observedAtMs }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const missing = names.filter((name) => !known.has(name))
  let unread = missing.length
  for await (const read of keeper.facts(hostRef, pool, missing, { signal })) {
    memory.put(poolId, read)
    unread -= read.size
    yield { type: 'facts', facts: [...read].map(([name, facts]) => ({ name, facts })) }
  }
  yield { type: 'complete', unread }
}

/** Those of `first` first, the rest as they were. */
function inOrder(names: readonly string[], first: readonly string[]): string[] {
  const there = new Set(names)
  const ahead = new Set(first.filter((name) => there.has(name)))
  return [...ahead, ...names.filter((name) => !ahead.has(name))]
}
