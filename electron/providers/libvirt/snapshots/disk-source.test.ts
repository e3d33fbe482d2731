import { expect, test } from 'vitest'
import { withDiskFiles } from './disk-source.ts'

const XML = `<domain type='qemu'>
  <metadata><x:y xmlns:x='urn:x'><disk type='file'><target dev='vda'/></disk></x:y></metadata>
  <devices>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='raw' discard='unmap'/>
      <source pool='p' volume='v'/>
      <backingStore/>
      <target dev='vda' bus='virtio'/>
    </disk>
    <disk type='file' device='disk'>
      <source file='/p/b'><seclabel model='dac' relabel='no'/></source>
      <backingStore type='file'><format type='raw'/><source file='/p/c'/><backingStore/></backingStore>
      <target dev='vdb'/>
    </disk>
  </devices>
</domain>`

test('a disk goes on in another file, without the chain that was beneath the old one, and all else stays to the byte', () => {
  const changed = withDiskFiles(XML, [{ target: 'vda', path: `/p/it's & <new>`, format: 'qcow2' }])
  expect(changed).toBe(
    XML.replace("<disk type='volume' device='disk'>", "<disk type='file' device='disk'>")
      .replace("type='raw' discard", "type='qcow2' discard")
      .replace("<source pool='p' volume='v'/>", `<source file='/p/it&apos;s &amp; &lt;new&gt;'/>`)
      .replace('<backingStore/>\n      <target dev=', '\n      <target dev='),
  )
})

test('labels of a source stay, a driver is added where there is none', () => {
  const changed = withDiskFiles(XML, [{ target: 'vdb', path: '/p/n', format: 'qcow2' }])
  expect(changed).toContain(`<source file='/p/n'><seclabel model='dac' relabel='no'/></source>`)
  expect(changed).toContain(`<driver name='qemu' type='qcow2'/>`)
  expect(changed).not.toContain('/p/c')
  expect(changed).toContain("<source pool='p' volume='v'/>")
})

test('inside a snapshot the definition is found by its path', () => {
  const snapshot = `<domainsnapshot><disks><disk name='vda'/></disks>${XML}</domainsnapshot>`
  expect(withDiskFiles(snapshot, [{ target: 'vda', path: '/p/n', format: 'raw' }], ['domain'])).toContain(`<source file='/p/n'/>`)
  expect(() => withDiskFiles(snapshot, [{ target: 'vdz', path: '/p/n', format: 'raw' }], ['domain'])).toThrow(SyntaxError)
  expect(() => withDiskFiles(snapshot, [{ target: 'vda', path: '/p/n', format: 'raw' }], ['inactiveDomain'])).toThrow(SyntaxError)
})
