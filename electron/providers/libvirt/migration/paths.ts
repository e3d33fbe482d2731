import type { IncomingFacts, OutgoingFacts } from '../../provider.ts'
import { toProblem } from '../problems.ts'
import type { MigrationContext } from './migration-context.ts'

/**
 * Whether two hosts see the very same file under one path. Size, inode and kind of file system prove nothing between two hosts, so the source
 * puts a mark beside the file, and the target looks whether it is there; it is gone a moment later. Of a block device it is the identity that
 * the device gives of itself. What can be neither marked nor identified is not known.
 */
export interface Marks {
  /** By the path of a file: its mark beside it. */
  readonly files: ReadonlyMap<string, string>
  /** By the path of a device: what it is. */
  readonly devices: ReadonlyMap<string, string>
  clear(): Promise<void>
}

export const NO_MARKS: Marks = { files: new Map(), devices: new Map(), clear: () => Promise.resolve() }

/** For each path that comes as an argument, one line: what the device is, or which mark was put; nothing where neither can be. */
const MARK = [
  'mark=$1; shift; for p in "$@"; do',
  'if [ -b "$p" ]; then',
  'd=/sys/dev/block/$(printf "%d:%d" 0x$(stat -L -c %t -- "$p") 0x$(stat -L -c %T -- "$p"));',
  'for f in dm/uuid wwid device/wwid; do i=$(cat "$d/$f" 2>/dev/null); [ -n "$i" ] && { printf "device %s %s\\n" "$(echo "$i" | tr " " _)" "$p"; break; }; done;',
  'elif [ -f "$p" ]; then m="$(dirname -- "$(readlink -f -- "$p")")/$mark";',
  '{ : >"$m"; } 2>/dev/null && printf "file %s %s\\n" "$mark" "$p"; fi; done; true',
].join(' ')
const CLEAR = 'mark=$1; shift; for p in "$@"; do rm -f -- "$(dirname -- "$(readlink -f -- "$p")")/$mark"; done'

/** At the source. */
export async function markPaths({ shell, clock, work, log }: MigrationContext, paths: readonly string[]): Promise<Marks> {
  if (!shell || paths.length === 0) return NO_MARKS
  const name = `.novacron-${Math.floor(clock.random() * 2 ** 48).toString(36)}`
  const { stdout } = await shell.run(['sh', '-c', MARK, 'sh', name, ...paths], { signal: work.signal })
  const lines = stdout.split('\n').flatMap((line) => {
    const [, kind, what, path] = /^(file|device) (\S+) (.+)$/.exec(line) ?? []
    return what === undefined || path === undefined ? [] : [{ kind, what, path }]
  })
  const of = (kind: string) => new Map(lines.flatMap((line) => (line.kind === kind ? [[line.path, line.what] as const] : [])))
  const files = of('file')
  return {
    files,
    devices: of('device'),
    async clear() {
      if (files.size === 0) return
      // what was put is taken away in any case, with a time limit of its own
      const over = new AbortController()
      const cancelTimer = clock.after(CLEAR_MS, () => over.abort())
      try {
        await shell.run(['sh', '-c', CLEAR, 'sh', name, ...files.keys()], { signal: over.signal })
      } catch (error) {
        log.warn('a mark beside a disk was not taken away', { name, code: toProblem(error).code })
      } finally {
        cancelTimer()
      }
    },
  }
}

const CLEAR_MS = 10_000

/** For each path: its size, whether the mark is beside it, what device it is, and the path; nothing where there is none. */
const LOOK = [
  'mark=$1; shift; for p in "$@"; do if [ -e "$p" ]; then i=-; m=0;',
  'if [ -b "$p" ]; then s=$(blockdev --getsize64 "$p" 2>/dev/null || echo 0);',
  'd=/sys/dev/block/$(printf "%d:%d" 0x$(stat -L -c %t -- "$p") 0x$(stat -L -c %T -- "$p"));',
  'for f in dm/uuid wwid device/wwid; do j=$(cat "$d/$f" 2>/dev/null); [ -n "$j" ] && { i=$(echo "$j" | tr " " _); break; }; done;',
  'else s=$(stat -L -c %s -- "$p"); [ -e "$(dirname -- "$(readlink -f -- "$p")")/$mark" ] && m=1; fi;',
  'printf "%s %s %s %s\\n" "$s" "$m" "$i" "$p"; fi; done',
].join(' ')

/** Of a machine's disks, what they stand on, its firmware and its snapshots: the paths that the target looks for. */
export function pathsOf({ disks, firmware, snapshots }: Pick<OutgoingFacts, 'disks' | 'firmware' | 'snapshots'>): readonly string[] {
  const own = disks.flatMap(({ path, backing }) => [path, ...backing])
  const named = [...own, firmware?.nvram, firmware?.loader, ...(snapshots.files ?? [])]
  return [...new Set(named.filter((path): path is string => typeof path === 'string' && path.startsWith('/')))]
}

/** At the target: what of the machine's files this host sees under the same path. Without programs on the host nothing is known of them. */
export async function lookAtPaths(
  { shell, work, log }: MigrationContext,
  paths: readonly string[],
  { files, devices }: Pick<Marks, 'files' | 'devices'>,
): Promise<IncomingFacts['paths']> {
  if (!shell || paths.length === 0) return new Map()
  try {
    const mark = [...files.values()][0] ?? '.'
    const { stdout } = await shell.run(['sh', '-c', LOOK, 'sh', mark, ...paths], { signal: work.signal })
    const found = new Map(
      stdout.split('\n').flatMap((line) => {
        const [, size, marked, device, path] = /^(\d+) ([01]) (\S+) (.+)$/.exec(line) ?? []
        if (path === undefined) return []
        const isShared = files.has(path) ? marked === '1' : sameDevice(devices.get(path), device)
        return [[path, { exists: true, isShared, sizeBytes: Number(size) }] as const]
      }),
    )
    return new Map(paths.map((path) => [path, found.get(path) ?? { exists: false, isShared: null, sizeBytes: null }]))
  } catch (error) {
    work.signal.throwIfAborted()
    log.debug('paths were not looked at', { code: toProblem(error).code })
    return new Map()
  }
}

function sameDevice(there: string | undefined, here: string | undefined): boolean | null {
  return there === undefined || here === undefined || here === '-' ? null : there === here
}
