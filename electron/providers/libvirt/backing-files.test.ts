import { expect, test } from 'vitest'
import { LibvirtError, type LibvirtHost, type StorageVolRef } from '../../libvirt/index.ts'
import { BackingFiles } from './backing-files.ts'
import { VIR_ERR } from './problems.ts'

type Pools = Record<string, Record<string, string | null | Error>>

/** Pools whose volumes stand on a path, on nothing, or cannot be read. */
function hostWith(pools: Pools) {
  const calls: string[] = []
  const pool = (name: string) => ({ name, uuid: name })
  const answers: Record<string, (args: { pool?: { name: string }; vol?: StorageVolRef }) => unknown> = {
    connectListAllStoragePools: () => ({ pools: Object.keys(pools).map(pool) }),
    storagePoolListAllVolumes: ({ pool: of }) => {
      const volumes = pools[of?.name ?? ''] ?? {}
      if (volumes['*'] instanceof Error) throw volumes['*']
      return { vols: Object.keys(volumes).map((name) => ({ pool: of?.name ?? '', name, key: name })) }
    },
    storageVolGetXmlDesc: ({ vol }) => {
      const below = pools[vol?.pool ?? '']?.[vol?.name ?? '']
      if (below instanceof Error) throw below
      return { xml: `<volume>${below ? `<backingStore><path>${below}</path></backingStore>` : ''}</volume>` }
    },
  }
  let nowMs = 1_000
  let slowMs = 0
  const call = async (name: string, args: object) => {
    calls.push(name)
    if (name === 'storageVolGetXmlDesc') nowMs += slowMs
    return answers[name]?.(args)
  }
  const clock = { nowMs: () => nowMs, after: () => () => undefined, random: () => 0.5 }
  const host = { call } as unknown as Pick<LibvirtHost, 'call'>
  const reads = () => calls.filter((name) => name === 'storageVolGetXmlDesc').length
  return { options: { host, clock }, calls, reads, pass: (ms: number) => (nowMs += ms), slow: (ms: number) => (slowMs = ms) }
}

const failed = (number: number, message: string) =>
  new LibvirtError('remote-failure', 'libvirt.test', message, {
    remote: { number, domain: 18, level: 2, str1: null, str2: null, str3: null, int1: 0, int2: 0 },
  })
const base = { pool: 'default', name: 'base', key: 'base' }

test('overlays are found in every pool, and named with it where it is another', async () => {
  const { options } = hostWith({ default: { base: null, a: '/images/base' }, fast: { b: '/images/base', c: '/images/other' } })
  expect(await new BackingFiles(options).builtOn(base, '/images/base')).toEqual({ overlays: ['a', 'fast/b'], blind: null })
})

test.each([
  ['a volume that cannot be read', { default: { base: null }, fast: { b: failed(VIR_ERR.operationFailed, 'no access') } }, 'no access'],
  [
    'a pool that cannot be listed',
    { default: { base: null }, fast: { '*': failed(VIR_ERR.operationFailed, 'stale handle') } },
    'pool fast',
  ],
] as const)('%s is told: what is built on an image is not known then', async (_what, pools, reason) => {
  const { options } = hostWith(pools)
  const { overlays, blind } = await new BackingFiles(options).builtOn(base, '/images/base')
  expect(overlays).toEqual([])
  expect(blind).toContain(reason)
})

test('more volumes than can be looked at are told', async () => {
  const { options } = hostWith({ default: { base: null, a: null, z: '/images/base' } })
  const { blind } = await new BackingFiles({ ...options, maxVolumes: 2 }).builtOn(base, '/images/base')
  expect(blind).toBe('the host has 3 volumes, and only 2 are looked at.')
})

test('a volume deleted while it is read is none', async () => {
  const { options } = hostWith({ default: { base: null, gone: failed(VIR_ERR.noStorageVolume, 'gone') } })
  expect(await new BackingFiles(options).builtOn(base, '/images/base')).toEqual({ overlays: [], blind: null })
})

test('volumes are listed for each question and read again after a while', async () => {
  const pools: Pools = { default: { base: null, a: null } }
  const { options, reads, pass } = hostWith(pools)
  const backing = new BackingFiles(options)
  await backing.builtOn(base, '/images/base')
  Object.assign(pools.default ?? {}, { b: '/images/base' })
  expect((await backing.builtOn(base, '/images/base')).overlays).toEqual(['b'])
  expect(reads()).toBe(3)
  Object.assign(pools.default ?? {}, { a: '/images/base' })
  pass(10_000)
  expect((await backing.builtOn(base, '/images/base')).overlays).toEqual(['a', 'b'])
})

test('where reading takes long it is not all that a bulk does', async () => {
  const { options, reads, pass, slow } = hostWith({ default: { base: null, a: null } })
  const backing = new BackingFiles(options)
  slow(4_000)
  await backing.builtOn(base, '/images/base')
  slow(0)
  pass(20_000)
  await backing.builtOn(base, '/images/base')
  expect(reads()).toBe(2)
  pass(15_000)
  await backing.builtOn(base, '/images/base')
  expect(reads()).toBe(4)
})

test('who asks while a look is under way gets the next one, shared with others', async () => {
  const { options, calls } = hostWith({ default: { base: null } })
  const backing = new BackingFiles(options)
  await Promise.all(Array.from({ length: 10 }, () => backing.builtOn(base, '/images/base')))
  const first = backing.builtOn(base, '/images/base')
  await Promise.resolve()
  await Promise.all([first, ...Array.from({ length: 10 }, () => backing.builtOn(base, '/images/base'))])
  expect(calls.filter((name) => name === 'connectListAllStoragePools')).toHaveLength(3)
})

test('all of them by their paths, read again at once when somebody has moved them', async () => {
  const pools: Pools = { default: { base: null, a: '/images/base' }, fast: { b: null } }
  const { options, reads, pass } = hostWith(pools)
  const backing = new BackingFiles(options)
  expect(await backing.all()).toEqual({
    overlays: new Map([['/images/base', ['default/a']]]),
    paths: new Set(['default/base', 'default/a', 'fast/b']),
    blind: null,
  })
  Object.assign(pools.default ?? {}, { a: '/images/other' })
  expect([...(await backing.all()).overlays.keys()]).toEqual(['/images/base'])
  expect(reads()).toBe(3)
  backing.forget('fast')
  expect([...(await backing.all()).overlays.keys()]).toEqual(['/images/base'])
  expect(reads()).toBe(4)
  backing.forget()
  expect([...(await backing.all()).overlays.keys()]).toEqual(['/images/other'])
  expect(reads()).toBe(7)
  pass(60_000)
  await backing.all(300_000)
  expect(reads()).toBe(7)
  await backing.all()
  expect(reads()).toBe(10)
})

test('volumes that are forgotten by name are read again, and no others', async () => {
  const pools: Pools = { default: { base: null, a: '/images/base', b: '/images/base' } }
  const { options, reads } = hostWith(pools)
  const backing = new BackingFiles(options)
  await backing.all()
  Object.assign(pools.default ?? {}, { a: '/images/other', b: '/images/other', c: '/images/base' })
  backing.forgetVolumes([{ pool: 'default', name: 'a' }])
  // a is read again, c is new, and what is known of b is believed for as long as it was asked to
  expect((await backing.all(60_000)).overlays).toEqual(
    new Map([
      ['/images/other', ['default/a']],
      ['/images/base', ['default/b', 'default/c']],
    ]),
  )
  expect(reads()).toBe(5)
  await backing.all(60_000)
  expect(reads()).toBe(5)
})
