import { expect, test } from 'vitest'
import { sameDevices } from './device-names.ts'
import type { HostShell } from './host-shell.ts'

const { signal } = new AbortController()
/** As readlink would: what it does not know is itself. */
const shellWith = (links: Readonly<Record<string, string>>): HostShell => ({
  run: async (argv) => ({
    code: 0,
    stdout: argv
      .slice(4)
      .map((path) => `${links[path] ?? path}\0`)
      .join(''),
    stderr: '',
  }),
})

test('a device is known by whatever name a machine has for it', async () => {
  const shell = shellWith({ '/dev/vg/a': '/dev/dm-1', '/dev/vg/b': '/dev/dm-2', '/dev/mapper/vg-a': '/dev/dm-1' })
  const names = ['/dev/mapper/vg-a', '/dev/vg/b', '/dev/sda', '/srv/x.img']
  expect(await sameDevices(shell, names, ['/dev/vg/a', '/dev/vg/b'], signal)).toEqual(new Map([['/dev/mapper/vg-a', '/dev/vg/a']]))
})

test('without a shell it cannot be told, unless there is nothing to tell', async () => {
  expect(await sameDevices(null, ['/dev/mapper/vg-a'], ['/dev/vg/a'], signal)).toBeNull()
  expect(await sameDevices(null, ['/srv/x.img', '/dev/vg/a'], ['/dev/vg/a'], signal)).toEqual(new Map())
  expect(await sameDevices(null, ['/dev/sda'], [], signal)).toEqual(new Map())
})
