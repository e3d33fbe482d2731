import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import {
  foundSourceSchema,
  type PoolSpec,
  poolRemovalSchema,
  poolSpecSchema,
  sharedPlaceSchema,
  storageAbilitiesSchema,
  volumeRowSchema,
} from '../../../shared/model/index.ts'
import type { StorageKeeper, VolumeFactsOf } from '../provider.ts'
import { MIB, type Pools, setUpPools } from './building-site.ts'
import { failure, type MakeFixture } from './fixture.ts'

const NO_POOL = 'there-is-no-such-pool'

interface Storage extends Pools {
  readonly storage: StorageKeeper
  /** A pool with a folder of its own. */
  readonly make: (name: string, uuid?: string) => Promise<string>
}

async function setUpStorage(makeFixture: MakeFixture): Promise<Storage> {
  const pools = await setUpPools(makeFixture)
  const { storage } = pools.bench.connection
  if (!storage) throw new Error('The connection looks after no pools')
  const make = async (name: string, uuid: string = randomUUID()): Promise<string> => {
    await storage.create(pools.hostRef, { uuid, spec: dirPool(name), user: null }, {}, {})
    return uuid
  }
  return { ...pools, storage, make }
}

function dirPool(name: string, path = `/srv/${name}`): PoolSpec {
  return poolSpecSchema.parse({ name, source: { type: 'dir', path }, build: true })
}

async function all(pieces: AsyncIterable<ReadonlyMap<string, VolumeFactsOf | null>>): Promise<Map<string, VolumeFactsOf | null>> {
  const read = new Map<string, VolumeFactsOf | null>()
  for await (const piece of pieces) for (const [name, facts] of piece) read.set(name, facts)
  return read
}

/** The pool that the running machine's disk lies in, with the disk. */
async function homeOf({ bench, hostRef, storage }: Storage): Promise<{ pool: string; volume: string; machine: string }> {
  const machine = bench.seen.machine(bench.refs.running)?.name ?? ''
  for (const { name: pool, active, hostRef: own } of bench.seen.known.pool.values()) {
    if (!active || own !== hostRef) continue
    const row = (await storage.list(hostRef, pool, {})).find(({ usedBy }) => usedBy.includes(machine))
    if (row) return { pool, volume: row.name, machine }
  }
  throw new Error('The running machine has no disk in a pool')
}

