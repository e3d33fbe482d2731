import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import { type VolumePlace, volumeAbilitiesSchema, volumeSchema } from '../../../shared/model/index.ts'
import { CANCELLED_BY_PERSON, type VolumeKeeper } from '../provider.ts'
import { type Pools, setUpPools } from './building-site.ts'
import { failure, type MakeFixture } from './fixture.ts'

const MIB = 1_048_576
const NO_POOL = 'there-is-no-such-pool'

/** Some bytes that no format's head looks like. */
function someBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8) * 13 + 1) & 0xff)
}

async function upload({ volumes, hostRef }: Pools, place: VolumePlace, offset: number, bytes: Uint8Array): Promise<void> {
  const writer = await volumes.upload(hostRef, place, offset, bytes.length, {})
  await writer.write(bytes)
  await writer.finish()
}

async function download({ volumes, hostRef }: Pools, place: VolumePlace, offset = 0): Promise<Uint8Array> {
  const { channel, sizeBytes } = await volumes.download(hostRef, place, offset, {})
  const pieces: Uint8Array[] = []
  for (let piece = await channel.read(); piece !== null; piece = await channel.read()) pieces.push(piece)
  channel.close()
  const all = Buffer.concat(pieces)
  expect(all.length).toBe(sizeBytes - offset)
  return all
}

function raw(capacityBytes: number): Parameters<VolumeKeeper['create']>[2] {
  return { kind: 'empty', format: 'raw', capacityBytes }
}

