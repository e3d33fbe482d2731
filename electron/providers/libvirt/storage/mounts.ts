import type { SharedPlace } from '../../../../shared/model/index.ts'
import { type HostShell, runsNothing } from '../host-shell.ts'
import { absolute } from './shared-pools.ts'

interface Mount {
  readonly point: string
  /** What of the file system is mounted. */
  readonly root: string
  readonly type: string
  readonly source: string
}

/** File systems of a disk, or of memory, that no other host has mounted at the same time. */
const LOCAL: ReadonlySet<string> = new Set(
  [
    'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs vfat exfat ntfs ntfs3 iso9660 udf squashfs erofs tmpfs ramfs overlay rootfs',
    'devtmpfs hugetlbfs proc sysfs devpts mqueue cgroup cgroup2 debugfs tracefs securityfs configfs pstore bpf fusectl efivarfs',
    'binfmt_misc nsfs rpc_pipefs nfsd selinuxfs fuse.lxcfs fuse.portal',
  ].flatMap((line) => line.split(' ')),
)
/** `server:/export`, with IPv6 in brackets; of CIFS `//server/share`. */
const NFS = /^\[?([^\]]+?)\]?:(\/.*)$/
const CIFS = /^\/\/([^/]+)(\/.*)$/

/** What is mounted where, by the kernel's table (proc_pid_mountinfo(5)). */
export class Mounts {
  readonly #mounts: readonly Mount[]

  constructor(mountinfo: string) {
    // The last at a place hides the others.
    this.#mounts = mountinfo
      .split('\n')
      .flatMap((line) => mountOf(line) ?? [])
      .toReversed()
  }

  /** Whether anything but the kernel's own comes from elsewhere: if not, no path leads there, whatever links it has. */
  get hasRemote(): boolean {
    return this.#mounts.some(({ type, point }) => !LOCAL.has(type) && !isWithin(point, '/proc') && !isWithin(point, '/sys'))
  }

  /** Where a path leads that has no links in it: null for the host's own disks, undefined: nobody knows. */
  placeOf(path: string): SharedPlace | null | undefined {
    let best: Mount | undefined
    for (const mount of this.#mounts) {
      if (isWithin(path, mount.point) && (!best || mount.point.length > best.point.length)) best = mount
    }
    if (!best || best.type === 'autofs') return undefined
    if (LOCAL.has(best.type)) return null
    return servedBy(best, path.slice(best.point === '/' ? 0 : best.point.length))
  }
}

function servedBy({ type, source, root }: Mount, rest: string): SharedPlace {
  const below = (folder: string) => absolute(`${folder}/${root}/${rest}`)
  const [, server, folder] = (type.startsWith('nfs') ? NFS : CIFS).exec(source) ?? []
  if (server !== undefined && folder !== undefined) return { kind: 'files', servers: [server.toLowerCase()], path: below(folder) }
  const [, host, volume] = /^([^:]+):\/?(.+)$/.exec(source) ?? []
  if (type.includes('glusterfs') && host !== undefined && volume !== undefined) {
    return { kind: 'gluster', servers: [host.toLowerCase()], path: below(volume) }
  }
  const [, monitors, tree] = /^(?:[^/]*@)?([^/]*?):?(\/.*)$/.exec(source) ?? []
  if (type === 'ceph' && monitors !== undefined && tree !== undefined) {
    return { kind: 'ceph', servers: monitors.toLowerCase().split(',').filter(Boolean), path: below(tree) }
  }
  // Cluster file systems and whatever else there is: the device is called alike by all of them, or so it is taken to be.
  return { kind: type, servers: [], path: below(source) }
}

function mountOf(line: string): Mount | null {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root, point] = before.split(' ')
  const [type, source] = after.split(' ')
  if (root === undefined || point === undefined || type === undefined || source === undefined) return null
  return { root: plain(root), point: plain(point), type, source: plain(source) }
}

/** A space is written `\040` there. */
function plain(word: string): string {
  return word.replaceAll(/\\(\d{3})/g, (_, digits: string) => String.fromCodePoint(Number.parseInt(digits, 8)))
}

function isWithin(path: string, folder: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`)
}

/** Null: this connection runs no programs on the host. */
export async function readMounts(shell: HostShell | null, signal: AbortSignal): Promise<Mounts | null> {
  if (!shell) return null
  try {
    const { code, stdout } = await shell.run(['cat', '/proc/self/mountinfo'], { signal })
    return code === 0 && stdout !== '' ? new Mounts(stdout) : null
  } catch (thrown) {
    if (runsNothing(thrown)) return null
    throw thrown
  }
}
