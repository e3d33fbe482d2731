import { expect, test } from 'vitest'
import { AppError } from '../../../shared/errors/index.ts'
import type { PoolId } from '../../../shared/model/index.ts'
import type { VolumeKeeper } from '../../providers/provider.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { DownloadFile } from './download-file.ts'
import { DownloadLinks } from './download-links.ts'

const SIZE = 10
const SIGNAL = new AbortController().signal
const lost = () => new AppError({ kind: 'unreachable', code: 'libvirt.connection-lost', message: 'lost' })
const refused = () => new AppError({ kind: 'precondition', code: 'volume.pool-off', message: 'off' })

/** A volume of ten bytes, given two at a time. */
function setUp(bytes = Buffer.from('0123456789')) {
  const clock = new FakeClock()
  const it = {
    bytes,
    version: 'v1' as string | null,
    /** Reads that fail, by the byte they would begin with. */
    breaks: new Map<number, () => AppError>(),
    isOnline: true,
    opened: [] as number[],
    closed: 0,
    onOpened: () => {},
  }
  const state = () => ({ sizeBytes: it.bytes.length, version: it.version, modifiedAtMs: null })
  const volumes = {
    state: async () => state(),
    download: async (_host: string, _place: unknown, offset: number) => {
      it.opened.push(offset)
      const before = state()
      it.onOpened()
      let at = offset
      const read = async () => {
        const broken = it.breaks.get(at)
        it.breaks.delete(at)
        if (broken) throw broken()
        const piece = it.bytes.subarray(at, at + 2)
        at += piece.length
        return piece.length === 0 ? null : piece
      }
      return { ...before, channel: { read, write: async () => {}, close: () => (it.closed += 1) } }
    },
  } as unknown as VolumeKeeper
  const known: Record<string, unknown> = {
    pool: { name: 'default', hostId: 'h' },
    host: { connectionId: 'c', name: 'a', nativeRef: 'host' },
  }
  const file = new DownloadFile(
    { poolId: 'p' as PoolId, name: 'disk.img' },
    {
      clock,
      inventory: { get: (entity: string) => known[entity], all: () => [] } as never,
      links: { current: () => (it.isOnline ? ({ volumes } as never) : undefined), onChange: () => () => {} },
    },
  )
  async function all(offset: number, version: string | null, length: number | null = null) {
    const { channel } = await file.open({ offset, length, version }, SIGNAL)
    let text = ''
    for (let piece = await channel.read(); piece !== null; piece = await channel.read()) text += Buffer.from(piece).toString()
    return text
  }
  return { it, file, clock, all }
}

test('all of it, the rest of it, a part of it', async () => {
  const { it, all } = setUp()
  expect(await all(0, null)).toBe('0123456789')
  expect(await all(3, 'v1')).toBe('3456789')
  expect(await all(3, 'v1', 4)).toBe('3456')
  expect(await all(SIZE, 'v1')).toBe('')
  expect(it.closed).toBe(4)
})

test('a host that is lost in the middle is waited for, and the rest comes', async () => {
  const { it, all, clock } = setUp()
  it.breaks.set(4, () => {
    it.isOnline = false
    return lost()
  })
  const reading = all(0, null)
  await clock.advance(5_000)
  expect(it.opened).toEqual([0])
  it.isOnline = true
  await clock.advance(1_000)
  expect(await reading).toBe('0123456789')
  expect(it.opened).toEqual([0, 4])
})

test('one that stays away is given up', async () => {
  const { it, all, clock } = setUp()
  it.breaks.set(4, () => {
    it.isOnline = false
    return lost()
  })
  const failed = all(0, null).catch((thrown: unknown) => thrown)
  await clock.advance(6 * 60_000)
  expect(await failed).toMatchObject({ code: 'link.not-live' })
})

test('what was changed while the host was away is not joined', async () => {
  const { it, all } = setUp()
  it.breaks.set(4, () => {
    it.version = 'v2'
    return lost()
  })
  await expect(all(0, null)).rejects.toMatchObject({ kind: 'conflict', code: 'volume.changed' })
})

test('the rest of another version is refused at once, also when it becomes one as it is opened', async () => {
  const { it, all } = setUp()
  await expect(all(4, 'v0')).rejects.toMatchObject({ code: 'volume.changed', details: { volume: 'disk.img' } })
  it.onOpened = () => {
    it.version = 'v2'
  }
  await expect(all(4, 'v1')).rejects.toMatchObject({ code: 'volume.changed' })
  expect(it.closed).toBe(2)
})

test('the end of a rest that was changed while it was read is not given', async () => {
  const { it, file } = setUp()
  const { channel } = await file.open({ offset: 6, length: null, version: 'v1' }, SIGNAL)
  expect(Buffer.from((await channel.read()) ?? []).toString()).toBe('67')
  it.version = 'v2'
  await expect(channel.read()).rejects.toMatchObject({ code: 'volume.changed' })
  // one read in one go is what was asked for, whoever writes to it
  const { channel: whole } = await file.open({ offset: 8, length: null, version: null }, SIGNAL)
  it.version = 'v3'
  expect(Buffer.from((await whole.read()) ?? []).toString()).toBe('89')
})

test('where nobody can tell whether it was changed, and where the host says no, it ends', async () => {
  const { it, all } = setUp()
  it.breaks.set(4, refused)
  await expect(all(0, null)).rejects.toMatchObject({ code: 'volume.pool-off' })
  it.version = null
  it.breaks.set(4, lost)
  await expect(all(0, null)).rejects.toMatchObject({ code: 'libvirt.connection-lost' })
})

test('one that nobody wants any more asks for nothing', async () => {
  const { it, file, clock } = setUp()
  it.breaks.set(0, () => {
    it.isOnline = false
    return lost()
  })
  const { channel } = await file.open({ offset: 0, length: null, version: null }, SIGNAL)
  const reading = channel.read()
  await clock.advance(2_000)
  channel.close()
  it.isOnline = true
  expect(await reading).toBeNull()
  expect(it.opened).toEqual([0])
})

test('a link is kept for a day after it was last asked for, and the oldest goes when there are too many', () => {
  const { file, clock } = setUp()
  const links = new DownloadLinks(clock)
  links.add('one', { file, version: 'v1' })
  clock.sleep(20 * 3_600_000)
  expect(links.find('one')).toMatchObject({ version: 'v1' })
  clock.sleep(20 * 3_600_000)
  expect(links.find('one')).not.toBeNull()
  clock.sleep(25 * 3_600_000)
  expect(links.find('one')).toBeNull()
  for (let at = 0; at <= 1_000; at += 1) links.add(`t${at}`, { file, version: null })
  expect(links.find('t0')).toBeNull()
  expect(links.find('t1')).not.toBeNull()
})
