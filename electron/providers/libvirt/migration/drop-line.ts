import { MIGRATION_PORTS } from './bandwidth.ts'
import type { MigrationContext } from './migration-context.ts'

/**
 * Ends the connections of one machine's QEMU at the ports of migrations, by the kernel (`ss --kill`: INET_DIAG_DESTROY, as root). Found by its
 * process: other machines arrive at such ports as well.
 */
const DROP = `pid=$(cat "/run/libvirt/qemu/$1.pid") || exit 1
for port in $(ss -Htnp state established "( sport >= :$2 and sport <= :$3 )" | grep -F "pid=$pid," | awk '{ print $3 }' | sed 's/.*://'); do
  ss -K -Htn state established "( sport = :$port )"
done`

/**
 * A QEMU that receives in post-copy sends nothing while its guest waits for a page, and TCP asks nobody whether the other end is still there: it
 * would wait for ever. Only for a machine whose source has given up sending. Answers why it cannot be done; null: it was.
 */
export async function dropLine({ shell, work }: MigrationContext, name: string): Promise<string | null> {
  if (!shell || name.includes('/')) return 'This way to the host runs no programs there.'
  const ports = [String(MIGRATION_PORTS.first), String(MIGRATION_PORTS.last)]
  const { code, stderr } = await shell.run(['sh', '-c', DROP, 'sh', name, ...ports], { signal: work.signal })
  return code === 0 ? null : stderr.trim()
}