export function poolTests(makeFixture: MakeFixture): void {
  test('what a host can have and what it finds has the form that was agreed', async () => {
    const { hostRef, storage } = await setUpStorage(makeFixture)
    expect(storageAbilitiesSchema.safeParse(await storage.abilities(hostRef, {})).error?.issues).toBeUndefined()
    const found = await storage.find(hostRef, 'disk', null, {})
    for (const one of found) expect(foundSourceSchema.safeParse(one).error?.issues).toBeUndefined()
    await failure(storage.find(hostRef, 'rbd', null, {}), 'unsupported', 'pool.cannot-find')
    await failure(storage.find(hostRef, 'netfs', null, {}), 'invalid-input', 'pool.needs-server')
  })

  test('a pool comes, is told of, rests, runs and goes', async () => {
    const site = await setUpStorage(makeFixture)
    const { bench, fresh, hostRef, make, storage } = site
    const name = fresh('pool')
    const uuid = await make(name)
    expect(await storage.state(hostRef, name, {})).toEqual({ uuid, isActive: true, autostart: true })
    const told = () => [...bench.seen.known.pool.values()].find((pool) => pool.name === name)
    await bench.until('the pool is told of', () => told()?.active === true)
    expect(await storage.definition(hostRef, name, {})).toContain(name)
    await storage.setAutostart(hostRef, name, false, {})
    await storage.refresh(hostRef, name, {})
    await storage.stop(hostRef, name, {})
    expect(await storage.state(hostRef, name, {})).toEqual({ uuid, isActive: false, autostart: false })
    await bench.until('the pool is told to be off', () => told()?.active === false)
    await failure(storage.refresh(hostRef, name, {}), 'precondition', 'volume.pool-off')
    await failure(storage.list(hostRef, name, {}), 'precondition', 'volume.pool-off')
    await storage.start(hostRef, name, {})
    // What is so already is no failure.
    await storage.start(hostRef, name, {})
    await storage.remove(hostRef, name, true, {})
    expect(await storage.state(hostRef, name, {})).toBeNull()
    await bench.until('the pool is gone', () => told() === undefined)
  })

  test('a name and a source are given once; one’s own beginnings are gone on with', async () => {
    const { fresh, hostRef, make, storage } = await setUpStorage(makeFixture)
    const name = fresh('once')
    const uuid = await make(name)
    await make(name, uuid)
    const other = (spec: PoolSpec) => storage.create(hostRef, { uuid: randomUUID(), spec, user: null }, {}, {})
    await failure(other(dirPool(name, `/srv/${fresh('elsewhere')}`)), 'conflict', 'pool.name-taken')
    const twin = fresh('twin')
    await failure(other(dirPool(twin, `/srv/${name}`)), 'conflict', 'pool.source-taken')
    expect(await storage.state(hostRef, twin, {})).toBeNull()
    expect((await storage.state(hostRef, name, {}))?.uuid).toBe(uuid)
    await storage.remove(hostRef, name, true, {})
  })

  test('what is in a pool is listed by name; what each is comes on demand, and what is gone is null', async () => {
    const { fresh, hostRef, make, storage, volumes } = await setUpStorage(makeFixture)
    const pool = fresh('list')
    await make(pool)
    for (const volume of ['b.img', 'a.img'])
      await volumes.create(hostRef, { pool, volume }, { kind: 'empty', format: 'raw', capacityBytes: MIB }, {})
    const listed = await storage.list(hostRef, pool, {})
    expect(listed.map(({ name }) => name)).toEqual(['a.img', 'b.img'])
    for (const { usedBy, ...row } of listed) {
      expect(usedBy).toEqual([])
      expect(volumeRowSchema.safeParse({ ...row, owners: [], facts: null }).error?.issues).toBeUndefined()
    }
    const facts = await all(storage.facts(hostRef, pool, ['b.img', 'never.img'], {}))
    expect(facts.get('b.img')).toMatchObject({ format: 'raw', capacityBytes: MIB, backingPath: null })
    expect(facts.get('never.img')).toBeNull()
    expect(facts.size).toBe(2)
    const removal = await storage.removal(hostRef, pool, {})
    expect(poolRemovalSchema.safeParse({ ...removal, usedBy: [] }).error?.issues).toBeUndefined()
    expect(removal).toMatchObject({ volumes: 2, usedBy: [], reason: null })
    await failure(storage.remove(hostRef, pool, true, {}), 'precondition', 'pool.not-empty')
    expect(await storage.state(hostRef, pool, {})).toMatchObject({ isActive: true })
    await storage.remove(hostRef, pool, false, {})
  })

  test('a running machine keeps its pool and its volume; its neighbour that nothing names is an orphan', async () => {
    const site = await setUpStorage(makeFixture)
    const { fresh, hostRef, storage, volumes } = site
    const { pool, volume, machine } = await homeOf(site)
    expect(await storage.removal(hostRef, pool, {})).toMatchObject({ reason: { code: 'pool.in-use' } })
    await failure(storage.stop(hostRef, pool, {}), 'precondition', 'pool.in-use')
    await failure(storage.remove(hostRef, pool, false, {}), 'precondition', 'pool.in-use')
    const refused = await failure(storage.wipe(hostRef, { pool, volume }, {}), 'precondition', 'volume.in-use')
    expect(refused.details.by).toEqual([machine])
    const capacityBytes = ((await volumes.find(hostRef, { pool, volume }, {}))?.capacityBytes ?? 0) + MIB
    await failure(volumes.resize(hostRef, { pool, volume }, capacityBytes, {}), 'precondition', 'volume.in-use')
    const lone = fresh('lone')
    await volumes.create(hostRef, { pool, volume: lone }, { kind: 'empty', format: 'qcow2', capacityBytes: MIB }, {})
    const { orphans, unseen, claims } = await storage.orphans(hostRef, {})
    expect(claims.blind).toEqual([])
    for (const { place } of claims.shared) expect(sharedPlaceSchema.safeParse(place).error?.issues).toBeUndefined()
    for (const one of orphans)
      expect(one.place).toEqual(await storage.sharedPlace(hostRef, { pool: one.pool, volume: one.volume.name }, {}))
    expect(unseen.every(({ code }) => code.startsWith('orphans.'))).toBe(true)
    const names = orphans.filter((one) => one.pool === pool).map((one) => one.volume.name)
    expect(names).toContain(lone)
    expect(names).not.toContain(volume)
    await storage.wipe(hostRef, { pool, volume: lone }, {})
    await volumes.remove(hostRef, { pool, volume: lone }, {})
    expect((await storage.list(hostRef, pool, {})).some(({ name }) => name === lone)).toBe(false)
  })

  test('a pool that is not there is not found', async () => {
    const { hostRef, storage } = await setUpStorage(makeFixture)
    expect(await storage.state(hostRef, NO_POOL, {})).toBeNull()
    for (const call of [
      () => storage.start(hostRef, NO_POOL, {}),
      () => storage.stop(hostRef, NO_POOL, {}),
      () => storage.refresh(hostRef, NO_POOL, {}),
      () => storage.setAutostart(hostRef, NO_POOL, true, {}),
      () => storage.removal(hostRef, NO_POOL, {}),
      () => storage.remove(hostRef, NO_POOL, false, {}),
      () => storage.definition(hostRef, NO_POOL, {}),
      () => storage.list(hostRef, NO_POOL, {}),
      () => all(storage.facts(hostRef, NO_POOL, ['a'], {})),
      () => storage.wipe(hostRef, { pool: NO_POOL, volume: 'a' }, {}),
      () => storage.sharedPlace(hostRef, { pool: NO_POOL, volume: 'a' }, {}),
    ]) {
      await failure(call(), 'not-found', 'volume.pool-not-found')
    }
  })

  test('a caller who gives up stops reading', async () => {
    const { ground, hostRef, storage } = await setUpStorage(makeFixture)
    const stop = new AbortController()
    stop.abort(new AppError({ kind: 'cancelled', code: 'cancelled', message: 'enough' }))
    const calls = [
      () => all(storage.facts(hostRef, ground.pool, ['a'], { signal: stop.signal })),
      () => storage.orphans(hostRef, { signal: stop.signal }),
    ]
    for (const call of calls) expect((await failure(call(), 'cancelled')).kind).toBe('cancelled')
  })
}
