import { expect, test } from 'vitest'
import { NamedPaths } from './named-paths.ts'

function namedBy(...definitions: readonly string[]): NamedPaths {
  const named = new NamedPaths()
  for (const xml of definitions) named.addDefinition(xml, 'web')
  return named
}

test('whatever looks like a path counts, wherever it stands', () => {
  const named = namedBy(`<domain>
    <os><loader>/fw/code.fd</loader><nvram template='/fw/vars.fd'>/p/a_VARS.fd</nvram><kernel>/p/vmlinuz</kernel><initrd>/p/initrd</initrd></os>
    <devices>
      <disk type='file' device='cdrom'><source file='/p/cd.iso'/></disk>
      <disk type='block'><source dev='/dev/vg0/lv1'/></disk>
      <disk type='file'><source file='/p//sub/../top.qcow2'><x new='/p/unheard-of'/></source>
        <backingStore type='file'><source file='/p/base.qcow2'/><backingStore/></backingStore></disk>
    </devices></domain>`)
  for (const path of [
    '/p/a_VARS.fd',
    '/fw/vars.fd',
    '/p/vmlinuz',
    '/p/initrd',
    '/p/cd.iso',
    '/dev/vg0/lv1',
    '/p/top.qcow2',
    '/p/unheard-of',
    '/p/base.qcow2',
  ])
    expect(named.names('p', 'x', path)).toBe(true)
  expect(named.names('p', 'x', '/p/other.qcow2')).toBe(false)
})

test('a volume may be named by its pool, and one of Ceph by its name there', () => {
  const named = namedBy(
    "<domain><devices><disk type='volume'><source pool='images' volume='a.img'/></disk><disk type='network'><source protocol='rbd' name='rbd/web'/></disk></devices></domain>",
  )
  expect(named.names('images', 'a.img', '/anywhere/a.img')).toBe(true)
  expect(named.names('other', 'a.img', '/anywhere/a.img')).toBe(false)
  expect(named.names('ceph', 'web', 'rbd/web')).toBe(true)
})

test('everything in a folder that a guest is given is in use', () => {
  const named = namedBy(
    "<domain><devices><filesystem type='mount'><source dir='/p/shared'/><target dir='x'/></filesystem></devices></domain>",
  )
  expect(named.names('p', 'f', '/p/shared/deep/f')).toBe(true)
  expect(named.names('p', 'f', '/p/shared-not/f')).toBe(false)
})

test('a snapshot names its memory file, its overlays and the disks of the definition within', () => {
  const named = namedBy(`<domainsnapshot><memory snapshot='external' file='/p/mem'/>
    <disks><disk name='vda' snapshot='external'><driver type='qcow2'/><source file='/p/over'/></disk></disks>
    <domain><devices><disk type='file'><driver type='qcow2'/><source file='/p/before'/></disk></devices></domain></domainsnapshot>`)
  for (const path of ['/p/mem', '/p/over', '/p/before']) expect(named.names('p', 'x', path)).toBe(true)
  expect([...named.images].sort()).toEqual(['/p/before', '/p/over'])
})

test('images are looked into unless they are raw, or run and have said what is beneath them', () => {
  const disk = (file: string, more: string) => `<disk type='file'>${more}<source file='${file}'/></disk>`
  const named = namedBy(`<domain><devices>
    ${disk('/raw', "<driver type='raw'/>")}${disk('/unknown', '')}${disk('/off', "<driver type='qcow2'/>")}
    ${disk('/runs', "<driver type='qcow2'/><backingStore/>")}<disk type='file' device='cdrom'/></devices></domain>`)
  expect([...named.images].sort()).toEqual(['/off', '/unknown'])
})