export function volumeTests(makeFixture: MakeFixture): void {
  test('what lies in the pools has the form that was agreed', async () => {
    const { bench, hostRef, volumes } = await setUpPools(makeFixture)
    expect(volumeAbilitiesSchema.safeParse(await volumes.abilities(hostRef, {})).error?.issues).toBeUndefined()
    for (const pool of bench.seen.known.pool.values()) {
      if (!pool.active || pool.hostRef !== hostRef) continue
      const list = await volumes.list(hostRef, pool.name, {})
      expect(new Set(list.map(({ name }) => name)).size).toBe(list.length)
      for (const volume of list) expect(volumeSchema.safeParse(volume).error?.issues).toBeUndefined()
    }
  })

  test.each(['raw', 'qcow2'])('an empty %s volume comes, grows and goes', async (format) => {
    const { hostRef, volumes, fresh, place } = await setUpPools(makeFixture)
    const name = fresh(format)
    await volumes.create(hostRef, place(name), { kind: 'empty', format, capacityBytes: 8 * MIB }, {})
    const made = { name, format, capacityBytes: 8 * MIB, backingPath: null, usedBy: [] }
    expect(await volumes.find(hostRef, place(name), {})).toMatchObject({ ...made, isWhole: true })
    expect((await volumes.list(hostRef, place(name).pool, {})).find((each) => each.name === name)).toMatchObject(made)
    await volumes.resize(hostRef, place(name), 12 * MIB, {})
    expect(await volumes.find(hostRef, place(name), {})).toMatchObject({ capacityBytes: 12 * MIB })
    await failure(volumes.resize(hostRef, place(name), 4 * MIB, {}), 'invalid-input', 'volume.cannot-shrink')
    expect(await volumes.find(hostRef, place(name), {})).toMatchObject({ capacityBytes: 12 * MIB })
    await volumes.remove(hostRef, place(name), {})
    expect(await volumes.find(hostRef, place(name), {})).toBeNull()
    await failure(volumes.remove(hostRef, place(name), {}), 'not-found', 'volume.not-found')
  })

  test('a name is given once in a pool, and what has it stays as it is', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, place } = site
    const there = place(fresh('taken'))
    await volumes.create(hostRef, there, raw(MIB), {})
    await upload(site, there, 0, someBytes(5_000))
    await failure(volumes.create(hostRef, there, raw(2 * MIB), {}), 'conflict', 'volume.name-taken')
    await failure(volumes.create(hostRef, there, { kind: 'linked', from: there, capacityBytes: null }, {}), 'conflict', 'volume.name-taken')
    expect((await download(site, there)).subarray(0, 5_000)).toEqual(Buffer.from(someBytes(5_000)))
    await volumes.remove(hostRef, there, {})
  })

  test('a pool and a volume that are not there are not found', async () => {
    const { hostRef, volumes, fresh, place } = await setUpPools(makeFixture)
    const nowhere = { pool: NO_POOL, volume: fresh('nowhere') }
    await failure(volumes.list(hostRef, NO_POOL, {}), 'not-found', 'volume.pool-not-found')
    await failure(volumes.find(hostRef, nowhere, {}), 'not-found', 'volume.pool-not-found')
    await failure(volumes.create(hostRef, nowhere, raw(MIB), {}), 'not-found', 'volume.pool-not-found')
    const absent = place(fresh('absent'))
    await failure(volumes.download(hostRef, absent, 0, {}), 'not-found', 'volume.not-found')
    await failure(volumes.upload(hostRef, absent, 0, 1, {}), 'not-found', 'volume.not-found')
    await failure(volumes.resize(hostRef, absent, MIB, {}), 'not-found', 'volume.not-found')
    const copy = { kind: 'copy', format: 'qcow2', from: absent, capacityBytes: null } as const
    const target = place(fresh('copy'))
    await failure(volumes.create(hostRef, target, copy, {}), 'not-found', 'volume.not-found')
    expect(await volumes.find(hostRef, target, {})).toBeNull()
  })

  test('what does not fit into a pool is refused, and nothing of it is left', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, ground, place } = site
    const from = place(fresh('large'))
    await volumes.create(hostRef, from, raw(12 * MIB), {})
    await upload(site, from, 0, someBytes(12 * MIB))
    const there = { pool: ground.smallPool, volume: fresh('large') }
    const copy = volumes.create(hostRef, there, { kind: 'copy', format: 'raw', from, capacityBytes: null }, {})
    await failure(copy, 'exhausted', 'volume.pool-full')
    expect(await volumes.find(hostRef, there, {})).toBeNull()
    await volumes.remove(hostRef, from, {})
  })

  test('an overlay names its base, which stays while it is needed', async () => {
    const { hostRef, volumes, fresh, place } = await setUpPools(makeFixture)
    const base = place(fresh('base'))
    const over = place(fresh('over'))
    await volumes.create(hostRef, base, { kind: 'empty', format: 'qcow2', capacityBytes: 8 * MIB }, {})
    await volumes.create(hostRef, over, { kind: 'linked', from: base, capacityBytes: 16 * MIB }, {})
    const path = (await volumes.find(hostRef, base, {}))?.path
    expect(await volumes.find(hostRef, over, {})).toMatchObject({ format: 'qcow2', capacityBytes: 16 * MIB, backingPath: path })
    await failure(volumes.remove(hostRef, base, {}), 'precondition', 'volume.in-use')
    await volumes.remove(hostRef, over, {})
    await volumes.remove(hostRef, base, {})
    expect(await volumes.find(hostRef, base, {})).toBeNull()
  })

  test('a disk of a machine says so, and is not deleted', async () => {
    const { bench, hostRef, volumes } = await setUpPools(makeFixture)
    const name = bench.seen.machine(bench.refs.stopped)?.name ?? ''
    const pools = [...bench.seen.known.pool.values()].filter((pool) => pool.active && pool.hostRef === hostRef)
    const places = await Promise.all(
      pools.map(async ({ name: pool }) => {
        const used = (await volumes.list(hostRef, pool, {})).find(({ usedBy }) => usedBy.includes(name))
        return used ? [{ pool, volume: used.name }] : []
      }),
    )
    const [disk] = places.flat()
    if (!disk) throw new Error(`No volume says that ${name} uses it`)
    await failure(volumes.remove(hostRef, disk, {}), 'precondition', 'volume.in-use')
    expect(await volumes.find(hostRef, disk, {})).toMatchObject({ usedBy: expect.arrayContaining([name]) })
  })

  test('one that is given up before it began is never there', async () => {
    const { bench, hostRef, volumes, fresh, place } = await setUpPools(makeFixture)
    const there = place(fresh('given-up'))
    const abort = new AbortController()
    const made = volumes.create(hostRef, there, raw(MIB), { signal: abort.signal })
    abort.abort(new AppError({ kind: 'cancelled', code: CANCELLED_BY_PERSON, message: 'Cancelled on request.' }))
    await failure(made, 'cancelled')
    await bench.pause(500)
    expect(await volumes.find(hostRef, there, {})).toBeNull()
  })
}

