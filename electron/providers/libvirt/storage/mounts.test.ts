import { expect, test } from 'vitest'
import { Mounts } from './mounts.ts'

const TABLE = `22 1 0:20 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:40 / /mnt/nas rw shared:2 - nfs4 NAS-1:/export/vm rw,vers=4.2,addr=10.0.0.9
31 30 0:41 / /mnt/nas/deep\\040er rw - nfs [fd00::9]:/other rw
32 22 0:42 / /mnt/win rw - cifs //files/Share/sub rw
33 22 0:43 /a /mnt/ceph rw - ceph 10.0.0.1:6789,10.0.0.2:6789:/vms rw
34 22 0:44 / /mnt/gluster rw - fuse.glusterfs g1:/volume rw
35 22 0:45 / /mnt/cluster rw - ocfs2 /dev/mapper/san rw
36 22 0:46 / /mnt/auto rw - autofs /etc/auto.misc rw
37 22 0:47 / /mnt/hidden rw - nfs nas-2:/below rw
38 37 0:48 / /mnt/hidden rw - tmpfs none rw
not a line of the table
`

test('a host with nothing mounted from elsewhere has no path that leads there; what the kernel has for itself does not count', () => {
  const own = ['22 1 0:20 / / rw - ext4 /dev/vda1 rw', '23 22 0:5 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw']
  expect(new Mounts(own.join('\n')).hasRemote).toBe(false)
  expect(new Mounts([...own, '24 22 0:6 / /mnt rw - nfs4 nas:/vm rw'].join('\n')).hasRemote).toBe(true)
  expect(new Mounts([...own, '24 22 0:6 / /net rw - autofs -hosts rw'].join('\n')).hasRemote).toBe(true)
})

test.each([
  ['/var/lib/libvirt/images/a', null],
  ['/mnt/nas/a.qcow2', { kind: 'files', servers: ['nas-1'], path: '/export/vm/a.qcow2' }],
  ['/mnt/nas-not/a.qcow2', null],
  ['/mnt/nas/deep er/a', { kind: 'files', servers: ['fd00::9'], path: '/other/a' }],
  ['/mnt/win/a', { kind: 'files', servers: ['files'], path: '/Share/sub/a' }],
  ['/mnt/ceph/a', { kind: 'ceph', servers: ['10.0.0.1:6789', '10.0.0.2:6789'], path: '/vms/a/a' }],
  ['/mnt/gluster/a', { kind: 'gluster', servers: ['g1'], path: '/volume/a' }],
  ['/mnt/cluster/a', { kind: 'ocfs2', servers: [], path: '/dev/mapper/san/a' }],
  ['/mnt/auto/a', undefined],
  ['/mnt/hidden/a', null],
])('%s lies where its mount says', (path, place) => {
  expect(new Mounts(TABLE).placeOf(path)).toEqual(place)
})
