import type { IncomingFacts, OutgoingFacts } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { MigrationContext } from './migration-context.ts'

/** For each path that comes as an argument: its size, device, inode and kind of file system, or nothing. */
const LOOK =
  'for p in "$@"; do if [ -e "$p" ]; then printf "%s %s %s\\n" "$(stat -L -c "%s %d %i" -- "$p")" "$(stat -f -L -c %T -- "$p")" "$p"; fi; done'

/** File systems that several hosts can have mounted. */
const SHARED_TYPES: ReadonlySet<string> = new Set([
  'nfs',
  'nfs4',
  'smb2',
  'cifs',
  'ceph',
  'gfs2',
  'ocfs2',
  'gluster',
  'fuseblk',
  'lustre',
  'gpfs',
  'fuse.glusterfs',
])

/** What of the machine's files this host sees under the same path. Without programs on the host nothing is known of them. */
export async function lookAtPaths(
  { shell, work, log }: MigrationContext,
  { disks, firmware }: OutgoingFacts,
): Promise<IncomingFacts['paths']> {
  const paths = [...disks.flatMap(({ path, backing }) => [path, ...backing]), firmware?.nvram].filter(
    (path): path is string => typeof path === 'string' && path.startsWith('/'),
  )
  if (!shell || paths.length === 0) return new Map()
  try {
    const { stdout } = await shell.run(['sh', '-c', LOOK, 'sh', ...new Set(paths)], { signal: work.signal })
    const found = new Map(
      stdout.split('\n').flatMap((line) => {
        const parts = /^(\d+) (\d+) (\d+) (\S+) (.+)$/.exec(line)
        const [, size, , , type, path] = parts ?? []
        return path === undefined || type === undefined
          ? []
          : [[path, { sizeBytes: Number(size), isShared: SHARED_TYPES.has(type) }] as const]
      }),
    )
    return new Map(
      paths.map((path) => {
        const seen = found.get(path)
        return [path, { exists: seen !== undefined, isShared: seen?.isShared ?? null, sizeBytes: seen?.sizeBytes ?? null }]
      }),
    )
  } catch (error) {
    work.signal.throwIfAborted()
    log.debug('paths were not looked at', { code: toProblem(error).code })
    return new Map()
  }
}
