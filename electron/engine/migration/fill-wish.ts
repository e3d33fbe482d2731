import type { DiskMove, MigrationSpec, NicMove } from '../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingDisk, OutgoingFacts, OutgoingNic } from '../../providers/provider.ts'

/** The wish with all that was left open filled in. What a person has chosen stays. */
export function filledWish(wish: MigrationSpec, out: OutgoingFacts, into: IncomingFacts): MigrationSpec {
  const disks = out.disks.map((disk) => wish.disks.find(({ target }) => target === disk.target) ?? diskMove(disk, into))
  const nics = out.nics.flatMap((nic) => wish.nics.find(({ mac }) => mac.toLowerCase() === nic.mac) ?? nicMove(nic))
  return { ...wish, disks, nics, mode: out.isRunning ? wish.mode : 'cold' }
}

/** Shared where the target sees the same file on a file system that several hosts have; else its bytes are sent. */
function diskMove(disk: OutgoingDisk, into: IncomingFacts): DiskMove {
  const { target, path, device } = disk
  const open = { target, pool: null, volume: null }
  if (path === null || device === 'floppy') return { ...open, how: 'leave' }
  const seen = into.paths.get(path)
  if (disk.type === 'network' || (seen?.exists && seen.isShared !== false)) return { ...open, how: 'shared' }
  if (device === 'cdrom') return { ...open, how: seen?.exists ? 'shared' : 'leave' }
  return { ...open, how: disk.isShareable ? 'shared' : 'copy', pool: disk.pool, volume: disk.volume }
}

function nicMove({ mac, kind, network, bridge }: OutgoingNic): NicMove[] {
  if (kind === 'network' && network !== null) return [{ mac, on: { kind: 'network', name: network } }]
  if (kind === 'bridge' && bridge !== null) return [{ mac, on: { kind: 'bridge', name: bridge } }]
  return []
}
