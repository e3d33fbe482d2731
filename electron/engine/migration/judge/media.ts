import type { OutgoingDisk } from '../../../providers/provider.ts'
import { blocks, type Case, type Check, diskMoves, mend, passes, sendsMemory, unknown, type Verdict, warns } from './judge.ts'
import { compareVersions } from './software.ts'

/** QEMU from here on lets go of what it has read of a shared file before the machine goes on over there. */
const DROPS_CACHE = '4.0'
const SAFE: ReadonlySet<string> = new Set(['none', 'directsync'])

/** Shared disks: what one host has in its own memory, the other one does not see. */
export const cache: Check = (one) => {
  const { into, sourceName: source, targetName: target } = one
  const version = into.host.hypervisor
  const dropsCache = version !== null && compareVersions(version, DROPS_CACHE) >= 0
  const found = diskMoves(one).flatMap(({ disk, move }): Verdict[] => {
    const mode = disk.cache ?? 'default'
    const isOurs = move.how === 'shared' && disk.type !== 'network' && !disk.isReadOnly && sendsMemory(one)
    // “unsafe” does not even write when it is told to
    if (!isOurs || SAFE.has(mode) || (dropsCache && mode !== 'unsafe')) return []
    const params = { disk: disk.target, cache: mode, source, target }
    const mends = [mend('safe-cache', { mend: 'safe-cache', target: disk.target })]
    return [warns('cache-unsafe', { about: disk.target, params, mends })]
  })
  return found.length > 0 ? found : [passes('cache-safe')]
}

/** What is in its drives has to be at the target under the same path, or QEMU does not start there. */
export const media: Check = (one) => {
  const found = one.out.disks.flatMap((disk) =>
    (disk.device === 'cdrom' || disk.device === 'floppy') && disk.path !== null ? [mediumOf(one, disk, disk.path)] : [],
  )
  return found.length > 0 ? found : [passes('media-none')]
}

function mediumOf(one: Case, { target: drive, startupPolicy = 'mandatory' }: OutgoingDisk, path: string): Verdict {
  const { into, targetName: target } = one
  const seen = into.paths.get(path)
  const more = { about: drive, params: { drive, path, target } }
  const eject = { ...more, mends: [mend('eject-media', { mend: 'eject-media', target: drive })] }
  if (one.spec.disks.find((move) => move.target === drive)?.how === 'copy') return blocks('media-not-copied', eject)
  if (!seen) return path.startsWith('/') ? unknown('media-unknown', eject) : passes('media-there', more)
  if (seen.exists) return passes('media-there', more)
  const goesWithout = startupPolicy === 'optional' || (startupPolicy === 'requisite' && sendsMemory(one))
  if (goesWithout) return warns('media-dropped', { ...eject, params: { ...more.params, policy: startupPolicy } })
  return sendsMemory(one) ? blocks('media-missing', eject) : warns('media-missing', eject)
}