export function contentTests(makeFixture: MakeFixture): void {
  test('what is uploaded in two windows comes back whole, and in part', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, place } = site
    const there = place(fresh('content'))
    const bytes = someBytes(50_000)
    await volumes.create(hostRef, there, raw(MIB), {})
    await upload(site, there, 0, bytes.subarray(0, 20_000))
    await upload(site, there, 20_000, bytes.subarray(20_000))
    const all = await download(site, there)
    expect(all.length).toBe(MIB)
    expect(all.subarray(0, bytes.length)).toEqual(Buffer.from(bytes))
    expect(all.subarray(bytes.length).every((byte) => byte === 0)).toBe(true)
    expect(await download(site, there, 49_000)).toEqual(all.subarray(49_000))
    await failure(volumes.download(hostRef, there, MIB + 1, {}), 'invalid-input', 'volume.beyond-end')
    await failure(volumes.upload(hostRef, there, MIB - 10, 11, {}), 'invalid-input', 'volume.beyond-end')
    await volumes.remove(hostRef, there, {})
  })

  test('a version stands for every byte, as long as none is changed', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, place } = site
    const there = place(fresh('version'))
    await volumes.create(hostRef, there, raw(MIB), {})
    await upload(site, there, 0, someBytes(5_000))
    const state = await volumes.state(hostRef, there, {})
    expect(state).toMatchObject({ sizeBytes: MIB, version: expect.stringMatching(/^[\w.-]{1,200}$/) })
    const { channel, ...opened } = await volumes.download(hostRef, there, 0, {})
    channel.close()
    expect(opened).toEqual(state)
    await download(site, there, 1_000)
    expect(await volumes.state(hostRef, there, {})).toEqual(state)
    await upload(site, there, 5_000, someBytes(1))
    const { version } = await volumes.state(hostRef, there, {})
    expect(version).not.toBe(state.version)
    await volumes.remove(hostRef, there, {})
    await failure(volumes.state(hostRef, there, {}), 'not-found', 'volume.not-found')
    await volumes.create(hostRef, there, raw(MIB), {})
    await upload(site, there, 0, someBytes(6_000).toReversed())
    expect([state.version, version]).not.toContain((await volumes.state(hostRef, there, {})).version)
    await volumes.remove(hostRef, there, {})
  })

  test('a copy has the content of its original, and more room if that is asked for', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, place } = site
    const from = place(fresh('from'))
    const copy = place(fresh('copy'))
    await volumes.create(hostRef, from, raw(2 * MIB), {})
    await upload(site, from, 0, someBytes(30_000))
    await volumes.create(hostRef, copy, { kind: 'copy', format: 'raw', from, capacityBytes: 3 * MIB }, {})
    expect(await volumes.find(hostRef, copy, {})).toMatchObject({ format: 'raw', capacityBytes: 3 * MIB, isWhole: true, backingPath: null })
    const content = await download(site, copy)
    expect(content.length).toBe(3 * MIB)
    expect(content.subarray(0, 30_000)).toEqual(Buffer.from(someBytes(30_000)))
    await volumes.remove(hostRef, from, {})
    expect(await volumes.find(hostRef, copy, {})).toMatchObject({ isWhole: true })
  })

  test('a copy can be of another format', async () => {
    const { hostRef, volumes, fresh, place } = await setUpPools(makeFixture)
    const from = place(fresh('from'))
    const copy = place(fresh('copy'))
    await volumes.create(hostRef, from, raw(4 * MIB), {})
    await volumes.create(hostRef, copy, { kind: 'copy', format: 'qcow2', from, capacityBytes: null }, {})
    expect(await volumes.find(hostRef, copy, {})).toMatchObject({ format: 'qcow2', capacityBytes: 4 * MIB, isWhole: true })
  })

  test('an image that is uploaded is known for what it is', async () => {
    const site = await setUpPools(makeFixture)
    const { hostRef, volumes, fresh, place } = site
    const there = place(`${fresh('image')}.iso`)
    const image = new Uint8Array(65_536)
    // ISO 9660: a primary volume descriptor in sector 16, and where the descriptors end
    image.set([1, ...Buffer.from('CD001'), 1], 32_768)
    image.set([255, ...Buffer.from('CD001'), 1], 34_816)
    await volumes.create(hostRef, there, raw(image.length), {})
    await upload(site, there, 0, image)
    expect(await volumes.find(hostRef, there, {})).toMatchObject({ format: 'iso', capacityBytes: image.length })
  })
}
