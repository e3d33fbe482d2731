import { expect, test } from 'vitest'
import { mayHold, sameService } from '../../../../shared/model/index.ts'
import { parseXml } from '../../../xml/index.ts'
import { placeIn, sharedSourceOf } from './shared-pools.ts'

const source = (type: string, inner: string) =>
  sharedSourceOf(parseXml(`<pool type='${type}'><name>p</name><source>${inner}</source></pool>`))

test.each([
  ['netfs', "<host name='NAS-1'/><dir path='/export/vm/'/><format type='nfs'/>", 'files', ['nas-1'], '/export/vm'],
  ['netfs', "<host name='g1'/><dir path='volume'/><format type='glusterfs'/>", 'gluster', ['g1'], '/volume'],
  ['gluster', "<host name='g1'/><dir path='/'/><name>volume</name>", 'gluster', ['g1'], '/volume'],
  ['rbd', "<host name='mon-1'/><host name='mon-2' port='6789'/><name>vms</name>", 'rbd', ['mon-1', 'mon-2'], '/vms'],
  ['iscsi', "<host name='san'/><device path='iqn.x'/>", 'lun', [], '/'],
])('a pool of the type %s is where its source says', (type, inner, kind, servers, path) => {
  expect(source(type, inner)).toEqual({ kind, servers, path })
})

test.each(['dir', 'logical', 'disk', 'zfs', 'fs'])('a pool of the type %s is its host’s own, for all that its definition says', (type) => {
  expect(source(type, "<device path='/dev/sdb'/><name>vg0</name>")).toBeNull()
})

test('a file goes by its name in the export, a LUN by its serial number', () => {
  const files = { kind: 'files', servers: ['nas-1'], path: '/export' }
  expect(placeIn(files, { name: 'a.qcow2', key: '/mnt/a.qcow2' }).path).toBe('/export/a.qcow2')
  const luns = { kind: 'lun', servers: [], path: '/' }
  expect(placeIn(luns, { name: 'unit:0:0:1', key: '3600a0b80' }).path).toBe('/3600a0b80')
  expect(placeIn(luns, { name: 'unit:0:0:1', key: '/dev/disk/by-path/ip-10.0.0.1:3260-iscsi-iqn.x-lun-1' }).path).toBe(
    '/ip-10.0.0.1:3260-iscsi-iqn.x-lun-1',
  )
})

test('servers by other names may be the same; a pool may hold what is below it, whatever its server is called', () => {
  const at = (servers: string[], path = '/export/vm/a', kind = 'files') => ({ kind, servers, path })
  expect(sameService(at(['a', 'b']), at(['b']))).toBe('same')
  expect(sameService(at([]), at([]))).toBe('same')
  expect(sameService(at(['a']), at(['b']))).toBe('maybe')
  expect(sameService(at(['a']), at([]))).toBe('maybe')
  expect(mayHold(at(['x'], '/export'), at(['a']))).toBe(true)
  expect(mayHold(at(['x'], '/'), at(['a']))).toBe(true)
  expect(mayHold(at(['a'], '/export/v'), at(['a']))).toBe(false)
  expect(mayHold(at(['a'], '/export', 'gluster'), at(['a']))).toBe(false)
  expect(mayHold(at([], '/', 'lun'), at([], '/3600', 'lun'))).toBe(true)
})
