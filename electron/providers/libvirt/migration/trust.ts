import type { IncomingFacts } from '../../provider.ts'
import type { MigrationContext } from './migration-context.ts'

/** As the daemon does it: by itself, with nobody there to type. It runs as root, so who is not cannot tell. */
const TRY = 'if [ "$(id -u)" = 0 ]; then exec ssh -o BatchMode=yes -o ConnectTimeout=3 -T -- "$1" true; else exit 254; fi'
const NOT_ROOT = 254

/** Whether this host's daemon can log in at an address by itself, and what ssh said if not. */
export async function trustOf(
  { shell, work }: MigrationContext,
  address: string,
): Promise<Pick<IncomingFacts, 'peerTrust' | 'peerTrustNote'>> {
  if (!shell) return { peerTrust: null, peerTrustNote: 'This way to the source runs no programs there.' }
  const { code, stderr } = await shell.run(['sh', '-c', TRY, 'sh', address], { signal: work.signal })
  if (code === 0) return { peerTrust: true, peerTrustNote: null }
  if (code === NOT_ROOT)
    return { peerTrust: null, peerTrustNote: 'The source’s daemon logs in as root, and this connection is another user’s.' }
  return { peerTrust: false, peerTrustNote: stderr.trim().slice(-500) }
}
