import { expect, test } from 'vitest'
import { parseXml } from '../../../xml/index.ts'
import { newSnapshotXml, parseSnapshot, readDescription, readSnapshot, withDescription, writeDescription } from './snapshot-xml.ts'

const NOTES = { tags: ['nightly', 'a "b"'], schedule: 's1', frozen: true }

test('what libvirt has no place for goes with the description and comes back', () => {
  for (const description of [null, 'text', 'two\n\nlines']) {
    expect(readDescription(writeDescription(description, NOTES))).toEqual({ description, notes: NOTES })
  }
  expect(writeDescription('text', { tags: [], schedule: null, frozen: null })).toBe('text')
})

test('a line that only looks like it, and a text of others, stay text', () => {
  for (const text of ['novacron: {', 'novacron: {"tags":"no"}', 'what novacron: {} is']) {
    expect(readDescription(text)).toMatchObject({ description: text, notes: { tags: [] } })
  }
  expect(readDescription(null)).toMatchObject({ description: null })
  expect(readDescription('')).toMatchObject({ description: null })
})

const XML = `<domainsnapshot>
  <name>mem</name>
  <description>hello

novacron: {"tags":["t"]}</description>
  <state>running</state>
  <parent><name>one</name></parent>
  <creationTime>1795713196</creationTime>
  <memory snapshot='external' file='/p/web.memory'/>
  <disks>
    <disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='/p/over'/></disk>
    <disk name='sda' snapshot='no'/>
  </disks>
  <domain type='qemu'><name>web</name><description>of the machine</description><devices>
    <disk type='file' device='disk'><source file='/p/base'/><target dev='vda'/></disk>
    <disk type='file' device='cdrom'><source file='/p/iso'/><target dev='sda'/></disk>
    <disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vdb'/></disk>
  </devices></domain>
</domainsnapshot>`

test('a snapshot is read with its data, its memory and the disks of its definition', () => {
  expect(readSnapshot(parseSnapshot(XML), true, ({ path, volume }) => path ?? `/volumes/${volume?.name}`)).toEqual({
    name: 'mem',
    parent: 'one',
    isCurrent: true,
    createdAtMs: 1_795_713_196_000,
    description: 'hello',
    tags: ['t'],
    scheduleId: null,
    wasFrozen: null,
    state: 'running',
    hasMemory: true,
    memoryFile: '/p/web.memory',
    disks: [
      { target: 'vda', kind: 'external', file: '/p/base', overlay: '/p/over' },
      { target: 'sda', kind: 'none', file: null, overlay: null },
    ],
    definition: [
      { target: 'vda', path: '/p/base' },
      { target: 'vdb', path: '/volumes/v' },
    ],
  })
})

test('another description changes that of the snapshot alone', () => {
  const changed = withDescription(XML, 'new & <old>')
  expect(changed).toContain('<name>mem</name>\n  <description>new &amp; &lt;old&gt;</description>')
  expect(changed).toContain('<description>of the machine</description>')
  expect(changed).not.toContain('hello')
  expect(withDescription('<domainsnapshot><name>x</name></domainsnapshot>', 'd')).toBe(
    '<domainsnapshot><description>d</description><name>x</name></domainsnapshot>',
  )
})

test('a new one covers its disks and leaves the others out', () => {
  const common = { name: `a'b`, description: 'd', targets: ['vda', 'sda'], covered: ['vda'], memoryFile: null }
  const inside = parseXml(newSnapshotXml({ ...common, overlays: null }))
  expect(inside.children.find(({ name }) => name === 'disks')?.children.map(({ attributes }) => attributes)).toEqual([
    { name: 'vda', snapshot: 'internal' },
    { name: 'sda', snapshot: 'no' },
  ])
  const overlays = [{ target: 'vda', base: '/p/b', path: '/p/o', pool: 'p', volume: 'o' }]
  const beside = newSnapshotXml({ ...common, overlays })
  expect(beside).toContain(`<memory snapshot='no'/>`)
  expect(beside).toContain(`<disk name='vda' snapshot='external' type='file'><driver type='qcow2'/><source file='/p/o'/></disk>`)
  expect(newSnapshotXml({ ...common, overlays, memoryFile: '/p/m' })).toContain(`<memory snapshot='external' file='/p/m'/>`)
})
