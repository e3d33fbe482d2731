import type { NetworkFacts, PoolFacts } from '../provider.ts'
import type { Site } from './data/sites.ts'
import { share } from './random.ts'
import { extraPoolsOf, isOvergrown } from './storage/extra-pools.ts'

const NETWORKS = [
  { name: 'prod', forward: 'bridge', bridge: 'br-prod', nat: false },
  { name: 'test', forward: 'bridge', bridge: 'br-test', nat: false },
  { name: 'default', forward: 'nat', bridge: 'virbr0', nat: true },
] as const

/** The networks of a host at first. */
export function networksOf(hostRef: string, salt: number): Map<string, NetworkFacts> {
  return new Map(
    NETWORKS.map((network): [string, NetworkFacts] => [
      `${hostRef}/${network.name}`,
      {
        hostRef,
        name: network.name,
        active: !network.nat || share(salt, 41) < 0.6,
        autostart: !network.nat,
        persistent: true,
        forward: network.forward,
        bridge: network.bridge,
        cidrs: network.nat ? ['192.168.122.0/24'] : [],
      },
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
      {
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
      },
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
