import type { DiskMove, MigrationSpec, NicMove } from '../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingDisk, OutgoingFacts, OutgoingNic } from '../../providers/provider.ts'

/** The wish with all that was left open filled in. What a person has chosen stays. */
export function filledWish(wish: MigrationSpec, out: OutgoingFacts, into: IncomingFacts): MigrationSpec {
  const disks = out.disks.map((disk) => wish.disks.find(({ target }) => target === disk.target) ?? diskMove(disk, into))
  const nics = out.nics.flatMap((nic) => {
    const wished = wish.nics.find(({ mac }) => mac.toLowerCase() === nic.mac)
    return wished ? withPortGroup(wished, nic) : nicMove(nic)
  })
  return { ...wish, disks, nics, mode: out.isRunning ? wish.mode : 'cold' }
}

/**
 * What the target is asked about before it is known how each disk goes: as if all that is open were copied, so that names taken in its pools
 * are seen.
 */
export function askedOf(wish: MigrationSpec, out: OutgoingFacts): MigrationSpec {
  const disks = out.disks.map((disk) => wish.disks.find(({ target }) => target === disk.target) ?? copyOf(disk))
  return { ...wish, disks }
}

/**
 * Shared only where it is known that the target sees the very same: a file or device that has the same name on two hosts is as a rule another
 * one. Else its bytes are sent.
 */
function diskMove(disk: OutgoingDisk, into: IncomingFacts): DiskMove {
  const { target, path, device } = disk
  const open = { target, pool: null, volume: null }
  if (path === null || device === 'floppy') return { ...open, how: 'leave' }
  const seen = into.paths.get(path)
  if (disk.type === 'network' || (seen?.exists && seen.isShared === true)) return { ...open, how: 'shared' }
  if (device === 'cdrom') return { ...open, how: seen?.exists ? 'shared' : 'leave' }
  return disk.isShareable ? { ...open, how: 'shared' } : copyOf(disk)
}

function copyOf({ target, pool, volume }: OutgoingDisk): DiskMove {
  return { target, how: 'copy', pool, volume }
}

function nicMove(nic: OutgoingNic): NicMove[] {
  const { mac, kind, network, bridge } = nic
  if (kind === 'network' && network !== null) return [withPortGroup({ mac, on: { kind: 'network', name: network } }, nic)]
  if (kind === 'bridge' && bridge !== null) return [{ mac, on: { kind: 'bridge', name: bridge } }]
  return []
}

/** On the network that it is on it stays in its group of ports, unless somebody has said otherwise. */
function withPortGroup(move: NicMove, { network, portGroup }: OutgoingNic): NicMove {
  const { on } = move
  if (on.kind !== 'network' || on.name !== network || on.portGroup !== undefined || portGroup === null) return move
  return { ...move, on: { ...on, portGroup } }
}
