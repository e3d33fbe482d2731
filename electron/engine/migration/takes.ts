import type { MoveTake } from '../../../shared/model/index.ts'
import { type Case, copiesOf, sendsMemory } from './judge/judge.ts'
import { FOLDERS, nowOf } from './judge/pools.ts'
import { sizeText } from './judge/words.ts'

const KIB = 1_024

/** What a machine takes at its target, by the same figures as the checks of memory, huge pages and space. */
export function takesOf(one: Pick<Case, 'spec' | 'out' | 'into'>): MoveTake[] {
  return [memoryOf(one), ...poolsOf(one)]
}

function memoryOf(one: Pick<Case, 'spec' | 'out' | 'into'>): MoveTake {
  const { out, into } = one
  const { memoryKiB, residentKiB, hugePagesKiB } = out
  const sends = sendsMemory(one)
  const [pageKiB] = hugePagesKiB
  if (pageKiB === undefined) {
    const { memoryFreeKiB: freeKiB } = into
    const nowKiB = sends ? (residentKiB ?? memoryKiB) : 0
    return { what: 'memory', name: null, now: nowKiB * KIB, most: memoryKiB * KIB, free: freeKiB === null ? null : freeKiB * KIB }
  }
  // of several sizes nobody tells how the guest's memory is parted among them
  const free = hugePagesKiB.length === 1 ? into.hugePagesFree.get(pageKiB) : undefined
  const needed = Math.ceil(memoryKiB / pageKiB) * pageKiB * KIB
  const name = sizeText(pageKiB * KIB)
  return { what: 'huge-pages', name, now: sends ? needed : 0, most: needed, free: free === undefined ? null : free * pageKiB * KIB }
}

function poolsOf(one: Pick<Case, 'spec' | 'out' | 'into'>): MoveTake[] {
  const takes = new Map<string, MoveTake>()
  for (const { pool: name, disk } of copiesOf(one)) {
    const pool = one.into.pools.find((each) => each.name === name)
    const { now, most } = takes.get(name) ?? { now: 0, most: 0 }
    takes.set(name, {
      what: 'pool',
      name,
      now: now + nowOf(disk),
      most: most + (disk.capacityBytes ?? 0),
      free: pool?.availableBytes ?? null,
      ...(pool && !FOLDERS.has(pool.type) && { madeWhole: true }),
    })
  }
  return [...takes.values()]
}
