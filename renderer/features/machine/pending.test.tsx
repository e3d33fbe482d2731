import { expect, test } from 'vitest'
import { changeOf, tagsOf } from './metadata-change.ts'
import { pendingChanges } from './pending.ts'

const definition = (vcpus: number, disks: string, runtime = '') => `<domain type="kvm"${runtime}>
  <memory unit="KiB">1048576</memory><vcpu>${vcpus}</vcpu><os><boot dev="hd"/></os>
  <devices>${disks}<interface type="network"><mac address="52:54:00:00:00:01"/><source network="default"/><model type="virtio"/></interface></devices>
</domain>`
const VDA = '<disk><source file="/a.img"/><target dev="vda" bus="virtio"/></disk>'

test('what libvirt itself adds to a running definition is no change', () => {
  const running = definition(2, VDA.replace('</disk>', '<alias name="virtio-disk0"/></disk>'), ' id="7"')
  expect(pendingChanges(running, definition(2, VDA))).toEqual([])
})

test('processors, buses and new disks wait for the next start', () => {
  const next = definition(4, VDA.replace('virtio', 'scsi') + VDA.replace('vda', 'vdb').replace('/a', '/b'))
  expect(pendingChanges(definition(2, VDA), next)).toEqual([
    { what: 'vcpu', name: '', now: '2', next: '4' },
    { what: 'disk', name: 'vda', now: 'virtio, /a.img', next: 'scsi, /a.img' },
    { what: 'disk', name: 'vdb', now: '', next: 'virtio, /b.img' },
  ])
})

test('a text that is no definition tells nothing', () => {
  expect(pendingChanges('<domain', definition(2, VDA))).toEqual([])
  expect(pendingChanges(definition(2, VDA), null)).toEqual([])
})

test('only what was changed here is sent', () => {
  const before = { title: 'Shop', description: '', notes: 'old', tags: 'prod, web' }
  expect(changeOf(before, { ...before })).toBeNull()
  expect(changeOf(before, { title: ' ', description: 'New', notes: 'old', tags: 'web, web, db' })).toEqual({
    action: 'setMetadata',
    title: null,
    description: 'New',
    addTags: ['db'],
    removeTags: ['prod'],
  })
  expect(tagsOf(' a, b\na ,, ')).toEqual(['a', 'b'])
})
