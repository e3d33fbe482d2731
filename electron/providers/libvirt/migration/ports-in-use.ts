import type { IncomingFacts } from '../../provider.ts'
import { MIGRATION_PORTS } from './bandwidth.ts'
import type { MigrationContext } from './migration-context.ts'

/** `/proc/net/tcp`: `   0: 0100007F:C000 00000000:0000 0A …`; 0A is a listener. */
const LISTENER = /^\s*\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} 0A /

/** The ports at which migrations come in, and how many of them are taken. Null: the host shows nothing of its sockets. */
export async function portsInUse({ shell, work }: MigrationContext): Promise<IncomingFacts['ports']> {
  const look = await shell?.run(['cat', '/proc/net/tcp', '/proc/net/tcp6'], { signal: work.signal }).catch(() => null)
  work.signal.throwIfAborted()
  if (!look || look.stdout === '') return null
  const used = listenersIn(look.stdout).filter((port) => port >= MIGRATION_PORTS.first && port <= MIGRATION_PORTS.last)
  return { ...MIGRATION_PORTS, used: used.length }
}

export function listenersIn(text: string): readonly number[] {
  const ports = text.split('\n').flatMap((line) => {
    const port = LISTENER.exec(line)?.[1]
    return port === undefined ? [] : [Number.parseInt(port, 16)]
  })
  return [...new Set(ports)]
}
