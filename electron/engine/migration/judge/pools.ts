import type { DiskMove } from '../../../../shared/model/index.ts'
import type { IncomingFacts, OutgoingDisk } from '../../../providers/provider.ts'
import { withSuffix } from './free-names.ts'
import {
  blocks,
  type Case,
  type Check,
  type Copy,
  copiesOf,
  mend,
  type OfferedMend,
  otherDisk,
  passes,
  unknown,
  type Verdict,
  warns,
  wish,
} from './judge.ts'
import { sizeText } from './words.ts'

const MOST_CHOICES = 3
const VOLUME_NAME_MAX = 200

/** Pools whose volumes are files: a file of any format can lie there, and takes room as it is filled. */
export const FOLDERS: ReadonlySet<string> = new Set(['dir', 'fs', 'netfs'])

type TargetPool = IncomingFacts['pools'][number]

/** The pools that copies go to, and whether their names are free in them. */
export const pools: Check = (one) => {
  const wanted = byPool(copiesOf(one))
  if (wanted.size === 0) return [passes('pools-none')]
  return [...wanted].flatMap(([name, copies]) => poolVerdicts(one, name, copies))
}

function poolVerdicts(one: Case, name: string, copies: readonly Copy[]): readonly Verdict[] {
  const { into, targetName: target, sourcePools } = one
  const targets = copies.map(({ disk }) => disk.target)
  const more = { about: name, params: { pool: name, target, disks: targets.join(', ') } }
  const others = poolChoices(one, targets, name)
  const pool = into.pools.find((each) => each.name === name)
  if (!pool) {
    const facts = sourcePools.get(name) ?? null
    const create = facts === null ? [] : [mend('create-pool', { mend: 'create-pool', pool: name })]
    return [blocks('pool-missing', { ...more, facts, mends: [...create, ...others] })]
  }
  if (!pool.isActive) {
    return [
      blocks('pool-off', { ...more, facts: factsOf(pool), mends: [mend('start-pool', { mend: 'start-pool', pool: name }), ...others] }),
    ]
  }
  if (one.carried && !FOLDERS.has(pool.type)) return [blocks('pool-no-folder', { ...more, facts: factsOf(pool), mends: others })]
  if (pool.path === null) return [blocks('pool-no-files', { ...more, facts: factsOf(pool), mends: others })]
  return [passes('pool-there', { ...more, facts: factsOf(pool) }), ...copies.flatMap((copy) => takenName(one, pool, copy))]
}

/** A volume of that name is nobody's to write over. */
function takenName(one: Case, { name: pool, taken }: TargetPool, { disk, volume }: Copy): Verdict[] {
  const { spec, targetName: target } = one
  const other = withSuffix(volume, VOLUME_NAME_MAX)
  const isTwice = copiesOf(one).some((copy) => copy.disk !== disk && copy.pool === pool && copy.volume === volume)
  if (isTwice) {
    const mends = [wish('other-volume', otherDisk(spec, disk.target, { volume: other }), { volume: other })]
    return [blocks('volume-twice', { about: disk.target, params: { pool, volume }, mends })]
  }
  if (!taken.includes(volume)) return []
  return [
    blocks('volume-taken', {
      about: `${pool}/${volume}`,
      params: { pool, volume, target },
      mends: [wish('other-volume', otherDisk(spec, disk.target, { volume: other }), { volume: other }), ...shareMend(one, disk)],
    }),
  ]
}

/** Where the target has something under the disk's own path, a person may know that it is the very same. */
export function shareMend({ spec, into }: Case, { target, path }: OutgoingDisk): readonly OfferedMend[] {
  const isThere = path !== null && into.paths.get(path)?.exists === true && into.paths.get(path)?.isShared !== false
  return isThere ? [wish('share-disk', otherDisk(spec, target, { how: 'shared', pool: null, volume: null }))] : []
}

/** Pools of the target that run and have room, the roomiest first, in place of `not`. */
export function poolChoices(
  { spec, into, out, carried }: Case,
  targets: readonly string[],
  not: string | null,
  more: Partial<DiskMove> = {},
): readonly OfferedMend[] {
  const needed = out.disks
    .filter(({ target }) => targets.includes(target))
    .reduce((sum, { allocationBytes }) => sum + (allocationBytes ?? 0), 0)
  return into.pools
    .filter(({ name, isActive, path, availableBytes }) => name !== not && isActive && path !== null && (availableBytes ?? 0) >= needed)
    .filter(({ type }) => !carried || FOLDERS.has(type))
    .toSorted((one, other) => (other.availableBytes ?? 0) - (one.availableBytes ?? 0))
    .slice(0, MOST_CHOICES)
    .map(({ name: pool }) => {
      const disks = targets.reduce(
        (moved, target) => ({ ...spec, ...otherDisk(moved, target, { ...more, how: 'copy', pool }) }),
        spec,
      ).disks
      return wish('other-pool', { disks }, { pool })
    })
}

/** Of all copies into one pool together. */
export const space: Check = (one) => {
  const wanted = byPool(copiesOf(one))
  if (wanted.size === 0) return [passes('space-none')]
  return [...wanted].map(([name, copies]) => {
    const pool = one.into.pools.find((each) => each.name === name)
    return pool?.isActive ? roomIn(one, pool, copies) : unknown('space-later', { about: name, params: { pool: name } })
  })
}

function roomIn(one: Case, { name: pool, availableBytes }: TargetPool, copies: readonly Copy[]): Verdict {
  const { targetName: target } = one
  if (availableBytes === null) return unknown('space-unknown', { about: pool, params: { pool, target } })
  const targets = copies.map(({ disk }) => disk.target)
  const unsized = copies.filter(({ disk }) => !isSized(disk)).map(({ disk }) => disk.target)
  const sum = (of: (copy: Copy) => number | null) => copies.reduce((total, copy) => total + (of(copy) ?? 0), 0)
  const now = sum(({ disk }) => nowOf(disk))
  const most = sum(({ disk }) => disk.capacityBytes)
  const params = { pool, target, disks: targets.join(', '), free: sizeText(availableBytes) }
  const mends = poolChoices(one, targets, pool)
  if (now > availableBytes) return blocks('space-short', { about: pool, params: { ...params, needed: sizeText(now) }, mends })
  if (unsized.length > 0) return unknown('space-no-size', { about: pool, params: { pool, target, disks: unsized.join(', ') } })
  if (most > availableBytes) return warns('space-tight', { about: pool, params: { ...params, needed: sizeText(most) }, mends })
  return passes('space-fits', { about: pool, params })
}

function isSized({ backing, capacityBytes, allocationBytes }: OutgoingDisk): boolean {
  return capacityBytes !== null && (backing.length > 0 || allocationBytes !== null)
}

/** What a copy takes at once. What a disk stands on is copied into it, and how much of that is seen nobody tells before. */
export function nowOf({ backing, capacityBytes, allocationBytes }: OutgoingDisk): number {
  return (backing.length > 0 ? capacityBytes : allocationBytes) ?? 0
}

function byPool(copies: readonly Copy[]): ReadonlyMap<string, readonly Copy[]> {
  const groups = new Map<string, Copy[]>()
  for (const copy of copies) groups.set(copy.pool, [...(groups.get(copy.pool) ?? []), copy])
  return groups
}

function factsOf({ type, path, availableBytes }: TargetPool): string {
  return [`${type} pool`, path, availableBytes === null ? null : `${sizeText(availableBytes)} free`]
    .filter((part) => part !== null)
    .join(', ')
}
