import { isNoDomain, libvirtNumber, toProblem, VIR_ERR } from '../problems.ts'
import type { MigrationContext } from './migration-context.ts'

/** Where libvirt's QEMU driver of the system keeps what each QEMU prints. */
const LOG = '/var/log/libvirt/qemu'

/** The end of the log of one machine, of which there may be none. */
const READ = 'tail -c 4096 -- "$1" 2>/dev/null || true'

/** A line of QEMU's own: `2026-11-26T20:00:00.000000Z qemu-system-x86_64: load of migration failed: Input/output error`. */
const SAID = /^(?:\S+Z )?\S*(?:qemu|kvm)[^\s:]*: (.+)$/

const ENDED_BY_LIBVIRT = /^terminating on signal \d+ from pid \d+ \(\S*(?:libvirtd|virtqemud)\)/

/**
 * What QEMU has said of a machine last on this host, since it was started. Its start itself is not in it: that line has other things than reasons.
 * Null: it said nothing, or nothing of it can be read.
 */
export async function lastWordsOf({ shell, work }: MigrationContext, name: string): Promise<string | null> {
  if (!shell || name.includes('/')) return null
  const { stdout } = await shell.run(['sh', '-c', READ, 'sh', `${LOG}/${name}.log`], { signal: work.signal })
  const lines = stdout.split('\n')
  const started = lines.findLastIndex((line) => line.includes(': starting up libvirt version'))
  const said = lines.slice(started + 1).flatMap((line) => SAID.exec(line)?.[1] ?? [])
  // that libvirt ends it is what follows, and never why
  return said.findLast((words) => !ENDED_BY_LIBVIRT.test(words)) ?? null
}

/** An end that has cleaned up by itself already says that it knows of no move. */
export function noteLate({ log }: MigrationContext, word: string, error: unknown): void {
  if (isNoDomain(error) || libvirtNumber(error) === VIR_ERR.operationInvalid) return
  log.warn('an end was not told how a move ended', { word, code: toProblem(error).code })
}
