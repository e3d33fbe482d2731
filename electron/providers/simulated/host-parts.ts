import type { NetworkFacts, PoolFacts } from '../provider.ts'
import type { Site } from './data/sites.ts'
import { factsOf } from './networks/definition.ts'
import { seededNetworks } from './networks/seeds.ts'
import { share } from './random.ts'
import { extraPoolsOf, isOvergrown, withSource } from './storage/extra-pools.ts'

/** The networks of a host at first. */
export function networksOf(hostRef: string, site: Site, salt: number): Map<string, NetworkFacts> {
  return new Map(
    seededNetworks(salt, site.edge).map(({ definition, isActive, autostart }): [string, NetworkFacts] => [
      `${hostRef}/${definition.name}`,
      factsOf({ hostRef, kept: definition, running: isActive ? definition : null, autostart }),
    ]),
  )
}

/** The pools of a host at first. */
export function poolsOf(hostRef: string, site: Site, salt: number, index: number): Map<string, PoolFacts> {
  const pool = (name: string, type: string, capacityGB: number, used: number, target: string): [string, PoolFacts] => {
    const capacityBytes = capacityGB * 1e9
    const allocationBytes = Math.round(capacityBytes * used)
    return [
      `${hostRef}/${name}`,
      withSource({
        hostRef,
        name,
        type,
        active: true,
        autostart: true,
        persistent: true,
        capacityBytes,
        allocationBytes,
        availableBytes: capacityBytes - allocationBytes,
        target,
      }),
    ]
  }
  const local = pool('default', 'dir', site.edge ? 960 : 3_840, 0.2 + share(salt, 51) * 0.6, '/var/lib/libvirt/images')
  if (site.edge) return new Map([local])
  const code = site.codes[0] ?? 'site'
  return new Map([
    local,
    pool('nvme', 'logical', 7_680, 0.35 + share(salt, 52) * 0.58, '/dev/vg-nvme'),
    pool('ceph-vm', 'rbd', 420_000, 0.61, `${code}-ceph/vm`),
    pool('iso', 'netfs', 2_000, 0.44, '/srv/iso'),
    ...(isOvergrown(site) ? extraPoolsOf(hostRef, index) : []),
  ])
}
