import type { Pool, VolumeListMessage, VolumeRow } from '../../../../shared/model/index.ts'
import { FakeEngine } from '../../../lib/testing/fake-engine.ts'
import { connection, host, machine, put, workspace } from '../../../lib/testing/fleet-fixture.ts'

export const POOL = 'c1.p.1'

/** A pool of the first host. */
export function pool(number: number, change: Partial<Pool> = {}): Pool {
  return {
    id: `c1.p.${number}` as Pool['id'],
    connectionId: 'c1' as Pool['connectionId'],
    hostId: 'c1.h.1' as Pool['hostId'],
    nativeRef: String(number),
    revision: 1,
    observedAtMs: Date.now(),
    name: `pool-${number}`,
    type: 'dir',
    active: true,
    autostart: true,
    persistent: true,
    capacityBytes: 1_000 * 2 ** 30,
    allocationBytes: 400 * 2 ** 30,
    availableBytes: 600 * 2 ** 30,
    target: `/srv/pool-${number}`,
    ...change,
  }
}

export function volume(name: string, sizeGiB: number | null, change: Partial<VolumeRow> = {}): VolumeRow {
  const bytes = (sizeGiB ?? 0) * 2 ** 30
  return {
    name,
    path: `/srv/pool-1/${name}`,
    owners: [],
    facts: sizeGiB === null ? null : { format: 'qcow2', capacityBytes: bytes * 2, allocationBytes: bytes, backingPath: null },
    ...change,
  }
}

/** What a pool's list tells, all at once: the names, then what is known of each. */
export function told(rows: readonly VolumeRow[]): () => AsyncGenerator<VolumeListMessage> {
  return async function* list() {
    const bare = rows.map((row) => ({ ...row, facts: null }))
    yield { type: 'rows', rows: bare, offset: 0, total: rows.length, observedAtMs: Date.now() }
    const known = rows.filter(({ facts }) => facts !== null)
    yield { type: 'facts', facts: known.map(({ name, facts }) => ({ name, facts })) }
    yield { type: 'complete', unread: rows.length - known.length }
  }
}

/** One host with a machine and these pools. */
export function storageEngine(pools: readonly Pool[] = [pool(1)]): FakeEngine {
  const engine = new FakeEngine([
    put('workspace', workspace()),
    put('connection', connection(1)),
    put('host', host(1)),
    put('machine', machine(1, 1)),
    ...pools.map((one) => put('pool', one)),
  ])
  engine.answer('storage.watchVolumes', told([]))
  return engine
}
