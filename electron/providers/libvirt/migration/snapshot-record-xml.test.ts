import { describe, expect, test } from 'vitest'
import type { SnapshotChanges } from '../../provider.ts'
import { changedFor, filesOf, isShut, withoutPasswords } from './snapshot-record-xml.ts'
import { parentsFirst } from './snapshot-records.ts'

const MAC = '52:54:00:12:34:56'
const definition = (root: string, password: string, disk = '/images/web.qcow2') => `<${root} type='kvm'>
    <name>web</name>
    <os><nvram>/nvram/web_VARS.fd</nvram></os>
    <devices>
      <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${disk}'/><target dev='vda'/></disk>
      <disk type='file' device='cdrom'><source file='/iso/dvd.iso'/><target dev='sda'/><readonly/></disk>
      <interface type='network'><mac address='${MAC}'/><source network='default'/></interface>
      <graphics type='spice' autoport='yes'/>
      <graphics type='vnc' port='-1'${password}><listen type='address'/></graphics>
    </devices>
  </${root}>`
const snapshot = (password: string, disk?: string) => `<domainsnapshot>
  <name>one &amp; only</name>
  <parent><name>base</name></parent>
  <memory snapshot='external' file='/images/web.one.mem'/>
  ${definition('domain', password, disk)}
  ${definition('inactiveDomain', password, disk)}
</domainsnapshot>`

const CHANGES: SnapshotChanges = {
  name: 'web & co',
  nics: [
    { mac: MAC.toUpperCase(), on: { kind: 'bridge', name: 'br0' } },
    { mac: '52:54:00:00:00:99', on: { kind: 'bridge', name: 'br0' } },
  ],
  files: [
    {
      target: 'vda',
      from: { pool: 'images', volume: 'web.qcow2', path: '/images/web.qcow2' },
      path: '/there/web.qcow2',
      format: 'qcow2',
    },
    { target: 'vdb', from: { pool: 'images', volume: 'data.raw', path: '/images/data.raw' }, path: '/there/data.raw', format: 'raw' },
  ],
  nvram: { from: '/nvram/web_VARS.fd', path: '/nvram/web_VARS-3fa29c.fd' },
}

describe('passwords', () => {
  const secure = snapshot(" passwd='hushhush'")

  test('are not in what is kept, and their displays are shut in place of open', () => {
    const kept = withoutPasswords(snapshot(''), secure)
    expect(kept).toBe(snapshot(" passwd=''"))
    expect([isShut(kept), isShut(secure), isShut(snapshot(''))]).toEqual([true, false, false])
  })

  test('where there are none, nothing is changed', () => {
    expect(withoutPasswords(snapshot(''), snapshot(''))).toBe(snapshot(''))
  })
})

describe('at the other host', () => {
  test('both definitions name the new disk, network, settings of UEFI and machine; what they do not have is left out', () => {
    const changed = changedFor(snapshot(''), CHANGES)
    const wanted = snapshot('', '/there/web.qcow2')
      .replaceAll('<name>web</name>', '<name>web &amp; co</name>')
      .replaceAll('/nvram/web_VARS.fd', '/nvram/web_VARS-3fa29c.fd')
      .replaceAll("<interface type='network'>", "<interface type='bridge'>")
      .replaceAll("<source network='default'/>", "<source bridge='br0'/>")
    expect(changed).toBe(wanted)
  })

  test('a disk that was another file then stays that one', () => {
    expect(changedFor(snapshot('', '/images/old.qcow2'), CHANGES)).toContain("<source file='/images/old.qcow2'/>")
  })

  test('without definitions it is as it was', () => {
    const bare = '<domainsnapshot><name>bare</name></domainsnapshot>'
    expect(changedFor(bare, CHANGES)).toBe(bare)
  })
})

test('it needs the disks of then that keep data, and its memory', () => {
  expect(new Set(filesOf(snapshot('')))).toEqual(new Set(['/images/web.qcow2', '/images/web.one.mem']))
})

describe('parents first', () => {
  const order = (...all: ReadonlyArray<readonly [name: string, parent: string | null]>) =>
    parentsFirst(all.map(([name, parent]) => ({ name, parent }))).map(({ name }) => name)

  test.each([
    [
      'a tree',
      [
        ['c', 'b'],
        ['b', 'a'],
        ['d', 'a'],
        ['a', null],
      ],
      ['a', 'b', 'd', 'c'],
    ],
    [
      'two trees',
      [
        ['b', 'a'],
        ['x', null],
        ['a', null],
      ],
      ['x', 'a', 'b'],
    ],
    [
      'a parent that nobody knows',
      [
        ['b', 'gone'],
        ['a', null],
      ],
      ['b', 'a'],
    ],
    [
      'a circle',
      [
        ['b', 'a'],
        ['a', 'b'],
      ],
      ['b', 'a'],
    ],
  ] as const)('%s', (_what, all, sorted) => expect(order(...all)).toEqual(sorted))
})
