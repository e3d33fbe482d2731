import { expect, test } from 'vitest'
import { AppError } from '../../../../shared/errors/index.ts'
import type { HostShell } from '../host-shell.ts'
import { readVolumeXml } from '../volumes/volume-xml.ts'
import { claimsOf, type PoolSource } from './host-claims.ts'
import { Mounts } from './mounts.ts'
import { NamedPaths } from './named-paths.ts'
import type { StorageContext } from './storage-context.ts'

const MOUNTS = new Mounts(
  ['1 0 0:1 / / rw - ext4 /dev/vda1 rw', '2 1 0:2 / /mnt/own rw - nfs4 nas-2:/own rw', '3 1 0:3 / /mnt/pool rw - nfs4 nas-1:/vm rw'].join(
    '\n',
  ),
)
const SOURCES = new Map<string, PoolSource>([
  ['share', { type: 'netfs', target: '/mnt/pool', folder: '/mnt/pool', shared: { kind: 'files', servers: ['nas-1'], path: '/vm' } }],
  ['san', { type: 'iscsi', target: '/dev/disk/by-path', folder: null, shared: { kind: 'lun', servers: [], path: '/' } }],
  ['folder', { type: 'dir', target: '/mnt/own', folder: '/mnt/own', shared: null }],
  ['local', { type: 'dir', target: '/srv/local', folder: '/srv/local', shared: null }],
])
const LUN = { pool: { name: 'san', uuid: 'u' }, vol: { pool: 'san', name: 'unit:0:0:1', key: '3600a0b' } }
const VOLUMES = [
  { ...LUN, facts: readVolumeXml('<volume><name>unit:0:0:1</name><target><path>/dev/disk/by-path/lun-1</path></target></volume>') },
]

/** `/alias` leads to the share of the host's own. */
const shell: HostShell = {
  run: async (argv) => ({
    code: 0,
    stderr: '',
    stdout: argv
      .slice(4)
      .map((path) => path.replace(/^\/alias/, '/mnt/own'))
      .join('\0'),
  }),
}

async function claimed(devices: string, more: { readonly shell?: HostShell | null; readonly mounts?: Mounts | null } = {}) {
  const named = new NamedPaths()
  named.addDefinition(`<domain><devices>${devices}</devices></domain>`, 'web')
  const context = { shell: more.shell === undefined ? shell : more.shell, work: { signal: new AbortController().signal } }
  const mounts = more.mounts === undefined ? MOUNTS : more.mounts
  const { shared, unplaced } = await claimsOf(context as StorageContext, { named, volumes: VOLUMES, sources: SOURCES, mounts })
  expect([...shared, ...unplaced].every(({ by }) => by.includes('web'))).toBe(true)
  return {
    shared: shared.map(({ place: { kind, servers, path } }) => `${kind} ${servers.join(',')} ${path}`),
    unplaced: unplaced.map(({ path }) => path),
  }
}
const disk = (source: string) => `<disk><source ${source}/></disk>`

test.each([
  ['a path in a pool', disk("file='/mnt/pool/a'"), 'files nas-1 /vm/a'],
  ['a volume of a pool', disk("pool='share' volume='b'"), 'files nas-1 /vm/b'],
  ['a LUN by its pool', disk("pool='san' volume='unit:0:0:1'"), 'lun  /3600a0b'],
  ['a LUN by its path', disk("dev='/dev/disk/by-path/lun-1'"), 'lun  /3600a0b'],
  ['a path on a mount of the host’s own', disk("file='/mnt/own/c'"), 'files nas-2 /own/c'],
  ['a path that leads there', disk("file='/alias/c'"), 'files nas-2 /own/c'],
  ['a volume of a folder that is such a mount', disk("pool='folder' volume='d'"), 'files nas-2 /own/d'],
  ['a folder that a guest is given', "<filesystem><source dir='/mnt/pool/sub'/></filesystem>", 'files nas-1 /vm/sub/'],
  ['a folder above a pool', "<filesystem><source dir='/mnt'/></filesystem>", 'files nas-1 /vm/'],
  ['an image of Ceph', "<disk><source protocol='rbd' name='vms/web'><host name='MON'/></source></disk>", 'rbd mon /vms/web'],
  ['a file over NFS by QEMU itself', "<disk><source protocol='nfs' name='/vm/e'><host name='nas-1'/></source></disk>", 'files nas-1 /vm/e'],
])('%s is claimed where it lies', async (_what, devices, place) => {
  expect((await claimed(devices)).shared).toContain(place)
})

test('what is on the host’s own disks is nobody else’s', async () => {
  expect(await claimed(disk("file='/srv/local/a'") + disk("pool='local' volume='b'"))).toEqual({ shared: [], unplaced: [] })
})

test('without programs on the host a path may lead anywhere, but for what its pools say', async () => {
  const forbidden: HostShell = {
    run: () => Promise.reject(new AppError({ kind: 'forbidden', code: 'x', message: 'no', cause: new Error('other') })),
  }
  const devices = disk("file='/mnt/pool/a'") + disk("file='/srv/local/b'")
  expect(await claimed(devices, { shell: null, mounts: null })).toEqual({ shared: ['files nas-1 /vm/a'], unplaced: ['/srv/local/b'] })
  await expect(claimed(devices, { shell: forbidden })).rejects.toMatchObject({ code: 'x' })
})

test('a device of a name that other hosts may have counts by it, even where nothing is mounted from elsewhere', async () => {
  const own = new Mounts('1 0 0:1 / / rw - ext4 /dev/vda1 rw')
  const devices = disk("dev='/dev/mapper/mpatha'") + disk("file='/srv/local/b'")
  expect(await claimed(devices, { mounts: own })).toEqual({ shared: [], unplaced: ['/dev/mapper/mpatha'] })
})
