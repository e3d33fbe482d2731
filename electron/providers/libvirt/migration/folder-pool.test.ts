import { beforeEach, expect, test } from 'vitest'
import { FolderPools } from './folder-pool.ts'
import type { MigrationContext } from './migration-context.ts'

const FOLDER = '/var/lib/libvirt/qemu/nvram'
/** Active pools of a host, by name, with their folders; it refuses two over one. */
let host: Map<string, string>
let pools: FolderPools

beforeEach(() => {
  host = new Map([['default', '/var/lib/libvirt/images']])
  pools = new FolderPools()
})

const xmlOf = (name: string) => `<pool type='dir'><name>${name}</name><target><path>${host.get(name)}</path></target></pool>`

const CALLS: Readonly<
  Record<string, (args: { readonly pool: { readonly name: string }; readonly name: string; readonly xml: string }) => unknown>
> = {
  connectListAllStoragePools: () => ({ pools: [...host.keys()].map((name) => ({ name, uuid: name })) }),
  storagePoolGetXmlDesc: ({ pool }) => ({ xml: xmlOf(pool.name) }),
  storagePoolGetInfo: () => ({ state: 2, capacity: 1n, allocation: 1n, available: 1n }),
  storagePoolIsPersistent: () => ({ persistent: 1 }),
  storagePoolGetAutostart: () => ({ autostart: 0 }),
  storagePoolCreateXml: ({ xml }) => {
    const [, name = '', path = ''] = /<name>(.+)<\/name>.*<path>(.+)<\/path>/.exec(xml) ?? []
    if ([...host.values()].includes(path)) throw new Error('Storage source conflict')
    if (host.has(name)) throw new Error('pool already exists')
    host.set(name, path)
    return {}
  },
  storagePoolLookupByName: ({ name }) => ({ pool: { name, uuid: name } }),
  storagePoolDestroy: ({ pool }) => void host.delete(pool.name),
}

const context = {
  host: { call: async (procedure: string, args: never) => CALLS[procedure]?.(args) },
  work: { signal: new AbortController().signal, changing: () => {} },
} as unknown as MigrationContext

test('a folder is a pool until the last one closes it', async () => {
  const both = await Promise.all([pools.open(context, FOLDER), pools.open(context, `${FOLDER}/`)])
  expect(both).toEqual([0, 1].map(() => ({ pool: 'novacron-nvram', isOwn: true })))
  await pools.close(context, 'novacron-nvram')
  expect(host.get('novacron-nvram')).toBe(FOLDER)
  await pools.close(context, 'novacron-nvram')
  expect([...host.keys()]).toEqual(['default'])
})

test('who comes while it is being closed gets one that stays', async () => {
  await pools.open(context, FOLDER)
  const [, { pool }] = await Promise.all([pools.close(context, 'novacron-nvram'), pools.open(context, FOLDER)])
  expect(host.get(pool)).toBe(FOLDER)
})

test('two folders of the same name are two pools', async () => {
  const [one, other] = await Promise.all([pools.open(context, '/vm/web/nvram'), pools.open(context, '/vm/db/nvram')])
  expect([one, other].map(({ pool, isOwn }) => [host.get(pool), isOwn])).toEqual([
    ['/vm/web/nvram', true],
    ['/vm/db/nvram', true],
  ])
  await pools.close(context, one.pool)
  expect([...host.values()]).toEqual(['/var/lib/libvirt/images', '/vm/db/nvram'])
})

test('a pool that somebody has made over it is used, and is not ours to close', async () => {
  host.set('mine', FOLDER)
  expect(await pools.open(context, FOLDER)).toEqual({ pool: 'mine', isOwn: false })
})

test('one that a killed console has left is taken over', async () => {
  host.set('novacron-nvram', FOLDER)
  expect(await pools.open(context, FOLDER)).toEqual({ pool: 'novacron-nvram', isOwn: true })
  await pools.close(context, 'novacron-nvram')
  expect([...host.keys()]).toEqual(['default'])
})

test('one that could not be made keeps nobody from the next', async () => {
  await expect(
    pools.open({ ...context, host: { call: () => Promise.reject(new Error('gone')) } } as unknown as MigrationContext, FOLDER),
  ).rejects.toThrow('gone')
  expect(await pools.open(context, FOLDER)).toMatchObject({ isOwn: true })
})
