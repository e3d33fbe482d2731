import { expect, test } from 'vitest'
import { type PoolSource, poolSpecSchema } from '../../../../shared/model/index.ts'
import { parseXml } from '../../../xml/index.ts'
import { keyOfPool, poolXml, serverXml, sourceKeyOf } from './pool-xml.ts'

const UUID = '0b4c1c0e-5d7a-4e6e-9a53-6d3a5c1f7a10'
const xmlOf = (source: PoolSource, login: Parameters<typeof poolXml>[1] = null) =>
  poolXml({ uuid: UUID, spec: poolSpecSchema.parse({ name: "o'neil & <sons>", source }) }, login)

const SOURCES: readonly PoolSource[] = [
  { type: 'dir', path: '/srv/a & b' },
  { type: 'netfs', host: 'nas-1', exportPath: '/export', format: 'nfs', path: '/mnt/images' },
  { type: 'logical', group: 'vg0', devices: ['/dev/sdb'] },
  { type: 'disk', device: '/dev/sdd', label: 'gpt' },
  { type: 'iscsi', host: 'san-1:3261', target: 'iqn.2026-01.org.example:disk1' },
  { type: 'rbd', monitors: ['mon-2:6789', 'mon-1', 'fd00::3'], pool: 'images' },
  { type: 'zfs', pool: 'tank/images', devices: [] },
  { type: 'scsi', adapter: 'host3' },
]

test.each(SOURCES.map((source) => [source.type, source] as const))(
  'a pool of the kind %s is known by its source again',
  (_type, source) => {
    expect(keyOfPool(parseXml(xmlOf(source)))).toBe(sourceKeyOf(source))
  },
)

test('pools of different things are told apart, and one folder is one however it is written', () => {
  expect(new Set(SOURCES.map(sourceKeyOf)).size).toBe(SOURCES.length)
  expect(sourceKeyOf({ type: 'dir', path: '/srv//images/' })).toBe(sourceKeyOf({ type: 'dir', path: '/srv/images' }))
  // A folder that is a mount of another pool is that folder.
  const mounted: PoolSource = { type: 'netfs', host: 'nas', exportPath: '/e', format: 'auto', path: '/srv/images' }
  expect(sourceKeyOf(mounted)).toBe(sourceKeyOf({ type: 'dir', path: '/srv/images' }))
})

test('who logs in is named, never with what', () => {
  const login = { user: 'a&b', secretUuid: UUID }
  expect(xmlOf({ type: 'iscsi', host: 'san', target: 'iqn.x' }, login)).toContain(
    `<auth type='chap' username='a&amp;b'><secret uuid='${UUID}'/></auth>`,
  )
  expect(xmlOf({ type: 'rbd', monitors: ['m'], pool: 'p' }, login)).toContain("<auth type='ceph' username='a&amp;b'>")
})

test('a server is asked at its port; an IPv6 address is none', () => {
  expect(serverXml('nas-1')).toBe("<source><host name='nas-1'/></source>")
  expect(serverXml('nas-1:2049')).toBe("<source><host name='nas-1' port='2049'/></source>")
  expect(serverXml('fd00::3')).toBe("<source><host name='fd00::3'/></source>")
})
