import type { Reason, VolumePlace } from '../../../../shared/model/index.ts'
import type { ListedVolume, OrphanLook, PoolFacts, VolumeFactsOf } from '../../provider.ts'
import { type WorkOptions, workThrough } from '../build/timed-work.ts'
import { VolumeBytes } from '../build/volume-bytes.ts'
import { volumeInUse } from '../build/volume-problems.ts'
import type { StoredVolume } from '../build/volume-store.ts'
import { wholeVolume } from '../build/volume-work.ts'
import { hashText } from '../random.ts'
import type { World } from '../world.ts'
import { isUnmounted } from './extra-pools.ts'
import { claimsOf, usersHere } from './shared-claims.ts'
import { sharedPlaceIn } from './shared-source.ts'

const WIPE_BYTES_PER_S = 900e6
const DAY_MS = 86_400_000

/** Names and users, as libvirt has them in its memory: also of a pool whose files have gone. */
export function listVolumes(world: World, hostRef: string, name: string): readonly ListedVolume[] {
  const { volumes } = world
  const pool = volumes.pool(hostRef, name)
  const users = volumes.users(hostRef, name)
  return volumes.list(hostRef, name).map((volume) => ({
    name: volume.name,
    path: volumes.pathOf(pool, volume.name),
    usedBy: users.get(volume.name) ?? [],
  }))
}

/** Few of very many: the file cannot be read, whoever asks. */
function isUnreadable(name: string): boolean {
  return name.includes('.r') && hashText(name) % 2_003 === 0
}

/** What is in no answer cannot be read. */
export function readFacts(
  world: World,
  hostRef: string,
  pool: string,
  names: readonly string[],
): ReadonlyMap<string, VolumeFactsOf | null> {
  const answer = new Map<string, VolumeFactsOf | null>()
  for (const volume of names) {
    if (isUnreadable(volume)) continue
    const found = world.volumes.find(hostRef, { pool, volume })
    answer.set(volume, found && factsOf(world, hostRef, pool, found))
  }
  return answer
}

function factsOf(world: World, hostRef: string, pool: string, volume: StoredVolume): VolumeFactsOf {
  const { format, capacityBytes, allocationBytes, backingPath } = world.volumes.describe(hostRef, pool, volume, [])
  return { format, capacityBytes, allocationBytes, backingPath }
}

/** Throws `precondition` volume.in-use. What was in it is gone: it is raw and of zeros. */
export async function wipeVolume(world: World, hostRef: string, place: VolumePlace, options: WorkOptions): Promise<void> {
  const { volumes } = world
  const judge = () => {
    const volume = wholeVolume(world, hostRef, place)
    const users = volumes.usersOf(hostRef, place)
    if (users.length > 0) throw volumeInUse(place, users, `It is used by ${users.join(', ')}.`)
    const overlays = volumes.overlaysOf(hostRef, place)
    if (overlays.length > 0) throw volumeInUse(place, overlays, `Other images are built on it: ${overlays.join(', ')}.`)
    return volume
  }
  const bytesTotal = judge().bytes.size
  await workThrough(world, { bytesTotal, bytesPerS: WIPE_BYTES_PER_S, step: () => undefined }, options)
  const { name, capacityBytes, allocationBytes, bytes } = judge()
  const zeros = new VolumeBytes(bytes.size, 0, false)
  const wiped = { format: 'raw', capacityBytes: Math.min(capacityBytes, bytes.size), allocationBytes, backing: null, hasSystem: false }
  volumes.put(hostRef, place.pool, { ...wiped, name, bytes: zeros, isWhole: true })
}

/** Volumes that no machine, snapshot or other volume names. Images to build from are named by what the site keeps of them. */
export function findOrphans(world: World, hostRef: string): OrphanLook {
  const unseen: Reason[] = []
  const orphans: Array<OrphanLook['orphans'][number]> = []
  const pools = world.pools.all(hostRef)
  const backings = pools.filter(({ active }) => active).flatMap((pool) => backingsIn(world, pool))
  const bases = new Set(backings.map(({ path }) => path))
  const kept = filesOfSnapshots(world, hostRef)
  for (const pool of pools) {
    const why = unseenReason(world, pool)
    if (why) {
      unseen.push(why)
      continue
    }
    const { volumes } = world
    const loose = volumes.loose(hostRef, pool.name)
    if (loose.length === 0) continue
    // Of a pool that others see as well, a host knows its own machines only.
    const users = pool.shared ? usersHere(world, pool) : volumes.users(hostRef, pool.name)
    for (const volume of loose) {
      const { name } = volume
      const path = volumes.pathOf(pool, name)
      const isNamed = users.has(name) || bases.has(path) || kept.has(path)
      if (!volume.isWhole || isNamed || volumes.isImage(pool.name, name)) continue
      const ageDays = volumes.ageDaysOf(hostRef, { pool: pool.name, volume: name })
      orphans.push({
        poolRef: `${hostRef}/${pool.name}`,
        pool: pool.name,
        volume: { name, path, usedBy: [] },
        facts: factsOf(world, hostRef, pool.name, volume),
        modifiedAtMs: ageDays === null ? null : world.clock.nowMs() - ageDays * DAY_MS,
        place: sharedPlaceIn(pool, name),
      })
    }
  }
  return { orphans, unseen, claims: claimsOf(world, hostRef, backings) }
}

/** Of the machines of that host. */
function filesOfSnapshots(world: World, hostRef: string): ReadonlySet<string> {
  const files = new Set<string>()
  for (const machine of world.host(hostRef).machines.values()) {
    for (const { memoryFile, disks, definition } of world.snapshots.of(machine)) {
      const named = [memoryFile, ...disks.flatMap(({ file, overlay }) => [file, overlay]), ...definition.map(({ path }) => path)]
      for (const path of named) if (path !== null) files.add(path)
    }
  }
  return files
}

/** What the images of a pool are built on. */
function backingsIn(world: World, { hostRef, name }: PoolFacts) {
  return world.volumes.loose(hostRef, name).flatMap((image) => {
    const { backing } = image
    const pool = backing && world.pools.find(hostRef, backing.pool)
    return backing && pool ? [{ ...backing, by: image.name, path: world.volumes.pathOf(pool, backing.volume) }] : []
  })
}

function unseenReason(world: World, pool: PoolFacts): Reason | null {
  const { name, target, active, hostRef } = pool
  if (!active) {
    const text = `The pool ${name} is off: nobody sees what is in it, nor what that is built on. Start it for the whole picture.`
    return { code: 'orphans.pool-off', text, params: { pool: name } }
  }
  if (!isUnmounted(pool) || world.volumes.list(hostRef, name).length === 0) return null
  const path = target ?? name
  const text = `None of the files of the pool ${name} is there any more. Is ${path} still mounted?`
  return { code: 'orphans.pool-gone', text, params: { pool: name, path } }
}
