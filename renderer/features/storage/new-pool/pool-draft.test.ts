import { expect, test } from 'vitest'
import { POOL_TYPES, type PoolSource, type PoolType } from '../../../../shared/model/index.ts'
import { EMPTY_DRAFT, judge, proposedName, proposedPath, withSource } from './pool-draft.ts'

const NONE: ReadonlySet<string> = new Set()

test('a folder is proposed whole; the name follows the path, and a taken one gets a number', () => {
  const { spec, problems } = judge(EMPTY_DRAFT, NONE)
  expect(problems.size).toBe(0)
  expect(spec).toMatchObject({ name: 'images', source: { type: 'dir', path: '/srv/images' }, autostart: true, build: false })
  expect(proposedName({ ...EMPTY_DRAFT, path: '/data/vm disks' }, NONE)).toBe('vm-disks')
  expect(proposedName(EMPTY_DRAFT, new Set(['images', 'images-2']))).toBe('images-3')
  expect(proposedPath({ ...EMPTY_DRAFT, name: 'iso' })).toBe('/srv/iso')
  expect(proposedPath({ ...EMPTY_DRAFT, type: 'netfs', exportPath: '/export/vm' })).toBe('/var/lib/libvirt/mounts/vm')
})

test('of every type an empty form says which fields are missing, and what the host found fills them', () => {
  const found: Readonly<Record<PoolType, PoolSource>> = {
    dir: { type: 'dir', path: '/srv/a' },
    netfs: { type: 'netfs', host: 'nas-1', exportPath: '/export/vm', format: 'nfs', path: '/mnt/vm' },
    logical: { type: 'logical', group: 'vg0', devices: [] },
    disk: { type: 'disk', device: '/dev/sdb', label: 'gpt' },
    iscsi: { type: 'iscsi', host: 'san-1', target: 'iqn.2026-01.eu.kestrel:db0' },
    rbd: { type: 'rbd', monitors: ['mon-1', 'mon-2'], pool: 'vm' },
    zfs: { type: 'zfs', pool: 'tank', devices: [] },
    scsi: { type: 'scsi', adapter: 'host2' },
  }
  const missing = Object.fromEntries(
    POOL_TYPES.map((type) => [type, [...judge({ ...EMPTY_DRAFT, type }, NONE).problems.keys()].toSorted()]),
  )
  expect(missing).toEqual({
    dir: [],
    netfs: ['exportPath', 'server'],
    logical: ['group'],
    disk: ['device'],
    iscsi: ['server', 'target'],
    rbd: ['cephPool', 'monitors'],
    zfs: ['zpool'],
    scsi: ['adapter'],
  })
  for (const type of POOL_TYPES) {
    const { spec, problems } = judge(withSource({ ...EMPTY_DRAFT, type }, found[type]), NONE)
    expect([...problems]).toEqual([])
    expect(spec?.source.type).toBe(type)
  }
})

test('a volume group that is to be made needs devices, and only then are they sent', () => {
  const draft = { ...EMPTY_DRAFT, type: 'logical', group: 'vg0', devices: '/dev/sdb, /dev/sdc' } as const
  expect(judge(draft, NONE).spec?.source).toEqual({ type: 'logical', group: 'vg0', devices: [] })
  expect(judge({ ...draft, build: true }, NONE).spec?.source).toEqual({ type: 'logical', group: 'vg0', devices: ['/dev/sdb', '/dev/sdc'] })
  expect(judge({ ...draft, build: true, devices: '' }, NONE).problems.get('devices')).toBe('missing')
  expect(judge({ ...draft, overwrite: true }, NONE).spec?.overwrite).toBe(false)
})

test('what is no path, no name or taken is told at its field', () => {
  expect(judge({ ...EMPTY_DRAFT, path: 'srv' }, NONE).problems.get('path')).toBe('not-a-path')
  expect(judge({ ...EMPTY_DRAFT, name: 'a/b' }, NONE).problems.get('name')).toBe('not-a-pool-name')
  expect(judge({ ...EMPTY_DRAFT, name: 'default' }, new Set(['default'])).problems.get('name')).toBe('taken')
  expect(judge({ ...EMPTY_DRAFT, type: 'iscsi', server: 'a b', target: 'iqn' }, NONE).problems.get('server')).toBe('not-a-host-name')
})
