import type { DiskMove } from '../../../../shared/model/index.ts'
import type { OutgoingDisk } from '../../../providers/provider.ts'
import type { Carried } from '../carried.ts'
import {
  blocks,
  type Case,
  type Check,
  type Copy,
  copiesOf,
  diskMoves,
  type OfferedMend,
  otherDisk,
  passes,
  type Verdict,
  warns,
  wish,
} from './judge.ts'
import { poolChoices, shareMend } from './pools.ts'
import { sizeText } from './words.ts'

interface Moved {
  readonly disk: OutgoingDisk
  readonly move: DiskMove
}

/** Each disk: seen by both hosts, or copied to where it can be. */
export const disks: Check = (one) => {
  const moves = diskMoves(one)
  if (moves.length === 0) return [passes('disks-none')]
  return moves.flatMap((moved) => {
    if (moved.move.how === 'shared') return [sharedDisk(one, moved)]
    if (moved.move.how === 'copy') return [copiedDisk(one, moved)]
    return moved.disk.path === null ? [] : [leftDisk(one, moved)]
  })
}

function sharedDisk(one: Case, { disk }: Moved): Verdict {
  const { into, targetName: target } = one
  const { path, target: dev, type } = disk
  const more = { about: dev, params: { disk: dev, path: path ?? '', target } }
  if (type === 'network' || path === null) return passes('disk-network', more)
  const mends = copyMend(one, disk)
  const seen = into.paths.get(path)
  if (seen && !seen.exists) return blocks('disk-not-seen', { ...more, mends })
  // a device of that name has no file system that would tell whose it is
  const isShared = type === 'block' && seen?.isShared !== true ? null : (seen?.isShared ?? null)
  if (isShared === false) return blocks('disk-other-file', { ...more, mends })
  if (isShared === null) return warns('disk-same-unknown', { ...more, mends })
  const backing = disk.backing.find((layer) => into.paths.get(layer)?.exists === false)
  if (backing !== undefined) return blocks('disk-backing-missing', { about: dev, params: { disk: dev, backing, target }, mends })
  return passes('disk-shared', more)
}

function copiedDisk(one: Case, { disk, move }: Moved): Verdict {
  const { sourceName: source, targetName: target } = one
  const { target: dev, backing } = disk
  const params = { disk: dev, source, target }
  if (disk.isShareable) return blocks('disk-shareable', { about: dev, params, mends: shareMend(one, disk) })
  const copy = copiesOf(one).find((each) => each.disk === disk)
  if (!copy) {
    const names = { volume: move.volume ?? disk.volume ?? `${one.out.name}-${dev}.${disk.format ?? 'raw'}` }
    return blocks('disk-no-place', { about: dev, params, mends: [...shareMend(one, disk), ...poolChoices(one, [dev], null, names)] })
  }
  if (one.carried) return carriedDisk(one, disk, copy, one.carried)
  if (disk.capacityBytes === null || disk.capacityBytes === 0) return blocks('disk-size-unknown', { about: dev, params })
  const place = { ...params, place: `${copy.pool}/${copy.volume}` }
  if (backing.length === 0) return passes('disk-copied', { about: dev, params: place })
  return passes('disk-flattened', { about: dev, params: { ...place, backing: backing.join(' ← ') } })
}

/** Of a machine that is off: read from its pool here, written into a file there. */
function carriedDisk(one: Case, disk: OutgoingDisk, copy: Copy, { versions, noConversion }: Carried): Verdict {
  const { sourceName: source } = one
  const { target: dev, path, pool, backing, capacityBytes } = disk
  const more = (params: Readonly<Record<string, string>>) => ({ about: dev, params: { disk: dev, source, ...params } })
  if (!versions.has(dev)) return blocks('disk-in-no-pool', more({ path: path ?? '' }))
  const place = `${copy.pool}/${copy.volume}`
  if (backing.length === 0) return passes('disk-carried', more({ place }))
  const below = backing.join(' ← ')
  if (noConversion !== null) return blocks('disk-not-whole', more({ backing: below, why: noConversion }))
  return warns('disk-carried-whole', more({ place, backing: below, pool: pool ?? '', size: sizeText(capacityBytes ?? 0) }))
}

function leftDisk(one: Case, { disk }: Moved): Verdict {
  return blocks('disk-left', { about: disk.target, params: { disk: disk.target }, mends: copyMend(one, disk) })
}

/** What several machines write to cannot be copied, and what lies on the network need not be. */
function copyMend({ spec }: Case, { target, isShareable, pool, volume, type }: OutgoingDisk): readonly OfferedMend[] {
  if (isShareable || type === 'network') return []
  return [wish('copy-disk', otherDisk(spec, target, { how: 'copy', pool, volume }))]
}
