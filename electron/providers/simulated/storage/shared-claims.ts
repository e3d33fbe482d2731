import type { VolumePlace } from '../../../../shared/model/index.ts'
import type { HostClaims, PoolFacts } from '../../provider.ts'
import { disksOf } from '../disks.ts'
import type { World } from '../world.ts'
import { fleetFilesIn } from './fleet-files.ts'
import { sharedPlaceIn } from './shared-source.ts'

/** Volume → machines of this host that name it: all that the host itself knows of a pool that others see, too. */
export function usersHere(world: World, pool: PoolFacts): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, string[]>()
  const add = (volume: string, machine: string) => users.set(volume, [...(users.get(volume) ?? []), machine])
  const prefix = `${pool.target ?? pool.name}/`
  for (const machine of world.host(pool.hostRef).machines.values()) {
    for (const { place } of disksOf(machine)) if (place?.pool === pool.name) add(place.volume, machine.facts.name)
    for (const { memoryFile, disks, definition } of world.snapshots.of(machine)) {
      for (const path of [memoryFile, ...disks.flatMap(({ file, overlay }) => [file, overlay]), ...definition.map((disk) => disk.path)]) {
        if (path?.startsWith(prefix)) add(path.slice(prefix.length), machine.facts.name)
      }
    }
  }
  for (const { name, machine } of fleetFilesIn(world.fleet, pool)) {
    if (machine?.facts.hostRef === pool.hostRef && world.fleet.machines.has(machine.ref)) add(name, machine.facts.name)
  }
  return users
}

/** What the machines of a host use in pools that others see, too, and what its images there and elsewhere are built on. */
export function claimsOf(world: World, hostRef: string, backings: ReadonlyArray<VolumePlace & { readonly by: string }>): HostClaims {
  const shared: Array<HostClaims['shared'][number]> = []
  for (const pool of world.pools.all(hostRef)) {
    if (!pool.shared) continue
    const claim = (volume: string, by: readonly string[]) => {
      const place = sharedPlaceIn(pool, volume)
      if (place) shared.push({ place, by })
    }
    for (const [volume, by] of usersHere(world, pool)) claim(volume, by)
    for (const { volume, by, pool: name } of backings) if (name === pool.name) claim(volume, [by])
  }
  return { shared, unplaced: [], blind: [] }
}
